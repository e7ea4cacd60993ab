"""What readers can find: the words they may see of each article, and the tags under which articles stand together."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model


class ReaderText(Model):
    """Where an article stands among those that readers can find; there is none for one that they may not see at all.

    Its words are its `search_text`; they stand in the table `reader_index`, which each database makes in its own way and which has no model.
    """

    __tablename__ = "reader_text"

    place: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )  # `ranking.place`: newer ones have larger numbers
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), unique=True)
    language: Mapped[str] = mapped_column(String(20))
    body: Mapped[str] = mapped_column(Text)  # as it is shown in what was found


class ArticleTag(Model):
    """A tag of an article whose file is there, whether readers may see either or not."""

    __tablename__ = "article_tag"
    __table_args__ = (Index("ix_article_tag_slug", "language", "slug", "name", "article_id"),)

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True, autoincrement=False)
    slug: Mapped[str] = mapped_column(String(60), primary_key=True)
    language: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
