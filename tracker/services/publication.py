"""Writing page rows, in the transaction of the act that changes what readers see."""

import gzip
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import brotli
from sqlalchemy import ColumnElement, delete, inspect, select, update

from tracker.db import db
from tracker.models import Article, ArticleTag, Generation, Illustration, Page
from tracker.render import illustrations, pages
from tracker.render.answer import PICTURES, Answer
from tracker.render.lists import Kind, Shelf, neighbours, numbered, path_of, shelves
from tracker.render.related import shown_beside
from tracker.render.site import HALF, PREFIXES, WRITTEN, Site, editions
from tracker.render.visible import next_turn
from tracker.services import finding, settings

_ANEW = {"populate_existing": True}
_AT_ONCE = 100
_BROTLI = {"quality": 5, "lgwin": 16}
"""Most of the gain for a tenth of the time, because readers wait for the act; hardly a page is larger than this window."""


def publish(site: Site, articles: Iterable[Article], now: datetime) -> None:
    """Make again every page on which these articles show, in the live generation and in one being built.

    What can be searched for follows in the same act.
    """
    db.session.flush()
    touched = list(articles)
    finding.index(site, touched, now)
    write(site, {path for article in touched for path in affected_paths(article, now)}, now)


def affected_paths(article: Article, now: datetime, *, is_file: bool = False) -> list[str]:
    """Return the addresses on which an article shows or is linked, its own first.

    Those that a measure may change; with `is_file`, also those that change when its file comes, goes or is another.
    """
    near = numbered([*neighbours([article.id], now)[article.id], *shown_beside(article.id, now)])
    beside = [path_of(other) for other in near.values()]
    standing = _shelves(article)
    lists = [path for shelf in standing for path in _shown_on(shelf, article, now, is_file=is_file)]
    prefix = PREFIXES[article.language]
    shown = [path_of(article), *beside, *lists, f"{prefix}/tags", f"{prefix}/archive"]
    sitemaps = [f"/sitemaps/{article.published_on:%Y-%m}.xml"]
    alone = (shelf for shelf in standing if shelf.kind in {Kind.TAG, Kind.MONTH})
    if is_file or next_turn(now) or any(shelf.is_all_of(article, now) for shelf in alone):
        sitemaps += ["/sitemaps/lists.xml", "/sitemap.xml"]  # which lists there are may change, now or by itself
    pictures = [PICTURES + name for name in illustrations.names(article.revision_id).values()]
    return [*in_each_script(shown, article.language), *pictures, *sitemaps]


def _shown_on(shelf: Shelf, article: Article, now: datetime, *, is_file: bool) -> Iterator[str]:
    """Yield the pages of a shelf that show an article; a file that comes may open a page, to which the one before links."""
    number = shelf.page_of(article)
    if is_file or shelf.shows_first(article, now):
        yield shelf.path
        if shelf.feed_path:
            yield shelf.feed_path
    elif shelf.shows_most_read(article, now):
        yield shelf.path
    if is_file and number > 1:
        yield shelf.page_path(number - 1)
    yield shelf.page_path(number)


def in_each_script(paths: Iterable[str], language: str) -> list[str]:
    """Return these addresses, written in `language`, and then those of the same pages in its other script."""
    own = list(paths)
    rest = [path.removeprefix(PREFIXES[language]) for path in own]
    return [PREFIXES[spoken] + path for spoken in editions(language) for path in rest]


def shelf_paths(shelf: Shelf) -> list[str]:
    """Return the addresses of every page of a shelf, and of its feed, in each script of its language."""
    paths = [shelf.path, *(shelf.page_path(number) for number in range(1, shelf.last_page() + 1))]
    return in_each_script([*paths, *filter(None, [shelf.feed_path])], shelf.language)


def all_paths(site: Site) -> list[str]:
    """Return the address of every public page there is."""
    paths = ["/robots.txt", "/.well-known/security.txt", "/sitemap.xml", "/sitemaps/site.xml", "/sitemaps/lists.xml"]
    for language, prefix in PREFIXES.items():
        paths += [f"{prefix}/tags", f"{prefix}/archive"]
        paths += [f"{prefix}/pages/{name}" for name in site.fixed_names(language)]
    days = db.session.scalars(select(Article.published_on).distinct())
    months = sorted({f"{day:%Y-%m}" for day in days})
    for language in WRITTEN:
        tags = db.session.scalars(select(ArticleTag.slug).where(ArticleTag.language == language).distinct())
        named = [(Kind.CATEGORY, site.category_texts), (Kind.TAG, sorted(tags)), (Kind.MONTH, months)]
        paths += shelf_paths(Shelf(language))
        paths += [path for kind, names in named for name in names for path in shelf_paths(Shelf(language, kind, name))]
    paths += [f"/sitemaps/{name}.xml" for name in months]
    for article in db.session.scalars(select(Article).order_by(Article.id)):
        paths += in_each_script([path_of(article)], article.language)
    names = select(Illustration.name).join(Article, Article.revision_id == Illustration.revision_id).distinct()
    return [*paths, *(PICTURES + name for name in db.session.scalars(names.order_by(Illustration.name)))]


