"""Between us and a notifier before the decision: what is missing, what they add, what they take back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from tracker import mail
from tracker.db import db
from tracker.domain.attachments import Attachment as File
from tracker.domain.categories import CATEGORIES
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Draft, GroundType, Outcome
from tracker.domain.errors import N_, InvalidTransition, NotFound
from tracker.domain.lifecycle import Ending, Event, ItemState, State
from tracker.domain.regimes import REGIMES, Assessment, Completeness, RegimeName, assess
from tracker.domain.text import clean
from tracker.domain.threads import MessageKind, Party
from tracker.models import Account, Case, Item, Notice
from tracker.render.site import Site
from tracker.services import audit, cases, contacts, decisions, proceedings, threads

_AWAITED = frozenset({ItemState.OPEN, ItemState.NEEDS_INFO})
_RESTARTED = frozenset({ClockKind.UK_FIRST, ClockKind.DMCA_ACT})
"""Clocks that run from when the notice was valid, not from when it came (SI 2013/3028; 17 U.S.C. 512(c)(3)(B))."""


def assessments(notice: Notice) -> tuple[Assessment, ...]:
    """Return how complete a notice is by each regime that applies, with all that was added to it."""
    files = {file.purpose for file in notice.attachments}
    files |= {file.purpose for message in notice.messages for file in message.attachments}
    return assess([RegimeName(name) for name in notice.regimes], notice.answers, frozenset(files))


def ask_info(site: Site, account: Account, item_id: int, version: int, text: str, now: datetime, key: str) -> None:
    """Tell a notifier what their notice lacks and until when they can add it (17 U.S.C. 512(c)(3)(B)(ii); SI reg. 4)."""
    item = _item(item_id)
    case = cases.changed(site, account, item.case_id, version, now)
    _require(item)
    item.state = ItemState.NEEDS_INFO
    before = cases.move(case, Event.ASK_INFO, now, _subject(item))
    clock = cases.start_clock(site, case, ClockKind.INFO_WAIT, now, _subject(item))
    threads.add(
        key,
        now,
        case=case,
        notice=item.notice,
        party=Party.STAFF,
        kind=MessageKind.QUESTION,
        text=text,
        account=account,
    )
    missing = [need for found in assessments(item.notice) for need in found.missing]
    mail.needs_info(site, item.notice, [item], clean(text), missing, clock.due_at, now, key)
    _record(audit.actor(account), "case.info_asked", case, before, item.notice, now)


def supplement(
    site: Site,
    notice: Notice,
    text: str,
    files: Sequence[File],
    answers: Mapping[str, str],
    now: datetime,
    key: str,
    kind: MessageKind = MessageKind.SUPPLEMENT,
) -> None:
    """Add words, evidence and corrected contact data to a notice; whatever was asked of its items counts as answered.

    The same `key` again adds nothing. What the notice said stays as it was sent.
    """
    db.session.refresh(
        notice, with_for_update=True
    )  # the same form sent twice at once: the second waits, then is known
    if threads.is_known(key):
        return
    message = threads.add(key, now, notice=notice, party=Party.NOTIFIER, kind=kind, text=text, files=files)
    valid = _valid(notice)
    mine = cases.locked([item.case_id for item in notice.items], now, N_("通知人"))
    contacts.change(notice, {name: value for name, value in answers.items() if value})
    for case in mine:
        items = [item for item in notice.items if item.case_id == case.id]
        asked = [item for item in items if item.state is ItemState.NEEDS_INFO]
        for item in asked:
            item.state = ItemState.OPEN
        if not [item for item in items if item.state in _AWAITED] or case.closed_at:
            continue
        before = cases.move(case, Event.SUPPLEMENT, now, _subject(items[0]))
        _record(audit.NOTIFIER, "case.supplemented", case, before, notice, now)
    _become_valid(site, notice, valid, now)
    if kind is MessageKind.PROOF:
        proceedings.received(site, notice, message, now)
    mail.supplemented(site, notice, message, now)
    for case in {item.case_id: item.case for item in notice.items}.values():
        mail.attention(site, case, N_("通知人补充了材料"), now, key)


def _valid(notice: Notice) -> set[RegimeName]:
    return {found.regime for found in assessments(notice) if found.completeness is Completeness.VALID}


def _become_valid(site: Site, notice: Notice, before: set[RegimeName], now: datetime) -> None:
    """Note when a notice first had all that its regimes ask for; what runs from then by one of them starts anew."""
    valid = _valid(notice)
    if notice.valid_at is None and len(valid) == len(notice.regimes):
        notice.valid_at = now
    fresh = {kind for name in valid - before for kind in REGIMES[name].clocks}
    for item in notice.items:
        waits = item.state in _AWAITED and item.case.closed_at is None and item.case.asked_at is None
        is_done = not waits or decisions.standing_measure(item.case, now) is not None
        for kind in () if is_done else sorted(_RESTARTED & fresh):
            cases.start_clock(site, item.case, kind, now, _subject(item))


def withdraw(site: Site, notice: Notice, item_ids: Iterable[int], now: datetime, key: str) -> None:
    """Take back a notice, or some of its articles; a case that nobody else asks about is closed.

    After a decision nothing is undone by it: moderators are told, and decide.
    """
    db.session.refresh(
        notice, with_for_update=True
    )  # the same form sent twice at once: the second waits, then is known
    if threads.is_known(key):
        return
    wanted = set(item_ids)
    chosen = [item for item in notice.items if item.id in wanted]
    if not chosen:
        return
    threads.add(key, now, notice=notice, party=Party.NOTIFIER, kind=MessageKind.WITHDRAWAL, text="")
    for case in cases.locked([item.case_id for item in chosen], now, N_("通知人")):
        for item in chosen:
            if item.case_id == case.id and item.state is not ItemState.CLOSED:
                _end(item, Ending.WITHDRAWN, now)
        if case.closed_at is None:
            before = _end_case_without_items(site, case, Event.WITHDRAW, now)
            _record(audit.NOTIFIER, "case.withdrawn", case, before, notice, now)
            mail.attention(site, case, N_("通知人撤回了通知"), now, key)
    mail.withdrawn(site, notice, chosen, now)


def reject(
    site: Site, account: Account, item_id: int, version: int, ending: Ending, text: str, now: datetime, key: str
) -> None:
    """End one item without a decision: a duplicate, abuse, or nothing of ours."""
    item = _item(item_id)
    case = cases.changed(site, account, item.case_id, version, now)
    _require(item)
    if CATEGORIES[case.category].is_urgent and ending is Ending.ABUSIVE:
        raise InvalidTransition(N_("紧急事由的通知不能以滥用为由关闭，请作出决定。"))
    _end(item, ending, now)
    threads.add(
        key,
        now,
        case=case,
        notice=item.notice,
        party=Party.STAFF,
        kind=MessageKind.REJECTION,
        text=text,
        account=account,
    )
    before = _end_case_without_items(site, case, Event.REJECT, now)
    mail.rejected(site, item.notice, [item], ending, clean(text), now)
    _record(audit.actor(account), "case.rejected", case, before, item.notice, now, ending=ending)


def turn_away(site: Site, item: Item, ending: Ending, reason: str, now: datetime) -> None:
    """End an item that may not be taken up, with the stored reason; its receipt stays. `reason` is a message id."""
    (case,) = cases.locked([item.case_id], now, N_("系统"))
    _end(item, ending, now)
    before = _end_case_without_items(site, case, Event.REJECT, now)
    mail.rejected(site, item.notice, [item], ending, site.gettext(reason, item.notice.language), now)
    _record(audit.SYSTEM, "case.rejected", case, before, item.notice, now, ending=ending)


def flag(site: Site, item: Item, text: str, now: datetime) -> None:
    """Note on a case what a moderator has to look at before an item is decided."""
    threads.add(f"flag:{item.id}:{text}", now, case=item.case, party=Party.STAFF, kind=MessageKind.NOTE, text=text)


def lapse(site: Site, item: Item, now: datetime) -> None:
    """End an item whose notifier did not add what was missing; a new notice may always be sent."""
    (case,) = cases.locked([item.case_id], now, N_("系统"))
    if item.state is not ItemState.NEEDS_INFO or case.closed_at:
        return
    _end(item, Ending.INCOMPLETE, now)
    before = _end_case_without_items(site, case, Event.INFO_LAPSED, now)
    mail.incomplete(site, item.notice, [item], now)
    _record(audit.SYSTEM, "case.info_lapsed", case, before, item.notice, now)


def _end(item: Item, ending: Ending, now: datetime) -> None:
    item.state, item.ended, item.answered_at = ItemState.CLOSED, ending, item.answered_at or now
    cases.stop_subject(item.case, _subject(item), now)


def _end_case_without_items(site: Site, case: Case, event: Event, now: datetime) -> State:
    """Close an undecided case in which nobody waits any more, lifting what was done meanwhile; return the state before."""
    db.session.flush()
    db.session.refresh(case, ["items"])
    before = case.state
    if case.decided_at or [item for item in case.items if item.state in _AWAITED]:
        return cases.move(case, event, now, "none")
    cases.close(site, case, now)
    if any(message.kind is MessageKind.FORWARD for message in case.messages):
        mail.ended_to_publisher(site, case, now)
    if decisions.standing_measure(case, now) is None:
        return cases.move(case, event, now)
    decision, _ = decisions.carry_out(site, case, None, _LIFTED, event, now)
    mail.statement_of_reasons(site, decision, now)
    return before


_LIFTED = Draft(
    Outcome.RESTORED,
    GroundType.TERMS,
    N_("通知已撤回"),
    N_("暂停展示只是审核期间的措施，依据的通知已经撤回或终止。"),
    N_("本案没有其他通知，暂停展示的理由不再存在。"),
)


def _item(item_id: int) -> Item:
    item = db.session.get(Item, item_id)
    if item is None:
        raise NotFound(N_("没有这个案件。"))
    return item


def _require(item: Item) -> None:
    if item.state not in _AWAITED:
        raise InvalidTransition(N_("这份通知已经有了结果，不能再做这一步。请刷新页面，看看现在到了哪一步。"))


def _subject(item: Item) -> str:
    return f"item:{item.id}"


def _record(who: str, kind: str, case: Case, before: State, notice: Notice, now: datetime, **more: object) -> None:
    facts: dict[str, object] = {"case": case.id, "from": before, "to": case.state, "notice": notice.id}
    audit.record(who, kind, now, **facts, **more)
