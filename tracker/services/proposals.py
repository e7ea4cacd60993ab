"""Decisions that need a second person: proposed, approved, sent back, withdrawn, or left to the clock."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from tracker import mail
from tracker.db import db
from tracker.domain import approval
from tracker.domain.approval import Fate
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Draft, Outcome, complete
from tracker.domain.errors import N_, Conflict, DomainError, InvalidTransition, NotFound, NotPermitted
from tracker.domain.lifecycle import TRANSITIONS, Event, State
from tracker.domain.roles import Permission, allows
from tracker.domain.text import bounded
from tracker.models import Account, Case, Clock, Decision, Proposal
from tracker.queries import concerns
from tracker.render.site import Site
from tracker.services import audit, case_drafts, cases, claims, decisions, measures
from tracker.services.guards import Said

_RESTRICTABLE = frozenset(row.source for row in TRANSITIONS if row.event is Event.WITHHOLD_INTERIM)
"""The states in which something may stand in for a decision."""


def submit(
    site: Site, account: Account, case_id: int, version: int, draft: Draft, fields: Mapping[str, str], now: datetime
) -> Decision | Proposal:
    """Decide, or propose to decide where the settings ask for a second person. Raises what `decisions.decide` does."""
    if is_needed(site, case_id, draft.outcome):
        return propose(site, account, case_id, version, draft, fields, now)
    return decisions.decide(site, account, case_id, version, draft, now)


def is_needed(site: Site, case_id: int, outcome: Outcome) -> bool:
    """Say whether a decision on a case needs a second person, as the settings are."""
    case = db.session.get(Case, case_id)
    return case is not None and approval.is_needed(site.settings.values, outcome, case.category)


def propose(
    site: Site, account: Account, case_id: int, version: int, draft: Draft, fields: Mapping[str, str], now: datetime
) -> Proposal:
    """Keep a decision for a second person: nothing that readers see changes, limits of the law run on.

    Whoever may approve it is told, nobody else. `fields` is the form as it was sent. Raises what deciding would raise, and Conflict when another proposal waits.
    """
    _try(site, account, case_id, version, draft, now)
    draft = claims.filled(case_id, draft)
    case = cases.changed(site, account, case_id, version, now)
    if waiting := waiting_on(case.id):
        message = N_("%(who)s已在%(when)s对这个案件提出决定，正在等待第二个人。请等那个决定批准、退回或收回以后再提。")
        raise Conflict(message, who=waiting.proposed_by.name, when=cases.said(site, waiting.proposed_at))
    case.assignee_id = case.assignee_id or account.id
    before = case.state
    if before is State.RECEIVED:
        case.accepted_at = now
        cases.move(case, Event.ACCEPT, now, by=account)
    proposal = Proposal(
        case=case,
        case_version=case.version,
        outcome=draft.outcome,
        draft=approval.written(draft),
        fields=case_drafts.typed_in(fields),
        proposed_by=account,
        proposed_at=now,
        state=Fate.OPEN,
        reason="",
    )
    db.session.add(proposal)
    db.session.flush()
    clock = cases.start_clock(site, case, ClockKind.APPROVAL, now, f"proposal:{proposal.id}")
    for second in approvers(case, account.id):
        mail.proposal_waits(site, proposal, second, clock.due_at, now)
    case_drafts.discard(account, case.id, case_drafts.DECIDING)
    facts = {"case": case.id, "proposal": proposal.id, "from": before, "to": case.state}
    audit.record(audit.actor(account), "proposal.made", now, **facts, proposed=draft.outcome)
    return proposal


def _try(site: Site, account: Account, case_id: int, version: int, draft: Draft, now: datetime) -> None:
    """Take the decision and roll it back: what could not be carried out is not proposed either."""
    tried = db.session.begin_nested()
    try:
        decisions.decide(site, account, case_id, version, draft, now, is_agreed=True)
    finally:
        tried.rollback()


def waiting_on(case_id: int) -> Proposal | None:
    """Return the proposal that waits on a case, or None."""
    return db.session.scalar(select(Proposal).where(Proposal.case_id == case_id, Proposal.state == Fate.OPEN))


def approvers(case: Case, but: int) -> list[Account]:
    """Return who may approve a proposal of the account `but` on a case: with the permission, and no interest in it."""
    return [each for each in permitted() if each.id != but and concerns.is_impartial(each, case)]


def permitted() -> list[Account]:
    """Return everybody whose role lets them approve, and who can sign in."""
    found = select(Account).where(Account.disabled_at.is_(None)).order_by(Account.name, Account.id)
    return [each for each in db.session.scalars(found) if allows(each.role, Permission.APPROVE)]


def rehearsed(site: Site, proposal_id: int, now: datetime) -> Decision:
    """Take the decision that a proposal asks for, as its approval would; the caller rolls it back."""
    proposal = db.session.get(Proposal, proposal_id)
    if proposal is None or proposal.state is not Fate.OPEN:
        raise _ended(proposal)
    return _decided(site, proposal, proposal.case.version, proposal.proposed_by, now)


def _decided(site: Site, proposal: Proposal, version: int, by: Account, now: datetime) -> Decision:
    _require_able(proposal)
    draft = approval.begun(approval.read(proposal.draft), now)
    return decisions.decide(site, proposal.proposed_by, proposal.case_id, version, draft, now, is_agreed=True, by=by)


def _require_able(proposal: Proposal) -> None:
    """Raise InvalidTransition when whoever proposed it could not decide the case any more."""
    who = proposal.proposed_by
    if not allows(who.role, Permission.DECIDE) or not concerns.is_impartial(who, proposal.case):
        message = N_("%(who)s现在不能再决定这个案件（角色变了，或者登记了回避）。请退回，由另一位同事作出决定。")
        raise InvalidTransition(message, who=who.name)


def approve(site: Site, account: Account, proposal_id: int, version: int, now: datetime) -> Decision:
    """Carry out what a colleague proposed, as they would have: the same act, theirs, with a second name in the trail.

    `version` is that of the case as it was looked at. Raises NotPermitted for whoever proposed it, has an interest or
    lacks the permission; Conflict when the case has changed since; Incomplete for what no longer fits the case;
    InvalidTransition when the proposal waits no more.
    """
    proposal = _locked(site, account, proposal_id, version)
    decision = _decided(site, proposal, version, account, now)
    proposal.state, proposal.decision_id = Fate.APPROVED, decision.id
    proposal.ended_at, proposal.ended_by_id = now, account.id
    mail.proposal_waits_no_more(proposal)
    facts = {"case": proposal.case_id, "proposal": proposal.id}
    audit.record(audit.actor(account), "proposal.approved", now, **facts, decision=decision.id)
    return decision


def send_back(site: Site, account: Account, proposal_id: int, reason: str, now: datetime) -> Proposal:
    """Give a proposal back to whoever wrote it, with the reason and all that they typed. Raises as `approve`, Incomplete."""
    proposal = _locked(site, account, proposal_id, None)
    why = bounded(reason, approval.REASON, "reason")
    proposal.reason, proposal.ended_by = why, account
    _end(proposal, Fate.RETURNED, now)
    audit.record(audit.actor(account), "proposal.returned", now, case=proposal.case_id, proposal=proposal.id)
    mail.proposal_returned(site, proposal, now)
    return proposal


def withdraw(site: Site, account: Account, proposal_id: int, now: datetime) -> Proposal:
    """Take one's own proposal back as a draft. Raises NotPermitted for anybody else, InvalidTransition when it is too late."""
    proposal = _locked(site, None, proposal_id, None)
    if proposal.proposed_by_id != account.id:
        raise NotPermitted(N_("只有提出的人可以收回。您可以退回它，并说明理由。"))
    _end(proposal, Fate.WITHDRAWN, now)
    audit.record(audit.actor(account), "proposal.withdrawn", now, case=proposal.case_id, proposal=proposal.id)
    return proposal


