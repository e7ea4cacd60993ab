"""Notices being written. A draft is found by a secret address alone, so it works with cookies off."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.categories import CategoryName


class Draft(Model):
    """What was typed so far; `id` is the SHA-256 of the key in the draft's address."""

    __tablename__ = "draft"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    category: Mapped[CategoryName] = mapped_column(words(CategoryName))
    answers: Mapped[dict[str, Any]]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    files: Mapped[list["DraftFile"]] = relationship(order_by="DraftFile.id", cascade="all, delete-orphan")


class DraftFile(Model):
    """A file added to a draft."""

    __tablename__ = "draft_file"
    __table_args__ = (UniqueConstraint("draft_id", "sha256", name="uq_draft_file_draft_sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[str] = mapped_column(ForeignKey("draft.id"))
    purpose: Mapped[str] = mapped_column(String(40), default="files")
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
