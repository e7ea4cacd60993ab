"""What a publisher sees of a case about their article: the decision, their clocks, what was said to and by them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.categories import CATEGORIES
from tracker.domain.clocks import ClockKind, rule_of
from tracker.domain.decisions import GROUND_LABELS, OUTCOME_LABELS
from tracker.domain.errors import N_
from tracker.domain.lifecycle import LABELS, Source, State
from tracker.domain.reasons import beside, own_words, told
from tracker.domain.redress import (
    APPEAL_LABELS,
    PUBLISHER,
    RUNNING,
    AppealState,
    CounterState,
    counter_label,
    is_against,
    may_appeal,
)
from tracker.domain.regimes import REGIMES, RegimeName, Side
from tracker.domain.threads import LABELS as MESSAGE_LABELS
from tracker.domain.threads import MessageKind, Party
from tracker.domain.visibility import RESTRICTS
from tracker.models import (
    Appeal,
    Article,
    Attachment,
    Case,
    Clock,
    CounterNotice,
    Decision,
    Item,
    Measure,
    Message,
)
from tracker.queries.applying import regimes
from tracker.queries.counting import notes
from tracker.queries.redress import Window, answers, ways, window
from tracker.queries.silence import is_silent
from tracker.queries.silence import told as decisions_told
from tracker.render.lists import path_of
from tracker.render.site import Site, in_script
from tracker.render.visible import is_visible, stands

_FROM_US = (MessageKind.FORWARD, MessageKind.QUESTION, MessageKind.WORD)
_RESTORES = frozenset({ClockKind.US_RESTORE, ClockKind.CN_REASONABLE})
_OTHERS = frozenset({ClockKind.UK_POSTER, ClockKind.REPLY_WAIT, ClockKind.INTERIM})
NO_COUNTER = N_("这个案件适用的法律没有规定反通知。您可以答复，或者提出申诉。")

_NOT_THERE = N_("按照《民法典》第1196条，期限从反通知送达通知人时起算；现在还没有送达的消息。")
_NO_MEASURE = N_("这个案件现在没有对文章采取措施，所以没有什么可反对。")
ONE_RUNS = N_("您的反通知已经收到，正在办理，不需要再发一份。")
_NOT_NOW = N_("案件正在等待法院或主管机关，现在不能提交反通知。")
_MAY_COUNTER = frozenset({State.DECIDED, State.APPEALED})


class Limit(NamedTuple):
    """A running clock: what until when, how binding, by which provision, and why then, in the reader's language."""

    label: str
    nature: str
    source: str
    due_at: datetime
    is_paused: bool
    why: list[str]
    calendar: str  # in whose zone it is said


class Reasons(NamedTuple):
    """A decision with its statement of reasons."""

    at: datetime
    done: list[str]  # the outcome, and what was put beside it
    ground: str
    starts_at: datetime | None
    ends_at: datetime | None
    statement: dict[str, Any]
    is_against: bool  # them: something was done to their article
    told: str  # what was written for the publisher alone, in place of facts and explanation
    by: int | None  # whose handle is shown; None: the law's own clock


class Said(NamedTuple):
    """One message to or from the publisher, with the names of its files."""

    at: datetime
    title: str
    is_ours: bool
    by: int | None
    text: str
    files: list[str]


class Stage(NamedTuple):
    """A counter-notice or an appeal of the publisher: where it stands, and the reasons of its outcome."""

    received_at: datetime
    state: str
    changed_at: datetime | None
    reasons: str
    by: int | None
    note: str = ""  # ours, to be translated


@dataclass(frozen=True)
class PublisherPage:
    """Everything that the holder of a publisher's code sees, but for the notices."""

    case: Case
    category: str
    state: str  # empty while they must not know
    title: str
    path: str  # empty while readers may not see the article
    measure: Measure | None
    decision: Reasons | None
    earlier: list[Reasons]  # the newest first
    limits: list[Limit]
    thread: list[Said]
    counters: list[Stage]
    appeals: list[Stage]
    no_counter: str  # why no counter-notice can be sent now, or empty
    may_reply: bool
    appeal: Window | None  # in which they can appeal


