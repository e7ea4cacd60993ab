"""Who can be asked for a second opinion on a case."""

from sqlalchemy import select

from tracker.db import db
from tracker.domain.roles import Permission, allows
from tracker.domain.text import mailbox
from tracker.models import Account, Case


def may_be_asked(asker: Account, colleague: Account, case: Case) -> bool:
    """Say whether somebody works here, decides, and has no part in the matter; nobody asks themselves."""
    own = mailbox(case.article.publisher_email)
    is_partial = bool(own) and mailbox(colleague.email) == own
    decides = allows(colleague.role, Permission.DECIDE)
    return colleague.id != asker.id and colleague.disabled_at is None and decides and not is_partial


def colleagues(asker: Account, case: Case) -> list[Account]:
    """Return everybody who can be asked about a case, by name."""
    found = db.session.scalars(select(Account).where(Account.disabled_at.is_(None)).order_by(Account.name, Account.id))
    return [account for account in found if may_be_asked(asker, account, case)]
