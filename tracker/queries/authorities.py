"""Which authorities were told of a case, and why one still has to be."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from tracker.db import db
from tracker.domain.authorities import LABELS, Authority, duty
from tracker.models import AuditEntry, Case


class Told(NamedTuple):
    """An authority by its name, and when it was told."""

    name: str
    at: datetime


class Telling(NamedTuple):
    """Who was told so far; `why` says each reason for which somebody has to be."""

    told: list[Told]
    why: list[str]


def telling(case: Case) -> Telling:
    """Return who was told of a case, and the duties that its notices bring with them."""
    kind = AuditEntry.kind == "case.authority_told"
    entries = (
        select(AuditEntry.facts, AuditEntry.at).where(AuditEntry.case_id == case.id, kind).order_by(AuditEntry.seq)
    )
    told = [Told(LABELS[Authority(facts["authority"])], at) for facts, at in db.session.execute(entries)]
    why = dict.fromkeys(duty(case.category, item.notice.answers) for item in case.items)
    return Telling(told, [reason for reason in why if reason])
