"""Proofs of receipt: what is signed, what is read, and that nothing but what was signed is believed."""

import base64
import json
import random
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.proofs import LONGEST, Verdict, read, state, written
from tracker.domain.receipts import Keyring
from tracker.services.proofs import INFO, public_keys, verify

KEYS = Keyring(["new key", "old key"])
AT = datetime(2026, 11, 23, 17, 30, 0, 999_999, tzinfo=timezone(timedelta(hours=8)))
SAID = {
    "about": "收件证明",
    "reference": "R-2026-7K3Q-9F2D",
    "received_at": AT,
    "notice_sha256": "ab" * 32,
    "site": "https://例子.example.org",
}


def signed(keys: Keyring = KEYS, epoch: str = "") -> bytes:
    """Return a proof as this site would have signed it under a key of the ring."""
    private = Ed25519PrivateKey.from_private_bytes(keys.derive(INFO, epoch or keys.epoch))
    name = next(public.name for public in public_keys(keys) if public.key == private.public_key())
    statement = state(**SAID, key=name)  # type: ignore[arg-type]
    return written(statement, private.sign(statement.canonical()))


PROOF = signed()
FIELDS: dict[str, str] = json.loads(PROOF)


def changed(**fields: object) -> bytes:
    return json.dumps(FIELDS | fields).encode()


# keys


@pytest.mark.parametrize("key", ["k", "a secret for tests only", "很长的密钥" * 50])
@pytest.mark.parametrize("info", ["", INFO, "另一个用途"])
def test_a_derived_key_is_hkdf(key: str, info: str) -> None:
    ring = Keyring([key])
    expected = HKDF(SHA256(), 32, salt=None, info=info.encode()).derive(key.encode())
    assert ring.derive(info, ring.epoch) == expected


def test_rfc_5869_case_3() -> None:
    ring = Keyring(["\x0b" * 22])
    assert ring.derive("", ring.epoch).hex() == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"


def test_the_keys_stay_what_they_are() -> None:
    """Proofs that people hold stop verifying when one of these changes."""
    assert [public.name for public in public_keys(KEYS)] == ["db19604739a2dcf2", "db4dc84f4aeac62b"]
    assert (
        FIELDS["signature"]
        == "hecbZ9nXMI/3vlK+RBbp6yDeyW/3KNyWf000BZ+NvlJ6dcSw1TdNlQq11EiCAR9BtZq2XrJtFpEQE7i3mG6/BQ=="
    )


def test_a_key_that_left_the_ring_derives_nothing() -> None:
    with pytest.raises(KeyError):
        KEYS.derive(INFO, "00000000")


def test_the_keys_are_listed_newest_first_and_each_once() -> None:
    assert len(KEYS.epochs) == 2
    assert KEYS.epochs[0] == KEYS.epoch
    assert Keyring(["a", "a"]).epochs == Keyring(["a"]).epochs


# the file


def test_what_is_signed_is_written_to_the_byte() -> None:
    found = read(PROOF)
    assert found
    assert found[0].canonical().decode() == (
        '{"about":"收件证明","key":"' + FIELDS["key"] + '","notice_sha256":"' + "ab" * 32 + '","received_at":"2026-11-23T09:30:00Z",'
        '"reference":"R-2026-7K3Q-9F2D","site":"https://例子.example.org","type":"tracker-receipt-proof-1"}'
    )  # fmt: skip
    assert found[0].received_at == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def test_a_person_can_read_the_file() -> None:
    lines = PROOF.decode().splitlines()
    assert lines[0] == "{"
    assert '  "received_at": "2026-11-23T09:30:00Z",' in lines
    assert "收件证明" in lines[2]
    assert len(lines) == len(FIELDS) + 2


# what it is worth


def test_what_we_signed_is_valid() -> None:
    assert verify(KEYS, PROOF).verdict is Verdict.VALID


@pytest.mark.parametrize(
    "passed_on",
    [
        b"\xef\xbb\xbf" + PROOF,
        PROOF.replace(b"\n", b"\r\n"),
        b"  " + PROOF.strip(),
        changed(),
        json.dumps(dict(reversed(FIELDS.items())), indent=8).encode(),
    ],
)
def test_the_layout_of_the_file_does_not_matter(passed_on: bytes) -> None:
    assert verify(KEYS, passed_on).verdict is Verdict.VALID


def test_a_proof_survives_a_new_server_key_and_not_the_loss_of_its_own() -> None:
    old = signed(Keyring(["old key"]))
    assert verify(KEYS, old).verdict is Verdict.VALID
    assert signed(KEYS, KEYS.epochs[1]) == old
    assert verify(Keyring(["newest key", "new key", "old key"]), old).verdict is Verdict.VALID
    for ring in (["new key"], ["another"]):
        assert verify(Keyring(ring), old).verdict is Verdict.UNKNOWN_KEY


