"""What is promised to the holder of a receipt: the clocks that concern them, how binding, and counted how."""

from datetime import datetime
from typing import NamedTuple

from tracker.domain.clocks import ClockKind, rule_of
from tracker.domain.lifecycle import ItemState
from tracker.domain.redress import may_appeal
from tracker.domain.regimes import Side
from tracker.models import Appeal, Case, Clock, Item, Notice
from tracker.queries.counting import notes
from tracker.queries.redress import Window, window
from tracker.render.site import Site

_K = ClockKind
_HIDDEN = frozenset({_K.ACK, _K.DMCA_FWD, _K.APPEAL_WINDOW, _K.ODS, _K.DELIVER, _K.HOLD_REVIEW, _K.PURGE})
"""Clocks that promise a notifier nothing; what goes when, and until when they may appeal, is said in its own place."""


class Target(NamedTuple):
    """A time limit, how binding it is, and in the reader's words how it was counted."""

    label: str
    source: str
    due_at: datetime
    notes: list[str]
    is_provisional: bool
    is_paused: bool
    is_late: bool
    calendar: str  # in whose zone it is said


def targets(site: Site, language: str, item: Item, now: datetime) -> list[Target]:
    """Return what runs for an item, the next first; nothing once it has ended."""
    clocks = [] if item.state is ItemState.CLOSED else [clock for clock in item.case.clocks if _concerns(item, clock)]
    return [_target(site, language, clock, now) for clock in sorted(clocks, key=lambda c: (c.due_at, c.id))]


def own_appeals(notice: Notice, case: Case) -> list[Appeal]:
    """Return the appeals of this notifier on a case."""
    return [appeal for appeal in case.appeals if appeal.party == f"notice:{notice.id}"]


def appeal(item: Item, now: datetime) -> Window | None:
    """Return the window in which this notifier can appeal, or None: once for a decision that went against them."""
    case = item.case
    if item.state is not ItemState.ANSWERED or not case.decisions:
        return None
    if not may_appeal(case.decisions[-1].outcome, Side.NOTIFIER):
        return None
    if any(appeal.decision_id == case.decisions[-1].id for appeal in own_appeals(item.notice, case)):
        return None
    return window(case, now)


def _concerns(item: Item, clock: Clock) -> bool:
    """Say whether a clock runs for this item: on its case, on itself, on a counter-notice, or on its own appeal."""
    if clock.stopped_at or clock.kind in _HIDDEN:
        return False
    own = {"case", f"item:{item.id}", *(f"appeal:{appeal.id}" for appeal in own_appeals(item.notice, item.case))}
    return clock.subject in own or clock.subject.startswith("counter:")


def _target(site: Site, language: str, clock: Clock, now: datetime) -> Target:
    rule = rule_of(clock.kind, targets_eu=site.targets_eu)
    return Target(
        rule.label,
        rule.nature.label,
        clock.due_at,
        notes(site, clock, language),
        clock.is_provisional,
        clock.paused_at is not None or clock.held_at is not None,
        clock.due_at <= now,
        rule.calendar,
    )
