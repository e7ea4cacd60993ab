"""References and the secrets that open what they name."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.receipts import Keyring, new_reference, normalise, reference

KEYS = Keyring(["new key", "old key"])
REFERENCE = "R-2026-7K3Q-9F2D"


def test_a_reference_can_serve_as_the_puid_of_a_statement_of_reasons() -> None:
    for _ in range(100):
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,500}", new_reference(2026))
        assert reference(new_reference(2026)) is not None


def test_references_do_not_repeat() -> None:
    assert len({new_reference(2026) for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "typed",
    [
        "R-2026-7K3Q-9F2D",
        "r-2026-7k3q-9f2d",
        " r2026 7k3q 9f2d\n",
        "Ｒ－２０２６－７Ｋ３Ｑ－９Ｆ２Ｄ",
        "R–2O26–7K3Q–9F2D",
        "R-2026-7K3Q-9F2D\0",
    ],
)
def test_a_reference_is_read_however_it_was_typed(typed: str) -> None:
    assert reference(typed) == REFERENCE


@pytest.mark.parametrize(
    "typed", ["", "R", "2026-7K3Q-9F2D", "R-2026-7K3Q-9F2", "R-2026-7K3Q-9F2DD", "X-2026-7K3Q-9F2D"]
)
def test_what_cannot_be_a_reference_is_none(typed: str) -> None:
    assert reference(typed) is None


@given(st.text(st.characters(exclude_categories=())))
def test_anything_may_be_typed(typed: str) -> None:
    assert reference(typed) is None or reference(str(reference(typed))) == reference(typed)
    assert not KEYS.opens(typed, "notice", REFERENCE, KEYS.epoch)


def test_a_million_characters_are_read_at_once() -> None:
    assert reference("\ufdfa" * 1_000_000) is None
    assert not KEYS.opens("\ufdfa" * 1_000_000, "notice", REFERENCE, KEYS.epoch)


def test_a_secret_has_256_bits() -> None:
    secret = KEYS.secret("notice", REFERENCE, KEYS.epoch)
    assert len(normalise(secret)) == 52  # five bits a character


def test_a_secret_opens_what_it_was_made_for_and_nothing_else() -> None:
    secret = KEYS.secret("notice", REFERENCE, KEYS.epoch)
    assert KEYS.opens(secret, "notice", REFERENCE, KEYS.epoch)
    assert KEYS.opens(secret.lower().replace("-", " "), "notice", REFERENCE, KEYS.epoch)
    assert not KEYS.opens(secret, "notice-mail", REFERENCE, KEYS.epoch)
    assert not KEYS.opens(secret, "notice", "R-2026-7K3Q-9F2E", KEYS.epoch)
    assert not KEYS.opens(secret[:-1], "notice", REFERENCE, KEYS.epoch)
    assert not KEYS.opens(secret, "notice", REFERENCE, "00000000")


def test_an_old_key_opens_until_it_leaves_the_ring() -> None:
    old = Keyring(["old key"])
    secret = old.secret("notice", REFERENCE, old.epoch)
    assert KEYS.opens(secret, "notice", REFERENCE, old.epoch)
    assert not Keyring(["new key"]).opens(secret, "notice", REFERENCE, old.epoch)


@pytest.mark.parametrize("keys", [[], [""], ["key", ""]])
def test_a_ring_without_a_key_is_refused(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="key"):
        Keyring(keys)
