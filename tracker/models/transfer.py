"""Items that went from one case to another: merged, split off, or taken back."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model, words


class TransferKind(StrEnum):
    """Why items went."""

    MERGE = "merge"
    SPLIT = "split"


class Transfer(Model):
    """One act that moved items; a merge can be undone."""

    __tablename__ = "transfer"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[TransferKind] = mapped_column(words(TransferKind))
    from_case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    to_case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime]
    items: Mapped[list[int]] = mapped_column(JSON)
    undone_at: Mapped[datetime | None]
