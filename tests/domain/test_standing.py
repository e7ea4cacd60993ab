"""When misuse is warned of, and when it suspends."""

from datetime import timedelta

import pytest

from tracker.domain.errors import NotPermitted
from tracker.domain.redress import APPEAL_LABELS, COUNTER_LABELS, AppealState, CounterState, may_rule
from tracker.domain.standing import LABELS, WINDOW, Level, due_level
from tracker.domain.threads import LABELS as KINDS
from tracker.domain.threads import MessageKind

DAYS = timedelta(days=1)


@pytest.mark.parametrize(
    ("unfounded", "total", "suspended_before", "is_warned", "expected"),
    [
        (2, 2, 0, False, None),  # too few
        (3, 7, 0, False, None),  # less than half
        (0, 0, 0, False, None),
        (3, 6, 0, False, (Level.WARNED, WINDOW)),
        (3, 3, 0, True, (Level.SUSPENDED, 30 * DAYS)),
        (9, 9, 1, False, (Level.SUSPENDED, 90 * DAYS)),
        (9, 9, 2, True, (Level.SUSPENDED, 180 * DAYS)),
        (9, 9, 7, True, (Level.SUSPENDED, 180 * DAYS)),
    ],
)
def test_nobody_is_suspended_without_a_warning(
    unfounded: int, total: int, suspended_before: int, is_warned: bool, expected: tuple[Level, timedelta] | None
) -> None:
    assert due_level(unfounded, total, suspended_before, is_warned=is_warned) == expected


def test_whoever_decided_does_not_rule_on_the_appeal() -> None:
    may_rule(3, {1, 2})
    with pytest.raises(NotPermitted, match="没有参与过"):
        may_rule(2, {1, 2})


def test_every_word_has_its_label() -> None:
    assert set(LABELS) == set(Level)
    assert set(COUNTER_LABELS) == set(CounterState)
    assert set(APPEAL_LABELS) == set(AppealState)
    assert set(KINDS) == set(MessageKind)
