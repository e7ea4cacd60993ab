"""All there is on one case: the article as it was, what each notifier says, what happened, and the mails."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from markupsafe import Markup
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from tracker import content
from tracker.db import db
from tracker.domain.clocks import RULES
from tracker.domain.decisions import OUTCOME_LABELS, Outcome
from tracker.domain.elements import ELEMENTS, Kind
from tracker.domain.errors import N_, BadContent, NotFound
from tracker.domain.passages import locate
from tracker.domain.serving import LEGAL
from tracker.models import AuditEntry, Case, Decision, Item, Mail, MailState, Measure, Notice, Revision
from tracker.queries.desk import names
from tracker.queries.labels import ACTORS, KINDS, MAIL_STATES
from tracker.render.site import PREFIXES, Site
from tracker.render.visible import stands

_CONTACT = frozenset({"email", "phone", "postal_address"})
_ELSEWHERE = frozenset({"addresses", "notifier_name", "passage", "explanation", "inaccurate_parts"})


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
    is_still_there: bool  # the passage, in the article as it is now
    is_marked: bool  # the passage, in the article as shown
    words: list[Answer]
    answers: list[Answer]
    contact: list[Answer]


class Moment(NamedTuple):
    """A line of the timeline."""

    at: datetime
    title: str
    text: str


@dataclass(frozen=True)
class CaseFile:
    """A case with everything that a moderator needs to decide it."""

    case: Case
    claims: list[Claim]
    title: str
    revision: Revision
    revisions: list[Revision]
    body: Markup
    has_changed: bool
    measure: Measure | None
    decisions: list[Decision]
    timeline: list[Moment]
    mails: list[Mail]

    @property
    def undelivered(self) -> list[Mail]:
        """Return the mails that the law counts on and that arrived by no way."""
        gone = [mail for mail in self.mails if mail.state in {MailState.BOUNCED, MailState.GIVEN_UP}]
        return [mail for mail in gone if mail.reached_at is None and mail.name in LEGAL]


def case_file(site: Site, number: int, now: datetime, revision_id: int | None = None) -> CaseFile:
    """Return the file of a case, with the article as the first notice found it or as `revision_id` has it.

    Raises NotFound.
    """
    case = db.session.scalar(select(Case).where(Case.id == number).options(*_LOADED))
    if case is None:
        raise NotFound(N_("没有这个案件。"))
    revisions = list({item.revision_id: item.revision for item in case.items}.values()) or [case.article.revision]
    revision = next((r for r in revisions if r.id == revision_id), revisions[0])
    mails = _mails(case)
    decisions = case.decisions
    body, marked = _marked(revision, case.items)
    return CaseFile(
        case=case,
        claims=_claims(case, marked),
        title=_title(site, case, revision),
        revision=revision,
        revisions=revisions,
        body=body,
        has_changed=case.article.revision_id != revision.id,
        measure=db.session.scalar(select(Measure).where(Measure.case_id == case.id, stands(now))),
        decisions=decisions,
        timeline=sorted(_moments(case, mails), key=lambda moment: moment.at),
        mails=mails,
    )


_LOADED = (
    joinedload(Case.article),
    joinedload(Case.assignee),
    selectinload(Case.clocks),
    selectinload(Case.decisions).joinedload(Decision.decided_by),
    selectinload(Case.items).joinedload(Item.revision),
    selectinload(Case.items).joinedload(Item.notice).selectinload(Notice.attachments),
)


def _title(site: Site, case: Case, revision: Revision) -> str:
    try:
        return content.read_article(revision.source, site.category_texts, PREFIXES).title
    except BadContent:  # checked by the rules of its time, which were others
        return case.article.title


def _marked(revision: Revision, items: list[Item]) -> tuple[Markup, set[int]]:
    """Return the body of a revision with the passages marked, and the items whose passage stands in it."""
    html = content.render(content.body_of(revision.source)).html
    html = re.sub(r' id="[^"]*"', "", html)  # the page around it has ids of its own
    marked = set()
    for number, item in enumerate(items, 1):
        fresh = content.mark(html, item.passage)
        if fresh != html:
            marked.add(item.id)
            html = fresh.replace("<mark>", f'<mark id="passage-{number}">', 1).replace("<mark>", '<mark class="rest">')
    return Markup(html), marked  # noqa: S704 - sanitised by content.render


def _claims(case: Case, marked: set[int]) -> list[Claim]:
    text = content.text_of(case.article.revision.source)
    return [
        Claim(
            item=item,
            notice=item.notice,
            number=number,
            is_still_there=bool(item.passage) and locate(item.passage, text) is not None,
            is_marked=item.id in marked,
            words=list(_answers(item.notice, {"explanation", "inaccurate_parts"})),
            answers=list(_answers(item.notice, set(ELEMENTS) - _CONTACT - _ELSEWHERE)),
            contact=list(_answers(item.notice, _CONTACT)),
        )
        for number, item in enumerate(case.items, 1)
    ]


def _answers(notice: Notice, wanted: set[str] | frozenset[str]) -> Iterator[Answer]:
    for name, element in ELEMENTS.items():
        if name not in wanted:
            continue
        if element.kind is Kind.STATEMENT:
            if name in notice.statements:
                yield Answer(N_("声明"), notice.statements[name])
        elif name in notice.answers:
            yield Answer(element.label, dict(element.options).get(notice.answers[name], notice.answers[name]))


def _mails(case: Case) -> list[Mail]:
    notices = {item.notice_id for item in case.items}
    about = or_(Mail.case_id == case.id, Mail.case_id.is_(None) & Mail.notice_id.in_(notices))
    return list(db.session.scalars(select(Mail).where(about).order_by(Mail.id)))


def _moments(case: Case, mails: list[Mail]) -> Iterator[Moment]:
    entries = list(db.session.scalars(select(AuditEntry).where(AuditEntry.case_id == case.id).order_by(AuditEntry.seq)))
    known = ACTORS | names(entry.actor for entry in entries)
    for entry in entries:
        said = [known.get(entry.actor, entry.actor)]
        if "outcome" in entry.facts:
            said.append(OUTCOME_LABELS[Outcome(entry.facts["outcome"])])
        yield Moment(entry.at, KINDS.get(entry.kind, entry.kind), " · ".join(said))
    for item in case.items:
        yield Moment(item.notice.received_at, N_("收到通知"), item.notice.reference)
    for clock in case.clocks:
        rule = RULES[clock.kind]
        if clock.stopped_at is None or clock.stopped_at > clock.due_at:
            yield Moment(clock.due_at, N_("期限"), f"{rule.label} · {rule.nature.label}")
    for mail in mails:
        yield Moment(mail.sent_at or mail.created_at, mail.subject, f"{mail.recipient} · {MAIL_STATES[mail.state]}")
