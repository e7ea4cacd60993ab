"""Weeks, times with and without waiting, and where charts put their bars."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tracker.domain import charts, figures
from tracker.domain.figures import Happened

T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
H = timedelta(hours=1)


@pytest.mark.parametrize(
    ("at", "monday"),
    [
        (datetime(2026, 11, 22, 15, 59, tzinfo=UTC), date(2026, 11, 16)),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), date(2026, 11, 23)),  # midnight in Shanghai
        (datetime(2026, 11, 29, 15, 59, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2027, 1, 1, tzinfo=UTC), date(2026, 12, 28)),
    ],
)
def test_a_week_begins_on_monday_in_the_sites_zone(at: datetime, monday: date) -> None:
    assert figures.week_of(at, ZoneInfo("Asia/Shanghai")) == monday


def said(hours: float, kind: str, **facts: Any) -> Happened:
    return Happened(T0 + hours * H, kind, {name.rstrip("_"): value for name, value in facts.items()})


OPENED = said(0, "case.opened", case=1)
LIVES: dict[str, tuple[list[Happened], int, int, int]] = {
    "nothing but ours": ([OPENED, said(10, "case.decided", to="decided")], 10, 10, 10),
    "asked and answered": (
        [OPENED, said(2, "case.info_asked", to="needs_info"), said(8, "case.supplemented", to="in_review")], 10, 10, 4,
    ),
    "still asked": ([OPENED, said(2, "case.info_asked", to="needs_info")], 10, 10, 2),
    "the publisher after the notifier": (
        [OPENED, said(1, "case.info_asked", to="needs_info"), said(3, "case.supplemented", to="received"),
         said(4, "case.publisher_asked", to="awaiting_reply"), said(9, "case.publisher_replied", to="in_review")], 10, 10, 3,
    ),
    "a pause inside a question counts once": (
        [OPENED, said(2, "case.info_asked", to="needs_info"), said(3, "clock.paused", limit="decide"),
         said(5, "case.supplemented", to="in_review"), said(7, "clock.resumed", limit="decide")], 10, 10, 5,
    ),
    "a pause of another limit is no waiting": ([OPENED, said(3, "clock.paused", limit="triage")], 10, 10, 10),
    "what came afterwards": ([OPENED, said(12, "case.info_asked", to="needs_info")], 10, 10, 10),
}  # fmt: skip


@pytest.mark.parametrize(("entries", "until", "raw", "net"), LIVES.values(), ids=LIVES.keys())
def test_time_is_counted_with_and_without_waiting(entries: list[Happened], until: int, raw: int, net: int) -> None:
    assert figures.time_taken(entries, T0 + until * H) == (raw * H, net * H)


def test_the_middle_and_a_share() -> None:
    assert figures.middle([3 * H, H, 2 * H]) == 7200
    assert figures.middle([H, 2 * H]) == 5400
    assert figures.middle([]) is None
    assert [figures.share(1, 3), figures.share(0, 5), figures.share(0, 0)] == [33, 0, None]


@pytest.mark.parametrize(
    ("most", "marks"),
    [
        (0, ["0", "1"]), (1, ["0", "1"]), (3, ["0", "1", "2", "3"]), (7, ["0", "2", "4", "6", "8"]),
        (10, ["0", "2", "4", "6", "8", "10"]), (99, ["0", "20", "40", "60", "80", "100"]), (1000, ["0", "200", "400", "600", "800", "1000"]),
    ],
)  # fmt: skip
def test_marks_stand_at_round_numbers(most: int, marks: list[str]) -> None:
    chart = charts.columns(["a"], [[most]])
    assert [mark.text for mark in chart.up] == marks


def test_bars_stand_side_by_side_on_the_ground() -> None:
    chart = charts.columns(["a", "b"], [[2, 0], [4, 1]])
    assert [(bar.series, bar.height > 0) for bar in chart.bars] == [(0, True), (1, True), (1, True)]
    ground = {round(bar.y + bar.height, 1) for bar in chart.bars}
    assert ground == {charts.HEIGHT - charts.BOTTOM}
    first, second, third = chart.bars
    assert first.x + first.width <= second.x + 0.11
    assert second.height == pytest.approx(2 * first.height, abs=0.2)
    assert third.x > second.x
    assert max(bar.x + bar.width for bar in chart.bars) <= charts.WIDTH


def test_every_so_many_a_label_and_always_the_last() -> None:
    assert [mark.text for mark in charts.columns(list("abcdefg"), [[1] * 7], 3).across] == ["a", "d", "g"]


def test_a_line_is_broken_where_nothing_is_known() -> None:
    chart = charts.lines(list("abcde"), [[1.0, 2.0, None, 3.0, None], [None] * 5])
    assert [command[0] for command in chart.lines[0].split() if command[0] in "ML"] == ["M", "L", "M"]
    assert chart.lines[1] == ""
    assert len(chart.bars) == 3


def test_lying_bars_are_parts_of_the_longest() -> None:
    assert charts.rows([4, 2, 0]) == [100, 50, 0]
    assert charts.rows([0, 0]) == [0, 0]
    assert charts.rows([]) == []
