"""What readers can find: words and tags of articles, written in the act that changes what readers see."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, exists, or_, select, text

from tracker.db import db
from tracker.domain.ranking import place
from tracker.domain.tags import tag_slug
from tracker.models import Article, ArticleTag, Measure, ReaderText
from tracker.render.findable import Findable, words
from tracker.render.site import Site
from tracker.render.visible import is_visible, next_turn, seen

MOST = 200
"""How many articles are brought up to date at a time, so that acts do not wait long."""


def index(site: Site, articles: Iterable[Article], now: datetime) -> None:
    """Make again what can be found of these articles, with until when that holds; of a hidden one nothing can."""
    rows = list(articles)
    shown = seen(site, rows, now)
    ids = [article.id for article in rows]
    readable = set(db.session.scalars(select(Article.id).where(Article.id.in_(ids), is_visible(now))))
    for article in rows:
        put(article, shown[article.id].findable(article) if article.id in readable else None)
        article.search_until = next_turn(now, Measure.article_id == article.id)
    db.session.flush()


def behind(now: datetime, most: int = MOST) -> list[Article]:
    """Return some of the articles of which something else can be found now than stands in the index."""
    is_missing = is_visible(now) & ~exists().where(ReaderText.article_id == Article.id)
    found = select(Article).where(or_(Article.search_until <= now, is_missing)).order_by(Article.id)
    return list(db.session.scalars(found.limit(most)))


def tag(article: Article) -> None:
    """Write the tags of an article as its file has them; of one whose file is gone there are none."""
    wanted = {} if article.file_gone_at else {slug: name for name in reversed(article.tags) if (slug := tag_slug(name))}
    known = {row.slug: row for row in db.session.scalars(select(ArticleTag).where(ArticleTag.article_id == article.id))}
    for slug, row in known.items():
        if slug not in wanted:
            db.session.delete(row)
    for slug, name in wanted.items():
        row = known.get(slug) or ArticleTag(article_id=article.id, slug=slug)
        row.name, row.language = name, article.language
        db.session.add(row)
    db.session.flush()


def put(article: Article, found: Findable | None) -> None:
    """Put the words of an article into the index in place of those that stood there, or take them out."""
    row = db.session.scalar(select(ReaderText).where(ReaderText.article_id == article.id).with_for_update())
    at = place(article.published_on, article.id)
    stood = (row.place, row.language, row.body, article.search_text) if row else None
    if found and stood == (at, article.language, *found):
        return
    if row:
        _forget(row, article.search_text)
    article.search_text = found.kept if found else ""
    if found:
        db.session.add(ReaderText(place=at, article_id=article.id, language=article.language, body=found.body))
        _remember(at, words(found.kept, article.language, at))
    db.session.flush()


def _forget(row: ReaderText, held: str) -> None:
    if db.engine.dialect.name == "sqlite":  # without a copy of its own, the index must be told what to forget
        found = " ".join(words(held, row.language, row.place))
        db.session.execute(_FORGET, {"place": row.place, "words": found})
    else:
        db.session.execute(_DELETE, {"place": row.place})
    db.session.execute(delete(ReaderText).where(ReaderText.place == row.place))
    db.session.expunge(row)


def _remember(at: int, held: list[str]) -> None:
    if db.engine.dialect.name == "sqlite":
        db.session.execute(_REMEMBER, {"place": at, "words": " ".join(held)})
    else:
        db.session.execute(_INSERT, {"place": at, "words": held})


_REMEMBER = text("INSERT INTO reader_index (rowid, words) VALUES (:place, :words)")
_INSERT = text("INSERT INTO reader_index (place, words) VALUES (:place, :words)")
_FORGET = text("INSERT INTO reader_index (reader_index, rowid, words) VALUES ('delete', :place, :words)")
_DELETE = text("DELETE FROM reader_index WHERE place = :place")
