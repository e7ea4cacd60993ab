"""Replies, counter-notices, proof of proceedings, appeals: what the parties have to say to each other's claims."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.redress import AppealState, CounterRule, CounterState
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
    rule: Mapped[CounterRule] = mapped_column(  # by which of two Chinese rules it was treated, as the site was set then
        words(CounterRule), default=CounterRule.CIVIL_CODE, server_default=text("'civil_code'")
    )

    case: Mapped[Case] = relationship(back_populates="counter_notices")
    decision: Mapped[Decision] = relationship()
    message: Mapped[Message] = relationship()
    proceedings: Mapped[list["Proceedings"]] = relationship(back_populates="counter", order_by="Proceedings.id")


class Proceedings(Model):
    """Proof that proceedings were started, as it came for one counter-notice: from then on nothing is restored by itself."""

    __tablename__ = "proceedings"
    __table_args__ = (UniqueConstraint("counter_id", "message_id", name="uq_proceedings_counter_message"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    counter_id: Mapped[int] = mapped_column(ForeignKey("counter_notice.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    received_at: Mapped[datetime]  # by us, by whatever way: what 17 U.S.C. 512(g)(2)(C) turns on
    judged_at: Mapped[datetime | None]
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    is_accepted: Mapped[bool | None]

    counter: Mapped[CounterNotice] = relationship(back_populates="proceedings")
    message: Mapped[Message] = relationship()


class Reply(Model):
    """A publisher's answers to the questions of SI 2013/3028, as they were given; the words hang on `message`.

    What is not complete, or was found obviously false, counts as no reply.
    """

    __tablename__ = "reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), unique=True)
    answers: Mapped[dict[str, Any]]
    is_complete: Mapped[bool]  # with what they had answered before
    is_late: Mapped[bool]
    received_at: Mapped[datetime]
    false_at: Mapped[datetime | None]  # when staff found the name or the address obviously false
    told_at: Mapped[datetime | None]  # when the complainants were told of a refusal

    case: Mapped[Case] = relationship(back_populates="replies")
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
