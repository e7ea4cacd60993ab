"""What the pages of the form show beside what was typed: the choice, what is promised, how complete a notice is."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import NamedTuple
from urllib.parse import urlencode

from babel import Locale

from tracker.db import db
from tracker.domain.calendars import BusinessDays, CalendarDays, Hours, Length, Months, SkippingHours
from tracker.domain.categories import CATEGORIES, CHOOSER_LABELS, Category, ChooserGroup
from tracker.domain.clocks import EVERY_CASE, RULES, ClockKind, due
from tracker.domain.countries import CODES
from tracker.domain.elements import ELEMENTS, GROUP_LABELS, Kind
from tracker.domain.errors import N_
from tracker.domain.notices import in_our_words, slug_of
from tracker.domain.regimes import REGIMES, Completeness, Requirement, applying, assess
from tracker.domain.text import clean
from tracker.models import Article, DraftFile, Notice
from tracker.queries.receipt_clocks import Target
from tracker.render.site import LOCALES, Site
from tracker.render.visible import visible

_SPANS: dict[type, str] = {
    Hours: N_("%(n)s小时"),
    SkippingHours: N_("%(n)s小时，周末和法定假日不计"),
    CalendarDays: N_("%(n)s天"),
    BusinessDays: N_("%(n)s个工作日"),
    Months: N_("%(n)s个月"),
}
_TONES = {
    Completeness.VALID: ("success", N_("齐全")),
    Completeness.CURABLE: ("warning", N_("可以受理，还缺几项")),
    Completeness.VOID: ("danger", N_("缺少必需的内容")),
}


class Option(NamedTuple):
    """A category in the chooser."""

    category: Category
    address: str


class Part(NamedTuple):
    """A part of the chooser."""

    label: str
    is_urgent: bool
    options: list[Option]


class Promise(NamedTuple):
    """A time limit that a notice starts; `regime` is the law for which alone it holds, if not for all."""

    label: str
    span: str
    n: int
    nature: str
    source: str
    regime: str


class Measured(NamedTuple):
    """How complete a notice is by one regime, in words."""

    label: str
    source: str
    tone: str
    said: str
    missing: list[tuple[Requirement, str]]  # with the question that cures it, where the form has one


class Row(NamedTuple):
    """A question and its answer, as the check page shows them."""

    name: str
    label: str
    answer: str


def article_of(site: Site, typed: str, now: datetime) -> Article | None:
    """Return the article that an address names, while readers may see it."""
    slug = slug_of(typed, site.base_url)
    return db.session.scalar(visible(now).where(Article.slug == slug)) if slug else None


def passage_in(typed: Mapping[str, str]) -> str:
    """Return the passage that a reader selected, as the link on the article page brings it."""
    return clean(typed.get("exact", ""))[: ELEMENTS["passage"].most]


def carried(article: Article | None, typed: Mapping[str, str]) -> str:
    """Return what an address of the form says about the article and the passage, to be said again."""
    if article is None:
        return ""
    passage = passage_in(typed)
    return f"?{urlencode({'article': article.slug} | ({'exact': passage} if passage else {}))}"


def parts(address: Callable[[Category], str]) -> list[Part]:
    """Return the chooser, the urgent lanes first."""
    groups = sorted(ChooserGroup, key=lambda group: group is not ChooserGroup.URGENT)
    return [
        Part(
            CHOOSER_LABELS[group],
            group is ChooserGroup.URGENT,
            [Option(c, address(c)) for c in CATEGORIES.values() if c.group is group],
        )
        for group in groups
    ]


def promises(category: Category) -> list[Promise]:
    """Return the limits that start with a notice of a category, those that always run first."""
    regimes = [REGIMES[name] for name in category.regimes]
    kinds = dict.fromkeys(kind for regime in regimes for kind in regime.clocks)
    found = []
    for kind in kinds:
        rule, having = RULES[ClockKind(kind)], [regime for regime in regimes if kind in regime.clocks]
        span, n = _span(rule.urgent if category.is_urgent and rule.urgent else rule.length)
        only = having[0].label if len(having) == 1 < len(regimes) else ""
        found.append(Promise(rule.label, span, n, rule.nature.label, rule.source, only))
    return sorted(found, key=lambda promise: bool(promise.regime))


def _span(length: Length) -> tuple[str, int]:
    return _SPANS[type(length)], getattr(length, "n", 0)


def targets(site: Site, notice: Notice) -> list[Target]:
    """Return what a new notice is promised whatever its regimes."""
    is_urgent = CATEGORIES[notice.category].is_urgent_with(notice.answers)
    ends = {kind: due(kind, notice.received_at, site.calendars, is_urgent=is_urgent).at for kind in EVERY_CASE}
    return [Target(RULES[kind].label, RULES[kind].nature.label, at, None) for kind, at in ends.items()]


@cache
def countries(language: str) -> list[tuple[str, str]]:
    """Return each country's code and name, in the order of the names."""
    territories = Locale.parse(LOCALES[language]).territories
    return sorted(((code, str(territories.get(code, code))) for code in CODES), key=itemgetter(1))


def measured(category: Category, given: Mapping[str, str], files: Iterable[DraftFile]) -> list[Measured]:
    """Return how complete a notice is by each regime it would come under."""
    asked = {element.name for element in category.questions if element.is_asked_by(given)}
    purposes = frozenset(file.purpose for file in files)
    found = []
    for assessment in assess(applying(category, given), given, purposes):
        regime, (tone, said) = REGIMES[assessment.regime], _TONES[assessment.completeness]
        cures = [(need, next((n for n in need.any_of if n in asked), "")) for need in assessment.missing]
        found.append(Measured(regime.label, regime.source, tone, said, cures))
    return found


def rows(category: Category, given: Mapping[str, str], say: Callable[[str], str]) -> list[Row]:
    """Return what was answered, options and statements in full words."""
    found = []
    for element in category.elements:
        if answer := given.get(element.name):
            ours = in_our_words(element, answer)
            label = GROUP_LABELS[element.group] if element.kind is Kind.STATEMENT else element.label
            found.append(Row(element.name, say(label), say(ours) if ours else answer))
    return found
