"""How a clock was counted, in words."""

from datetime import datetime, timedelta

from tests.staff import make_case
from tracker.queries.counting import notes
from tracker.render.site import Site


def test_how_a_clock_was_counted_is_said_only_while_it_leads_to_the_end_it_has(site: Site, now: datetime) -> None:
    clock = make_case(site, now).clocks[0]
    assert notes(site, clock, "zh-Hans")
    clock.due_at += timedelta(hours=1)
    assert notes(site, clock, "zh-Hans") == []
