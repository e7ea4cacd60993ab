"""Figures of the desk from the entries of the trail: weeks, how long a case took, and how much of that it waited for others."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tracker.domain.clocks import ClockKind
from tracker.domain.lifecycle import State

A_WEEK = timedelta(days=7)
WAITING = frozenset({State.NEEDS_INFO, State.AWAITING_REPLY})
"""The states in which it is not our turn."""


class Happened(NamedTuple):
    """One entry of the trail about a case."""

    at: datetime
    kind: str
    facts: Mapping[str, object]


def week_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the Monday with which the week of an instant begins in a zone."""
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def time_taken(entries: Sequence[Happened], until: datetime) -> tuple[timedelta, timedelta]:
    """Return how long a case took from its first entry to `until`, and that without the time in which it waited.

    `entries` are those of the case, in order. It waits while a notifier or a publisher has to answer, and while its limit
    for a decision is paused.
    """
    begin = entries[0].at
    waited, since = timedelta(), None
    is_asked = is_paused = False
    for entry in entries:
        if entry.at > until:
            break
        is_asked, is_paused = _after(entry, is_asked=is_asked, is_paused=is_paused)
        if (is_asked or is_paused) and since is None:
            since = entry.at
        elif not is_asked and not is_paused and since is not None:
            waited, since = waited + (entry.at - since), None
    if since is not None:
        waited += until - since
    return until - begin, until - begin - waited


def _after(entry: Happened, *, is_asked: bool, is_paused: bool) -> tuple[bool, bool]:
    if "to" in entry.facts:
        is_asked = entry.facts["to"] in WAITING
    if entry.facts.get("limit") == ClockKind.DECIDE and entry.kind in {"clock.paused", "clock.resumed"}:
        is_paused = entry.kind == "clock.paused"
    return is_asked, is_paused


def middle(spans: Iterable[timedelta]) -> int | None:
    """Return the median of lengths of time in whole seconds, or None when there are none."""
    seconds = [span.total_seconds() for span in spans]
    return round(median(seconds)) if seconds else None


def share(part: int, whole: int) -> int | None:
    """Return a part in whole per cent, or None of nothing."""
    return round(100 * part / whole) if whole else None
