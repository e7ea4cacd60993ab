"""What changed between two versions of a text: by sentence first, then by character (Chinese) and word (Latin) inside."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple


class Change(StrEnum):
    """What became of a stretch of text."""

    KEPT = "kept"
    GONE = "gone"
    NEW = "new"


class Piece(NamedTuple):
    """A stretch of text that was kept, taken out or put in."""

    change: Change
    text: str


@dataclass(frozen=True)
class Passage:
    """What changed in one place, with a sentence before and after; `skipped` unchanged characters stand before it."""

    pieces: tuple[Piece, ...]
    skipped: int


_SENTENCE = re.compile(r"[^。！？；!?;\n]*(?:[。！？；!?;]+[”’」』）)]*|\n)\n*|[^。！？；!?;\n]+$")
_TOKEN = re.compile(r"[A-Za-z0-9]+|\s+|.", re.DOTALL)
_LONGEST = 1000
"""Tokens up to which two stretches are compared by character: the time grows with the product of both."""
_ALIKE = 0.35
"""Below this share of equal tokens two sentences are two sentences, not one that was changed."""
_SHORTEST_ISLAND = 2
"""Equal runs shorter than this between two changes only make them harder to read."""

_Op = tuple[str, int, int, int, int]


def compare(old: str, new: str) -> tuple[Passage, ...]:
    """Return what differs between two texts in the order of the text; nothing when they are the same."""
    before, after = _SENTENCE.findall(old), _SENTENCE.findall(new)
    groups = SequenceMatcher(None, before, after).get_grouped_opcodes(1)
    passages, end = [], 0
    for group in groups:
        if all(op[0] == "equal" for op in group):
            continue
        start = group[0][1]
        skipped = sum(map(len, before[end:start]))
        passages.append(Passage(tuple(_joined(_pieces(before, after, group))), skipped))
        end = group[-1][2]
    return tuple(passages)


def _pieces(before: list[str], after: list[str], group: list[_Op]) -> Iterator[Piece]:
    for kind, i1, i2, j1, j2 in group:
        old, new = "".join(before[i1:i2]), "".join(after[j1:j2])
        if kind == "equal":
            yield Piece(Change.KEPT, old)
        elif kind == "replace":
            yield from _within(old, new)
        else:
            yield from _whole(old, new)


def _within(old: str, new: str) -> Iterator[Piece]:
    """Return what differs inside a sentence, or the two sentences whole when they have little in common."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    if max(len(before), len(after)) > _LONGEST:
        yield from _whole(old, new)
        return
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < _ALIKE:
        yield from _whole(old, new)
        return
    ops = matcher.get_opcodes()
    for index, (kind, i1, i2, j1, j2) in enumerate(ops):
        was, is_now = "".join(before[i1:i2]), "".join(after[j1:j2])
        is_island = 0 < index < len(ops) - 1 and len(was) < _SHORTEST_ISLAND
        if kind == "equal" and not is_island:
            yield Piece(Change.KEPT, was)
        else:
            yield from _whole(was, is_now)


def _whole(old: str, new: str) -> Iterator[Piece]:
    if old:
        yield Piece(Change.GONE, old)
    if new:
        yield Piece(Change.NEW, new)


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Put together what belongs together: between two kept stretches, all that went, then all that came."""
    gone = new = ""
    kept = ""
    for change, text in pieces:
        if change is Change.KEPT:
            yield from _whole(gone, new)
            gone = new = ""
            kept += text
            continue
        if kept:
            yield Piece(Change.KEPT, kept)
            kept = ""
        gone, new = (gone + text, new) if change is Change.GONE else (gone, new + text)
    if kept:
        yield Piece(Change.KEPT, kept)
    yield from _whole(gone, new)
