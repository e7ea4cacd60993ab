"""Reading the audit trail: is it whole, and do the cases agree with it."""

from collections.abc import Iterator

from sqlalchemy import String, select, text, type_coerce

from tracker.db import db
from tracker.domain.audit import GENESIS, Entry, first_fault
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
    row = db.session.execute(select(AuditHead.seq, AuditHead.hash)).one_or_none()
    return (row.seq, row.hash) if row else (0, "")


def snapshot() -> None:
    """Begin a transaction in which every read sees the same moment; an act in between is not tampering.

    On SQLite every transaction is one.
    """
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))


def fault(kept: tuple[int, str] | None = None) -> str | None:
    """Return the first thing wrong with the trail, or with a case that is not the fold of its entries; or None.

    `kept` is a head as it was noted elsewhere: whoever rewrote everything in the database could not rewrite that.
    """
    folded: dict[str, tuple[str, str | None]] = {}
    try:
        found = first_fault(_folding(entries(), folded), head())
    except ValueError as error:  # what stands there is no time, or no JSON
        return f"an entry cannot be read: {error}"
    return found or _not_as_kept(kept) or _first_difference(folded)


_BEGINS = {"case.opened": "received", "case.ordered": "in_review", "case.own_initiative": "in_review"}
"""What begins a case, and in which state."""


def _folding(read: Iterator[Entry], into: dict[str, tuple[str, str | None]]) -> Iterator[Entry]:
    for entry in read:
        yield entry  # whoever asks for the next has found this one sound
        number = str(entry.facts.get("case"))
        if entry.kind in _BEGINS:
            into[number] = (_BEGINS[entry.kind], None)
        elif "to" in entry.facts:
            outcome = entry.facts.get("outcome", into.get(number, ("", None))[1])
            into[number] = (str(entry.facts["to"]), str(outcome or "") or None)


def _not_as_kept(kept: tuple[int, str] | None) -> str | None:
    if kept is None or kept == (0, GENESIS):
        return None
    seq, digest = kept
    found = db.session.scalar(select(AuditEntry.hash).where(AuditEntry.seq == seq))
    return None if found == digest else f"entry {seq} is not the one whose hash was kept"


def _first_difference(folded: dict[str, tuple[str, str | None]]) -> str | None:
    query = select(Case.id, type_coerce(Case.state, String), type_coerce(Case.outcome, String))
    stored = {str(number): (state, outcome) for number, state, outcome in db.session.execute(query)}
    for number in sorted({*folded, *stored}, key=int):
        if folded.get(number) != stored.get(number):
            return f"case {number} is stored as {stored.get(number)}, but the trail says {folded.get(number)}"
    return None
