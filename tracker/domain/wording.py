"""What changed between two versions of a short text, by characters for Chinese and by words for English."""

import re
from difflib import SequenceMatcher
from typing import NamedTuple

_TOKEN = re.compile(r"[A-Za-z0-9]+|\s+|.", re.DOTALL)


class Piece(NamedTuple):
    """A run of text that stayed, came or went: same, added, removed."""

    how: str
    text: str


def compared(before: str, after: str) -> list[Piece]:
    """Return the pieces of both texts in order, what went before what came in its place."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    pieces: list[Piece] = []
    for kind, i, j, k, n in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(old[i:j])))
        else:
            pieces += [Piece(how, text) for how, text in _changes(old[i:j], new[k:n]) if text]
    return pieces


def _changes(gone: list[str], come: list[str]) -> list[tuple[str, str]]:
    return [("removed", "".join(gone)), ("added", "".join(come))]
