"""Readings in brackets behind the characters they belong to, as converters of script leave them: 发(fā), 催收（cuī shōu）."""

import re
from functools import lru_cache
from itertools import product
from unicodedata import combining, normalize

from pypinyin import Style, pinyin

from tracker.content.blocks import MARKS
from tracker.content.characters import HAN, is_common

_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
LATIN = f"a-züêĀ-ž{_TONED}\u0300-\u036f"
ZHUYIN = "\u3105-\u312f\u02c7\u02ca\u02cb\u02d9"
READING = re.compile(
    rf"(?P<word>[{HAN}](?:[{HAN}{MARKS}]{{0,8}}[{HAN}])?)(?P<marks>[{MARKS}]*)[ \u3000]{{0,3}}"
    rf"[(（\[【〔{{〈［｛]\s{{0,3}}(?P<said>[{LATIN}][{LATIN}1-5 ·'’-]{{0,60}}|[{ZHUYIN}][{ZHUYIN} \u3000]{{0,40}})\s{{0,3}}[)）\]】〕}}〉］｝]"
)
"""Han, then in brackets of any kind what may be their reading; whether it is, only the dictionary says."""

SHIFTED = re.compile(
    rf"(?P<before>[{HAN}])\?(?P<first>[{LATIN}]{{1,8}})\)(?P<second>[@-~])\((?P<said>[{LATIN}]{{1,8}})\)"
)
"""What a converter makes that looks for characters from the wrong byte on; see `unshifted`."""

_LONGEST = 4
"""Characters whose readings stand together in one pair of brackets."""

_FEW = 5
"""So many readings of rare characters may be meant on a page; more are damage."""


def without(text: str, keeps_rare: bool = True) -> tuple[str, int]:
    """Return a text without the readings that follow the characters they are of, and how many there were.

    With `keeps_rare`, that of a character that is not common stays: it may be meant for the reader.
    """
    count = 0

    def cut(found: re.Match[str]) -> str:
        nonlocal count
        word = re.sub(f"[{MARKS}]", "", found["word"])
        if not is_reading(found["said"], word) or (keeps_rare and not is_common(word[-1])):
            return found[0]
        count += 1
        return found["word"] + found["marks"]

    return READING.sub(cut, text), count


def are_many(texts: list[str]) -> bool:
    """Say whether so many readings stand in these texts that a converter must have put them there."""
    return sum(without(text, keeps_rare=False)[1] for text in texts) > _FEW


def is_reading(said: str, word: str) -> bool:
    """Say whether `said` is how the last characters of `word` are read; tones do not count, capitals do."""
    wanted = _plain(said)
    for length in range(1, min(_LONGEST, len(word)) + 1):
        known = [_known(letter, said > "\u3100") for letter in word[-length:]]
        if any("".join(parts) == wanted for parts in product(*known)):
            return True
    return False


def unshifted(text: str) -> tuple[str, int]:
    """Return a text with the characters back that a converter cut in two, and how many there were.

    Such a converter put readings behind characters of GBK, two bytes each, and lost its step: of 收团 (with 團 for 团),
    CA D5 88 46, it took D5 88 for 請, set (qǐng) behind it, and its opening bracket swallowed 88: 收?qǐng)F(tuán). The
    lost byte is the one with which both characters are read as it says. Only where there is exactly one is it put back.
    """
    count = 0

    def mend(found: re.Match[str]) -> str:
        nonlocal count
        try:
            last = found["before"].encode("gbk")[-1]
        except UnicodeEncodeError:
            return found[0]
        fits = [
            true
            for lost in range(0x81, 0xFF)
            if (false := _gbk(last, lost)) and (true := _gbk(lost, ord(found["second"])))
            if is_reading(found["first"], false) and is_reading(found["said"], true)
            if _has_tone(found["said"], true)
        ]
        if len(fits) != 1:
            return found[0]
        count += 1
        return found["before"] + fits[0]

    return SHIFTED.sub(mend, text), count


def _gbk(first: int, second: int) -> str:
    letter = bytes([first, second]).decode("gbk", "ignore")
    return letter if re.fullmatch(f"[{HAN}]", letter) else ""


def _has_tone(said: str, letter: str) -> bool:
    return normalize("NFC", said) in pinyin(letter, heteronym=True)[0]


@lru_cache(maxsize=20_000)
def _known(letter: str, in_zhuyin: bool) -> tuple[str, ...]:
    style = Style.BOPOMOFO if in_zhuyin else Style.TONE
    return tuple({_plain(said) for said in pinyin(letter, style=style, heteronym=True)[0]})


def _plain(said: str) -> str:
    """Return a reading without tones, blanks and apostrophes; ü is v."""
    letters = normalize("NFD", said.replace("ü", "v").replace("u:", "v"))
    letters = re.sub("[ǖǘǚǜ]", "v", normalize("NFC", letters))
    bare = "".join(letter for letter in normalize("NFD", letters) if not combining(letter))
    return re.sub(r"[\s·'’1-5\u02c7\u02ca\u02cb\u02d9-]", "", bare)
