"""A second reading of a few decided cases by somebody who does not see what was decided, to know how far we agree."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read

from tracker.db import db
from tracker.domain.decisions import FIRST, Outcome
from tracker.domain.errors import N_, DomainError, Incomplete, InvalidTransition, NotFound, NotPermitted
from tracker.domain.text import clean, misfit
from tracker.models import Account, Decision, Sample
from tracker.queries import concerns
from tracker.render.site import Site
from tracker.services import appeals, audit, guards

SHARE = 2
"""Of a hundred decisions, so many are read again."""

NOTE = (2, 2000)
"""The fewest and most characters of a reader's reasons."""

_LOOKED_BACK = timedelta(days=2)


def draw(site: Site, now: datetime) -> None:
    """Draw from the decisions of the last days, once they can no longer be taken back; the lot is a keyed hash.

    The same decision always has the same lot, so that running twice, or on two machines, draws nothing twice.
    """
    settled = now - timedelta(seconds=site.config.decision_grace)
    wanted = select(Decision.id, Decision.case_id).where(
        Decision.decided_at > now - _LOOKED_BACK, Decision.decided_at <= settled, Decision.undone_at.is_(None),
        Decision.outcome.in_(FIRST), Decision.decided_by_id.is_not(None),
    )  # fmt: skip
    drawn = [(number, case) for number, case in db.session.execute(wanted) if lot(site, number) < SHARE]
    for number, case in drawn:
        new = insert(Sample).values(decision_id=number, drawn_at=now, note="").on_conflict_do_nothing()
        sample = db.session.scalar(new.returning(Sample.id))
        if sample is not None:
            audit.record(audit.SYSTEM, "sample.drawn", now, sample=sample, decision=number, case=case)


def lot(site: Site, decision: int) -> int:
    """Return the lot of a decision, from 0 to 99; nobody without the server's key can tell it beforehand."""
    secret = site.keys.secret("sample", str(decision), site.keys.epochs[-1])
    return int.from_bytes(hashlib.sha256(secret.encode()).digest()[:4]) % 100


def waiting(account: Account) -> list[Sample]:
    """Return what this person may read: drawn, not read yet, decided by others, and nothing that they keep out of."""
    found = select(Sample).where(Sample.read_at.is_(None)).join(Decision).order_by(Sample.drawn_at, Sample.id)
    return [
        sample
        for sample in db.session.scalars(found)
        if account.id not in deciders(sample) and concerns.may_know(account, _cases(sample))
    ]


def deciders(sample: Sample) -> set[int]:
    """Return who took part in deciding the case of a sample, or agreed to it: none of them reads it."""
    return appeals.deciders(sample.decision.case)


def readable(account: Account, number: int) -> Sample:
    """Return a sample that this person may read or has read; raise NotFound, NotPermitted for who decided the case or keeps out of it."""
    sample = db.session.get(Sample, number)
    if sample is None:
        raise NotFound(N_("没有这个抽样。"))
    if account.id in deciders(sample):
        raise NotPermitted(N_("您参与过这个案件的决定，要由别人复读。"))
    guards.require_unconcerned(account, _cases(sample))
    return sample


def _cases(sample: Sample) -> set[int]:
    return concerns.cases_beside(sample.decision.case)


def read(account: Account, number: int, outcome: Outcome | None, note: str, now: datetime) -> bool:
    """Store what a second reader would have decided; say whether it is what was decided.

    Raises Incomplete, NotFound, NotPermitted, InvalidTransition when somebody has read it already.
    """
    sample = readable(account, number)
    said = clean(note)
    problems: dict[str, DomainError] = {}
    if outcome not in FIRST:
        problems["outcome"] = DomainError(N_("请选择一项。"))
    if wrong := misfit(said, NOTE):
        problems["note"] = wrong
    if problems:
        raise Incomplete(problems)
    db.session.refresh(sample, with_for_update=True)
    if sample.read_at is not None:
        raise InvalidTransition(N_("这个案件已经有人复读过了。"))
    sample.reader_id, sample.outcome, sample.note, sample.read_at = account.id, outcome, said, now
    agrees = outcome is sample.decision.outcome
    facts = {"sample": sample.id, "case": sample.decision.case_id, "outcome": outcome, "agrees": int(agrees)}
    audit.record(audit.actor(account), "sample.read", now, **facts)
    return agrees
