"""The running time limits of a case. Those here are house targets: the law says only 及时 / without undue delay."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tracker.domain.errors import N_
from tracker.domain.lifecycle import Event


class ClockKind(StrEnum):
    """Which limit is running."""

    TRIAGE = "triage"
    DECIDE = "decide"


@dataclass(frozen=True)
class Rule:
    """How long a clock runs, what it asks for in words, and the event that stops it."""

    label: str
    length: timedelta
    stops: Event
    source: str


RULES: dict[ClockKind, Rule] = {
    ClockKind.TRIAGE: Rule(N_("开始审核"), timedelta(hours=24), Event.ACCEPT, N_("本站目标")),
    ClockKind.DECIDE: Rule(N_("作出决定"), timedelta(days=7), Event.DECIDE, N_("本站目标")),
}


def due(kind: ClockKind, starts_at: datetime) -> datetime:
    """Return the instant by which the clock should have been stopped."""
    return starts_at + RULES[kind].length
