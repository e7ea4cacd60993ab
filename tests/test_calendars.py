"""The calendars as the libraries fill them."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest

from tracker.calendars import FIRST_YEAR, LAST_YEAR, load
from tracker.domain.calendars import Calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDARS = load(SHANGHAI)
YEARS = [date(FIRST_YEAR, 1, 1) + timedelta(days=n) for n in range((date(2027, 1, 1) - date(FIRST_YEAR, 1, 1)).days)]


def holidays(calendar: Calendar, year: int) -> list[str]:
    return sorted(f"{day:%m-%d}" for day in calendar.holidays if day.year == year and day.weekday() < 5)


@pytest.mark.parametrize(
    ("place", "days"),
    [
        ("us", "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25"),
        ("england", "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
        ("eu", "01-01 02-02 03-17 04-06 05-04 06-01 08-03 10-26 12-25"),
    ],
)
def test_the_days_off_of_2026(place: str, days: str) -> None:
    assert holidays(CALENDARS.named(place), 2026) == days.split()


def test_observed_days_reach_into_the_year_before() -> None:
    assert not CALENDARS.us.is_workday(date(2027, 12, 31))  # New Year's Day 2028 is a Saturday


def test_a_day_proclaimed_once_is_there() -> None:
    assert not CALENDARS.england.is_workday(date(2023, 5, 8))


def test_china_works_as_the_library_says() -> None:
    assert [d for d in YEARS if CALENDARS.china.is_workday(d) != chinese_calendar.is_workday(d)] == []


@pytest.mark.parametrize("day", ["2026-02-14", "2026-09-20", "2026-10-10"])
def test_china_works_some_weekend_days(day: str) -> None:
    assert CALENDARS.china.is_workday(date.fromisoformat(day))


def test_how_far_they_are_known() -> None:
    china = CALENDARS.china.known_until
    assert (china.month, china.day) == (12, 31)
    assert chinese_calendar.is_workday(china) is not None
    with pytest.raises(NotImplementedError):
        chinese_calendar.is_workday(china + timedelta(days=1))
    assert {CALENDARS.named(place).known_until for place in ("us", "england", "eu")} == {date(LAST_YEAR, 12, 31)}


def test_every_coming_day_off_has_a_chinese_name() -> None:
    places = (CALENDARS.us, CALENDARS.england, CALENDARS.china, CALENDARS.eu)
    named = {name for place in places for day, name in place.holidays.items() if day.year >= 2026}
    assert [name for name in named if name.isascii()] == []


def test_the_site_works_every_day_in_its_own_zone() -> None:
    assert all(map(CALENDARS.site.is_workday, YEARS))
    assert (CALENDARS.site.zone, CALENDARS.site.known_until) == (SHANGHAI, date.max)


def test_they_are_computed_once() -> None:
    assert load(SHANGHAI) is CALENDARS
    assert load(SHANGHAI, SHANGHAI).us.zone == SHANGHAI
