"""In which order articles are found: by where the words of a query stand, and the newest first among equals."""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import IntEnum

from tracker.domain.grams import Sought

Word = tuple[Sought, ...]
"""A word of a query in each way of writing it; any of them will do."""

_NUMBERS = 24  # bits for the number of an article: sixteen million of them


class Level(IntEnum):
    """Where the words of a query stand; the first is the best."""

    TITLE = 0  # all of them
    TITLE_AND_SUMMARY = 1  # some in the title, the rest in the summary
    TITLE_AND_BODY = 2  # some in the title, the rest anywhere
    SUMMARY = 3
    SUMMARY_AND_BODY = 4
    BODY = 5


def place(published_on: date, article: int) -> int:
    """Return the place of an article among all: the newer its day the larger, and of one day the larger its number."""
    return published_on.toordinal() << _NUMBERS | article


def article_of(place: int) -> int:
    """Return the number of the article at a place."""
    return place & (1 << _NUMBERS) - 1


def month_of(place: int) -> int:
    """Return the stretch of 32 days in which a place lies."""
    return place >> (_NUMBERS + 5)


def first_of(month: int) -> int:
    """Return the lowest place of a stretch of days."""
    return month << (_NUMBERS + 5)


def level(words: Iterable[Word], title: str, summary: str, body: str) -> Level | None:
    """Return how well a text fits, its parts given as searchable; None when it lacks a word."""
    where = [_where(word, (title, summary, body)) for word in words]
    if any(part is None for part in where):
        return None
    parts = {part for part in where if part is not None}
    if parts == {0}:
        return Level.TITLE
    if 0 in parts:
        return Level.TITLE_AND_BODY if 2 in parts else Level.TITLE_AND_SUMMARY
    if parts == {1}:
        return Level.SUMMARY
    return Level.SUMMARY_AND_BODY if 1 in parts else Level.BODY


def _where(word: Word, parts: Sequence[str]) -> int | None:
    """Return the first part in which a word stands."""
    return next((n for n, part in enumerate(parts) if any(way.needle in part for way in word)), None)


def levels(words: Sequence[Word]) -> list[Level]:
    """Return the levels that a query can have: one word stands in one place."""
    return [Level.TITLE, Level.SUMMARY, Level.BODY] if len(words) == 1 else list(Level)
