"""Urgency and its replay: what comes first, why, until when, and what other weights would have changed."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.replay import Past, compare, replayed
from tracker.domain.urgency import DEFAULTS, FACTORS, Facts, checked, place, turns

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def facts(
    *marks: str, notices: int = 1, opened: float = 0, due: float | None = None, law: float | None = None
) -> Facts:
    """Return facts; times are in hours from now."""
    return Facts(
        marks,
        notices,
        NOW + opened * HOUR,
        None if due is None else NOW + due * HOUR,
        None if law is None else NOW + law * HOUR,
    )


@pytest.mark.parametrize(
    ("given", "why", "rank"),
    [
        (facts(), {}, 0),
        (facts("minor", due=2, notices=2), {"minor": 40, "due_4": 30, "several": 10}, -80),
        (facts(due=0), {"overdue": 40}, -40),
        (facts(due=-100), {"overdue": 40}, -40),
        (facts(due=4), {"due_4": 30}, -30),
        (facts(due=4.1), {"due_24": 20}, -20),
        (facts(due=72), {"due_72": 10}, -10),
        (facts(due=73), {}, 0),
        (facts(notices=9), {"several": 10}, -10),
        (facts(notices=10), {"many": 20}, -20),
        (facts(opened=-24 * 7), {"old": 10}, -10),
        (facts("waiting", due=1), {"waiting": -40, "due_4": 30}, 10),
        (facts("no such mark"), {}, 0),
    ],
)
def test_points_add_up(given: Facts, why: dict[str, int], rank: int) -> None:
    placed = place(given, DEFAULTS, NOW)
    assert (dict(placed.why), placed.rank, placed.is_law) == (why, rank, False)


def test_the_strongest_reason_is_said_first() -> None:
    placed = place(facts("waiting", "again", due=2), DEFAULTS, NOW)
    assert [name for name, _ in placed.why] == ["waiting", "due_4", "again"]


def test_a_near_limit_of_the_law_comes_before_everything_the_nearest_first() -> None:
    best = place(facts("danger", "minor", "urgent", "order", "trusted", due=-9, notices=99), DEFAULTS, NOW)
    ranks = [place(facts(law=law), DEFAULTS, NOW).rank for law in (-30, 0, 23, 24)]
    assert ranks == sorted(ranks)
    assert max(ranks) < best.rank
    assert place(facts(law=25), DEFAULTS, NOW).rank == 0


@given(
    st.lists(st.sampled_from(sorted(FACTORS)), max_size=5, unique=True), st.integers(1, 20), st.floats(-400, 0),
    st.none() | st.floats(-100, 200), st.none() | st.floats(-100, 200),
)  # fmt: skip
def test_nothing_changes_before_its_time(
    marks: list[str], notices: int, opened: float, due: float | None, law: float | None
) -> None:
    given_facts = facts(*marks, notices=notices, opened=opened, due=due, law=law)
    placed = place(given_facts, DEFAULTS, NOW)
    until = placed.changes_at or NOW + 1000 * HOUR
    just_before = until - timedelta(microseconds=1)
    assert until > NOW
    assert place(given_facts, DEFAULTS, just_before)[:3] == placed[:3]


def test_weights_are_bounded_and_whole() -> None:
    found = checked({"minor": 10**9, "waiting": -(10**9), "nonsense": 5})
    assert found.keys() == FACTORS.keys()
    assert (found["minor"], found["waiting"], found["urgent"]) == (100, -100, 30)


def past(number: int, *marks: str, opened: float, decided: float | None, by: float | None = None) -> Past:
    at = None if decided is None else NOW + decided * HOUR
    return Past(number, facts(*marks, opened=opened), None if by is None else NOW + by * HOUR, at)


def hours(found: dict[int, datetime]) -> dict[int, float]:
    return {number: (at - NOW) / HOUR for number, at in found.items()}


def test_a_replay_takes_each_decision_for_the_first_case_of_that_moment() -> None:
    cases = [past(1, opened=0, decided=10), past(2, opened=1, decided=11), past(3, "minor", opened=2, decided=12)]
    assert hours(replayed(cases, DEFAULTS)) == {3: 10, 1: 11, 2: 12}
    assert hours(replayed(cases, DEFAULTS | {"minor": 0})) == {1: 10, 2: 11, 3: 12}
    assert hours(replayed([past(1, opened=0, decided=1), past(2, "minor", opened=5, decided=6)], DEFAULTS)) == {
        1: 1,
        2: 6,
    }


def test_a_case_that_is_still_open_takes_part() -> None:
    cases = [past(1, opened=0, decided=10), past(2, "minor", opened=1, decided=None)]
    assert hours(replayed(cases, DEFAULTS)) == {2: 10}


def test_a_comparison_says_who_comes_earlier_and_which_limits_hold() -> None:
    cases = [
        past(1, opened=0, decided=10, by=10),
        past(2, opened=1, decided=11, by=99),
        past(3, "trusted", opened=2, decided=12, by=10),
    ]
    same = compare(cases, DEFAULTS, DEFAULTS)
    assert (same.cases, same.limits, same.in_time, same.would_be_in_time) == (3, 3, 2, 2)
    assert same.earlier == same.later == []
    found = compare(cases, DEFAULTS, DEFAULTS | {"trusted": -5})
    assert (found.in_time, found.would_be_in_time) == (2, 2)
    assert [(s.number, s.by / HOUR) for s in found.earlier] == [(1, -1), (2, -1)]
    assert [(s.number, s.by / HOUR) for s in found.later] == [(3, 2)]
    assert (found.median_earlier, found.median_later) == (HOUR, 2 * HOUR)


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(FACTORS)), st.integers(0, 300), st.none() | st.integers(0, 300)), max_size=25
    )
)
def test_nobody_is_decided_before_their_notice_or_twice(rows: list[tuple[str, int, int | None]]) -> None:
    cases = [past(n, mark, opened=opened, decided=decided) for n, (mark, opened, decided) in enumerate(rows)]
    slots = sorted(case.decided_at for case in cases if case.decided_at)
    found = replayed(cases, DEFAULTS)
    assert Counter(found.values()) <= Counter(slots)
    assert all(at in slots and at >= cases[number].facts.opened_at for number, at in found.items())


def test_what_turns_when_is_known_from_the_start() -> None:
    assert turns(facts(due=30, law=40), NOW) == [NOW, *(NOW + n * HOUR for n in (6, 16, 26, 30, 24 * 7))]
