"""Decisions on cases, and the measures they start and end."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.decisions import GroundType, Outcome
from tracker.domain.visibility import MeasureKind
from tracker.models.account import Account
from tracker.models.case import Case


class Decision(Model):
    """A decision, with the statement of reasons that was sent; one for each version of a case."""

    __tablename__ = "decision"
    __table_args__ = (UniqueConstraint("case_id", "case_version", name="uq_decision_case_version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    case_version: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(words(Outcome))
    ground_type: Mapped[GroundType] = mapped_column(words(GroundType))
    ground_ref: Mapped[str] = mapped_column(String(500))
    ground_explanation: Mapped[str] = mapped_column(Text)
    facts: Mapped[str] = mapped_column(Text)
    statement: Mapped[dict[str, Any]]
    refusal: Mapped[str] = mapped_column(String(40), default="")  # the ground of a refusal, or empty
    is_manifest: Mapped[bool] = mapped_column(
        default=False
    )  # manifestly unfounded when declined, manifestly illegal when a measure was taken
    rationale: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))  # why: staff alone
    to_notifier: Mapped[str] = mapped_column(
        Text, default="", server_default=text("''")
    )  # what each side was told, and what everybody may read
    to_publisher: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    public: Mapped[str] = mapped_column(Text, default="", server_default=text("''"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # None: the law's own clock
    decided_at: Mapped[datetime]

    case: Mapped[Case] = relationship(back_populates="decisions")
    decided_by: Mapped[Account | None] = relationship()


class Measure(Model):
    """What is done to an article, from `starts_at` until `ends_at`; ended, never deleted."""

    __tablename__ = "measure"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), unique=True)
    is_interim: Mapped[bool] = mapped_column(default=False)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"))
    kind: Mapped[MeasureKind] = mapped_column(words(MeasureKind))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]

    decision: Mapped[Decision] = relationship(foreign_keys=[decision_id])
