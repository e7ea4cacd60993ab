"""When a clock is due: the one way in which it is counted, whether it starts, goes on, or is shown."""

from datetime import timedelta

from tracker.domain.clocks import Due, due
from tracker.models import Clock
from tracker.render.site import Site


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
