"""Decisions on cases, the measures they start and end, and the proof of what readers got."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.decisions import GroundType, Outcome
from tracker.domain.effects import ProofKind
from tracker.domain.visibility import MeasureKind
from tracker.models.account import Account
from tracker.models.article import Article
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
    clause_id: Mapped[int | None] = mapped_column(
        index=True
    )  # the clause of our rules, as it stood; no foreign key: SQLite cannot add one later, and clauses are never deleted
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
    decided_at: Mapped[datetime] = mapped_column(index=True)
    before: Mapped[dict[str, Any] | None]  # how everything stood that it changed: what undoing it brings back
    undone_at: Mapped[datetime | None]  # within the grace window: it counts for nothing, and stays to be read

    case: Mapped[Case] = relationship(back_populates="decisions")
    decided_by: Mapped[Account | None] = relationship()


class Measure(Model):
    """What is done to an article, from `starts_at` until `ends_at`; ended, never deleted.

    `restores_sha256` is that of the article element as it would be without what hides it, made from what `restores_from`
    stands for: program, revision and the other measures.
    """

    __tablename__ = "measure"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), unique=True)
    is_interim: Mapped[bool] = mapped_column(default=False)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"))
    kind: Mapped[MeasureKind] = mapped_column(words(MeasureKind))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    terms: Mapped[dict[str, Any] | None]  # `visibility.Terms`
    lost_at: Mapped[datetime | None]  # since when a passage of it is not where it was in the file
    restores_sha256: Mapped[str | None] = mapped_column(String(64))
    restores_from: Mapped[str | None] = mapped_column(String(64))

    decision: Mapped[Decision] = relationship(foreign_keys=[decision_id])
    case: Mapped[Case] = relationship()
    article: Mapped[Article] = relationship()


class EffectProof(Model):
    """What was found when every public surface was read as a stranger does: the last look of each kind at a decision."""

    __tablename__ = "effect_proof"
    __table_args__ = (UniqueConstraint("decision_id", "kind", name="uq_effect_proof_decision_kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    kind: Mapped[ProofKind] = mapped_column(words(ProofKind))
    at: Mapped[datetime]
    surfaces: Mapped[int]  # how many were read
    is_ok: Mapped[bool]
    findings: Mapped[list[str]]  # "address: what is wrong", never the words themselves
