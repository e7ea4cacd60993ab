"""What to do when nothing was found: ask for the words that do stand in articles, or look where the other language is written."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from tracker.domain.ranking import Level
from tracker.queries.search import articles, finds, words_of
from tracker.queries.search_index import candidates
from tracker.render.site import WRITTEN, Site, written

_PIECES = (4, 3, 2)
"""Lengths of the pieces into which a longer word is cut, the longest first: people leave no blanks between words."""

_LOOKED_UP = 24
_MOST = 4
_END = 2**62


class Elsewhere(NamedTuple):
    """How many articles in another language a query finds; `is_all` is False where there may be more."""

    language: str
    number: int
    is_all: bool


def elsewhere(site: Site, query: str, language: str, now: datetime) -> list[Elsewhere]:
    """Return the other languages articles are written in, as far as a query finds something there."""
    others = (other for other in WRITTEN if other != written(language))
    found = ((other, articles(site, query, other, now)) for other in others)
    return [Elsewhere(other, len(page.hits), page.next is None) for other, page in found if page.hits]


def instead(query: str, language: str, now: datetime) -> list[str]:
    """Return queries that find something, for one that does not: what of it is known together, or else apart."""
    known = list(dict.fromkeys(_known(query, written(language))))[:8]
    together = " ".join(known)
    if together != query and finds(together, language, now):
        return [together]
    return [one for one in known[:_MOST] if one != query and finds(one, language, now)]


def _known(query: str, language: str) -> Iterator[str]:
    """Yield the words of a query that the index has, and of the others the pieces that it has."""
    left = _LOOKED_UP
    for word in query.split():
        at = 0
        while at < len(word) and left > 0:
            sizes = [len(word)] if at == 0 else []
            sizes += [size for size in _PIECES if size <= len(word) - at and size != len(word)]
            for size in sizes if not word.isascii() else sizes[:1]:
                if _parts_number(word, at) or _parts_number(word, at + size):
                    continue
                left -= 1
                if _has(word[at : at + size], language):
                    yield word[at : at + size]
                    at += size
                    break
            else:
                at += 1 if not word.isascii() else len(word)


def _parts_number(word: str, at: int) -> bool:
    """Say whether a place lies between two digits: of 1196, nobody seeks 119."""
    return word[at - 1 : at].isdigit() and word[at : at + 1].isdigit()


def _has(word: str, language: str) -> bool:
    words = words_of(word)
    return bool(words) and bool(candidates(words, Level.BODY, language, _END, 1))
