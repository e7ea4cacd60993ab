"""Chinese in the other script: by characters with OpenCC, but for a hand-kept list of words and for the names of laws."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

from opencc import OpenCC

from tracker.content.pieces import KEPT

WORDS = Path(__file__).parent.parent / "translations" / "zh-Hant" / "words.txt"

_NAME = "《[^《》]*》"
_STAYS = re.compile(
    rf"(<a [^>]*hreflang=[^>]*>[^<]*</a>|<link [^>]*hreflang=[^>]*>|{re.escape(KEPT)}.*?</span>)", re.DOTALL
)
"""Links to the same page in other languages, and what an author marked: they stay as they are."""

_LINE_ENDS = re.compile(r"(?<=>)\n")
"""Ends of lines after a tag: no name of a law or a work goes over one."""


@cache
def _characters(direction: str) -> OpenCC:
    return OpenCC(direction)


def _by_characters(text: str, direction: str = "s2tw") -> str:
    return str(_characters(direction).convert(text))


@cache
def words() -> dict[str, str]:
    """Return the words that are said differently, simplified to traditional."""
    lines = WORDS.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" ", 1) for line in lines if line and not line.startswith("#"))
    return dict(pairs)


@cache
def _apart() -> re.Pattern[str]:
    """Return what is not left to OpenCC: the names of laws and works, and our own words, the longest first."""
    return re.compile("|".join([_NAME, *sorted(map(re.escape, words()), key=len, reverse=True)]))


@lru_cache(maxsize=4096)
def traditional(text: str) -> str:
    """Return a text in traditional characters; what is none, and what stands so already, stays as it is."""
    return _converted(text)


def _converted(text: str) -> str:
    parts, at = [], 0
    for found in _apart().finditer(text):
        parts += [text[at : found.start()], words().get(found[0]) or _by_characters(found[0])]
        at = found.end()
    parts[::2] = [_by_characters(part) for part in parts[::2]]
    return "".join(parts) + _by_characters(text[at:])


def page(html: str, base_url: str, prefix: str, prefixes: Iterable[str]) -> str:
    """Return a page that was made from simplified texts in traditional characters, its links leading under `prefix`.

    For pages on which nothing stands that somebody typed. Links that have one of the `prefixes` already keep it. Pages
    that are made in one act have most of their lines in common.
    """
    kept = tuple(prefixes)
    parts = _STAYS.split(html)
    parts[::2] = [
        "\n".join(_line(line, base_url, prefix, kept) for line in _LINE_ENDS.split(part)) for part in parts[::2]
    ]
    return "".join(parts)


@lru_cache(maxsize=8192)
def _line(html: str, base_url: str, prefix: str, prefixes: tuple[str, ...]) -> str:
    return _links(base_url, prefixes).sub(rf"\1\2{prefix}", _converted(html))


@cache
def _links(base_url: str, prefixes: tuple[str, ...]) -> re.Pattern[str]:
    kept = "|".join(re.escape(known) for known in (*filter(None, prefixes), "/static", "/images"))
    return re.compile(rf'(?<= )((?:href|action|content)=")({re.escape(base_url)})?(?=/)(?!(?:{kept})[/"?#])')


def simplified(text: str) -> str:
    """Return a text in simplified characters, as the articles are written: for what somebody looks for in them."""
    return _by_characters(text, "tw2s")


@cache
def _back() -> tuple[re.Pattern[str], dict[str, str]]:
    """Return our own words in traditional characters, and what they are called in simplified ones."""
    known = {other: word for word, other in words().items() if word[0].isalnum()}
    return re.compile("|".join(sorted(map(re.escape, known), key=len, reverse=True))), known


def readings(text: str) -> list[str]:
    """Return what somebody may mean who looks for a text, in simplified characters.

    By characters, and with the words that are said differently as they are written in the articles: 軟體 is 软件 there.
    """
    found, known = _back()
    return list(dict.fromkeys([simplified(text), simplified(found.sub(lambda word: known[word[0]], text))]))
