"""Between us and a notifier before the decision: what is missing, what they add, what they take back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from tracker import mail
from tracker.db import db
from tracker.domain.attachments import Attachment as File
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Draft, GroundType, Outcome
from tracker.domain.errors import N_, InvalidTransition, no_case
from tracker.domain.lifecycle import AWAITED, Ending, Event, ItemState, State
from tracker.domain.regimes import Completeness, RegimeName, overall, whole
from tracker.domain.requirements import Requirement
from tracker.domain.text import clean
from tracker.domain.threads import MessageKind, Party
from tracker.mail.parts import stamp
from tracker.models import Account, Case, Item, Notice
from tracker.queries.applying import assessed, of
from tracker.queries.applying import assessments as assessments
from tracker.render.site import Site
from tracker.services import audit, cases, corrections, decisions, laws, measures, proceedings, publishers, threads
from tracker.services.guards import NOTHING, Said

_RESTARTED = {RegimeName.UK_DEFAMATION: ClockKind.UK_FIRST, RegimeName.US_DMCA: ClockKind.DMCA_ACT}
"""Clocks that run from when the notice had all of its regime, not from when it came (SI 2013/3028; 17 U.S.C. 512(c)(3)(B))."""


def ask_info(site: Site, account: Account, item_id: int, version: int, text: str, now: datetime, key: str) -> None:
    """Tell a notifier what their notice lacks and until when they can add it (17 U.S.C. 512(c)(3)(B)(ii); SI reg. 4).

    That ends the 48 hours of British law only for a complaint that lacks what the regulations ask for: of a whole one the
    publisher has to be told within them, whatever else is asked.
    """
    item = _item(item_id)
    case = cases.changed(site, account, item.case_id, version, now)
    _require(item)
    item.state = ItemState.NEEDS_INFO
    before = cases.move(case, Event.ASK_INFO, now, _subject(item), by=account)
    first = cases.running_clock(case, ClockKind.UK_FIRST, _subject(item))
    if first and RegimeName.UK_DEFAMATION not in whole(assessed(item)):
        first.stopped_at = now
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
    mail.needs_info(site, item.notice, [item], clean(text), _missing(item.notice), clock.due_at, now, key, account.id)
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

    The same `key` again adds nothing. What the notice said stays as it was sent. Raises InvalidTransition once its personal
    data are erased: nothing would take away what came after.
    """
    cases.of_notice(notice)  # the same form sent twice at once: the second waits, then is known
    if threads.is_known(key):
        return
    if notice.erased_at is not None:
        raise InvalidTransition(N_("这份通知已经结束，不能再补充。有新的情况，请另外提交一份通知。"))
    message = threads.add(key, now, notice=notice, party=Party.NOTIFIER, kind=kind, text=text, files=files)
    mine = cases.locked([item.case_id for item in notice.items], now, N_("通知人"))
    corrections.change(notice, {name: value for name, value in answers.items() if value})
    for case in mine:
        items = [item for item in notice.items if item.case_id == case.id]
        asked = [item for item in items if item.state is ItemState.NEEDS_INFO]
        for item in asked:
            item.state = ItemState.OPEN
        if not [item for item in items if item.state in AWAITED] or case.closed_at:
            continue
        before = cases.move(case, Event.SUPPLEMENT, now, _subject(items[0]))
        _record(audit.NOTIFIER, "case.supplemented", case, before, notice, now)
    _become_valid(site, notice, now)
    is_word = kind is not MessageKind.CORRECTION
    if is_word:
        proceedings.received(site, notice, message, now)
    mail.supplemented(site, notice, message, now)
    mail.attention(site, mine, N_("通知人补充了材料") if is_word else N_("通知人更正了联系方式"), now, key)


def _become_valid(site: Site, notice: Notice, now: datetime) -> None:
    """Note by which regimes a notice has all they ask for since now; the clocks that run from then start anew.

    Not where what they wait for was done already: the publisher asked, or the article withheld meanwhile.
    """
    found = assessments(notice)
    new = whole(found) - set(notice.valid_by or {})
    notice.valid_by = {**(notice.valid_by or {}), **dict.fromkeys(sorted(new), now.isoformat())}
    if notice.valid_at is None and overall(found) is Completeness.VALID:
        notice.valid_at = now
    for item in (item for item in notice.items if item.state in AWAITED and item.case.decided_at is None):
        for kind in [_RESTARTED[name] for name in new & _RESTARTED.keys() & set(of(item))]:
            if not laws.is_done(kind, item, now):
                cases.start_clock(site, item.case, kind, now, _subject(item))


def withdraw(site: Site, notice: Notice, item_ids: Iterable[int], now: datetime, key: str) -> None:
    """Take back a notice, or some of its articles; a case that nobody else asks about is closed.

    After a decision nothing is undone by it: moderators are told, and decide.
    """
    cases.of_notice(notice)  # the same form sent twice at once: the second waits, then is known
    if threads.is_known(key):
        return
    wanted = set(item_ids)
    chosen = [item for item in notice.items if item.id in wanted]
    if not chosen:
        return
    threads.add(key, now, notice=notice, party=Party.NOTIFIER, kind=MessageKind.WITHDRAWAL, text="")
    concerned = []
    for case in cases.locked([item.case_id for item in chosen], now, N_("通知人")):
        for item in chosen:
            if item.case_id == case.id and item.state is not ItemState.CLOSED:
                _end(case, item, Ending.WITHDRAWN, now)
        if case.closed_at is None:
            before = _end_case_without_items(site, case, Event.WITHDRAW, now)
            _record(audit.NOTIFIER, "case.withdrawn", case, before, notice, now)
            concerned.append(case)
    if concerned:
        mail.attention(site, concerned, N_("通知人撤回了通知"), now, key)
    mail.withdrawn(site, notice, chosen, now)


