"""What people of the demo quote from an article: whole sentences, or as much of one as ends at a clause or a word."""

import re
from collections.abc import Iterator

MOST = 80
"""As many characters as somebody copies."""

_SENTENCE = re.compile(r"[^。！？]+?(?:[。！？][”’」』）]*|[.!?][”’\")]*(?=\s|$))")
_ENDS = (
    re.compile(r"[。！？；][”’」』）]*|[.!?;][”’\")]*(?=\s)"),  # a sentence
    re.compile(r"(?=[，：,:])"),  # a clause, without its mark
    re.compile(r"》|(?=[、\s])"),  # a word, a title
)


def lines(text: str) -> list[str]:
    """Return the lines of an article that are long enough to be quoted, each as far as somebody would copy it."""
    found = (line.strip() for line in text.splitlines())
    return [_copied(line) for line in found if 20 <= len(line) <= 300]


def sentence(text: str) -> str:
    """Return a sentence from the middle of an article that stands there once, so that other words fit in its place.

    One of running text, where there is any: a line that says more than one.
    """
    spoken = [list(_sentences(line)) for line in text.splitlines()]
    found = _fit([each for each in spoken if len(each) > 1], text) or _fit(spoken, text)
    return found[len(found) // 2]


def _fit(spoken: list[list[str]], text: str) -> list[str]:
    return [each for line in spoken for each in line if 12 <= len(each) <= 2 * MOST and text.count(each) == 1]


def _copied(line: str) -> str:
    if len(line) <= MOST:
        return line
    for end in _ENDS:
        fit = [place.end() for place in end.finditer(line) if 20 <= place.end() <= MOST]
        if fit:
            return line[: fit[-1]].rstrip()
    return line[:MOST]


def _sentences(line: str) -> Iterator[str]:
    return (found[0].strip() for found in _SENTENCE.finditer(line.strip()))
