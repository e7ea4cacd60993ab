"""Decisions on many articles of one notice go out in one mail: each waits a little for the others, then they are one."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import aliased

from tracker.db import db
from tracker.domain.lifecycle import AWAITED
from tracker.mail.gathered import DECISION, decision_of, gather
from tracker.models import Decision, Item, Mail, MailState, Notice
from tracker.render.site import Site

WAIT = timedelta(minutes=15)
"""How long a decision waits at most for others about the same notice."""


log = logging.getLogger(__name__)


def waits(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a mail is not to leave yet.

    Another article of its notice is still to be decided, or another decision can still be taken back; or an earlier one
    that is due will take it along.
    """
    other = aliased(Mail)
    alike = (
        other.notice_id == Mail.notice_id,
        other.name == DECISION,
        other.mailbox == Mail.mailbox,
        other.attempts == 0,
    )
    queued = exists().where(*alike, other.id != Mail.id, other.state == MailState.QUEUED, other.due_at > now)
    undecided = exists().where(Item.notice_id == Mail.notice_id, Item.case_id != Mail.case_id, Item.state.in_(AWAITED))
    earlier = exists().where(*alike, other.id < Mail.id, other.state == MailState.QUEUED, other.due_at <= now)
    is_new = Mail.created_at > now - WAIT
    return and_(Mail.name == DECISION, Mail.attempts == 0, or_(and_(is_new, or_(queued, undecided)), earlier))


def gathered(site: Site, claimed: Mail, now: datetime) -> Mail:
    """Return a claimed mail, detached, with all that its notice's other decisions would say in mails of their own.

    In the transaction of the claim, so that no other worker takes one of them meanwhile. Where that fails it goes alone, as
    it was written: the same mail would be the first again, and no other would ever leave.
    """
    try:
        with db.session.begin_nested():
            return _gathered(site, claimed, now)
    except OperationalError:  # the database is busy, and the claim is to be tried again
        raise
    except Exception as error:
        log.error("mail %d goes alone: %s", claimed.id, error, exc_info=error)
        return claimed


def _gathered(site: Site, claimed: Mail, now: datetime) -> Mail:
    if claimed.name != DECISION or claimed.attempts != 1 or claimed.notice_id is None:
        return claimed
    same = (Mail.notice_id == claimed.notice_id, Mail.name == DECISION, Mail.mailbox == claimed.mailbox)
    waiting = or_(and_(Mail.state == MailState.QUEUED, Mail.due_at <= now), Mail.state == MailState.HELD)
    found = select(Mail).where(*same, Mail.id != claimed.id, Mail.attempts == 0, waiting).order_by(Mail.id)
    others = list(db.session.scalars(found.with_for_update()))
    if not others:
        return claimed
    mail, notice = db.session.get_one(Mail, claimed.id), db.session.get_one(Notice, claimed.notice_id)
    numbers = sorted(decision_of(each) for each in (mail, *others))
    decisions = db.session.scalars(select(Decision).where(Decision.id.in_(numbers)).order_by(Decision.id))
    gather(site, mail, notice, list(decisions), now)
    for each in others:
        each.state, each.gathered_into = MailState.GATHERED, mail.id
    db.session.flush()
    db.session.expunge(mail)
    return mail
