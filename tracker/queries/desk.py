"""What the desk lists beside the queue: mails in trouble, the trail, and people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from tracker.db import db
from tracker.models import Account, AuditEntry, Link, Mail, MailState

T = TypeVar("T")

PER_PAGE = 50
TROUBLED = (MailState.BOUNCED, MailState.GIVEN_UP, MailState.HELD, MailState.QUEUED)


@dataclass(frozen=True)
class Rows(Generic[T]):
    """A page of a list that is numbered, and the number below which the next one starts."""

    rows: list[T]
    next: int | None


def mails(state: MailState | None, before: int | None) -> Rows[Mail]:
    """Return the mails that did not go out, newest first."""
    return _below(select(Mail).where(Mail.state.in_([state] if state else TROUBLED)), Mail.id, before)


def entries(before: int | None) -> Rows[AuditEntry]:
    """Return the trail, newest first."""
    return _below(select(AuditEntry), AuditEntry.seq, before)


def _below(wanted: Select[T], number: InstrumentedAttribute[int], before: int | None) -> Rows[T]:
    limited = wanted.order_by(number.desc()).limit(PER_PAGE + 1)
    found = list(db.session.scalars(limited if before is None else limited.where(number < before)))
    rows = found[:PER_PAGE]
    return Rows(rows, getattr(rows[-1], number.key) if len(found) > PER_PAGE else None)


def names(actors: Iterable[str]) -> dict[str, str]:
    """Return the names of the accounts among these actors of the trail."""
    numbers = {int(actor.removeprefix("account:")) for actor in actors if actor.startswith("account:")}
    found = db.session.execute(select(Account.id, Account.name).where(Account.id.in_(numbers)))
    return {f"account:{number}": name for number, name in found}


def people() -> list[Account]:
    """Return every account, those who may sign in first."""
    return list(
        db.session.scalars(select(Account).order_by(Account.disabled_at.is_not(None), Account.name, Account.id))
    )


def invitations(now: datetime) -> list[Link]:
    """Return the invitations that wait to be used."""
    waiting = select(Link).where(
        Link.role.is_not(None), Link.email != "", Link.used_at.is_(None), Link.expires_at > now
    )
    return list(db.session.scalars(waiting.order_by(Link.id)))
