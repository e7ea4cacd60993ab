"""What an account keeps out of is put down, and lifted; `queries.concerns` says which cases are about that."""

from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain import recusals
from tracker.domain.errors import N_, DomainError, Incomplete, NotFound, NotPermitted
from tracker.domain.recusals import About
from tracker.domain.roles import Permission, allows
from tracker.models import Account, Recusal
from tracker.services import audit


def put(actor: Account, account_id: int, about: About, typed: str, now: datetime) -> None:
    """Keep an account out of the cases of a publisher, domain or article; raise Incomplete for `value`, NotFound.

    What stands already stays as it is.
    """
    value = recusals.normal(about, typed)
    if db.session.get(Account, account_id, with_for_update=True) is None:
        raise NotFound(N_("没有这个账号。"))
    known = select(Recusal.id).where(Recusal.account_id == account_id, Recusal.about == about, Recusal.value == value)
    if db.session.scalar(known) is not None:
        raise Incomplete({"value": DomainError(N_("这一项已经登记过了。"))})
    recusal = Recusal(account_id=account_id, about=about, value=value, set_by_id=actor.id, created_at=now)
    db.session.add(recusal)
    db.session.flush()
    audit.record(audit.actor(actor), "recusal.set", now, recusal=recusal.id, account=account_id)


def lift(actor: Account, account_id: int, number: int, now: datetime) -> None:
    """Let an account decide about something again; raise NotFound, NotPermitted.

    One lifts what one set oneself; what an admin set for a colleague is for an admin to lift, and not that colleague.
    """
    recusal = db.session.get(Recusal, number, with_for_update=True)
    if recusal is None or recusal.account_id != account_id:
        raise NotFound(N_("没有这一项，可能已经解除。"))
    if not may_lift(actor, recusal):
        raise NotPermitted(N_("这一项是管理员登记的。如果不再需要，请管理员解除。"))
    db.session.delete(recusal)
    audit.record(audit.actor(actor), "recusal.lifted", now, recusal=number, account=account_id)


def may_lift(actor: Account, recusal: Recusal) -> bool:
    """Say whether `actor` may lift this."""
    if recusal.account_id == actor.id:
        return recusal.set_by_id == actor.id
    return allows(actor.role, Permission.MANAGE_PEOPLE)
