"""At which addresses an article shows, and which there are at all."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.models import Article, ArticleTag, Illustration
from tracker.render import illustrations
from tracker.render.answer import PICTURES
from tracker.render.lists import ALONE, Kind, Shelf, neighbours, numbered, path_of, shelves
from tracker.render.related import shown_beside
from tracker.render.site import PREFIXES, WRITTEN, Site, editions
from tracker.render.visible import next_turn


def affected(article: Article, now: datetime, *, is_file: bool = False) -> list[str]:
    """Return the addresses on which an article shows or is linked, its own first; those of `own` and `others`."""
    return [*own(article), *others(article, now, is_file=is_file)]


def own(article: Article) -> list[str]:
    """Return the addresses of an article itself and of its pictures."""
    pictures = [PICTURES + name for name in illustrations.names(article.revision_id).values()]
    return [*in_each_script([path_of(article)], article.language), *pictures]


def others(article: Article, now: datetime, *, is_file: bool = False) -> list[str]:
    """Return the addresses of all other pages that show an article or link to it.

    Those that a measure may change; with `is_file`, also those that change when its file comes, goes or is another.
    """
    near = numbered([*neighbours([article.id], now)[article.id], *shown_beside(article.id, now)])
    beside = [path_of(other) for other in near.values()]
    standing = _shelves(article)
    lists = [path for shelf in standing for path in _shown_on(shelf, article, now, is_file=is_file)]
    prefix = PREFIXES[article.language]
    shown = [*beside, *lists, f"{prefix}/tags", f"{prefix}/archive"]
    sitemaps = [f"/sitemaps/{article.published_on:%Y-%m}.xml"]
    by_itself = (shelf for shelf in standing if shelf.kind in ALONE)
    if is_file or next_turn(now) or any(shelf.is_all_of(article, now) for shelf in by_itself):
        sitemaps += ["/sitemaps/lists.xml", "/sitemap.xml"]  # which lists there are may change, now or by itself
    return [*in_each_script(shown, article.language), *sitemaps]


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
    rest = [path.removeprefix(PREFIXES[language]) for path in paths]
    return [PREFIXES[spoken] + path for spoken in editions(language) for path in rest]


def of_shelf(shelf: Shelf) -> list[str]:
    """Return the addresses of every page of a shelf, and of its feed, in each script of its language."""
    paths = [shelf.path, *(shelf.page_path(number) for number in range(1, shelf.last_page() + 1))]
    return in_each_script([*paths, *filter(None, [shelf.feed_path])], shelf.language)


def everything(site: Site) -> list[str]:
    """Return the address of every public page there is, and of the assets that they name."""
    paths = [asset.path for asset in site.assets.values()]
    paths += ["/robots.txt", "/.well-known/security.txt", "/sitemap.xml", "/sitemaps/site.xml", "/sitemaps/lists.xml"]
    for language, prefix in PREFIXES.items():
        paths += [f"{prefix}/tags", f"{prefix}/archive"]
        paths += [f"{prefix}/pages/{name}" for name in site.fixed_names(language)]
    days = db.session.scalars(select(Article.published_on).distinct())
    months = sorted({f"{day:%Y-%m}" for day in days})
    for language in WRITTEN:
        tags = db.session.scalars(select(ArticleTag.slug).where(ArticleTag.language == language).distinct())
        named = [(Kind.CATEGORY, site.category_texts), (Kind.TAG, sorted(tags)), (Kind.MONTH, months)]
        paths += of_shelf(Shelf(language))
        paths += [path for kind, names in named for name in names for path in of_shelf(Shelf(language, kind, name))]
    paths += [f"/sitemaps/{name}.xml" for name in months]
    for article in db.session.scalars(select(Article).order_by(Article.id)):
        paths += in_each_script([path_of(article)], article.language)
    names = select(Illustration.name).join(Article, Article.revision_id == Illustration.revision_id).distinct()
    return [*paths, *(PICTURES + name for name in db.session.scalars(names.order_by(Illustration.name)))]


def alone(article: Article) -> list[str]:
    """Return what is there only while there is an article that shows it, and may be for this one: lists and pictures."""
    alone = [shelf for shelf in _shelves(article) if shelf.kind in ALONE]
    lists = [*(path for shelf in alone for path in of_shelf(shelf)), f"/sitemaps/{article.published_on:%Y-%m}.xml"]
    return [*lists, *(PICTURES + name for name in illustrations.names(article.revision_id).values())]


def _shelves(article: Article) -> list[Shelf]:
    return shelves(article.language, article.category, article.tags, article.published_on)
