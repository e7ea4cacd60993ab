"""What a moderator finds before deciding: what to do first, whether it is plainly illegal, which bodies of law apply."""

from datetime import datetime

from tracker.domain.errors import N_, InvalidTransition
from tracker.domain.regimes import REGIMES, FirstAction, RegimeName
from tracker.domain.text import bounded
from tracker.models import Account, Case
from tracker.queries import applying
from tracker.queries.advice import advice
from tracker.render.site import Site
from tracker.services import audit, cases, laws, threads

REASON = (2, 2000)
"""The fewest and most characters of a reason."""


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
    laws.keep(site, case, now)
    said = f"{'适用' if applies else '不适用'}{REGIMES[name].label}：{why}"
    threads.note(case, account, said, now, key)
    facts = {"case": case.id, "regime": name, "change": "added" if applies else "removed"}
    audit.record(audit.actor(account), "case.regimes_set", now, **facts)


def _undecided(case: Case) -> Case:
    if case.decided_at or case.closed_at:
        raise InvalidTransition(N_("案件已经处理完毕，不能再改初步判断。请刷新页面，看看案件现在到了哪一步。"))
    return case
