"""Lists of articles, in slots that do not move: a withheld article leaves a gap, so an act touches one page a list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeVarTuple

from sqlalchemy import Select, bindparam, func, select, tuple_
from sqlalchemy.orm import aliased

from tracker.db import db
from tracker.domain.tags import tag_slug
from tracker.domain.visibility import EDITS
from tracker.models import Article, ArticleTag, Heat, Measure
from tracker.render.site import PREFIXES, CategoryLink, Site, editions, in_script
from tracker.render.visible import NOW, Seen, is_visible, seen, visible

PER_PAGE = 20

MOST_READ = 5
_FEWEST_READ = 3
"""How many articles a list of the most read has at most and at least: of one or two it says nothing."""

T = TypeVarTuple("T")


class Entry(NamedTuple):
    """An article as a list shows it; its number stays the same at whatever address it stands."""

    number: int
    slug: str
    url: str
    title: str
    summary: str
    category: CategoryLink
    published_on: date
    updated_on: date | None
    origin: str


class Kind(StrEnum):
    """By what articles stand together; the folder of the addresses of such shelves."""

    ALL = ""
    CATEGORY = "categories"
    TAG = "tags"
    MONTH = "archive"


ALONE = frozenset({Kind.TAG, Kind.MONTH})
"""Shelves that are there only while readers may see something on them, and without a list of what was read most."""


@dataclass(frozen=True)
class Shelf:
    """The articles of a language, or of a category, tag or month in it, in the order in which they first came."""

    language: str
    kind: Kind = Kind.ALL
    name: str = ""  # of a category or tag as in an address; of a month as 2026-11

    @property
    def path(self) -> str:
        """Return the address of the newest page, as a page row has it: in an address of a link it is to be quoted."""
        return PREFIXES[self.language] + (f"/{self.kind}/{self.name}" if self.kind else "/")

    def page_path(self, number: int) -> str:
        """Return the address of a numbered page; 1 is the oldest."""
        return f"{self.path}/{number}" if self.kind else f"{PREFIXES[self.language]}/archive/{number}"

    @property
    def feed_path(self) -> str | None:
        """Return the address of the feed; a month that is over has nothing new."""
        if self.kind is Kind.MONTH:
            return None
        return f"{self.path.removesuffix('/')}/feed.atom"

    def size(self) -> int:
        """Return how many slots are taken."""
        return db.session.scalar(_ALL[self.kind], self._place) or 0

    def page_of(self, article: Article) -> int:
        """Return the number of the page on which an article's slot is."""
        before = db.session.scalar(_BEFORE[self.kind], self._place | {"number": article.id}) or 0
        return before // PER_PAGE + 1

    def last_page(self) -> int:
        """Return the number of the page that is being filled; 0 for a shelf that needs none."""
        return self.pages_for(self.size())

    def pages_for(self, size: int) -> int:
        """Return how many numbered pages so many articles fill; of a tag or a month that fits on one page there are none."""
        if self.kind in ALONE and size <= PER_PAGE:
            return 0
        return max(1, -(-size // PER_PAGE))

    def newest(self, now: datetime) -> list[Article]:
        """Return the newest articles that readers may see."""
        return list(db.session.scalars(_NEWEST[self.kind], self._place | {"now": now}))

    def shows_first(self, article: Article, now: datetime) -> bool:
        """Say whether the newest page and the feed show an article, or would if readers might see it."""
        place = self._place | {"day": article.published_on, "number": article.id, "now": now}
        return len(db.session.scalars(_NEWER[self.kind], place).all()) < PER_PAGE

    def is_all_of(self, article: Article, now: datetime) -> bool:
        """Say whether an article may be the only one that readers see here: no other stands on it unchanged."""
        return db.session.scalar(_UNCHANGED[self.kind], self._place | {"number": article.id, "now": now}) is None

    def most_read(self, now: datetime) -> list[tuple[Article, int]]:
        """Return the articles that were read most, with the degrees that pages show; of two with as many the newer first."""
        found = db.session.execute(_HOTTEST[self.kind], self._place | {"now": now})
        return [(article, degrees) for article, degrees in found]

    def shows_most_read(self, article: Article, now: datetime) -> bool:
        """Say whether the list of what was read most shows an article, or would if readers might see it."""
        if self.kind in ALONE:
            return False
        shown = select(Heat.shown).where(Heat.article_id == article.id, Heat.shown > 0)
        if (degrees := db.session.scalar(shown)) is None:
            return False
        place = self._place | {"degrees": degrees, "number": article.id, "now": now}
        return len(db.session.scalars(_HOTTER[self.kind], place).all()) < MOST_READ

    def page(self, number: int, now: datetime) -> list[Article]:
        """Return what readers may see of a numbered page, newest first."""
        return list(
            db.session.scalars(_PAGE[self.kind], self._place | {"skipped": (number - 1) * PER_PAGE, "now": now})
        )

    @property
    def _place(self) -> dict[str, object]:
        """Return what the statements of its kind are to be filled in with."""
        first, until = month(self.name) if self.kind is Kind.MONTH else (None, None)
        return {"language": self.language, "name": self.name, "first": first, "until": until}


def _of_each_kind(query: Select[*T]) -> dict[Kind, Select[*T]]:
    """Return a query as it is for a shelf of each kind: a decision asks them by the dozen, and making one takes longer."""
    language = bindparam("language", type_=Article.language.type)
    name = bindparam("name", type_=ArticleTag.slug.type)
    tagged = select(ArticleTag.article_id).where(ArticleTag.language == language, ArticleTag.slug == name)
    narrower = {
        Kind.ALL: (),
        Kind.CATEGORY: (Article.category == name,),
        Kind.TAG: (Article.id.in_(tagged),),
        Kind.MONTH: (Article.published_on >= bindparam("first"), Article.published_on < bindparam("until")),
    }
    return {kind: query.where(Article.language == language, *conditions) for kind, conditions in narrower.items()}


_NUMBER = bindparam("number", type_=Article.id.type)
_COUNT = select(func.count()).select_from(Article)
_ALL = _of_each_kind(_COUNT)
_BEFORE = _of_each_kind(_COUNT.where(Article.id < _NUMBER))
_NEWEST = _of_each_kind(visible(NOW).order_by(Article.published_on.desc(), Article.id.desc()).limit(PER_PAGE))
_NEWER = _of_each_kind(
    select(Article.id)
    .where(
        tuple_(Article.published_on, Article.id) > tuple_(bindparam("day", type_=Article.published_on.type), _NUMBER),
        is_visible(NOW),
    )
    .limit(PER_PAGE)
)
_UNCHANGED = _of_each_kind(
    select(Article.id)
    .where(
        Article.id != _NUMBER,
        Article.id.not_in(select(Measure.article_id).where(Measure.kind.in_(EDITS))),
        is_visible(NOW),
    )
    .limit(1)
)
_HOTTEST = _of_each_kind(
    visible(NOW)
    .add_columns(Heat.shown)
    .join(Heat, Heat.article_id == Article.id)
    .where(Heat.shown > 0)
    .order_by(Heat.shown.desc(), Heat.article_id.desc())
    .limit(MOST_READ)
)
_HOTTER = _of_each_kind(
    select(Article.id)
    .join(Heat, Heat.article_id == Article.id)
    .where(
        tuple_(Heat.shown, Heat.article_id) > tuple_(bindparam("degrees", type_=Heat.shown.type), _NUMBER),
        is_visible(NOW),
    )
    .limit(MOST_READ)
)
_SLOTS = _of_each_kind(select(Article.id).order_by(Article.id).limit(PER_PAGE).offset(bindparam("skipped")))
_PAGE = {
    kind: select(Article).where(Article.id.in_(slots.scalar_subquery()), is_visible(NOW)).order_by(Article.id.desc())
    for kind, slots in _SLOTS.items()
}


def month(name: str) -> tuple[date, date]:
    """Return the first day of a month such as 2026-11, and of the next one."""
    first = date.fromisoformat(f"{name}-01")
    return first, (first + timedelta(days=31)).replace(day=1)


def shelves(language: str, category: str, tags: Iterable[str], published_on: date) -> list[Shelf]:
    """Return the shelves on which an article stands that has these."""
    slugs = dict.fromkeys(filter(None, map(tag_slug, tags)))
    return [
        Shelf(language),
        Shelf(language, Kind.CATEGORY, category),
        *(Shelf(language, Kind.TAG, slug) for slug in slugs),
        Shelf(language, Kind.MONTH, f"{published_on:%Y-%m}"),
    ]


def path_of(article: Article, reader: str = "") -> str:
    """Return the address of an article: of its edition in the language of the reader, if there is one."""
    language = reader if reader in editions(article.language) else article.language
    return f"{PREFIXES[language]}/articles/{article.slug}"


def entry(site: Site, article: Article, shown: Seen, reader: str = "") -> Entry:
    """Return an article as a list shows it, in the words in which readers may see it and the script of their language."""
    texts = site.category_texts.get(article.category, {})
    text = texts.get(article.language)
    name, summary = (text.name, text.summary) if text else (article.category, "")
    category = CategoryLink(article.category, in_script(name, reader), in_script(summary, reader))
    return Entry(
        article.id,
        article.slug,
        path_of(article, reader),
        in_script(shown.title, reader),
        in_script(shown.summary, reader),
        category,
        article.published_on,
        shown.updated_on,
        article.origin,
    )


def entries(site: Site, articles: Sequence[Article], now: datetime) -> list[Entry]:
    """Return articles as a list shows them at `now`."""
    shown = seen(site, articles, now)
    return [entry(site, article, shown[article.id]) for article in articles]


def most_read(site: Site, shelf: Shelf, now: datetime) -> list[tuple[Entry, int]]:
    """Return what was read most of a shelf as a page shows it; nothing where that is too little to compare."""
    found = shelf.most_read(now)
    if len(found) < _FEWEST_READ:
        return []
    listed = entries(site, [article for article, _ in found], now)
    return [(entry, degrees) for entry, (_, degrees) in zip(listed, found, strict=True)]


_THIS = aliased(Article)
_SAME = select(Article.id).where(Article.language == _THIS.language, is_visible(NOW)).correlate(_THIS).limit(1)
_BESIDE = select(
    _THIS.id,
    _SAME.where(Article.id < _THIS.id).order_by(Article.id.desc()).scalar_subquery(),
    _SAME.where(Article.id > _THIS.id).order_by(Article.id).scalar_subquery(),
).where(_THIS.id.in_(bindparam("numbers", expanding=True)))


def neighbours(numbers: Sequence[int], now: datetime) -> dict[int, tuple[int | None, int | None]]:
    """Return of each article the visible ones before and after it, in the order in which they came, all by number."""
    found = db.session.execute(_BESIDE, {"numbers": numbers, "now": now})
    return {number: (before, after) for number, before, after in found}


_NUMBERED = select(Article).where(Article.id.in_(bindparam("numbers", expanding=True)))


def numbered(numbers: Iterable[int | None]) -> dict[int, Article]:
    """Return articles by their numbers."""
    wanted = sorted({number for number in numbers if number is not None})
    return {row.id: row for row in db.session.scalars(_NUMBERED, {"numbers": wanted})} if wanted else {}
