"""What time alone brings about: reminders, escalations, lapses, restorations, purges.

Each is a comparison with now, found and done in a transaction of its own: safe to run twice, on two machines at once, or
not for a week.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from tracker import mail
from tracker.db import db
from tracker.domain.clocks import RULES, ClockKind, Nature, restore_window
from tracker.domain.errors import N_
from tracker.domain.lifecycle import Event, State
from tracker.domain.redress import HELD_AT_MOST
from tracker.mail.parts import stamp
from tracker.models import Case, Clock, CounterNotice, Item
from tracker.models.case import WATCHED
from tracker.render.site import Site
from tracker.services import audit, cases, counters, exchange, proposals, publishers, replies, retention, undelivered

PAUSED_FOR = timedelta(days=7)
"""A clock that has stood still so long is brought to mind, and again after as long."""

_WARNED = {kind: max(rule.warn) for kind, rule in RULES.items() if rule.warn}


def expired(now: datetime) -> int | None:
    """Return a clock that has passed and of which nothing has come yet, the oldest first.

    However long no mail left: nobody has let pass a time to answer what has not been sent to them.
    """
    passed = (Clock.stopped_at.is_(None), Clock.paused_at.is_(None), Clock.due_at <= now, Clock.expired_at.is_(None))
    found = select(Clock.id).where(*passed, Clock.held_at.is_(None), Clock.kind != ClockKind.APPEAL_WINDOW)
    first = found.where(~undelivered.is_on_its_way()).order_by(Clock.due_at, Clock.id).limit(1)
    # a window for appeals ends a case only when nothing else is pending
    is_over = or_(Clock.held_at.is_(None), Clock.due_at <= now - HELD_AT_MOST)
    over = select(Clock.id).join(Case).where(*passed, is_over, Clock.kind == ClockKind.APPEAL_WINDOW)
    last = over.where(Case.state == State.DECIDED).order_by(Clock.due_at, Clock.id).limit(1)
    return db.session.scalar(first) or db.session.scalar(last)


def fire(site: Site, clock_id: int, now: datetime) -> None:
    """Do what follows from a clock that has passed, unless it was done meanwhile."""
    clock = _still(clock_id, now)
    if clock is None or clock.due_at > now or clock.expired_at:
        return
    event = RULES[clock.kind].expires
    if event in _EFFECTS:
        _EFFECTS[event](site, clock, now)
    elif clock.kind is ClockKind.HOLD_REVIEW:
        _look_again(site, clock, now)
    elif clock.kind is ClockKind.PURGE:
        retention.purge(site, clock.case, clock, now)
    elif not _pass_on(site, clock, now):
        _escalate(site, clock, now)


def _still(clock_id: int, now: datetime) -> Clock | None:
    """Return the clock, its case locked first as every act does, if it still runs."""
    found = select(Clock.case_id).where(Clock.id == clock_id)
    case = db.session.scalar(select(Case).where(Case.id.in_(found)).with_for_update())
    clock = db.session.get(Clock, clock_id, populate_existing=True)
    if case is None or clock is None or clock.stopped_at or clock.paused_at:
        return None
    is_given_up = clock.kind is ClockKind.APPEAL_WINDOW and clock.due_at <= now - HELD_AT_MOST
    return clock if clock.held_at is None or is_given_up else None


def _lapse_item(site: Site, clock: Clock, now: datetime) -> None:
    item = db.session.get_one(Item, _number(clock))
    exchange.lapse(site, item, now)
    clock.stopped_at = clock.stopped_at or now


def _lapse_reply(site: Site, clock: Clock, now: datetime) -> None:
    publishers.lapse(site, clock.case, now, clock)


def _restore(site: Site, clock: Clock, now: datetime) -> None:
    counter = db.session.get_one(CounterNotice, _number(clock))
    (case,) = cases.locked([counter.case_id], now, N_("系统"))
    if case.state is State.COUNTERED:
        counters.restore(site, case, now)
    clock.stopped_at = clock.stopped_at or now


def _stand_in(site: Site, clock: Clock, now: datetime) -> None:
    if not proposals.lapse(site, clock, now):
        _escalate(site, clock, now, N_("一个决定在等第二个人批准，时间已经过了"))


def _close(site: Site, clock: Clock, now: datetime) -> None:
    (case,) = cases.locked([clock.case_id], now, N_("系统"))
    if case.state is not State.DECIDED:  # somebody acted meanwhile: the window ends the case once that is over
        return
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


def _pass_on(site: Site, clock: Clock, now: datetime) -> bool:
    """Tell the complainants of a publisher's refusal that nobody passed on, late rather than never; say whether it was that."""
    if clock.kind is not ClockKind.UK_AFTER or not replies.pass_on(site, clock.case, now):
        return False
    audit.record(audit.SYSTEM, "case.reply_passed_on", now, case=clock.case_id)
    return True


