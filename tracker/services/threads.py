"""Adding to what was said on a case."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain.attachments import Attachment as File
from tracker.domain.text import clean
from tracker.domain.threads import MessageKind, Party
from tracker.models import Account, Attachment, Case, Message, Notice


def is_known(key: str) -> bool:
    """Say whether a message came with this key before: the same form sent twice is one message."""
    return db.session.scalar(select(Message.id).where(Message.key == _stored(key))) is not None


def case_of(key: str) -> Case | None:
    """Return the case about which a message came with this key, or None."""
    return db.session.scalar(select(Case).join(Message, Message.case_id == Case.id).where(Message.key == _stored(key)))


def add(
    key: str,
    now: datetime,
    *,
    party: Party,
    kind: MessageKind,
    text: str,
    case: Case | None = None,
    notice: Notice | None = None,
    account: Account | None = None,
    files: Sequence[File] = (),
) -> Message:
    """Store one message with its files; without a case it is about the whole notice."""
    message = Message(
        key=_stored(key), case=case, notice=notice, account_id=account.id if account else None,
        party=party, kind=kind, text=clean(text), created_at=now,
    )  # fmt: skip
    db.session.add(message)
    db.session.flush()
    for file in {file.sha256: file for file in files}.values():
        kept = {name: getattr(file, name) for name in ("purpose", "name", "media_type", "size", "sha256", "content")}
        db.session.add(Attachment(message_id=message.id, **kept))
    db.session.flush()
    return message


def note(case: Case, account: Account, text: str, now: datetime, key: str) -> None:
    """Store what only staff read."""
    add(key, now, case=case, party=Party.STAFF, kind=MessageKind.NOTE, text=text, account=account)


def _stored(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
