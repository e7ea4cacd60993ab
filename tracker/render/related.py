"""The articles that go with an article, and the pages that an act has to make again for their sake."""

from datetime import datetime

from sqlalchemy import bindparam, select

from tracker.db import db
from tracker.domain.related import AROUND, Candidate, affected, related
from tracker.models import Article
from tracker.render.visible import NOW, is_visible

_THESE = select(Article).where(Article.id.in_(bindparam("numbers", expanding=True))).order_by(Article.id)


def related_to(article: Article, now: datetime) -> list[Article]:
    """Return the articles that go with an article, the best first."""
    shelf, at = _shelf(article, now, AROUND)
    numbers = related(shelf, at)
    found = {row.id: row for row in db.session.scalars(_THESE, {"numbers": numbers})}
    return [found[number] for number in numbers]


def shown_beside(article: Article, now: datetime) -> list[Article]:
    """Return the articles on whose pages this one stands, or would stand if readers could see it, or changes what does."""
    shelf, _ = _shelf(article, now, 2 * AROUND + 1)
    numbers = affected(shelf, article.id)
    return list(db.session.scalars(_THESE, {"numbers": list(numbers)}))


_SAME = select(Article.id, Article.tags).where(
    Article.language == bindparam("language"), Article.category == bindparam("category"), is_visible(NOW)
)
_BEFORE = _SAME.where(Article.id < bindparam("number")).order_by(Article.id.desc()).limit(bindparam("most"))
_AFTER = _SAME.where(Article.id > bindparam("number")).order_by(Article.id).limit(bindparam("most"))


def _shelf(article: Article, now: datetime, most: int) -> tuple[list[Candidate], int]:
    """Return the visible articles around this one, itself among them whether visible or not, and where it stands."""
    place = {"language": article.language, "category": article.category, "number": article.id, "most": most, "now": now}
    before, after = (
        [Candidate(number, frozenset(tags)) for number, tags in db.session.execute(query, place)]
        for query in (_BEFORE, _AFTER)
    )
    return [*reversed(before), Candidate(article.id, frozenset(article.tags)), *after], len(before)
