"""Checking the whole trail in steps, each short and over one moment: the chain first, then every case against it."""

from dataclasses import dataclass

from sqlalchemy import String, select, type_coerce

from tracker.db import db
from tracker.domain.audit import Told, folded, follow
from tracker.models import AuditEntry, Case, Verification
from tracker.queries import trail

ENTRIES, CASES = 2000, 500
"""What one step reads."""


@dataclass(frozen=True)
class Step:
    """How far a check came with one step; `was` is where it stood before, so that two workers do not both count it."""

    number: int
    was: tuple[int, int]
    entry: int
    hash: str
    case_id: int
    fault: str
    is_over: bool


def next_step() -> Step | None:
    """Do the next step of the check that is under way; None when none is."""
    trail.snapshot()
    check = db.session.scalar(
        select(Verification).where(Verification.finished_at.is_(None)).order_by(Verification.id).limit(1)
    )
    if check is None:
        return None
    try:
        return _chain(check) if check.entry < check.until else _cases(check)
    except ValueError as error:  # what stands there is no time, or no JSON
        return _ended(check, f"an entry cannot be read: {error}")


def _chain(check: Verification) -> Step:
    wanted = select(AuditEntry).where(AuditEntry.seq > check.entry, AuditEntry.seq <= check.until)
    rows = list(db.session.scalars(wanted.order_by(AuditEntry.seq).limit(ENTRIES)))
    fault, (entry, digest) = follow(map(trail.as_entry, rows), (check.entry, check.hash))
    fault = fault or _beside_the_chain(rows)
    if fault is None and (not rows or (entry == check.until and digest != check.head)):
        fault = f"the trail ends at entry {entry}, but its head said {check.until}"
    if fault:
        return _ended(check, fault)
    return Step(check.id, (check.entry, check.case_id), entry, digest, check.case_id, "", is_over=False)


def _beside_the_chain(rows: list[AuditEntry]) -> str | None:
    """Return what is wrong with what the chain does not bind: under which case an entry is filed, whether the case is there."""
    for row in rows:
        case = row.facts.get("case")
        if row.case_id != (case if isinstance(case, int) else None):
            return f"entry {row.seq} is filed under another case than it names"
    opened = {row.case_id for row in rows if row.kind == "case.opened"}
    missing = opened - set(db.session.scalars(select(Case.id).where(Case.id.in_(opened))))
    return f"case {min(filter(None, missing))} was opened and is not there" if missing else None


def _cases(check: Verification) -> Step:
    wanted = select(Case.id, type_coerce(Case.state, String), type_coerce(Case.outcome, String))
    rows = db.session.execute(wanted.where(Case.id > check.case_id).order_by(Case.id).limit(CASES)).all()
    told = _told([row[0] for row in rows])
    for number, state, outcome in rows:
        said = told[number][:2] if number in told else None
        if said != (state, outcome):
            return _ended(check, f"case {number} is stored as {(state, outcome)}, but the trail says {said}")
    last = rows[-1][0] if rows else check.case_id
    was = (check.entry, check.case_id)
    return Step(check.id, was, check.entry, check.hash, last, "", is_over=len(rows) < CASES)


def _told(cases: list[int]) -> dict[int, Told]:
    """Return state and outcome of these cases as their entries say."""
    found: dict[int, Told] = {}
    wanted = select(AuditEntry.case_id, AuditEntry.kind, AuditEntry.facts).where(AuditEntry.case_id.in_(cases))
    for number, kind, facts in db.session.execute(wanted.order_by(AuditEntry.seq)):
        now = folded(found.get(number), kind, facts)
        if now is not None:
            found[number] = now
    return found


def _ended(check: Verification, fault: str) -> Step:
    return Step(check.id, (check.entry, check.case_id), check.entry, check.hash, check.case_id, fault, is_over=True)
