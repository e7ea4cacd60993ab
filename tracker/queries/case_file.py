"""All there is on one case: the article as it was, what each notifier says, what happened, and the mails."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from markupsafe import Markup
from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload, selectinload

from tracker import content
from tracker.db import db
from tracker.domain.countries import CODES
from tracker.domain.elements import ELEMENTS, Kind
from tracker.domain.errors import BadContent, no_case
from tracker.domain.notices import in_our_words, signature_differs
from tracker.domain.passages import Anchor, Passage, anchor
from tracker.domain.serving import LEGAL
from tracker.domain.terms import territory
from tracker.domain.visibility import KIND_LABELS, Terms
from tracker.models import (
    OF_NO_CASE,
    Case,
    Decision,
    EffectProof,
    Item,
    Mail,
    MailState,
    Measure,
    Message,
    Notice,
    Revision,
)
from tracker.queries.case_timeline import Moment, timeline
from tracker.queries.comparison import standing
from tracker.render import countries, illustrations
from tracker.render.site import WRITTEN, Site
from tracker.render.visible import is_open

_CONTACT = frozenset({"email", "phone", "postal_address"})
_ELSEWHERE = frozenset({"addresses", "notifier_name", "passage", "passage_context", "explanation", "inaccurate_parts"})

NOTICES = 20
"""How many notices a page of the file shows; the decision is about all of them."""

_FAILED = (MailState.BOUNCED, MailState.GIVEN_UP)

NEWEST = 50
"""How many mails the file shows, the newest; the page of mails has all."""


class Answer(NamedTuple):
    """What a notifier answered to one question, in words."""

    label: str
    text: str


@dataclass(frozen=True)
class Claim:
    """What one notice says about this case's article."""

    item: Item
    notice: Notice
    number: int
    is_still_there: bool  # any of its passages, in the article as it is now
    is_marked: bool  # the passage, in the article as shown
    is_signed_by_another: bool
    words: list[Answer]
    answers: list[Answer]
    contact: list[Answer]


class InForce(NamedTuple):
    """A measure of the case that has not ended, with how each of its passages is found in the article of today."""

    measure: Measure
    kind: str
    terms: Terms
    passages: list[tuple[Passage, Anchor]]


@dataclass(frozen=True)
class CaseFile:
    """A case with everything that a moderator needs to decide it."""

    case: Case
    claims: list[Claim]  # of one page of notices
    page: int  # 0: of all
    suggested: dict[str, str]  # what a moderator may go on from: passages that still stand, the territory of an order
    title: str
    revision: Revision
    revisions: list[Revision]
    body: Markup
    has_changed: bool
    measure: Measure | None
    in_force: InForce | None
    proofs: list[EffectProof]
    decisions: list[Decision]
    timeline: list[Moment]
    mails: list[Mail]

    @property
    def notices(self) -> int:
        """Return how many notices the case has."""
        return len(self.case.items)

    @property
    def pages(self) -> int:
        """Return on how many pages they stand."""
        return _pages(self.case)

    @property
    def undelivered(self) -> list[Mail]:
        """Return the mails that the law counts on and that arrived by no way."""
        gone = [mail for mail in self.mails if mail.state in _FAILED]
        return [mail for mail in gone if mail.reached_at is None and mail.name in LEGAL]


def case_file(site: Site, number: int, now: datetime, revision_id: int | None = None, page: int = 0) -> CaseFile:
    """Return the file of a case, with the article as the first notice found it or as `revision_id` has it.

    With the notices of one page, or of all; a crowd of them is asked of the database in as many questions as one. Raises NotFound.
    """
    case = db.session.scalar(select(Case).where(Case.id == number).options(*_LOADED))
    if case is None:
        raise no_case()
    revisions = list({item.revision_id: item.revision for item in case.items}.values()) or [case.article.revision]
    revision = next((r for r in revisions if r.id == revision_id), revisions[0])
    mails = _mails(case)
    decisions = case.decisions
    text = content.text_of(case.article.revision.source)
    page = page and min(max(page, 1), _pages(case))
    claims, body = _claims(case, revision, text, page)
    return CaseFile(
        case=case,
        claims=claims,
        page=page,
        suggested=_suggested(case, text),
        title=_title(site, case, revision),
        revision=revision,
        revisions=revisions,
        body=body,
        has_changed=case.article.revision_id != revision.id,
        measure=(measure := db.session.scalar(select(Measure).where(Measure.case_id == case.id, is_open(now)))),
        in_force=_in_force(measure) if measure else None,
        proofs=_proofs(case),
        decisions=decisions,
        timeline=timeline(site, case, mails),
        mails=mails,
    )


