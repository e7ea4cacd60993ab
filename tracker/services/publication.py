"""Writing page rows, in the transaction of the act that changes what readers see."""

import gzip
from collections.abc import Iterable
from datetime import datetime

import brotli
from sqlalchemy import ColumnElement, delete, select, update

from tracker.db import db
from tracker.domain.visibility import EDITS
from tracker.models import Article, Generation, Illustration, Measure, Page
from tracker.render import illustrations, pages
from tracker.render.answer import PICTURES, Answer
from tracker.render.lists import Shelf, neighbours, path_of
from tracker.render.related import shown_beside
from tracker.render.site import HALF, PREFIXES, WRITTEN, Site, editions
from tracker.render.visible import next_turn, seen
from tracker.services import settings

_QUALITY = 5  # brotli: most of the gain for a tenth of the time, because readers wait for the act


def publish(site: Site, articles: Iterable[Article], now: datetime) -> None:
    """Make again every page on which these articles show, in the live generation and in one being built.

    What can be searched for follows in the same act.
    """
    db.session.flush()
    touched = list(articles)
    index(site, touched, now)
    write(site, {path for article in touched for path in affected_paths(article, now)}, now)


def index(site: Site, articles: Iterable[Article], now: datetime) -> None:
    """Make again what of these articles can be searched for, with until when that holds."""
    rows = list(articles)
    shown = seen(site, rows, now)
    for article in rows:
        text = shown[article.id].search_text(article)
        if article.search_text != text:
            article.search_text = text
        article.search_until = next_turn(now, Measure.article_id == article.id, Measure.kind.in_(EDITS))
    db.session.flush()


def affected_paths(article: Article, now: datetime) -> list[str]:
    """Return the addresses on which an article shows or is linked, its own first."""
    prefix = PREFIXES[article.language]
    shelves = (Shelf(article.language), Shelf(article.language, article.category))
    beside = [path_of(other) for other in (*neighbours(article, now), *shown_beside(article, now)) if other is not None]
    lists = [path for shelf in shelves for path in (shelf.path, *map(shelf.page_path, shelf.pages_of(article)))]
    month = f"/sitemaps/{article.published_on:%Y-%m}.xml"
    shown = in_each_script([path_of(article), *beside, *lists, f"{prefix}/feed.atom"], article.language)
    pictures = [PICTURES + name for name in illustrations.names(article.revision_id).values()]
    return [*shown, *pictures, month, "/sitemap.xml"]


def in_each_script(paths: Iterable[str], language: str) -> list[str]:
    """Return these addresses, written in `language`, and then those of the same pages in its other script."""
    own = list(paths)
    rest = [path.removeprefix(PREFIXES[language]) for path in own]
    return [PREFIXES[spoken] + path for spoken in editions(language) for path in rest]


def shelf_paths(shelf: Shelf) -> list[str]:
    """Return the addresses of every page of a shelf, in each script of its language."""
    paths = [shelf.path, *(shelf.page_path(number) for number in range(1, shelf.last_page() + 1))]
    return in_each_script(paths, shelf.language)


def all_paths(site: Site) -> list[str]:
    """Return the address of every public page there is."""
    paths = ["/robots.txt", "/.well-known/security.txt", "/sitemap.xml", "/sitemaps/site.xml"]
    for language, prefix in PREFIXES.items():
        paths.append(f"{prefix}/feed.atom")
        paths += [f"{prefix}/pages/{name}" for name in site.fixed_names(language)]
    for language in WRITTEN:
        for shelf in (Shelf(language), *(Shelf(language, slug) for slug in site.category_texts)):
            paths += shelf_paths(shelf)
    days = db.session.scalars(select(Article.published_on).distinct())
    paths += sorted({f"/sitemaps/{day:%Y-%m}.xml" for day in days})
    for article in db.session.scalars(select(Article).order_by(Article.id)):
        paths += in_each_script([path_of(article)], article.language)
    names = select(Illustration.name).join(Article, Article.revision_id == Illustration.revision_id).distinct()
    return [*paths, *(PICTURES + name for name in db.session.scalars(names.order_by(Illustration.name)))]


