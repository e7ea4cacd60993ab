"""Texts as they are searched: Chinese by overlapping pairs of characters, everything else by words and their beginnings.

`searchable` is the form in which a text is kept and compared; `tokens` is what an index holds of it, and `sought` what an
index is asked for one word of a query. Both forms find the same: a run of Chinese characters anywhere, another word by its
beginning.

An index of articles holds `grams` instead and is asked for those `asked` for: no order, no lists of places, and for every
word of up to three characters a list of its own, so that a common word, a rare one and one that is nowhere cost the same.
"""

import re
import unicodedata
from itertools import pairwise
from typing import NamedTuple

MOST_WORDS = 8
LONGEST_WORD = 64
LONGEST_GRAM = 3
LONGEST_BEGINNING = 8
_MOST_GRAMS = 12
"""Of a long word the first that many are asked for; what is found is compared with the whole word."""

_CJK = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_ONE = rf"(?=\w)[{_CJK}]"
_RUN = re.compile(
    r"\d+(?:[ ./-]\d+)+(?!\w)"  # 138 0000 0000, 2026-11-20: one number, however it is spaced
    rf"|{_ONE}(?:\s*{_ONE})*"
    rf"|(?:(?![{_CJK}_])\w)+"
)
_NOT_DIGITS = re.compile(r"[ ./-]")
_IS_CJK = re.compile(rf"[{_CJK}]")


class Sought(NamedTuple):
    """One word of a query: how it stands in a searchable text, and the tokens of it, the last one perhaps a beginning."""

    needle: str
    tokens: tuple[str, ...]
    is_prefix: bool


def _runs(text: str) -> list[str]:
    normal = unicodedata.normalize("NFKC", text).casefold()
    return [_run(found) for found in _RUN.findall(normal)]


def _run(found: str) -> str:
    if _IS_CJK.match(found):
        return "".join(found.split())
    return _NOT_DIGITS.sub("", found)[:LONGEST_WORD]


def searchable(text: str) -> str:
    """Return a text in the form in which it is searched: runs of characters with one blank on each side."""
    return f" {' '.join(_runs(text))} "


def tokens(kept: str) -> list[str]:
    """Return the tokens of a searchable text in order; a run of Chinese ends with its last character alone."""
    found: list[str] = []
    for run in kept.split():
        found += _pairs(run) if _IS_CJK.match(run) else [run]
    return found


def _pairs(run: str) -> list[str]:
    return [run[n : n + 2] for n in range(len(run))]


def sought(query: str) -> list[Sought]:
    """Return the words of a query, all of which a text must have; nothing for a query without any."""
    joined = _RUN.sub(lambda found: _run(found[0]) if found[0][0].isdigit() else found[0], query)
    words = [runs for word in joined.split()[:MOST_WORDS] if (runs := _runs(word))]
    return list(dict.fromkeys(_sought(runs) for runs in words))


def _sought(runs: list[str]) -> Sought:
    last = runs[-1][:LONGEST_WORD]
    runs = [*runs[:-1], last]
    start = "" if _IS_CJK.match(runs[0]) else " "
    found = tokens(" ".join(runs))
    is_chinese = _IS_CJK.match(last) is not None
    if is_chinese and len(last) > 1:
        return Sought(start + " ".join(runs), tuple(found[:-1]), False)
    return Sought(start + " ".join(runs), tuple(found), True)


def grams(kept: str) -> set[str]:
    """Return what an index that keeps no order holds of a searchable text.

    Of Chinese each one, two and three characters in a row, of another word its beginnings, and where the two meet.
    """
    runs = kept.split()
    return set().union(*map(_pieces, runs)) | _seams(runs)


def _pieces(run: str) -> set[str]:
    if _IS_CJK.match(run):
        return {run[n : n + size] for size in range(1, LONGEST_GRAM + 1) for n in range(len(run) - size + 1)}
    return {run[:n] for n in range(1, min(len(run), LONGEST_BEGINNING) + 1)}


def _seams(runs: list[str]) -> set[str]:
    """Return, for each place where Chinese meets another word, the character and the word, or the first letter of it."""
    found = set()
    for before, after in pairwise(runs):
        if _IS_CJK.match(before) and not _IS_CJK.match(after):
            found.add(before[-1] + after[0])
        elif _IS_CJK.match(after) and not _IS_CJK.match(before):
            found.add(before[:LONGEST_BEGINNING] + after[0])
    return found


def asked(word: Sought) -> list[str]:
    """Return the grams that a text has if it has this word; when `is_exact`, it has the word if it has them."""
    runs = word.needle.split()
    wanted = sorted(_seams(runs))
    for run in runs:
        if _IS_CJK.match(run):
            wanted += [run[n : n + LONGEST_GRAM] for n in range(max(1, len(run) - LONGEST_GRAM + 1))]
        else:
            wanted.append(run[:LONGEST_BEGINNING])
    return list(dict.fromkeys(wanted))[:_MOST_GRAMS]


def is_exact(word: Sought) -> bool:
    """Say whether the grams of a word are the word itself, so that nothing found by them need be looked at again."""
    runs = word.needle.split()
    longest = LONGEST_GRAM if _IS_CJK.match(runs[0]) else LONGEST_BEGINNING
    return len(runs) == 1 and len(runs[0]) <= longest


def pattern(word: Sought) -> re.Pattern[str]:
    """Return what finds a word as it stands in a text of simplified characters, lower case and half width."""
    runs = [_as_written(run) for run in word.needle.split()]
    start = rf"(?<![^\W{_CJK}])" if word.needle.startswith(" ") else ""
    return re.compile(start + r"[\W_]*".join(runs))


def _as_written(run: str) -> str:
    letters = map(re.escape, run)
    if _IS_CJK.match(run):
        return r"\s*".join(letters)
    return r"[ ./-]?".join(letters) if run.isdigit() else "".join(letters)
