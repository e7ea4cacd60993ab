"""How long there is, or was, in words."""

from datetime import datetime, timedelta

from tracker.domain.errors import N_
from tracker.views.http import gettext

SOON = timedelta(days=1)


def span(length: timedelta) -> str:
    """Return a length of time in its two largest units that matter."""
    minutes = int(abs(length).total_seconds() // 60)
    if minutes >= 2 * 24 * 60:
        return gettext(N_("%(days)s天"), days=minutes // (24 * 60))
    if minutes >= 60:
        return gettext(N_("%(hours)s小时"), hours=minutes // 60)
    return gettext(N_("%(minutes)s分钟"), minutes=minutes)


def due(at: datetime, now: datetime) -> str:
    """Return how long there is until `at`, or how long it has been over."""
    words = N_("还有%(span)s") if at > now else N_("已超过%(span)s")
    return gettext(words, span=span(at - now))


def tone(at: datetime, now: datetime) -> str:
    """Return the class under which the style sheet shows a limit."""
    if at <= now:
        return "due due-late"
    return "due due-soon" if at - now < SOON else "due"
