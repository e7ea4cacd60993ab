"""Cases: everything about one article and one category; and the clocks that run on them."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import Source, State
from tracker.models.account import Account
from tracker.models.article import Article

if TYPE_CHECKING:
    from tracker.models.claim import Claim
    from tracker.models.decision import Decision
    from tracker.models.dispute import Dispute
    from tracker.models.notice import Item
    from tracker.models.opinion import Opinion
    from tracker.models.redress import Appeal, CounterNotice, Reply
    from tracker.models.thread import Message

_RUNS = text("stopped_at IS NULL")
WATCHED = text("stopped_at IS NULL AND (paused_at IS NOT NULL OR kind = 'us_restore' OR is_provisional)")
"""The running clocks that are looked at whenever they are due."""

_AWAITS_DECISION = text("decided_at IS NULL AND closed_at IS NULL")


class Case(Model):
    """A case; `version` goes up with every act and is what a form must match. State and outcome are a fold of the trail.

    `predecessor` is the case of the same article and category that was decided before this one's first notice came."""

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
    predecessor_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    source: Mapped[Source] = mapped_column(words(Source), default=Source.NOTICE)
    category: Mapped[CategoryName] = mapped_column(words(CategoryName))
    state: Mapped[State] = mapped_column(words(State))
    outcome: Mapped[Outcome | None] = mapped_column(words(Outcome))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    version: Mapped[int]
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))  # shown to the loser of a conflict
    is_urgent: Mapped[bool] = mapped_column(default=False)
    regimes: Mapped[list[str]] = mapped_column(default=list)  # added by a moderator to those of the notices
    regimes_removed: Mapped[list[str]] = mapped_column(default=list, nullable=True)  # taken away by a moderator
    first_action: Mapped[str | None] = mapped_column(String(40))  # what a moderator chose to do first
    facially_illegal: Mapped[bool | None]  # visible without a detailed legal examination (DSA art. 16(3))
    facially_illegal_reason: Mapped[str | None] = mapped_column(Text)
    accepted_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]  # the publisher, whose reply is awaited
    decided_at: Mapped[datetime | None]
    held_at: Mapped[datetime | None]
    reopened_at: Mapped[datetime | None]  # everybody is told of what is decided then
    closed_at: Mapped[datetime | None]
    kept_until: Mapped[datetime | None]  # a legal hold: nothing is purged before

    article: Mapped[Article] = relationship()
    assignee: Mapped[Account | None] = relationship()
    items: Mapped[list["Item"]] = relationship(back_populates="case", order_by="Item.id")
    claims: Mapped[list["Claim"]] = relationship(back_populates="case", order_by="Claim.id")
    clocks: Mapped[list["Clock"]] = relationship(back_populates="case", order_by="Clock.due_at")
    decisions: Mapped[list["Decision"]] = relationship(
        back_populates="case",
        order_by="Decision.id",
        primaryjoin="and_(Case.id == Decision.case_id, Decision.undone_at.is_(None))",
    )
    messages: Mapped[list["Message"]] = relationship(back_populates="case", order_by="Message.id")
    opinions: Mapped[list["Opinion"]] = relationship(back_populates="case", order_by="Opinion.id")
    counter_notices: Mapped[list["CounterNotice"]] = relationship(back_populates="case", order_by="CounterNotice.id")
    appeals: Mapped[list["Appeal"]] = relationship(back_populates="case", order_by="Appeal.id")
    replies: Mapped[list["Reply"]] = relationship(back_populates="case", order_by="Reply.id")
    disputes: Mapped[list["Dispute"]] = relationship(back_populates="case", order_by="Dispute.id")


class Clock(Model):
    """A running time limit; it has stopped when `stopped_at` is set. `subject` says of what: case, item:7, appeal:3, mail:9.

    Paused by staff, it is due as much later; held, nothing follows from it until somebody has looked, and no time is added.
    """

    __tablename__ = "clock"
    __table_args__ = (
        Index(
            "uq_clock_running", "case_id", "kind", "subject", unique=True,
            sqlite_where=_RUNS, postgresql_where=_RUNS,
        ),
        Index("ix_clock_due", "due_at", "id", sqlite_where=_RUNS, postgresql_where=_RUNS),
        Index("ix_clock_watched", "id", sqlite_where=WATCHED, postgresql_where=WATCHED),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[ClockKind] = mapped_column(words(ClockKind))
    subject: Mapped[str] = mapped_column(String(40), default="case")
    starts_at: Mapped[datetime]
    due_at: Mapped[datetime]
    is_urgent: Mapped[bool] = mapped_column(
        default=False, nullable=True
    )  # counted by the shorter length of the urgent lanes
    is_trusted: Mapped[bool] = mapped_column(
        default=False, server_default=false()
    )  # counted by the length for a trusted flagger (DSA art. 22(1))
    is_provisional: Mapped[bool] = mapped_column(default=False)  # a calendar it needs is not published yet
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[str] = mapped_column(String(200), default="")
    pause_reason: Mapped[str] = mapped_column(Text, default="")
    paused_seconds: Mapped[int] = mapped_column(
        default=0, server_default=text("0")
    )  # how long it has stood still before
    held_at: Mapped[datetime | None]  # a proof waits to be judged, or the mail it hangs on was not delivered
    reached_at: Mapped[datetime | None]  # when what it counts from reached its receiver
    warned_at: Mapped[datetime | None]
    expired_at: Mapped[datetime | None]  # it passed and somebody was told; it goes on running
    stopped_at: Mapped[datetime | None]

    case: Mapped[Case] = relationship(back_populates="clocks")
