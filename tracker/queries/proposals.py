"""Decisions that wait for a second person: how many, on which cases, and what one says in words."""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.approval import Fate
from tracker.models import Account, BatchRow, Case, Clock, Proposal

SHOWN = 100
"""How many the list shows, those that lapse first before the others."""


def count() -> int:
    """Return how many wait."""
    return db.session.scalar(select(func.count()).where(Proposal.state == Fate.OPEN)) or 0


def waiting() -> list[Proposal]:
    """Return those that wait, the longest first."""
    found = select(Proposal).where(Proposal.state == Fate.OPEN).order_by(Proposal.proposed_at, Proposal.id)
    loaded = (
        joinedload(Proposal.case).joinedload(Case.article),
        joinedload(Proposal.proposed_by).load_only(Account.name),
    )
    return list(db.session.scalars(found.options(*loaded).limit(SHOWN)))


def on(numbers: Iterable[int]) -> dict[int, Proposal]:
    """Return what waits on these cases."""
    found = select(Proposal).where(Proposal.case_id.in_(list(numbers)), Proposal.state == Fate.OPEN)
    return {proposal.case_id: proposal for proposal in db.session.scalars(found)}


def last(case: Case) -> Proposal | None:
    """Return the last proposal on a case, whatever became of it."""
    found = select(Proposal).where(Proposal.case_id == case.id).order_by(Proposal.id.desc())
    return db.session.scalar(found.limit(1))


def clocks(numbers: Iterable[int]) -> dict[int, Clock]:
    """Return the clock that runs for each of these proposals, by its number."""
    subjects = {f"proposal:{number}": number for number in numbers}
    found = select(Clock).where(Clock.subject.in_(list(subjects)), Clock.stopped_at.is_(None))
    return {subjects[clock.subject]: clock for clock in db.session.scalars(found)}


def approved(case: Case) -> dict[int, Proposal]:
    """Return which decisions of a case a second person agreed to, by the number of the decision."""
    found = select(Proposal).where(Proposal.case_id == case.id, Proposal.decision_id.is_not(None))
    return {p.decision_id: p for p in db.session.scalars(found) if p.decision_id is not None}


def of_rows(rows: Iterable[BatchRow]) -> dict[int, Proposal]:
    """Return what became of the rows of a batch that were proposed, by the number of the row."""
    made = [row for row in rows if row.left_version is not None]
    cases = select(Proposal).where(Proposal.case_id.in_([row.case_id for row in made])).order_by(Proposal.id.desc())
    found: dict[int, Proposal] = {}
    for proposal in db.session.scalars(cases):
        for row in made:
            if row.case_id == proposal.case_id and proposal.case_version >= (row.left_version or 0):
                found[row.id] = proposal
    return found
