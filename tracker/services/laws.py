"""The limits that the laws of a case ask for: begun with a notice, stopped with a law that is taken away, given back with it."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import or_, select

from tracker.db import db
from tracker.domain.clocks import EVERY_CASE, RULES, ClockKind
from tracker.domain.lifecycle import AWAITED, Event
from tracker.domain.regimes import REGIMES, RegimeName, whole
from tracker.models import AuditEntry, Case, Clock, Item, Transfer
from tracker.queries import applying
from tracker.render.site import Site
from tracker.services import cases, measures, publishers

_GO_ON_AS = {
    ClockKind.GDPR_REPLY: {ClockKind.GDPR_EXTENDED},
    ClockKind.UK_FIRST: {ClockKind.UK_POSTER, ClockKind.UK_AFTER},
}
"""What a limit of a body of law goes on as: extended, or once the publisher was asked and once that is over."""


def begun(item: Item) -> set[ClockKind]:
    """Return the kinds of clock that start with a notice, by the laws that its item is under: those on the item itself."""
    return _begun(applying.of(item))


def _begun(names: Iterable[RegimeName]) -> set[ClockKind]:
    return {ClockKind(kind) for name in names for kind in REGIMES[name].clocks} - set(EVERY_CASE)


def _asked(names: Iterable[RegimeName]) -> set[ClockKind]:
    first = _begun(names)
    return first.union(*(_GO_ON_AS.get(kind, ()) for kind in first))


_OF_LAW = _asked(REGIMES)


def keep(site: Site, case: Case, now: datetime) -> None:
    """Bring the limits of a case that is undecided up to the laws that its notices are under by now.

    What none of them asks for any more stops. What stopped for no other reason than that its law was gone goes on as if it had
    not been, and what has never run starts as from receipt; but not where what it waits for was done already.
    """
    db.session.flush()
    waiting = {f"item:{item.id}": item for item in case.items if item.state in AWAITED}
    asked = {subject: _asked(applying.of(item)) for subject, item in waiting.items()}
    asked["case"] = set().union(*asked.values())
    every = select(Clock).where(Clock.case_id == case.id, Clock.kind.in_(_OF_LAW)).order_by(Clock.id)
    newest = {(clock.subject, clock.kind): clock for clock in db.session.scalars(every) if clock.subject in asked}
    away = _taken_away(case)
    for (subject, kind), clock in newest.items():
        if kind not in asked[subject]:
            clock.stopped_at = clock.stopped_at or now
        elif clock.stopped_at in away and not (subject in waiting and is_done(kind, waiting[subject], now)):
            clock.stopped_at = None
    for subject, item in waiting.items():
        for kind in sorted(begun(item) - {known for place, known in newest if place == subject}):
            if not is_done(kind, item, now):
                cases.start_clock(site, case, kind, item.notice.received_at, subject)
        note_whole(item, now)
    publishers.wait_by_law(site, case, now)


def is_done(kind: ClockKind, item: Item, now: datetime) -> bool:
    """Say whether what a limit waits for was done about an item before any decision: the article withheld, the publisher asked."""
    done = set() if publishers.is_unasked(item) else {Event.ASK_PUBLISHER}
    if measures.open_of(item.case, now) is not None:
        done.add(Event.WITHHOLD_INTERIM)
    return not RULES[kind].stops.isdisjoint(done)


def note_whole(item: Item, now: datetime) -> None:
    """Note by which laws that came later a notice has all they ask for, so that no addition starts their limits anew."""
    notice = item.notice
    new = whole(applying.assessed(item)) - set(notice.valid_by or {})
    if new:
        notice.valid_by = {**(notice.valid_by or {}), **dict.fromkeys(sorted(new), now.isoformat())}


def _taken_away(case: Case) -> set[datetime]:
    """Return when a body of law was taken away from a case, or from one that its notices were in, and when they went from there."""
    here, there = Transfer.to_case_id, Transfer.from_case_id
    went = select(here, there, Transfer.at).where(or_(here == case.id, there == case.id))
    moves = db.session.execute(went).all()
    numbers = {case.id}.union(*((to, source) for to, source, _ in moves))
    changes = select(AuditEntry.at, AuditEntry.facts)
    changes = changes.where(AuditEntry.case_id.in_(numbers), AuditEntry.kind == "case.regimes_set")
    removed = {at for at, facts in db.session.execute(changes) if facts["change"] == "removed"}
    return removed | {at for _, _, at in moves}
