"""Writing the audit trail, inside the transaction of the act it records."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session, SessionTransaction

from tracker.db import ask, db, table
from tracker.domain import audit
from tracker.models import Account, AuditEntry, AuditHead

NOTIFIER = "notifier"
PUBLISHER = "publisher"
SYSTEM = "system"

_KEY = "trail"


def actor(account: Account | None) -> str:
    """Return how an account is named in the trail: by number, never by name; None is the program itself, or its command line."""
    return f"account:{account.id}" if account else SYSTEM


class Act(NamedTuple):
    """What the trail is to say once the transaction commits."""

    actor: str
    kind: str
    at: datetime
    case: int | None
    facts: dict[str, object]
    savepoint: SessionTransaction | None


def record(who: str, kind: str, at: datetime, **facts: object) -> None:
    """Lock the trail until the transaction ends, and have one entry appended by its commit, after those before it.

    Whoever records waits for everybody who has, so what an act reads from here on nobody changes. Raises ValueError when `kind` or
    its facts are not declared in `domain.audit.KINDS`.
    """
    end()
    note(who, kind, at, **facts)


def note(who: str, kind: str, at: datetime, **facts: object) -> None:
    """Record without a lock until the commit: for an act that has locks of its own, and long work to do."""
    audit.check_facts(kind, facts)
    case, session = facts.get("case"), db.session()
    act = Act(who, kind, at, case if isinstance(case, int) else None, facts, session.get_nested_transaction())
    session.info.setdefault(_KEY, []).append(act)


def recorded(session: Session) -> list[Act]:
    """Return what this transaction has recorded and its commit will append."""
    return list(session.info.get(_KEY, ()))


_HEAD = select(AuditHead.seq, AuditHead.hash).with_for_update()
_ENTRY = insert(table(AuditEntry))
_MOVED = update(AuditHead).values(seq=bindparam("to"), hash=bindparam("with"))


def end() -> tuple[int, str]:
    """Return the number and the hash of the last entry, and keep them so until this transaction ends."""
    seq, found = ask(_HEAD).one()
    return seq, found


def append(session: Session, end: tuple[int, str]) -> None:
    """Append what was recorded behind the locked end of the trail, as the last step before the commit."""
    last, previous = end
    for seq, act in enumerate(session.info.pop(_KEY), last + 1):
        found = audit.digest(seq, act.at, act.actor, act.kind, act.facts, previous)
        entry = {"at": act.at, "actor": act.actor, "kind": act.kind, "case_id": act.case, "facts": act.facts}
        ask(_ENTRY, {"seq": seq, **entry, "previous": previous, "hash": found})
        ask(_MOVED, {"to": seq, "with": found})
        previous = found


def forget(session: Session, rolled_back: SessionTransaction) -> None:
    """Leave out of the trail what was taken back, by a savepoint or whole; a failed flush is not that yet."""
    if rolled_back.parent is not None and not rolled_back.nested:
        return
    acts = recorded(session)
    session.info[_KEY] = [act for act in acts if rolled_back.nested and act.savepoint is not rolled_back]
