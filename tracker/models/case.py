"""Cases: everything about one article and one category; and the clocks that run on them."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import State
from tracker.models.account import Account
from tracker.models.article import Article

if TYPE_CHECKING:
    from tracker.models.decision import Decision
    from tracker.models.notice import Item

_AWAITS_DECISION = text("decided_at IS NULL")


class Case(Model):
    """A case; `version` goes up with every act and is what a form must match. State and outcome are a fold of the trail."""

    __tablename__ = "case"
    __table_args__ = (
        Index(
            "uq_case_open", "article_id", "category", unique=True,
            sqlite_where=_AWAITS_DECISION, postgresql_where=_AWAITS_DECISION,
        ),
        Index(
            "ix_case_queue", "opened_at", "id",
            sqlite_where=_AWAITS_DECISION, postgresql_where=_AWAITS_DECISION,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)
    category: Mapped[CategoryName] = mapped_column(words(CategoryName))
    state: Mapped[State] = mapped_column(words(State))
    outcome: Mapped[Outcome | None] = mapped_column(words(Outcome))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    version: Mapped[int]
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))  # shown to the loser of a conflict
    decided_at: Mapped[datetime | None]

    article: Mapped[Article] = relationship()
    assignee: Mapped[Account | None] = relationship()
    items: Mapped[list["Item"]] = relationship(back_populates="case", order_by="Item.id")
    clocks: Mapped[list["Clock"]] = relationship(back_populates="case", order_by="Clock.due_at")
    decisions: Mapped[list["Decision"]] = relationship(back_populates="case", order_by="Decision.id")


class Clock(Model):
    """A running time limit; it has stopped when `stopped_at` is set."""

    __tablename__ = "clock"
    __table_args__ = (UniqueConstraint("case_id", "kind", name="uq_clock_case_kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    kind: Mapped[ClockKind] = mapped_column(words(ClockKind))
    starts_at: Mapped[datetime]
    due_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]

    case: Mapped[Case] = relationship(back_populates="clocks")
