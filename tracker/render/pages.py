"""Every public page by its address: `answer` gives what a reader gets there at a moment."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from markupsafe import Markup
from sqlalchemy import bindparam, select

from tracker import content
from tracker.db import db
from tracker.domain.tags import tag_slug
from tracker.models import Article
from tracker.render import holdings, listings, script, sitemaps
from tracker.render.answer import Answer, Gathered
from tracker.render.article import article
from tracker.render.lists import Kind, Shelf
from tracker.render.picture import picture
from tracker.render.site import PREFIXES, Site, everywhere, written

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
    for pattern, view in _ROUTES:
        found = pattern.fullmatch(rest or "/")
        if found and (PREFIXES[language] == "" or view not in _ONCE):
            source = written(language)
            own = site if source == language else site.derived(language)
            key = (view, source, *found.groups())
            made = known[key] if key in known else view(own, source, now, *found.groups())
            if not isinstance(made, Answer):
                known[key] = made
            return _answer(own, language, made)
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


_OF_ADDRESS = select(Article).where(Article.slug == bindparam("slug"), Article.language == bindparam("language"))


def _article(site: Site, language: str, now: datetime, slug: str) -> Gathered | None:
    row = db.session.scalar(_OF_ADDRESS, {"slug": slug, "language": language})
    return article(site, row, now) if row else None


def _picture(site: Site, language: str, now: datetime, name: str) -> Answer | None:
    return picture(site, name, now)


def _shelf(kind: Kind) -> "_Render":
    """Return what shows a shelf of a kind: its newest page, a numbered one, or its feed."""

    def view(site: Site, language: str, now: datetime, name: str = "", number: str | None = None) -> Gathered | None:
        if not _is_there(site, kind, name):
            return None
        return listings.page(site, Shelf(language, kind, name), now, int(number) if number else None)

    return view


def _feed(kind: Kind) -> "_Render":
    def view(site: Site, language: str, now: datetime, name: str = "") -> Gathered | None:
        return listings.feed(site, Shelf(language, kind, name), now) if _is_there(site, kind, name) else None

    return view


def _is_there(site: Site, kind: Kind, name: str) -> bool:
    """Say whether there can be such a shelf; whether anything stands on it is another question."""
    if kind is Kind.CATEGORY:
        return name in site.category_texts
    if kind is Kind.MONTH:
        return 1 <= int(name[-2:]) <= 12
    return kind is not Kind.TAG or tag_slug(name) == name


def _old_page(site: Site, language: str, now: datetime, number: str) -> Gathered | None:
    return listings.page(site, Shelf(language), now, int(number))


def _page(site: Site, language: str, now: datetime, name: str) -> Answer | None:
    page = site.fixed_page(name, language)
    if page is None:
        return None
    text = site.filled_in(page.body).replace(holdings.PLACE, holdings.table(site, language))
    body = Markup(content.render(text, language=page.language).html)  # noqa: S704 - sanitised by content.render
    shown = {"title": page.title, "body": body, "updated_on": page.updated_on}
    html = site.template("site/page.html", language, page=shown, alternates=everywhere(f"/pages/{name}"))
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
        (r"/", _shelf(Kind.ALL)),
        (rf"/articles/{_SLUG}", _article),
        (rf"/archive/{_NUMBER}", _old_page),
        (r"/archive", listings.archive),
        (rf"/archive/{_MONTH}(?:/{_NUMBER})?", _shelf(Kind.MONTH)),
        (rf"/categories/{_SLUG}(?:/{_NUMBER})?", _shelf(Kind.CATEGORY)),
        (rf"/categories/{_SLUG}/feed\.atom", _feed(Kind.CATEGORY)),
        (r"/tags", listings.tags),
        (rf"/tags/{_TAG}(?:/{_NUMBER})?", _shelf(Kind.TAG)),
        (rf"/tags/{_TAG}/feed\.atom", _feed(Kind.TAG)),
        (rf"/pages/{_SLUG}", _page),
        (r"/images/([0-9a-f]{32}\.[a-z]{3,4})", _picture),
        (r"/feed\.atom", _feed(Kind.ALL)),
        (r"/sitemap\.xml", sitemaps.index),
        (r"/sitemaps/site\.xml", sitemaps.of_site),
        (r"/sitemaps/lists\.xml", sitemaps.of_lists),
        (rf"/sitemaps/{_MONTH}\.xml", sitemaps.of_month),
        (r"/robots\.txt", _robots),
        (r"/\.well-known/security\.txt", _security),
    )
)
_ONCE: frozenset[_Render] = frozenset({
    _picture, sitemaps.index, sitemaps.of_site, sitemaps.of_lists, sitemaps.of_month, _robots, _security,
})  # fmt: skip
"""Pages that stand once for all languages."""
