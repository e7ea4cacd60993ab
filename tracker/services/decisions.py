"""Deciding a case: state, clocks, measure, statement of reasons, pages and mails in one act."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from tracker import mail
from tracker.db import db
from tracker.domain import approval, precedents, reasons
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import FIRST, RESTRICTIVE, Draft, Outcome, complete
from tracker.domain.errors import N_, Conflict, InvalidTransition, NotPermitted
from tracker.domain.lifecycle import AWAITED, Event, ItemState, Source, State
from tracker.domain.redress import CounterState
from tracker.domain.regimes import Side, redress
from tracker.domain.visibility import STATUS
from tracker.models import Account, Case, Decision, Item, Measure, Message, Notice
from tracker.queries import askers, similar
from tracker.render.site import Site
from tracker.services import (
    audit,
    case_drafts,
    cases,
    claims,
    clauses,
    measures,
    opinions,
    publication,
    publishers,
    replies,
    signatures,
    snapshots,
)
from tracker.services.guards import Said


def decide(
    site: Site,
    account: Account,
    case_id: int,
    version: int,
    draft: Draft,
    now: datetime,
    *,
    is_agreed: bool = False,
    by: Account | None = None,
) -> Decision:
    """Decide an open case, withhold its article meanwhile, or end what a decided one does to its article.

    What readers see changes at once; the mails wait for the grace window, in which `undo.undo` takes all of it back.
    `is_agreed`: a second person has agreed, or it is only tried; `by` is who it was. Without, what needs one is refused
    (`proposals.submit` asks for one instead). Raises NotPermitted for that, and Incomplete for an unfinished draft, a claim without an answer or a departure from similar cases that nobody
    explains, NotFound, Conflict when somebody was first, InvalidTransition when the
    case is not in a state for it.
    """
    draft = complete(claims.filled(case_id, draft))
    case = cases.changed(site, by or account, case_id, version, now)
    cases.require_impartial(account, case)
    _load(case, draft.outcome)
    if not is_agreed and approval.is_needed(site.settings.values, draft.outcome, case.category):
        raise NotPermitted(N_("这个决定要两个人作：请提交给第二个人批准。"))
    if draft.outcome in FIRST:
        _refuse_a_second(site, case)
        precedents.require_reason(draft.outcome, draft.rationale, similar.precedents(case))
    draft = measures.checked(case, draft, now)
    kept = snapshots.taken(case) | {"etag": publication.etag_of(case.article)}
    claims.settle(account, case, draft, now)
    if by is None:  # what somebody has typed since they proposed this is another matter
        case_drafts.discard(account, case.id, case_drafts.DECIDING)
    case.assignee_id = case.assignee_id or account.id
    before = case.state
    if before is State.RECEIVED and draft.outcome is not Outcome.RESTORED:
        case.accepted_at = now
        cases.move(case, Event.ACCEPT, now, by=account)
    decision, told = carry_out(site, case, account, draft, _event(case, draft.outcome), now, before)
    tell(site, decision, told, now)
    decision.before = snapshots.narrowed(case, kept)
    mail.put_off(decision, now + timedelta(seconds=site.config.decision_grace))
    return decision


def _load(case: Case, outcome: Outcome) -> None:
    """Fetch the notices of a case in a few questions, or each would be asked for by itself while everybody waits."""
    notices = select(Item).where(Item.id.in_([item.id for item in case.items])).options(joinedload(Item.notice))
    if outcome is Outcome.INTERIM:  # whether they are complete counts
        files = joinedload(Item.notice).selectinload(Notice.messages).selectinload(Message.attachments)
        notices = notices.options(joinedload(Item.notice).selectinload(Notice.attachments), files)
    db.session.scalars(notices).all()


def _event(case: Case, outcome: Outcome) -> Event:
    if outcome not in FIRST:
        return Event.REVERSE if outcome is Outcome.RESTORED else Event.WITHHOLD_INTERIM
    is_order = case.source is Source.ORDER and case.state is State.IN_REVIEW
    return Event.GIVE_EFFECT if is_order else Event.DECIDE


def tell(site: Site, decision: Decision, told: Sequence[Item], now: datetime) -> None:
    """Queue what the publisher and each notifier learn; an authority learns what became of its order."""
    has_reasons = decision.statement["measure"] or decision.statement.get("ended")
    is_order = decision.case.source is Source.ORDER and decision.outcome in FIRST
    if has_reasons and decision.statement["publisher_told"]:
        # DSA art. 17(1): for restrictions and for what ends them, a declined notice is neither; art. 9(5): for orders
        (mail.order_executed if is_order else mail.statement_of_reasons)(site, decision, now)
    common = mail.alike(decision, told, now)
    for item in told:
        if is_order:
            mail.order_effect(site, decision, item.notice, now)
        else:
            mail.decision_to_notifier(site, decision, [item], now, common)
    if decision.outcome in RESTRICTIVE and decision.statement["publisher_told"]:
        publishers.forward_with_measure(site, decision, now)
    elif decision.outcome is Outcome.DECLINED:
        replies.pass_on(site, decision.case, now, decision)


def carry_out(
    site: Site,
    case: Case,
    account: Account | None,
    draft: Draft,
    event: Event,
    now: datetime,
    before: State | None = None,
    said: Said | None = None,
) -> tuple[Decision, list[Item]]:
    """Do what a complete decision says on a locked case: state, clocks, measures, pages and trail.

    Returns it with an item of each notifier to tell; the mails are the caller's, who knows what led to it. Without an
    account it was the law's own clock. `before` is the state in which the trail last left the case, if not the present;
    `said` is what the guards look at, if not the draft alone.
    """
    ended = measures.open_of(case, now)
    if draft.outcome is Outcome.RESTORED and ended is None:
        raise InvalidTransition(
            N_("这个案件没有正在执行的措施，所以没有什么可恢复。请刷新页面，看看案件现在到了哪一步。")
        )
    if draft.outcome is not Outcome.INTERIM:
        case.outcome = draft.outcome
        case.decided_at = case.decided_at or now
        case.asked_at = None
        cases.overtake(case, now)
        answered = _answered(case, draft.outcome, now)
    else:
        answered = [item for item in case.items if item.answered_at is None]
    if draft.outcome is Outcome.RESTORED:
        _end_counters(case, now)
    moved_from = cases.move(case, event, now, by=account, said=said or Said(draft))
    decision = _decision(site, account, case, draft, now, ended)
    if ended is not None:
        ended.ends_at, ended.ended_by_id = now, decision.id
    measure = measures.begin(site, decision, draft, now)
    _start_clocks(site, decision, now)
    _record(account, decision, before or moved_from, measure, ended, now)  # from here on, writers take turns
    publication.publish(site, [case.article], now)
    return decision, answered


def _end_counters(case: Case, now: datetime) -> None:
    """End what waited for this: the article comes back."""
    for counter in case.counter_notices:
        if counter.state is CounterState.FORWARDED:
            counter.state, counter.ended_at = CounterState.ENDED, now
        cases.stop_subject(case, f"counter:{counter.id}", now)


def _answered(case: Case, outcome: Outcome, now: datetime) -> list[Item]:
    """Return one item of each notifier to tell: those who wait for an answer; all when an article comes back.

    Nobody who took their notice back, or whose notice ended otherwise.
    """
    told: dict[object, Item] = {}
    to_all = outcome is Outcome.RESTORED or case.reopened_at is not None
    for item in case.items:
        if item.state in AWAITED or (to_all and item.state is ItemState.ANSWERED):
            told.setdefault(item.notice.mailbox or item.id, item)
    for item in case.items:
        if item.state in AWAITED:
            item.state = ItemState.ANSWERED
            item.answered_at = item.answered_at or now
    return sorted(told.values(), key=lambda item: item.id)


def _start_clocks(site: Site, decision: Decision, now: datetime) -> None:
    """Open the window for appeals, or limit how long an article may be withheld without a decision (§6.3, 14)."""
    if decision.case.closed_at:
        return
    kind = ClockKind.INTERIM if decision.outcome is Outcome.INTERIM else ClockKind.APPEAL_WINDOW
    cases.start_clock(site, decision.case, kind, now)


def _refuse_a_second(site: Site, case: Case) -> None:
    if case.decided_at is None:
        return
    last = case.decisions[-1]
    raise Conflict(
        N_("%(who)s已在%(when)s对这个案件作出决定，您的操作没有生效。"),
        who=last.decided_by.name if last.decided_by else "—",
        when=cases.said(site, last.decided_at),
    )


def _decision(
    site: Site, account: Account | None, case: Case, draft: Draft, now: datetime, ended: Measure | None
) -> Decision:
    decision = Decision(
        case=case,
        case_version=case.version,
        outcome=draft.outcome,
        ground_type=draft.ground_type,
        ground_ref=draft.ground_ref,
        ground_explanation=draft.ground_explanation,
        facts=draft.facts,
        clause_id=clauses.cited(draft),
        refusal=draft.refusal,
        is_manifest=draft.is_manifest,
        **reasons.texts(draft),
        statement=reasons.statement(
            case.id,
            draft,
            now,
            case.source,
            _redress(site, case, Side.PUBLISHER),
            _redress(site, case, Side.NOTIFIER),
            ended.kind if ended else None,
            claims.stated(case, {}),
            notifier_disclosed=askers.is_known_to_publisher(case),
            asked_by=askers.authority(case),
        ).as_dict(),
        decided_by_id=account.id if account else None,
        decided_at=now,
    )
    db.session.add(decision)
    db.session.flush()
    opinions.attach(decision)
    signatures.remember(decision)
    return decision


def _redress(site: Site, case: Case, side: Side) -> tuple[str, ...]:
    return redress(cases.regimes(case), side, is_platform=site.is_platform)


def _started(measure: Measure | None, decision: Decision) -> dict[str, object]:
    """Return what the trail holds about a measure; where it is meant to hold, as country codes or global."""
    if measure is None:
        return dict.fromkeys(("measure", "status", "until", "territory", "passages"))
    statement = decision.statement
    return {
        "measure": measure.id,
        "status": STATUS[measure.kind],
        "until": f"{measure.ends_at:%Y-%m-%d}" if measure.ends_at else None,
        "territory": "-".join(statement["territorial_scope"].split(", ")[:60]),
        "passages": statement["passages"],
    }


def _record(
    account: Account | None,
    decision: Decision,
    before: State,
    measure: Measure | None,
    ended: Measure | None,
    now: datetime,
) -> None:
    case = decision.case
    who = audit.actor(account)
    facts: dict[str, object] = {
        "case": case.id,
        "decision": decision.id,
        "ground": decision.ground_type,
        "from": before,
        "to": case.state,
        "article": case.article_id,
    }
    started = _started(measure, decision)
    if decision.outcome is Outcome.INTERIM:
        audit.record(who, "case.interim", now, **facts, **started)
    elif decision.outcome is Outcome.RESTORED:
        audit.record(who, "case.restored", now, **facts, outcome=decision.outcome, ended=ended.id if ended else None)
    else:
        audit.record(who, "case.decided", now, **facts, outcome=decision.outcome, **started)
