"""Decisions that take two people, for tests: asked for by the settings, proposed, approved."""

from datetime import datetime, timedelta

from sqlalchemy import select

from tests.factories import draft
from tests.staff import make_member
from tracker.db import db, transaction
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Draft, Outcome
from tracker.domain.roles import Role
from tracker.models import Account, AuditEntry, Case, Clock, Decision, Mail, MailState, Proposal
from tracker.render.site import Site
from tracker.services import proposals, settings

PATH = "/articles/yi-pian"
DAY, SOON = timedelta(days=1), timedelta(seconds=20)
TYPED = {
    "outcome": "removed", "facts": "写下的事实。", "ground_explanation": "为什么。", "to_notifier": "只给通知人。",
    "to_publisher": "只给发布者。", "public": "公开的话。", "rationale": "内部。", "claim-0": "founded", "passages": "原文",
    "csrf_token": "secret", "version": "1", "key": "k",
}  # fmt: skip


def ask_for(site: Site, now: datetime, **said: str) -> Site:
    admin = make_member("jia@example.org", Role.ADMIN, "贾")
    with transaction():
        settings.put(site, admin, 0, {f"approval_{name}": value for name, value in said.items()}, now)
    return settings.in_force(site)


def propose(site: Site, account: Account, case: Case, now: datetime, written: Draft | None = None) -> Proposal:
    with transaction():
        made = proposals.submit(site, account, case.id, case.version, written or draft(Outcome.REMOVED), TYPED, now)
    assert isinstance(made, Proposal)
    return made


def asked() -> list[tuple[str, MailState]]:
    """Return who was told that a proposal waits, and what became of that mail."""
    found = select(Mail.recipient, Mail.state).where(Mail.name == "proposal_waits").order_by(Mail.recipient)
    return [(row[0], row[1]) for row in db.session.execute(found)]


def approve(site: Site, account: Account, proposal: Proposal, now: datetime, version: int | None = None) -> Decision:
    with transaction():
        return proposals.approve(site, account, proposal.id, version or proposal.case.version, now)


def kinds() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.kind).order_by(AuditEntry.seq)))


def running(kind: ClockKind) -> list[datetime]:
    return list(db.session.scalars(select(Clock.due_at).where(Clock.kind == kind, Clock.stopped_at.is_(None))))
