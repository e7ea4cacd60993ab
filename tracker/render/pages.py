"""Every public page by its address: `answer` gives what a reader gets there at a moment."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from markupsafe import Markup
from sqlalchemy import select

from tracker import content
from tracker.db import db
from tracker.models import Article
from tracker.render import holdings, script
from tracker.render.answer import Answer
from tracker.render.article import article
from tracker.render.lists import Shelf, entries, most_read
from tracker.render.site import PREFIXES, Site, everywhere, written
from tracker.render.visible import next_turn, visible

_SECURITY_TXT_DAYS = 180
_SITE = next(iter(PREFIXES))


def answer(site: Site, path: str, now: datetime) -> Answer | None:
    """Return what stands at a public address at `now`, or None when there is nothing."""
    language = next((code for code, prefix in PREFIXES.items() if prefix and f"{path}/".startswith(f"{prefix}/")), None)
    language = language or _SITE
    source = written(language)
    rest = path.removeprefix(PREFIXES[language]) if PREFIXES[language] else path
    for pattern, view in _ROUTES:
        found = pattern.fullmatch(rest or "/")
        if found and (PREFIXES[language] == "" or view not in _ONCE):
            if source == language:
                return view(site, language, now, *found.groups())
            return _derived(site, language, view(site.derived(language), source, now, *found.groups()))
    return None


def _derived(site: Site, language: str, made: Answer | None) -> Answer | None:
    """Return a page in another script: the same one, made from the same measures, its words and links converted."""
    if made is None:
        return None
    return replace(
        made, body=script.page(made.body.decode(), site.base_url, PREFIXES[language], PREFIXES.values()).encode()
    )


def _article(site: Site, language: str, now: datetime, slug: str) -> Answer | None:
    row = db.session.scalar(select(Article).where(Article.slug == slug, Article.language == language))
    return article(site, row, now) if row else None


def _home(site: Site, language: str, now: datetime) -> Answer:
    return _shelf(site, Shelf(language), now, None)


def _archive(site: Site, language: str, now: datetime, number: str) -> Answer | None:
    return _numbered(site, Shelf(language), now, int(number))


def _category(site: Site, language: str, now: datetime, slug: str) -> Answer | None:
    return _shelf(site, Shelf(language, slug), now, None) if slug in site.category_texts else None


def _category_page(site: Site, language: str, now: datetime, slug: str, number: str) -> Answer | None:
    return _numbered(site, Shelf(language, slug), now, int(number)) if slug in site.category_texts else None


def _numbered(site: Site, shelf: Shelf, now: datetime, number: int) -> Answer | None:
    return _shelf(site, shelf, now, number) if 1 <= number <= shelf.last_page() else None


def _shelf(site: Site, shelf: Shelf, now: datetime, number: int | None) -> Answer:
    """Return the newest page of a shelf, or a numbered one."""
    last = shelf.last_page()
    if number is None:
        rows = shelf.newest(now)
        oldest = min(rows, key=lambda row: row.id, default=None)
        reached = shelf.page_of(oldest) if oldest else 0
        older = shelf.page_path(reached) if reached and shelf.size() > len(rows) else None
        newer = None
    else:
        rows = shelf.page(number, now)
        older = shelf.page_path(number - 1) if number > 1 else None
        newer = shelf.page_path(number + 1) if number < last else shelf.path
    category = next((c for c in site.categories(shelf.language) if c.slug == shelf.category), None)
    html = site.template(
        "site/category.html" if category else "site/home.html",
        shelf.language,
        category=category,
        articles=entries(site, rows, now),
        most_read=most_read(site, shelf, now) if number is None and (older or not category) else [],
        older=older,
        newer=newer,
        page_number=number,
        alternates=everywhere(Shelf(_SITE, shelf.category).path),
    )
    return Answer(200, html.encode(), valid_until=next_turn(now))


def _page(site: Site, language: str, now: datetime, name: str) -> Answer | None:
    page = site.fixed_page(name, language)
    if page is None:
        return None
    text = site.filled_in(page.body).replace(holdings.PLACE, holdings.table(site, language))
    body = Markup(content.render(text).html)  # noqa: S704 - sanitised by content.render
    shown = {"title": page.title, "body": body, "updated_on": page.updated_on}
    html = site.template("site/page.html", language, page=shown, alternates=everywhere(f"/pages/{name}"))
    return Answer(200, html.encode())


def _feed(site: Site, language: str, now: datetime) -> Answer:
    listed = entries(site, Shelf(language).newest(now), now)
    changed = max((entry.updated_on or entry.published_on for entry in listed), default=date(2026, 1, 1))
    xml = site.template(
        "site/feed.xml",
        language,
        articles=listed,
        changed=changed,
        prefix=PREFIXES[language],
    )
    return Answer(200, xml.encode(), "application/atom+xml; charset=utf-8", valid_until=next_turn(now))


def _sitemap(site: Site, language: str, now: datetime) -> Answer:
    days = db.session.scalars(visible(now).with_only_columns(Article.published_on).distinct())
    names = ["site", *sorted({f"{day:%Y-%m}" for day in days})]
    xml = site.template("site/sitemap.xml", language, names=names)
    return Answer(200, xml.encode(), "application/xml; charset=utf-8", valid_until=next_turn(now))


def _sitemap_month(site: Site, language: str, now: datetime, year: str, month: str) -> Answer | None:
    if not 1 <= int(month) <= 12:
        return None
    first = date(int(year), int(month), 1)
    until = (first + timedelta(days=31)).replace(day=1)
    query = visible(now).where(Article.published_on >= first, Article.published_on < until).order_by(Article.id)
    listed = entries(site, list(db.session.scalars(query)), now)
    rows = [(entry.url, entry.updated_on or entry.published_on) for entry in listed]
    return _addresses(site, language, rows, now) if rows else None


def _sitemap_site(site: Site, language: str, now: datetime) -> Answer:
    paths = [
        prefix + path
        for code, prefix in PREFIXES.items()
        for path in (
            "/",
            *(f"/categories/{slug}" for slug in site.category_texts),
            *(f"/pages/{name}" for name in site.fixed_names(code)),
        )
    ]
    return _addresses(site, language, [(path, None) for path in paths], now)


def _addresses(site: Site, language: str, rows: Sequence[tuple[str, date | None]], now: datetime) -> Answer:
    xml = site.template("site/addresses.xml", language, rows=rows)
    return Answer(200, xml.encode(), "application/xml; charset=utf-8", valid_until=next_turn(now))


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


_Render = Callable[..., Answer | None]
_SLUG = r"([a-z0-9-]{1,200})"
_NUMBER = r"([1-9][0-9]{0,6})"
_ROUTES: tuple[tuple[re.Pattern[str], _Render], ...] = tuple(
    (re.compile(pattern), view)
    for pattern, view in (
        (r"/", _home),
        (rf"/articles/{_SLUG}", _article),
        (rf"/archive/{_NUMBER}", _archive),
        (rf"/categories/{_SLUG}", _category),
        (rf"/categories/{_SLUG}/{_NUMBER}", _category_page),
        (rf"/pages/{_SLUG}", _page),
        (r"/feed\.atom", _feed),
        (r"/sitemap\.xml", _sitemap),
        (r"/sitemaps/site\.xml", _sitemap_site),
        (r"/sitemaps/((?:19|20)[0-9]{2})-([0-9]{2})\.xml", _sitemap_month),
        (r"/robots\.txt", _robots),
        (r"/\.well-known/security\.txt", _security),
    )
)
_ONCE: frozenset[_Render] = frozenset({_sitemap, _sitemap_site, _sitemap_month, _robots, _security})
"""Pages that stand once for all languages."""
