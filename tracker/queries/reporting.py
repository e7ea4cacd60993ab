"""What the pages of the form show beside what was typed: the choice, what is promised, how complete a notice is."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from tracker.db import db
from tracker.domain import quotes
from tracker.domain.calendars import BusinessDays, CalendarDays, Hours, Length, Months, SkippingHours
from tracker.domain.categories import CATEGORIES, CHOOSER_LABELS, Category, ChooserGroup
from tracker.domain.clocks import ClockKind, length_of, rule_of
from tracker.domain.elements import ELEMENTS, Element, Kind
from tracker.domain.errors import N_
from tracker.domain.notices import in_our_words, review, slug_of
from tracker.domain.regimes import REGIMES, Completeness, RegimeName, Requirement, applying, assess, telling
from tracker.domain.requirements import OUR_RULES
from tracker.domain.text import clean, clean_line
from tracker.models import Article, DraftFile, Notice
from tracker.queries import receipt_clocks as clocks
from tracker.queries.receipt_clocks import Target
from tracker.render import countries, former
from tracker.render.lists import Entry, entries
from tracker.render.site import Site
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
_UNSENT = {
    Completeness.VALID: N_("法律要求的已经有了"),
    Completeness.CURABLE: N_("还缺几项"),
    Completeness.VOID: N_("缺少必需的内容"),
}
"""The same of a notice that cannot be sent yet, whatever a law would make of it."""


class Option(NamedTuple):
    """A category in the chooser."""

    category: Category
    address: str


class Part(NamedTuple):
    """A part of the chooser."""

    label: str
    is_urgent: bool
    options: list[Option]


class Known(NamedTuple):
    """Whether the publisher gets to know who sends a notice, in words, by which law."""

    said: str
    regime: str


class Promise(NamedTuple):
    """A time limit that a notice starts; `regime` is the law for which alone it holds, if not for all."""

    label: str
    span: str
    n: int
    nature: str
    source: str
    regime: str


class Measured(NamedTuple):
    """How complete a notice is by one regime, or by the form, in words: what is there, of how much, what is missing."""

    label: str
    source: str
    tone: str
    said: str
    there: int
    total: int
    missing: list[tuple[Requirement, str]]  # with the question that cures it, where the form has one
    is_blocking: bool = False  # it is not sent without them


class Row(NamedTuple):
    """A question and its answer, as the check page shows them."""

    name: str
    label: str
    answer: str


def article_of(site: Site, typed: str, now: datetime) -> Entry | None:
    """Return the article that an address names as lists show it, while readers may see it."""
    slug = slug_of(typed, site.base_url)
    found = list(db.session.scalars(visible(now).where(Article.id == former.number_of(slug)))) if slug else []
    return next(iter(entries(site, found, now)), None)


def passage_in(typed: Mapping[str, str]) -> str:
    """Return the passage that a reader selected, as the link on the article page brings it."""
    return clean(typed.get("exact", ""))[: quotes.LONGEST]


def quote_in(typed: Mapping[str, str]) -> dict[str, str]:
    """Return the answers that a selected passage makes, with what stands around it."""
    passage = passage_in(typed)
    around = [clean_line(typed.get(side, "")) for side in ("prefix", "suffix")]
    quote = quotes.Quote(passage, around[0][-quotes.AROUND :], around[1][: quotes.AROUND])
    return {"passage": passage, "passage_context": quotes.packed([quote])} if passage else {}


def carried(article: Entry | None, typed: Mapping[str, str]) -> str:
    """Return what an address of the form says about the article and the passage, to be said again."""
    if article is None:
        return ""
    given = {"article": article.slug, "exact": passage_in(typed)}
    if given["exact"]:
        given |= {side: clean_line(typed.get(side, ""))[: 2 * quotes.AROUND] for side in ("prefix", "suffix")}
    return f"?{urlencode({name: value for name, value in given.items() if value})}"


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


def promises(site: Site, category: Category, now: datetime) -> list[Promise]:
    """Return the limits that start with a notice of a category now, those that always run first."""
    regimes = [REGIMES[name] for name in category.regimes]
    kinds = dict.fromkeys(kind for regime in regimes for kind in regime.clocks)
    found = []
    for kind in kinds:
        rule = rule_of(ClockKind(kind), targets_eu=site.targets_eu)
        having = [regime for regime in regimes if kind in regime.clocks]
        span, n = _span(length_of(ClockKind(kind), now, site.calendars, is_urgent=category.is_urgent))
        only = having[0].label if len(having) == 1 < len(regimes) else ""
        found.append(Promise(rule.label, span, n, rule.nature.label, rule.source, only))
    return sorted(found, key=lambda promise: bool(promise.regime))


def _span(length: Length) -> tuple[str, int]:
    return _SPANS[type(length)], getattr(length, "n", 0)


def targets(site: Site, language: str, notice: Notice, now: datetime) -> list[Target]:
    """Return what a new notice is promised, by the clocks that run for it: each limit once, the nearest of its kind."""
    found: dict[tuple[str, str], Target] = {}
    for item in notice.items:
        for target in clocks.targets(site, language, item, now):
            if not target.is_late:
                found.setdefault((target.label, target.source), target)
    return sorted(found.values(), key=lambda target: target.due_at)


def measured(site: Site, category: Category, given: Mapping[str, str], files: Iterable[DraftFile]) -> list[Measured]:
    """Return how complete a notice is by each regime it would come under; what the form would not take does not count.

    What it cannot be sent without comes first, as long as any of that is missing.
    """
    cleaned, wrong = review(category, given)
    found = _blocking(category, cleaned, wrong)
    is_stopped = bool(found)
    asked = {element.name for element in category.questions if element.is_asked_by(given)}
    given, regimes = _coming_under(site, category, given, wrong)
    purposes = frozenset(file.purpose for file in files)
    for assessment in assess(regimes, given, purposes, category.name):
        regime, (tone, said) = REGIMES[assessment.regime], _TONES[assessment.completeness]
        said = _UNSENT[assessment.completeness] if is_stopped else said
        cures = [(need, next((n for n in need.any_of if n in asked), "")) for need in assessment.missing]
        total = sum(need.concerns(given, category.name) for need in regime.requires)
        found.append(Measured(regime.label, regime.source, tone, said, total - len(cures), total, cures))
    return found


def _blocking(category: Category, cleaned: Mapping[str, str], wrong: Collection[str]) -> list[Measured]:
    """Return what the form refuses to go without, or to take as it was typed; nothing when it can be sent."""
    needed = {e.name for e in category.questions if e.is_asked_by(cleaned) and category.requires(e, cleaned)}
    lacks = [(_to_be_given(element), element.name) for element in category.questions if element.name in wrong]
    total = len(needed.union(wrong))
    found = Measured(
        N_("必填的内容"), OUR_RULES, "danger", N_("缺了不能提交"), total - len(lacks), total, lacks, is_blocking=True
    )
    return [found] if lacks else []


def _to_be_given(element: Element) -> Requirement:
    """Return a question that has to be answered as something required; a statement in its own words."""
    cure = element.label if element.kind is Kind.STATEMENT else N_("没有填，或者填得不对。")
    return Requirement((element.name,), element.heading, cure, OUR_RULES, is_essential=True)


def known(site: Site, category: Category, given: Mapping[str, str]) -> Known:
    """Return whether the publisher gets to know who sends a notice with these answers, and why."""
    given, regimes = _coming_under(site, category, given, review(category, given)[1])
    said, regime = telling(regimes, given)
    return Known(said, REGIMES[regime].label)


def _coming_under(
    site: Site, category: Category, given: Mapping[str, str], wrong: Collection[str]
) -> tuple[dict[str, str], tuple[RegimeName, ...]]:
    """Return the answers that the form would take, which are not `wrong`, and the regimes that a notice with them would come under.

    A name that has to be given is taken as given: without it the notice is not sent, and under no other law.
    """
    taken = {name: answer for name, answer in given.items() if name not in wrong}
    is_missing = "notifier_name" not in taken and category.requires(ELEMENTS["notifier_name"], taken)
    named = taken | ({"notifier_name": "?"} if is_missing else {})
    return taken, applying(category, named, targets_eu=site.targets_eu)


def rows(category: Category, given: Mapping[str, str], language: str, say: Callable[[str], str]) -> list[Row]:
    """Return what was answered, options, statements and countries in full words."""
    found: list[Row] = []
    for element in category.elements:
        if (answer := given.get(element.name)) and element.kind is not Kind.HIDDEN:
            ours = in_our_words(element, answer)
            label, text = say(element.heading), say(ours) if ours else countries.read(element, answer, language)
            if found and found[-1].label == label:  # statements: one heading for all that are made
                found[-1] = found[-1]._replace(answer=f"{found[-1].answer}\n{text}")
            else:
                found.append(Row(element.name, label, text))
    return found
