"""The signatures of decided cases: by them similar ones are found, whatever their number."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model, words
from tracker.domain.categories import CategoryName


class PrecedentMark(Model):
    """One mark of the signature of a case (`domain.precedents`); the key finds the newest cases with it first."""

    __tablename__ = "precedent_mark"

    category: Mapped[CategoryName] = mapped_column(words(CategoryName), primary_key=True)
    mark: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True, index=True)
