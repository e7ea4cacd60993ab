"""Finding articles by words in them. A plain scan: right for any two characters, quick enough for thousands."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape
from sqlalchemy import func, select

from tracker import content
from tracker.db import db
from tracker.domain.passages import locate
from tracker.domain.text import clean_line, comparable
from tracker.models import Article
from tracker.render.script import simplified
from tracker.render.site import shown, written
from tracker.render.visible import visible

LONGEST = 100
MOST = 50
_AROUND = 40


@dataclass(frozen=True)
class Hit:
    """An article that was found, and where."""

    article: Article
    snippet: Markup


@dataclass(frozen=True)
class Found:
    """The newest hits, and how many there are in all."""

    hits: list[Hit]
    total: int


NOTHING = Found([], 0)


def cleaned(query: str) -> str:
    """Return what was asked for, as it is shown again."""
    return clean_line(query)[:LONGEST]


def articles(query: str, language: str, now: datetime) -> Found:
    """Return the visible articles of a language that have every word of `query`, those named for the first one first."""
    wanted = visible(now).where(Article.language == written(language))
    if language != written(language):
        query = simplified(query)
    for word in query.split():
        pattern = comparable(word).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        wanted = wanted.where(Article.search_text.like(f"%{pattern}%", escape="\\"))
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    named = Article.title.contains(query.split()[0], autoescape=True)
    rows = db.session.scalars(wanted.order_by(named.desc(), Article.published_on.desc(), Article.id.desc()).limit(MOST))
    return Found([Hit(row, Markup(shown(_snippet(row, query.split()[0]), language))) for row in rows], total)  # noqa: S704


def _snippet(article: Article, word: str) -> Markup:
    text = " ".join(content.text_of(article.revision.source).split())
    span = locate(word.casefold(), text.casefold())
    if span is None:
        return escape(article.summary)
    start, end = max(0, span.start - _AROUND), min(len(text), span.end + _AROUND)
    before, hit, after = text[start : span.start], text[span.start : span.end], text[span.end : end]
    return Markup("{}{}<mark>{}</mark>{}{}").format(
        "…" if start else "", before, hit, after, "…" if end < len(text) else ""
    )
