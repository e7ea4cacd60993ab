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


SPECIFIED = """
1   -              submit           received       anyone    acknowledgement maintainers
2   received       ask_info         needs_info     moderator needs_info
3   needs_info     supplement       received       notifier  supplemented
4   needs_info     info_lapsed      closed         system    incomplete
5   received       reject           closed         house     rejected | urgent_is_no_abuse
6   received       accept           in_review      moderator | impartial
7   in_review      withhold_interim in_review      house     forwarded statement | interim_allowed impartial reasoned
8   in_review      ask_publisher    awaiting_reply moderator forwarded publisher_asked | contact_known
9   awaiting_reply reply            in_review      publisher attention
10  awaiting_reply no_reply         in_review      system    attention
11  in_review      decide           decided        moderator decision statement | impartial reasoned
12  in_review      extend           in_review      moderator extended
13  decided        counter          countered      publisher counter_received counter_forwarded
15  countered      proof            on_hold        moderator proof_received
16  countered      restore          decided        system    restored | proof_judged
17  countered      restore_now      decided        house     restored | regulation17_applies
18  on_hold        ruling           decided        moderator restored ruled
19  decided        appeal           appealed       anyone    appeal_received
20  appealed       rule             decided        moderator appeal_decided | impartial
21  decided        ods_opened       on_hold        admin     dispute
22  decided        lapse            closed         system
23  received       withdraw         closed         notifier  withdrawn
23  needs_info     withdraw         closed         notifier  withdrawn
23  in_review      withdraw         closed         notifier  withdrawn
23  awaiting_reply withdraw         closed         notifier  withdrawn
24  closed         reopen           in_review      admin     attention
25  -              order            in_review      moderator order_received
26  in_review      give_effect      decided        moderator order_effect order_executed | impartial reasoned
27  -              own_initiative   in_review      moderator
"""
"""law_standards §6.2: number, from, event, to, who; mails | guards. Of 14 nothing is left: an incomplete counter-notice is
refused where it is sent."""


@pytest.mark.parametrize("line", SPECIFIED.strip().splitlines(), ids=lambda line: "-".join(line.split()[:3]))
def test_the_table_has_the_rows_of_the_specification(line: str) -> None:
    _, source, event, target, who, *rest = line.split()
    mails, _, guards = " ".join(rest).partition("|")
    row = next(row for row in TRANSITIONS if (row.source or "-", row.event) == (source, event))
    assert (row.target, row.who) == (target, who)
    assert set(mails.split()) <= set(row.mails)
    assert set(guards.split()) <= set(row.guards)


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