def generations() -> list[Generation]:
    """Return every generation, and let nobody else change pages until this transaction ends.

    Who makes pages of articles that are not its own act asks before it reads them: what it read while it waited would be old.
    """
    return list(db.session.scalars(select(Generation).order_by(Generation.id).with_for_update()))


def write(site: Site, paths: Iterable[str], now: datetime, made_from: str | None = None) -> None:
    """Make these pages again in every generation; a page that is the same is not written.

    With `made_from`, only in the generation with that fingerprint: what is no act leaves the look of the others alone.
    """
    looks = {g.id: _look(site, g) for g in generations() if made_from in (None, g.fingerprint)}
    if not looks:
        return  # nothing is published yet: the first sync writes everything
    beside = sorted(paths, key=lambda path: pages.parted(path)[::-1])  # the same page in both scripts, gathered once
    for some in batched(beside, _AT_ONCE):
        gathered = {look.version: pages.gather(look, some, now) for look in set(looks.values())}
        stored = select(Page).where(Page.generation_id.in_(looks), Page.path.in_(some))
        rows = {(row.generation_id, row.path): row for row in db.session.scalars(stored, execution_options=_ANEW)}
        with db.session.no_autoflush:  # else each question would send the page before it to the database
            for path in some:
                made = {
                    look.version: pages.answer(look, path, now, gathered[look.version]) for look in set(looks.values())
                }
                for generation, look in looks.items():
                    row = rows.get((generation, path)) or Page(generation_id=generation, path=path)
                    _store(row, made[look.version])


def batched(paths: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    """Yield a few at a time."""
    for start in range(0, len(paths), most):
        yield paths[start : start + most]


def _look(site: Site, generation: Generation) -> Site:
    """Return the site as a generation shows it: what was set after it was begun waits for the next one."""
    return settings.as_of(site, generation.settings_id or 0)


def live(site: Site) -> Site:
    """Return the site as readers see it now, for a page that is made for a single request."""
    generation = db.session.scalar(select(Generation).where(Generation.is_live))
    return _look(site, generation) if generation else site


def refresh(site: Site, now: datetime) -> None:
    """Make again the pages and words to search for whose time has run out, so that readers get them from their row.

    A page that was not there has no row whose time could run out: it comes with an article that comes back by itself.
    """
    generations()
    turned = finding.behind(now)
    finding.index(site, turned, now)
    stale = db.session.scalars(select(Page.path).where(Page.valid_until <= now).distinct())
    write(site, {*stale, *_missing(path for article in turned for path in _alone(article))}, now)


def _alone(article: Article) -> list[str]:
    """Return what is there only while there is an article that shows it, and may be for this one: lists and pictures."""
    alone = [shelf for shelf in _shelves(article) if shelf.kind in {Kind.TAG, Kind.MONTH}]
    lists = [*(path for shelf in alone for path in shelf_paths(shelf)), f"/sitemaps/{article.published_on:%Y-%m}.xml"]
    return [*lists, *(PICTURES + name for name in illustrations.names(article.revision_id).values())]


def _missing(paths: Iterable[str]) -> list[str]:
    """Return those of these addresses that have no row."""
    wanted = sorted(set(paths))
    known = {
        path
        for some in batched(wanted, 500)
        for path in db.session.scalars(select(Page.path).where(Page.path.in_(some)))
    }
    return [path for path in wanted if path not in known]


def _shelves(article: Article) -> list[Shelf]:
    return shelves(article.language, article.category, article.tags, article.published_on)


def _store(row: Page, answer: Answer | None) -> None:
    is_new = inspect(row).transient
    if answer is None:
        if not is_new:
            db.session.delete(row)
        return
    if is_new:
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
    if row.path.startswith(PICTURES):
        row.body_gzip = row.body_br = b""
        return
    row.body_gzip = gzip.compress(answer.body, 6, mtime=0)
    row.body_br = brotli.compress(answer.body, **_BROTLI)


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
    live = _mine(site)
    return live is not None and (live.settings_id or 0) != site.version and live.fingerprint != site.fingerprint()


def took_all(site: Site) -> bool:
    """Say whether this program took every file there was when it last looked; not, while the pages are another's."""
    live = _mine(site)
    return live is not None and live.took_all


def note_whether_all(site: Site, took_all: bool) -> None:
    """Keep with the live generation whether every file was taken, if this program made it."""
    if live := _mine(site):
        live.took_all = took_all


def _mine(site: Site) -> Generation | None:
    """Return the live generation, if this program made it, with whatever settings."""
    live = db.session.scalar(select(Generation).where(Generation.is_live))
    return live if live and live.fingerprint[:HALF] == site.fingerprint()[:HALF] else None


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