def write(site: Site, paths: Iterable[str], now: datetime, made_from: str | None = None) -> None:
    """Make these pages again in every generation; a page that is the same is not written.

    With `made_from`, only in the generation with that fingerprint: what is no act leaves the look of the others alone.
    """
    known = list(db.session.scalars(select(Generation).order_by(Generation.id).with_for_update()))
    looks = {g.id: _look(site, g) for g in known if made_from in (None, g.fingerprint)}
    if not looks:
        return  # nothing is published yet: the first sync writes everything
    for path in sorted(paths):
        answers = {look.version: pages.answer(look, path, now) for look in set(looks.values())}
        for generation, look in looks.items():
            _store(generation, path, answers[look.version])


def _look(site: Site, generation: Generation) -> Site:
    """Return the site as a generation shows it: what was set after it was begun waits for the next one."""
    return settings.as_of(site, generation.settings_id or 0)


def live(site: Site) -> Site:
    """Return the site as readers see it now, for a page that is made for a single request."""
    generation = db.session.scalar(select(Generation).where(Generation.is_live))
    return _look(site, generation) if generation else site


def refresh(site: Site, now: datetime) -> None:
    """Make again the pages and words to search for whose time has run out, so that readers get them from their row."""
    index(site, db.session.scalars(select(Article).where(Article.search_until <= now)), now)
    write(site, list(db.session.scalars(select(Page.path).where(Page.valid_until <= now).distinct())), now)


def _store(generation: int, path: str, answer: Answer | None) -> None:
    row = db.session.get(Page, (generation, path), populate_existing=True)
    if answer is None:
        if row is not None:
            db.session.delete(row)
        return
    if row is None:
        row = Page(generation_id=generation, path=path)
        db.session.add(row)
    elif row.body == answer.body and (row.status, row.headers, row.valid_until) == (
        answer.status,
        answer.stored_headers,
        answer.valid_until,
    ):
        return
    row.status, row.headers, row.etag = answer.status, answer.stored_headers, answer.etag
    row.valid_until = answer.valid_until
    row.body = answer.body
    if path.startswith(PICTURES):
        row.body_gzip = row.body_br = b""
        return
    row.body_gzip = gzip.compress(answer.body, 6, mtime=0)
    row.body_br = brotli.compress(answer.body, quality=_QUALITY)


def etag_of(article: Article) -> str | None:
    """Return the entity tag that readers have of an article's page, if it has one."""
    live = select(Generation.id).where(Generation.is_live).scalar_subquery()
    return db.session.scalar(select(Page.etag).where(Page.generation_id == live, Page.path == path_of(article)))


def fits(site: Site) -> bool:
    """Say whether the live generation was made with the templates and settings of now."""
    live = db.session.scalar(select(Generation.fingerprint).where(Generation.is_live))
    return live == site.fingerprint()


def is_behind(site: Site) -> bool:
    """Say whether readers see other settings than those of now, and nothing but the settings differs.

    What another program made is not ours to replace: two of them at once would never end.
    """
    live = db.session.scalar(select(Generation).where(Generation.is_live))
    if live is None or (live.settings_id or 0) == site.version:
        return False
    mine = site.fingerprint()
    return live.fingerprint[:HALF] == mine[:HALF] and live.fingerprint != mine


def begin(site: Site, now: datetime) -> Generation:
    """Start a generation beside the live one, or take up the one that another run began from the same.

    One begun from other templates or settings is thrown away: only a finished one ever goes live.
    """
    fingerprint = site.fingerprint()
    _drop(~Generation.is_live, Generation.fingerprint != fingerprint)
    begun = db.session.scalar(select(Generation).where(~Generation.is_live))
    if begun is not None:
        return begun
    generation = Generation(fingerprint=fingerprint, is_live=False, created_at=now, settings_id=site.version or None)
    db.session.add(generation)
    db.session.flush()
    return generation


def go_live(generation_id: int, fingerprint: str) -> None:
    """Flip readers to a finished generation and drop the one before; nothing, when a later run threw it away."""
    known = select(Generation.fingerprint).where(Generation.id == generation_id).with_for_update()
    if db.session.scalar(known) != fingerprint:
        return
    db.session.execute(update(Generation).where(Generation.is_live).values(is_live=False))
    db.session.execute(update(Generation).where(Generation.id == generation_id).values(is_live=True))
    _drop(~Generation.is_live)


def _drop(*which: ColumnElement[bool]) -> None:
    numbers = list(db.session.scalars(select(Generation.id).where(*which).with_for_update()))
    db.session.execute(delete(Page).where(Page.generation_id.in_(numbers)))
    db.session.execute(delete(Generation).where(Generation.id.in_(numbers)))
