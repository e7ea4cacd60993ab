"""Every public page by its address: `answer` gives what a reader gets there at a moment."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from markupsafe import Markup
from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from tracker import content
from tracker.db import db
from tracker.domain import agent
from tracker.domain.tags import tag_slug
from tracker.models import Article
from tracker.render import former, holdings, listings, script, sitemaps
from tracker.render.answer import Answer, Gathered
from tracker.render.article import articles
from tracker.render.assets import ASSETS
from tracker.render.lists import Kind, Shelf, path_of
from tracker.render.picture import picture
from tracker.render.site import PREFIXES, Site, everywhere, written
from tracker.render.visible import is_visible, next_turn

Known = dict[tuple[object, ...], Gathered | None]
"""What was gathered for pages, None where there is none, by what shows them and what of."""

_SECURITY_TXT_DAYS = 180
_SITE = next(iter(PREFIXES))


def parted(path: str) -> tuple[str, str]:
    """Return the language of an address, and the rest of it, which is the same in each."""
    spoken = (code for code, prefix in PREFIXES.items() if prefix and f"{path}/".startswith(f"{prefix}/"))
    language = next(spoken, _SITE)
    return language, path.removeprefix(PREFIXES[language])


def answer(site: Site, path: str, now: datetime, gathered: Known | None = None) -> Answer | None:
    """Return what stands at a public address at `now`, or None when there is nothing.

    What is `gathered` for a page stands for the same one in another script too; whoever hands that over asks for one site
    and moment only.
    """
    known = {} if gathered is None else gathered
    language, rest = parted(path)
    found = _view(language, rest)
    if found is None:
        return None
    view, names = found
    source = written(language)
    own = site if source == language else site.derived(language)
    key = (view, source, *names)
    made = known[key] if key in known else view(own, source, now, *names)
    if not isinstance(made, Answer):
        known[key] = made
    return _answer(own, language, made)


class Elsewhere(NamedTuple):
    """Where an article stands, or what is said in its place; `is_for_good`: readers see it there, and it has left where they asked."""

    path: str
    is_for_good: bool


def elsewhere(site: Site, path: str, now: datetime) -> Elsewhere | None:
    """Return where the article of another address stands: of one in a language in which it is not, or of one that it had before.

    None where there is none.
    """
    language, rest = parted(path)
    shown = _view(language, rest)
    if shown is None or shown[0] is not _article:
        return None
    slug = str(shown[1][0])
    article = db.session.scalar(select(Article).where(Article.id == former.number_of(slug)))
    if article is None:
        return None
    is_readable = db.session.scalar(select(is_visible(now)).where(Article.id == article.id))
    return Elsewhere(path_of(article, language), article.slug != slug and bool(is_readable))


def gather(site: Site, paths: Iterable[str], now: datetime) -> Known:
    """Return what these pages are filled in with, where that can be asked for many at once: articles, and pages of a shelf."""
    wanted = {(written(language), *found) for language, rest in map(parted, paths) if (found := _view(language, rest))}
    slugs = [str(names[0]) for _, view, names in wanted if view is _article]
    known: Known = {(_article, *of): page for of, page in _articles(site, now, slugs).items()}
    until = next_turn(now)
    fronts: dict[Shelf, listings.Front] = {}
    for language, view, names in wanted:
        if isinstance(view, _OnShelf) and (shelf := view.shelf(site, language, *names)):
            front = fronts.setdefault(shelf, listings.Front(site, shelf, now, until))
            known[view, language, *names] = view.of(front, *names)
    return known


def _view(language: str, rest: str) -> "tuple[_Render, tuple[str | None, ...]] | None":
    """Return what shows an address, and the names in it."""
    for pattern, view in _ROUTES:
        found = pattern.fullmatch(rest or "/")
        if found and (PREFIXES[language] == "" or view not in _ONCE):
            return view, found.groups()
    return None


def _answer(site: Site, language: str, made: Answer | Gathered | None) -> Answer | None:
    """Return a page filled in; in another script the same one, made from the same measures, its words and links converted."""
    if isinstance(made, Gathered):
        text = site.template(made.template, written(language), **made.values)
        made = Answer(made.status, text.encode(), made.media_type, made.extra, made.valid_until)
    if made is None or language == written(language):
        return made
    return replace(
        made, body=script.page(made.body.decode(), site.base_url, PREFIXES[language], PREFIXES.values()).encode()
    )


_WITH_REVISION = select(Article).options(joinedload(Article.revision))
_OF_SLUGS = _WITH_REVISION.where(Article.slug.in_(bindparam("slugs", expanding=True)))


def _articles(site: Site, now: datetime, slugs: Sequence[str]) -> dict[tuple[str, str], Gathered]:
    """Return the pages of the articles with these slugs, by language and slug."""
    rows = list(db.session.scalars(_OF_SLUGS, {"slugs": slugs}))
    made = articles(site, rows, now)
    return {(row.language, row.slug): made[row.id] for row in rows}


def _article(site: Site, language: str, now: datetime, slug: str) -> Gathered | None:
    return _articles(site, now, [slug]).get((language, slug))


def _picture(site: Site, language: str, now: datetime, name: str) -> Answer | None:
    return picture(site, name, now)


def _asset(site: Site, language: str, now: datetime, name: str) -> Answer | None:
    return next((asset.answer for asset in site.assets.values() if asset.path == ASSETS + name), None)


@dataclass(frozen=True)
class _OnShelf:
    """What shows a shelf of a kind: its newest page or a numbered one, or its feed."""

    kind: Kind
    fill: Callable[..., Gathered | None]

    def __call__(self, site: Site, language: str, now: datetime, *names: str | None) -> Gathered | None:
        shelf = self.shelf(site, language, *names)
        return self.of(listings.Front(site, shelf, now, next_turn(now)), *names) if shelf else None

    def shelf(self, site: Site, language: str, name: str | None = "", _: str | None = None) -> Shelf | None:
        """Return the shelf, if there can be such a one; whether anything stands on it is another question."""
        shelf = Shelf(language, self.kind, name or "")
        return shelf if _is_there(site, shelf) else None

    def of(self, front: listings.Front, _: str | None = "", number: str | None = None) -> Gathered | None:
        """Return what its page is filled in with."""
        return self.fill(front, int(number)) if number else self.fill(front)


def _is_there(site: Site, shelf: Shelf) -> bool:
    if shelf.kind is Kind.CATEGORY:
        return shelf.name in site.category_texts
    if shelf.kind is Kind.MONTH:
        return 1 <= int(shelf.name[-2:]) <= 12
    return shelf.kind is not Kind.TAG or tag_slug(shelf.name) == shelf.name


def _page(site: Site, language: str, now: datetime, name: str) -> Answer | None:
    path = f"/pages/{name}"
    if name == agent.PAGE and site.agent.is_shown:
        html = site.template("site/agent.html", language, canonical=path, alternates=everywhere(path))
        return Answer(200, html.encode())
    page = site.fixed_page(name, language)
    if page is None:
        return None
    text = site.filled_in(page.body).replace(holdings.PLACE, holdings.table(site, language))
    body = Markup(content.render(text, language=page.language).html)  # noqa: S704 - sanitised by content.render
    shown = {"title": page.title, "body": body, "updated_on": page.updated_on, "path": path}
    html = site.template("site/page.html", language, page=shown, alternates=everywhere(path))
    return Answer(200, html.encode())


def _robots(site: Site, language: str, now: datetime) -> Answer:
    closed = ("/desk", "/account", "/report", "/receipts", "/search")
    lines = ["User-agent: *", *(f"Disallow: {prefix}{path}" for path in closed for prefix in PREFIXES.values())]
    lines += ["", f"Sitemap: {site.base_url}/sitemap.xml", ""]
    return Answer(200, "\n".join(lines).encode(), "text/plain; charset=utf-8")


def _security(site: Site, language: str, now: datetime) -> Answer:
    """RFC 9116: where to report a vulnerability; Expires less than a year ahead."""
    expires = (now + timedelta(days=_SECURITY_TXT_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: mailto:{site.contact_email}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: zh, en",
        f"Canonical: {site.base_url}/.well-known/security.txt",
        "",
    ]
    return Answer(
        200, "\n".join(lines).encode(), "text/plain; charset=utf-8", valid_until=now + timedelta(_SECURITY_TXT_DAYS / 2)
    )


_Render = Callable[..., Answer | Gathered | None]
_SLUG = r"([a-z0-9-]{1,200})"
_TAG = r"([\w-]{1,60})"
_MONTH = r"((?:19|20)[0-9]{2}-[0-9]{2})"
_NUMBER = r"([1-9][0-9]{0,6})"
_ROUTES: tuple[tuple[re.Pattern[str], _Render], ...] = tuple(
    (re.compile(pattern), view)
    for pattern, view in (
        (r"/", _OnShelf(Kind.ALL, listings.page)),
        (rf"/articles/{_SLUG}", _article),
        (rf"/archive/(){_NUMBER}", _OnShelf(Kind.ALL, listings.page)),
        (r"/archive", listings.archive),
        (rf"/archive/{_MONTH}(?:/{_NUMBER})?", _OnShelf(Kind.MONTH, listings.page)),
        (rf"/categories/{_SLUG}(?:/{_NUMBER})?", _OnShelf(Kind.CATEGORY, listings.page)),
        (rf"/categories/{_SLUG}/feed\.atom", _OnShelf(Kind.CATEGORY, listings.feed)),
        (r"/tags", listings.tags),
        (rf"/tags/{_TAG}(?:/{_NUMBER})?", _OnShelf(Kind.TAG, listings.page)),
        (rf"/tags/{_TAG}/feed\.atom", _OnShelf(Kind.TAG, listings.feed)),
        (rf"/pages/{_SLUG}", _page),
        (r"/images/([0-9a-f]{32}\.[a-z]{3,4})", _picture),
        (rf"{ASSETS}([a-z.0-9-]+)", _asset),
        (r"/feed\.atom", _OnShelf(Kind.ALL, listings.feed)),
        (r"/sitemap\.xml", sitemaps.index),
        (r"/sitemaps/site\.xml", sitemaps.of_site),
        (r"/sitemaps/lists\.xml", sitemaps.of_lists),
        (rf"/sitemaps/{_MONTH}\.xml", sitemaps.of_month),
        (r"/robots\.txt", _robots),
        (r"/\.well-known/security\.txt", _security),
    )
)
_ONCE: frozenset[_Render] = frozenset({
    _picture, _asset, sitemaps.index, sitemaps.of_site, sitemaps.of_lists, sitemaps.of_month, _robots, _security,
})  # fmt: skip
"""Pages that stand once for all languages."""
