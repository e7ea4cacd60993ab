"""References that name a notice in public, and the secrets that open what only one person may see.

A secret is never stored: it is an HMAC (RFC 2104, SHA-256) of what it opens under a server key, so a copy of
the database opens nothing. Each row remembers the fingerprint of the key it was made with; keys can be rotated.
"""

import base64
import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Sequence

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_LONGEST = 500
_READ_AS = str.maketrans("OIL", "011")


def _base32(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def _grouped(characters: str) -> str:
    return "-".join(characters[start : start + 4] for start in range(0, len(characters), 4))


def new_reference(year: int) -> str:
    """Return a public reference such as `R-2026-7K3Q-9F2D`: 40 random bits, safe to print and to say aloud.

    It matches `^[A-Za-z0-9_-]{1,500}$`, so that it can serve as the `puid` of a DSA statement of reasons.
    """
    return f"R-{year}-{_grouped(_base32(secrets.randbits(40), 8))}"


def normalise(typed: str) -> str:
    """Return a reference or secret as it is compared: upper case, look-alike letters read as digits, no blanks.

    Full-width letters and digits are read as plain ones: an input method for Chinese may give them.
    """
    plain = unicodedata.normalize("NFKC", typed[:_LONGEST]).upper().translate(_READ_AS)
    return "".join(c for c in plain if c in _ALPHABET)


def reference(typed: str) -> str | None:
    """Return the reference that was typed, as it is stored, or None when it cannot be one."""
    parts = re.fullmatch(r"R([0-9]{4})(.{4})(.{4})", normalise(typed))
    return "R-{}-{}-{}".format(*parts.groups()) if parts else None


class Keyring:
    """The server keys, newest first, from which every secret is derived."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys or not all(keys):
            raise ValueError("at least one server key is needed")
        self._keys = {hashlib.sha256(key.encode()).hexdigest()[:8]: key.encode() for key in keys}
        self.epochs = tuple(self._keys)
        self.epoch = self.epochs[0]

    def secret(self, purpose: str, subject: str, epoch: str) -> str:
        """Return the 256-bit secret for `subject`, in groups of four characters.

        Raises KeyError when the key of that epoch is no longer on the ring.
        """
        message = f"{purpose}\0{subject}".encode()
        digest = hmac.new(self._keys[epoch], message, hashlib.sha256).digest()
        return _grouped(_base32(int.from_bytes(digest), 52))

    def opens(self, typed: str, purpose: str, subject: str, epoch: str) -> bool:
        """Say whether `typed` is the secret for `subject`, in constant time, whatever was typed."""
        if epoch not in self._keys:
            return False
        expected = normalise(self.secret(purpose, subject, epoch))
        return hmac.compare_digest(normalise(typed).encode(), expected.encode())

    def opens_any(self, typed: str, purpose: str, subject: str) -> bool:
        """Say whether `typed` is the secret for `subject` under any key still on the ring; each is tried, in the same time."""
        fits = [self.opens(typed, purpose, subject, epoch) for epoch in self.epochs]
        return any(fits)

    def derive(self, info: str, epoch: str) -> bytes:
        """Return 32 bytes for one use of a server key: HKDF-SHA256 (RFC 5869) without salt, `info` naming the use.

        Raises KeyError when the key of that epoch is no longer on the ring.
        """
        extracted = hmac.new(bytes(32), self._keys[epoch], hashlib.sha256).digest()
        return hmac.new(extracted, info.encode() + b"\x01", hashlib.sha256).digest()

    def seal(self, text: str, subject: str, epoch: str) -> str:
        """Return `text` so that only this key opens it again: what must be sent later, but may not stand in the database.

        One `subject` seals one text: the pad is used once. At most 64 ASCII characters.
        """
        sealed = bytes(one ^ other for one, other in zip(text.encode("ascii"), self._pad(subject, epoch), strict=False))
        return f"{subject}.{base64.urlsafe_b64encode(sealed).decode().rstrip('=')}"

    def unseal(self, sealed: str, epoch: str) -> str:
        """Return what was sealed; raise KeyError when the key of that epoch is no longer on the ring."""
        subject, _, text = sealed.partition(".")
        closed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return bytes(one ^ other for one, other in zip(closed, self._pad(subject, epoch), strict=False)).decode("ascii")

    def _pad(self, subject: str, epoch: str) -> bytes:
        return b"".join(self.derive(f"seal {number} {subject}", epoch) for number in (1, 2))
