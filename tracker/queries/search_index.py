"""Asking the index of what readers can find, in the way of each database: for the words of a query at one level."""

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

from sqlalchemy import text

from tracker.db import db
from tracker.domain.grams import asked, is_exact
from tracker.domain.ranking import Level, Word, article_of, first_of, month_of
from tracker.render.findable import HEAD, TITLE, language_mark, month_mark

Grams = list[str]
"""All of which a text must have; of several such lists, one will do."""

_WANTED = {
    Level.TITLE: (TITLE, None), Level.TITLE_AND_SUMMARY: (HEAD, TITLE), Level.TITLE_AND_BODY: ("", TITLE),
    Level.SUMMARY: (HEAD, None), Level.SUMMARY_AND_BODY: ("", HEAD), Level.BODY: ("", None),
}  # fmt: skip
"""Where, at each level, every word stands, and where at least one does."""

_MOST_WAYS = 16
"""Of a query whose words have more ways of writing together, each word is sought in its first way only."""

_NEWEST = 2
"""How many months are asked for first: what is common fills a page from them, and nothing else is sorted."""

# FTS5 gives the newest first, so that each is compared only until there are enough: CROSS JOIN keeps that order
_SQLITE = """
SELECT reader_index.rowid FROM reader_index {join}
WHERE reader_index MATCH :sought AND reader_index.rowid < :before {same} ORDER BY reader_index.rowid DESC LIMIT :most
"""
_SQLITE_JOIN = "CROSS JOIN article ON article.id = reader_index.rowid & :article"
# MATERIALIZED, and places compared outside: nothing but the index of words is left to ask. The rows are short, their words
# stand elsewhere, and that it is dear to look at these row by row, in the order of places or not, the planner does not know
_POSTGRESQL = """
WITH hits AS MATERIALIZED ({hits}) SELECT place FROM (
  SELECT place FROM hits WHERE place < :before AND place >= :floor ORDER BY place DESC OFFSET 0) AS newest
{same} LIMIT :most
"""
_HITS = "SELECT place FROM reader_index WHERE words @> CAST(:{name} AS text[]) {marks}"
_NEWEST_PLACE = text("SELECT max(place), set_config('enable_seqscan', 'off', true) FROM reader_index")


def candidates(words: Sequence[Word], level: Level, language: str, before: int, most: int) -> list[int]:
    """Return the places below `before`, the largest first, of texts that may fit at this level or at a better one."""
    if db.engine.dialect.name == "sqlite":
        return _on_sqlite(_sought(words, level, language), words, before, most)
    return _on_postgresql(_sought(words, level, language), words, before, most)


def _sought(words: Sequence[Word], level: Level, language: str) -> list[Grams]:
    every, one = _WANTED[level]
    ways = list(product(*words)) if prod(map(len, words)) <= _MOST_WAYS else [tuple(word[0] for word in words)]
    found = []
    for way in ways:
        common = [language_mark(language), *(every + gram for word in way for gram in asked(word))]
        found += [[*common, *(one + gram for gram in asked(word))] for word in way] if one else [common]
    return found


def _on_sqlite(sought: Sequence[Grams], words: Sequence[Word], before: int, most: int) -> list[int]:
    asked_for = " OR ".join("(" + " AND ".join(f'"{gram}"' for gram in grams) + ")" for grams in sought)
    same, needles = _compared(words, "instr(article.search_text, :{name}) > 0")
    query = _SQLITE.format(join=_SQLITE_JOIN if same else "", same=f"AND {same}" if same else "")
    values = {"sought": asked_for, "before": before, "most": most, "article": article_of(-1), **needles}
    return list(db.session.scalars(text(query), values))


def _on_postgresql(sought: Sequence[Grams], words: Sequence[Word], before: int, most: int) -> list[int]:
    newest = db.session.scalar(_NEWEST_PLACE)
    if newest is None:
        return []
    month = month_of(min(newest, before - 1))
    floor = first_of(month - _NEWEST + 1)
    marks = [month_mark(month - n) for n in range(_NEWEST)]
    found = _between(sought, words, before, floor, most, marks)
    return found if len(found) == most else found + _between(sought, words, floor, 0, most - len(found))


def _between(
    sought: Sequence[Grams], words: Sequence[Word], before: int, floor: int, most: int, marks: Sequence[str] = ()
) -> list[int]:
    values: dict[str, Any] = {"before": before, "floor": floor, "most": most, "article": article_of(-1)}
    values |= {f"grams{n}": grams for n, grams in enumerate(sought)} | ({"marks": list(marks)} if marks else {})
    in_marks = "AND words && CAST(:marks AS text[])" if marks else ""
    hits = " UNION ".join(_HITS.format(name=f"grams{n}", marks=in_marks) for n in range(len(sought)))
    here = "(SELECT strpos(search_text, :{name}) > 0 FROM article AS a WHERE a.id = newest.place & :article)"
    same, needles = _compared(words, here)
    query = _POSTGRESQL.format(hits=hits, same=f"WHERE {same}" if same else "")
    return list(db.session.scalars(text(query), values | needles))


def _compared(words: Sequence[Word], condition: str) -> tuple[str, dict[str, str]]:
    """Return the condition that a text has the words whose grams do not say so, and its values."""
    each, needles = [], dict[str, str]()
    for n, word in enumerate(words):
        if all(map(is_exact, word)):
            continue
        named = {f"needle{n}x{m}": way.needle for m, way in enumerate(word)}
        needles |= named
        each.append("(" + " OR ".join(condition.format(name=name) for name in named) + ")")
    return " AND ".join(each), needles
