"""What other weights would have changed: the decisions of the past taken again, one for one, in another order."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from tracker.domain.urgency import Facts, place, turns

_LOOK, _DECIDE = 0, 1
"""At one instant, cases take their places before a decision is taken."""


@dataclass(frozen=True)
class Past:
    """A case of the past: what its urgency hung on, by when it should have been decided, and when it was, if it was."""

    number: int
    facts: Facts
    decide_by: datetime | None
    decided_at: datetime | None


@dataclass(frozen=True)
class Shift:
    """A case that would have been decided at another time."""

    number: int
    before: datetime
    after: datetime

    @property
    def by(self) -> timedelta:
        """Return how much later; negative for earlier."""
        return self.after - self.before


@dataclass(frozen=True)
class Comparison:
    """Two orders of the same work. `in_time` and `would_be_in_time` count limits that were kept, out of `limits`."""

    cases: int
    limits: int
    in_time: int
    would_be_in_time: int
    earlier: list[Shift]  # the furthest first
    later: list[Shift]

    @property
    def median_earlier(self) -> timedelta:
        """Return the median of how much earlier, of those that come earlier."""
        return _median(self.earlier)

    @property
    def median_later(self) -> timedelta:
        """Return the median of how much later, of those that come later."""
        return _median(self.later)


def _median(shifts: Sequence[Shift]) -> timedelta:
    return timedelta(seconds=median(abs(shift.by).total_seconds() for shift in shifts)) if shifts else timedelta()


def replayed(cases: Sequence[Past], points: Mapping[str, int]) -> dict[int, datetime]:
    """Return when each case would have been decided: whenever a decision was taken, of the case that then stood first.

    Cases that no decision would have reached are left out.
    """
    known = {case.number: case for case in cases}
    waiting: list[tuple[int, float, int, int]] = []
    looked: dict[int, int] = {}  # how often a case has taken its place: an earlier place counts for nothing
    decided: dict[int, datetime] = {}
    for at, what, number in sorted(_events(cases)):
        if what == _LOOK and number not in decided:
            case = known[number]
            looked[number] = looked.get(number, 0) + 1
            due = case.facts.due_at or case.facts.opened_at
            rank = place(case.facts, points, at).rank
            heapq.heappush(waiting, (rank, due.timestamp(), number, looked[number]))
        elif what == _DECIDE:
            first = _first(waiting, looked, decided)
            if first is not None:
                decided[first] = at
    return decided


def _events(cases: Sequence[Past]) -> Iterator[tuple[datetime, int, int]]:
    for case in cases:
        yield from ((at, _LOOK, case.number) for at in turns(case.facts, case.facts.opened_at))
        if case.decided_at is not None:
            yield case.decided_at, _DECIDE, case.number


def _first(
    waiting: list[tuple[int, float, int, int]], looked: Mapping[int, int], decided: Mapping[int, datetime]
) -> int | None:
    while waiting:
        _, _, number, look = heapq.heappop(waiting)
        if look == looked[number] and number not in decided:
            return number
    return None


def compare(cases: Sequence[Past], before: Mapping[str, int], after: Mapping[str, int]) -> Comparison:
    """Return what weights `after` would have changed against weights `before`, both played over the same decisions."""
    was, would_be = replayed(cases, before), replayed(cases, after)
    both = [Shift(number, at, would_be[number]) for number, at in was.items() if number in would_be]
    limits = {case.number: case.decide_by for case in cases if case.decide_by is not None and case.number in was}
    moved = sorted((shift for shift in both if shift.by), key=lambda shift: shift.by)
    return Comparison(
        cases=len(was),
        limits=len(limits),
        in_time=sum(was[number] <= by for number, by in limits.items()),
        would_be_in_time=sum(number in would_be and would_be[number] <= by for number, by in limits.items()),
        earlier=[shift for shift in moved if shift.by < timedelta()],
        later=[shift for shift in reversed(moved) if shift.by > timedelta()],
    )
