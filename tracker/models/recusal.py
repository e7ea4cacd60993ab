"""What somebody must not decide about."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.recusals import About
from tracker.models.account import Account


class Recusal(Model):
    """A publisher, domain or article from whose cases an account keeps out; whoever set it may lift it, or an admin."""

    __tablename__ = "recusal"
    __table_args__ = (UniqueConstraint("account_id", "about", "value", name="uq_recusal_account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    about: Mapped[About] = mapped_column(words(About))
    value: Mapped[str] = mapped_column(String(254))  # as `domain.recusals.normal` gives it
    set_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]

    set_by: Mapped[Account] = relationship(foreign_keys=[set_by_id])
