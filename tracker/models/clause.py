"""Our own rules as they stood: each clause with its words in every language, and who looked again after they changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model
from tracker.models.account import Account
from tracker.models.case import Case

_IN_FORCE = text("ended_at IS NULL")


class Clause(Model):
    """The words of one clause from `in_force_at` until `ended_at`; never changed, never deleted."""

    __tablename__ = "clause"
    __table_args__ = (
        UniqueConstraint("number", "edition", name="uq_clause_number_edition"),
        Index(
            "uq_clause_in_force", "number", unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40))  # 2.10, as it is cited
    edition: Mapped[int]  # counts up with every change of the words
    version: Mapped[str] = mapped_column(String(40))  # what the page of the rules said its version was
    words: Mapped[dict[str, Any]]  # language -> {title, text}
    in_force_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ClauseReview(Model):
    """That somebody looked at a case which relied on earlier words, in the light of `clause`, the newest ones then."""

    __tablename__ = "clause_review"
    __table_args__ = (UniqueConstraint("clause_id", "case_id", name="uq_clause_review_clause_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clause_id: Mapped[int] = mapped_column(ForeignKey("clause.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    note: Mapped[str] = mapped_column(Text)
    reviewed_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    reviewed_at: Mapped[datetime]

    clause: Mapped[Clause] = relationship()
    case: Mapped[Case] = relationship()
    reviewed_by: Mapped[Account] = relationship()
