"""Who among the colleagues has to do with a case: its lease, who looks at it, to whom it can be given."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import aliased, joinedload

from tracker.db import db
from tracker.domain.lifecycle import OPEN
from tracker.models import Account, AuditEntry, Case, Lease, Presence, Transfer, TransferKind
from tracker.queries.desk import names
from tracker.queries.people import deciders
from tracker.queries.queue import leases
from tracker.queries.queue_words import held

TOLD_FOR = timedelta(days=7)
"""How long somebody is told that a case of theirs was taken over."""

_LOOKED_AT = 500
"""So many of the newest take-overs are looked at, whoever they concern."""


@dataclass(frozen=True)
class Whose:
    """Who works on a case, in words, and who else could."""

    is_open: bool
    is_mine: bool
    lease: Lease | None
    held: str
    viewers: list[str]
    others: list[Account]

    @property
    def is_held_by_another(self) -> bool:
        """Say whether taking the case up would take it over from somebody."""
        return self.lease is not None and not self.is_mine


def whose(case: Case, account: Account, now: datetime) -> Whose:
    """Return who has to do with a case now."""
    lease = leases([case.id], now).get(case.id)
    is_mine = lease.account_id == account.id if lease else case.assignee_id == account.id
    return Whose(
        is_open=case.state in OPEN,
        is_mine=is_mine,
        lease=lease,
        held=held(lease, now) if lease else "",
        viewers=viewers(case.id, account, now),
        others=deciders(but=account.id),
    )


class TakenOver(NamedTuple):
    """A case that somebody else took over: which, who, when, and who has it now; `into` is the case it was merged into."""

    case: Case
    who: str
    at: datetime
    has: str | None
    into: Case | None = None


def lost(account: Account, now: datetime) -> list[TakenOver]:
    """Return the cases of `account` that others took over or merged into another one lately, the last first."""
    return sorted([*taken_over(account, now), *_merged(account, now)], key=lambda one: one.at, reverse=True)


def taken_over(account: Account, now: datetime) -> list[TakenOver]:
    """Return the open cases of `account` that others took over lately, for themselves or a third, and still have, the last first."""
    newest = select(AuditEntry.seq).where(AuditEntry.kind == "case.taken_over").order_by(AuditEntry.seq.desc())
    theirs = AuditEntry.facts["account"].as_integer() == account.id
    wanted = select(AuditEntry, Case, Account.name).join(Case, Case.id == AuditEntry.case_id)
    wanted = wanted.join(Account, Account.id == Case.assignee_id).options(joinedload(Case.article))
    wanted = wanted.where(AuditEntry.seq.in_(newest.limit(_LOOKED_AT)), theirs, AuditEntry.at > now - TOLD_FOR)
    wanted = wanted.where(Case.state.in_(OPEN), Case.assignee_id != account.id).order_by(AuditEntry.seq.desc())
    rows = db.session.execute(wanted).all()
    known, found = names(entry.actor for entry, *_ in rows), dict[int, TakenOver]()
    for entry, case, has in rows:  # of one that went on from there, who had it last
        found.setdefault(case.id, TakenOver(case, known[entry.actor], entry.at, has))
    return list(found.values())


def _merged(account: Account, now: datetime) -> list[TakenOver]:
    """Return the cases of `account` that others ended by a merge lately, while what they went into is open and not theirs."""
    newest = select(Transfer.id).where(Transfer.kind == TransferKind.MERGE).order_by(Transfer.id.desc())
    into, by, has = aliased(Case), aliased(Account), aliased(Account)
    wanted = select(Case, by.name, Transfer.at, has.name, into).options(joinedload(Case.article))
    wanted = wanted.select_from(Transfer).join(Case, Case.id == Transfer.from_case_id)
    wanted = wanted.join(into, into.id == Transfer.to_case_id).join(by, by.id == Transfer.account_id)
    wanted = wanted.outerjoin(has, has.id == into.assignee_id)
    lately = (Transfer.id.in_(newest.limit(_LOOKED_AT)), Transfer.at > now - TOLD_FOR, Transfer.undone_at.is_(None))
    others = (Case.assignee_id == account.id, by.id != account.id, into.assignee_id.is_distinct_from(account.id))
    return [TakenOver(*row) for row in db.session.execute(wanted.where(*lately, *others, into.state.in_(OPEN)))]


def viewers(case_id: int, account: Account, now: datetime) -> list[str]:
    """Return the names of the others who have the page of a case open, but for who holds it: that is said apart."""
    seen = select(Presence).where(Presence.case_id == case_id, Presence.until > now, Presence.account_id != account.id)
    found = db.session.scalars(seen.options(joinedload(Presence.account).load_only(Account.name)))
    holder = leases([case_id], now).get(case_id)
    return sorted(one.account.name for one in found if holder is None or one.account_id != holder.account_id)
