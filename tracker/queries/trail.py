"""Reading the audit trail: is it whole, and do the cases agree with it."""

from collections.abc import Iterator

from sqlalchemy import select

from tracker.db import db
from tracker.domain.audit import Entry, first_fault
from tracker.models import AuditEntry, AuditHead, Case

_BATCH = 1000


def entries() -> Iterator[Entry]:
    """Return every entry in order, a thousand at a time in memory."""
    after = 0
    while rows := list(
        db.session.scalars(select(AuditEntry).where(AuditEntry.seq > after).order_by(AuditEntry.seq).limit(_BATCH))
    ):
        for row in rows:
            yield Entry(row.seq, row.at, row.actor, row.kind, row.facts, row.previous, row.hash)
        after = rows[-1].seq
        db.session.expunge_all()


def head() -> tuple[int, str]:
    """Return the number and hash of the last entry."""
    row = db.session.execute(select(AuditHead.seq, AuditHead.hash)).one()
    return row.seq, row.hash


def fault() -> str | None:
    """Return the first thing wrong with the trail, or with a case that is not the fold of its entries; or None."""
    folded: dict[int, tuple[str, str | None]] = {}
    return first_fault(_folding(entries(), folded), head()) or _first_difference(folded)


def _folding(read: Iterator[Entry], into: dict[int, tuple[str, str | None]]) -> Iterator[Entry]:
    for entry in read:
        number = entry.facts.get("case")
        if entry.kind == "case.opened":
            into[int(str(number))] = ("received", None)
        elif "to" in entry.facts:
            before = into[int(str(number))][1]
            into[int(str(number))] = (str(entry.facts["to"]), str(entry.facts.get("outcome") or before or "") or None)
        yield entry


def _first_difference(folded: dict[int, tuple[str, str | None]]) -> str | None:
    for case in db.session.execute(select(Case.id, Case.state, Case.outcome).order_by(Case.id)):
        said = folded.get(case.id)
        stored = (case.state.value, case.outcome.value if case.outcome else None)
        if said != stored:
            return f"case {case.id} is stored as {stored}, but the trail says {said}"
    return None
