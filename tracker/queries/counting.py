"""When a clock is due: the one way in which it is counted, whether it starts, goes on, or is shown."""

from datetime import date, datetime, timedelta

from babel.dates import format_date

from tracker.domain.calendars import spoken
from tracker.domain.clocks import Due, due, rule_of
from tracker.models import Clock
from tracker.render.site import LOCALES, Site


def notes(site: Site, clock: Clock, language: str) -> list[str]:
    """Return in words how a clock was counted; nothing where that leads elsewhere by now: it keeps the end it was given."""
    zone = site.calendars.named(rule_of(clock.kind, targets_eu=site.targets_eu).calendar).zone

    def show(at: date | datetime) -> str:
        local = at.astimezone(zone) if isinstance(at, datetime) else at
        day = format_date(local, "long", locale=LOCALES[language])
        return f"{day} {local:%H:%M}" if isinstance(local, datetime) else day

    found = counted(site, clock)
    said = found.notes if found.at == clock.due_at else ()
    return [spoken(words, lambda message: site.gettext(message, language), show) for words in said]


def counted(site: Site, clock: Clock) -> Due:
    """Return when a clock is due and why then, with all that is known of it: pauses, arrival, urgency, trust."""
    return due(
        clock.kind,
        clock.starts_at,
        site.calendars,
        is_urgent=bool(clock.is_urgent),
        is_trusted=clock.is_trusted,
        delivered_at=clock.reached_at,
        stood_still=timedelta(seconds=clock.paused_seconds),
        targets_eu=site.targets_eu,
    )
