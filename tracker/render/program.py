"""What the program itself gives to pages: a generation of pages belongs to one state of it."""

import hashlib
from functools import cache
from pathlib import Path

HALF = 32
"""How much of a fingerprint of pages is the program's; the rest is the settings'."""

_HERE = Path(__file__).parent.parent
_FOLDERS = tuple(_HERE / name for name in ("templates", "translations", "render", "content", "domain"))


@cache
def files() -> bytes:
    """Return the hash of the files that pages are made from, as they were when the process first asked."""
    digest = hashlib.sha256()
    for file in sorted(file for folder in _FOLDERS for file in folder.rglob("*") if file.suffix != ".pyc"):
        if file.is_file():
            digest.update(f"{file.relative_to(_HERE)}\0".encode() + file.read_bytes())
    return digest.digest()


def is_same(one: str, other: str) -> bool:
    """Say whether pages with these two fingerprints are made by one program, with whatever settings."""
    return one[:HALF] == other[:HALF]


def is_set_alike(one: str, other: str) -> bool:
    """Say whether pages with these two fingerprints say the same of what is set, whichever program made them."""
    return one[HALF:] == other[HALF:]
