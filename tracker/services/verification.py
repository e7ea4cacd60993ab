"""Checks of the whole trail: asked for, noted step by step as the worker does them, and one every night."""

from datetime import datetime, timedelta

from sqlalchemy import select

from tracker import mail
from tracker.db import db
from tracker.domain.audit import GENESIS
from tracker.domain.errors import N_
from tracker.models import Account, Verification
from tracker.queries.trail_steps import Step
from tracker.render.site import Site
from tracker.services import audit

EVERY = timedelta(days=1)
"""How often the trail is checked without anybody asking."""


def ask(account: Account | None, now: datetime) -> Verification:
    """Have the trail checked up to where it ends now; one that is under way already is enough."""
    until, head = audit.end()
    under_way = db.session.scalar(select(Verification).where(Verification.finished_at.is_(None)).limit(1))
    if under_way is not None:
        return under_way
    check = Verification(
        asked_at=now,
        asked_by_id=account.id if account else None,
        until=until,
        head=head,
        hash=GENESIS,
    )
    db.session.add(check)
    db.session.flush()
    audit.record(audit.actor(account), "audit.check_asked", now, verification=check.id)
    return check


def nightly(now: datetime) -> None:
    """Ask for a check when the last one is a day old."""
    last = db.session.scalar(select(Verification.asked_at).order_by(Verification.id.desc()).limit(1))
    if last is None or last <= now - EVERY:
        ask(None, now)


def note(site: Site, step: Step, now: datetime) -> None:
    """Write down how far a check came; the same step of another worker counts once. A fault is told to the maintainers."""
    check = db.session.get_one(Verification, step.number, with_for_update=True, populate_existing=True)
    if check.finished_at or (check.entry, check.case_id) != step.was:
        return
    check.entry, check.hash, check.case_id, check.fault = step.entry, step.hash, step.case_id, step.fault
    if not step.is_over:
        return
    check.finished_at = now
    sound = int(not check.fault)
    audit.record(audit.SYSTEM, "audit.checked", now, verification=check.id, entries=check.entry, sound=sound)
    if check.fault:
        mail.alarm(site, N_("操作记录核对不符"), check.fault, "/desk/audit", now, f"verification:{check.id}")
