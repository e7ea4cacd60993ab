"""Who can be asked for a second opinion on a case."""

from tracker.domain.text import mailbox
from tracker.models import Account, Case
from tracker.queries.people import deciders


def colleagues(asker: Account, case: Case) -> list[Account]:
    """Return everybody who can be asked about a case, by name: who decides and has no part in the matter; nobody asks themselves."""
    own = mailbox(case.article.publisher_email)
    return [account for account in deciders(but=asker.id) if not own or mailbox(account.email) != own]


def may_be_asked(asker: Account, colleague: Account, case: Case) -> bool:
    """Say whether somebody is among those who can be asked."""
    return colleague in colleagues(asker, case)
