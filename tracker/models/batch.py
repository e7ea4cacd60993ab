"""Acts on many cases at once, and what became of each."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.models.account import Account
from tracker.models.case import Case


class RowState(StrEnum):
    """What became of one case of a batch."""

    WAITING = "waiting"
    DONE = "done"
    PROPOSED = "proposed"  # waits for a second person
    REFUSED = "refused"
    UNDONE = "undone"


class Batch(Model):
    """One act on many cases; `key` is what makes the same form sent twice one batch."""

    __tablename__ = "batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    draft: Mapped[dict[str, Any]]  # the decision as it was written
    created_at: Mapped[datetime]

    account: Mapped[Account] = relationship()
    rows: Mapped[list["BatchRow"]] = relationship(back_populates="batch", order_by="BatchRow.id")


class BatchRow(Model):
    """One case of a batch: the version that was seen, the one that the act left, and why it was refused if it was."""

    __tablename__ = "batch_row"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    version: Mapped[int]
    state: Mapped[RowState] = mapped_column(words(RowState))
    left_version: Mapped[int | None]
    said: Mapped[str] = mapped_column(Text)  # the refusal, in the words of the desk

    batch: Mapped[Batch] = relationship(back_populates="rows")
    case: Mapped[Case] = relationship()
