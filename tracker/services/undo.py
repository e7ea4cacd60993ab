"""Taking a decision back within its grace window, before anybody was told of it."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from tracker.db import db
from tracker.domain import terms
from tracker.domain.errors import N_, InvalidTransition
from tracker.domain.visibility import Terms
from tracker.mail.parts import caused_by
from tracker.models import Account, Case, Decision, EffectProof, Mail, MailState, Measure, Proposal
from tracker.render.site import Site
from tracker.services import audit, case_drafts, cases, claims, publication, signatures, snapshots


def until(site: Site, case: Case) -> datetime | None:
    """Return until when the last act on a case, a decision, can be taken back; None when there is no such decision."""
    decision = case.decisions[-1] if case.decisions else None
    if decision is None or decision.before is None or decision.case_version != case.version:
        return None
    return _ends(site, decision)


def _ends(site: Site, decision: Decision) -> datetime:
    return decision.decided_at + timedelta(seconds=site.config.decision_grace)


def undo(site: Site, account: Account, case_id: int, version: int, now: datetime) -> Decision:
    """Take back the decision that made a case what `version` saw: everything it did, and the mails that wait.

    Pages get their former bytes; the trail keeps both acts, the decision's row its text; what a second person had agreed to
    waits for one again. Raises NotFound, Conflict when
    somebody has changed the case since, NotPermitted for the publisher, InvalidTransition when the last act was no
    decision, the window is over, or a mail is on its way.
    """
    case = cases.changed(site, account, case_id, version, now)
    decision = case.decisions[-1] if case.decisions else None
    if decision is None or decision.before is None or decision.case_version != version:
        raise InvalidTransition(N_("案件最近的一步不是可以撤销的决定。请刷新页面，看看案件现在到了哪一步。"))
    if now >= _ends(site, decision):
        raise InvalidTransition(N_("可以撤销的时间已经过了，当事人会收到邮件。要改变结果，请恢复展示或等待申诉。"))
    _cancel_mails(decision)
    before = case.state
    measure = db.session.scalar(select(Measure).where(Measure.decision_id == decision.id))
    decision.undone_at = now
    if db.session.scalar(select(Proposal.id).where(Proposal.decision_id == decision.id)) is None:
        written = claims.written(decision) | (_terms(site, measure) if measure else {})
        case_drafts.save(account, case.id, case_drafts.DECIDING, written, now)  # to be put right
    snapshots.bring_back(case, decision.before)
    if case.decided_at is None:
        signatures.forget(case)
    if measure is not None:
        measure.ends_at = now
    db.session.execute(delete(EffectProof).where(EffectProof.decision_id == decision.id))  # to be looked at again
    facts = {"case": case.id, "decision": decision.id, "from": before, "to": case.state, "article": case.article_id}
    audit.record(audit.actor(account), "case.undone", now, **facts, outcome=case.outcome)
    publication.publish(site, [case.article], now)
    return decision


def _terms(site: Site, measure: Measure) -> dict[str, str]:
    """Return what a measure said and when it was to hold, by the fields of the form."""
    fields = terms.typed(Terms.from_dict(measure.terms))
    if measure.starts_at > measure.decision.decided_at:
        fields["starts"] = f"{site.local(measure.starts_at):%Y-%m-%d}"
    if measure.ends_at is not None:
        fields["ends"] = f"{site.local(measure.ends_at - timedelta(seconds=1)):%Y-%m-%d}"
    return fields


def _cancel_mails(decision: Decision) -> None:
    own = select(Mail).where(caused_by(decision)).order_by(Mail.id).with_for_update()
    for mail in db.session.scalars(own, execution_options={"populate_existing": True}):
        if mail.state not in {MailState.QUEUED, MailState.HELD} or mail.attempts:
            raise InvalidTransition(N_("有一封邮件已经在路上，不能撤销了。要改变结果，请恢复展示或等待申诉。"))
        mail.state = MailState.CANCELLED
