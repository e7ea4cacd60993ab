"""What readers can find: an index of the words they may see, which `tracker sync` fills, and tags.

Revision ID: 0013
Revises: 0012
"""

import json
import re
import unicodedata
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_SELDOM = ("search_until", "file_gone_at")
"""Columns of an article that mostly hold nothing."""

_PLACE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "reader_text",
        sa.Column("place", _PLACE, autoincrement=False, nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_reader_text_article_id"),
        sa.PrimaryKeyConstraint("place", name="pk_reader_text"),
        sa.UniqueConstraint("article_id", name="uq_reader_text_article_id"),
    )
    op.create_table(
        "article_tag",
        sa.Column("article_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("slug", sa.String(60), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_article_tag_article_id"),
        sa.PrimaryKeyConstraint("article_id", "slug", name="pk_article_tag"),
    )
    op.create_index("ix_article_tag_slug", "article_tag", ["language", "slug", "name", "article_id"])
    for name in _SELDOM:
        where = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"ix_article_{name}", "article", [name], sqlite_where=where, postgresql_where=where)
    _make_index()
    _fill_tags()


def _make_index() -> None:
    """Make the index in the way of each database, of words that need no order."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE reader_index USING fts5(words, content='', detail=none, tokenize='ascii')")
        return
    op.execute('CREATE TABLE reader_index (place bigint PRIMARY KEY, words text[] COLLATE "C" NOT NULL)')
    # told how common words are, the planner would read every row for a common one: it is to ask the index, always
    op.execute("ALTER TABLE reader_index ALTER COLUMN words SET STATISTICS 0")
    op.execute("CREATE INDEX ix_reader_index_words ON reader_index USING gin (words) WITH (fastupdate = off)")


def _fill_tags() -> None:
    tags = sa.table("article_tag", *map(sa.column, ("article_id", "slug", "language", "name")))
    query = sa.text("SELECT id, language, tags FROM article WHERE file_gone_at IS NULL ORDER BY id")
    rows = [row for article in op.get_bind().execute(query).all() for row in _tags_of(*article)]
    if rows:
        op.bulk_insert(tags, rows)


def _tags_of(article: int, language: str, tags: object) -> Iterator[dict[str, object]]:
    """Yield the tags of an article, each address once, as `domain.tags` makes them."""
    found = json.loads(tags) if isinstance(tags, str) else tags
    names = [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
    for slug, name in {_slug(name): name for name in reversed(names)}.items():
        if slug:
            yield {"article_id": article, "slug": slug, "language": language, "name": name}


def _slug(tag: str) -> str:
    normal = unicodedata.normalize("NFKC", tag).casefold()
    return re.sub(r"[\W_]+", "-", normal).strip("-")[:60].rstrip("-")


def downgrade() -> None:
    """Leave the older program to make its own words of each article: to it all of them are out of date."""
    op.execute("UPDATE article SET search_until = '2000-01-01 00:00:00'")
    for name in _SELDOM:
        op.drop_index(f"ix_article_{name}", "article")
    op.execute("DROP TABLE reader_index")
    op.drop_table("article_tag")
    op.drop_table("reader_text")
