"""Passages of an article: finding them in its text however it was edited since, and what stands in their place."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from tracker.domain.text import bare, comparable

CONTEXT = 32
"""How many characters on either side of a passage are remembered with it."""

_SHORTEST_NEIGHBOUR = 4
"""Fewer characters beside a passage say nothing about where it stood."""


class Span(NamedTuple):
    """A stretch of text, from `start` up to before `end`."""

    start: int
    end: int


@dataclass(frozen=True)
class Passage:
    """Words of an article with what stood beside them (W3C TextQuoteSelector), and what is put in their place.

    `is_everywhere`: wherever the words stand; else where they stand between the same neighbours.
    """

    exact: str
    prefix: str = ""
    suffix: str = ""
    is_everywhere: bool = True
    replacement: str = ""


class Anchor(StrEnum):
    """How a passage was found."""

    FOUND = "found"
    MOVED = "moved"  # the words or their neighbours have changed: covered all the same, somebody should look
    LOST = "lost"


class Places(NamedTuple):
    """Where a passage stands in a text, in order and without overlap."""

    spans: tuple[Span, ...]
    anchor: Anchor


AROUND = 64
"""How many characters before and after a passage tell it from the same words elsewhere."""


def around(passage: str, text: str) -> tuple[str, str]:
    """Return what stands right before and after a passage in a text; nothing when it does not stand there."""
    found = locate(passage, text)
    if found is None:
        return "", ""
    return text[max(0, found.start - AROUND) : found.start], text[found.end : found.end + AROUND]


def locate(passage: str, text: str, prefix: str = "", suffix: str = "") -> Span | None:
    """Return where `passage` stands in `text`: the place whose surroundings are most like `prefix` and `suffix`, or None.

    Without them, and among equals, the first. Blanks and line breaks are ignored on both sides: a quotation copied from a
    screen breaks elsewhere.
    """
    places = [index for index, character in enumerate(text) if not character.isspace()]
    wanted = "".join(passage.split())
    at = best_place(wanted, "".join(text[index] for index in places), prefix, suffix)
    if at < 0:
        return None
    return Span(places[at], places[at + len(wanted) - 1] + 1)


def best_place(wanted: str, letters: str, prefix: str, suffix: str) -> int:
    """Return the index in `letters`, which hold no blanks, at which `wanted` stands between the likeliest neighbours, or -1."""
    before, after = "".join(prefix.split())[::-1], "".join(suffix.split())
    best, most, at = -1, -1, letters.find(wanted) if wanted else -1
    while at >= 0:
        until = at + len(wanted)
        alike = _alike(letters[max(0, at - len(before)) : at][::-1], before) + _alike(
            letters[until : until + len(after)], after
        )
        if alike > most:
            best, most = at, alike
        at = letters.find(wanted, at + 1) if before or after else -1
    return best


def _alike(some: str, others: str) -> int:
    """Return how many characters two texts have in common from their start."""
    for number, (one, other) in enumerate(zip(some, others, strict=False)):
        if one != other:
            return number
    return min(len(some), len(others))


class Letters:
    """A text as passages are compared: no blanks, nothing invisible, width and case alike; each letter knows its place."""

    def __init__(self, text: str) -> None:
        self._spans: list[Span] = []
        said: list[str] = []
        for span in _clusters(text):
            for letter in _compared(text[span.start : span.end]):
                said.append(letter)
                self._spans.append(span)
        self.said = "".join(said)

    def all(self, words: str) -> list[Span]:
        """Return each place of `words`, given as compared, as indexes of letters; nothing for no words."""
        found, at = [], self.said.find(words) if words else -1
        while at >= 0:
            found.append(Span(at, at + len(words)))
            at = self.said.find(words, at + len(words))
        return found

    def in_text(self, letters: Span) -> Span:
        """Return the stretch of the text in which these letters stand."""
        return Span(self._spans[letters.start].start, self._spans[letters.end - 1].end)


def _clusters(text: str) -> Iterator[Span]:
    """Yield each character with the marks that belong to it: they are compared together."""
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or not unicodedata.combining(text[end]):
            yield Span(start, end)
            start = end


@lru_cache(maxsize=1 << 16)
def _compared(cluster: str) -> str:
    return comparable(bare(cluster))


def compared(words: str) -> str:
    """Return words as passages are compared."""
    if any(map(unicodedata.combining, set(words))):
        return Letters(words).said
    return "".join(
        map(_compared, words)
    )  # each character is a cluster: the same, without places, in a tenth of the time


def places(passage: Passage, text: str) -> Places:
    """Return where a passage stands in `text`.

    Words that are gone are taken to be what stands between their old neighbours, if both are still there and near; then,
    as when a passage meant for one place is found in others only, the anchor is MOVED.
    """
    letters = Letters(text)
    wanted, before, after = (compared(words) for words in (passage.exact, passage.prefix, passage.suffix))
    found = letters.all(wanted)
    fitting = found if passage.is_everywhere else [span for span in found if _fits(letters, span, before, after)]
    if fitting:
        return _placed(letters, fitting, Anchor.FOUND)
    if found:
        return _placed(letters, found, Anchor.MOVED)
    between = _between(letters, before, after, 2 * len(wanted) + CONTEXT) if wanted else None
    return _placed(letters, [between], Anchor.MOVED) if between else Places((), Anchor.LOST)


def _fits(letters: Letters, span: Span, before: str, after: str) -> bool:
    return letters.said[: span.start].endswith(before) and letters.said.startswith(after, span.end)


def _between(letters: Letters, before: str, after: str, most: int) -> Span | None:
    if min(len(before), len(after)) < _SHORTEST_NEIGHBOUR:
        return None
    for neighbour in letters.all(before):
        end = letters.said.find(after, neighbour.end, neighbour.end + most + len(after))
        if end > neighbour.end:
            return Span(neighbour.end, end)
    return None


def _placed(letters: Letters, found: Iterable[Span], anchor: Anchor) -> Places:
    return Places(tuple(letters.in_text(span) for span in found), anchor)


def anchor(passage: Passage, body: str, *beside: str) -> Anchor:
    """Return how an article still has a passage: in its body as it is meant; one meant everywhere, in its title too."""
    if passage.is_everywhere and any(places(Passage(passage.exact), text).spans for text in beside):
        return Anchor.FOUND
    return places(passage, body).anchor


def with_context(passage: Passage, text: str) -> Passage:
    """Return the passage with the neighbours that its first place in `text` has, where none were given."""
    span = next(iter(places(passage, text).spans), None)
    if span is None or passage.prefix or passage.suffix:
        return passage
    prefix, suffix = text[max(0, span.start - CONTEXT) : span.start], text[span.end : span.end + CONTEXT]
    return Passage(passage.exact, prefix, suffix, passage.is_everywhere, passage.replacement)


@dataclass(frozen=True)
class Edit:
    """What stands in the place of a passage: in bare text, and on a page. The first of two that overlap wins.

    `is_repeated`: a passage that runs through several blocks has it in each of them, else in the first alone.
    """

    passage: Passage
    text: str
    html: str
    is_repeated: bool = True


class Cut(NamedTuple):
    """A stretch that is taken out, and the edit that says what stands there instead."""

    start: int
    end: int
    edit: Edit


def cuts(text: str, edits: Iterable[Edit]) -> list[Cut]:
    """Return what is taken out of `text`, in order; stretches that overlap are one, with the edit that comes first."""
    ranked = list(edits)
    found = sorted(
        (span.start, span.end, rank) for rank, e in enumerate(ranked) for span in places(e.passage, text).spans
    )
    merged: list[tuple[int, int, int]] = []
    for start, end, rank in found:
        if merged and start < merged[-1][1]:
            first, until, before = merged[-1]
            merged[-1] = (first, max(until, end), min(before, rank))
        else:
            merged.append((start, end, rank))
    return [Cut(start, end, ranked[rank]) for start, end, rank in merged]


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return a short text, such as a title, with every edit made wherever its words stand."""
    everywhere = [Edit(Passage(e.passage.exact), e.text, e.html) for e in edits]
    said, at = [], 0
    for cut in cuts(text, everywhere):
        said += [text[at : cut.start], cut.edit.text]
        at = cut.end
    return "".join([*said, text[at:]])
