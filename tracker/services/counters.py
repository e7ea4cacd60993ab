"""Counter-notices: received, forwarded, held by proof of proceedings, honoured when the law's time is over."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select

from tracker import mail
from tracker.db import db
from tracker.domain.attachments import Attachment as File
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Draft, GroundType, Outcome
from tracker.domain.errors import N_, Conflict, InvalidTransition
from tracker.domain.lifecycle import Event, State
from tracker.domain.redress import CounterState
from tracker.domain.regimes import RegimeName, Requirement, counter_missing
from tracker.domain.threads import MessageKind, Party
from tracker.models import Account, Case, CounterNotice, Item, Mail, Message
from tracker.render.lists import path_of
from tracker.render.site import Site
from tracker.services import audit, cases, decisions, measures, threads
from tracker.services.guards import Said

PUBLISHER = "publisher"

_GROUNDS = {
    RegimeName.US_DMCA: "17 U.S.C. § 512(g)(2)(C)",
    RegimeName.CN_COPYRIGHT: "《信息网络传播权保护条例》第十七条、《中华人民共和国民法典》第一千一百九十六条",
    RegimeName.CN_CIVIL: "《中华人民共和国民法典》第一千一百九十六条",
}


def send(
    site: Site,
    case: Case,
    answers: Mapping[str, str],
    statements: Mapping[str, str],
    files: Sequence[File],
    language: str,
    now: datetime,
    key: str,
) -> tuple[Requirement, ...]:
    """Take a publisher's counter-notice; return what it lacks, nothing when it was forwarded.

    Raises InvalidTransition when no measure stands, Conflict when one is running already.
    """
    (case,) = cases.locked([case.id], now, N_("发布者"))
    if threads.is_known(key):
        return ()
    if measures.restricting(case, now) is None or case.decided_at is None:
        raise InvalidTransition(N_("这个案件现在没有对文章采取措施，所以没有什么可反对。"))
    if _running(case) is not None:
        raise Conflict(N_("您的反通知已经收到并转送，正在计算恢复的期限，不需要再发一份。"))
    regimes = cases.regimes(case)
    answers = dict(answers) | {"addresses": site.base_url + path_of(case.article)}  # what was removed, and where it was
    missing = counter_missing(regimes, answers, frozenset(file.purpose for file in files))
    message = threads.add(
        key,
        now,
        case=case,
        party=Party.PUBLISHER,
        kind=MessageKind.COUNTER,
        text=answers.get("explanation", ""),
        files=files,
    )
    counter = CounterNotice(
        case=case, decision=case.decisions[-1], message=message, regimes=list(regimes), language=language,
        state=CounterState.INCOMPLETE if missing else CounterState.FORWARDED,
        answers=answers, statements=dict(statements), received_at=now, forwarded_at=None if missing else now,
    )  # fmt: skip
    db.session.add(counter)
    before = cases.move(case, Event.COUNTER_INCOMPLETE if missing else Event.COUNTER, now)
    if missing:
        mail.counter_incomplete(site, counter, missing, now)
    else:
        _forward(site, counter, now)
    kind = "case.counter_incomplete" if missing else "case.countered"
    facts = {"case": case.id, "from": before, "to": case.state, "counter": counter.id}
    audit.record(PUBLISHER, kind, now, **facts)
    return tuple(missing)


def _forward(site: Site, counter: CounterNotice, now: datetime) -> None:
    kind = ClockKind.US_RESTORE if RegimeName.US_DMCA in counter.regimes else ClockKind.CN_REASONABLE
    clock = cases.start_clock(site, counter.case, kind, now, f"counter:{counter.id}")
    mail.counter_received(site, counter, clock.due_at, now)
    for item in complainants(counter.case):
        mail.counter_forwarded(site, counter, item.notice, [item], clock.due_at, now)
    mail.attention(site, counter.case, N_("收到反通知，已转送通知人"), now, f"counter:{counter.id}")


def complainants(case: Case) -> list[Item]:
    """Return one item of each notifier of a case who can be reached and still stands by the notice.

    Whoever took it back, or whose notice was rejected, learns nothing of what the publisher says.
    """
    standing = (item for item in reversed(case.items) if item.notice.mailbox and item.ended is None)
    return list({item.notice.mailbox: item for item in standing}.values())  # the address as it was corrected last


def has_unjudged_proof(counter: CounterNotice) -> bool:
    """Say whether a notifier has sent proof of proceedings since the counter-notice came.

    It is our receiving it that counts, not when we look at it (17 U.S.C. 512(g)(2)(C)).
    """
    notices = select(Item.notice_id).where(Item.case_id == counter.case_id)
    sent = select(Message.id).where(
        Message.kind == MessageKind.PROOF,
        or_(Message.case_id == counter.case_id, Message.notice_id.in_(notices)),
        Message.created_at >= counter.received_at,
    )
    return db.session.scalar(sent.limit(1)) is not None


def reached(site: Site, sent: Mail, now: datetime) -> None:
    """Note that the notifier's mail server took a counter-notice: the reasonable period runs from here (民法典 1196(2))."""
    found = select(CounterNotice).where(CounterNotice.case_id == sent.case_id, CounterNotice.reached_at.is_(None))
    for counter in db.session.scalars(found.where(CounterNotice.state == CounterState.FORWARDED)):
        counter.reached_at = now
        kind = ClockKind.US_RESTORE if RegimeName.US_DMCA in counter.regimes else ClockKind.CN_REASONABLE
        starts_at = counter.received_at if kind is ClockKind.US_RESTORE else now
        delivered_at = now if kind is ClockKind.US_RESTORE else None
        cases.start_clock(site, counter.case, kind, starts_at, f"counter:{counter.id}", delivered_at)
        audit.record(audit.SYSTEM, "counter.reached", now, counter=counter.id, case=counter.case_id)


