"""What happens to a queued mail: claimed, accounted for, sent again by staff."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import TextClause, and_, func, or_, select, update

from tracker.db import db
from tracker.domain.errors import N_, Conflict, NotFound, busy
from tracker.domain.serving import Way
from tracker.mail.replies import Fate
from tracker.models import Account, Mail, Mailbox, MailState, Notice
from tracker.models.mail import FIRST, WAITING
from tracker.queries.receipt_events import TO_NOTIFIER
from tracker.services import audit, gathering

LEASE = timedelta(minutes=10)
"""How long a claimed mail is nobody else's; after it, the worker that claimed it is taken for dead."""

RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
"""The wait after each failure; the last one repeats."""

HORIZON = timedelta(days=5)
"""A mail older than this that fails once more is given up (RFC 5321, 4.5.4.1: four to five days)."""

PAUSE = timedelta(minutes=1)
"""How long all mail waits when the fault is ours or the mail server's."""

WINDOW = timedelta(days=1)
PER_WINDOW = 3
"""An address that was never confirmed gets so many mails in a WINDOW."""

log = logging.getLogger(__name__)


def claim(now: datetime) -> Mail | None:
    """Take the next mail that is due, detached, for LEASE; one over its limit comes back held instead.

    First attempts go before repeated ones, so that addresses which keep failing never delay a good one.
    """
    mail = _taken(now, FIRST) or _taken(now, WAITING)
    if mail is None:
        return None
    held_until = _held_until(mail, now)
    if held_until:
        mail.state, mail.due_at, mail.attempts = MailState.HELD, held_until, mail.attempts - 1
        db.session.flush()
    db.session.expunge(mail)
    return mail


def _taken(now: datetime, which: TextClause) -> Mail | None:
    """Take the one of these that has been due the longest; each has an index that begins with it."""
    due = (
        select(Mail.id)
        .where(which, Mail.due_at <= now, ~gathering.waits(now))
        .order_by(Mail.due_at, Mail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = {"state": MailState.QUEUED, "due_at": now + LEASE, "attempts": Mail.attempts + 1}
    return db.session.scalar(update(Mail).where(Mail.id == due).values(taken).returning(Mail))


def _held_until(mail: Mail, now: datetime) -> datetime | None:
    """Return when an unconfirmed mailbox may get this mail, or None for now. What may be on its way counts as sent."""
    confirmed = db.session.get(Mailbox, mail.mailbox)
    if confirmed or not mail.is_limited:
        return None
    same = Mail.mailbox == mail.mailbox
    # one worker at a time counts a mailbox, or two could each send the third mail
    db.session.execute(select(Mail.id).where(same).order_by(Mail.id).limit(1).with_for_update())
    on_its_way = and_(Mail.state == MailState.QUEUED, Mail.attempts > 0)
    recent = func.coalesce(Mail.sent_at, now)
    times = db.session.scalars(
        select(recent).where(same, Mail.id != mail.id, or_(Mail.sent_at > now - WINDOW, on_its_way))
    )
    latest = sorted(times, reverse=True)[:PER_WINDOW]
    return latest[-1] + WINDOW if len(latest) == PER_WINDOW else None


def settle(claimed: Mail, fate: Fate, error: str, now: datetime) -> Mail | None:
    """Write down what came of an attempt; return the mail when that ended its way, for what follows from it."""
    mail = db.session.get_one(Mail, claimed.id, with_for_update=True)
    if fate is Fate.SENT:
        mail.state, mail.sent_at, mail.error = MailState.SENT, now, ""
        mail.reached_at, mail.reached_by = mail.reached_at or now, mail.reached_by or Way.MAIL
        return mail
    if mail.state is not MailState.QUEUED or mail.attempts != claimed.attempts:
        return None  # the lease ran out and another worker has it
    log.warning("mail %d, attempt %d: %s", mail.id, mail.attempts, fate.name.lower())
    mail.error = error
    if fate is Fate.BOUNCE:
        return _end(mail, MailState.BOUNCED, now)
    if fate is not Fate.ALL_WAIT and now - mail.created_at >= HORIZON and mail.attempts > len(RETRIES):
        return _end(mail, MailState.GIVEN_UP, now)
    if fate is Fate.ALL_WAIT:
        mail.attempts, mail.due_at = mail.attempts - 1, now + PAUSE
        others = select(Mail.id).where(WAITING, Mail.due_at < now + PAUSE).with_for_update(skip_locked=True)
        db.session.execute(update(Mail).where(Mail.id.in_(others)).values(due_at=now + PAUSE))
    else:
        mail.due_at = now + RETRIES[min(mail.attempts, len(RETRIES)) - 1]
    return None


def named(message_ids: Sequence[str]) -> Mail | None:
    """Return the mail that one of these Message-IDs names."""
    return db.session.scalar(select(Mail).where(Mail.message_id.in_(message_ids)).order_by(Mail.id).limit(1))


def bounced(mail_id: int, said: str, now: datetime) -> Mail | None:
    """Mark as bounced what a mail server took and could not deliver after all; return it, unless that was known.

    Raises Busy while the attempt it tells of is not accounted for yet.
    """
    mail = db.session.get_one(Mail, mail_id, with_for_update=True, populate_existing=True)
    if mail.state is MailState.QUEUED and mail.attempts:
        raise busy()
    if mail.state is not MailState.SENT:
        return None
    mail.error = said
    return _end(mail, MailState.BOUNCED, now)


def _end(mail: Mail, state: MailState, now: datetime) -> Mail:
    mail.state = state
    audit.record(audit.SYSTEM, f"mail.{state}", now, mail=mail.id, case=mail.case_id)
    return mail


def send_again(account: Account, mail_id: int, now: datetime) -> None:
    """Queue a mail again that bounced or was given up; raise NotFound, and Conflict for one in another state or emptied.

    It goes to the address that its notifier has by now: the one before may be why it did not arrive.
    """
    mail = db.session.get(Mail, mail_id, with_for_update=True)
    if mail is None:
        raise NotFound(N_("没有这封邮件。"))
    if not mail.mailbox:
        raise Conflict(N_("这封邮件没有收件人的邮箱，或者收件人和内容已经按期删除，不能发送。"))
    if mail.state not in {MailState.BOUNCED, MailState.GIVEN_UP}:
        raise Conflict(N_("这封邮件不需要重新发送：它已经发出，或者还在等待发送。请刷新页面查看。"))
    if notice := db.session.get(Notice, mail.notice_id) if mail.secret_purpose == TO_NOTIFIER else None:
        mail.recipient, mail.mailbox = notice.answers.get("email") or mail.recipient, notice.mailbox or mail.mailbox
    mail.state, mail.due_at, mail.attempts, mail.error = MailState.QUEUED, now, 0, ""
    audit.record(audit.actor(account), "mail.requeued", now, mail=mail.id, case=mail.case_id)
