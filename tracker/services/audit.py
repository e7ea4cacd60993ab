"""Writing the audit trail, inside the transaction of the act it records."""

from datetime import datetime

from sqlalchemy import select, update

from tracker.db import db
from tracker.domain import audit
from tracker.models import Account, AuditEntry, AuditHead

NOTIFIER = "notifier"
PUBLISHER = "publisher"
SYSTEM = "system"


def actor(account: Account) -> str:
    """Return how an account is named in the trail: by number, never by name."""
    return f"account:{account.id}"


def record(who: str, kind: str, at: datetime, **facts: object) -> AuditEntry:
    """Append one entry. Locks the head until the transaction ends, so the chain cannot fork.

    Raises ValueError when `kind` or its facts are not declared in `domain.audit.KINDS`.
    """
    audit.check_facts(kind, facts)
    case = facts.get("case")
    head = db.session.execute(select(AuditHead.seq, AuditHead.hash).with_for_update()).one()
    seq = head.seq + 1
    entry = AuditEntry(
        seq=seq,
        at=at,
        actor=who,
        kind=kind,
        case_id=case if isinstance(case, int) else None,
        facts=facts,
        previous=head.hash,
        hash=audit.digest(seq, at, who, kind, facts, head.hash),
    )
    db.session.add(entry)
    db.session.flush()
    db.session.execute(update(AuditHead).values(seq=seq, hash=entry.hash))
    return entry
