"""How often somebody looked at what the desk masks: a number for each day, never what it was."""

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model


class Exposure(Model):
    """How many masked passages a person uncovered on a day of the site's zone."""

    __tablename__ = "exposure"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    number: Mapped[int]
