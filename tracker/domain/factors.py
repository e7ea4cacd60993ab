"""Second factors: what a typed code can be, how long a step lasts, recovery codes, and which browser somebody uses."""

import hashlib
import re
import secrets
import unicodedata
from datetime import datetime

from tracker.domain.receipts import normalise

STEP_SECONDS = 30
"""How long an authenticator app shows one code (RFC 6238, 5.2)."""
DRIFT = 1
"""Steps by which a phone's clock may be off, either way (RFC 6238, 6)."""
NUMBER_OF_CODES = 10

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # as `receipts.normalise` reads it
_CODE_LENGTH = 16
_SIX_DIGITS = re.compile(r"[0-9]{6}")

_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("MicroMessenger", "微信"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def step_at(now: datetime) -> int:
    """Return the number of the code that an app shows at `now`."""
    return int(now.timestamp()) // STEP_SECONDS


def digits(typed: str) -> str | None:
    """Return the six digits of an app's code, however they were spaced or wide, or None when it is none."""
    plain = "".join(unicodedata.normalize("NFKC", typed[:50]).split())
    return plain if _SIX_DIGITS.fullmatch(plain) else None


def new_codes() -> list[str]:
    """Return ten recovery codes such as `7K3Q-9F2D-XM4P-0C8T`: 80 random bits each, so a plain hash keeps them."""
    return [_new_code() for _ in range(NUMBER_OF_CODES)]


def code_digest(account: int, typed: str) -> str:
    """Return what is stored of a recovery code: the SHA-256 of it and its account."""
    return hashlib.sha256(f"{account}:{normalise(typed)}".encode()).hexdigest()


def agent(user_agent: str) -> str | None:
    """Return browser and system in two words, which is all that is kept of what a browser says about itself."""
    words = [next((word for mark, word in marks if mark in user_agent), "") for marks in (_BROWSERS, _SYSTEMS)]
    return " · ".join(word for word in words if word) or None


def _new_code() -> str:
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    return "-".join(code[start : start + 4] for start in range(0, _CODE_LENGTH, 4))