def confirm_proof(site: Site, account: Account, case_id: int, version: int, now: datetime) -> None:
    """Keep the measure because a notifier proved that proceedings were started (17 U.S.C. 512(g)(2)(C); 民法典 1196(2))."""
    case = cases.changed(site, account, case_id, version, now)
    counter = _needed(case)
    counter.state, case.held_at = CounterState.HELD, now
    before = cases.move(case, Event.PROOF, now, by=account)
    mail.proof_received(site, counter, now)
    _record(audit.actor(account), "case.proof_confirmed", counter, before, now)


def restore(site: Site, case: Case, now: datetime, reason: str = "window", account: Account | None = None) -> None:
    """End the measure, because the time for proof is over, or a moderator says why it need not be waited for.

    `reason` is one of `mail.life.RESTORED_BECAUSE`. Raises InvalidTransition where the law leaves no such choice.
    """
    counter = _needed(case)
    _require_choice(case, counter, reason, now)
    counter.state, counter.ended_at = CounterState.HONOURED, now
    event = Event.RESTORE_NOW if account else Event.RESTORE
    _bring_back(site, case, counter, account, event, reason, now)


def _require_choice(case: Case, counter: CounterNotice, reason: str, now: datetime) -> None:
    if reason == "regulation17" and RegimeName.US_DMCA in counter.regimes:
        raise InvalidTransition(N_("本案也适用美国法，恢复不能早于法定期限（17 U.S.C. § 512(g)(2)(C)）。"))
    mine = (clock for clock in case.clocks if clock.subject == f"counter:{counter.id}" and clock.stopped_at is None)
    if reason == "unproven" and not any(clock.due_at <= now for clock in mine):
        raise InvalidTransition(N_("期限还没有到，通知人还可以提交证明。期限过后再按这个理由恢复。"))


def ruling(site: Site, account: Account, case_id: int, version: int, now: datetime, *, restores: bool) -> None:
    """End a hold as a court or an authority has ruled."""
    case = cases.changed(site, account, case_id, version, now)
    cases.require_impartial(account, case)
    counter = next((c for c in reversed(case.counter_notices) if c.state is CounterState.HELD), None)
    case.held_at = None
    if counter is not None:
        counter.state, counter.ended_at = CounterState.ENDED, now
    if counter is not None and restores and measures.open_of(case, now) is not None:
        _bring_back(site, case, counter, account, Event.RULING, "ruling", now)
        return
    before = cases.move(case, Event.RULING, now, by=account)
    facts = {"case": case.id, "from": before, "to": case.state, "counter": counter.id if counter else None}
    audit.record(audit.actor(account), "case.ruled", now, **facts)


def _bring_back(
    site: Site, case: Case, counter: CounterNotice, account: Account | None, event: Event, reason: str, now: datetime
) -> None:
    ground = next((text for name, text in _GROUNDS.items() if name in counter.regimes), _GROUNDS[RegimeName.CN_CIVIL])
    draft = Draft(
        Outcome.RESTORED, GroundType.LAW, ground,
        N_("发布者提交了反通知，期限内没有收到已经起诉或投诉的证明，或者裁判要求恢复，措施依法终止。"),
        N_("反通知已经转送通知人，经过的时间和收到的材料记录在案件中。"),
    )  # fmt: skip
    decision, _ = decisions.carry_out(site, case, account, draft, event, now, said=Said(draft, reason))
    mail.restored_to_publisher(site, decision, now)
    for item in complainants(case):
        mail.restored_to_notifier(site, decision, item.notice, [item], reason, now)


def _running(case: Case) -> CounterNotice | None:
    live = {CounterState.FORWARDED, CounterState.HELD}
    return next((c for c in reversed(case.counter_notices) if c.state in live), None)


def _needed(case: Case) -> CounterNotice:
    counter = next((c for c in reversed(case.counter_notices) if c.state is CounterState.FORWARDED), None)
    if counter is None:
        raise InvalidTransition(N_("这个案件没有等待期限的反通知。请刷新页面，看看案件现在到了哪一步。"))
    return counter


def _record(who: str, kind: str, counter: CounterNotice, before: State, now: datetime) -> None:
    facts = {"case": counter.case_id, "from": before, "to": counter.case.state, "counter": counter.id}
    audit.record(who, kind, now, **facts)
