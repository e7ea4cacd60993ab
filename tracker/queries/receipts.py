"""What a receipt shows to its holder: what we hold, where each article stands, what we promise; who decided by handle alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from tracker.db import db
from tracker.domain.categories import CATEGORIES, Category
from tracker.domain.decisions import GROUND_LABELS, OUTCOME_LABELS, Outcome
from tracker.domain.elements import Kind
from tracker.domain.errors import N_
from tracker.domain.lifecycle import ENDING_LABELS, LABELS, ItemState, State
from tracker.domain.notices import Answered, in_our_words
from tracker.domain.reasons import beside, own_words, told
from tracker.domain.redress import APPEAL_LABELS, CounterState, is_against
from tracker.domain.refusals import REFUSALS, Refusal, RefusalGround
from tracker.domain.regimes import Side
from tracker.models import Article, Attachment, Case, Decision, Item, Mail, Mailbox, Notice
from tracker.queries import receipt_events as events
from tracker.queries.case_data import Told, recipients_told
from tracker.queries.counter_copies import Forwarded, forwarded
from tracker.queries.receipt_clocks import Target as Target  # the form shows the same targets
from tracker.queries.receipt_clocks import appeal, own_appeals, targets
from tracker.queries.receipt_events import Event, Said, Sent
from tracker.queries.receipt_kept import Kept, kept
from tracker.queries.redress import Window, ways
from tracker.render import countries, former
from tracker.render.lists import path_of
from tracker.render.site import Site, in_script
from tracker.render.visible import seen, visible

YOURS_TO_ADD = N_("等您补充")
STAGES = (N_("收到"), N_("审核"), N_("处理结果"), N_("结束"))
"""The way of an article through a notice, in the order in which it goes."""

_SHOWN_APART = frozenset({"addresses", "passage"})
_TONES = {
    State.NEEDS_INFO: "warning",
    State.IN_REVIEW: "info",
    State.AWAITING_REPLY: "info",
    State.DECIDED: "success",
    State.COUNTERED: "warning",
    State.ON_HOLD: "info",
    State.APPEALED: "info",
}


class Decided(NamedTuple):
    """What was decided, on what ground, and why."""

    at: datetime
    done: list[str]  # the outcome, and what was put beside it
    ground_type: str
    ground_ref: str
    facts: str  # what was written for the notifier alone stands here, with no explanation beside it
    explanation: str
    redress: tuple[str, ...]
    is_against: bool  # them: it gave less than they asked for
    case: int
    by: int | None  # whose handle is shown; None: the law's own clock
    refusal: RefusalGround | None  # why nothing was done, where nothing was


class Appealed(NamedTuple):
    """How far an appeal has come, and what was said when it was decided."""

    state: str
    reasons: str


class Line(NamedTuple):
    """One article of a notice. Its title only while readers may see it too."""

    item: int
    title: str
    path: str
    address: str
    passage_found: bool
    stage: int  # where it stands in STAGES
    tags: list[tuple[str, str]]  # words and tone
    targets: list[Target]
    decided: Decided | None
    earlier: list[Decided]  # what was decided before that, the newest first
    is_active: bool  # what is said about it still reaches somebody
    is_countered: bool  # a counter-notice was forwarded, proof of proceedings is awaited
    appeal: Window | None
    appeals: list[Appealed]

    @property
    def name(self) -> str:
        """Return how the article is called on the page."""
        return self.title or self.address


@dataclass(frozen=True)
class Receipt:
    """Everything that the holder of a receipt sees."""

    notice: Notice
    category: Category
    passage: str
    lines: list[Line]
    left_out: list[str]  # addresses that are not ours, without which it was sent
    answers: list[Answered]
    statements: list[str]
    files: list[Attachment]
    mails: list[Sent]
    is_confirmed: bool
    was_moved: bool  # the e-mail address was corrected after a mail had gone to the one before
    messages: list[Said]
    events: list[Event]
    redress: list[str]
    kept: Kept
    told: list[Told]  # that something is gone
    forwarded: list[Forwarded]  # counter-notices that were passed on to them

    @property
    def active(self) -> list[Line]:
        """Return the articles about which something can still be added or taken back."""
        return [line for line in self.lines if line.is_active]

    @property
    def is_against(self) -> bool:
        """Say whether there is a decision to disagree with."""
        return any(line.decided and line.decided.is_against for line in self.lines)

    @property
    def is_granted(self) -> bool:
        """Say whether all that was asked for was done, and not for a while only: then the notice lacks nothing any more."""
        ended = [line.decided for line in self.lines if line.decided and line.decided.redress]
        return len(ended) == len(self.lines) and not self.is_against

    @property
    def countered(self) -> list[Line]:
        """Return the articles that come back unless proof of proceedings is sent."""
        return [line for line in self.lines if line.is_countered]

    @property
    def unread(self) -> list[Forwarded]:
        """Return the counter-notices that are not known to have come by mail."""
        return [each for each in self.forwarded if each.is_lost]

    @property
    def appealable(self) -> list[Line]:
        """Return the articles whose decision can be appealed now."""
        return [line for line in self.lines if line.appeal]


def receipt(site: Site, language: str, notice_id: int, now: datetime) -> Receipt:
    """Return the living receipt of a notice."""
    notice = db.session.get_one(Notice, notice_id)
    items = list(db.session.scalars(_items(notice)))
    named = {item.article_id for item in items}
    readable = list(db.session.scalars(visible(now).where(Article.id.in_(named))))
    titles = {number: in_script(shown.title, language) for number, shown in seen(site, readable, now).items()}
    lines = {item.id: _line(site, language, item, now, titles.get(item.article_id)) for item in items}
    messages, mails = events.thread(notice), events.mails(site, notice)
    return Receipt(
        notice=notice,
        category=CATEGORIES[notice.category],
        passage=notice.answers.get("passage", ""),
        lines=list(lines.values()),
        left_out=former.left_out(notice.answers.get("addresses", ""), [item.article for item in items], site.base_url),
        answers=list(_answers(notice, language)),
        statements=list(notice.statements.values()),
        files=notice.attachments,
        mails=mails,
        is_confirmed=db.session.get(Mailbox, notice.mailbox) is not None,
        was_moved=was_moved(notice),
        messages=messages,
        events=events.timeline(notice, items, {number: line.name for number, line in lines.items()}, messages),
        redress=list(dict.fromkeys(way for line in lines.values() if line.decided for way in line.decided.redress)),
        kept=kept(notice, items, messages, bool(mails), now),
        told=recipients_told(site, [item.case_id for item in items]),
        forwarded=forwarded(notice, items),
    )


def was_moved(notice: Notice) -> bool:
    """Say whether the code of the mails went to another mailbox than the one of today: then it proves nothing of this."""
    elsewhere = select(Mail.id).where(Mail.notice_id == notice.id, Mail.mailbox != notice.mailbox)
    return db.session.scalar(elsewhere.where(Mail.secret_purpose == events.TO_NOTIFIER).limit(1)) is not None


def _items(notice: Notice) -> Select[Item]:
    case = selectinload(Item.case)
    parts = (Case.clocks, Case.decisions, Case.counter_notices, Case.appeals)
    with_all = (selectinload(Item.article), *(case.selectinload(part) for part in parts))
    return select(Item).where(Item.notice_id == notice.id).order_by(Item.id).options(*with_all)


def _line(site: Site, language: str, item: Item, now: datetime, title: str | None) -> Line:
    case, is_closed, is_readable = item.case, item.state is ItemState.CLOSED, title is not None
    decisions, window = answers_to(item), appeal(item, now)
    decision = decisions[0] if decisions else None
    waits_for_proof = any(counter.state is CounterState.FORWARDED for counter in case.counter_notices)
    return Line(
        item=item.id,
        title=title or "",
        path=path_of(item.article, language) if is_readable else "",
        address=item.address,
        passage_found=item.passage_found,
        stage=_stage(item),
        tags=list(_tags(item)),
        targets=targets(site, language, item, now),
        decided=decided(decision, is_readable=is_readable, may_appeal=window is not None) if decision else None,
        earlier=[decided(each, is_readable=True, may_appeal=False) for each in decisions[1:]],
        is_active=not is_closed and case.closed_at is None and item.notice.erased_at is None,
        is_countered=waits_for_proof and item.state is ItemState.ANSWERED,
        appeal=window,
        appeals=[Appealed(APPEAL_LABELS[sent.state], sent.reasons) for sent in own_appeals(item.notice, case)],
    )


def _stage(item: Item) -> int:
    """Return how far an item has come: a question to its sender or its publisher belongs to the review."""
    if item.state is ItemState.CLOSED or item.case.closed_at:
        return 3
    if item.case.decided_at:
        return 2
    return 0 if item.case.state is State.RECEIVED else 1


def _tags(item: Item) -> Iterator[tuple[str, str]]:
    """Yield where an item stands, and its case: once an item has ended, the case is the matter of others."""
    if item.state is ItemState.CLOSED:
        yield (ENDING_LABELS[item.ended] if item.ended else events.ENDED), "neutral"
        return
    if item.state is ItemState.NEEDS_INFO:
        yield YOURS_TO_ADD, "warning"
    if item.state is not ItemState.NEEDS_INFO or item.case.state is not State.NEEDS_INFO:
        yield LABELS[item.case.state], _TONES.get(item.case.state, "neutral")


def answer_to(item: Item) -> Decision | None:
    """Return the last decision, or the last before an item ended without one."""
    return next(iter(answers_to(item)), None)


def answers_to(item: Item) -> list[Decision]:
    """Return what was decided on the case of an item since its notice came and while it ran, the newest first; that alone may be older."""
    ended_at = item.answered_at if item.state is ItemState.CLOSED else None
    found = [d for d in item.case.decisions if ended_at is None or d.decided_at <= ended_at]
    return [d for d in reversed(found) if d is found[-1] or d.decided_at >= item.notice.received_at]


def decided(decision: Decision, *, is_readable: bool, may_appeal: bool) -> Decided:
    """Return what a notifier reads of a decision: what was written for them alone, or else facts and reasons."""
    is_lifted = decision.outcome is Outcome.RESTORED and not is_readable
    own = own_words(decision.to_notifier, told(decision.facts, decision.ground_explanation))
    return Decided(
        decision.decided_at,
        [events.LIFTED if is_lifted else OUTCOME_LABELS[decision.outcome], *beside(decision.statement)],
        GROUND_LABELS[decision.ground_type],
        decision.ground_ref,
        own or decision.facts,
        "" if own else decision.ground_explanation,
        () if decision.outcome is Outcome.INTERIM else tuple(ways(decision, Side.NOTIFIER, may_appeal=may_appeal)),
        is_against(decision.outcome, Side.NOTIFIER),
        decision.case_id,
        decision.decided_by_id,
        REFUSALS[Refusal(decision.refusal)] if decision.refusal else None,
    )


def _answers(notice: Notice, language: str) -> Iterator[Answered]:
    """Yield what was answered, but for what the receipt shows in its own place."""
    for element in CATEGORIES[notice.category].elements:
        answer = notice.answers.get(element.name, "")
        if answer and element.kind not in {Kind.STATEMENT, Kind.HIDDEN} and element.name not in _SHOWN_APART:
            yield Answered(element.label, in_our_words(element, answer), countries.read(element, answer, language))
