"""Disputes before an out-of-court body, and notices published because their publisher cannot be reached."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model
from tracker.models.case import Case
from tracker.models.decision import Decision


class Dispute(Model):
    """A decision taken to a certified body (DSA art. 21); its time is its own, we record and carry out."""

    __tablename__ = "dispute"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    party: Mapped[str] = mapped_column(String(40))  # publisher, or notice:7
    body: Mapped[str] = mapped_column(String(200))
    reference: Mapped[str] = mapped_column(String(200))
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    is_restored: Mapped[bool | None]  # what became of the measure in the end

    case: Mapped[Case] = relationship(back_populates="disputes")
    decision: Mapped[Decision] = relationship()


class PublicNotice(Model):
    """A notice put up on the site because its publisher has no address that works (信息网络传播权保护条例 15).

    `text` was cleared by whoever put it up: no name of a natural person, no address, no number.
    """

    __tablename__ = "public_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), unique=True)
    text: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]
    published_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))

    case: Mapped[Case] = relationship()
