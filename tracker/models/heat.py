"""How often articles were read."""

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model
from tracker.models.article import Article


class Heat(Model):
    """The reads of an article; one that nobody has read has no row. Who read it stands nowhere.

    `shown` is what pages say. It follows by steps (`domain.heat`), when the worker makes them again, and stands still while the article
    is hidden; so a page is made from what is stored and from nothing else.
    """

    __tablename__ = "heat"
    __table_args__ = (Index("ix_heat_shown", "shown", "article_id"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True)
    start: Mapped[int]  # what it had where it came from, as its file says
    reads: Mapped[int] = mapped_column(BigInteger)  # counted here
    shown: Mapped[int]
    turns_at: Mapped[int] = mapped_column(BigInteger)  # start and reads together at which `shown` is to change

    article: Mapped[Article] = relationship()
