"""Texts that staff keep ready, with places to fill in."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.canned import Purpose
from tracker.models.account import Account


class CannedText(Model):
    """One text in up to three languages; retired, not deleted. `version` goes up with every change."""

    __tablename__ = "canned_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    purpose: Mapped[Purpose] = mapped_column(words(Purpose))
    texts: Mapped[dict[str, Any]]  # language -> text
    version: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    retired_at: Mapped[datetime | None]

    changed_by: Mapped[Account] = relationship()
