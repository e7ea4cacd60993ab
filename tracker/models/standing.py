"""How far a mailbox is trusted: a trusted flagger, or somebody warned or suspended for misuse."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model, words
from tracker.domain.standing import Level, Side


class Standing(Model):
    """The standing of one mailbox on one side; a row past `until` counts for nothing."""

    __tablename__ = "standing"
    __table_args__ = (UniqueConstraint("mailbox", "side", name="uq_standing_mailbox_side"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mailbox: Mapped[str] = mapped_column(String(254))
    side: Mapped[Side] = mapped_column(words(Side))
    level: Mapped[Level] = mapped_column(words(Level))
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    factors: Mapped[dict[str, Any]]  # DSA art. 23(3): number, proportion, gravity, intent
    reason: Mapped[str] = mapped_column(Text)
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
