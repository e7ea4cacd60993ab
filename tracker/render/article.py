"""The page of an article: itself with what stands beside it, its tombstone, or that it was taken off."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from itertools import chain
from typing import Any, NamedTuple

from markupsafe import Markup
from sqlalchemy import bindparam, select

from tracker.db import db
from tracker.domain import visibility
from tracker.domain.categories import CATEGORIES
from tracker.domain.passages import Edit, edited
from tracker.domain.reasons import beside as beside_of
from tracker.domain.reasons import own_words, public
from tracker.domain.text import comparable, nested
from tracker.domain.visibility import HIDES, KIND_LABELS, SPEAKERS, MeasureKind, Speaker, Visibility
from tracker.models import Article, Case, Heat, Measure, PublicNotice
from tracker.render.answer import Gathered
from tracker.render.lists import Entry, entry, neighbours, numbered
from tracker.render.related import related_to
from tracker.render.site import PREFIXES, Site, editions, everywhere
from tracker.render.visible import Seen, as_rule, as_seen, edits_of, next_turn, seen, standing

_PAGE = "site/article.html"
_NEVER_FOUND = ("X-Robots-Tag", "noindex, noarchive")
_CHARACTERS_A_MINUTE = {"zh-Hans": 400, "en": 1100}
_ELEMENT = re.compile(rb'<article id="article".*?</article>', re.DOTALL)


@dataclass(frozen=True)
class Note:
    """What a page says about one measure on its article. `title`, `label`, `also_label` and `whose` may be message ids, the others never are."""

    number: int
    kind: MeasureKind
    title: str
    text: str
    label: str
    since: datetime
    until: datetime | None
    territory: tuple[str, ...]
    ground_type: str
    ground_ref: str
    case: int
    also_label: str
    reply: str
    whose: str
    speaker: str
    changes: list[tuple[str, str]]  # what stood there before and what does now, where it may be repeated
    covered: int  # how many passages


_HEAT = select(Heat.article_id, Heat.shown).where(Heat.article_id.in_(bindparam("numbers", expanding=True)))


class _Around(NamedTuple):
    """What stands round an article on its page."""

    previous: Entry | None = None
    next: Entry | None = None
    related: Sequence[Entry] = ()
    heat: int = 0


def articles(site: Site, rows: Sequence[Article], now: datetime) -> dict[int, Gathered]:
    """Return the page of each article, by its number: itself, its tombstone, or that its publisher took it off.

    What they are filled in with is asked for at once: an act makes the pages of a dozen.
    """
    measures = standing([row.id for row in rows])
    made: dict[int, Gathered] = {}
    readable: list[tuple[Article, Visibility]] = []
    for row in rows:
        what = visibility.visibility(map(as_rule, measures[row.id]), now)
        if what.measure is not None:
            made[row.id] = _tombstone(site, row, measures[row.id], what, now)
        elif row.file_gone_at is None:
            readable.append((row, what))
        else:
            made[row.id] = Gathered("site/gone.html", {}, what.until, status=HTTPStatus.GONE, extra=(_NEVER_FOUND,))
    around = _around(site, [row.id for row, _ in readable], now)
    until = next_turn(now)  # of its own measures, or a neighbour's
    for row, what in readable:
        made[row.id] = Gathered(_PAGE, _readable(site, row, what, around[row.id]), until)
    return made


def _around(site: Site, numbers: Sequence[int], now: datetime) -> dict[int, _Around]:
    if not numbers:
        return {}
    beside, alike = neighbours(numbers, now), related_to(numbers, now)
    others = numbered([*chain(*beside.values()), *chain(*alike.values())])
    shown = seen(site, list(others.values()), now)
    listed = {number: entry(site, other, shown[number]) for number, other in others.items()}
    heat = {row.article_id: row.shown for row in db.session.execute(_HEAT, {"numbers": numbers})}
    around = {}
    for number, (before, after) in beside.items():
        related = [listed[other] for other in alike[number] if other not in beside[number]]  # those are there anyway
        previous, following = (listed[other] if other else None for other in (before, after))
        around[number] = _Around(previous, following, related, heat.get(number, 0))
    return around


def restored(site: Site, row: Article, now: datetime) -> tuple[str, str]:
    """Return the SHA-256 of the article element as it would be without what hides it, and what it was made from.

    Both are hexadecimal; as long as the second stays the same, so must the first.
    """
    rules = [as_rule(measure) for measure in standing([row.id])[row.id]]
    what = visibility.visibility([rule for rule in rules if rule.kind not in HIDES], now)
    element = element_of(site.template(_PAGE, row.language, **_readable(site, row, what, _Around())).encode())
    made_from = [site.fingerprint(), row.revision.sha256, row.language, *(str(m.number) for m in what.beside)]
    return hashlib.sha256(element).hexdigest(), hashlib.sha256("\n".join(made_from).encode()).hexdigest()


def element_of(page: bytes) -> bytes:
    """Return the article element of a page, empty when it has none."""
    found = _ELEMENT.search(page)
    return found[0] if found else b""


def _readable(site: Site, row: Article, what: Visibility, around: _Around) -> dict[str, Any]:
    own = as_seen(site, row, what)
    rendered = own.body(row)
    notes = list(_notes(what, own.edits))
    return {
        "article": entry(site, row, own)._asdict() | _names(own),
        "opens_with_summary": comparable(rendered.text).startswith(comparable(own.summary)),
        "body": Markup(rendered.html),  # noqa: S704 - sanitised by content.render, with edits of our own
        "tags": own.tags,
        "toc": rendered.toc,
        "minutes": max(1, round(len(rendered.text) / _CHARACTERS_A_MINUTE[row.language])),
        "report_url": f"{PREFIXES[row.language]}/report?article={row.slug}",
        "alternates": _editions(row),
        "pictures": rendered.pictures,
        "notes": notes,
        "replies": [note for note in notes if note.reply],
        "modified_at": what.since,
        **around._asdict(),
    }


def _editions(row: Article) -> dict[str, str]:
    """Return where else an article can be read; in a language in which it is not, the site."""
    own = everywhere(f"/articles/{row.slug}")
    return everywhere("/") | {spoken: own[spoken] for spoken in editions(row.language)}


def _names(own: Seen) -> dict[str, str]:
    return {name: getattr(own, name) for name in ("source_name", "source_url", "publisher_name")}


def _notes(what: Visibility, gone: Sequence[Edit]) -> Iterable[Note]:
    """Yield what is said about each measure; words that another measure takes away stand in none of it."""
    for measure in what.beside:
        terms = measure.terms
        others = [edit for edit in gone if edit.passage not in terms.passages]
        whose = SPEAKERS[Speaker(terms.speaker)] if terms.speaker else ""
        yield Note(
            number=measure.number,
            kind=measure.kind,
            title=whose if measure.kind is MeasureKind.REPLY else KIND_LABELS[measure.kind],
            text=edited(terms.words, others),
            label=terms.label_words,
            also_label=terms.also_label_words,
            reply=edited(measure.reply, others),
            whose=whose,
            since=measure.starts_at,
            until=measure.ends_at,
            territory=terms.territory,
            ground_type=measure.ground_type,
            ground_ref=edited(measure.ground_ref, gone),
            case=measure.case,
            speaker=edited(terms.speaker_name, gone),
            changes=[(nested(edited(p.exact, others)), nested(edited(p.replacement, others))) for p in terms.passages]
            if terms.quotes_old
            else [],
            covered=len(terms.passages),
        )


def told_of_case(site: Site, number: int, now: datetime) -> list[dict[str, Any]]:
    """Return what everybody may know of the measures taken in a case, the earliest first; nothing where there is none.

    It names no article: which one it is, those know who came from it. What was taken back within its time of grace, and
    what has not begun, is not told.
    """
    case = db.session.get(Case, number)
    if case is None:
        return []
    every = standing([case.article_id])[case.article_id]
    rules = {measure.id: as_rule(measure) for measure in every}
    beside = visibility.visibility([rule for rule in rules.values() if rule.kind not in HIDES], now)
    gone = edits_of(site, beside, case.article.language)
    told = []
    for measure, rule in ((each, rules[each.id]) for each in every if each.case_id == number):
        has_begun = rule.starts_at <= now or not rule.is_scheduled
        if has_begun and measure.decision.undone_at is None:
            kinds = [KIND_LABELS[measure.kind], *beside_of(measure.decision.statement)]
            told.append(_told(measure, gone) | {"kinds": kinds, "stands": rule.stands(now)})
    return told


def _told(measure: Measure, gone: Sequence[Edit]) -> dict[str, Any]:
    """Return what everybody may know of a measure: who asked for it, since when and how far it goes, on what ground."""
    return {
        "is_whole": measure.kind in HIDES,
        "since": measure.starts_at,
        "until": measure.ends_at,
        "territory": as_rule(measure).terms.territory,
        "basis": edited(measure.decision.ground_ref, gone),
        "category_label": CATEGORIES[measure.case.category].label,
        **_asked(measure, gone),
    }


def _asked(measure: Measure, gone: Iterable[Edit]) -> dict[str, str]:
    """Return what the decision began with, and the court or authority that may be named; neither, where nobody may be told."""
    stated = measure.decision.statement
    if not stated.get("publisher_told", True):
        return {"source": "", "asked_by": ""}
    return {"source": str(stated.get("source", "")), "asked_by": edited(str(stated.get("asked_by", "")), gone)}


def _tombstone(site: Site, row: Article, measures: Sequence[Measure], what: Visibility, now: datetime) -> Gathered:
    measure = next(measure for measure in measures if what.measure and measure.id == what.measure.number)
    beside = visibility.visibility([rule for rule in map(as_rule, measures) if rule.kind not in HIDES], now)
    extra = [_NEVER_FOUND]
    if measure.kind is MeasureKind.WITHHOLD:
        extra.append(("Link", f'<{site.base_url}/>; rel="blocked-by"'))  # RFC 7725, 4: who implements the block
    gone = edits_of(site, beside, row.language)
    announced = db.session.scalar(select(PublicNotice.text).where(PublicNotice.case_id == measure.case_id))
    values = {
        "status": what.status,
        "is_interim": measure.is_interim,
        "said": edited(
            own_words(measure.decision.public, public(measure.decision.outcome, measure.decision.ground_ref)), gone
        ),
        "told": _told(measure, gone) | {"reference": measure.case_id},
        "announced": edited(announced, gone) if announced else "",
    }
    return Gathered("site/tombstone.html", values, what.until, status=what.status, extra=tuple(extra))
