"""Appeals: either side, once for a decision, decided by somebody who decided nothing on the case before."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from tracker import mail
from tracker.db import db
from tracker.domain.approval import Fate
from tracker.domain.attachments import Attachment as File
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import RESTRICTIVE, Draft, Outcome, complete
from tracker.domain.errors import N_, Conflict, Gone, InvalidTransition, no_case
from tracker.domain.lifecycle import Event, ItemState
from tracker.domain.redress import GROUNDS, PUBLISHER, AppealState, may_appeal, may_rule, replacements
from tracker.domain.regimes import Side
from tracker.domain.text import bounded
from tracker.domain.threads import MessageKind, Party
from tracker.models import Account, Appeal, Case, Decision, Notice, Proposal
from tracker.queries.redress import window
from tracker.queries.silence import is_silent
from tracker.render.site import Site
from tracker.services import audit, cases, decisions, measures, publishers, threads
from tracker.services.counters import complainants


def party_of(notice: Notice) -> str:
    """Return how a notifier stands as a party to an appeal."""
    return f"notice:{notice.id}"


def send(
    site: Site,
    case: Case,
    notice: Notice | None,
    text: str,
    files: Sequence[File],
    language: str,
    now: datetime,
    key: str,
) -> None:
    """Take an appeal of a notifier, or of the publisher when `notice` is None, against the last decision.

    Raises Incomplete for grounds too short or long, Gone when the window is over, InvalidTransition for a decision that
    did not go against them, Conflict for a second one.
    """
    bounded(text, GROUNDS, "grounds")
    (case,) = cases.locked([case.id], now, N_("申诉人"))
    if threads.is_known(key):
        return
    is_hidden = notice is None and is_silent(case)  # nobody appeals what they must not know
    if not case.decisions or is_hidden or window(case, now) is None:
        raise Gone(N_("申诉的期限已过，或者还没有可以申诉的决定。您仍可以向法院起诉，或向主管部门投诉。"))
    decision, party = case.decisions[-1], party_of(notice) if notice else PUBLISHER
    _require_against(decision, notice)
    if db.session.scalar(select(Appeal.id).where(Appeal.decision_id == decision.id, Appeal.party == party)):
        raise Conflict(N_("您已经对这个决定提出过申诉，不能重复提出。"))
    message = threads.add(
        key, now, case=case, notice=notice, party=Party.NOTIFIER if notice else Party.PUBLISHER,
        kind=MessageKind.APPEAL, text=text, files=files,
    )  # fmt: skip
    appeal = Appeal(
        case=case, decision=decision, party=party, message=message, state=AppealState.OPEN, language=language,
        received_at=now, reasons="",
    )  # fmt: skip
    db.session.add(appeal)
    before = cases.move(case, Event.APPEAL, now)
    cases.start_clock(site, case, ClockKind.APPEAL_DECIDE, now, f"appeal:{appeal.id}")
    facts = {"case": case.id, "from": before, "to": case.state, "appeal": appeal.id, "decision": decision.id}
    audit.record(
        audit.NOTIFIER if notice else audit.PUBLISHER, "case.appealed", now, **facts, party=party.replace(":", "-")
    )
    mail.appeal_received(site, appeal, now)
    mail.attention(site, case, N_("收到申诉"), now, key)


def _require_against(decision: Decision, notice: Notice | None) -> None:
    """Raise InvalidTransition unless the decision answered this party, and went against them."""
    items = [item for item in decision.case.items if notice and item.notice_id == notice.id]
    is_party = notice is None or any(item.state is ItemState.ANSWERED for item in items)
    if not is_party or not may_appeal(decision.outcome, Side.NOTIFIER if notice else Side.PUBLISHER):
        raise InvalidTransition(N_("这个决定没有对您不利，没有可以申诉的内容。您仍可以向法院起诉，或向主管部门投诉。"))


def deciders(case: Case) -> set[int]:
    """Return the accounts that decided anything on a case, or agreed to it: none of them may rule on an appeal."""
    ruled = {appeal.decided_by_id for appeal in case.appeals}
    agreed = select(Proposal.ended_by_id).where(Proposal.case_id == case.id, Proposal.state == Fate.APPROVED)
    decided = {d.decided_by_id for d in case.decisions} | set(db.session.scalars(agreed))
    return {number for number in decided | ruled if number is not None}


def outcomes(case: Case, now: datetime) -> tuple[Outcome, ...]:
    """Return what an upheld appeal may decide instead as things stand."""
    return replacements(is_measured=measures.open_of(case, now) is not None)


def rule(
    site: Site,
    account: Account,
    appeal_id: int,
    version: int,
    reasons: str,
    now: datetime,
    draft: Draft | None = None,
) -> Decision | None:
    """Decide an appeal: dismissed, or upheld with the decision that takes the place of the one appealed.

    Raises NotPermitted for whoever decided before (DSA art. 20(6)), Incomplete, Conflict, InvalidTransition.
    """
    appeal = db.session.get(Appeal, appeal_id)
    if appeal is None:
        raise no_case()
    may_rule(account.id, deciders(appeal.case))
    cases.require_impartial(account, appeal.case)
    said = bounded(reasons, GROUNDS, "grounds")
    draft = complete(draft) if draft else None
    case = cases.changed(site, account, appeal.case_id, version, now)
    draft = measures.checked(case, draft, now) if draft else None
    if appeal.state is not AppealState.OPEN:
        raise InvalidTransition(N_("这件申诉已经处理过了。请刷新页面，看看案件现在到了哪一步。"))
    appeal.state = AppealState.UPHELD if draft else AppealState.DISMISSED
    appeal.decided_at, appeal.decided_by_id, appeal.reasons = now, account.id, said
    before = case.state
    decision = _replaced(site, case, account, draft, now) if draft else None
    if decision is None:
        cases.move(case, Event.RULE, now, f"appeal:{appeal.id}", by=account)
    cases.stop_subject(case, f"appeal:{appeal.id}", now)
    facts = {"case": case.id, "from": before, "to": case.state, "appeal": appeal.id}
    audit.record(audit.actor(account), "case.appeal_ruled", now, **facts, upheld=int(draft is not None))
    for item in complainants(case):
        mail.appeal_decided_to_notifier(site, appeal, item.notice, [item], now)
        if decision is not None:
            mail.decision_to_notifier(site, decision, [item], now)
    mail.appeal_decided_to_publisher(site, appeal, now)
    return decision


def _replaced(site: Site, case: Case, account: Account, draft: Draft, now: datetime) -> Decision | None:
    """Carry out what an upheld appeal asks for; nothing to do when readers see that already."""
    if draft.outcome is Outcome.RESTORED and measures.open_of(case, now) is None:
        raise InvalidTransition(N_("文章现在没有受到措施，没有什么可恢复。请选择别的结果。"))
    decision, _ = decisions.carry_out(site, case, account, draft, Event.RULE, now)
    if decision.statement["measure"] or decision.statement["ended"] or mail.was_told(case):
        mail.statement_of_reasons(site, decision, now)
    if draft.outcome in RESTRICTIVE:
        publishers.forward_with_measure(site, decision, now)
    return decision
