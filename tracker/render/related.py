"""The articles that go with an article, and the pages that an act has to make again for their sake."""

from datetime import datetime

from sqlalchemy import Select, select

from tracker.db import db
from tracker.domain.related import AROUND, Candidate, affected, related
from tracker.models import Article
from tracker.render.visible import is_visible


def related_to(article: Article, now: datetime) -> list[Article]:
    """Return the articles that go with an article, the best first."""
    shelf, at = _shelf(article, now, AROUND)
    numbers = related(shelf, at)
    found = {row.id: row for row in db.session.scalars(select(Article).where(Article.id.in_(numbers)))}
    return [found[number] for number in numbers]


def shown_beside(article: Article, now: datetime) -> list[Article]:
    """Return the articles on whose pages this one stands, or would stand if readers could see it, or changes what does."""
    shelf, _ = _shelf(article, now, 2 * AROUND + 1)
    numbers = affected(shelf, article.id)
    return list(db.session.scalars(select(Article).where(Article.id.in_(numbers)).order_by(Article.id)))


def _shelf(article: Article, now: datetime, most: int) -> tuple[list[Candidate], int]:
    """Return the visible articles around this one, itself among them whether visible or not, and where it stands."""
    query = select(Article.id, Article.tags).where(
        Article.language == article.language, Article.category == article.category, is_visible(now)
    )
    before = _rows(query.where(Article.id < article.id).order_by(Article.id.desc()).limit(most))
    after = _rows(query.where(Article.id > article.id).order_by(Article.id).limit(most))
    return [*reversed(before), Candidate(article.id, frozenset(article.tags)), *after], len(before)


def _rows(query: Select[int, list[str]]) -> list[Candidate]:
    return [Candidate(number, frozenset(tags)) for number, tags in db.session.execute(query)]
