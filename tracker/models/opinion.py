"""Second opinions: what one colleague was asked about a case, and what they said."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.opinions import View
from tracker.models.account import Account
from tracker.models.case import Case
from tracker.models.decision import Decision


class Opinion(Model):
    """A question to one colleague; `decision` is the one before which it was asked, once that was taken."""

    __tablename__ = "opinion"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)  # the same form sent twice asks once
    key_epoch: Mapped[str] = mapped_column(String(8))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    asked_of_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    question: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    view: Mapped[View | None] = mapped_column(words(View))
    remark: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[datetime | None]

    case: Mapped[Case] = relationship(back_populates="opinions")
    decision: Mapped[Decision | None] = relationship()
    asked_by: Mapped[Account] = relationship(foreign_keys=[asked_by_id])
    asked_of: Mapped[Account] = relationship(foreign_keys=[asked_of_id])