def _named(clock: Clock) -> str:
    return f"“{RULES[clock.kind].label}”的期限"


def _escalate(site: Site, clock: Clock, now: datetime, what: str = "") -> None:
    """Tell the maintainers which limit has passed, once for each time it was due; the clock goes on running, overdue."""
    clock.expired_at = now
    what = what or f"{_named(clock)}已经过了"
    mail.attention(site, clock.case, what, now, f"expired:{clock.id}:{stamp(clock.due_at)}")
    audit.record(audit.SYSTEM, "clock.expired", now, case=clock.case_id, clock=clock.id, limit=clock.kind)


def _look_again(site: Site, clock: Clock, now: datetime) -> None:
    """Tell the maintainers to see whether there is a ruling yet, and start the time anew after which they are told again."""
    _escalate(site, clock, now)
    cases.start_clock(site, clock.case, clock.kind, now, clock.subject)


def set_aside(site: Site, clock_id: int, now: datetime) -> None:
    """Tell the maintainers of a clock whose effect was refused or failed; it goes on, overdue, and nothing more comes of it."""
    clock = _still(clock_id, now)
    if clock is not None:
        _escalate(site, clock, now)


def drop(clock_id: int, now: datetime) -> None:
    """Note that a clock is over and do nothing else: even telling of it failed, and the other clocks must have their turn."""
    db.session.execute(update(Clock).where(Clock.id == clock_id, Clock.stopped_at.is_(None)).values(expired_at=now))


def near(site: Site, now: datetime) -> list[int]:
    """Return the clocks of which the maintainers should be reminded now: near, paused for long, or past an alarm."""
    soon = (Clock.due_at > now, Clock.due_at <= now + max(_WARNED.values()), Clock.kind.in_(_WARNED))
    runs = select(Clock).where(Clock.stopped_at.is_(None))
    found = {clock.id: clock for which in (soon, (WATCHED,)) for clock in db.session.scalars(runs.where(*which))}
    return [number for number in sorted(found) if _reminder(site, found[number], now)]


def _reminder(site: Site, clock: Clock, now: datetime) -> str:
    """Return what is to be said about a clock now, or nothing: each of its moments is told of once."""
    moments = [(at, words) for at, words in _moments(site, clock, now) if at <= now]
    at, words = max(moments, default=(now, ""))
    return words if words and (clock.warned_at is None or clock.warned_at < at) else ""


def _moments(site: Site, clock: Clock, now: datetime) -> Iterator[tuple[datetime, str]]:
    """Yield when staff are to be reminded of a clock that has not stopped, and in what words.

    However short a limit is, urgent or set so by an admin, nobody is reminded of it before half of its time is over; what the
    law sets is as long as its reminders were made for.
    """
    if clock.paused_at is not None:
        weeks = (now - clock.paused_at) // PAUSED_FOR
        if weeks:
            yield clock.paused_at + weeks * PAUSED_FOR, f"{_named(clock)}已经暂停了很久，请看看还要不要继续暂停"
        return
    if clock.due_at > now:
        length, rule = clock.due_at - clock.starts_at - timedelta(seconds=clock.paused_seconds), RULES[clock.kind]
        most = length if rule.nature is Nature.LEGAL else length / 2
        for before in rule.warn:
            yield clock.due_at - min(before, most), f"{_named(clock)}快到了"
    if clock.kind is ClockKind.US_RESTORE:
        window = restore_window(clock.starts_at, site.calendars, clock.reached_at)
        for at in (window.alarm, window.hard_alarm):
            if at > clock.due_at or clock.held_at:
                yield at, N_("文章还没有恢复：最迟在收到反通知后第14个工作日结束前恢复，除非已有起诉的证明")


def warn(site: Site, clock_id: int, now: datetime) -> None:
    """Remind the maintainers of a limit, once for each of its moments.

    A publisher's refusal that nobody passed on goes to the complainants by itself before the 48 hours are over.
    """
    found = select(Clock.case_id).where(Clock.id == clock_id)
    db.session.scalar(select(Case).where(Case.id.in_(found)).with_for_update())
    clock = db.session.get(Clock, clock_id, populate_existing=True)
    words = _reminder(site, clock, now) if clock and clock.stopped_at is None else ""
    if clock is None or not words:
        return
    clock.warned_at = now
    if not _pass_on(site, clock, now):
        mail.attention(site, clock.case, words, now, f"near:{clock.id}:{now:%Y%m%d%H}")


def recount(site: Site) -> None:
    """Count provisional limits anew: a calendar may have been published since."""
    for clock in db.session.scalars(select(Clock).where(WATCHED, Clock.is_provisional)):
        cases.count(site, clock)
