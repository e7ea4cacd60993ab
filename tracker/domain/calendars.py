"""Counting time as the law counts it: working days, whole days, months, and hours that skip days off.

A calendar is plain dates, so that this knows no library; `tracker.calendars` fills them in. Instants are returned in UTC.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from tracker.domain.errors import N_

ONE_DAY = timedelta(days=1)
NOON = time(12)


class Words(NamedTuple):
    """A message with what fills it: dates, instants, numbers, names, and other Words."""

    message: str
    values: Mapping[str, object]


def spoken(words: Words, translate: Callable[[str], str], show: Callable[[date | datetime], str]) -> str:
    """Return words as text: `translate` turns a message into a language, `show` a date or an instant."""
    values = dict(words.values)
    for name, value in values.items():
        if isinstance(value, Words):
            values[name] = spoken(value, translate, show)
        elif isinstance(value, date):
            values[name] = show(value)
    return translate(words.message) % values


@dataclass(frozen=True)
class Calendar:
    """Which days are worked in a place; `holidays` names its days off, `workdays` are weekend days worked all the same."""

    name: str
    zone: ZoneInfo
    weekend: bool
    holidays: Mapping[date, str]
    workdays: frozenset[date]
    known_until: date

    def is_workday(self, day: date) -> bool:
        """Say whether a day is worked; past `known_until` as if there were no further holidays."""
        if day in self.workdays:
            return True
        return day not in self.holidays and not self._is_weekend(day)

    def is_known(self, day: date) -> bool:
        """Say whether the days off up to this day have been published."""
        return day <= self.known_until

    def days_off(self, after: date, until: date) -> Iterator[Words]:
        """Name the holidays after one day up to another that are not weekends anyway; those in a row are one."""
        for row in self._rows(sorted(day for day in self.holidays if after < day <= until)):
            days = [day for day in row if not self._is_weekend(day)]
            if not days:
                continue
            first, last, name = days[0], days[-1], Words(self.holidays[row[0]], {})
            if first == last:
                yield Words(N_("%(day)s（%(name)s）不计"), {"day": first, "name": name})
            else:
                yield Words(N_("%(first)s至%(last)s（%(name)s）不计"), {"first": first, "last": last, "name": name})

    def _rows(self, days: list[date]) -> list[list[date]]:
        """Return holidays with those together that follow each other under one name."""
        rows: list[list[date]] = []
        for day in days:
            if rows and day - rows[-1][-1] == ONE_DAY and self.holidays[day] == self.holidays[rows[-1][0]]:
                rows[-1].append(day)
            else:
                rows.append([day])
        return rows

    def _is_weekend(self, day: date) -> bool:
        return self.weekend and day.weekday() >= 5


class Target(NamedTuple):
    """A number that the house set for a limit of its own, from `since` on; `urgent` for the urgent lanes."""

    since: datetime
    n: int
    urgent: int


@dataclass(frozen=True)
class Calendars:
    """What limits are counted in: the calendars, `site` working every day in the site's own zone, and the house's targets.

    `targets` holds for each limit what was set for it in order of time; one that is not there is as its rule says.
    """

    us: Calendar
    england: Calendar
    china: Calendar
    eu: Calendar
    site: Calendar
    targets: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)

    def named(self, name: str) -> Calendar:
        """Return a calendar by the name a rule gives."""
        calendar: Calendar = getattr(self, name)
        return calendar


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return a wall-clock time of a zone as an instant; of one that comes twice, the first."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return 24:00 of a day in a zone (民法典 203; Regulation 1182/71 art. 3(2))."""
    return instant(day + ONE_DAY, time(), zone)


def workdays_after(day: date, calendar: Calendar) -> Iterator[date]:
    """Return the working days that follow a day, without end; the day itself is not one of them."""
    return (later for later in (day + n * ONE_DAY for n in count(1)) if calendar.is_workday(later))


def business_days_after(start_day: date, n: int, calendar: Calendar) -> date:
    """Return the n-th working day after a day, which itself is not counted; n is at least 1."""
    return next(islice(workdays_after(start_day, calendar), n - 1, None))


def hours_skipping(start: datetime, hours: int, calendar: Calendar) -> datetime:
    """Return the instant `hours` later where days off do not exist, by the wall clock (UK SI 2013/3028)."""
    wall, left = start.astimezone(calendar.zone).replace(tzinfo=None), timedelta(hours=hours)
    while True:
        midnight = datetime.combine(wall.date() + ONE_DAY, time())
        if calendar.is_workday(wall.date()):
            if wall + left <= midnight:
                return (wall + left).replace(tzinfo=calendar.zone).astimezone(UTC)
            left -= midnight - wall
        wall = midnight


