"""Limits as people read them: words and numbers of one zone, the zone named."""

from datetime import datetime, timedelta
from typing import Protocol

from babel.dates import format_date, get_timezone_name

from tracker.domain.calendars import Calendars
from tracker.domain.errors import N_


class Speaker(Protocol):
    """What is needed of a site: its calendars, and its words in a language."""

    @property
    def calendars(self) -> Calendars:
        """Return what limits are counted in."""
        ...

    def gettext(self, message: str, language: str, **values: object) -> str:
        """Return a message in a language."""
        ...


def moment(at: datetime, locale: str) -> str:
    """Return day and minute of an instant in its own zone."""
    return f"{format_date(at, 'long', locale=locale)} {at:%H:%M}"


def when(site: Speaker, at: datetime, language: str, locale: str, calendar: str = "site") -> str:
    """Return an instant in the zone of a calendar, and name the zone; midnight is the end of a day, as limits end.

    The name is that of the zone at any time of the year: CLDR takes Dublin's summer for Greenwich's winter.
    """
    zone = site.calendars.named(calendar).zone
    local = at.astimezone(zone)
    is_midnight = (local.hour, local.minute) == (0, 0)
    day = format_date(local.date() - timedelta(days=is_midnight), format="long", locale=locale)
    hour = "24:00" if is_midnight else f"{local:%H:%M}"
    return site.gettext(
        N_("%(time)s（%(zone)s）"), language, time=f"{day} {hour}", zone=get_timezone_name(zone, locale=locale)
    )
