"""Which authorities were told of a case, and why one still has to be."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from tracker.db import db
from tracker.domain.authorities import LABELS, Authority, duty
from tracker.models import AuditEntry, Case, Transfer


class Told(NamedTuple):
    """An authority by its name, and when it was told."""

    name: str
    at: datetime


class Telling(NamedTuple):
    """Who was told so far; `why` says each reason for which somebody has to be who was not told since."""

    told: list[Told]
    why: list[str]


def telling(case: Case, *, targets_eu: bool) -> Telling:
    """Return who was told of a case, or of one whose notices came into it, and the duties that later notices bring."""
    before = select(Transfer.from_case_id).where(Transfer.to_case_id == case.id, Transfer.undone_at.is_(None))
    numbers = [case.id, *db.session.scalars(before)]  # listed, so that an index finds their entries
    of_these = (AuditEntry.case_id.in_(numbers), AuditEntry.kind == "case.authority_told")
    entries = select(AuditEntry.facts, AuditEntry.at).where(*of_these)
    rows = db.session.execute(entries.order_by(AuditEntry.seq))
    told = [Told(LABELS[Authority(facts["authority"])], at) for facts, at in rows]
    fresh = [item.notice for item in case.items if not told or item.notice.received_at > told[-1].at]
    why = dict.fromkeys(duty(case.category, notice.answers, targets_eu=targets_eu) for notice in fresh)
    return Telling(told, [reason for reason in why if reason])
