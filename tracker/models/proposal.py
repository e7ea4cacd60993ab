"""Decisions that wait for a second person."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.approval import Fate
from tracker.domain.decisions import Outcome
from tracker.models.account import Account
from tracker.models.case import Case

_OPEN = text("state = 'open'")


class Proposal(Model):
    """A decision as somebody would take it, without any effect yet; a case has at most one that waits.

    `case_version` is what proposing left; another one since means that the case has changed under it.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        Index("uq_proposal_open", "case_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_proposal_case_id", "case_id"),
        Index("ix_proposal_decision_id", "decision_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    case_version: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(words(Outcome))
    draft: Mapped[dict[str, Any]]  # `approval.written`
    fields: Mapped[dict[str, Any]]  # the form as it was typed: what its writer gets back
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    proposed_at: Mapped[datetime]
    state: Mapped[Fate] = mapped_column(words(Fate))
    lapsed_at: Mapped[datetime | None]  # nobody had answered in time
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # who approved it or sent it back
    reason: Mapped[str] = mapped_column(Text, default="")  # why it was sent back
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"))  # what it became

    case: Mapped[Case] = relationship()
    proposed_by: Mapped[Account] = relationship(foreign_keys=[proposed_by_id])
    ended_by: Mapped[Account | None] = relationship(foreign_keys=[ended_by_id])
