"""What a typed reference and code open: a notice, or nothing, found with the same work."""

from typing import NamedTuple

from sqlalchemy import select

from tracker.db import db
from tracker.domain.receipts import Keyring
from tracker.models import Notice


class Opening(NamedTuple):
    """What is needed to check a code, and no more: as much for a reference that exists as for one that does not."""

    notice: int | None
    reference: str
    epoch: str


class Opened(NamedTuple):
    """The notice that reference and code open, and whether the code is the one that stands in mails alone."""

    notice: int
    reference: str
    is_mailed: bool


def opening(reference: str | None, epoch: str) -> Opening:
    """Return what a typed reference opens; an unknown one gets a stand-in, so that both take the same work."""
    columns = select(Notice.id, Notice.reference, Notice.key_epoch)
    row = db.session.execute(columns.where(Notice.reference == (reference or ""))).one_or_none()
    return Opening(*row) if row else Opening(None, "R-0000-0000-0000", epoch)


def opened(keys: Keyring, reference: str | None, code: str) -> Opened | None:
    """Return what a typed reference and code open together, or None; every try takes the same work."""
    notice, known, epoch = opening(reference, keys.epoch)
    shown, mailed = [keys.opens(code, purpose, known, epoch) for purpose in ("notice", "notice-mail")]
    return Opened(notice, known, mailed) if notice is not None and (shown or mailed) else None
