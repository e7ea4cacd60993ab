"""What staff may do with a mail that did not arrive."""

from datetime import datetime

from tracker import mail
from tracker.db import db
from tracker.domain.errors import N_, NotFound
from tracker.models import Account, Mail
from tracker.services import audit


def send_again(account: Account, mail_id: int, now: datetime) -> None:
    """Queue a mail again that bounced or was given up; raise NotFound, and Conflict for one in another state."""
    found = db.session.get(Mail, mail_id, with_for_update=True)
    if found is None:
        raise NotFound(N_("没有这封邮件。"))
    mail.requeue(found, now)
    audit.record(audit.actor(account), "mail.requeued", now, mail=found.id, case=found.case_id)
