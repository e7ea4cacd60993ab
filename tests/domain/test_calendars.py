"""Counting time: working days, months and hours that skip days off, on calendars of a few invented days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.calendars import (
    BusinessDays,
    Calendar,
    Words,
    business_days_after,
    end_of,
    hours_skipping,
    instant,
    months_after,
    roll_forward,
    spoken,
)

LONDON = ZoneInfo("Europe/London")
FEAST = {
    date(2026, 11, 26): "一",
    date(2026, 12, 1): "二",
    date(2026, 12, 2): "二",
    date(2026, 12, 4): "四",
    date(2026, 12, 5): "四",
}
PLAIN = Calendar("工作日", LONDON, True, FEAST, frozenset({date(2026, 12, 6)}), date(2026, 12, 31))
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
MOMENTS = st.builds(datetime.fromtimestamp, st.integers(1767225600, 1830211200), st.just(UTC))  # 2026 and 2027


def test_which_days_are_worked() -> None:
    week = [date(2026, 11, 30) + n * timedelta(days=1) for n in range(7)]
    assert [PLAIN.is_workday(day) for day in week] == [True, False, False, True, False, False, True]


def test_what_is_known() -> None:
    assert PLAIN.is_known(date(2026, 12, 31))
    assert not PLAIN.is_known(date(2027, 1, 1))


def test_holidays_in_a_row_are_named_once_and_weekends_not_at_all() -> None:
    found = [words.values for words in PLAIN.days_off(date(2026, 11, 25), date(2026, 12, 6))]
    assert found == [
        {"day": date(2026, 11, 26), "name": Words("一", {})},
        {"first": date(2026, 12, 1), "last": date(2026, 12, 2), "name": Words("二", {})},
        {"day": date(2026, 12, 4), "name": Words("四", {})},  # and Saturday, a day off anyway
    ]
    assert list(PLAIN.days_off(date(2026, 12, 4), date(2026, 12, 6))) == []


@pytest.mark.parametrize(
    ("day", "n", "found"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-02-28", 1, "2026-03-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-11-23", 36, "2029-11-23"),
        ("2028-02-29", 36, "2031-02-28"),
    ],
)
def test_months(day: str, n: int, found: str) -> None:
    assert months_after(date.fromisoformat(day), n) == date.fromisoformat(found)


@given(DAYS, st.integers(1, 40))
def test_the_nth_working_day_has_n_working_days_up_to_it(day: date, n: int) -> None:
    last = business_days_after(day, n, PLAIN)
    days = [day + k * timedelta(days=1) for k in range(1, (last - day).days + 1)]
    assert PLAIN.is_workday(last)
    assert sum(map(PLAIN.is_workday, days)) == n


@given(DAYS)
def test_rolling_finds_the_first_working_day(day: date) -> None:
    rolled = roll_forward(day, PLAIN)
    assert rolled >= day
    assert PLAIN.is_workday(rolled)
    assert not any(PLAIN.is_workday(day + n * timedelta(days=1)) for n in range((rolled - day).days))


@given(MOMENTS, st.integers(1, 100))
def test_skipped_hours_are_worked_hours(start: datetime, hours: int) -> None:
    end = hours_skipping(start, hours, PLAIN)
    wall, until = (moment.astimezone(LONDON).replace(tzinfo=None) for moment in (start, end))
    worked = timedelta()
    while wall < until:
        step = min(until, datetime.combine(wall.date() + timedelta(days=1), time()))
        worked += (step - wall) if PLAIN.is_workday(wall.date()) else timedelta()
        wall = step
    assert worked == timedelta(hours=hours)
    assert end.tzinfo is UTC


def test_the_clocks_go_forward_and_back() -> None:
    friday = instant(date(2026, 3, 27), time(18), LONDON)
    assert hours_skipping(friday, 48, PLAIN).isoformat() == "2026-03-31T17:00:00+00:00"  # 18:00 by the wall
    friday = instant(date(2026, 10, 23), time(18), LONDON)
    assert hours_skipping(friday, 48, PLAIN).isoformat() == "2026-10-27T18:00:00+00:00"
    assert end_of(date(2026, 3, 29), LONDON) - end_of(date(2026, 3, 28), LONDON) == timedelta(hours=23)
    assert end_of(date(2026, 10, 25), LONDON) - end_of(date(2026, 10, 24), LONDON) == timedelta(hours=25)


def test_the_day_is_that_of_the_zone() -> None:
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)  # the second of July in London
    assert BusinessDays(1).end(late, PLAIN).at == end_of(date(2026, 7, 3), LONDON)


def test_words_within_words_are_spoken() -> None:
    words = Words("%(day)s（%(name)s）%(n)s", {"day": date(2026, 11, 26), "name": Words("一", {}), "n": 3})
    english = {"一": "one", words.message: "%(name)s on %(day)s, %(n)s"}
    assert spoken(words, lambda message: english[message], lambda day: f"{day:%d %b}") == "one on 26 Nov, 3"
