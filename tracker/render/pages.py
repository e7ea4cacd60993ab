"""Every public page by its address: `answer` gives what a reader gets there at a moment."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus

from markupsafe import Markup
from sqlalchemy import func, select

from tracker import content
from tracker.db import db
from tracker.domain.categories import CATEGORIES
from tracker.domain.visibility import MeasureKind, visibility
from tracker.models import Article, Measure, PublicNotice
from tracker.render.lists import Shelf, entry, neighbours, path_of
from tracker.render.site import PREFIXES, Site
from tracker.render.visible import as_rule, standing, visible

HTML = "text/html; charset=utf-8"
_CHARACTERS_A_MINUTE = {"zh-Hans": 400, "en": 1100}
_SECURITY_TXT_DAYS = 180
_SITE = next(iter(PREFIXES))
_ARTICLE_ONLY = ("source_name", "source_url", "publisher_name")


@dataclass(frozen=True)
class Answer:
    """What a reader gets: ready to send but for compression. Past `valid_until` it is to be made again."""

    status: int
    body: bytes
    media_type: str = HTML
    extra: tuple[tuple[str, str], ...] = ()
    valid_until: datetime | None = None

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Return the headers but for those of one transfer; a tombstone must not be kept, what replaces it may come."""
        cache = "no-cache" if self.status == HTTPStatus.OK else "no-store"
        return [("Content-Type", self.media_type), ("Cache-Control", cache), ("Vary", "Accept-Encoding"), *self.extra]

    @property
    def stored_headers(self) -> str:
        """Return the headers as a page row holds them."""
        return json.dumps(self.headers, ensure_ascii=False)

    @property
    def etag(self) -> str | None:
        """Return the entity tag; none for a tombstone, so that nothing can answer 304 for it."""
        return hashlib.sha256(self.body).hexdigest()[:32] if self.status == HTTPStatus.OK else None


def answer(site: Site, path: str, now: datetime) -> Answer | None:
    """Return what stands at a public address at `now`, or None when there is nothing."""
    language = next((code for code, prefix in PREFIXES.items() if prefix and f"{path}/".startswith(f"{prefix}/")), None)
    language = language or _SITE
    rest = path.removeprefix(PREFIXES[language]) if PREFIXES[language] else path
    for pattern, view in _ROUTES:
        found = pattern.fullmatch(rest or "/")
        if found and (PREFIXES[language] == "" or view not in _ONCE):
            return view(site, language, now, *found.groups())
    return None


def article(site: Site, row: Article, now: datetime) -> Answer | None:
    """Return the page of an article: itself, its tombstone, or None when its file is gone."""
    measures = list(db.session.scalars(standing(row.id)))
    seen = visibility(map(as_rule, measures), now)
    if seen.measure is not None:
        standing_now = next(m for m in measures if as_rule(m) == seen.measure)
        return _tombstone(site, row, standing_now, seen.status, seen.until)
    if row.file_gone_at is not None:
        return None
    return _readable(site, row, now)


def _readable(site: Site, row: Article, now: datetime) -> Answer:
    rendered = content.render(content.body_of(row.revision.source))
    before, after = neighbours(row, now)
    html = site.template(
        "site/article.html",
        row.language,
        article=entry(site, row)._asdict() | {name: getattr(row, name) for name in _ARTICLE_ONLY},
        body=Markup(rendered.html),  # noqa: S704 - sanitised by content.render
        tags=row.tags,
        toc=rendered.toc,
        minutes=max(1, round(len(rendered.text) / _CHARACTERS_A_MINUTE[row.language])),
        report_url=f"{PREFIXES[row.language]}/report?article={row.slug}",
        notes=[],
        previous=entry(site, before) if before else None,
        next=entry(site, after) if after else None,
    )
    return Answer(200, html.encode(), valid_until=_next_turn(now))  # its own turn, or that of a neighbour


def _tombstone(site: Site, row: Article, measure: Measure, status: int, until: datetime | None) -> Answer:
    extra = [("X-Robots-Tag", "noindex, noarchive")]
    if measure.kind is MeasureKind.WITHHOLD:
        extra.append(("Link", f'<{site.base_url}/>; rel="blocked-by"'))  # RFC 7725, 4: who implements the block
    html = site.template(
        "site/tombstone.html",
        row.language,
        status=status,
        title=None,  # the title may be what the measure is about
        since=measure.starts_at,
        basis=measure.decision.ground_ref,
        category_label=CATEGORIES[measure.decision.case.category].label,
        reference=str(measure.case_id),
        announced=db.session.scalar(select(PublicNotice.text).where(PublicNotice.case_id == measure.case_id)),
    )
    return Answer(status, html.encode(), extra=tuple(extra), valid_until=until)


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
        articles=[entry(site, row) for row in rows],
        older=older,
        newer=newer,
        page_number=number,
        alternate=_alternate(shelf.language, Shelf(_SITE, shelf.category).path),
    )
    return Answer(200, html.encode(), valid_until=_next_turn(now))


def _next_turn(now: datetime) -> datetime | None:
    """Return when a measure that has its end or start set will next change what lists show."""
    turns = [
        db.session.scalar(select(func.min(column)).where(column > now))
        for column in (Measure.starts_at, Measure.ends_at)
    ]
    return min((turn for turn in turns if turn is not None), default=None)


def _page(site: Site, language: str, now: datetime, name: str) -> Answer | None:
    page = site.fixed_page(name, language)
    if page is None:
        return None
    body = Markup(content.render(site.filled_in(page.body)).html)  # noqa: S704 - sanitised by content.render
    shown = {"title": page.title, "body": body, "updated_on": page.updated_on}
    html = site.template("site/page.html", language, page=shown, alternate=_alternate(language, f"/pages/{name}"))
    return Answer(200, html.encode())


def _feed(site: Site, language: str, now: datetime) -> Answer:
    rows = Shelf(language).newest(now)
    changed = max((row.updated_on or row.published_on for row in rows), default=date(2026, 1, 1))
    xml = site.template(
        "site/feed.xml",
        language,
        articles=[entry(site, row) for row in rows],
        changed=changed,
        prefix=PREFIXES[language],
    )
    return Answer(200, xml.encode(), "application/atom+xml; charset=utf-8", valid_until=_next_turn(now))


def _sitemap(site: Site, language: str, now: datetime) -> Answer:
    days = db.session.scalars(visible(now).with_only_columns(Article.published_on).distinct())
    names = ["site", *sorted({f"{day:%Y-%m}" for day in days})]
    xml = site.template("site/sitemap.xml", language, names=names)
    return Answer(200, xml.encode(), "application/xml; charset=utf-8", valid_until=_next_turn(now))


def _sitemap_month(site: Site, language: str, now: datetime, year: str, month: str) -> Answer | None:
    if not 1 <= int(month) <= 12:
        return None
    first = date(int(year), int(month), 1)
    until = (first + timedelta(days=31)).replace(day=1)
    query = visible(now).where(Article.published_on >= first, Article.published_on < until).order_by(Article.id)
    rows = [(path_of(row), row.updated_on or row.published_on) for row in db.session.scalars(query)]
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
    return Answer(200, xml.encode(), "application/xml; charset=utf-8", valid_until=_next_turn(now))


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


def _alternate(language: str, path: str) -> str:
    """Return the same page in the other language; `path` is without a prefix."""
    return next(prefix for code, prefix in PREFIXES.items() if code != language) + path


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
