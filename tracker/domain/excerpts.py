"""What is shown of a text that was found: a stretch of it with the words that were sought marked."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tracker.domain.grams import pattern
from tracker.domain.passages import Span
from tracker.domain.ranking import Word
from tracker.domain.text import seam, unbroken

_BEFORE = 24
"""How many characters may stand before the first word, if no sentence begins nearer."""

_LOOKED_AT = 200
"""Places looked at in a text: one that says a word more often shows it as well in the first ones."""

_WIDE = {0xFF01 + n: 0x21 + n for n in range(94)}
_SENTENCE = re.compile(r"[。！？；!?;\n]|[.](?= )")


class Piece(NamedTuple):
    """A stretch of a text, and whether it is a word that was sought."""

    text: str
    is_hit: bool


class Found(NamedTuple):
    """Where words stand: each stretch with the number of its word, in order."""

    spans: tuple[tuple[Span, int], ...]

    @property
    def words(self) -> frozenset[int]:
        """Return the numbers of the words that there are."""
        return frozenset(word for _, word in self.spans)


def even(text: str) -> str:
    """Return a text in lower case and half width, each character in its place."""
    half = text.translate(_WIDE)
    return lower if len(lower := half.lower()) == len(half) else half


def find(text: str, words: Sequence[Word]) -> Found:
    """Return where the words stand in a text as `even` gives it; of two that overlap the one that begins first."""
    found = sorted(
        (Span(*match.span()), number)
        for number, word in enumerate(words)
        for way in word
        for match, _ in zip(pattern(way).finditer(text), range(_LOOKED_AT), strict=False)
    )
    return Found(tuple(_apart(found)))


def _apart(found: Sequence[tuple[Span, int]]) -> Iterator[tuple[Span, int]]:
    end = 0
    for span, number in found:
        if span.start >= end:
            yield span, number
            end = span.end


def marked(text: str, found: Found) -> list[Piece]:
    """Return the whole text with the words marked."""
    pieces, at = [], 0
    for span, _ in found.spans:
        pieces += [Piece(text[at : span.start], False), Piece(text[span.start : span.end], True)]
        at = span.end
    return [piece for piece in [*pieces, Piece(text[at:], False)] if piece.text]


def excerpt(text: str, found: Found, length: int) -> list[Piece]:
    """Return about `length` characters around the place where most of the words stand together, the first of several.

    A text that is hardly longer is returned whole. Lines are blocks: where one ends, so may an excerpt.
    """
    if len(text) <= length + _BEFORE:
        return _flat(marked(text, found))
    if not found.spans:
        return _flat([Piece(text[: _end(text, 0, 0, length)] + "…", False)])
    best = max(range(min(len(found.spans), _LOOKED_AT)), key=lambda n: (_together(found, n, length), -n))
    first = found.spans[best][0]
    start = _begin(text, first.start)
    end = _end(text, start, first.end, length)
    inside = tuple(
        (Span(span.start - start, span.end - start), n)
        for span, n in found.spans
        if start <= span.start and span.end <= end
    )
    before, after = "…" if start else "", "…" if end < len(text) else ""
    pieces = marked(text[start:end].rstrip(), Found(inside))
    return _flat([Piece(before, False), *pieces, Piece(after, False)])


def _flat(pieces: Sequence[Piece]) -> list[Piece]:
    """Return pieces of several lines as pieces of one."""
    said, flat = "", []
    for piece in pieces:
        text, *lines = piece.text.split("\n")
        for line in lines:
            text += seam(said + text) + line
        said += text
        flat.append(Piece(text, piece.is_hit))
    return [piece for piece in flat if piece.text]


def _end(text: str, start: int, hit: int, length: int) -> int:
    """Return where an excerpt ends: where a block does, if a third of it is there by then, or else nearby."""
    end = min(len(text), max(start + length, hit))
    block = text.find("\n", max(hit, start + length // 3), end)
    return block if block >= 0 else unbroken(text, end)


def _together(found: Found, first: int, length: int) -> int:
    until = found.spans[first][0].start + length - _BEFORE
    return len({word for span, word in found.spans[first:_LOOKED_AT] if span.end <= until})


def _begin(text: str, first: int) -> int:
    """Return where an excerpt starts: at the sentence of the first word, if that is near, else before it."""
    lowest = max(0, first - _BEFORE)
    if lowest == 0:
        return 0
    stops = [match.end() for match in _SENTENCE.finditer(text, lowest, first)]
    start = stops[-1] if stops else unbroken(text, lowest)
    return start + len(text[start:first]) - len(text[start:first].lstrip())
