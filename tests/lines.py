"""Whether the lines of the queue say what the tables say."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from tracker.db import db, transaction
from tracker.models import Case, Line
from tracker.services import lines

VOLATILE = {"turns_at", "rank", "why", "is_law", "weighting_id", "decide_by"}
"""What hangs on when somebody last looked."""


def as_values(line: Line) -> dict[str, Any]:
    return {column.name: getattr(line, column.name) for column in Line.__table__.columns}


def check_all(now: datetime) -> None:
    """Assert that every line says what it would say if it were computed anew; used after random lives of cases."""
    db.session.rollback()
    before = {line.case_id: as_values(line) for line in db.session.scalars(select(Line))}
    assert set(before) == set(db.session.scalars(select(Case.id)))
    with transaction():
        db.session.execute(delete(Line))
        lines.place(before, now)
        after = {line.case_id: as_values(line) for line in db.session.scalars(select(Line))}
        for number, values in before.items():
            stable = values.keys() - VOLATILE
            stable -= set() if values["is_open"] else {"law_at"}  # stays as it was, for the replay of other weights
            wrong = {n: (values[n], after[number][n]) for n in stable if values[n] != after[number][n]}
            assert wrong == {}, f"the line of case {number}: stored and computed anew"
