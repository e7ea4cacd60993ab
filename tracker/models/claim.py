"""What a notice claims about an article, claim by claim: one for each item at first, more when a moderator splits it."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.claims import Answer
from tracker.models.account import Account
from tracker.models.case import Case
from tracker.models.notice import Item


class Claim(Model):
    """One claim. Without `text` it is what the notice says as a whole; one that was merged counts with the other."""

    __tablename__ = "claim"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    passage: Mapped[str] = mapped_column(Text, default="")
    prefix: Mapped[str] = mapped_column(String(100), default="")  # what stands around it in the revision of the item
    suffix: Mapped[str] = mapped_column(String(100), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    ground: Mapped[str] = mapped_column(String(500), default="")
    answer: Mapped[Answer] = mapped_column(words(Answer), default=Answer.OPEN)
    reasons: Mapped[str] = mapped_column(Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    answered_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"))

    case: Mapped[Case] = relationship(back_populates="claims")
    item: Mapped[Item] = relationship(back_populates="claims")
    answered_by: Mapped[Account | None] = relationship()
