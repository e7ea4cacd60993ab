"""Who works on a case just now: leases that hold nobody up, and who is looking at it."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model
from tracker.models.account import Account


class Lease(Model):
    """Somebody works on a case until `until`; past that the row counts for nothing."""

    __tablename__ = "lease"

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime]

    account: Mapped[Account] = relationship()


class Presence(Model):
    """Somebody has the page of a case open, as far as we knew at the last sign of life."""

    __tablename__ = "presence"

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, autoincrement=False)
    until: Mapped[datetime]

    account: Mapped[Account] = relationship()