def test_the_name_of_our_key_on_another_s_signature_does_not_help() -> None:
    other = json.loads(signed(Keyring(["their key"])))
    assert verify(KEYS, json.dumps(other | {"key": FIELDS["key"]}).encode()).verdict is Verdict.ALTERED


@pytest.mark.parametrize("epoch", KEYS.epochs)
def test_our_other_key_on_a_signature_does_not_help(epoch: str) -> None:
    fields = json.loads(signed(KEYS, epoch))
    for public in public_keys(KEYS):
        verdict = verify(KEYS, json.dumps(fields | {"key": public.name}).encode()).verdict
        assert (verdict is Verdict.VALID) == (public.name == fields["key"])


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("how", ["one character", "nothing", "blank", "a number", "null", "list", "gone"])
def test_every_field_is_sealed(name: str, how: str) -> None:
    value = FIELDS[name]
    fields: dict[str, object] = dict(FIELDS)
    fields[name] = {
        "one character": value[:-3] + ("x" if value[-3] != "x" else "y") + value[-2:],
        "nothing": "",
        "blank": value + " ",
        "a number": 1,
        "null": None,
        "list": [value],
        "gone": None,
    }[how]
    if how == "gone":
        del fields[name]
    verdict = verify(KEYS, json.dumps(fields).encode()).verdict
    expected = {"type": Verdict.NO_PROOF, "key": Verdict.UNKNOWN_KEY}.get(name, Verdict.ALTERED)
    assert verdict is (expected if how in {"one character", "nothing", "blank"} else Verdict.NO_PROOF)


def test_a_field_more_is_an_alteration() -> None:
    assert verify(KEYS, changed(outcome="withheld")).verdict is Verdict.ALTERED


def test_a_field_that_stands_twice_is_refused() -> None:
    twice = PROOF.replace(b'  "site"', b'  "reference": "R-2026-0000-0000",\n  "site"')
    assert verify(KEYS, twice).verdict is Verdict.NO_PROOF


def test_a_signature_has_one_spelling() -> None:
    raw = FIELDS["signature"]
    assert raw.endswith("==")
    following = chr(ord(raw[-3]) + 1) if raw[-3] not in "Zz9" else raw[-3].swapcase()
    for spelt in (raw[:-3] + following + "==", raw + "\n", raw.rstrip("="), raw + "=", raw[:10] + "\n" + raw[10:]):
        assert verify(KEYS, changed(signature=spelt)).verdict is Verdict.ALTERED
    longer = base64.b64encode(base64.b64decode(raw) + b"\0").decode()
    assert verify(KEYS, changed(signature=longer)).verdict is Verdict.ALTERED


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\0", b"null", b"[]", b"{}", b"NaN", b'"x"', b"1e999", b"-" * 100, b"\xff\xfe" + "{}".encode("utf-16-le"),
        b"[" * LONGEST, b'{"a":' * 1900, b"9" * 9000, b"x" * 50_000_000, PROOF[:-10], PROOF * 2, PROOF + b"\0",
        changed(about="长" * LONGEST), changed(about=float("nan")), changed(about="\ud800"), changed(site={"a": [1]}),
        PROOF.decode().encode("utf-16"), bytes(random.Random(1).randbytes(5000)),
    ],
)  # fmt: skip
def test_what_is_no_proof_is_said_to_be_none(content: bytes) -> None:
    assert verify(KEYS, content) == (Verdict.NO_PROOF, None)


@given(st.binary())
def test_any_bytes_may_be_given(content: bytes) -> None:
    assert verify(KEYS, content).verdict is Verdict.NO_PROOF


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text(st.characters(exclude_categories=())), min_size=1))
def test_any_text_may_stand_in_any_field(fields: dict[str, str]) -> None:
    is_same = FIELDS | fields == FIELDS
    assert (verify(KEYS, changed(**fields)).verdict is Verdict.VALID) is is_same


@given(st.lists(st.tuples(st.integers(0, len(PROOF) - 1), st.integers(1, 255)), min_size=1, max_size=3))
def test_whatever_bytes_flip_a_valid_proof_says_the_same(flips: list[tuple[int, int]]) -> None:
    content = bytearray(PROOF)
    for place, bits in flips:
        content[place] ^= bits
    finding = verify(KEYS, bytes(content))
    if finding.verdict is Verdict.VALID:  # a blank became another blank
        assert json.loads(bytes(content)) == FIELDS


@pytest.mark.slow
def test_every_single_bit_matters_but_those_of_the_layout() -> None:
    for place in range(len(PROOF)):
        for bit in range(8):
            content = bytearray(PROOF)
            content[place] ^= 1 << bit
            if verify(KEYS, bytes(content)).verdict is Verdict.VALID:
                assert json.loads(bytes(content)) == FIELDS, (place, bit)
