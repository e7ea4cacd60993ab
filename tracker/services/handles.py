"""Who stands behind the handle under which a moderator appears to parties."""

from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain import handles
from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.receipts import normalise
from tracker.models import Account, Case
from tracker.render.site import Site
from tracker.services import audit


def resolve(site: Site, actor: Account, case_id: int, typed: str, now: datetime) -> Account:
    """Return the account behind a handle on a case, and leave a trace of who asked; raise Incomplete by field."""
    if db.session.get(Case, case_id) is None:
        raise Incomplete({"case": DomainError(N_("没有这个案件。"))})
    wanted = normalise(typed)
    for account in db.session.scalars(select(Account).order_by(Account.id)):
        if wanted and normalise(handles.code(site.keys, case_id, account.id)) == wanted:
            audit.record(audit.actor(actor), "handle.resolved", now, case=case_id, account=account.id)
            return account
    raise Incomplete({"handle": DomainError(N_("这个案件里没有这个代号。请对照邮件或回执上的写法，例如K417。"))})