_LOADED = (
    joinedload(Case.article),
    joinedload(Case.assignee),
    selectinload(Case.clocks),
    selectinload(Case.claims),
    selectinload(Case.decisions).joinedload(Decision.decided_by),
    selectinload(Case.items).selectinload(Item.revision),
    selectinload(Case.items).joinedload(Item.notice).selectinload(Notice.attachments),
    selectinload(Case.items).joinedload(Item.notice).selectinload(Notice.messages).selectinload(Message.attachments),
    selectinload(Case.messages).selectinload(Message.attachments),
)


def _pages(case: Case) -> int:
    return max(1, -(-len(case.items) // NOTICES))


def _suggested(case: Case, text: str) -> dict[str, str]:
    first = case.items[:NOTICES]
    codes = territory(" ".join(item.notice.answers.get("territory", "") for item in first))
    return {
        "passages": "\n\n".join(dict.fromkeys(passage for item in first for passage in standing(item, text))),
        "territory": ", ".join(code for code in codes if code in CODES),
    }


def _in_force(measure: Measure) -> InForce:
    article, terms = measure.article, Terms.from_dict(measure.terms)
    texts = (content.text_of(article.revision.source), article.title, article.summary) if terms.passages else ("",)
    passages = [(passage, anchor(passage, *texts)) for passage in terms.passages]
    return InForce(measure, KIND_LABELS[measure.kind], terms, passages)


def _proofs(case: Case) -> list[EffectProof]:
    """Return what was found when the surfaces were read, the last look first."""
    found = select(EffectProof).where(EffectProof.case_id == case.id)
    return list(db.session.scalars(found.order_by(EffectProof.at.desc(), EffectProof.id.desc())))


def _title(site: Site, case: Case, revision: Revision) -> str:
    try:
        return content.read_article(revision.source, site.category_texts, WRITTEN).title
    except BadContent:  # checked by the rules of its time, which were others
        return case.article.title


def _marked(revision: Revision, items: list[tuple[int, Item]]) -> tuple[Markup, set[int]]:
    """Return the body of a revision with the passages marked, and the items whose passage stands in it."""
    pictures = illustrations.shown(revision, f"{illustrations.FOR_STAFF}/")
    html = content.render(content.body_of(revision.source), shown=pictures).html
    html = re.sub(r' id="[^"]*"', "", html)  # the page around it has ids of its own
    marked = set()
    for number, item in items:
        for quote in item.quotes:
            fresh = content.mark(html, quote["exact"], quote["prefix"], quote["suffix"])
            if fresh != html and item.id not in marked:
                marked.add(item.id)
                fresh = fresh.replace("<mark>", f'<mark id="passage-{number}">', 1)
            html = fresh.replace("<mark>", '<mark class="rest">')
    return Markup(html), marked  # noqa: S704 - sanitised by content.render


def _claims(case: Case, revision: Revision, text: str, page: int) -> tuple[list[Claim], Markup]:
    """Return what the notices of a page say, and the body of the article with what they quote marked; `text` is that of today."""
    every = list(enumerate(case.items, 1))
    shown = every[(page - 1) * NOTICES : page * NOTICES] if page else every
    body, marked = _marked(revision, shown)
    claims = [
        Claim(
            item=item,
            notice=item.notice,
            number=number,
            is_still_there=bool(standing(item, text)),
            is_marked=item.id in marked,
            is_signed_by_another=signature_differs(item.notice.answers),
            words=list(_answers(item.notice, {"explanation", "inaccurate_parts"})),
            answers=list(_answers(item.notice, set(ELEMENTS) - _CONTACT - _ELSEWHERE)),
            contact=list(_answers(item.notice, _CONTACT)),
        )
        for number, item in shown
    ]
    return claims, body


def _answers(notice: Notice, wanted: set[str] | frozenset[str]) -> Iterator[Answer]:
    for name, element in ELEMENTS.items():
        if name not in wanted:
            continue
        if element.kind is Kind.STATEMENT:
            if name in notice.statements:
                yield Answer(element.heading, notice.statements[name])
        elif name in notice.answers:
            said = notice.answers[name]
            yield Answer(element.label, in_our_words(element, said) or countries.read(element, said, WRITTEN[0]))


def _mails(case: Case) -> list[Mail]:
    """Return the newest mails about a case, and those that arrived nowhere, however old."""
    of_case = select(Item.notice_id).where(Item.case_id == case.id)
    ways = (Mail.case_id == case.id, and_(OF_NO_CASE, Mail.notice_id.in_(of_case)))
    found: dict[int, Mail] = {}
    for about in ways:
        newest = select(Mail).where(about).order_by(Mail.id.desc()).limit(NEWEST)
        failed = select(Mail).where(about, Mail.state.in_(_FAILED), Mail.reached_at.is_(None))
        found |= {mail.id: mail for wanted in (newest, failed) for mail in db.session.scalars(wanted)}
    return [found[number] for number in sorted(found)]
