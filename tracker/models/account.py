"""Accounts of those who work here, their sessions, and the links that let them in."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.roles import Role


class Account(Model):
    """Somebody who works here."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)  # as `text.mailbox` gives it
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(words(Role))
    password_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    keys: Mapped[dict[str, Any] | None]  # {"off": bool, "own": {action: key}}, as `domain.keyboard` reads it


class Session(Model):
    """A signed-in browser; `id` is the SHA-256 of its cookie, so the table opens nothing.

    While it `awaits_factor`, it opens nothing but the second step. `proved_at` is when its holder last showed who they are."""

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    awaits_factor: Mapped[bool] = mapped_column(default=False, server_default=false())
    proved_at: Mapped[datetime | None]
    agent: Mapped[str | None] = mapped_column(String(60))  # such as Firefox · Android, no more

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