def page(site: Site, case: Case, regimes: tuple[RegimeName, ...], language: str, now: datetime) -> PublisherPage:
    """Return what a publisher sees of a case to which these regimes apply, and what they can do now.

    Nothing of what was decided while an order forbids telling them, as in their mails.
    """
    is_told = not is_silent(case)
    measure = _measure(case, now) if is_told else None
    decision = case.decisions[-1] if case.decisions and is_told else None
    is_readable = db.session.scalar(select(is_visible(now)).where(Article.id == case.article_id))
    appeal = _window(case, decision, now)
    earlier = [each for each in reversed(decisions_told(case)) if each is not decision] if is_told else []
    return PublisherPage(
        case=case,
        category=CATEGORIES[case.category].label,
        state=LABELS[_state(case)] if is_told else "",
        title=in_script(case.article.title, language),
        path=path_of(case.article, language) if is_readable else "",
        measure=measure,
        decision=_reasons(decision, appeal) if decision else None,
        earlier=[_reasons(each, None) for each in earlier if each.statement],
        limits=list(_limits(site, case, language, appeal)) if is_told else [],
        thread=list(_said(site, case, language)),
        counters=[_counter(counter) for counter in case.counter_notices],
        appeals=[_appeal(sent) for sent in case.appeals if sent.party == PUBLISHER],
        no_counter=_no_counter(case, measure, regimes),
        may_reply=case.closed_at is None,
        appeal=appeal,
    )


def acts(case: Case, appeal_until: datetime | None, now: datetime) -> list[str]:
    """Return in words what a publisher can do on their page of a case now; `appeal_until` is None when they cannot appeal."""
    can = {
        N_("答复"): case.closed_at is None,
        N_("提交反通知"): not _no_counter(case, _measure(case, now), regimes(case)),
        N_("提出申诉"): appeal_until is not None,
    }
    return [act for act, is_open in can.items() if is_open]


def _state(case: Case) -> State:
    """Return where a case stands for its publisher: an appeal of a notifier is not for them to know."""
    own = any(sent.party == PUBLISHER and sent.state is AppealState.OPEN for sent in case.appeals)
    return State.DECIDED if case.state is State.APPEALED and not own else case.state


def _measure(case: Case, now: datetime) -> Measure | None:
    return db.session.scalar(select(Measure).where(Measure.case_id == case.id, stands(now)))


def items(case: Case) -> list[Item]:
    """Return the items a case rests on; what was withdrawn or turned away is none of the publisher's.

    Nothing of an order that forbids telling them; and whether one does, only a decision says, or that it was forwarded.
    """
    if is_silent(case):
        return []
    found = select(Item).where(Item.case_id == case.id, Item.ended.is_(None)).options(joinedload(Item.notice))
    is_told = any(decision.statement.get("publisher_told", True) for decision in case.decisions)
    if case.source is Source.ORDER and not is_told:
        found = found.where(Item.forwarded_at.is_not(None))
    return list(db.session.scalars(found.order_by(Item.id)))


def _no_counter(case: Case, measure: Measure | None, regimes: tuple[RegimeName, ...]) -> str:
    if any(counter.state in RUNNING for counter in case.counter_notices):
        return ONE_RUNS
    if measure is None or measure.kind not in RESTRICTS or case.decided_at is None:
        return _NO_MEASURE
    if not any(REGIMES[name].counter for name in regimes):
        return NO_COUNTER
    return "" if case.state in _MAY_COUNTER else _NOT_NOW


def _window(case: Case, decision: Decision | None, now: datetime) -> Window | None:
    """Return the window in which the last decision, which went against the publisher, can be challenged by them."""
    if decision is None or not may_appeal(decision.outcome, Side.PUBLISHER):
        return None
    if any(sent.party == PUBLISHER and sent.decision_id == decision.id for sent in case.appeals):
        return None
    return window(case, now)


