"""Delivery: claim a row, send it outside any transaction, write down what came of it."""

import logging
import smtplib
import ssl
import time
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy import and_, func, or_, select, text, update

from tracker.db import db, transaction
from tracker.domain.errors import N_, Conflict
from tracker.domain.text import clean_line
from tracker.mail.transport import TIMEOUT, AddressError, SetupError, send
from tracker.models import Mail, Mailbox, MailState
from tracker.render.site import Site
from tracker.services import audit

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

ROUND = 30.0
"""Seconds after which `deliver` returns, so that its `now` stays true and a worker can stop."""

_NOT_LET_IN = frozenset({530, 534, 535, 538})
_TOO_LARGE = 552
_WAITING = text("state IN ('queued', 'held')")  # word for word as in the index

log = logging.getLogger(__name__)


class _Fate(Enum):
    SENT = auto()
    RETRY = auto()
    BOUNCE = auto()
    ALL_WAIT = auto()


def deliver(site: Site, now: datetime, timeout: float = TIMEOUT) -> int:
    """Send the mails that are due, one at a time, and return how many went out.

    Each is claimed and accounted for in a transaction of its own; none is open while the mail server is spoken to.
    Stops early when every further mail would fail as well. Any number of workers may run it side by side.
    """
    until = time.monotonic() + ROUND
    sent = 0
    while time.monotonic() < until:
        with transaction():
            mail = _claim(now)
        if mail is None:
            break
        if mail.state is MailState.HELD:
            continue
        error = _try(site, mail, timeout)
        fate = _fate(error)
        with transaction():
            _settle(mail, fate, _told(error), now)
        sent += fate is _Fate.SENT
        if fate is _Fate.ALL_WAIT:
            break
    return sent


def requeue(mail: Mail, now: datetime) -> None:
    """Let a mail that bounced or was given up start again; raise Conflict for any other."""
    if mail.state not in {MailState.BOUNCED, MailState.GIVEN_UP}:
        raise Conflict(N_("这封邮件不需要重新发送：它已经发出，或者还在等待发送。请刷新页面查看。"))
    mail.state, mail.due_at, mail.attempts, mail.error = MailState.QUEUED, now, 0, ""


def _claim(now: datetime) -> Mail | None:
    """Take the next mail that is due, detached, for LEASE; one over its limit comes back held instead.

    First attempts go before repeated ones, so that addresses which keep failing never delay a good one.
    """
    due = (
        select(Mail.id)
        .where(_WAITING, Mail.due_at <= now)
        .order_by(Mail.attempts > 0, Mail.due_at, Mail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = {"state": MailState.QUEUED, "due_at": now + LEASE, "attempts": Mail.attempts + 1}
    mail: Mail | None = db.session.scalar(update(Mail).where(Mail.id == due).values(taken).returning(Mail))
    if mail is None:
        return None
    held_until = _held_until(mail, now)
    if held_until:
        mail.state, mail.due_at, mail.attempts = MailState.HELD, held_until, mail.attempts - 1
        db.session.flush()
    db.session.expunge(mail)
    return mail


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


def _try(site: Site, mail: Mail, timeout: float) -> Exception | None:
    try:
        send(site, mail, timeout)
    except Exception as error:  # whatever it is, the next mail must have its turn
        return error
    return None


def _fate(error: Exception | None) -> _Fate:
    """Return what an attempt means for the mail: a refusal of the address is final, our own faults burn nothing."""
    if error is None:
        return _Fate.SENT
    code = _reply(error)[0]
    match error:
        case AddressError():
            return _Fate.BOUNCE
        case SetupError() | ssl.SSLError() | smtplib.SMTPHeloError():
            return _Fate.ALL_WAIT
        case smtplib.SMTPSenderRefused() if code != _TOO_LARGE:
            return _Fate.ALL_WAIT
        case smtplib.SMTPRecipientsRefused() | smtplib.SMTPDataError() | smtplib.SMTPSenderRefused():
            if code in _NOT_LET_IN:
                return _Fate.ALL_WAIT
            return _Fate.BOUNCE if code >= 500 else _Fate.RETRY
    return _Fate.RETRY


def _reply(error: Exception) -> tuple[int, str]:
    """Return the mail server's reply code and words, or 0 and the error's own words."""
    code, words = 0, f"{type(error).__name__}: {error}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        words = _decoded(said)
    elif isinstance(error, smtplib.SMTPResponseException):
        code, words = error.smtp_code, _decoded(error.smtp_error)
    return code, words


def _decoded(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _told(error: Exception | None) -> str:
    """Return an error as it is kept for staff."""
    if error is None:
        return ""
    code, words = _reply(error)
    return clean_line(f"{code} {words}" if code else words)[:500]


def _settle(claimed: Mail, fate: _Fate, error: str, now: datetime) -> None:
    """Write down what came of an attempt."""
    mail = db.session.get_one(Mail, claimed.id, with_for_update=True)
    if fate is _Fate.SENT:
        mail.state, mail.sent_at, mail.error = MailState.SENT, now, ""
        return
    if mail.state is not MailState.QUEUED or mail.attempts != claimed.attempts:
        return  # the lease ran out and another worker has it
    log.warning("mail %d, attempt %d: %s", mail.id, mail.attempts, fate.name.lower())
    mail.error = error
    if fate is _Fate.ALL_WAIT:
        mail.attempts, mail.due_at = mail.attempts - 1, now + PAUSE
        others = select(Mail.id).where(_WAITING, Mail.due_at < now + PAUSE).with_for_update(skip_locked=True)
        db.session.execute(update(Mail).where(Mail.id.in_(others)).values(due_at=now + PAUSE))
    elif fate is _Fate.BOUNCE:
        _end(mail, MailState.BOUNCED, now)
    elif now - mail.created_at >= HORIZON and mail.attempts > len(RETRIES):
        _end(mail, MailState.GIVEN_UP, now)
    else:
        mail.due_at = now + RETRIES[min(mail.attempts, len(RETRIES)) - 1]


def _end(mail: Mail, state: MailState, now: datetime) -> None:
    mail.state = state
    audit.record(audit.SYSTEM, f"mail.{state}", now, mail=mail.id, case=mail.case_id)
