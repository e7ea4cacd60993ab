"""How a case and all that hangs on it stood before a decision, as data: what undoing the decision brings back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import inspect, select

from tracker.db import Instant, Model, db
from tracker.models import Case, Claim, Clock, CounterNotice, Item, Measure, Opinion, Proposal, Reply

_KEPT: dict[type[Model], tuple[str, ...]] = {
    Case: ("state", "outcome", "assignee_id", "accepted_at", "asked_at", "decided_at", "held_at", "closed_at"),
    Item: ("state", "ended", "answered_at", "forwarded_in"),
    Clock: (
        "starts_at", "due_at", "is_urgent", "is_trusted", "is_provisional", "paused_at", "paused_seconds", "held_at",
        "reached_at", "warned_at", "expired_at", "stopped_at",
    ),
    CounterNotice: ("state", "ended_at"),
    Measure: ("ends_at", "ended_by_id"),
    Claim: ("answer", "reasons", "answered_by_id", "answered_at"),
    Opinion: ("decision_id",),
    Proposal: ("state", "ended_at", "ended_by_id", "decision_id"),
    Reply: ("told_at",),
}  # fmt: skip
"""What a decision may change in rows that are there already."""


def taken(case: Case) -> dict[str, Any]:
    """Return what a decision on a case may change, by table and row, in a form that JSON takes."""
    db.session.flush()
    return {kind.__tablename__: _all_values(kind, case) for kind in _KEPT}


def narrowed(case: Case, snapshot: dict[str, Any]) -> dict[str, Any]:
    """Return a snapshot with only the clocks that the decision started, as None, or changed, with what it changed in them.

    What a mail's arrival does to others in the meantime stays when the decision is undone.
    """
    name = Clock.__tablename__
    db.session.flush()
    before, after = snapshot[name], _all_values(Clock, case)
    changed = {number: before.get(number) for number, values in after.items() if values != before.get(number)}
    for number, values in changed.items():
        if values is not None:
            changed[number] = {word: value for word, value in values.items() if value != after[number][word]}
    return {**snapshot, name: changed}


def bring_back(case: Case, snapshot: dict[str, Any]) -> None:
    """Set every row to what it was; a clock that the decision started is gone. The version of the case is not touched."""
    db.session.flush()
    for kind, names in _KEPT.items():
        known = snapshot.get(kind.__tablename__, {})  # a decision of a moment ago may be of an older program
        for row in _rows(kind, case):
            before = known.get(str(row.id))
            if before is not None:
                for name in (name for name in names if name in before):  # taken by an older program, it may lack some
                    setattr(row, name, _read(kind, name, before[name]))
            elif str(row.id) in known:
                db.session.delete(row)
    db.session.flush()
    db.session.expire(case, ["claims", "clocks", "decisions", "opinions", "replies"])


def _rows(kind: type[Any], case: Case) -> Iterable[Any]:
    if kind is Case:
        return [case]
    found = select(kind).where(kind.case_id == case.id).order_by(kind.id)
    return db.session.scalars(found).all()


def _all_values(kind: type[Any], case: Case) -> dict[str, dict[str, object]]:
    return {str(row.id): _values(row) for row in _rows(kind, case)}


def _values(row: Any) -> dict[str, object]:
    return {name: _written(getattr(row, name)) for name in _KEPT[type(row)]}


def _written(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _read(kind: type[Any], name: str, value: Any) -> object:
    """Return a value as the column takes it: an instant, a word of its list, or what it is."""
    column = inspect(kind).columns[name]
    if value is None or not isinstance(value, str):
        return value
    words = getattr(column.type, "enum_class", None)
    if words:
        return words(value)
    return datetime.fromisoformat(value) if isinstance(column.type, Instant) else value
