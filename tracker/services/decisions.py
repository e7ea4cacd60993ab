"""Deciding a case: state, clocks, measure, statement of reasons, pages and mails in one act."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from tracker import mail
from tracker.db import db
from tracker.domain import reasons
from tracker.domain.decisions import MEASURES, Draft, Outcome, complete
from tracker.domain.errors import N_, Conflict, InvalidTransition
from tracker.domain.lifecycle import Event, State, advance
from tracker.domain.visibility import STATUS
from tracker.models import Account, Case, Decision, Mail, Measure
from tracker.render import pages
from tracker.render.pages import Answer
from tracker.render.site import Site
from tracker.render.visible import stands
from tracker.services import audit, cases, publication


@dataclass(frozen=True)
class Effect:
    """What a decision did, told without the database: the page, every address that changed, and the mails."""

    statement: dict[str, object]
    page: Answer | None
    paths: list[str]
    mails: list[tuple[str, str, str]]  # recipient, subject, text


def decide(site: Site, account: Account, case_id: int, version: int, draft: Draft, now: datetime) -> Decision:
    """Decide an open case, or restore what a decided one keeps from readers; everything that follows, follows here.

    Raises Incomplete for an unfinished draft, NotFound, Conflict when somebody was first, InvalidTransition when the
    case is not in a state for it.
    """
    draft = complete(draft)
    case = cases.changed(site, account, case_id, version, now)
    ended = _standing_measure(case, now) if draft.outcome is Outcome.RESTORED else None
    before, events = case.state, _events(site, case, draft.outcome)
    for event in events:
        case.state = advance(case.state, event)
    case.outcome = draft.outcome
    case.decided_at = case.decided_at or now
    case.assignee_id = case.assignee_id or account.id
    cases.stop_clocks(case, events, now)
    decision = _decision(account, case, version, draft, now)
    measure = _start(decision, now) if draft.outcome in MEASURES else None
    if ended is not None:
        ended.ends_at, ended.ended_by_id = now, decision.id
    _record(account, decision, before, measure, ended, now)  # from here on, writers take turns
    publication.publish(site, [case.article], now)
    _answer(site, decision, now)
    return decision


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


def _events(site: Site, case: Case, outcome: Outcome) -> list[Event]:
    if outcome is Outcome.RESTORED:
        return [Event.REVERSE]
    if case.decided_at is not None:
        last = case.decisions[-1]
        raise Conflict(
            N_("%(who)s已在%(when)s对这个案件作出决定，您的操作没有生效。"),
            who=last.decided_by.name,
            when=cases.said(site, last.decided_at),
        )
    return [Event.ACCEPT, Event.DECIDE] if case.state is State.RECEIVED else [Event.DECIDE]


def _standing_measure(case: Case, now: datetime) -> Measure:
    measure = db.session.scalar(select(Measure).where(Measure.case_id == case.id, stands(now)))
    if measure is None:
        raise InvalidTransition(
            N_("这个案件没有正在执行的措施，所以没有什么可恢复。请刷新页面，看看案件现在到了哪一步。")
        )
    return measure


def _decision(account: Account, case: Case, version: int, draft: Draft, now: datetime) -> Decision:
    decision = Decision(
        case=case,
        case_version=version,
        outcome=draft.outcome,
        ground_type=draft.ground_type,
        ground_ref=draft.ground_ref,
        ground_explanation=draft.ground_explanation,
        facts=draft.facts,
        statement=reasons.statement(case.id, draft, now).as_dict(),
        decided_by_id=account.id,
        decided_at=now,
    )
    db.session.add(decision)
    db.session.flush()
    return decision


def _start(decision: Decision, now: datetime) -> Measure:
    measure = Measure(
        article_id=decision.case.article_id,
        case_id=decision.case_id,
        decision_id=decision.id,
        kind=MEASURES[decision.outcome],
        starts_at=now,
    )
    db.session.add(measure)
    db.session.flush()
    return measure


def _record(
    account: Account, decision: Decision, before: State, measure: Measure | None, ended: Measure | None, now: datetime
) -> None:
    case = decision.case
    facts: dict[str, object] = {
        "case": case.id,
        "decision": decision.id,
        "outcome": decision.outcome,
        "ground": decision.ground_type,
        "from": before,
        "to": case.state,
        "article": case.article_id,
    }
    if ended is not None:
        audit.record(audit.actor(account), "case.restored", now, **facts, ended=ended.id)
        return
    started = (measure.id, STATUS[measure.kind]) if measure else (None, None)
    audit.record(audit.actor(account), "case.decided", now, **facts, measure=started[0], status=started[1])


def _answer(site: Site, decision: Decision, now: datetime) -> None:
    """Tell the publisher, and each notifier once: those who wait for an answer, or all when an article comes back."""
    is_restored = decision.outcome is Outcome.RESTORED
    if is_restored or decision.outcome in MEASURES:  # DSA art. 17(1): for restrictions; a declined notice is none
        mail.statement_of_reasons(site, decision, now)
    asked = {i.mailbox: i for i in reversed(decision.case.items) if is_restored or i.answered_at is None}
    for item in sorted(asked.values(), key=lambda item: item.id):
        mail.decision_to_notifier(site, decision, [item], now)
        item.answered_at = item.answered_at or now
