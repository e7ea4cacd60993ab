"""What a moderator finds before deciding: what to do first, whether it is plainly illegal, which bodies of law apply."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.domain.clocks import EVERY_CASE, ClockKind
from tracker.domain.errors import N_, InvalidTransition
from tracker.domain.lifecycle import AWAITED
from tracker.domain.regimes import REGIMES, FirstAction, RegimeName, whole
from tracker.domain.text import bounded
from tracker.models import Account, AuditEntry, Case, Item
from tracker.queries import applying
from tracker.queries.advice import advice
from tracker.render.site import Site
from tracker.services import audit, cases, threads

REASON = (2, 2000)
"""The fewest and most characters of a reason."""

_LONGER = {ClockKind.GDPR_REPLY: ClockKind.GDPR_EXTENDED}
"""What a limit of a body of law goes on as once it was extended."""


def assess(
    site: Site,
    account: Account,
    case_id: int,
    version: int,
    action: FirstAction,
    is_illegal: bool,
    reason: str,
    now: datetime,
    key: str,
) -> None:
    """Write down what is to be done first (law_standards §5, 1) and whether illegality is plain to see (DSA art. 16(3)).

    It is advice that a moderator confirms or departs from; both stand in the trail. Raises Incomplete, Conflict,
    InvalidTransition once the case is decided or closed.
    """
    why = bounded(reason, REASON, "reason")
    case = _undecided(cases.changed(site, account, case_id, version, now))
    advised = advice(case).action
    case.first_action, case.facially_illegal, case.facially_illegal_reason = action, is_illegal, why
    threads.note(case, account, f"初步判断：{why}", now, key)
    facts = {"advised": advised, "chosen": action, "facially_illegal": "yes" if is_illegal else "no"}
    audit.record(audit.actor(account), "case.assessed", now, case=case.id, **facts)


def set_regime(
    site: Site,
    account: Account,
    case_id: int,
    version: int,
    name: RegimeName,
    reason: str,
    now: datetime,
    key: str,
    *,
    applies: bool,
) -> None:
    """Add a body of law to a case, or take one away; its limits start as from receipt, or stop.

    Raises Incomplete, Conflict, InvalidTransition when it is so already, or the case is decided or closed.
    """
    why = bounded(reason, REASON, "reason")
    case = _undecided(cases.changed(site, account, case_id, version, now))
    if (name in applying.regimes(case)) is applies:
        raise InvalidTransition(N_("这部法律现在已经是这样。请刷新页面，看看案件现在到了哪一步。"))
    case.regimes = sorted({*case.regimes, name} if applies else {*case.regimes} - {name})
    case.regimes_removed = sorted(
        {*(case.regimes_removed or ())} - {name} if applies else {*(case.regimes_removed or ()), name}
    )
    for item in case.items:
        if item.state in AWAITED:
            _bring_clocks_up(site, item, name, now)
    said = f"{'适用' if applies else '不适用'}{REGIMES[name].label}：{why}"
    threads.note(case, account, said, now, key)
    facts = {"case": case.id, "regime": name, "change": "added" if applies else "removed"}
    audit.record(audit.actor(account), "case.regimes_set", now, **facts)


def _bring_clocks_up(site: Site, item: Item, name: RegimeName, now: datetime) -> None:
    """Start what the regimes of an item ask for and nothing runs or ran of, and stop what none of them asks for any more.

    What stopped for no other reason than that its law was taken away goes on as if it had not been.
    """
    case, notice, subject = item.case, item.notice, f"item:{item.id}"
    wanted = {kind for regime in applying.of(item) for kind in REGIMES[regime].clocks} - set(EVERY_CASE)
    known = [clock for clock in case.clocks if clock.subject == subject]
    kept, of_law = _with_longer(wanted), _with_longer(REGIMES[name].clocks)
    for clock in known:
        if clock.kind in of_law - kept and clock.stopped_at is None:
            clock.stopped_at = now
        elif clock.kind in kept and clock.stopped_at in _taken_away(case):
            clock.stopped_at = None
    for kind in sorted(wanted - {clock.kind.value for clock in known}):
        cases.start_clock(site, case, ClockKind(kind), notice.received_at, subject)
    if name in whole(applying.assessed(item)) and name not in (notice.valid_by or {}):
        notice.valid_by = {**(notice.valid_by or {}), name.value: now.isoformat()}


def _with_longer(kinds: Iterable[str]) -> set[str]:
    names = set(kinds)
    return names | {longer.value for short, longer in _LONGER.items() if short in names}


def _taken_away(case: Case) -> set[datetime]:
    """Return when a body of law was taken away from a case."""
    changes = select(AuditEntry.at, AuditEntry.facts)
    changes = changes.where(AuditEntry.case_id == case.id, AuditEntry.kind == "case.regimes_set")
    return {at for at, facts in db.session.execute(changes) if facts["change"] == "removed"}


def _undecided(case: Case) -> Case:
    if case.decided_at or case.closed_at:
        raise InvalidTransition(N_("案件已经处理完毕，不能再改初步判断。请刷新页面，看看案件现在到了哪一步。"))
    return case
