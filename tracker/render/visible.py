"""The one answer to "what may readers see of this article now?"; every surface goes through it.

As a query: may they see it at all. In words: the title, the summary and the passages as the measures beside it leave them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from html import escape
from urllib.parse import unquote

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import joinedload

from tracker import content
from tracker.content import Rendered, Shown
from tracker.db import ask, db
from tracker.domain import visibility
from tracker.domain.errors import N_
from tracker.domain.passages import Edit, edited
from tracker.domain.visibility import HIDES, MeasureKind, Terms, Visibility
from tracker.models import Article, Decision, Measure
from tracker.render import illustrations
from tracker.render.findable import Findable, kept
from tracker.render.site import Site

IN_TEXT = N_("〔此处不展示〕")
"""Stands in a title, a summary or a feed where words are withheld."""

IN_INDEX = "\u2588"
"""Stands there in what can be searched for."""
_BARS = {"law": N_("此处有内容依法不展示"), "terms": N_("此处有内容依本站规则不展示")}


Moment = datetime | ColumnElement[datetime]

NOW = bindparam("now", type_=Measure.starts_at.type)
"""Stands for the moment in a statement that is made once."""


_OWN = select(Decision.id).where(Decision.id == Measure.decision_id, Decision.decided_at < Measure.starts_at)
_SCHEDULED = _OWN.correlate(Measure).exists()


def stands(now: Moment) -> ColumnElement[bool]:
    """Return the condition that a measure is in force at `now`; the same rule as `visibility.Measure.stands`."""
    return and_(or_(Measure.starts_at <= now, ~_SCHEDULED), or_(Measure.ends_at.is_(None), Measure.ends_at > now))


def is_open(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a measure has not ended at `now`, whether it has begun or not."""
    return or_(Measure.ends_at.is_(None), and_(Measure.ends_at > now, Measure.ends_at > Measure.starts_at))


def hides(now: Moment) -> ColumnElement[bool]:
    """Return the condition that a measure keeps its whole article from readers at `now`."""
    return and_(Measure.kind.in_(HIDES), stands(now))


def is_visible(now: Moment) -> ColumnElement[bool]:
    """Return the condition that readers may see an article at `now`, if perhaps not all of it."""
    return and_(
        Article.file_gone_at.is_(None),
        ~exists().where(Measure.article_id == Article.id, hides(now)),
    )


def visible(now: Moment) -> Select[Article]:
    """Return the articles that readers may see at `now`."""
    return select(Article).where(is_visible(now))


def standing(numbers: Sequence[int]) -> dict[int, list[Measure]]:
    """Return every measure ever taken on each of these articles, ended ones too."""
    found: dict[int, list[Measure]] = {number: [] for number in numbers}
    for measure in db.session.scalars(_STANDING, {"articles": numbers}):
        found[measure.article_id].append(measure)
    return found


_STANDING = (
    select(Measure)
    .where(Measure.article_id.in_(bindparam("articles", expanding=True)))
    .order_by(Measure.id)
    .options(joinedload(Measure.decision))
    .execution_options(populate_existing=True)  # another act may have ended one while this one waited for its turn
)


def as_rule(measure: Measure) -> visibility.Measure:
    """Return a stored measure as the rule sees it."""
    return visibility.Measure(
        measure.kind,
        measure.starts_at,
        measure.ends_at,
        measure.case_id,
        measure.id,
        Terms.from_dict(measure.terms),
        measure.decision.ground_type,
        measure.decision.ground_ref,
        is_scheduled=measure.starts_at > measure.decision.decided_at,
    )


def next_turn(now: datetime, *conditions: ColumnElement[bool]) -> datetime | None:
    """Return when a measure that has its end or start set will next change what readers see."""
    turns = db.session.execute(_turns(*conditions) if conditions else _TURNS, {"now": now}).one()
    return min((turn for turn in turns if turn is not None), default=None)


def _turns(*conditions: ColumnElement[bool]) -> Select[*tuple[datetime | None, ...]]:
    starts = select(func.min(Measure.starts_at)).where(Measure.starts_at > NOW, _SCHEDULED, *conditions)
    ends = select(func.min(Measure.ends_at)).where(Measure.ends_at > NOW, *conditions)
    return select(starts.scalar_subquery(), ends.scalar_subquery())


_TURNS = _turns()


