"""The heat of articles: storing what was read, and bringing it onto the pages by steps."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, literal, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read

from tracker.db import db
from tracker.domain import heat
from tracker.models import Article, Heat
from tracker.render import places
from tracker.render.lists import Kind, Shelf, path_of
from tracker.render.site import PREFIXES, Site
from tracker.render.visible import is_visible
from tracker.services import generations, publication

A_RUN = 20
"""How many articles one run takes at most: with both scripts, as many pages as a batch of a new generation has."""

_NONE = {"start": 0, "reads": 0, "shown": 0, "turns_at": heat.turns_at(0)}


def add(reads: Mapping[str, int]) -> None:
    """Add what was read, counted by address, to what stands there: one write an article, always in the same order.

    In SQL, so that any number of processes and machines can do so at once. No page changes.
    """
    numbers: Counter[str] = Counter()
    for path, number in reads.items():
        prefix, _, slug = path.partition("/articles/")
        if prefix in PREFIXES.values():  # no other address with that word, such as one of the desk
            numbers[slug] += number
    found: Select[*tuple[Any, ...]] = select(
        Article.id, literal(0), bindparam("number", type_=BigInteger), literal(0), literal(_NONE["turns_at"])
    ).where(Article.slug == bindparam("slug"))
    new = insert(Heat).from_select(["article_id", *_NONE], found)
    added = {"reads": Heat.reads + new.excluded.reads}
    if not numbers:
        return
    db.session.connection().execute(
        new.on_conflict_do_update(index_elements=[Heat.article_id], set_=added),
        [{"slug": slug, "number": number} for slug, number in sorted(numbers.items())],
    )


def begin(article: Article, start: int, now: datetime) -> None:
    """Let the heat of an article begin at what its file says; what was counted here is kept.

    Of a hidden one nothing else changes: it comes back as it went, and `follow` brings the rest onto its pages.
    """
    known = db.session.scalar(select(Heat.start).where(Heat.article_id == article.id)) or 0
    if known == start:
        return
    new = insert(Heat).values(article_id=article.id, **_NONE).on_conflict_do_nothing()
    db.session.execute(new)
    row = db.session.get_one(Heat, article.id, populate_existing=True)
    row.start = start
    if db.session.scalar(select(Article.id).where(Article.id == article.id, is_visible(now))):
        _show(row)
    else:
        row.turns_at = 0  # at once when it is back, even if it now begins lower
    db.session.flush()


def follow(site: Site, now: datetime) -> None:
    """Bring onto the pages what has reached another step, the article furthest behind first, A_RUN at most.

    Not while an article is hidden: it comes back with the bytes it went with. Not while the site is made anew by a program or
    with settings that are not ours. Two workers do not take the same articles.
    """
    if {generation.fingerprint for generation in generations.locked()} != {site.fingerprint()}:
        return
    total = Heat.start + Heat.reads
    due = select(Heat).join(Heat.article).where(total >= Heat.turns_at, is_visible(now))
    first = due.order_by(((total + 1.0) / (Heat.shown + 1)).desc(), Heat.article_id).limit(A_RUN)
    rows = list(db.session.scalars(first.with_for_update(of=Heat, skip_locked=True)))
    for row in rows:
        _show(row)
    db.session.flush()
    publication.write(site, {path for row in rows for path in _paths(row.article, now)}, now)


def _show(row: Heat) -> None:
    row.shown = heat.shown(row.start + row.reads)
    row.turns_at = heat.turns_at(row.shown)


def _paths(article: Article, now: datetime) -> list[str]:
    """Return the addresses on which the heat of an article shows."""
    shelves = (Shelf(article.language), Shelf(article.language, Kind.CATEGORY, article.category))
    lists = [shelf.path for shelf in shelves if article in [each for each, _ in shelf.most_read(now)]]
    return places.in_each_script([path_of(article), *lists], article.language)
