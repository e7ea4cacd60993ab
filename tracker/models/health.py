"""What shows whether the site is well: workers that were here, and checks of the trail."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model
from tracker.models.account import Account


class Heartbeat(Model):
    """A process that works in the background, by machine and number; it writes here once a minute."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class Verification(Model):
    """One check of the whole trail: how far it has come, and what it found. `fault` is empty when all is sound."""

    __tablename__ = "verification"

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # None: the nightly one
    until: Mapped[int]  # the last entry that is checked: what the head named when the check began
    head: Mapped[str] = mapped_column(String(64))
    entry: Mapped[int] = mapped_column(default=0)  # checked up to here
    hash: Mapped[str] = mapped_column(String(64))
    case_id: Mapped[int] = mapped_column(default=0)  # cases compared with the trail up to here
    finished_at: Mapped[datetime | None]
    fault: Mapped[str] = mapped_column(Text, default="")

    asked_by: Mapped[Account | None] = relationship()
