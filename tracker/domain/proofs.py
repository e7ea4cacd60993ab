"""The proof of receipt: a small JSON file that says what the site received and when, and carries a signature.

What is signed is the file's object without `signature`, written in the JSON Canonicalization Scheme (RFC 8785), in UTF-8:
names in alphabetical order, no blanks, characters as they are. Every value is a string.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

TYPE = "tracker-receipt-proof-1"
LONGEST = 10_000
"""Bytes; a proof has well under a thousand."""

_SIGNATURE = "signature"
_NAMES = frozenset({"type", "about", "reference", "received_at", "notice_sha256", "site", "key", _SIGNATURE})


class Verdict(StrEnum):
    """What checking a proof found."""

    VALID = "valid"
    ALTERED = "altered"
    UNKNOWN_KEY = "unknown_key"
    NO_PROOF = "no_proof"


@dataclass(frozen=True)
class Statement:
    """What a proof says and under which key, before it is signed or after it was read; not yet believed."""

    fields: Mapping[str, str]

    @property
    def key(self) -> str:
        """Return the name of the key that it says it was signed with."""
        return self.fields["key"]

    @property
    def received_at(self) -> datetime:
        """Return when the notice came; raises ValueError when no site wrote it."""
        return datetime.fromisoformat(self.fields["received_at"])

    def canonical(self) -> bytes:
        """Return the bytes that are signed."""
        return json.dumps(self.fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def state(*, about: str, reference: str, received_at: datetime, notice_sha256: str, site: str, key: str) -> Statement:
    """Return what a proof will say; the time is given in UTC to the second (RFC 3339)."""
    at = f"{received_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return Statement(
        {
            "type": TYPE,
            "about": about,
            "reference": reference,
            "received_at": at,
            "notice_sha256": notice_sha256,
            "site": site,
            "key": key,
        }
    )


def written(statement: Statement, signature: bytes) -> bytes:
    """Return the file: one line for each thing it says, the signature in base 64 last."""
    signed = {**statement.fields, _SIGNATURE: base64.b64encode(signature).decode()}
    return (json.dumps(signed, ensure_ascii=False, indent=2) + "\n").encode()


def read(content: bytes) -> tuple[Statement, bytes] | None:
    """Return what a file says and its signature, or None when it is no proof; any bytes may be given.

    A signature that is not written as `written` writes it comes back empty: no key has made that one.
    """
    if len(content) > LONGEST:
        return None
    try:
        found = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_each_once)
        if not isinstance(found, dict) or found.get("type") != TYPE or not found.keys() >= _NAMES:
            return None
        fields = {name: value for name, value in found.items() if isinstance(value, str)}
        if len(fields) < len(found):
            return None
        signature = _decoded(fields.pop(_SIGNATURE))
        statement = Statement(fields)
        statement.canonical()  # half a character, spelt as an escape, has no bytes
    except (ValueError, RecursionError):
        return None
    return statement, signature


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a name that stands twice: two readers could take two meanings from it."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _decoded(signature: str) -> bytes:
    try:
        decoded = base64.b64decode(signature, validate=True)
    except binascii.Error:
        return b""
    return decoded if base64.b64encode(decoded).decode() == signature else b""
