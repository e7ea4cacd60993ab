"""Who works on a case just now: claimed, renewed, handed over, taken over, given back; the next best; who is looking.

A lease tells others, and holds nobody up: whoever saves first has saved, whoever holds the lease.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read

from tracker.db import db
from tracker.domain.approval import Fate
from tracker.domain.errors import N_, Conflict, DomainError, Incomplete
from tracker.domain.lifecycle import OPEN, WITH_US
from tracker.domain.text import bare, clean
from tracker.models import Account, Article, Case, Lease, Line, Presence, Proposal
from tracker.queries import concerns
from tracker.queries.people import deciders
from tracker.render.site import Site
from tracker.services import audit, cases, threads

LASTS = timedelta(minutes=30)

SEEN_FOR = timedelta(seconds=75)
"""How long a sign of life counts; the page gives one every twenty seconds."""

_TRIES = 20


def holder(case_id: int, now: datetime) -> Lease | None:
    """Return the lease of a case that counts now, or None."""
    held = select(Lease).where(Lease.case_id == case_id, Lease.until > now)
    return db.session.scalar(held, execution_options={"populate_existing": True})


def claim(site: Site, account: Account, case_id: int, now: datetime, note: str = "", key: str = "") -> Case:
    """Take up an open case and hold it for a while; whose it was is told (`queries.colleagues.taken_over`).

    Raises Conflict naming who holds it and until when, unless a `note` says why it is taken over; InvalidTransition when
    it is not open any more, NotFound.
    """
    case = cases.locked_as_seen(site, case_id, None)
    held = holder(case_id, now)
    if held is not None and held.account_id != account.id:
        if len(bare(clean(note))) < 2:
            message = N_("%(who)s正在处理这个案件，到%(when)s为止。要接手，请写明原因。")
            raise Conflict(message, who=held.account.name, when=f"{site.local(held.until):%H:%M}")
        threads.note(case, account, f"从{held.account.name}处接手：{clean(note)}", now, key)
    _taken(account, case, held, account, now)
    case = cases.take_up(site, account, case_id, None, now)
    _hold(case_id, account, now)
    return case


def _taken(by: Account, case: Case, held: Lease | None, to: Account, now: datetime) -> None:
    """Record from whom a case is taken that goes to somebody else, and is neither theirs nor given away by themselves."""
    whose = {held.account_id if held is not None else None, case.assignee_id}
    for was in whose - {None, by.id, to.id}:
        audit.record(audit.actor(by), "case.taken_over", now, case=case.id, account=was)


def renew(account: Account, case_id: int, now: datetime) -> None:
    """Hold a case for as long again, for whoever holds it, and for its assignee when nobody does."""
    held = holder(case_id, now)
    if held is None:
        case = db.session.get(Case, case_id)
        if case is None or case.assignee_id != account.id or case.state not in OPEN:
            return
    elif held.account_id != account.id:
        return
    _hold(case_id, account, now)


def hand_over(site: Site, account: Account, case_id: int, to: int, note: str, now: datetime, key: str) -> Case:
    """Give an open case, and the lease with it, to a colleague; the note is for them, and whose it was is told as by `claim`.

    Raises Incomplete for nobody, NotPermitted for whoever may not decide it, InvalidTransition, NotFound.
    """
    colleague = receiver(to)
    case = cases.locked_as_seen(site, case_id, None)
    cases.require_open(case)
    cases.require_impartial(colleague, case)
    _taken(account, case, holder(case_id, now), colleague, now)
    case.assignee_id = colleague.id
    _hold(case_id, colleague, now)
    words = f"交给{colleague.name}：{clean(note)}" if bare(clean(note)) else f"交给{colleague.name}。"
    threads.note(case, account, words, now, key)
    audit.record(audit.actor(account), "case.handed_over", now, case=case.id, account=colleague.id)
    return case


def receiver(to: int) -> Account:
    """Return the colleague that cases are to go to; raise Incomplete when it is nobody who decides any."""
    found = next((account for account in deciders() if account.id == to), None)
    if found is None:
        raise Incomplete({"to": DomainError(N_("请选择一位同事。"))})
    return found


def release(site: Site, account: Account, case_id: int, now: datetime) -> None:
    """Give a case back to the queue; nothing happens unless it is `account`'s."""
    case = cases.locked_as_seen(site, case_id, None)
    db.session.execute(delete(Lease).where(Lease.case_id == case_id, Lease.account_id == account.id))
    if case.assignee_id == account.id and case.state in OPEN:
        case.assignee_id = None
        audit.record(audit.actor(account), "case.released", now, case=case.id)


def next_case(site: Site, account: Account, now: datetime, after: int = 0) -> Case | None:
    """Claim the first case that is free for `account` and return it; None when there is none. `after` is left out.

    Free: it is our turn and not a second person's, nobody else holds it, and it is not a colleague's unless it is overdue.
    Of two who ask at once, each gets another.
    """
    passed = {after}
    for _ in range(_TRIES):
        wanted = _free(account, now).where(Case.id.not_in(passed)).limit(1)
        number = db.session.scalar(wanted.with_for_update(of=Case, skip_locked=True))
        if number is None:
            return None
        held = holder(number, now)  # looked at again, now that nobody else can take it
        case = db.session.get_one(Case, number)
        if (held is None or held.account_id == account.id) and _may_decide(account, case):
            return claim(site, account, number, now)
        passed.add(number)
    return None


def _free(account: Account, now: datetime) -> Select[Any]:
    held = select(Lease.case_id).where(Lease.case_id == Line.case_id, Lease.until > now, Lease.account_id != account.id)
    is_late = and_(Line.due_kind.is_not(None), Line.due_at <= now)
    whose: ColumnElement[bool] = or_(Line.assignee_id.is_(None), Line.assignee_id == account.id, is_late)
    own = Article.publisher_email != account.email
    found = select(Case.id).join(Line, Line.case_id == Case.id).join(Article, Article.id == Case.article_id)
    waits = select(Proposal.id).where(Proposal.case_id == Line.case_id, Proposal.state == Fate.OPEN)
    found = found.where(Line.is_open, Line.state.in_(WITH_US), whose, own, ~held.exists(), ~waits.exists())
    return found.order_by(Line.rank, Line.due_at, Line.case_id)


def _may_decide(account: Account, case: Case) -> bool:
    return case.state in WITH_US and concerns.is_impartial(account, case)


def _hold(case_id: int, account: Account, now: datetime) -> None:
    values = {"account_id": account.id, "since": now, "until": now + LASTS}
    new = insert(Lease).values(case_id=case_id, **values)
    db.session.execute(new.on_conflict_do_update(index_elements=["case_id"], set_=values))


def see(account: Account, case_id: int, now: datetime) -> None:
    """Note that somebody has the page of a case open, and renew their lease; no act, so nothing in the trail."""
    if db.session.get(Case, case_id) is None:
        return
    values = {"until": now + SEEN_FOR}
    new = insert(Presence).values(case_id=case_id, account_id=account.id, **values)
    db.session.execute(new.on_conflict_do_update(index_elements=["case_id", "account_id"], set_=values))
    running = update(Lease).where(Lease.case_id == case_id, Lease.account_id == account.id, Lease.until > now)
    db.session.execute(running.values(until=now + LASTS))


def tidy(now: datetime) -> None:
    """Delete leases and signs of life that count for nothing any more."""
    db.session.execute(delete(Lease).where(Lease.until <= now))
    db.session.execute(delete(Presence).where(Presence.until <= now))
