"""Telephone numbers as the world dials them; what cannot be dialled is said, what can is never refused for its form."""

import pytest

from tracker.contact import dialable


@pytest.mark.parametrize(
    ("typed", "country", "stored"),
    [
        ("138 0000 0000", "", "+8613800000000"),
        ("１３８００００００００", "CN", "+8613800000000"),
        ("0086 10 12345678", "CN", "+861012345678"),
        ("010-12345678转801", "CN", "+861012345678 ext. 801"),
        ("400-800-8888", "CN", "+864008008888"),
        ("020 7946 0000", "GB", "+442079460000"),
        ("+44 20 7946 0000", "CN", "+442079460000"),
        ("212 555 0100", "US", "+12125550100"),
        ("138 0000 0000", "US", "+8613800000000"),  # no American has it, somebody in China may
        ("123 456 7890", "US", "123 456 7890"),  # nobody has it
        ("12377", "CN", "12377"),  # a hotline has no international form
        ("138 0000 0000 / 139 0000 0000", "CN", "138 0000 0000 / 139 0000 0000"),
        ("13800000000（李女士）", "CN", "13800000000（李女士）"),
    ],
)
def test_a_number_gets_its_international_form(typed: str, country: str, stored: str) -> None:
    assert dialable(typed, country) == (stored, None)


@pytest.mark.parametrize("typed", ["我没有电话", "1" * 40, "139", "+999 12", "0", "+", "ext. 5"])
def test_what_nobody_can_dial_is_said_with_the_cure(typed: str) -> None:
    kept, problem = dialable(typed, "CN")
    assert kept == typed
    assert "完整的号码" in str(problem)