def _limits(site: Site, case: Case, language: str, appeal: Window | None) -> Iterator[Limit]:
    own = {f"appeal:{appeal.id}" for appeal in case.appeals if appeal.party == PUBLISHER}
    for clock in case.clocks:
        if clock.stopped_at is None and _concerns(clock, own, appeal):
            rule, is_paused = rule_of(clock.kind, targets_eu=site.targets_eu), bool(clock.paused_at or clock.held_at)
            why, until = notes(site, clock, language), clock.due_at
            if clock.kind is ClockKind.APPEAL_WINDOW and appeal:
                until = appeal.until
            yield Limit(rule.label, rule.nature.label, rule.source, until, is_paused, why, rule.calendar)


def _concerns(clock: Clock, own_appeals: set[str], appeal: Window | None) -> bool:
    """Say whether a clock is the publisher's; an appeal of a notifier is not for them to know."""
    if clock.kind is ClockKind.APPEAL_WINDOW:
        return appeal is not None
    if clock.kind is ClockKind.APPEAL_DECIDE:
        return clock.subject in own_appeals
    return clock.kind in _RESTORES | _OTHERS


def _reasons(decision: Decision, appeal: Window | None) -> Reasons:
    open_ways = ways(decision, Side.PUBLISHER, may_appeal=appeal is not None)
    statement = decision.statement | {"redress": open_ways}
    starts, ends = (
        datetime.fromisoformat(at) if at else None for at in (statement.get("starts_at"), statement.get("ends_at"))
    )
    return Reasons(
        decision.decided_at,
        [OUTCOME_LABELS[decision.outcome], *beside(statement)],
        GROUND_LABELS[decision.ground_type],
        starts,
        ends,
        statement,
        is_against(decision.outcome, Side.PUBLISHER),
        own_words(decision.to_publisher, told(decision.facts, decision.ground_explanation)),
        decision.decided_by_id,
    )


def _thread(case: Case) -> Select[Message]:
    """Return what the publisher said and what was said to them: never a note of staff, never what a notifier said."""
    ours = and_(Message.party == Party.STAFF, Message.kind.in_(_FROM_US))
    theirs = Message.party == Party.PUBLISHER
    found = select(Message).where(Message.case_id == case.id, Message.notice_id.is_(None), or_(theirs, ours))
    return found.order_by(Message.id)


def _said(site: Site, case: Case, language: str) -> Iterator[Said]:
    """Yield the messages of the thread, a reply with what it answered to the questions of the regulations."""
    given = {r.message_id: answers(r, lambda words: site.gettext(words, language)) for r in case.replies}
    for message in db.session.scalars(_thread(case)):
        names = select(Attachment.name).where(Attachment.message_id == message.id).order_by(Attachment.id)
        told = [f"{question}\n{answer}" for question, answer in given.get(message.id, [])]
        yield Said(
            message.created_at,
            MESSAGE_LABELS[message.kind],
            message.party is Party.STAFF,
            message.account_id,
            "\n".join(filter(None, [message.text, *told])),
            list(db.session.scalars(names)),
        )


def _counter(counter: CounterNotice) -> Stage:
    has_reached = counter.reached_at is not None
    waits = counter.state is CounterState.FORWARDED and not has_reached
    note = _NOT_THERE if waits and RegimeName.US_DMCA not in counter.regimes else ""
    changed_at = counter.ended_at or counter.forwarded_at
    label = counter_label(counter.state, has_reached=has_reached)
    return Stage(counter.received_at, label, changed_at, "", None, note)


def _appeal(appeal: Appeal) -> Stage:
    return Stage(
        appeal.received_at, APPEAL_LABELS[appeal.state], appeal.decided_at, appeal.reasons, appeal.decided_by_id
    )
