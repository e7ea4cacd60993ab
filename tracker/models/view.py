"""Saved views of the queue, and who has one mailed every morning."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model
from tracker.models.account import Account


class View(Model):
    """A name for a query of the queue; seen by its owner, or by everybody when shared."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("owner_id", "name", name="uq_saved_view_owner_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(1000))  # as the address carries it
    is_shared: Mapped[bool] = mapped_column(index=True)
    created_at: Mapped[datetime]

    owner: Mapped[Account] = relationship()
    subscriptions: Mapped[list["Subscription"]] = relationship(back_populates="view", cascade="all, delete-orphan")


class Subscription(Model):
    """Somebody gets a view by mail every morning; `sent_on` is the last day on which it was seen to."""

    __tablename__ = "subscription"
    __table_args__ = (UniqueConstraint("view_id", "account_id", name="uq_subscription_view_account"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    view_id: Mapped[int] = mapped_column(ForeignKey("saved_view.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    sent_on: Mapped[date]

    view: Mapped[View] = relationship(back_populates="subscriptions")
    account: Mapped[Account] = relationship()
