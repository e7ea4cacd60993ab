"""The table of the lifecycle, walked pair by pair, and the fold that says where a case stands."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.errors import InvalidTransition
from tracker.domain.lifecycle import (
    CHANNEL_LABELS,
    ENDING_LABELS,
    LABELS,
    OPEN,
    TRANSITIONS,
    Channel,
    Ending,
    Event,
    ItemState,
    Standing,
    State,
    advance,
    fold,
)  # fmt: skip

LISTED = {(row.source, row.event): row.target for row in TRANSITIONS}
PAIRS = list(itertools.product([None, *State], Event))
ITEMS = st.lists(st.sampled_from(ItemState), max_size=6).map(tuple)
STANDINGS = st.builds(
    Standing, st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.booleans(),
    st.integers(0, 3), ITEMS,
)  # fmt: skip


@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_every_pair_leads_where_the_table_says_or_is_refused(state: State | None, event: Event) -> None:
    if (state, event) in LISTED:
        assert advance(state, event) is LISTED[state, event]
    else:
        with pytest.raises(InvalidTransition) as refused:
            advance(state, event)
        assert (LABELS[state] if state else "—") in str(refused.value)


def test_a_pair_stands_in_the_table_once() -> None:
    assert len(LISTED) == len(TRANSITIONS)


def test_every_event_and_every_state_is_used() -> None:
    assert {row.event for row in TRANSITIONS} == set(Event)
    assert {row.target for row in TRANSITIONS} == set(State)


def test_a_closed_case_is_left_by_reopening_and_by_undoing_a_merge_alone() -> None:
    assert {row.event for row in TRANSITIONS if row.source is State.CLOSED} == {Event.REOPEN, Event.UNMERGE}


def test_whoever_waits_for_our_first_decision_can_take_back_their_notice() -> None:
    assert all((state, Event.WITHDRAW) in LISTED for state in OPEN)


def test_every_word_has_its_label() -> None:
    assert set(LABELS) == set(State)
    assert set(ENDING_LABELS) == set(Ending)
    assert set(CHANNEL_LABELS) == set(Channel)


@pytest.mark.parametrize(
    ("standing", "state"),
    [
        (Standing(items=(ItemState.OPEN,)), State.RECEIVED),
        (Standing(), State.RECEIVED),
        (Standing(is_accepted=True, items=(ItemState.OPEN,)), State.IN_REVIEW),
        (Standing(items=(ItemState.NEEDS_INFO,)), State.NEEDS_INFO),
        (Standing(is_accepted=True, items=(ItemState.NEEDS_INFO, ItemState.CLOSED)), State.NEEDS_INFO),
        # one notifier's question never stops another's case
        (Standing(is_accepted=True, items=(ItemState.NEEDS_INFO, ItemState.OPEN)), State.IN_REVIEW),
        (Standing(is_awaiting_reply=True, items=(ItemState.NEEDS_INFO,)), State.AWAITING_REPLY),
        (Standing(is_decided=True, items=(ItemState.ANSWERED,)), State.DECIDED),
        (Standing(is_decided=True, open_appeals=1), State.APPEALED),
        (Standing(is_decided=True, open_appeals=1, is_countered=True), State.COUNTERED),
        (Standing(is_decided=True, is_countered=True, is_held=True), State.ON_HOLD),
        (Standing(is_decided=True, is_held=True, is_closed=True), State.CLOSED),
    ],
)
def test_the_state_is_a_fold(standing: Standing, state: State) -> None:
    assert fold(standing) is state


@given(STANDINGS)
def test_an_undecided_case_is_open_or_closed(standing: Standing) -> None:
    state = fold(standing)
    assert (state in OPEN) is (not standing.is_decided and not standing.is_closed)
    assert (state is State.CLOSED) is standing.is_closed


@given(STANDINGS)
def test_a_case_waits_for_its_notifiers_only_when_all_who_wait_were_asked(standing: Standing) -> None:
    if fold(standing) is State.NEEDS_INFO:
        assert ItemState.OPEN not in standing.items
        assert ItemState.NEEDS_INFO in standing.items
