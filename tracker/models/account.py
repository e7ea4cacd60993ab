"""Accounts of those who work here, their sessions, and the links that let them in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.roles import Role


class Account(Model):
    """A moderator or an admin."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)  # as `text.mailbox` gives it
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(words(Role))
    password_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class Session(Model):
    """A signed-in browser; `id` is the SHA-256 of its cookie, so the table opens nothing."""

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    account: Mapped[Account] = relationship()


class LinkPurpose(StrEnum):
    """What a link lets its holder do."""

    INVITE = "invite"
    RESET = "reset"


class Link(Model):
    """A single-use link with which somebody sets a password. An invitation without address is for the first admin."""

    __tablename__ = "link"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[LinkPurpose] = mapped_column(words(LinkPurpose))
    key_epoch: Mapped[str] = mapped_column(String(8))
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[Role | None] = mapped_column(words(Role))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
