"""What is said of replies and parties, in words; and until when an appeal is possible."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from tracker.db import db
from tracker.domain.clocks import ClockKind
from tracker.domain.notices import in_our_words
from tracker.domain.publisher_elements import REPLY_ELEMENTS
from tracker.domain.reasons import REDRESS
from tracker.domain.redress import HELD_AT_MOST, RUNNING, has_done_harm, may_counter
from tracker.domain.regime_table import SAID_ONCE
from tracker.domain.regimes import COUNTER, COURT, REVIEWS, US_COURT, Side
from tracker.models import Case, Decision, Notice, Reply


class Window(NamedTuple):
    """A window for appeals: until when at the latest. Held, it has not begun: somebody was not informed yet."""

    until: datetime
    is_held: bool


def window(case: Case, now: datetime) -> Window | None:
    """Return the window in which appeals on a case are possible now, for six months from the day a party is informed.

    While a mail that informs one of them has not arrived it stands still, for HELD_AT_MOST (DSA art. 20(1), (2)).
    """
    for clock in case.clocks:
        if clock.kind is ClockKind.APPEAL_WINDOW and clock.stopped_at is None:
            is_held = clock.held_at is not None
            until = clock.due_at + HELD_AT_MOST if is_held else clock.due_at
            return Window(until, is_held) if now < until else None
    return None


def ways(decision: Decision, side: Side, *, may_appeal: bool) -> list[str]:
    """Return what a side can do about a decision: of its redress what is open now, and never nothing.

    Our own review only while they may appeal; a counter-notice only against what readers are kept from, and one at a time;
    damages for what the other side said only where something was done on it.
    """
    stated = decision.statement.get("redress" if side is Side.PUBLISHER else "redress_notifier") or REDRESS
    lines = [SAID_ONCE.get(line, line) for line in stated]
    is_countered = any(counter.state in RUNNING for counter in decision.case.counter_notices)
    shut = set() if may_appeal else set(REVIEWS)
    if is_countered or not may_counter(decision.outcome):
        shut.add(COUNTER)
    if not has_done_harm(decision.outcome, side):
        shut.add(US_COURT)
    return [line for line in lines if line not in shut] or [COURT]


def answers(reply: Reply, say: Callable[[str], str] = str) -> list[tuple[str, str]]:
    """Return what was answered in a reply, as (question, answer); `say` puts our words into a language, never theirs."""
    known = [element for name, element in REPLY_ELEMENTS.items() if reply.answers.get(name)]
    ours = {element.name: in_our_words(element, reply.answers[element.name]) for element in known}
    return [(say(e.label), say(ours[e.name]) if ours[e.name] else reply.answers[e.name]) for e in known]


def party(name: str) -> str:
    """Return how a party of a case is called on the desk: publisher, or notice:7."""
    number = name.partition(":")[2]
    return f"通知人 {db.session.get_one(Notice, int(number)).reference}" if number else "发布者"