@dataclass(frozen=True)
class Seen:
    """An article in the words in which readers may see it. `edits` are to be made in its body."""

    title: str
    summary: str
    tags: list[str]
    source_name: str
    source_url: str
    publisher_name: str
    updated_on: date | None
    edits: tuple[Edit, ...]

    def body(self, article: Article) -> Rendered:
        """Return the body as readers may see it."""
        shown = illustrations.shown(article.revision)
        return _rendered(article.revision.source, self.edits, tuple(shown.items()), article.language)

    def findable(self, article: Article) -> Findable:
        """Return what of an article can be found; where words are withheld stands what nobody types."""
        blanked = replace(self, edits=tuple(replace(e, text=IN_INDEX) if e.is_repeated else e for e in self.edits))
        body = self.body(article).text
        sought = body if blanked == self else blanked.body(article).text
        title, summary = (edited(text, blanked.edits) for text in (article.title, article.summary))
        return Findable(body, kept(title, "\n".join([summary, *self.tags]), sought))


@lru_cache(maxsize=32)
def _rendered(source: bytes, edits: tuple[Edit, ...], shown: tuple[tuple[str, Shown], ...], language: str) -> Rendered:
    """Render a body; an act shows it on several pages, in each script, and in what can be found."""
    return content.render(content.body_of(source), edits, dict(shown), language)


_IN_FORCE = select(Measure.id).where(Measure.article_id.in_(bindparam("articles", expanding=True)), stands(NOW))
_MEASURES = (
    select(Measure)
    .where(Measure.id.in_(bindparam("measures", expanding=True)))
    .options(joinedload(Measure.decision))
    .execution_options(populate_existing=True)
)


def in_force(articles: Sequence[Article], now: datetime) -> dict[int, list[Measure]]:
    """Return the measures in force at `now` on each article, by its number."""
    found: dict[int, list[Measure]] = {article.id: [] for article in articles}
    numbers = ask(_IN_FORCE, {"articles": list(found), "now": now}).scalars().all() if found else ()
    if numbers:  # of most articles there are none
        for measure in db.session.scalars(_MEASURES, {"measures": numbers}):
            found[measure.article_id].append(measure)
    return found


def hiding(measures: Iterable[Measure]) -> list[Measure]:
    """Return those of some measures that keep a whole article from readers."""
    return [measure for measure in measures if measure.kind in HIDES]


def is_kept_back(article: Article, measures: Iterable[Measure]) -> bool:
    """Say whether readers may not see an article at all, given the measures in force on it: what `is_visible` asks."""
    return article.file_gone_at is not None or bool(hiding(measures))


def seen(site: Site, articles: Sequence[Article], now: datetime) -> dict[int, Seen]:
    """Return each article, by its number, as readers may see it at `now`; whether they may at all is asked elsewhere."""
    measures = in_force(articles, now)
    return {article.id: left(site, article, measures[article.id], now) for article in articles}


def left(site: Site, article: Article, measures: Iterable[Measure], now: datetime) -> Seen:
    """Return an article as those of the measures on it leave it at `now` that do not hide it."""
    rules = [as_rule(measure) for measure in measures if measure.kind not in HIDES]
    return as_seen(site, article, visibility.visibility(rules, now))


def as_seen(site: Site, article: Article, what: Visibility) -> Seen:
    """Return an article as a visibility leaves it."""
    edits = edits_of(site, what, article.language)

    def say(text: str) -> str:
        return edited(text, edits) if edits else text

    dates = [article.updated_on, site.local(what.since).date() if what.since else None]
    return Seen(
        title=say(article.title),
        summary=say(article.summary),
        tags=[tag for tag in article.tags if say(tag) == tag],
        source_name=say(article.source_name),
        source_url=article.source_url if say(url := unquote(article.source_url)) == url else "",
        publisher_name=say(article.publisher_name),
        updated_on=max((day for day in dates if day), default=None),
        edits=edits,
    )


def edits_of(site: Site, what: Visibility, language: str) -> tuple[Edit, ...]:
    """Return what the measures change in the words of an article, what withholds words before what replaces them."""
    masks = [edit for m in what.edits if m.kind is MeasureKind.MASK for edit in _masked(site, m, language)]
    corrections = [m for m in what.edits if m.kind is MeasureKind.CORRECT]
    return (*masks, *(edit for m in corrections for edit in _corrected(site, m, language, masks)))


def _masked(site: Site, measure: visibility.Measure, language: str) -> Iterable[Edit]:
    said = escape(site.gettext(_BARS[measure.ground_type], language))
    html = f'<a class="covered" href="#note-{measure.number}">{said}</a>'
    for passage in measure.terms.passages:
        yield Edit(passage, site.gettext(IN_TEXT, language), html)


def _corrected(site: Site, measure: visibility.Measure, language: str, masks: Sequence[Edit]) -> Iterable[Edit]:
    """Yield the new words; what another measure withholds is not brought back by them."""
    more = escape(site.gettext(N_("已更正"), language))
    for passage in measure.terms.passages:
        new = edited(passage.replacement, masks)
        link = f'<a class="note-ref" href="#note-{measure.number}">{more}</a>'
        yield Edit(passage, new, f'<ins class="corrected">{escape(new)}</ins>{link}', is_repeated=False)
