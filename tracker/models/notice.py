"""Notices, the items they name, and their evidence."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.categories import CategoryName
from tracker.domain.lifecycle import Channel, Ending, ItemState
from tracker.models.article import Article, Revision
from tracker.models.case import Case

if TYPE_CHECKING:
    from tracker.models.claim import Claim
    from tracker.models.thread import Message

IDENTITY_LEFT = text("erased_at IS NULL AND purpose IN ('identity_files', 'authority_files')")
"""The proofs of identity whose bytes are still there; a query has to say it word for word for its index to be used."""


class Notice(Model):
    """What a notifier submitted, word for word up to `text.clean`."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(40), unique=True)
    key_epoch: Mapped[str] = mapped_column(String(8), index=True)
    draft: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of the draft's key: the idempotency key
    channel: Mapped[Channel] = mapped_column(words(Channel), default=Channel.WEB)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # by whom, when it came by another way
    category: Mapped[CategoryName] = mapped_column(words(CategoryName))
    regimes: Mapped[list[str]] = mapped_column(default=list)
    language: Mapped[str] = mapped_column(String(20))
    mailbox: Mapped[str] = mapped_column(String(254), index=True)
    answers: Mapped[dict[str, Any]]
    statements: Mapped[dict[str, Any]]  # name -> the words agreed to, as shown
    privacy_version: Mapped[str] = mapped_column(String(40))
    sha256: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]
    entered_at: Mapped[datetime | None]  # when it was typed in, if it came before that
    valid_at: Mapped[datetime | None]  # when it first had all that its regimes ask for
    valid_by: Mapped[dict[str, Any]] = mapped_column(
        default=dict, nullable=True
    )  # regime -> when it first had all that one asks for
    erased_at: Mapped[datetime | None]  # personal data are gone; the skeleton stays

    items: Mapped[list["Item"]] = relationship(back_populates="notice", order_by="Item.id")
    attachments: Mapped[list["Attachment"]] = relationship(order_by="Attachment.id")
    messages: Mapped[list["Message"]] = relationship(back_populates="notice", order_by="Message.id")


class Item(Model):
    """One article named in a notice, frozen to the revision that was public when the notice came.

    `quotes` are the passages of this article, each with what stands around it (W3C TextQuoteSelector) and whether it was found.
    """

    __tablename__ = "item"
    __table_args__ = (Index("uq_item_notice_case", "notice_id", "case_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    mailbox: Mapped[str] = mapped_column(String(254))
    address: Mapped[str] = mapped_column(String(1000))  # as typed
    passage: Mapped[str] = mapped_column(Text)  # the words of all quotes, a blank line between
    passage_found: Mapped[bool]  # every one of them
    quotes: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON, default=list, nullable=True
    )  # exact, prefix, suffix, is_found
    state: Mapped[ItemState] = mapped_column(words(ItemState), default=ItemState.OPEN)
    ended: Mapped[Ending | None] = mapped_column(words(Ending))
    answered_at: Mapped[datetime | None]
    forwarded_at: Mapped[datetime | None]  # to the publisher; who joins later is forwarded later
    forwarded_in: Mapped[
        int | None
    ]  # the mail in which the publisher got it with a measure; no foreign key, as in Mail
    is_repeat: Mapped[bool | None]  # a moderator's answer: the same imputation was removed twice before (SI 2013/3028)

    notice: Mapped[Notice] = relationship(back_populates="items")
    case: Mapped[Case] = relationship(back_populates="items")
    article: Mapped[Article] = relationship()
    revision: Mapped[Revision] = relationship()
    claims: Mapped[list["Claim"]] = relationship(back_populates="item", order_by="Claim.id")


class Attachment(Model):
    """A file: bytes as received, never decoded, only ever sent out as a download to staff.

    It belongs to a notice, or to what came later with a message. Proof of identity loses its bytes once it was checked.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        UniqueConstraint("notice_id", "message_id", "sha256", name="uq_attachment_sha256"),
        Index("ix_attachment_identity", "id", sqlite_where=IDENTITY_LEFT, postgresql_where=IDENTITY_LEFT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    purpose: Mapped[str] = mapped_column(
        String(40), default="files"
    )  # the element it answers: files, identity_files, authority_files
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    checked_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
