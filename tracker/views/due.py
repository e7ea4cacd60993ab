"""How long there is, or was, in words."""

from datetime import datetime, timedelta

from tracker.domain.errors import N_
from tracker.queries.queue_words import span
from tracker.views.http import gettext

SOON = timedelta(days=1)


def due(at: datetime, now: datetime) -> str:
    """Return how long there is until `at`, or how long it has been over."""
    words = N_("还有%(span)s") if at > now else N_("已超过%(span)s")
    return gettext(words, span=span(at - now))


def tone(at: datetime, now: datetime) -> str:
    """Return the class under which the style sheet shows a limit."""
    if at <= now:
        return "due due-late"
    return "due due-soon" if at - now < SOON else "due"
