"""Decisions taken to a certified out-of-court body: recorded, and the case waits for it (DSA art. 21)."""

from datetime import datetime

from tracker import mail
from tracker.db import db
from tracker.domain.clocks import ClockKind
from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.lifecycle import Event, ItemState
from tracker.domain.redress import PUBLISHER
from tracker.domain.text import clean_line, misfit
from tracker.models import Account, Case, Dispute
from tracker.render.site import Site
from tracker.services import audit, cases
from tracker.services.counters import complainants

_BOUNDS = (2, 200)


def open_one(
    site: Site, account: Account, case_id: int, version: int, party: str, body: str, reference: str, now: datetime
) -> Dispute:
    """Record that a party (publisher, or notice:7) took the last decision to a body; what it decides is a ruling.

    Raises Incomplete for a body or a reference that is not named, or a party that is none; Conflict, InvalidTransition.
    """
    said = {"body": clean_line(body), "reference": clean_line(reference)}
    problems = {name: wrong for name, text in said.items() if (wrong := misfit(text, _BOUNDS))}
    case = cases.changed(site, account, case_id, version, now)
    if party not in parties(case):
        problems["party"] = DomainError(N_("请选择一方。"))
    if problems:
        raise Incomplete(problems)
    case.held_at = now
    before = cases.move(case, Event.ODS_OPENED, now, by=account)
    dispute = Dispute(case=case, decision=case.decisions[-1], party=party, opened_at=now, **said)
    db.session.add(dispute)
    db.session.flush()
    cases.start_clock(site, case, ClockKind.ODS, now)
    cases.start_clock(site, case, ClockKind.HOLD_REVIEW, now)
    facts = {"case": case.id, "from": before, "to": case.state, "dispute": dispute.id}
    audit.record(audit.actor(account), "case.dispute_opened", now, **facts)
    mail.dispute_to_publisher(site, dispute, now)
    for item in complainants(case):
        mail.dispute_to_notifier(site, dispute, item.notice, [item], now)
    return dispute


def parties(case: Case) -> list[str]:
    """Return who can take a decision on a case to a body: its publisher, and each notifier whom it answered."""
    answered = dict.fromkeys(f"notice:{item.notice_id}" for item in case.items if item.state is ItemState.ANSWERED)
    return [PUBLISHER, *answered]
