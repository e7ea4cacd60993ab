"""What a notifier reads of a counter-notice that was passed on to them: as much as the law of their notice lets them know."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import select

from tracker.db import db
from tracker.domain.calendars import CalendarDays
from tracker.domain.clocks import RULES, ClockKind
from tracker.domain.disclosure import counter_disclosed
from tracker.domain.errors import N_
from tracker.domain.lifecycle import ItemState
from tracker.domain.redress import CounterState
from tracker.domain.regimes import RegimeName
from tracker.domain.serving import counter_of
from tracker.models import CounterNotice, Item, Mail, MailState, Notice
from tracker.queries.applying import of_all

REASONABLE_DAYS = cast(CalendarDays, RULES[ClockKind.CN_REASONABLE].length).n
"""How long 民法典 1196 leaves a notifier to prove that they complained or went to court, as this house counts it."""

_WHO = {
    "counter_name": N_("发布者"),
    "signature_name": N_("签名"),
    "counter_address": N_("通信地址"),
    "counter_phone": N_("电话"),
}
_CIVIL = frozenset({RegimeName.CN_COPYRIGHT, RegimeName.CN_CIVIL})
_RESTORES = frozenset({ClockKind.US_RESTORE, ClockKind.CN_REASONABLE})
_STATES = {
    CounterState.FORWARDED: N_("可以提交证明"),
    CounterState.HELD: N_("收到起诉或投诉的证明，措施继续"),
    CounterState.HONOURED: N_("文章已恢复"),
    CounterState.ENDED: N_("已结束"),
}


class Copy(NamedTuple):
    """What of a counter-notice a notifier may read, and by which laws it counts for them."""

    received_at: datetime
    who: list[tuple[str, str]]  # by label
    explanation: str
    evidence_urls: str
    files: int
    statements: list[str]
    is_us: bool
    is_cn: bool
    days: int


class Forwarded(NamedTuple):
    """A counter-notice as a receipt shows it: what it says, and until when proof of proceedings keeps the measure."""

    item: int
    at: datetime
    copy: Copy
    state: str
    is_open: bool  # proof can still be sent
    until: datetime | None  # None while nothing runs
    calendar: str
    is_lost: bool  # the mail that brought it is not known to have come


def copy(counter: CounterNotice, items: Iterable[Item]) -> Copy:
    """Return the copy for the notifier of these items: the whole of it goes to a notice under US law alone (512(g)(2)(B))."""
    own = [name for name in of_all(items) if name in counter.regimes]
    allowed = counter_disclosed(own, counter.answers)
    return Copy(
        received_at=counter.received_at,
        who=[(label, allowed[name]) for name, label in _WHO.items() if allowed.get(name)],
        explanation=allowed.get("explanation", ""),
        evidence_urls=allowed.get("evidence_urls", ""),
        files=sum(file.purpose == "files" for file in counter.message.attachments),
        statements=[words for name, words in counter.statements.items() if name in allowed],
        is_us=RegimeName.US_DMCA in own,
        is_cn=not _CIVIL.isdisjoint(own),
        days=REASONABLE_DAYS,
    )


def forwarded(notice: Notice, items: Sequence[Item]) -> list[Forwarded]:
    """Return the counter-notices that were passed on while items of a notice stood answered, the newest first.

    None once the personal data of the notice are erased: those of the other side go from its receipt as well.
    """
    if notice.erased_at:
        return []
    lost = _lost(notice)
    found = [
        _forwarded(counter, counter.forwarded_at, item, is_lost=counter.id in lost)
        for item in items
        for counter in item.case.counter_notices
        if counter.forwarded_at and _stood(item, counter.forwarded_at)
    ]
    return sorted(found, key=lambda each: each.at, reverse=True)


def _stood(item: Item, at: datetime) -> bool:
    """Say whether an item had its answer by then, and was not taken back or turned away."""
    return item.ended is None and item.answered_at is not None and item.answered_at <= at


def _forwarded(counter: CounterNotice, at: datetime, item: Item, *, is_lost: bool) -> Forwarded:
    own = (clock for clock in item.case.clocks if clock.subject == f"counter:{counter.id}" and clock.kind in _RESTORES)
    clock = next((clock for clock in own if clock.stopped_at is None), None)
    return Forwarded(
        item.id,
        at,
        copy(counter, [item]),
        _STATES[counter.state],
        counter.state is CounterState.FORWARDED and item.state is ItemState.ANSWERED,
        clock.due_at if clock else None,
        RULES[clock.kind].calendar if clock else "",
        is_lost,
    )


def _lost(notice: Notice) -> set[int | None]:
    """Return the counter-notices whose time runs and whose mail to this notifier is not known to have come."""
    gone = (Mail.reached_at.is_(None), Mail.state != MailState.QUEUED)
    sent = select(Mail.cause).where(Mail.notice_id == notice.id, Mail.name == "counter_forwarded", *gone)
    waiting = select(CounterNotice.id).where(CounterNotice.state == CounterState.FORWARDED)
    waits = set(db.session.scalars(waiting.where(CounterNotice.case_id.in_([i.case_id for i in notice.items]))))
    return {counter_of(cause) for cause in db.session.scalars(sent)} & waits
