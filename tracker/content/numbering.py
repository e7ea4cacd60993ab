"""The numbers before headings and items: 第一章, 一、, （一）, 1.1, 1., ①."""

import re
from typing import NamedTuple

NUMERALS = "〇零一二三四五六七八九十百"
_DIGITS = {numeral: value for value, numeral in enumerate("〇一二三四五六七八九")} | {"零": 0}
_CIRCLED = {chr(0x245F + value): value for value in range(1, 21)}


class Number(NamedTuple):
    """A number as it stands: its style, its values (two for 1.1), and the words behind it."""

    style: str
    values: tuple[int, ...]
    rest: str


_STYLES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("chapter", re.compile(rf"第\s*([{NUMERALS}]+|\d+)\s*[章编篇](?:\s*[：:、]\s*|\s+|(?=\S)|$)")),
    ("part", re.compile(rf"第\s*([{NUMERALS}]+|\d+)\s*(?:节|部分)(?:\s*[：:、]\s*|\s+|(?=\S)|$)")),
    ("numeral", re.compile(rf"([{NUMERALS}]+)\s*[、．.]\s*")),
    ("bracketed", re.compile(rf"[（(]\s*([{NUMERALS}]+)\s*[）)][、．.]?\s*")),
    ("dotted-3", re.compile(r"(\d{1,2})[.．](\d{1,2})[.．](\d{1,2})(?:[.．、]\s*|\s+|(?=[^\d\s.,%％]))")),
    ("dotted", re.compile(r"(\d{1,2})[.．](\d{1,2})(?:[.．、]\s*|\s+|(?=[^\d\s.,%％]))")),
    ("digit", re.compile(r"(\d{1,3})(?:[.．、]\s*(?!\d)|[)）]\s*)")),
    ("digit", re.compile(r"[（(]\s*(\d{1,3})\s*[）)]\s*")),
    ("digit", re.compile(f"([{''.join(_CIRCLED)}])[、.]?\\s*")),
)

STYLES = ("chapter", "part", "numeral", "digit", "bracketed", "dotted", "dotted-3")
"""From the outermost to the innermost, as headings are nested."""


def number(text: str) -> Number | None:
    """Return the number with which a line begins, if it begins with one."""
    for style, pattern in _STYLES:
        found = pattern.match(text)
        if found:
            return Number(style, tuple(_value(part) for part in found.groups()), text[found.end() :])
    return None


def _value(text: str) -> int:
    """Return the value of a number below a thousand, in digits, in numerals or in a circle."""
    if text in _CIRCLED:
        return _CIRCLED[text]
    if text.isdecimal():
        return int(text)
    total, digit = 0, 0
    for letter in text:
        if letter in "十百":
            total += (digit or 1) * (10 if letter == "十" else 100)
            digit = 0
        else:
            digit = digit * 10 + _DIGITS[letter]
    return total + digit
