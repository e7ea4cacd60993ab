"""Counter-notices: received, forwarded, held by proof of proceedings, honoured when the law's time is over."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from tracker import mail
from tracker.db import db
from tracker.domain.attachments import Attachment as File
from tracker.domain.clocks import ClockKind, due
from tracker.domain.decisions import Draft, GroundType, Outcome
from tracker.domain.errors import N_, Conflict, DomainError, Incomplete, InvalidTransition
from tracker.domain.lifecycle import Event, ItemState
from tracker.domain.redress import RUNNING, CounterState, Unrestored, restores_at_once
from tracker.domain.regimes import REGIMES, RegimeName, counter_missing
from tracker.domain.serving import Way, counter_of
from tracker.domain.threads import MessageKind, Party
from tracker.models import Account, Case, CounterNotice, Item, Mail, Notice
from tracker.queries.applying import of
from tracker.queries.publisher import NO_COUNTER, ONE_RUNS
from tracker.queries.silence import is_silent
from tracker.render.lists import path_of
from tracker.render.site import Site
from tracker.services import audit, cases, decisions, measures, threads, undelivered
from tracker.services.guards import REGULATION17, Said

_PASSED_ON = N_("反通知怎样转送通知人、经过的时间和收到的材料，记录在案件中。")
_WHY = {
    "window": (N_("发布者提交了反通知，期限内没有收到已经起诉或投诉的证明，措施依法终止。"), _PASSED_ON),
    REGULATION17: (N_("发布者提交了说明材料，法律要求收到后立即恢复，并转送通知人。"), _PASSED_ON),
    "withdrawn": (N_("发布者提交了反通知，通知人不再坚持，措施终止。"), _PASSED_ON),
    "ruling": (
        N_("法院、主管机关或者争议解决机构的结果要求恢复，措施终止。"),
        N_("收到的裁判或者处理结果，以及经过的时间，记录在案件中。"),
    ),
}
"""Why an article comes back, and on what facts, by the reason that led to it."""

_GROUNDS = {
    RegimeName.US_DMCA: "17 U.S.C. § 512(g)(2)(C)",
    RegimeName.CN_COPYRIGHT: "《中华人民共和国民法典》第一千一百九十六条",
    RegimeName.CN_CIVIL: "《中华人民共和国民法典》第一千一百九十六条",
    RegimeName.EU_DSA: "Regulation (EU) 2022/2065, art. 21",
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
) -> None:
    """Take a publisher's counter-notice and pass it on.

    Raises Incomplete when it lacks what a law of the case asks for: nothing runs from such a one, and it is not kept.
    InvalidTransition when no measure stands or no law of the case knows counter-notices, Conflict when one is running.
    """
    (case,) = cases.locked([case.id], now, N_("发布者"))
    if threads.is_known(key):
        return
    if measures.restricting(case, now) is None or case.decided_at is None or is_silent(case):
        raise InvalidTransition(N_("这个案件现在没有对文章采取措施，所以没有什么可反对。"))
    if _running(case) is not None:
        raise Conflict(ONE_RUNS)
    regimes = cases.regimes(case)
    if not any(REGIMES[name].counter for name in regimes):
        raise InvalidTransition(NO_COUNTER)
    answers = dict(answers) | {"addresses": site.base_url + path_of(case.article)}  # what was removed, and where it was
    if missing := counter_missing(regimes, answers, frozenset(file.purpose for file in files)):
        raise Incomplete({"": DomainError(missing[0].cure)})
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
        state=CounterState.FORWARDED, rule=site.config.cn_copyright_counter,
        answers=answers, statements=dict(statements), received_at=now, forwarded_at=now,
    )  # fmt: skip
    db.session.add(counter)
    before = cases.move(case, Event.COUNTER, now)
    facts = {"case": case.id, "from": before, "to": case.state, "counter": counter.id}
    audit.record(audit.PUBLISHER, "case.countered", now, **facts)
    _forward(site, counter, now)


def _forward(site: Site, counter: CounterNotice, now: datetime) -> None:
    """Pass a counter-notice on; what the law has happen next is on a clock, or happens at once (条例 17)."""
    case, subject = counter.case, _subject(counter)
    at_once = restores_at_once(counter.rule, counter.regimes)
    if RegimeName.US_DMCA in counter.regimes:
        cases.start_clock(site, case, ClockKind.DMCA_FWD, now, subject)
        restores_at = cases.start_clock(site, case, ClockKind.US_RESTORE, now, subject).due_at
    else:
        restores_at = now if at_once else due(ClockKind.CN_REASONABLE, now, site.calendars).at
    mail.counter_received(site, counter, restores_at, now)
    told = [mail.counter_forwarded(site, counter, i.notice, [i], restores_at, now) for i in complainants(case)]
    mail.attention(site, case, N_("收到反通知"), now, f"counter:{counter.id}")
    db.session.flush()
    for letter in told:
        if letter and not letter.mailbox:
            undelivered.task(site, letter, now)
    if at_once:
        restore(site, case, now, REGULATION17)
    elif not any(told):  # nobody can be told, so nobody is waited for any longer than that
        _begin(site, counter, now, now)


def complainants(case: Case) -> list[Item]:
    """Return one item of each notifier whom the decisions on a case answered and who still stands by their notice.

    Of two notices from one mailbox, the one under US law: its notifier is owed the whole copy.
    """
    answered = [item for item in case.items if item.state is ItemState.ANSWERED and not item.notice.erased_at]
    answered.sort(key=lambda item: (RegimeName.US_DMCA not in of(item), item.id))
    return list({item.notice.mailbox or item.id: item for item in reversed(answered)}.values())


def reached(site: Site, sent: Mail, now: datetime) -> None:
    """Note that a counter-notice came to a notifier; the reasonable period runs once it came to all (民法典 1196(2)).

    With several right holders, each has the whole period: it begins with the last.
    """
    sent.reached_at, sent.reached_by = sent.reached_at or now, sent.reached_by or Way.MAIL
    counter = _passed_on(sent)
    if counter is None or counter.state is not CounterState.FORWARDED:
        return
    db.session.flush()
    sent_on = (Mail.case_id == counter.case_id, Mail.cause.startswith(_cause(counter)))
    copies = list(db.session.scalars(select(Mail).where(*sent_on)))
    came = [copy.reached_at for copy in copies if copy.reached_at]
    if len(came) == len(copies) and counter.reached_at is None:
        _begin(site, counter, max(came), now)


def came_back(site: Site, sent: Mail, now: datetime) -> None:
    """Note that a counter-notice did not come to its notifier after all: what ran from there has not begun."""
    counter = _passed_on(sent)
    if counter is None or counter.state is not CounterState.FORWARDED or counter.reached_at is None:
        return
    counter.reached_at = None
    period = cases.running_clock(counter.case, ClockKind.CN_REASONABLE, _subject(counter))
    if period is not None:
        period.stopped_at = now
    window = cases.running_clock(counter.case, ClockKind.US_RESTORE, _subject(counter))
    if window is not None:
        window.reached_at = None
        cases.count(site, window)


def _begin(site: Site, counter: CounterNotice, at: datetime, now: datetime) -> None:
    """Start what runs from `at`, when the notifiers had the counter-notice."""
    counter.reached_at = at
    is_us = RegimeName.US_DMCA in counter.regimes
    kind, starts_at = (ClockKind.US_RESTORE, counter.received_at) if is_us else (ClockKind.CN_REASONABLE, at)
    clock = cases.start_clock(site, counter.case, kind, starts_at, _subject(counter), at)
    if any(each.judged_at is None for each in counter.proceedings):
        clock.held_at = clock.held_at or now
    passed_on = cases.running_clock(counter.case, ClockKind.DMCA_FWD, _subject(counter))
    if passed_on is not None:
        passed_on.stopped_at = now
    audit.record(audit.SYSTEM, "counter.reached", now, counter=counter.id, case=counter.case_id)


def _passed_on(sent: Mail) -> CounterNotice | None:
    """Return the counter-notice of which a mail is the copy."""
    number = counter_of(sent.cause)
    return db.session.get(CounterNotice, number) if number is not None else None


def copies(notice: Notice) -> list[Mail]:
    """Return the counter-notices that were passed on to a notifier and whose time runs."""
    sent = select(Mail).where(Mail.notice_id == notice.id, Mail.name == "counter_forwarded").order_by(Mail.id)
    found = ((each, _passed_on(each)) for each in db.session.scalars(sent))
    return [each for each, counter in found if counter and counter.state is CounterState.FORWARDED]


def _cause(counter: CounterNotice) -> str:
    return f"counter:{counter.id}:forwarded:"


def _subject(counter: CounterNotice) -> str:
    return f"counter:{counter.id}"


def restore(site: Site, case: Case, now: datetime, reason: str = "window", account: Account | None = None) -> None:
    """End the measure, because the time for proof is over, or the law or a moderator says why it need not be waited for.

    `reason` is one of `mail.life.RESTORED_BECAUSE`. A measure that has ended by its own date leaves nothing to bring back:
    the counter-notice is over, and both sides are told. Raises InvalidTransition when a proof waits to be judged, or for
    条例 17 where the law or the site's setting does not have it.
    """
    counter = awaiting_proof(case)
    event = Event.RESTORE if reason == "window" else Event.RESTORE_NOW
    counter.ended_at = now
    if measures.open_of(case, now) is not None:
        counter.state = CounterState.HONOURED
        _bring_back(site, case, counter.regimes, account, event, reason, now)
        return
    counter.state = CounterState.ENDED
    cases.stop_subject(case, _subject(counter), now)
    before = cases.move(case, event, now, by=account, said=Said(reason=reason))
    facts = {"case": case.id, "from": before, "to": case.state, "counter": counter.id}
    audit.record(audit.actor(account), "case.counter_ended", now, **facts)
    _tell_unrestored(site, case, Unrestored.NO_RULING, now)


def ruling(site: Site, account: Account, case_id: int, version: int, now: datetime, *, restores: bool) -> None:
    """End a hold as a court, an authority or an out-of-court body has ruled; both sides are told."""
    case = cases.changed(site, account, case_id, version, now)
    counter = next((c for c in reversed(case.counter_notices) if c.state is CounterState.HELD), None)
    dispute = next((d for d in reversed(case.disputes) if d.ended_at is None), None)
    case.held_at = None
    if counter is not None:
        counter.state, counter.ended_at = CounterState.ENDED, now
    stands = measures.open_of(case, now) is not None
    if dispute is not None:
        dispute.ended_at, dispute.is_restored = now, restores and stands
    if restores and stands:
        regimes = counter.regimes if counter else [RegimeName.EU_DSA]
        _bring_back(site, case, regimes, account, Event.RULING, "ruling", now)
        return
    before = cases.move(case, Event.RULING, now, by=account)
    facts = {"case": case.id, "from": before, "to": case.state, "counter": counter.id if counter else None}
    audit.record(audit.actor(account), "case.ruled", now, **facts)
    why = Unrestored.STANDS if stands else Unrestored.TOO_LATE if restores else Unrestored.OVER
    _tell_unrestored(site, case, why, now)


def _tell_unrestored(site: Site, case: Case, why: Unrestored, now: datetime) -> None:
    mail.ruled_to_publisher(site, case, why, now)
    for item in complainants(case):
        mail.ruled_to_notifier(site, item.notice, [item], why, now)


def _bring_back(
    site: Site,
    case: Case,
    regimes: Sequence[str],
    account: Account | None,
    event: Event,
    reason: str,
    now: datetime,
) -> None:
    ground = next((text for name, text in _GROUNDS.items() if name in regimes), _GROUNDS[RegimeName.CN_CIVIL])
    if reason == REGULATION17:
        ground = "《信息网络传播权保护条例》第十七条"
    explanation, facts = _WHY[reason]
    draft = Draft(Outcome.RESTORED, GroundType.LAW, ground, explanation, facts)
    decision, _ = decisions.carry_out(site, case, account, draft, event, now, said=Said(draft, reason))
    mail.restored_to_publisher(site, decision, now)
    failed = {proof.message.notice_id for counter in case.counter_notices for proof in counter.proceedings}
    for item in complainants(case):
        told = "unproven" if reason == "window" and item.notice_id in failed else reason
        mail.restored_to_notifier(site, decision, item.notice, [item], told, now)


def _running(case: Case) -> CounterNotice | None:
    return next((c for c in reversed(case.counter_notices) if c.state in RUNNING), None)


def awaiting_proof(case: Case) -> CounterNotice:
    """Return the counter-notice whose time runs on a case; raise InvalidTransition when there is none."""
    counter = next((c for c in reversed(case.counter_notices) if c.state is CounterState.FORWARDED), None)
    if counter is None:
        raise InvalidTransition(N_("这个案件没有等待期限的反通知。请刷新页面，看看案件现在到了哪一步。"))
    return counter
