"""The articles that go with an article, and those whose pages an act on it puts out of date for that."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from tracker.db import db
from tracker.domain.related import AROUND, Candidate, affected, related
from tracker.models import Article
from tracker.render.visible import NOW, is_visible

_Shelf = tuple[list[Candidate], int]


def related_to(numbers: Sequence[int], now: datetime) -> dict[int, list[int]]:
    """Return of each article the ones that go with it, the best first, all by number."""
    return {number: related(*shelf) for number, shelf in _shelves(_NEAR, numbers, now).items()}


def shown_beside(number: int, now: datetime) -> list[int]:
    """Return the articles on whose pages this one stands, or would stand if readers could see it, or changes what does."""
    shelf, _ = _shelves(_FAR, [number], now)[number]
    return affected(shelf, number)


_THIS = aliased(Article)


def _around(most: int) -> Select[int, int, list[str]]:
    """Return what finds, of each of some articles, so many visible ones before and after, and itself whether visible or not."""
    same = and_(Article.language == _THIS.language, Article.category == _THIS.category)
    one = select(Article.id).where(same, is_visible(NOW)).correlate(_THIS).limit(1).offset(most - 1)
    first = one.where(Article.id < _THIS.id).order_by(Article.id.desc()).scalar_subquery()
    last = one.where(Article.id > _THIS.id).order_by(Article.id).scalar_subquery()
    found = select(_THIS.id, Article.id, Article.tags).join_from(_THIS, Article, same)
    return found.where(
        _THIS.id.in_(bindparam("numbers", expanding=True)),
        Article.id >= func.coalesce(first, 0),
        Article.id <= func.coalesce(last, _LAST),
        or_(is_visible(NOW), Article.id == _THIS.id),
    )


_LAST = 2**31 - 1
_NEAR, _FAR = _around(AROUND), _around(2 * AROUND + 1)


def _shelves(around: Select[int, int, list[str]], numbers: Sequence[int], now: datetime) -> dict[int, _Shelf]:
    """Return of each article what stands around it in the order in which it came, and where it stands itself."""
    rows = sorted(db.session.execute(around, {"numbers": numbers, "now": now}), key=lambda row: (row[0], row[1]))
    shelves: dict[int, _Shelf] = {}
    for number, beside in groupby(rows, key=lambda row: row[0]):
        shelf = [Candidate(other, frozenset(tags)) for _, other, tags in beside]
        shelves[number] = shelf, [candidate.number for candidate in shelf].index(number)
    return shelves
