"""The life of a case: states, events, and the one table that says which event leads where.

State says whose turn it is; the result lives in the outcome, what readers see in the measures.
"""

from enum import StrEnum
from typing import NamedTuple

from tracker.domain.errors import N_, InvalidTransition


class State(StrEnum):
    """Whose turn it is."""

    RECEIVED = "received"  # a moderator's: stored, frozen, acknowledged
    IN_REVIEW = "in_review"  # a moderator's: somebody took it up
    DECIDED = "decided"  # nobody's: the outcome has been sent


class Event(StrEnum):
    """What can happen to a case."""

    SUBMIT = "submit"
    JOIN = "join"
    ACCEPT = "accept"
    DECIDE = "decide"
    REVERSE = "reverse"


class Transition(NamedTuple):
    """One row of the table; `source` None means the case does not exist yet."""

    source: State | None
    event: Event
    target: State


TRANSITIONS: tuple[Transition, ...] = (
    Transition(None, Event.SUBMIT, State.RECEIVED),
    Transition(State.RECEIVED, Event.JOIN, State.RECEIVED),
    Transition(State.IN_REVIEW, Event.JOIN, State.IN_REVIEW),
    Transition(State.RECEIVED, Event.ACCEPT, State.IN_REVIEW),
    Transition(State.IN_REVIEW, Event.ACCEPT, State.IN_REVIEW),
    Transition(State.IN_REVIEW, Event.DECIDE, State.DECIDED),
    Transition(State.DECIDED, Event.REVERSE, State.DECIDED),
)

_TARGETS = {(row.source, row.event): row.target for row in TRANSITIONS}

OPEN: frozenset[State] = frozenset({State.RECEIVED, State.IN_REVIEW})
"""The states in which a case awaits our first decision; an article has at most one such case a category."""

LABELS: dict[State, str] = {
    State.RECEIVED: N_("待处理"),
    State.IN_REVIEW: N_("审核中"),
    State.DECIDED: N_("已处理"),
}


def advance(state: State | None, event: Event) -> State:
    """Return the state that follows; raise InvalidTransition when the table has no such row."""
    try:
        return _TARGETS[state, event]
    except KeyError:
        raise InvalidTransition(
            N_("案件目前的状态（%(state)s）不允许这一步。请刷新页面，看看案件现在到了哪一步。"),
            state=LABELS[state] if state else "—",
        ) from None
