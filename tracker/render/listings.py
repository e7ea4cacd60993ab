"""Pages on which articles are listed: home, categories, tags and months, their feeds, and the lists of tags and months."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from urllib.parse import quote

from babel.dates import format_skeleton

from tracker.domain.tags import tag_slug
from tracker.models import Article
from tracker.render import tallies
from tracker.render.answer import Gathered
from tracker.render.lists import ALONE, PER_PAGE, Entry, Kind, Shelf, entry, month, most_read
from tracker.render.site import LOCALES, PREFIXES, CategoryLink, Site, editions, everywhere
from tracker.render.visible import next_turn, seen

ATOM = "application/atom+xml; charset=utf-8"


@dataclass
class Front:
    """A shelf at a moment, for all of its pages and its feed: what several of them show is asked for once.

    What they say is good `until` then.
    """

    site: Site
    shelf: Shelf
    now: datetime
    until: datetime | None

    @cached_property
    def newest(self) -> list[Article]:
        """Return the newest articles that readers may see."""
        return self.shelf.newest(self.now)

    @cached_property
    def listed(self) -> tuple[list[Entry], str]:
        """Return those as a list shows them, and on a shelf of a tag what it is called."""
        return _listed(self, self.newest)

    @cached_property
    def size(self) -> int:
        """Return how many slots are taken."""
        return self.shelf.size()


def page(front: Front, number: int | None = None) -> Gathered | None:
    """Return the newest page of a shelf, or a numbered one; None where there is none."""
    site, shelf, now = front.site, front.shelf, front.now
    if number is not None and not 1 <= number <= shelf.pages_for(front.size):
        return None
    rows = front.newest if number is None else shelf.page(number, now)
    listed, tag = front.listed if number is None else _listed(front, rows)
    if shelf.kind in ALONE and not listed and (number is None or not front.listed[0]):
        return None
    older, newer = _beside(front, rows, number)
    category = _category(site, shelf)
    has_most_read = number is None and shelf.kind not in ALONE and (older or not shelf.kind)
    values = {
        "kind": shelf.kind.name.lower(),
        "category": category,
        "label": _label(shelf, category, tag),
        "path": _rest(shelf, shelf.path),
        "feed": _rest(shelf, shelf.feed_path) if shelf.feed_path else "",
        "articles": listed,
        "older": quote(older) if older else None,
        "newer": quote(newer) if newer else None,
        "page_number": number,
        "most_read": most_read(site, shelf, now) if has_most_read else [],
        "alternates": _elsewhere(shelf),
    }
    return Gathered("site/shelf.html" if shelf.kind else "site/home.html", values, front.until)


def _listed(front: Front, rows: Sequence[Article]) -> tuple[list[Entry], str]:
    """Return rows as a list shows them, and on a shelf of a tag what it is called; there, those whose tag readers may see."""
    site, shelf = front.site, front.shelf
    shown = seen(site, rows, front.now)
    if shelf.kind is not Kind.TAG:
        return [entry(site, row, shown[row.id]) for row in rows], shelf.name
    named = {row.id: next((t for t in shown[row.id].tags if tag_slug(t) == shelf.name), "") for row in rows}
    return [entry(site, row, shown[row.id]) for row in rows if named[row.id]], next(filter(None, named.values()), "")


def _beside(front: Front, rows: Sequence[Article], number: int | None) -> tuple[str | None, str | None]:
    """Return the addresses of the pages with older articles and with newer ones."""
    shelf, last = front.shelf, front.shelf.pages_for(front.size)
    if number is not None:
        newer = shelf.page_path(number + 1) if number < last else shelf.path
        return shelf.page_path(number - 1) if number > 1 else None, newer
    # fewer than a page holds: all that readers may see of it
    if len(rows) < PER_PAGE or front.size == PER_PAGE or last == 0:
        return None, None
    return shelf.page_path(shelf.page_of(min(rows, key=lambda row: row.id))), None


def _category(site: Site, shelf: Shelf) -> CategoryLink | None:
    if shelf.kind is not Kind.CATEGORY:
        return None
    return next(category for category in site.categories(shelf.language) if category.slug == shelf.name)


def _label(shelf: Shelf, category: CategoryLink | None, tag: str) -> str:
    if shelf.kind is Kind.MONTH:
        return _month(month(shelf.name)[0], shelf.language)
    return category.name if category else tag or shelf.name


def _month(first: date, language: str) -> str:
    return str(format_skeleton("yMMMM", first, locale=LOCALES[language]))


def _elsewhere(shelf: Shelf) -> dict[str, str]:
    """Return the address of a shelf in each language; where it need not be, that of the list of its kind."""
    path = _rest(shelf, shelf.path)
    if shelf.kind not in ALONE:
        return everywhere(path)
    return everywhere(f"/{shelf.kind}") | {spoken: PREFIXES[spoken] + path for spoken in editions(shelf.language)}


def _rest(shelf: Shelf, path: str) -> str:
    """Return an address as links have it, without the prefix of the language."""
    return quote(path.removeprefix(PREFIXES[shelf.language]))


def feed(front: Front) -> Gathered | None:
    """Return the newest articles of a shelf as an Atom feed (RFC 4287)."""
    site, shelf = front.site, front.shelf
    listed, tag = front.listed
    if shelf.feed_path is None or (shelf.kind in ALONE and not listed):
        return None
    values = {
        "articles": listed,
        "changed": max((each.updated_on or each.published_on for each in listed), default=date(2026, 1, 1)),
        "label": _label(shelf, _category(site, shelf), tag) if shelf.kind else "",
        "path": _rest(shelf, shelf.path),
        "feed": _rest(shelf, shelf.feed_path),
    }
    return Gathered("site/feed.xml", values, front.until, ATOM)


def tags(site: Site, language: str, now: datetime) -> Gathered:
    """Return the list of all tags."""
    found = [(quote(f"/tags/{tag.slug}"), tag.name, tag.articles) for tag in tallies.tags(site, language, now)]
    values = {"tags": found, "alternates": everywhere("/tags")}
    return Gathered("site/tags.html", values, next_turn(now))


def archive(site: Site, language: str, now: datetime) -> Gathered:
    """Return the list of all months, year by year."""
    found = tallies.months(language, now)
    years = [
        (year, [(f"{first:%Y-%m}", _month(first, language), found[first]) for first in firsts])
        for year, firsts in groupby(found, key=lambda first: first.year)
    ]
    return Gathered("site/archive.html", {"years": years, "alternates": everywhere("/archive")}, next_turn(now))
