"""Reading the audit trail: is it whole, and do the cases agree with it."""

from collections.abc import Iterator

from sqlalchemy import String, select, text, type_coerce

from tracker.db import db
from tracker.domain.audit import GENESIS, Entry, Told, first_fault, folded
from tracker.models import AuditEntry, AuditHead, Case

_BATCH = 1000


def entries() -> Iterator[Entry]:
    """Return every entry in order, a thousand at a time in memory."""
    after = 0
    while rows := list(
        db.session.scalars(select(AuditEntry).where(AuditEntry.seq > after).order_by(AuditEntry.seq).limit(_BATCH))
    ):
        yield from map(as_entry, rows)
        after = rows[-1].seq
        db.session.expunge_all()


def as_entry(row: AuditEntry) -> Entry:
    """Return a stored entry as the rule sees it."""
    return Entry(row.seq, row.at, row.actor, row.kind, row.facts, row.previous, row.hash)


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
    told: dict[str, Told] = {}
    try:
        found = first_fault(_folding(entries(), told), head())
    except ValueError as error:  # what stands there is no time, or no JSON
        return f"an entry cannot be read: {error}"
    return found or _not_as_kept(kept) or _first_difference(told)


def _folding(read: Iterator[Entry], into: dict[str, Told]) -> Iterator[Entry]:
    for entry in read:
        yield entry  # whoever asks for the next has found this one sound
        number = str(entry.facts.get("case"))
        now = folded(into.get(number), entry.kind, entry.facts)
        if now is not None:
            into[number] = now


def _not_as_kept(kept: tuple[int, str] | None) -> str | None:
    if kept is None or kept == (0, GENESIS):
        return None
    seq, digest = kept
    found = db.session.scalar(select(AuditEntry.hash).where(AuditEntry.seq == seq))
    return None if found == digest else f"entry {seq} is not the one whose hash was kept"


def _first_difference(told: dict[str, Told]) -> str | None:
    query = select(Case.id, type_coerce(Case.state, String), type_coerce(Case.outcome, String))
    stored = {str(number): (state, outcome) for number, state, outcome in db.session.execute(query)}
    for number in sorted({*told, *stored}, key=int):
        said = told[number][:2] if number in told else None
        if said != stored.get(number):
            return f"case {number} is stored as {stored.get(number)}, but the trail says {said}"
    return None
