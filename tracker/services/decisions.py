"""Deciding a case: state, clocks, measure, statement of reasons, pages and mails in one act."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from tracker import mail
from tracker.db import db
from tracker.domain import reasons
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import MEASURES, Draft, Outcome, complete
from tracker.domain.errors import N_, Conflict, InvalidTransition
from tracker.domain.lifecycle import Event, ItemState, State
from tracker.domain.redress import CounterState
from tracker.domain.regimes import Side, redress
from tracker.domain.visibility import STATUS
from tracker.models import Account, Case, Decision, Item, Mail, Measure
from tracker.render import pages
from tracker.render.pages import Answer
from tracker.render.site import Site
from tracker.render.visible import stands
from tracker.services import audit, cases, publication, publishers, replies

EVENTS: dict[Outcome, Event] = {Outcome.RESTORED: Event.REVERSE, Outcome.INTERIM: Event.WITHHOLD_INTERIM}
"""What happens to the case; any other outcome decides it."""


@dataclass(frozen=True)
class Effect:
    """What a decision did, told without the database: the page, every address that changed, and the mails."""

    statement: dict[str, object]
    page: Answer | None
    paths: list[str]
    mails: list[tuple[str, str, str]]  # recipient, subject, text


def decide(site: Site, account: Account, case_id: int, version: int, draft: Draft, now: datetime) -> Decision:
    """Decide an open case, withhold its article meanwhile, or restore what a decided one keeps from readers.

    Raises Incomplete for an unfinished draft, NotFound, Conflict when somebody was first, InvalidTransition when the
    case is not in a state for it.
    """
    draft = complete(draft)
    case = cases.changed(site, account, case_id, version, now)
    cases.require_impartial(account, case)
    if draft.outcome not in {Outcome.RESTORED, Outcome.INTERIM}:
        _refuse_a_second(site, case)
    case.assignee_id = case.assignee_id or account.id
    before = case.state
    if before is State.RECEIVED and draft.outcome is not Outcome.RESTORED:
        case.accepted_at = now
        cases.move(case, Event.ACCEPT, now)
    was_kept = standing_measure(case, now) is not None
    decision, told = carry_out(site, case, account, draft, EVENTS.get(draft.outcome, Event.DECIDE), now, before)
    if was_kept or draft.outcome in MEASURES:
        mail.statement_of_reasons(site, decision, now)  # DSA art. 17(1): for restrictions, and for what ends them
    if draft.outcome in MEASURES:
        publishers.forward_with_measure(site, case, account, now, is_interim=draft.outcome is Outcome.INTERIM)
    elif draft.outcome is Outcome.DECLINED:
        replies.pass_on(site, case, now)
    for item in told:
        mail.decision_to_notifier(site, decision, [item], now)
    return decision


def carry_out(
    site: Site,
    case: Case,
    account: Account | None,
    draft: Draft,
    event: Event,
    now: datetime,
    before: State | None = None,
) -> tuple[Decision, list[Item]]:
    """Do what a complete decision says on a locked case: state, clocks, measures, pages and trail.

    Returns it with an item of each notifier to tell; the mails are the caller's, who knows what led to it. Without an
    account it was the law's own clock. `before` is the state in which the trail last left the case, if not the present.
    """
    ended = standing_measure(case, now)
    if draft.outcome is Outcome.RESTORED and ended is None:
        raise InvalidTransition(
            N_("这个案件没有正在执行的措施，所以没有什么可恢复。请刷新页面，看看案件现在到了哪一步。")
        )
    if draft.outcome is not Outcome.INTERIM:
        case.outcome = draft.outcome
        case.decided_at = case.decided_at or now
        case.asked_at = None
        answered = _answered(case, draft.outcome, now)
    else:
        answered = [item for item in case.items if item.answered_at is None]
    if draft.outcome is Outcome.RESTORED:
        _end_counters(case, now)
    moved_from = cases.move(case, event, now)
    decision = _decision(account, case, draft, now)
    if ended is not None:
        ended.ends_at, ended.ended_by_id = now, decision.id
    measure = _start(decision, now) if draft.outcome in MEASURES else None
    _start_clocks(site, decision, now)
    _record(account, decision, before or moved_from, measure, ended, now)  # from here on, writers take turns
    publication.publish(site, [case.article], now)
    return decision, answered


def _end_counters(case: Case, now: datetime) -> None:
    """End what waited for this: the article comes back."""
    for counter in case.counter_notices:
        if counter.state in {CounterState.INCOMPLETE, CounterState.FORWARDED}:
            counter.state, counter.ended_at = CounterState.ENDED, now
        cases.stop_subject(case, f"counter:{counter.id}", now)


def _answered(case: Case, outcome: Outcome, now: datetime) -> list[Item]:
    """Return one item of each notifier to tell: those who wait for an answer; all when an article comes back.

    Nobody who took their notice back, or whose notice ended otherwise.
    """
    told: dict[object, Item] = {}
    to_all = outcome is Outcome.RESTORED or case.reopened_at is not None
    for item in case.items:
        if item.state in {ItemState.OPEN, ItemState.NEEDS_INFO} or (to_all and item.state is ItemState.ANSWERED):
            told.setdefault(item.notice.mailbox or item.id, item)
    for item in case.items:
        if item.state in {ItemState.OPEN, ItemState.NEEDS_INFO}:
            item.state = ItemState.ANSWERED
            item.answered_at = item.answered_at or now
    return sorted(told.values(), key=lambda item: item.id)


def _start_clocks(site: Site, decision: Decision, now: datetime) -> None:
    """Open the window for appeals, or limit how long an article may be withheld without a decision (§6.3, 14)."""
    if decision.case.closed_at:
        return
    kind = ClockKind.INTERIM if decision.outcome is Outcome.INTERIM else ClockKind.APPEAL_WINDOW
    cases.start_clock(site, decision.case, kind, now)


def effect(site: Site, decision: Decision, now: datetime) -> Effect:
    """Return what a decision taken in this transaction did, for a preview that is then rolled back."""
    db.session.flush()
    article = decision.case.article
    mails = select(Mail).where(Mail.cause.startswith(f"decision:{decision.id}:")).order_by(Mail.id)
    return Effect(
        statement=decision.statement,
        page=pages.article(site, article, now),
        paths=publication.affected_paths(article, now),
        mails=[(mail.recipient, mail.subject, mail.text) for mail in db.session.scalars(mails)],
    )


def _refuse_a_second(site: Site, case: Case) -> None:
    if case.decided_at is None:
        return
    last = case.decisions[-1]
    raise Conflict(
        N_("%(who)s已在%(when)s对这个案件作出决定，您的操作没有生效。"),
        who=last.decided_by.name if last.decided_by else "—",
        when=cases.said(site, last.decided_at),
    )


def standing_measure(case: Case, now: datetime) -> Measure | None:
    """Return the measure of a case that keeps its article from readers now, or None."""
    return db.session.scalar(select(Measure).where(Measure.case_id == case.id, stands(now)))


def _decision(account: Account | None, case: Case, draft: Draft, now: datetime) -> Decision:
    decision = Decision(
        case=case,
        case_version=case.version,
        outcome=draft.outcome,
        ground_type=draft.ground_type,
        ground_ref=draft.ground_ref,
        ground_explanation=draft.ground_explanation,
        facts=draft.facts,
        refusal=draft.refusal,
        is_manifest=draft.is_manifest,
        statement=reasons.statement(
            case.id, draft, now, case.source, _redress(case, Side.PUBLISHER), _redress(case, Side.NOTIFIER)
        ).as_dict(),
        decided_by_id=account.id if account else None,
        decided_at=now,
    )
    db.session.add(decision)
    db.session.flush()
    return decision


def _redress(case: Case, side: Side) -> tuple[str, ...]:
    return redress(cases.regimes(case), side)


def _start(decision: Decision, now: datetime) -> Measure:
    measure = Measure(
        article_id=decision.case.article_id,
        case_id=decision.case_id,
        decision_id=decision.id,
        kind=MEASURES[decision.outcome],
        is_interim=decision.outcome is Outcome.INTERIM,
        starts_at=now,
    )
    db.session.add(measure)
    db.session.flush()
    return measure


def _record(
    account: Account | None,
    decision: Decision,
    before: State,
    measure: Measure | None,
    ended: Measure | None,
    now: datetime,
) -> None:
    case = decision.case
    who = audit.actor(account) if account else audit.SYSTEM
    facts: dict[str, object] = {
        "case": case.id,
        "decision": decision.id,
        "ground": decision.ground_type,
        "from": before,
        "to": case.state,
        "article": case.article_id,
    }
    started: dict[str, object] = {"measure": None, "status": None}
    if measure:
        started = {"measure": measure.id, "status": STATUS[measure.kind]}
    if decision.outcome is Outcome.INTERIM:
        audit.record(who, "case.interim", now, **facts, **started)
    elif decision.outcome is Outcome.RESTORED:
        audit.record(who, "case.restored", now, **facts, outcome=decision.outcome, ended=ended.id if ended else None)
    else:
        audit.record(who, "case.decided", now, **facts, outcome=decision.outcome, **started)
