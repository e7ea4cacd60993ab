"""Finding articles by words in them: those named for the words first, then those summed up with them, then all others.

An index of grams gives what may fit, level by level and the newest first, and only as many as a page takes; what is shown is
compared with what readers may see now. Articles whose words changed by themselves since they were indexed are read one by one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from tracker.db import db
from tracker.domain.excerpts import Piece, even, excerpt, find, marked
from tracker.domain.grams import sought
from tracker.domain.ranking import Level, Word, article_of, level, levels, place
from tracker.domain.text import clean_line
from tracker.models import Article, ReaderText
from tracker.queries.search_index import candidates
from tracker.render.findable import Findable
from tracker.render.lists import Entry, entry
from tracker.render.script import readings, simplified
from tracker.render.site import Site, in_script, written
from tracker.render.visible import seen, visible

LONGEST = 100
PER_PAGE = 20
_READ = 30
"""Candidates that are looked at in one go."""

_GOES = 20
"""How often at most for one page; a page that is cut short says that there is more."""

_LENGTHS = {"zh-Hans": 110, "en": 240}
_CURSOR = re.compile(r"([0-5])-([1-9][0-9]{0,18})")
_END = 2**62


class At(NamedTuple):
    """Where an article stands among what was found: the lower the level the better, then the larger the place."""

    level: int
    place: int

    @property
    def order(self) -> tuple[int, int]:
        """Return the key by which the best come first."""
        return self.level, -self.place


@dataclass(frozen=True)
class Hit:
    """An article that was found: its title and a piece of it with the words marked."""

    entry: Entry
    title: list[Piece]
    snippet: list[Piece]


@dataclass(frozen=True)
class Found:
    """A page of what was found, and where the next one starts; `has_words` is False for a query that seeks nothing."""

    hits: list[Hit]
    next: str | None = None
    has_words: bool = True


NOTHING = Found([], has_words=False)


def cleaned(query: str) -> str:
    """Return what was asked for, as it is shown again."""
    return clean_line(query)[:LONGEST]


def words_of(query: str) -> list[Word]:
    """Return the words of a query, each in every way in which an article may have it."""
    ways = [sought(reading) for reading in readings(query)]
    if len({len(way) for way in ways}) != 1:
        ways = ways[:1]
    return [tuple(dict.fromkeys(word)) for word in zip(*ways, strict=True)]


def articles(site: Site, query: str, language: str, now: datetime, after: str = "") -> Found:
    """Return a page of the visible articles of a language that have every word of `query`, the best first."""
    words = words_of(query)
    if not words:
        return NOTHING
    given = _CURSOR.fullmatch(after)
    start = At(int(given[1]), min(int(given[2]), _END)) if given else At(0, _END)
    stale = _Stale(site, words, written(language), now)
    places, more = _fresh(words, written(language), now, start, stale.numbers)
    changed = [at for at in stale.found if at.order > start.order and (more is None or at.order < more.order)]
    found = sorted([*places, *changed], key=lambda at: at.order)
    page, more = found[:PER_PAGE], found[PER_PAGE - 1] if len(found) > PER_PAGE else more
    return Found(_hits(site, words, language, now, page, stale), f"{more.level}-{more.place}" if more else None)


def finds(query: str, language: str, now: datetime) -> bool:
    """Say whether a query finds anything; looked at are the best and newest that may fit."""
    words = words_of(query)
    places = (candidates(words, step, written(language), _END, _READ) for step in levels(words) if words)
    return any(fits is not None for some in places for _, fits in _looked_at(words, some, now, frozenset()))


def _fresh(
    words: Sequence[Word], language: str, now: datetime, start: At, apart: frozenset[int]
) -> tuple[list[At], At | None]:
    """Return where the next articles stand by the index, one more than a page, and how far it was read if not to the end."""
    found: list[At] = []
    goes = 0
    for step in (step for step in levels(words) if step >= start.level):
        before = start.place if step == start.level else _END
        while len(found) <= PER_PAGE:
            if goes == _GOES:
                return found, At(step, before)
            goes += 1
            places = candidates(words, step, language, before, _READ)
            found += [At(step, at) for at, fits in _looked_at(words, places, now, apart) if fits is step]
            if len(places) < _READ:
                break
            before = places[-1]
    return found, None


def _looked_at(
    words: Sequence[Word], places: Sequence[int], now: datetime, apart: frozenset[int]
) -> Iterator[tuple[int, Level | None]]:
    """Yield each of these places that readers may see, with how well it fits; without those that are looked at `apart`."""
    readable = visible(now).join(ReaderText, ReaderText.article_id == Article.id).where(ReaderText.place.in_(places))
    texts = readable.with_only_columns(ReaderText.place, ReaderText.article_id, Article.search_text)
    for at, number, kept in sorted(db.session.execute(texts).all(), reverse=True):
        if number not in apart:
            yield at, level(words, *kept.split("\n"))


class _Stale:
    """The articles of which a measure has changed by itself what can be found, since they were indexed; mostly none."""

    def __init__(self, site: Site, words: Sequence[Word], language: str, now: datetime) -> None:
        changed = db.session.scalars(visible(now).where(Article.search_until <= now))
        rows = [row for row in changed if row.language == language]  # asked for a language, SQLite would read them all
        shown = seen(site, rows, now)
        self.texts: dict[int, Findable] = {row.id: shown[row.id].findable(row) for row in rows}
        self.numbers = frozenset(self.texts)
        fitting = [(row, level(words, *self.texts[row.id].kept.split("\n"))) for row in rows]
        self.found = [At(fits, place(row.published_on, row.id)) for row, fits in fitting if fits is not None]


def _hits(
    site: Site, words: Sequence[Word], language: str, now: datetime, page: Iterable[At], stale: _Stale
) -> list[Hit]:
    numbers = [article_of(at.place) for at in page]
    rows = {row.id: row for row in db.session.scalars(select(Article).where(Article.id.in_(numbers)))}
    stored = select(ReaderText.article_id, ReaderText.body).where(ReaderText.article_id.in_(numbers))
    bodies: dict[int, str] = dict(db.session.execute(stored).all())
    bodies |= {number: text.body for number, text in stale.texts.items()}
    shown = seen(site, list(rows.values()), now)
    hits = []
    for number in (number for number in numbers if number in rows and number in bodies):
        listed = entry(site, rows[number], shown[number], language)
        body = "\n".join(" ".join(line.split()) for line in bodies[number].splitlines() if line.strip())
        parts = shown[number].title, shown[number].summary, body
        hits.append(Hit(listed, *_shown(words, language, *parts)))
    return hits


def _shown(
    words: Sequence[Word], language: str, title: str, summary: str, body: str
) -> tuple[list[Piece], list[Piece]]:
    """Return the title and a piece of the text, marked and in the reader's script.

    The summary says most; but where a word stands neither there nor in the title, whichever part has more of them.
    """
    heading, said = (find(_even(text), words) for text in (title, summary))
    parts = [(summary, said)]
    if len(heading.words | said.words) < len(words):
        parts.append((body, find(_even(body), words)))
    best, found = max(parts, key=lambda part: len(part[1].words))
    return _in(language, marked(title, heading)), _in(language, excerpt(best, found, _LENGTHS[written(language)]))


def _even(text: str) -> str:
    """Return a text in the form in which words are looked for, each character in its place."""
    flat = even(text)
    return same if len(same := simplified(flat)) == len(flat) else flat


def _in(language: str, pieces: Sequence[Piece]) -> list[Piece]:
    """Return pieces in the reader's script: converted as a whole where that keeps the places, for the words' sake."""
    text = "".join(piece.text for piece in pieces)
    said = in_script(text, language)
    if len(said) != len(text):
        return [Piece(in_script(piece.text, language), piece.is_hit) for piece in pieces]
    found, at = [], 0
    for piece in pieces:
        found.append(Piece(said[at : at + len(piece.text)], piece.is_hit))
        at += len(piece.text)
    return found
