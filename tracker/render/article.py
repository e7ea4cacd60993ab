"""The page of an article: itself with what stands beside it, its tombstone, or nothing."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import select

from tracker.db import db
from tracker.domain import visibility
from tracker.domain.categories import CATEGORIES
from tracker.domain.passages import Edit, edited
from tracker.domain.reasons import own_words, public
from tracker.domain.text import comparable
from tracker.domain.visibility import HIDES, KIND_LABELS, LABEL_WORDS, SPEAKERS, Label, MeasureKind, Speaker, Visibility
from tracker.models import Article, Heat, Measure, PublicNotice
from tracker.render.answer import Gathered
from tracker.render.lists import entry, neighbours
from tracker.render.related import related_to
from tracker.render.site import PREFIXES, Site, editions, everywhere
from tracker.render.visible import Seen, as_rule, as_seen, edits_of, next_turn, seen, standing

_PAGE = "site/article.html"
_CHARACTERS_A_MINUTE = {"zh-Hans": 400, "en": 1100}
_ELEMENT = re.compile(rb'<article id="article".*?</article>', re.DOTALL)


@dataclass(frozen=True)
class Note:
    """What a page says about one measure on its article. `title` and `reply` may be message ids, `text` never is."""

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
    speaker: str
    changes: list[tuple[str, str]]  # what stood there before and what does now, where it may be repeated
    covered: int  # how many passages


def article(site: Site, row: Article, now: datetime) -> Gathered | None:
    """Return the page of an article: itself, its tombstone, or None when its file is gone."""
    measures = list(db.session.scalars(standing(row.id)))
    what = visibility.visibility(map(as_rule, measures), now)
    if what.measure is not None:
        standing_now = next(measure for measure in measures if measure.id == what.measure.number)
        beside = visibility.visibility([rule for rule in map(as_rule, measures) if rule.kind not in HIDES], now)
        return _tombstone(site, row, standing_now, what, beside)
    if row.file_gone_at is not None:
        return None
    return Gathered(_PAGE, _readable(site, row, what, now), next_turn(now))  # its own, a neighbour's


def restored(site: Site, row: Article, now: datetime) -> tuple[str, str]:
    """Return the SHA-256 of the article element as it would be without what hides it, and what it was made from.

    Both are hexadecimal; as long as the second stays the same, so must the first.
    """
    rules = [as_rule(measure) for measure in db.session.scalars(standing(row.id))]
    what = visibility.visibility([rule for rule in rules if rule.kind not in HIDES], now)
    element = element_of(site.template(_PAGE, row.language, **_readable(site, row, what, now)).encode())
    made_from = [site.fingerprint(), row.revision.sha256, row.language, *(str(m.number) for m in what.beside)]
    return hashlib.sha256(element).hexdigest(), hashlib.sha256("\n".join(made_from).encode()).hexdigest()


def element_of(page: bytes) -> bytes:
    """Return the article element of a page, empty when it has none."""
    found = _ELEMENT.search(page)
    return found[0] if found else b""


def _readable(site: Site, row: Article, what: Visibility, now: datetime) -> dict[str, Any]:
    own = as_seen(site, row, what)
    rendered = own.body(row)
    before, after = neighbours(row, now)
    beside = [other for other in (before, after) if other is not None]
    related = [other for other in related_to(row, now) if other not in beside]  # those are on the page anyway
    others = seen(site, [*beside, *related], now)
    listed = {other.id: entry(site, other, others[other.id]) for other in (*beside, *related)}
    notes = list(_notes(site, what, own.edits, row.language))
    return {
        "article": entry(site, row, own)._asdict() | _names(own),
        "opens_with_summary": comparable(rendered.text).startswith(comparable(own.summary)),
        "body": Markup(rendered.html),  # noqa: S704 - sanitised by content.render, with edits of our own
        "tags": own.tags,
        "toc": rendered.toc,
        "heat": db.session.scalar(select(Heat.shown).where(Heat.article_id == row.id)) or 0,
        "minutes": max(1, round(len(rendered.text) / _CHARACTERS_A_MINUTE[row.language])),
        "report_url": f"{PREFIXES[row.language]}/report?article={row.slug}",
        "alternates": _editions(row),
        "editions": {spoken: path for spoken, path in _editions(row).items() if spoken in editions(row.language)},
        "pictures": rendered.pictures,
        "notes": notes,
        "replies": [note for note in notes if note.kind is MeasureKind.REPLY],
        "modified_at": what.since,
        "previous": listed[before.id] if before else None,
        "next": listed[after.id] if after else None,
        "related": [listed[other.id] for other in related],
    }


def _editions(row: Article) -> dict[str, str]:
    """Return where else an article can be read; in a language in which it is not, the site."""
    own = everywhere(f"/articles/{row.slug}")
    return everywhere("/") | {spoken: own[spoken] for spoken in editions(row.language)}


def _names(own: Seen) -> dict[str, str]:
    return {name: getattr(own, name) for name in ("source_name", "source_url", "publisher_name")}


def _notes(site: Site, what: Visibility, edits: Iterable[Edit], language: str) -> Iterable[Note]:
    """Yield what is said about each measure; words that another measure takes away stand in none of it."""
    gone = list(edits)
    for measure in what.beside:
        terms = measure.terms
        others = [edit for edit in gone if edit.passage not in terms.passages]
        speaker = SPEAKERS[Speaker(terms.speaker)] if terms.speaker else ""
        yield Note(
            number=measure.number,
            kind=measure.kind,
            title=speaker or KIND_LABELS[measure.kind],
            text=edited(terms.words, others),
            label=LABEL_WORDS[Label(terms.label)] if terms.label else "",
            since=measure.starts_at,
            until=measure.ends_at,
            territory=terms.territory,
            ground_type=measure.ground_type,
            ground_ref=edited(measure.ground_ref, gone),
            case=measure.case,
            speaker=edited(terms.speaker_name, gone),
            changes=[(edited(p.exact, others), edited(p.replacement, others)) for p in terms.passages]
            if terms.quotes_old
            else [],
            covered=len(terms.passages),
        )


def _asked(measure: Measure, gone: Iterable[Edit]) -> dict[str, str]:
    """Return what the decision began with, and the court or authority that may be named; neither, where nobody may be told."""
    stated = measure.decision.statement
    if not stated.get("publisher_told", True):
        return {"source": "", "asked_by": ""}
    return {"source": str(stated.get("source", "")), "asked_by": edited(str(stated.get("asked_by", "")), gone)}


def _tombstone(site: Site, row: Article, measure: Measure, what: Visibility, beside: Visibility) -> Gathered:
    extra = [("X-Robots-Tag", "noindex, noarchive")]
    if measure.kind is MeasureKind.WITHHOLD:
        extra.append(("Link", f'<{site.base_url}/>; rel="blocked-by"'))  # RFC 7725, 4: who implements the block
    gone = edits_of(site, beside, row.language)
    announced = db.session.scalar(select(PublicNotice.text).where(PublicNotice.case_id == measure.case_id))
    values = {
        "status": what.status,
        "is_interim": measure.is_interim,
        "title": None,  # the title may be what the measure is about
        "since": measure.starts_at,
        "until": measure.ends_at,
        "territory": as_rule(measure).terms.territory,
        "said": edited(
            own_words(measure.decision.public, public(measure.decision.outcome, measure.decision.ground_ref)), gone
        ),
        "basis": edited(measure.decision.ground_ref, gone),
        "category_label": CATEGORIES[measure.case.category].label,
        "reference": str(measure.case_id),
        "announced": edited(announced, gone) if announced else "",
        **_asked(measure, gone),
    }
    return Gathered("site/tombstone.html", values, what.until, status=what.status, extra=tuple(extra))
