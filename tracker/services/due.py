"""What time alone brings about: reminders, escalations, lapses, restorations, purges.

Each is a comparison with now, found and done in a transaction of its own: safe to run twice, on two machines at once, or
not for a week.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select, update

from tracker import mail
from tracker.db import db
from tracker.domain.clocks import RULES, ClockKind
from tracker.domain.clocks import due as counted
from tracker.domain.errors import N_
from tracker.domain.lifecycle import Event, State
from tracker.models import Case, Clock, CounterNotice, Item
from tracker.render.site import Site
from tracker.services import audit, cases, counters, exchange, proposals, publishers, retention

_WARNED = {kind: max(rule.warn) for kind, rule in RULES.items() if rule.warn}
_RUNS = (Clock.stopped_at.is_(None), Clock.paused_at.is_(None))


def expired(now: datetime) -> int | None:
    """Return a clock that has passed and of which nothing has come yet, the oldest first."""
    passed = select(Clock.id).where(*_RUNS, Clock.due_at <= now, Clock.expired_at.is_(None))
    first = passed.where(Clock.kind != ClockKind.APPEAL_WINDOW).order_by(Clock.due_at, Clock.id).limit(1)
    # a window for appeals ends a case only when nothing else is pending
    over = select(Clock.id).join(Case).where(*_RUNS, Clock.due_at <= now, Clock.kind == ClockKind.APPEAL_WINDOW)
    last = over.where(Case.state == State.DECIDED).order_by(Clock.due_at, Clock.id).limit(1)
    return db.session.scalar(first) or db.session.scalar(last)


def fire(site: Site, clock_id: int, now: datetime) -> None:
    """Do what follows from a clock that has passed, unless it was done meanwhile."""
    clock = _still(clock_id)
    if clock is None or clock.due_at > now or clock.expired_at:
        return
    event = RULES[clock.kind].expires
    if event in _EFFECTS:
        _EFFECTS[event](site, clock, now)
    elif clock.kind is ClockKind.PURGE:
        retention.purge(clock.case, clock, now)
    else:
        _escalate(site, clock, now)


def _still(clock_id: int) -> Clock | None:
    """Return the clock, its case locked first as every act does, if it still runs."""
    found = select(Clock.case_id).where(Clock.id == clock_id)
    case = db.session.scalar(select(Case).where(Case.id.in_(found)).with_for_update())
    clock = db.session.get(Clock, clock_id, populate_existing=True)
    return clock if case and clock and clock.stopped_at is None and clock.paused_at is None else None


def _lapse_item(site: Site, clock: Clock, now: datetime) -> None:
    item = db.session.get_one(Item, _number(clock))
    exchange.lapse(site, item, now)
    clock.stopped_at = clock.stopped_at or now


def _lapse_reply(site: Site, clock: Clock, now: datetime) -> None:
    publishers.lapse(site, clock.case, now, clock)


def _restore(site: Site, clock: Clock, now: datetime) -> None:
    counter = db.session.get_one(CounterNotice, _number(clock))
    (case,) = cases.locked([counter.case_id], now, N_("系统"))
    if case.state is State.COUNTERED and counters.has_unjudged_proof(counter):
        _escalate(site, clock, now)  # a moderator says whether it is proof; until then the measure stays
        return
    if case.state is State.COUNTERED:
        counters.restore(site, case, now)
    clock.stopped_at = clock.stopped_at or now


def _stand_in(site: Site, clock: Clock, now: datetime) -> None:
    if not proposals.lapse(site, clock, now):
        _escalate(site, clock, now, N_("一个决定在等第二个人批准，时间已经过了"))


def _close(site: Site, clock: Clock, now: datetime) -> None:
    (case,) = cases.locked([clock.case_id], now, N_("系统"))
    cases.close(site, case, now)
    before = cases.move(case, Event.LAPSE, now)
    audit.record(audit.SYSTEM, "case.lapsed", now, **{"case": case.id, "from": before, "to": case.state})


_EFFECTS: dict[Event | None, Callable[[Site, Clock, datetime], None]] = {
    Event.INFO_LAPSED: _lapse_item,
    Event.NO_REPLY: _lapse_reply,
    Event.RESTORE: _restore,
    Event.LAPSE: _close,
    Event.WITHHOLD_INTERIM: _stand_in,
}


def _number(clock: Clock) -> int:
    return int(clock.subject.partition(":")[2])


def _escalate(site: Site, clock: Clock, now: datetime, what: str = N_("一个期限已经过了")) -> None:
    """Tell the maintainers once; the clock goes on running, overdue."""
    clock.expired_at = now
    mail.attention(site, clock.case, what, now, f"expired:{clock.id}")
    audit.record(audit.SYSTEM, "clock.expired", now, case=clock.case_id, clock=clock.id, limit=clock.kind)


def set_aside(site: Site, clock_id: int, now: datetime) -> None:
    """Stop a clock whose effect was refused or failed, and tell the maintainers: a person must look."""
    clock = _still(clock_id)
    if clock is not None:
        _escalate(site, clock, now)
        clock.stopped_at = now


def drop(clock_id: int, now: datetime) -> None:
    """Stop a clock and do nothing else: even telling of it failed, and the other clocks must have their turn."""
    db.session.execute(update(Clock).where(Clock.id == clock_id, Clock.stopped_at.is_(None)).values(stopped_at=now))


def near(now: datetime) -> list[int]:
    """Return the clocks of which the maintainers should be reminded now."""
    found: list[int] = []
    for kind, before in _WARNED.items():
        soon = select(Clock).where(*_RUNS, Clock.kind == kind, Clock.due_at > now, Clock.due_at <= now + before)
        found += [clock.id for clock in db.session.scalars(soon) if _is_due_to_warn(clock, now)]
    return found


def _is_due_to_warn(clock: Clock, now: datetime) -> bool:
    moments = [clock.due_at - before for before in RULES[clock.kind].warn]
    passed = [moment for moment in moments if moment <= now]
    return bool(passed) and (clock.warned_at is None or clock.warned_at < max(passed))


def warn(site: Site, clock_id: int, now: datetime) -> None:
    """Remind the maintainers of a limit that is near, once for each of its reminders."""
    clock = _still(clock_id)
    if clock is None or not _is_due_to_warn(clock, now):
        return
    clock.warned_at = now
    mail.attention(site, clock.case, N_("一个期限快到了"), now, f"near:{clock.id}:{now:%Y%m%d%H}")


def recount(site: Site, now: datetime) -> None:
    """Count provisional limits anew: a calendar may have been published since."""
    for clock in db.session.scalars(select(Clock).where(*_RUNS, Clock.is_provisional)):
        found = counted(clock.kind, clock.starts_at, site.calendars, is_urgent=clock.case.is_urgent)
        if not found.is_provisional:
            clock.due_at, clock.is_provisional = found.at, False