def reject(
    site: Site, account: Account, item_id: int, version: int, ending: Ending, text: str, now: datetime, key: str
) -> None:
    """End one item without a decision: a duplicate, abuse, or nothing of ours.

    Who sent abuse is not written to: an answer tells a sender of spam that the address is read.
    """
    item = _item(item_id)
    case = cases.changed(site, account, item.case_id, version, now)
    _require(item)
    _end(case, item, ending, now)
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
    before = _end_case_without_items(site, case, Event.REJECT, now, account, Said(item=item, ending=ending))
    if ending is not Ending.ABUSIVE:
        mail.rejected(site, item.notice, [item], ending, clean(text), now, account.id)
    _record(audit.actor(account), "case.rejected", case, before, item.notice, now, ending=ending)


def turn_away(site: Site, items: Sequence[Item], ending: Ending, reason: str, now: datetime) -> None:
    """End items of a notice that may not be taken up, with the stored reason; its receipt stays. `reason` is a message id."""
    notice = items[0].notice
    for case in cases.locked([item.case_id for item in items], now, N_("系统")):
        for item in (item for item in items if item.case_id == case.id):
            _end(case, item, ending, now)
        before = _end_case_without_items(site, case, Event.REJECT, now)
        _record(audit.SYSTEM, "case.rejected", case, before, notice, now, ending=ending)
    mail.rejected(site, notice, items, ending, site.gettext(reason, notice.language), now)


def flag(site: Site, item: Item, text: str, now: datetime) -> None:
    """Note on a case what a moderator has to look at before an item is decided."""
    threads.add(f"flag:{item.id}:{text}", now, case=item.case, party=Party.STAFF, kind=MessageKind.NOTE, text=text)


def lapse(site: Site, item: Item, now: datetime) -> None:
    """End an item whose notifier did not add what was missing; a new notice may always be sent.

    One that lacks nothing goes on as it is, whatever else was asked (law_standards §6.2, 2 and 4; DSA art. 16(6)).
    """
    (case,) = cases.locked([item.case_id], now, N_("系统"))
    if item.state is not ItemState.NEEDS_INFO or case.closed_at:
        return
    if not _missing(item.notice):
        _waive(site, case, item, now)
        return
    _end(case, item, Ending.INCOMPLETE, now)
    before = _end_case_without_items(site, case, Event.INFO_LAPSED, now)
    mail.incomplete(site, item.notice, [item], now)
    _record(audit.SYSTEM, "case.info_lapsed", case, before, item.notice, now)


def _missing(notice: Notice) -> list[Requirement]:
    return [need for found in assessments(notice) for need in found.missing]


def _waive(site: Site, case: Case, item: Item, now: datetime) -> None:
    item.state = ItemState.OPEN
    before = cases.move(case, Event.INFO_WAIVED, now, _subject(item))
    mail.attention(site, case, N_("通知人没有回答，但通知是完整的：请继续审核"), now, f"waived:{item.id}:{stamp(now)}")
    _record(audit.SYSTEM, "case.info_waived", case, before, item.notice, now)


def _end(case: Case, item: Item, ending: Ending, now: datetime) -> None:
    item.state, item.ended, item.answered_at = ItemState.CLOSED, ending, item.answered_at or now
    cases.stop_subject(case, _subject(item), now)


def _end_case_without_items(
    site: Site, case: Case, event: Event, now: datetime, by: Account | None = None, said: Said = NOTHING
) -> State:
    """Close an undecided case in which nobody waits any more, lifting what was done meanwhile; return the state before.

    While others wait, what runs for the case as a whole goes on: nothing of theirs was answered.
    """
    db.session.flush()
    db.session.refresh(case, ["items"])
    before = case.state
    if case.asked_at and not publishers.awaited(case):  # whom the publisher was to answer is gone
        case.asked_at = None
    if case.decided_at or [item for item in case.items if item.state in AWAITED]:
        return cases.move(case, event, now, cases.NO_CLOCK, by=by, said=said)
    cases.close(site, case, now)
    if any(item.forwarded_at or mail.was_forwarded(item) for item in case.items):
        mail.ended_to_publisher(site, case, now)
    if measures.open_of(case, now) is None:
        return cases.move(case, event, now, by=by, said=said)
    decision, _ = decisions.carry_out(site, case, by, _LIFTED, event, now, said=said)
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
        raise no_case()
    return item


def _require(item: Item) -> None:
    if item.state not in AWAITED:
        raise InvalidTransition(N_("这份通知已经有了结果，不能再做这一步。请刷新页面，看看现在到了哪一步。"))


def _subject(item: Item) -> str:
    return f"item:{item.id}"


def _record(who: str, kind: str, case: Case, before: State, notice: Notice, now: datetime, **more: object) -> None:
    facts: dict[str, object] = {"case": case.id, "from": before, "to": case.state, "notice": notice.id}
    audit.record(who, kind, now, **facts, **more)
