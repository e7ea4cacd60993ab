"""Proof that proceedings were started: from its receipt nothing is restored by itself, until somebody has judged it."""

from collections.abc import Sequence
from datetime import datetime

from tracker import mail
from tracker.db import db
from tracker.domain.attachments import Attachment as File
from tracker.domain.clocks import ClockKind
from tracker.domain.errors import N_, DomainError, Incomplete, InvalidTransition, NotFound
from tracker.domain.lifecycle import Event, ItemState
from tracker.domain.redress import CounterState
from tracker.domain.text import bare, clean
from tracker.domain.threads import MessageKind, Party
from tracker.models import Account, Case, Clock, CounterNotice, Message, Notice, Proceedings
from tracker.render.site import Site
from tracker.services import audit, cases, counters, threads

_RESTORES = frozenset({ClockKind.US_RESTORE, ClockKind.CN_REASONABLE})


def received(site: Site, notice: Notice, message: Message, now: datetime) -> None:
    """Hold what would bring back the articles of a notice, because its notifier wrote while the time for proof runs.

    17 U.S.C. 512(g)(2)(C) turns on our receiving it, not on our having read it: nor on the form, or the mail, it came by.
    """
    answered = {item.case_id: item.case for item in notice.items if item.state is ItemState.ANSWERED}
    for case in answered.values():
        for counter in case.counter_notices:
            if counter.state is CounterState.FORWARDED:
                _hold(site, counter, message, now, now)


def register(
    site: Site,
    account: Account,
    case_id: int,
    version: int,
    received_at: datetime,
    text: str,
    files: Sequence[File],
    now: datetime,
    key: str,
) -> None:
    """Write down a proof that came by mail, post or telephone, and when it came to us.

    Raises Incomplete for a day before the counter-notice or after today, Conflict, InvalidTransition.
    """
    case = cases.changed(site, account, case_id, version, now)
    counter = counters.awaiting_proof(case)
    first, last = site.local(counter.received_at).date(), site.local(now).date()
    if not first <= site.local(received_at).date() <= last:
        raise Incomplete({"day": DomainError(N_("请填写收到证明的日期，不早于收到反通知的那天，不晚于今天。"))})
    message = threads.add(
        key, now, case=case, party=Party.STAFF, kind=MessageKind.PROOF, text=text, account=account, files=files,
    )  # fmt: skip
    _hold(site, counter, message, min(max(received_at, counter.received_at), now), now)


def _hold(site: Site, counter: CounterNotice, message: Message, received_at: datetime, now: datetime) -> None:
    db.session.add(Proceedings(counter=counter, message=message, received_at=received_at))
    for clock in _clocks(counter):
        clock.held_at = clock.held_at or now
    cases.start_clock(site, counter.case, ClockKind.PROOF_CHECK, now, f"counter:{counter.id}")
    facts = {"case": counter.case_id, "counter": counter.id, "message": message.id}
    audit.record(audit.SYSTEM, "counter.proof_came", now, **facts)
    key = f"proof:{counter.id}:{message.id}"
    mail.attention(site, counter.case, N_("收到起诉或投诉的证明，恢复已经停下，请尽快核对"), now, key)


def confirm(site: Site, account: Account, case_id: int, version: int, number: int, now: datetime) -> None:
    """Keep the measure because a notifier proved that proceedings were started (17 U.S.C. 512(g)(2)(C); 民法典 1196(2)).

    Raises InvalidTransition for a proof without a document, NotFound, Conflict.
    """
    case = cases.changed(site, account, case_id, version, now)
    counter, proof = counters.awaiting_proof(case), _judged(case, number, account, now)
    if not any(file.erased_at is None for file in proof.message.attachments):
        raise InvalidTransition(
            N_("没有文件，不能确认。请让通知人提交起诉或投诉的文件；已经用别的方式收到的，请登记并上传。")
        )
    proof.is_accepted = True
    counter.state, case.held_at = CounterState.HELD, now
    before = cases.move(case, Event.PROOF, now, by=account)
    review = cases.start_clock(site, case, ClockKind.HOLD_REVIEW, now)
    mail.proof_received(site, counter, review.due_at, now)
    facts = {"case": case.id, "from": before, "to": case.state, "counter": counter.id}
    audit.record(audit.actor(account), "case.proof_confirmed", now, **facts)


def refuse(
    site: Site, account: Account, case_id: int, version: int, number: int, reason: str, now: datetime, key: str
) -> None:
    """Let the time go on, because what came proves nothing; the article comes back at once if the time is over.

    The notifier is told why. Raises Incomplete without a reason, NotFound, Conflict, InvalidTransition.
    """
    if len(bare(clean(reason))) < 2:
        raise Incomplete({"text": DomainError(N_("请写明为什么不是证明，通知人会看到。"))})
    case = cases.changed(site, account, case_id, version, now)
    counter, proof = counters.awaiting_proof(case), _judged(case, number, account, now)
    proof.is_accepted = False
    notice = proof.message.notice
    text = clean(reason)
    threads.add(
        key, now, case=case, notice=notice, party=Party.STAFF, kind=MessageKind.QUESTION if notice else MessageKind.NOTE,
        text=text, account=account,
    )  # fmt: skip
    facts = {"case": case.id, "counter": counter.id, "message": proof.message_id}
    audit.record(audit.actor(account), "counter.proof_refused", now, **facts)
    if notice is not None:
        items = [item for item in notice.items if item.case_id == case.id]
        mail.proof_refused(site, notice, items, text, next(iter(_clocks(counter)), None), now, key)
    if all(each.judged_at for each in counter.proceedings):
        _release(site, counter, now)


def _release(site: Site, counter: CounterNotice, now: datetime) -> None:
    check = cases.running_clock(counter.case, ClockKind.PROOF_CHECK, f"counter:{counter.id}")
    if check is not None:
        check.stopped_at = now
    over = False
    for clock in _clocks(counter):
        clock.held_at = None
        over = over or (clock.due_at <= now and clock.paused_at is None)
    if over:
        counters.restore(site, counter.case, now)


def _clocks(counter: CounterNotice) -> list[Clock]:
    found = (cases.running_clock(counter.case, kind, f"counter:{counter.id}") for kind in sorted(_RESTORES))
    return [clock for clock in found if clock is not None]


def _judged(case: Case, number: int, account: Account, now: datetime) -> Proceedings:
    proof = db.session.get(Proceedings, number)
    if proof is None or proof.counter.case_id != case.id:
        raise NotFound(N_("没有这份证明。"))
    if proof.judged_at is not None:
        raise InvalidTransition(N_("这份证明已经核对过了。请刷新页面，看看案件现在到了哪一步。"))
    proof.judged_at, proof.judged_by_id = now, account.id
    return proof
