"""When a clock is due: the one way in which it is counted, whether it starts, goes on, or is shown."""

from datetime import timedelta

from tracker.domain.calendars import Words
from tracker.domain.clocks import Due, due
from tracker.models import Clock
from tracker.render.site import Site


def notes(site: Site, clock: Clock) -> tuple[Words, ...]:
    """Return in words how a clock was counted; nothing where that leads elsewhere by now: it keeps the end it was given."""
    found = counted(site, clock)
    return found.notes if found.at == clock.due_at else ()


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
