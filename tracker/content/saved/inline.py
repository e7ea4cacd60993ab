"""Words within a block of HTML: blanks as a browser shows them, markup as marks, links with their addresses."""

import re
from collections import Counter
from urllib.parse import urljoin, urlsplit

from justhtml import Node, Text

from tracker.content.blocks import MARKS, Mark, bare, without_marks
from tracker.content.characters import HAN
from tracker.content.saved.dom import value

Pair = tuple[Mark, Mark]

_STRONG, _EM, _DELETED = (Mark.STRONG, Mark.STRONG_END), (Mark.EM, Mark.EM_END), (Mark.DELETED, Mark.DELETED_END)
_CODE, _LINK = (Mark.CODE, Mark.CODE_END), (Mark.LINK, Mark.LINK_END)
PAIRS: dict[str, Pair] = {
    "b": _STRONG,
    "strong": _STRONG,
    "em": _EM,
    "i": _EM,
    "del": _DELETED,
    "s": _DELETED,
    "strike": _DELETED,
    "sub": (Mark.SUB, Mark.SUB_END),
    "sup": (Mark.SUP, Mark.SUP_END),
    "code": _CODE,
    "kbd": _CODE,
    "tt": _CODE,
    "a": _LINK,
}
_WIDE = rf"{HAN}\u3001-\u303f\uff00-\uffef\u2018-\u201d\u2026\u2014"
_LINE_END = re.compile(rf"(?<=[{_WIDE}])([{MARKS}]*)[ \t\r\f]*\n[ \t\r\n\f]*(?=[{MARKS}]*[{_WIDE}])")
"""A line of the source that ends within Chinese: a browser shows a blank there, and nobody meant one."""
_BLANKS = " \t\r\n\f"
_BLANK = re.compile(f"[{_BLANKS}]+")
_REST = re.compile("|".join(f"{end}(\\s*){start}|{start}(\\s*){end}" for start, end in set(PAIRS.values()) - {_LINK}))
"""A pair with nothing in it, and one that goes on where it ended."""
_OUTER = re.compile(rf"^([{MARKS}]*)[\s\u3000]+|[\s\u3000]+([{MARKS}]*)$")
_ICON = re.compile("^[\ue000-\uf8ff\\s]+$")
_SCHEMES = {"http", "https", "mailto", "tel"}


class Inline:
    """Gathers words until a block ends; markup that is open then goes on in the next."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._parts: list[str] = []
        self._line = 0
        self._depth: Counter[Pair] = Counter()
        self._open: dict[Pair, str] = {}
        self._links: list[str] = []

    def add(self, node: Text, line: int) -> None:
        """Add the words of a text node that begins on a line."""
        data = _ICON.sub("", node.data or "")
        if not data.strip(_BLANKS):
            data = " "  # between two elements it sets them apart, whatever it is made of
        if not self._line and data.strip():
            self._line = line + data[: len(data) - len(data.lstrip())].count("\n")
        self._parts.append(without_marks(data))

    def break_line(self) -> None:
        """Begin a new line within the block."""
        self._parts.append(Mark.BREAK)

    def open(self, node: Node) -> None:
        """Begin what an element marks, unless it is marked so already; a link that leads nowhere marks nothing."""
        pair = PAIRS[node.name]
        self._depth[pair] += 1
        if self._depth[pair] == 1:
            address = _address(value(node, "href"), self._base) if pair is _LINK else ""
            if pair is not _LINK or address:
                self._open[pair] = address
                self._parts.append(pair[0])
                self._links += [address] if address else []

    def close(self, name: str) -> None:
        """End what an element of this name marks."""
        pair = PAIRS[name]
        self._depth[pair] -= 1
        if not self._depth[pair] and pair in self._open:
            del self._open[pair]
            self._parts.append(pair[1])

    def take(self) -> tuple[str, tuple[str, ...], int]:
        """Return the words so far, the addresses of their links, and the line on which they begin; begin anew."""
        text = "".join([*self._parts, *(pair[1] for pair in reversed(self._open))])
        line, links = self._line, tuple(self._links)
        self._parts, self._line = [pair[0] for pair in self._open], 0
        self._links = [address for address in self._open.values() if address]
        return (*_tidied(text, links), line)


def _tidied(text: str, links: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return words as a browser shows them, without markup that marks nothing."""
    text = _BLANK.sub(" ", _LINE_END.sub(r"\1", text))
    before = ""
    while before != text:
        before, text = text, _OUTER.sub(_kept, _REST.sub(_kept, text))
    return (text, links) if bare(text).strip() else ("", ())


def _kept(found: re.Match[str]) -> str:
    return "".join(part or "" for part in found.groups())


def _address(href: str, base: str) -> str:
    """Return where a link leads, if that is still somewhere: an address of its own, or one on a site that is known."""
    try:
        address = urljoin(base, href.strip()).replace(" ", "%20")
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme not in _SCHEMES or href.strip().startswith("#") or re.search(r"[\s<>\x00-\x1f]", address):
        return ""
    return address
