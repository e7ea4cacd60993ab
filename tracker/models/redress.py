"""Counter-notices and appeals: what the parties have against a decision."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.redress import AppealState, CounterState
from tracker.models.account import Account
from tracker.models.case import Case
from tracker.models.decision import Decision
from tracker.models.thread import Message


class CounterNotice(Model):
    """A publisher's answer to a removal, as it was sent; its evidence hangs on `message`."""

    __tablename__ = "counter_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    state: Mapped[CounterState] = mapped_column(words(CounterState))
    regimes: Mapped[list[str]]
    language: Mapped[str] = mapped_column(String(20))
    answers: Mapped[dict[str, Any]]
    statements: Mapped[dict[str, Any]]  # name -> the words agreed to, as shown
    received_at: Mapped[datetime]
    forwarded_at: Mapped[datetime | None]
    reached_at: Mapped[datetime | None]  # the notifier's mail server took it, or they opened it
    ended_at: Mapped[datetime | None]

    case: Mapped[Case] = relationship(back_populates="counter_notices")
    decision: Mapped[Decision] = relationship()
    message: Mapped[Message] = relationship()


class Appeal(Model):
    """A challenge to a decision by one party; each party has one for a decision."""

    __tablename__ = "appeal"
    __table_args__ = (UniqueConstraint("decision_id", "party", name="uq_appeal_decision_party"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    party: Mapped[str] = mapped_column(String(40))  # publisher, or notice:7
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    state: Mapped[AppealState] = mapped_column(words(AppealState))
    language: Mapped[str] = mapped_column(String(20))
    received_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reasons: Mapped[str] = mapped_column(Text)

    case: Mapped[Case] = relationship(back_populates="appeals")
    decision: Mapped[Decision] = relationship()
    message: Mapped[Message] = relationship()
    decided_by: Mapped[Account | None] = relationship()
