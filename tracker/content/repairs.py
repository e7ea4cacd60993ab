"""What can be mended in the words of a page by rule, without knowing what was meant: one table, each rule with its promise.

Every rule is a pure function of the text of one block and gives the text mended and in how many places. A rule that finds
nothing gives back the very text; mending twice changes nothing more. None adds a word that was not there.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from html import unescape
from typing import NamedTuple

from opencc import OpenCC

from tracker.content import readings
from tracker.content.blocks import MARKS, Block, Kind
from tracker.content.characters import HAN, strangeness
from tracker.content.numbering import NUMERALS
from tracker.domain.errors import N_

Mended = tuple[str, int]


class Repair(NamedTuple):
    """A rule: its name, what it promises, how it mends, and what a person is told where it would."""

    name: str
    promise: str
    mend: Callable[[str], Mended]
    said: str


_LATER = "[\u0080-\u00bf\u0152-\u0192\u02c6-\u02dc\u2013-\u2122]"
_TWICE = re.compile(f"[\u00c2\u00c3]{_LATER}|[\u00e0-\u00ef]{_LATER}{{2}}|[\u00f0-\u00f4]{_LATER}{{3}}")
_TWICE_BY_GBK = re.compile(f"[{HAN}\u20ac\u3000-\u303f\uff00-\uffee\ue000-\uf8ff]{{4,}}")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_JOINER = re.compile(f"(?<=[{HAN}a-zA-Z0-9])\u200d|\u200d(?=[{HAN}a-zA-Z0-9])")
_WIDE = re.compile("[０-９Ａ-Ｚａ-ｚ]+(?:[．：／－][０-９]+)*")
_NARROW = re.compile(rf"(?<=[{HAN}”》）])([{MARKS}]*)([,:;!?]) ?(?=[{MARKS}]*(?:[{HAN}“《（]|$))")
_STOPS = dict(zip(",:;!?", "，：；！？", strict=True))
_BOTH = frozenset("乾夥後徵於著藉麽瞭")
_AS_PARTICLE = re.compile("(?<![原专编译合论巨名拙遗土卓显昭])著(?![作名述称录者])")
_AFTER_ORDINAL = re.compile(r"(?:(?<=^\d\.\d)|(?<=^第.[章节条部编篇]))\u3000+")
_AFTER_NUMERAL = re.compile(
    rf"(^[{MARKS}]*(?:(?:[{NUMERALS}]+|\d{{1,3}})、|（[{NUMERALS}]+）)[{MARKS}]*)[ \u3000]+(?=\S)"
)
_BLANKS = re.compile("[ \t\u00a0\u2002-\u200a\u202f\u205f]+")


def _read_twice(text: str) -> Mended:
    """Undo UTF-8 that was read as Windows-1252, character by character or not at all."""

    def again(found: re.Match[str]) -> str:
        try:
            return b"".join(_byte(letter) for letter in found[0]).decode()
        except (UnicodeEncodeError, UnicodeDecodeError):
            return found[0]

    return _counted(_TWICE, again, text)


def _byte(letter: str) -> bytes:
    return letter.encode("latin-1" if "\x80" <= letter <= "\xff" else "cp1252")


def _read_as_gbk(text: str) -> Mended:
    """Undo UTF-8 that was read as GBK, a whole run of characters or not at all, and only if it reads better then."""

    def again(found: re.Match[str]) -> str:
        try:
            true = found[0].encode("gb18030").decode()
        except (UnicodeEncodeError, UnicodeDecodeError):
            return found[0]
        return true if strangeness(true) < strangeness(found[0]) else found[0]

    return _counted(_TWICE_BY_GBK, again, text)


def _entities(text: str) -> Mended:
    count = 0
    while (once := _counted(_ENTITY, lambda found: unescape(found[0]), text))[1]:
        text, count = once[0], count + once[1]
    return text, count


def _invisible(text: str) -> Mended:
    text, count = _INVISIBLE.subn("", text)
    text, joiners = _JOINER.subn("", text)
    return text, count + joiners


def _wide(text: str) -> Mended:
    return _counted(_WIDE, lambda found: found[0].translate(_HALF), text)


_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def _narrow(text: str) -> Mended:
    return _counted(_NARROW, lambda found: found[1] + _STOPS[found[2]], text)


def _blanks(text: str) -> Mended:
    text, count = _counted(_BLANKS, lambda _: " ", text)
    text, ordinals = _AFTER_ORDINAL.subn(" ", text)
    return text, count + ordinals


def _close(text: str) -> Mended:
    return _AFTER_NUMERAL.subn(r"\1", text)


@cache
def _converter(direction: str) -> OpenCC:
    return OpenCC(direction)


def simplified(text: str) -> Mended:
    """Return a text in simplified characters, and how many changed.

    By way of the traditional ones: OpenCC knows by the words around it what 著 stands for only if these are traditional.
    """
    found = str(_converter("tw2s").convert(_converter("s2tw").convert(text)))
    if len(found) == len(text):
        pairs = zip(text, found, strict=True)
        found = "".join(one if _is_simplified(one) or one == "著" else other for one, other in pairs)
        found = _AS_PARTICLE.sub("着", found)
    return found, sum(one != other for one, other in zip(text, found, strict=False))


@cache
def _is_simplified(letter: str) -> bool:
    """Say whether a character is one of the simplified standard that is written for no other one in the traditional."""
    return letter not in _BOTH and bool(letter.encode("gb2312", "ignore"))


def _counted(pattern: re.Pattern[str], said: Callable[[re.Match[str]], str], text: str) -> Mended:
    """Return a text with each match put as `said` says, and how many of them changed."""
    count = 0

    def change(found: re.Match[str]) -> str:
        nonlocal count
        new = said(found)
        count += new != found[0]
        return new

    return pattern.sub(change, text), count


READINGS = Repair(
    "readings",
    "A reading in brackets goes, if it is how the characters before it are read.",
    readings.without,
    N_("“%(found)s”的字后面留着注音。请删去括号和注音；确是写给读者的，请改写成“读作……”。"),
)

SCRIPT = Repair(
    "script",
    "Traditional characters become simplified, in which Chinese articles are written.",
    simplified,
    N_("“%(found)s”：简体文章里夹着繁体字。请改为简体；繁体版由本站自动生成。"),
)

MISREAD = (
    Repair(
        "mojibake",
        "UTF-8 that was read as Windows-1252 is read again.",
        _read_twice,
        N_("“%(found)s”这里是读错了编码的乱码。请换成正确的文字。"),
    ),
    Repair(
        "mojibake-gbk",
        "UTF-8 that was read as GBK is read again, if every byte of it is still there.",
        _read_as_gbk,
        N_("“%(found)s”这里是读错了编码的乱码。请换成正确的文字。"),
    ),
)
"""For a whole page, too, before it is taken apart: what wrong readings leave is among what blocks cannot hold."""

REPAIRS: tuple[Repair, ...] = (
    *MISREAD,
    Repair(
        "entities",
        "A character written as &name; is that character.",
        _entities,
        N_("“%(found)s”这里有没转成文字的HTML代码。请换成它所代表的字符。"),
    ),
    Repair(
        "invisible",
        "Characters that nobody sees go; those that join emoji stay.",
        _invisible,
        N_("“%(found)s”这里有看不见的字符。请删去后重新输入这几个字。"),
    ),
    Repair(
        "shifted",
        "A character that a converter cut in two comes back, if exactly one is read as both halves say.",
        readings.unshifted,
        N_("“%(found)s”这里有一个字断成了两半，中间夹着注音。请改回原来的字。"),
    ),
    READINGS,
    Repair(
        "full-width",
        "Full-width digits and letters become those of the keyboard.",
        _wide,
        N_("“%(found)s”这里有全角的数字或字母。请改用半角。"),
    ),
    SCRIPT,
    Repair(
        "punctuation",
        "A half-width stop between Chinese characters becomes the Chinese one.",
        _narrow,
        N_("“%(found)s”的汉字之间用了半角标点。请改用全角。"),
    ),
    Repair(
        "blanks",
        "Several blanks in a row become one, and a wide one behind a number a narrow one.",
        _blanks,
        N_("“%(found)s”这里有连续的空格。请只留一个，或者删去。"),
    ),
    Repair(
        "numerals",
        "No blank stands behind 一、 or （一） at the beginning: their marks are as wide as a character.",
        _close,
        N_("“%(found)s”：开头的“一、”“（一）”后面不用空格。请删去。"),
    ),
)
"""In the order in which they are made: each sees what those before it have mended."""


def reread(text: str) -> tuple[str, dict[str, int]]:
    """Return a whole page with what was read by the wrong encoding read again, and in how many places."""
    counts = {}
    for rule in MISREAD:
        text, count = rule.mend(text)
        if count:
            counts[rule.name] = count
    return text, counts


def mend(blocks: Sequence[Block], is_chinese: bool) -> tuple[list[Block], dict[str, int]]:
    """Return the blocks with every repair made, and in how many places each rule did something."""
    counts: dict[str, int] = {}
    rules = rules_for([block.text for block in blocks], is_chinese)
    return [_mended(block, rules, counts) for block in blocks], counts


def _mended(block: Block, rules: Iterable[Repair], counts: dict[str, int]) -> Block:
    text = block.text
    for rule in rules if block.kind is not Kind.CODE else ():
        text, count = rule.mend(text)
        if count:
            counts[rule.name] = counts.get(rule.name, 0) + count
    return block.saying(text)


def rules_for(texts: list[str], is_chinese: bool) -> list[Repair]:
    """Return the rules for a page with these texts: in English no script, and no rare reading spared among many."""
    every = READINGS._replace(mend=lambda text: readings.without(text, keeps_rare=False))
    spares = not readings.are_many(texts)
    found = [every if rule is READINGS and not spares else rule for rule in REPAIRS]
    return [rule for rule in found if is_chinese or rule is not SCRIPT]
