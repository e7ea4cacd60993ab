"""The site map: an index, and under it the articles by month, the lists of articles, and the site's own pages."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from urllib.parse import quote

from tracker.db import db
from tracker.models import Article
from tracker.render import tallies
from tracker.render.answer import Answer
from tracker.render.lists import Kind, Shelf, month, path_of
from tracker.render.site import PREFIXES, WRITTEN, Site, editions, everywhere
from tracker.render.visible import next_turn, seen, visible

XML = "application/xml; charset=utf-8"

Editions = dict[str, str]


class Listed(NamedTuple):
    """A page in the site map: its address, when it changed last, and where else it can be read, itself among them."""

    path: str
    changed: date | None
    editions: Editions


def index(site: Site, language: str, now: datetime) -> Answer:
    """Return the list of the site maps."""
    found = {first for spoken in WRITTEN for first in tallies.months(spoken, now)}
    names = ["site", "lists", *(f"{first:%Y-%m}" for first in sorted(found))]
    return Answer(
        200, site.template("site/sitemap.xml", language, names=names).encode(), XML, valid_until=next_turn(now)
    )


def of_month(site: Site, language: str, now: datetime, name: str) -> Answer | None:
    """Return the articles of a month; None when readers may see none."""
    if not 1 <= int(name[-2:]) <= 12:
        return None
    first, until = month(name)
    by_index = Article.language.in_(WRITTEN)  # the days stand in it by language
    query = visible(now).where(by_index, Article.published_on >= first, Article.published_on < until)
    rows = list(db.session.scalars(query.order_by(Article.id)))
    shown = seen(site, rows, now)
    listed = [
        Listed(path_of(row), shown[row.id].updated_on or row.published_on, _editions(row.language, path_of(row)))
        for row in rows
    ]
    return _addresses(site, language, listed, now) if listed else None


def of_site(site: Site, language: str, now: datetime) -> Answer:
    """Return the pages that are always there."""
    paths = ["/", *(f"/categories/{slug}" for slug in site.category_texts)]
    listed = [Listed(path, None, each) for each in map(everywhere, paths) for path in each.values()]
    names = {code: set(site.fixed_names(code)) for code in PREFIXES}
    for code, prefix in PREFIXES.items():
        for name in site.fixed_names(code):
            others = {spoken: f"{PREFIXES[spoken]}/pages/{name}" for spoken in PREFIXES if name in names[spoken]}
            listed.append(Listed(f"{prefix}/pages/{name}", None, others))
    return _addresses(site, language, listed, now)


def of_lists(site: Site, language: str, now: datetime) -> Answer:
    """Return the lists of tags and months, and each of these."""
    listed = [
        Listed(each[code], None, each)
        for path in ("/tags", "/archive")
        for each in [everywhere(path)]
        for code in WRITTEN
    ]
    for spoken in WRITTEN:
        shelves = [Shelf(spoken, Kind.TAG, tally.slug) for tally in tallies.tags(site, spoken, now)]
        shelves += [Shelf(spoken, Kind.MONTH, f"{first:%Y-%m}") for first in tallies.months(spoken, now)]
        listed += [
            Listed(shelf.path, None, _editions(spoken, shelf.path)) for shelf in sorted(shelves, key=lambda s: s.path)
        ]
    return _addresses(site, language, listed, now)


def _editions(language: str, path: str) -> Editions:
    rest = path.removeprefix(PREFIXES[language])
    return {spoken: PREFIXES[spoken] + rest for spoken in editions(language)}


def _addresses(site: Site, language: str, listed: Iterable[Listed], now: datetime) -> Answer:
    rows = [
        Listed(quote(path), changed, {code: quote(other) for code, other in others.items()} if len(others) > 1 else {})
        for path, changed, others in listed
    ]
    xml = site.template("site/addresses.xml", language, rows=rows)
    return Answer(200, xml.encode(), XML, valid_until=next_turn(now))
