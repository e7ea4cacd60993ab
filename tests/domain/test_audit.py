"""What an entry of the trail may hold."""

import pytest

from tracker.domain.audit import check_facts

WORDS = [
    "x" * 201, "two\nlines", "two words", " x", "", "梅", "anna@example.org", {"a": 1}, ["x"], [True], True, 1.5,
]  # fmt: skip


@pytest.mark.parametrize("value", WORDS)
def test_what_is_no_number_and_no_word_of_ours_is_refused_and_not_repeated(value: object) -> None:
    with pytest.raises(ValueError, match=r"numbers and short words only: role is neither$"):
        check_facts("account.joined", {"account": 1, "role": value})


@pytest.mark.parametrize("value", [None, 0, 7, "admin", "personal_data", "R-2026-7K3Q-9F2D", "a" * 200, [], [1, 2]])
def test_numbers_and_short_words_are_taken(value: object) -> None:
    check_facts("account.joined", {"account": 1, "role": value})
