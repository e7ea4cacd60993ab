"""Asking the index of what readers can find, in the way of each database: for the words of a query at one level."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from tracker.db import db
from tracker.domain.grams import asked, is_exact
from tracker.domain.ranking import Level, Word, article_of, first_of, month_of
from tracker.render.findable import HEAD, TITLE, language_mark, month_mark

Clause = list[list[str]]
"""Ways of which one will do: the grams of each, all of which a text must have."""

_WANTED = {
    Level.TITLE: (TITLE, None), Level.TITLE_AND_SUMMARY: (HEAD, TITLE), Level.TITLE_AND_BODY: ("", TITLE),
    Level.SUMMARY: (HEAD, None), Level.SUMMARY_AND_BODY: ("", HEAD), Level.BODY: ("", None),
}  # fmt: skip
"""Where, at each level, every word stands, and where at least one does."""

_NEWEST = 2
"""How many months are asked for first: what is common fills a page from them, and nothing else is sorted."""

# FTS5 gives the newest first, so that each is compared only until there are enough: CROSS JOIN keeps that order
_SQLITE = """
SELECT reader_index.rowid FROM reader_index {join}
WHERE reader_index MATCH :sought AND reader_index.rowid < :before {same} ORDER BY reader_index.rowid DESC LIMIT :most
"""
_SQLITE_JOIN = "CROSS JOIN article ON article.id = reader_index.rowid & :article"
# MATERIALIZED: asked for the newest first, the planner would read them one by one for a word it takes to be common
_POSTGRESQL = """
WITH hits AS MATERIALIZED (SELECT place FROM reader_index WHERE {where} AND place < :before AND place >= :floor)
SELECT place FROM (SELECT place FROM hits ORDER BY place DESC OFFSET 0) AS newest {same} LIMIT :most
"""
_NEWEST_PLACE = text("SELECT max(place) FROM reader_index")


def candidates(words: Sequence[Word], level: Level, language: str, before: int, most: int) -> list[int]:
    """Return the places below `before`, the largest first, of texts that may fit at this level or at a better one."""
    every, one = _WANTED[level]
    clauses: list[Clause] = [[[language_mark(language)]]]
    clauses += [[[every + gram for gram in asked(way)] for way in word] for word in words]
    if one:
        clauses.append([[one + gram for gram in asked(way)] for word in words for way in word])
    if db.engine.dialect.name == "sqlite":
        return _on_sqlite(clauses, words, before, most)
    return _on_postgresql(clauses, words, before, most)


def _on_sqlite(clauses: Sequence[Clause], words: Sequence[Word], before: int, most: int) -> list[int]:
    sought = " AND ".join(
        "(" + " OR ".join("(" + " AND ".join(f'"{gram}"' for gram in way) + ")" for way in clause) + ")"
        for clause in clauses
    )
    same, needles = _compared(words, "instr(article.search_text, :{name}) > 0")
    query = _SQLITE.format(join=_SQLITE_JOIN if same else "", same=f"AND {same}" if same else "")
    values = {"sought": sought, "before": before, "most": most, "article": article_of(-1), **needles}
    return list(db.session.scalars(text(query), values))


def _on_postgresql(clauses: Sequence[Clause], words: Sequence[Word], before: int, most: int) -> list[int]:
    newest = db.session.scalar(_NEWEST_PLACE)
    if newest is None:
        return []
    month = month_of(min(newest, before - 1))
    floor = first_of(month - _NEWEST + 1)
    marks = [month_mark(month - n) for n in range(_NEWEST)]
    found = _between(clauses, words, before, floor, most, marks)
    return found if len(found) == most else found + _between(clauses, words, floor, 0, most - len(found))


def _between(
    clauses: Sequence[Clause], words: Sequence[Word], before: int, floor: int, most: int, marks: Sequence[str] = ()
) -> list[int]:
    whole = [gram for clause in clauses if len(clause) == 1 for gram in clause[0]]
    values: dict[str, Any] = {"before": before, "floor": floor, "most": most, "whole": whole, "article": article_of(-1)}
    where = ["words @> CAST(:whole AS text[])"]
    for n, clause in enumerate(clause for clause in clauses if len(clause) > 1):
        ways = {f"way{n}x{m}": way for m, way in enumerate(clause)}
        where.append("(" + " OR ".join(f"words @> CAST(:{name} AS text[])" for name in ways) + ")")
        values |= ways
    if marks:
        where.append("words && CAST(:marks AS text[])")
        values["marks"] = list(marks)
    here = "(SELECT strpos(search_text, :{name}) > 0 FROM article AS a WHERE a.id = newest.place & :article)"
    same, needles = _compared(words, here)
    query = _POSTGRESQL.format(where=" AND ".join(where), same=f"WHERE {same}" if same else "")
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