def months_after(day: date, n: int) -> date:
    """Return the same date n months later, or the last of a month that has none (Regulation 1182/71 art. 3(2)(c))."""
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def roll_forward(day: date, calendar: Calendar) -> date:
    """Return the day, or the working day that follows a day off (Regulation 1182/71 art. 3(4))."""
    return day if calendar.is_workday(day) else business_days_after(day, 1, calendar)


class End(NamedTuple):
    """When a length is over, the day up to which the calendar mattered, and why."""

    at: datetime
    read_until: date
    words: tuple[Words, ...]


class Length(Protocol):
    """How long a limit runs."""

    def end(self, starts_at: datetime, calendar: Calendar) -> End:
        """Return when it is over."""


@dataclass(frozen=True)
class Hours:
    """So many hours by the clock, day and night."""

    n: int

    def end(self, starts_at: datetime, calendar: Calendar) -> End:
        """Return the instant that many hours later."""
        words = Words(N_("自%(start)s起%(n)s小时"), {"start": starts_at, "n": self.n})
        return End(starts_at.astimezone(UTC) + timedelta(hours=self.n), date.min, (words,))


@dataclass(frozen=True)
class SkippingHours:
    """So many hours by the clock; days off do not exist (UK SI 2013/3028)."""

    n: int

    def end(self, starts_at: datetime, calendar: Calendar) -> End:
        """Return the instant that many hours later, days off left out."""
        at = hours_skipping(starts_at, self.n, calendar)
        first, last = (moment.astimezone(calendar.zone).date() for moment in (starts_at, at - timedelta.resolution))
        words = Words(N_("自%(start)s起%(n)s小时，周六、周日和法定假日整天不计"), {"start": starts_at, "n": self.n})
        return End(at, last, (words, *calendar.days_off(first - ONE_DAY, last)))


@dataclass(frozen=True)
class CalendarDays:
    """So many days to 24:00; the first is not counted, nothing is rolled (民法典 201, 203; UK SI 2013/3028)."""

    n: int

    def end(self, starts_at: datetime, calendar: Calendar) -> End:
        """Return 24:00 of the last day."""
        start = starts_at.astimezone(calendar.zone).date()
        last = start + self.n * ONE_DAY
        message = N_("%(day)s 24:00截止：%(start)s之后的第%(n)s天") if self.n else N_("当天截止：%(day)s 24:00")
        words = Words(message, {"day": last, "start": start, "n": self.n})
        return End(end_of(last, calendar.zone), date.min, (words,))


@dataclass(frozen=True)
class BusinessDays:
    """So many working days, the first not counted; to 24:00, or to a time of the last day."""

    n: int
    until: time | None = None

    def end(self, starts_at: datetime, calendar: Calendar) -> End:
        """Return the end of the last working day, naming the holidays passed over."""
        start = starts_at.astimezone(calendar.zone).date()
        last = business_days_after(start, self.n, calendar)
        at = instant(last, self.until, calendar.zone) if self.until else end_of(last, calendar.zone)
        values = {"day": last, "start": start, "n": self.n, "calendar": Words(calendar.name, {})}
        later = N_("%(day)s截止：%(start)s之后的第%(n)s个%(calendar)s")
        words = Words(later if self.n > 1 else N_("%(day)s截止：%(start)s之后的第一个%(calendar)s"), values)
        return End(at, last, (words, *calendar.days_off(start, last)))


@dataclass(frozen=True)
class Months:
    """So many months to 24:00 of the same date, rolled on to a working day (Regulation 1182/71 art. 3)."""

    n: int

    def end(self, starts_at: datetime, calendar: Calendar) -> End:
        """Return 24:00 of the rolled day; that of the day before rolling is for staff."""
        start = starts_at.astimezone(calendar.zone).date()
        raw = months_after(start, self.n)
        last = roll_forward(raw, calendar)
        words = [Words(N_("%(day)s 24:00截止：自%(start)s起%(n)s个月"), {"day": last, "start": start, "n": self.n})]
        if raw.day != start.day:
            words.append(Words(N_("到期的月份没有%(number)s日，以该月最后一天为准"), {"number": start.day}))
        if last != raw:
            words.append(Words(N_("%(raw)s是休息日，顺延到下一个工作日"), {"raw": raw}))
        return End(end_of(last, calendar.zone), last, tuple(words))
