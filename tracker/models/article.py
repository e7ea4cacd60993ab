"""Articles, and each version of one that was ever published."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import Model


class Article(Model):
    """An article; the row stays for good, even when its file is gone."""

    __tablename__ = "article"
    __table_args__ = (
        Index("ix_article_list", "language", "published_on", "id"),
        Index("ix_article_language", "language", "id"),
        Index("ix_article_category", "language", "category", "id"),
        *(
            Index(f"ix_article_{name}", name, sqlite_where=text(where), postgresql_where=text(where))
            for name in ("search_until", "file_gone_at")
            for where in [f"{name} IS NOT NULL"]
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(200), unique=True)
    language: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text)
    tags: Mapped[list[str]]
    origin: Mapped[str] = mapped_column(String(20))
    source_name: Mapped[str] = mapped_column(String(200))
    source_url: Mapped[str] = mapped_column(String(500))
    publisher_name: Mapped[str] = mapped_column(String(200))
    publisher_email: Mapped[str] = mapped_column(String(254), index=True)
    published_on: Mapped[date]
    updated_on: Mapped[date | None]
    search_text: Mapped[str] = mapped_column(
        Text, default="", deferred=True
    )  # what readers see of title, summary with tags, and body, as it is searched, a line each; empty while they see nothing
    file: Mapped[str | None] = mapped_column(Text)  # what its file is called; None until a sync has seen it
    search_until: Mapped[datetime | None]  # when a measure changes that by itself; past it, it is to be made again
    revision_id: Mapped[int | None]  # no foreign key: the tables would need each other to exist first
    file_gone_at: Mapped[datetime | None]

    revision: Mapped["Revision"] = relationship(
        primaryjoin="foreign(Article.revision_id) == Revision.id", viewonly=True
    )


class FormerAddress(Model):
    """A slug that an article had before its file got another one; no article has it now."""

    __tablename__ = "former_address"

    slug: Mapped[str] = mapped_column(String(200), primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)
    left_at: Mapped[datetime]


class Revision(Model):
    """A version of an article, frozen: the file's bytes and their SHA-256, with pictures `content.version`.

    `first_seen_at` says when we first saw it.
    """

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("article_id", "sha256", name="uq_revision_article_sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    source: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    text_sha256: Mapped[str] = mapped_column(String(64), index=True)  # of the comparable text: finds copies
    first_seen_at: Mapped[datetime]

    article: Mapped[Article] = relationship()
