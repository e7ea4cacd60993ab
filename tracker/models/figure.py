"""Figures of each week, counted by the worker; and the cases that were decided a second time to see whether we agree."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.decisions import Outcome
from tracker.models.account import Account
from tracker.models.decision import Decision


class Figure(Model):
    """One number of one week, which begins on a Monday in the site's zone."""

    __tablename__ = "figure"

    week: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    part: Mapped[str] = mapped_column(String(40), primary_key=True)  # an outcome, an account; or empty
    number: Mapped[int]
    counted_at: Mapped[datetime]


class Sample(Model):
    """A decided case drawn for a second reading by somebody who does not see what was decided."""

    __tablename__ = "sample"
    __table_args__ = (UniqueConstraint("decision_id", name="uq_sample_decision_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    drawn_at: Mapped[datetime]
    reader_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    outcome: Mapped[Outcome | None] = mapped_column(words(Outcome))
    note: Mapped[str] = mapped_column(String(2000), default="")
    read_at: Mapped[datetime | None]

    decision: Mapped[Decision] = relationship()
    reader: Mapped[Account | None] = relationship()
