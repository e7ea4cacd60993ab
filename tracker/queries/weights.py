"""The weights that count, and what a change of them is judged by: the cases of the last 90 days, and the queue as it would be now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import null, select
from sqlalchemy.orm import joinedload

from tracker.db import ask, db
from tracker.domain import replay
from tracker.domain.lifecycle import State
from tracker.domain.replay import Comparison, Past
from tracker.domain.urgency import DEFAULTS, Facts, checked, place
from tracker.models import Article, Line, Weighting

WINDOW = timedelta(days=90)

MOST = 4000
"""How many decided cases, and how many open ones, a replay takes; the newest."""

SHOWN = 20
_PASSING = frozenset({"waiting", "answered"})
"""Marks that tell of the moment, not of the case: at another moment they would have been others."""


@dataclass(frozen=True)
class Moved:
    """A case of today's queue with its place before and after."""

    line: Line
    before: int | None
    after: int


@dataclass(frozen=True)
class Effects:
    """What a change of weights would have done, and would do now."""

    comparison: Comparison
    is_sample: bool
    lines: dict[int, Line]  # those that the comparison names first
    queue: list[Moved]


_NEWEST = select(Weighting.id, Weighting.points).order_by(Weighting.id.desc()).limit(1)


def counting() -> tuple[int, dict[str, int]]:
    """Return the number of the weights that count now, 0 for the defaults, and the points of every factor."""
    newest = ask(_NEWEST).first()
    return (newest.id, checked(newest.points)) if newest else (0, dict(DEFAULTS))


def history() -> list[Weighting]:
    """Return the weights that were saved, the newest first."""
    saved = select(Weighting).options(joinedload(Weighting.saved_by)).order_by(Weighting.id.desc()).limit(SHOWN)
    return list(db.session.scalars(saved))


def effects(before: Mapping[str, int], after: Mapping[str, int], now: datetime) -> Effects:
    """Return what weights `after` would change against weights `before`; cases with something going on are left out."""
    since = now - WINDOW
    past = select(Line, Line.ended_at).where(Line.state == State.DECIDED, Line.ended_at.is_not(None))
    decided = _taken(past.where(Line.ended_at >= since).order_by(Line.ended_at.desc(), Line.case_id.desc()))
    open_cases = select(Line, null()).where(Line.is_open).order_by(Line.rank, Line.due_at, Line.case_id)
    waiting = _taken(open_cases)
    cases = [_past(line, at) for line, at in (*decided, *waiting)]
    found = replay.compare(cases, before, after)
    named = [shift.number for shift in (*found.earlier[:SHOWN], *found.later[:SHOWN])]
    lines = select(Line).where(Line.case_id.in_(named)).options(joinedload(Line.article).load_only(Article.title))
    return Effects(
        comparison=found,
        is_sample=MOST in {len(decided), len(waiting)},
        lines={line.case_id: line for line in db.session.scalars(lines)},
        queue=_now([line for line, _ in waiting], before, after, now),
    )


def _taken(wanted: Any) -> list[tuple[Line, datetime | None]]:
    return [(row[0], row[1]) for row in db.session.execute(wanted.limit(MOST))]


def _past(line: Line, decided_at: datetime | None) -> Past:
    marks = tuple(mark for mark in line.marks if mark not in _PASSING)
    facts = Facts(marks, line.notices, line.opened_at, line.decide_by, line.law_at)
    return Past(line.case_id, facts, line.decide_by, decided_at)


def _now(lines: list[Line], before: Mapping[str, int], after: Mapping[str, int], now: datetime) -> list[Moved]:
    """Return the first cases of the queue as it would be, with the place that each has now."""
    was, would_be = (sorted(lines, key=lambda line: _key(line, points, now)) for points in (before, after))
    places = {line.case_id: n for n, line in enumerate(was, 1)}
    return [Moved(line, places[line.case_id], n) for n, line in enumerate(would_be[:SHOWN], 1)]


def _key(line: Line, points: Mapping[str, int], now: datetime) -> tuple[int, datetime, int]:
    due_at = line.due_at if line.due_kind else None
    facts = Facts(tuple(line.marks), line.notices, line.opened_at, due_at, line.law_at)
    return place(facts, points, now).rank, line.due_at, line.case_id
