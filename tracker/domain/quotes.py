"""The passages that a notice quotes: several in one answer, each with what stands around it where a reader selected it."""

import json
from collections.abc import Iterable
from typing import NamedTuple

LONGEST = 2000
"""Characters of one passage (W3C TextQuoteSelector, as this house takes it)."""

AROUND = 64
"""Characters on either side that are kept to tell one place from another."""

_MOST = 200


class Quote(NamedTuple):
    """Words of an article with what stands before and after them (W3C TextQuoteSelector)."""

    exact: str
    prefix: str = ""
    suffix: str = ""


def blocks(answer: str) -> list[str]:
    """Return the passages of a cleaned answer: a blank line stands between two."""
    found: list[list[str]] = [[]]
    for line in answer.splitlines():
        if line.strip():
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return ["\n".join(lines) for lines in found if lines]


def packed(quotes: Iterable[Quote]) -> str:
    """Return quotes as one line of text that `unpacked` reads; nothing for none."""
    rows = [list(quote) for quote in quotes]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")) if rows else ""


def unpacked(text: str) -> list[Quote]:
    """Return the quotes that `packed` wrote; whatever else was sent holds none."""
    try:
        rows = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return []
    if not isinstance(rows, list) or len(rows) > _MOST:
        return []
    return [_quote(*row) for row in rows if _is_quote(row)]


def _is_quote(row: object) -> bool:
    return isinstance(row, list) and len(row) == len(Quote._fields) and all(isinstance(part, str) for part in row)


def _quote(exact: str, prefix: str, suffix: str) -> Quote:
    return Quote(exact[:LONGEST], prefix[-AROUND:], suffix[:AROUND])


def known(words: str, quotes: Iterable[Quote]) -> Quote:
    """Return the quote of exactly these words, blanks aside, or one without surroundings."""
    wanted = "".join(words.split())
    return next(
        (quote._replace(exact=words) for quote in quotes if "".join(quote.exact.split()) == wanted), Quote(words)
    )
