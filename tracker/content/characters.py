"""Which characters are Han, and which of these people really write."""

import re
from functools import cache

HAN = "\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""For a class of a pattern."""

_STOP = re.compile("[\u3001\u3002\uff0c\uff1a\uff1b\uff01\uff1f\u201c\u201d\u300a\u300b]")
_HAN = re.compile(f"[{HAN}]")


def strangeness(text: str) -> float:
    """Return how unlike Chinese or English a text is, from 0: the share of letters that people hardly write.

    A text read by the wrong encoding is full of characters that are in no list of common ones.
    """
    letters = [letter for letter in text if letter > "\x7f"]
    strange = sum(not (_STOP.match(letter) or is_common(letter)) for letter in letters)
    return strange / len(letters) if letters else 0.0


@cache
def is_common(letter: str) -> bool:
    """Say whether a character is on the first level of GB 2312 or of Big5, which were set up by frequency of use."""
    if not _HAN.match(letter):
        return False
    in_gb, in_big5 = letter.encode("gb2312", "ignore"), letter.encode("big5", "ignore")
    return b"\xb0" <= in_gb[:1] <= b"\xd7" or b"\xa4" <= in_big5[:1] <= b"\xc6"
