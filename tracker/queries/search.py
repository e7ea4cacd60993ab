"""Finding articles by words in them. A plain scan: right for any two characters, quick enough for thousands."""

from dataclasses import dataclass, replace
from datetime import datetime

from markupsafe import Markup, escape
from sqlalchemy import func, or_, select

from tracker.db import db
from tracker.domain.passages import locate
from tracker.domain.text import clean_line, comparable
from tracker.models import Article
from tracker.render.lists import Entry, entry
from tracker.render.script import simplified
from tracker.render.site import Site, in_script, written
from tracker.render.visible import Seen, seen, visible

LONGEST = 100
MOST = 50
_AROUND = 40


@dataclass(frozen=True)
class Hit:
    """An article that was found, and where."""

    entry: Entry
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


def articles(site: Site, query: str, language: str, now: datetime) -> Found:
    """Return the visible articles of a language that have every word of `query`, those named for the first one first."""
    query = query if language == written(language) else simplified(query)
    words = [comparable(word) for word in query.split()]
    readable = visible(now).where(Article.language == written(language))
    stale = list(db.session.scalars(readable.where(Article.search_until <= now)))
    shown = seen(site, stale, now)
    fresh = [each.id for each in stale if all(word in shown[each.id].search_text(each) for word in words)]
    wanted = readable.where(or_(Article.search_until.is_(None), Article.search_until > now, Article.id.in_(fresh)))
    for word in words:
        pattern = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        matches = Article.search_text.like(f"%{pattern}%", escape="\\")
        wanted = wanted.where(or_(matches, Article.id.in_(fresh)))
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    named = Article.title.contains(query.split()[0], autoescape=True)
    found = wanted.order_by(named.desc(), Article.published_on.desc(), Article.id.desc()).limit(MOST)
    rows = list(db.session.scalars(found))
    shown = seen(site, rows, now)
    first = query.split()[0]
    hits = [Hit(entry(site, row, shown[row.id], language), _snippet(row, shown[row.id], first)) for row in rows]
    return Found([replace(hit, snippet=Markup(in_script(hit.snippet, language))) for hit in hits], total)  # noqa: S704


def _snippet(article: Article, shown: Seen, word: str) -> Markup:
    text = " ".join(shown.body(article).text.split())
    span = locate(word.casefold(), text.casefold())
    if span is None:
        return escape(shown.summary)
    start, end = max(0, span.start - _AROUND), min(len(text), span.end + _AROUND)
    before, hit, after = text[start : span.start], text[span.start : span.end], text[span.end : end]
    return Markup("{}{}<mark>{}</mark>{}{}").format(
        "…" if start else "", before, hit, after, "…" if end < len(text) else ""
    )
