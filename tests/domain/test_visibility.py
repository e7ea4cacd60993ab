"""What readers see: one function of the measures, whatever order they come in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.passages import Passage
from tracker.domain.visibility import (
    EDITS,
    HIDES,
    KIND_LABELS,
    LABEL_WORDS,
    SPEAKERS,
    STATUS,
    Label,
    Measure,
    MeasureKind,
    Speaker,
    Terms,
    visibility,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
K = MeasureKind


def measure(kind: MeasureKind, start: int = 0, end: int | None = None, number: int = 1) -> Measure:
    return Measure(kind, NOON + start * HOUR, None if end is None else NOON + end * HOUR, number, number)


@pytest.mark.parametrize(
    ("kinds", "status", "beside"),
    [
        ([], 200, []),
        ([K.LABEL], 200, [K.LABEL]),
        ([K.MASK, K.LABEL, K.REPLY, K.CORRECT], 200, [K.MASK, K.LABEL, K.REPLY, K.CORRECT]),
        ([K.REMOVE], 410, []),
        ([K.REMOVE, K.WITHHOLD], 451, []),
        ([K.LABEL, K.MASK, K.REMOVE], 410, []),
        ([K.LABEL, K.WITHHOLD, K.MASK], 451, []),
    ],
)
def test_what_hides_wins_over_what_stands_beside(
    kinds: list[MeasureKind], status: int, beside: list[MeasureKind]
) -> None:
    seen = visibility([measure(kind, number=n) for n, kind in enumerate(kinds)], NOON)
    assert (seen.status, [each.kind for each in seen.beside]) == (status, beside)
    assert seen.is_readable == (status == 200)


@pytest.mark.parametrize(("at", "status", "until"), [(-1, 200, 0), (0, 451, 2), (1, 451, 2), (2, 200, None)])
def test_a_measure_stands_from_its_start_until_before_its_end(at: int, status: int, until: int | None) -> None:
    seen = visibility([measure(K.WITHHOLD, 0, 2)], NOON + at * HOUR)
    assert (seen.status, seen.until) == (status, None if until is None else NOON + until * HOUR)


def test_what_withholds_words_comes_before_what_replaces_them() -> None:
    seen = visibility([measure(K.CORRECT, -2, number=1), measure(K.MASK, -1, number=2)], NOON)
    assert [each.kind for each in seen.edits] == [K.MASK, K.CORRECT]
    assert seen.since == NOON - HOUR


MEASURES = st.lists(
    st.builds(
        measure, st.sampled_from(MeasureKind), st.integers(-5, 5), st.none() | st.integers(-5, 9), st.integers(0, 99)
    ),
    max_size=8,
    unique_by=lambda m: m.number,
)


@given(MEASURES, st.integers(-6, 10), st.randoms())
def test_the_order_in_which_measures_come_makes_no_difference(measures: list[Measure], at: int, random: object) -> None:
    shuffled = list(measures)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert visibility(shuffled, NOON + at * HOUR) == visibility(measures, NOON + at * HOUR)


@given(MEASURES, st.integers(-6, 10))
def test_measures_that_have_ended_leave_nothing(measures: list[Measure], at: int) -> None:
    now = NOON + at * HOUR
    ended = [Measure(m.kind, m.starts_at, min(now, m.ends_at or now), m.case, m.number) for m in measures]
    seen = visibility(ended, now)
    assert (seen.status, seen.measure, seen.beside) == (200, None, ())


def test_terms_are_stored_whole() -> None:
    terms = Terms(("CN", "GB"), "disputed", "话", "concerned", "安娜", (Passage("甲", "乙", "丙", False, "丁"),), True)
    assert Terms.from_dict(terms.as_dict()) == terms
    assert Terms.from_dict(None) == Terms.from_dict({}) == Terms()


def test_every_word_has_its_label() -> None:
    assert set(KIND_LABELS) == set(STATUS) == set(MeasureKind)
    assert set(LABEL_WORDS) == set(Label)
    assert set(SPEAKERS) == set(Speaker)
    assert {K.WITHHOLD, K.REMOVE, K.MASK, K.CORRECT} == HIDES | EDITS
