"""What is kept how long: proof of identity until it was checked, personal data until claims are time-barred."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update

from tracker.db import db
from tracker.domain.clocks import ClockKind
from tracker.models import Attachment, Case, Clock, Item, Mail, Message, Notice
from tracker.services import audit

IDENTITY = ("identity_files", "authority_files")
"""What proves who somebody is: deleted once checked, or after `IDENTITY_KEPT` (个人信息保护法 6, 29)."""

IDENTITY_KEPT = timedelta(days=30)
_KEPT_ANSWERS = frozenset({"addresses", "notifier_role", "data_right", "remedy", "country", "enterprise_kind"})


def check_identity(who: str, attachment: Attachment, now: datetime) -> None:
    """Delete a proof of identity that was checked; its name, size and SHA-256 stay."""
    attachment.checked_at = now
    _erase_file(who, attachment, now)


def erase_old_identities(now: datetime) -> None:
    """Delete proofs of identity that nobody checked in time; safe to repeat."""
    old = now - IDENTITY_KEPT
    notices = select(Notice.id).where(Notice.received_at <= old)
    messages = select(Message.id).where(Message.created_at <= old)
    found = select(Attachment).where(
        Attachment.purpose.in_(IDENTITY),
        Attachment.erased_at.is_(None),
        or_(Attachment.notice_id.in_(notices), Attachment.message_id.in_(messages)),
    )
    for attachment in db.session.scalars(found):
        _erase_file(audit.SYSTEM, attachment, now)


def _erase_file(who: str, attachment: Attachment, now: datetime) -> None:
    if attachment.erased_at:
        return
    attachment.content, attachment.erased_at = None, now
    audit.record(who, "identity.erased", now, attachment=attachment.id)


def purge(case: Case, clock: Clock, now: datetime) -> None:
    """Erase the personal data of a closed case, unless a legal hold keeps it; asked again when that ends."""
    if case.kept_until and case.kept_until > now:
        clock.due_at = case.kept_until
        return
    clock.stopped_at = now
    for item in case.items:
        if _is_over(item.notice, now):
            erase(item.notice, now)
    for message in case.messages:
        _erase_message(message, now)
    for reply in case.replies:
        reply.answers = {}
    _erase_mails(Mail.case_id == case.id)


def is_purged(case: Case) -> bool:
    """Say whether the personal data of a closed case are gone: nothing new may come to it then."""
    waits = select(Clock.id).where(Clock.case_id == case.id, Clock.kind == ClockKind.PURGE, Clock.stopped_at.is_(None))
    return case.closed_at is not None and db.session.scalar(waits) is None


def _is_over(notice: Notice, now: datetime) -> bool:
    """Say whether no case of a notice is open, or kept by a legal hold, or still within its time."""
    purging = (
        select(Clock.id)
        .join(Item, Item.case_id == Clock.case_id)
        .where(Item.notice_id == notice.id, Clock.kind == ClockKind.PURGE, Clock.stopped_at.is_(None))
    )
    is_waiting = db.session.scalar(purging) is not None
    return not is_waiting and all(item.case.closed_at for item in notice.items)


def erase(notice: Notice, now: datetime) -> None:
    """Take the personal data out of a notice for good; the skeleton, the figures and the trail's chain stay whole."""
    if notice.erased_at:
        return
    notice.answers = {name: value for name, value in notice.answers.items() if name in _KEPT_ANSWERS}
    notice.statements, notice.mailbox, notice.erased_at = {}, "", now
    for item in notice.items:
        item.mailbox, item.address = "", ""
    for attachment in notice.attachments:
        attachment.content, attachment.name, attachment.erased_at = None, "file", now
    for message in notice.messages:
        _erase_message(message, now)
    _erase_mails(Mail.notice_id == notice.id)
    audit.record(audit.SYSTEM, "notice.erased", now, notice=notice.id)


def _erase_mails(which: ColumnElement[bool]) -> None:
    """Empty mails; the recipient becomes the Message-ID, for each cause and recipient stand once."""
    gone = {"mailbox": "", "text": "", "html": "", "subject": "", "recipient": Mail.message_id}
    db.session.execute(update(Mail).where(which).values(gone))


def _erase_message(message: Message, now: datetime) -> None:
    message.text = ""
    for attachment in message.attachments:
        attachment.content, attachment.name, attachment.erased_at = None, "file", now
