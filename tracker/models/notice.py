"""Notices, the items they name, and their evidence."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.categories import CategoryName
from tracker.models.article import Article, Revision
from tracker.models.case import Case


class Notice(Model):
    """What a notifier submitted, word for word up to `text.clean`."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(40), unique=True)
    key_epoch: Mapped[str] = mapped_column(String(8))
    draft: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of the draft's key: the idempotency key
    category: Mapped[CategoryName] = mapped_column(words(CategoryName))
    language: Mapped[str] = mapped_column(String(20))
    mailbox: Mapped[str] = mapped_column(String(254), index=True)
    answers: Mapped[dict[str, Any]]
    statements: Mapped[dict[str, Any]]  # name -> the words agreed to, as shown
    privacy_version: Mapped[str] = mapped_column(String(40))
    sha256: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]

    items: Mapped[list["Item"]] = relationship(back_populates="notice", order_by="Item.id")
    attachments: Mapped[list["Attachment"]] = relationship(order_by="Attachment.id")


class Item(Model):
    """One article named in a notice, frozen to the revision that was public when the notice came."""

    __tablename__ = "item"
    __table_args__ = (
        Index(
            "uq_item_open", "case_id", "mailbox", unique=True,
            sqlite_where=text("answered_at IS NULL"), postgresql_where=text("answered_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    mailbox: Mapped[str] = mapped_column(String(254))
    address: Mapped[str] = mapped_column(String(1000))  # as typed
    passage: Mapped[str] = mapped_column(Text)
    passage_found: Mapped[bool]
    answered_at: Mapped[datetime | None]

    notice: Mapped[Notice] = relationship(back_populates="items")
    case: Mapped[Case] = relationship(back_populates="items")
    article: Mapped[Article] = relationship()
    revision: Mapped[Revision] = relationship()


class Attachment(Model):
    """Evidence: bytes as received, never decoded, only ever sent out as a download to staff."""

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("notice_id", "sha256", name="uq_attachment_notice_sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
