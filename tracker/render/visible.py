"""The one answer to "may readers see this article now?", as a query; every surface goes through it."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from tracker.domain import visibility
from tracker.models import Article, Measure


def stands(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a measure is in force at `now`; the same rule as `visibility.Measure.stands`."""
    return and_(Measure.starts_at <= now, or_(Measure.ends_at.is_(None), Measure.ends_at > now))


def is_visible(now: datetime) -> ColumnElement[bool]:
    """Return the condition that readers may see an article at `now`."""
    return and_(
        Article.file_gone_at.is_(None),
        ~exists().where(Measure.article_id == Article.id, stands(now)),
    )


def visible(now: datetime) -> Select[Article]:
    """Return the articles that readers may see at `now`."""
    return select(Article).where(is_visible(now))


def standing(article_id: int) -> Select[Measure]:
    """Return every measure ever taken on an article, ended ones too."""
    return select(Measure).where(Measure.article_id == article_id).order_by(Measure.id)


def as_rule(measure: Measure) -> visibility.Measure:
    """Return a stored measure as the rule sees it."""
    return visibility.Measure(measure.kind, measure.starts_at, measure.ends_at, measure.case_id)
