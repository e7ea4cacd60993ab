"""How work is ordered and shared out: the weights of urgency, each version kept, and the rules that assign new cases."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model, words
from tracker.domain.categories import CategoryName
from tracker.models.account import Account


class Weighting(Model):
    """The points of every factor of urgency as an admin saved them; the newest counts."""

    __tablename__ = "weighting"

    id: Mapped[int] = mapped_column(primary_key=True)
    points: Mapped[dict[str, int]] = mapped_column(JSON)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))

    saved_by: Mapped[Account] = relationship()


class Route(Model):
    """A rule that assigns a new case; the first that fits counts. An empty condition fits everything."""

    __tablename__ = "route"

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    category: Mapped[CategoryName | None] = mapped_column(words(CategoryName))
    language: Mapped[str] = mapped_column(String(20), default="")
    people: Mapped[list[int]] = mapped_column(JSON)  # one: always; several: whoever has the fewest open cases