def _end(proposal: Proposal, fate: Fate, now: datetime) -> None:
    proposal.state, proposal.ended_at = fate, now
    cases.stop_subject(proposal.case, f"proposal:{proposal.id}", now)
    mail.proposal_waits_no_more(proposal)
    case_drafts.give_back(proposal.proposed_by, proposal.case_id, case_drafts.DECIDING, proposal.fields, now)


def _locked(site: Site, by: Account | None, proposal_id: int, version: int | None) -> Proposal:
    """Return a proposal that waits, its case locked; `by` is who answers it."""
    proposal = db.session.get(Proposal, proposal_id)
    if proposal is None:
        raise _ended(None)
    case = cases.locked_as_seen(site, proposal.case_id, version)
    db.session.refresh(proposal)
    if proposal.state is not Fate.OPEN:
        raise _ended(proposal)
    if by is not None:
        if by.id == proposal.proposed_by_id:
            raise NotPermitted(N_("这是您自己提出的决定，要由另一个人批准。"))
        if not allows(by.role, Permission.APPROVE):
            raise NotPermitted(N_("您的账号没有这项权限。如果需要，请联系管理员。"))
        cases.require_impartial(by, case)
    return proposal


def _ended(proposal: Proposal | None) -> DomainError:
    if proposal is None:
        return NotFound(N_("没有这个提出的决定。"))
    return InvalidTransition(N_("这个提出的决定已经不再等待批准。请刷新页面，看看案件现在到了哪一步。"))


def lapse(site: Site, clock: Clock, now: datetime) -> bool:
    """Let the interim measure of a proposal take effect that nobody answered; it goes on waiting. Safe to repeat.

    Returns False when nothing can stand in for it: then somebody must be told.
    """
    proposal = db.session.get_one(Proposal, int(clock.subject.partition(":")[2]))
    case = clock.case
    if proposal.state is not Fate.OPEN or proposal.lapsed_at is not None:
        clock.stopped_at = now
        return True
    draft = approval.meanwhile(approval.read(proposal.draft), now)
    if draft is None or case.state not in _RESTRICTABLE or measures.open_of(case, now) is not None:
        return False
    (case,) = cases.locked([case.id], now, N_("系统"))
    draft = measures.checked(case, complete(draft), now)
    said = Said(draft, is_proposed=True)
    decision, told = decisions.carry_out(site, case, None, draft, Event.WITHHOLD_INTERIM, now, said=said)
    decisions.tell(site, decision, told, now)
    if proposal.case_version == case.version - 1:
        proposal.case_version = case.version  # nothing has changed but by itself
    proposal.lapsed_at = clock.stopped_at = now
    facts = {"case": case.id, "proposal": proposal.id}
    audit.record(audit.SYSTEM, "proposal.lapsed", now, **facts, decision=decision.id)
    mail.attention(site, case, N_("没有人批准提出的决定，已先采取暂时措施"), now, f"lapsed:{proposal.id}")
    return True
