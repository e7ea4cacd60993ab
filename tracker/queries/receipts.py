"""What a receipt shows to its holder: what we hold, where each article stands, the mails; never who decided."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from tracker.db import db
from tracker.domain.categories import CATEGORIES, Category
from tracker.domain.clocks import RULES, ClockKind
from tracker.domain.decisions import GROUND_LABELS, OUTCOME_LABELS
from tracker.domain.elements import Kind
from tracker.domain.errors import N_
from tracker.domain.lifecycle import LABELS, State
from tracker.domain.notices import in_our_words
from tracker.models import Article, Attachment, Case, Clock, Decision, Item, Mail, Mailbox, MailState, Notice
from tracker.render.lists import path_of
from tracker.render.visible import is_visible

MAIL_LABELS: dict[str, str] = {"acknowledgement": N_("收到通知的确认"), "decision": N_("处理结果")}

MAIL_STATES: dict[MailState, str] = {
    MailState.QUEUED: N_("等待发送"),
    MailState.HELD: N_("稍后发送：一天内发到未经确认的邮箱的邮件有上限"),
    MailState.SENT: N_("对方邮件服务器已接收"),
    MailState.BOUNCED: N_("被退回，请检查邮箱地址"),
    MailState.GIVEN_UP: N_("多次尝试仍未送达"),
}

RECEIVED = N_("收到您的通知")
IN_REVIEW = N_("开始审核")

_SHOWN_APART = frozenset({"addresses", "passage"})
_TONES = {State.RECEIVED: "neutral", State.IN_REVIEW: "info", State.DECIDED: "success"}


class Opening(NamedTuple):
    """What is needed to check a code, and no more: as much for a reference that exists as for one that does not."""

    notice: int | None
    reference: str
    epoch: str


class Target(NamedTuple):
    """A time limit as a target."""

    label: str
    source: str
    due_at: datetime
    stopped_at: datetime | None


class Decided(NamedTuple):
    """What was decided, on what ground, and why."""

    at: datetime
    outcome: str
    ground_type: str
    ground_ref: str
    facts: str
    explanation: str


class Line(NamedTuple):
    """One article of a notice. Its title only while readers may see it too."""

    title: str
    path: str
    address: str
    passage_found: bool
    state: str
    tone: str
    targets: list[Target]
    decided: Decided | None


class Event(NamedTuple):
    """One line of the timeline."""

    at: datetime
    title: str
    text: str


class Answer(NamedTuple):
    """A question and its answer: in our words, to be translated, or else as it was typed."""

    label: str
    ours: str
    typed: str


class Sent(NamedTuple):
    """A mail and how far it got."""

    label: str
    created_at: datetime
    sent_at: datetime | None
    state: str


@dataclass(frozen=True)
class Receipt:
    """Everything that the holder of a receipt sees."""

    notice: Notice
    category: Category
    passage: str
    lines: list[Line]
    answers: list[Answer]
    statements: list[str]
    files: list[Attachment]
    mails: list[Sent]
    is_confirmed: bool
    events: list[Event]


def opening(reference: str | None, epoch: str) -> Opening:
    """Return what a typed reference opens; an unknown one gets a stand-in, so that both take the same work."""
    columns = select(Notice.id, Notice.reference, Notice.key_epoch)
    row = db.session.execute(columns.where(Notice.reference == (reference or ""))).one_or_none()
    return Opening(*row) if row else Opening(None, "R-0000-0000-0000", epoch)


def receipt(notice_id: int, now: datetime) -> Receipt:
    """Return the living receipt of a notice."""
    notice = db.session.get_one(Notice, notice_id)
    items = list(db.session.scalars(_items(notice)))
    named = {item.article_id for item in items}
    readable = set(db.session.scalars(select(Article.id).where(is_visible(now), Article.id.in_(named))))
    lines = {item.case_id: _line(item, is_readable=item.article_id in readable) for item in items}
    return Receipt(
        notice=notice,
        category=CATEGORIES[notice.category],
        passage=notice.answers.get("passage", ""),
        lines=list(lines.values()),
        answers=list(_answers(notice)),
        statements=list(notice.statements.values()),
        files=notice.attachments,
        mails=[_mail(mail) for mail in db.session.scalars(_mails(notice))],
        is_confirmed=db.session.get(Mailbox, notice.mailbox) is not None,
        events=_grouped([Event(notice.received_at, RECEIVED, ""), *_events(notice, items, lines)]),
    )


def _items(notice: Notice) -> Select[Item]:
    case = selectinload(Item.case)
    with_all = (selectinload(Item.article), case.selectinload(Case.clocks), case.selectinload(Case.decisions))
    return select(Item).where(Item.notice_id == notice.id).order_by(Item.id).options(*with_all)


def _line(item: Item, *, is_readable: bool) -> Line:
    case = item.case
    decision = case.decisions[-1] if case.decisions else None
    return Line(
        title=item.article.title if is_readable else "",
        path=path_of(item.article) if is_readable else "",
        address=item.address,
        passage_found=item.passage_found,
        state=LABELS[case.state],
        tone=_TONES[case.state],
        targets=[_target(clock) for clock in case.clocks],
        decided=_decided(decision) if decision else None,
    )


def _target(clock: Clock) -> Target:
    rule = RULES[clock.kind]
    return Target(rule.label, rule.source, clock.due_at, clock.stopped_at)


def _decided(decision: Decision) -> Decided:
    return Decided(
        decision.decided_at,
        OUTCOME_LABELS[decision.outcome],
        GROUND_LABELS[decision.ground_type],
        decision.ground_ref,
        decision.facts,
        decision.ground_explanation,
    )


def _answers(notice: Notice) -> Iterator[Answer]:
    """Yield what was answered, but for what the receipt shows in its own place."""
    for element in CATEGORIES[notice.category].elements:
        answer = notice.answers.get(element.name, "")
        if answer and element.kind is not Kind.STATEMENT and element.name not in _SHOWN_APART:
            yield Answer(element.label, in_our_words(element, answer), answer)


def _mails(notice: Notice) -> Select[Mail]:
    """Return the mails to the notifier; those to the maintainers are none of theirs."""
    own = (Mail.notice_id == notice.id, Mail.mailbox == notice.mailbox, Mail.name.in_(MAIL_LABELS))
    return select(Mail).where(*own).order_by(Mail.id)


def _mail(mail: Mail) -> Sent:
    return Sent(MAIL_LABELS[mail.name], mail.created_at, mail.sent_at, MAIL_STATES[mail.state])


def _events(notice: Notice, items: list[Item], lines: dict[int, Line]) -> Iterator[Event]:
    for item in items:
        about = lines[item.case_id].title or item.address
        for clock in item.case.clocks:
            if clock.kind is ClockKind.TRIAGE and clock.stopped_at and clock.stopped_at >= notice.received_at:
                yield Event(clock.stopped_at, IN_REVIEW, about)
        for decision in item.case.decisions:
            yield Event(decision.decided_at, OUTCOME_LABELS[decision.outcome], about)


def _grouped(events: list[Event]) -> list[Event]:
    """Return the events in order, those of one act as one line."""
    about: dict[tuple[datetime, str], list[str]] = {}
    for event in events:
        about.setdefault((event.at, event.title), []).append(event.text)
    return [Event(at, title, "\n".join(texts)) for (at, title), texts in sorted(about.items(), key=lambda e: e[0][0])]
