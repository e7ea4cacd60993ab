"""How many articles readers may see under each tag and of each month."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import and_, func, select

from tracker.db import db
from tracker.domain.tags import tag_slug
from tracker.domain.visibility import EDITS
from tracker.models import Article, ArticleTag, Measure
from tracker.render.site import Site
from tracker.render.visible import hides, seen, stands, visible

Names = Counter[tuple[str, str]]


class Tally(NamedTuple):
    """A tag as most of its articles write it, and how many readers may see."""

    slug: str
    name: str
    articles: int


def tags(site: Site, language: str, now: datetime) -> list[Tally]:
    """Return the tags of a language that readers may see on any article, those with most articles first.

    All are counted along an index, and what measures hide is taken off: they hide few.
    """
    columns = (ArticleTag.language, ArticleTag.slug, ArticleTag.name)
    every = select(*columns, func.count()).group_by(*columns)
    hidden = every.where(ArticleTag.article_id.in_(select(Measure.article_id).where(hides(now))))
    names: Names = Counter()
    for _, slug, name, number in db.session.execute(every.where(ArticleTag.language == language)):
        names[slug, name] += number
    for spoken, slug, name, number in db.session.execute(hidden):  # by article: asked by language, it would look at all
        names[slug, name] -= number if spoken == language else 0
    names.subtract(_masked(site, language, now))
    found: dict[str, list[tuple[int, str]]] = {}
    for (slug, name), number in names.items():
        if number > 0:
            found.setdefault(slug, []).append((-number, name))
    tallies = [Tally(slug, min(each)[1], -sum(number for number, _ in each)) for slug, each in found.items()]
    return sorted(tallies, key=lambda tally: (-tally.articles, tally.slug))


def _masked(site: Site, language: str, now: datetime) -> Names:
    """Return the tags that a measure takes off an article that readers may see for the rest."""
    changed = select(Measure.article_id).where(Measure.kind.in_(EDITS), stands(now))
    rows = list(db.session.scalars(visible(now).where(Article.language == language, Article.id.in_(changed))))
    shown = seen(site, rows, now)
    left = {row.id: {tag_slug(tag) for tag in shown[row.id].tags} for row in rows}
    stored = select(ArticleTag).where(ArticleTag.article_id.in_(left))
    return Counter((tag.slug, tag.name) for tag in db.session.scalars(stored) if tag.slug not in left[tag.article_id])


def months(language: str, now: datetime) -> dict[date, int]:
    """Return how many articles of a language readers may see of each month, by its first day, the newest first."""
    days = select(Article.published_on, func.count()).where(Article.language == language)
    found: Counter[date] = Counter()
    for day, number in db.session.execute(days.group_by(Article.published_on)):
        found[day.replace(day=1)] += number
    for day in _out_of_sight(language, now):
        found[day.replace(day=1)] -= 1
    return {first: number for first, number in sorted(found.items(), reverse=True) if number}


def _out_of_sight(language: str, now: datetime) -> Iterator[date]:
    """Yield the day of each article that readers may not see; asked apart, so that each way has its index."""
    hidden = Article.id.in_(select(Measure.article_id).where(hides(now)))
    for which in (Article.file_gone_at.is_not(None), and_(hidden, Article.file_gone_at.is_(None))):
        for day, spoken in db.session.execute(select(Article.published_on, Article.language).where(which)):
            if spoken == language:
                yield day
