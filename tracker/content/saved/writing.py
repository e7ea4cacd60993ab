"""Blocks to Markdown that says the same words, and on which line of the saved page each of its lines began."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from tracker.content.blocks import MARKS, Block, Kind, Mark, from_markdown

Line = tuple[str, int]
"""A line of Markdown, and the line of the saved page it is from (0: none)."""

_SIGNS = {
    Mark.STRONG: "**",
    Mark.STRONG_END: "**",
    Mark.EM: "*",
    Mark.EM_END: "*",
    Mark.DELETED: "~~",
    Mark.DELETED_END: "~~",
}
_TAGS = {
    Mark.STRONG: "<strong>",
    Mark.STRONG_END: "</strong>",
    Mark.EM: "<em>",
    Mark.EM_END: "</em>",
    Mark.DELETED: "<del>",
    Mark.DELETED_END: "</del>",
    Mark.SUB: "<sub>",
    Mark.SUB_END: "</sub>",
    Mark.SUP: "<sup>",
    Mark.SUP_END: "</sup>",
    Mark.BREAK: "<br>",
}
_PART = re.compile(
    f"({Mark.CODE}[^{Mark.CODE_END}]*{Mark.CODE_END}|{Mark.LINK}[^{Mark.LINK_END}]*{Mark.LINK_END}|[{MARKS}])"
)
_SPECIAL = re.compile(r"[\\`*\[\]]|(?<!\w)_|_(?!\w)|~(?=~)|(?<=~)~|<(?=[A-Za-z/!?])|&(?=#?\w+;)")
_START = re.compile(r"^(#{1,6}(?=\s|$)|[-+](?=\s|$)|>|[-=_*~](?=[-=_*~\s]*$)|\d{1,9}(?=[.)](?:\s|$)))")
_INNER_BLANK = re.compile(
    f"([{Mark.STRONG}{Mark.EM}{Mark.DELETED}])([ \\u3000]+)|([ \\u3000]+)([{Mark.STRONG_END}{Mark.EM_END}{Mark.DELETED_END}])"
)


def write(blocks: Sequence[Block]) -> list[Line]:
    """Return the lines of a body; one block is one line, but for code."""
    lines: list[Line] = []
    for kind, group in groupby(blocks, _group):
        if lines:
            lines.append(("", 0))
        lines += _WRITERS[kind[0]](list(group))
    return lines


def _group(block: Block) -> tuple[Kind, object]:
    """Return what blocks that stand together have in common: a list, a table and a quotation are several."""
    together = {Kind.ITEM: 0, Kind.ROW: block.marker, Kind.QUOTE: 0}
    return block.kind, together.get(block.kind, block)


def _one(blocks: Iterable[Block]) -> Iterator[Line]:
    for at, block in enumerate(blocks):
        if at:
            yield "", 0
        yield _line(block), block.line


def _heading(blocks: Iterable[Block]) -> Iterator[Line]:
    for block in blocks:
        words = re.sub(r"(?<!\S)(?=#+$)", r"\\", _words(block))
        yield f"{'#' * block.level} {words}", block.line


def _quote(blocks: Iterable[Block]) -> Iterator[Line]:
    for at, block in enumerate(blocks):
        if at:
            yield ">", 0
        yield f"> {_line(block)}", block.line


def _code(blocks: Iterable[Block]) -> Iterator[Line]:
    for block in blocks:
        fence = "`" * max(3, 1 + max((len(ticks) for ticks in re.findall("`+", block.text)), default=0))
        yield fence, block.line
        yield from ((line, block.line) for line in block.text.strip("\n").split("\n"))
        yield fence, block.line


def _rows(blocks: Sequence[Block]) -> Iterator[Line]:
    width = max(block.text.count(Mark.CELL) for block in blocks) + 1
    for at, block in enumerate(blocks):
        links = iter(block.links)
        cells = [_said(cell, links, _SIGNS).replace("|", "\\|") for cell in block.text.split(Mark.CELL)]
        yield "| " + " | ".join(cells + [""] * (width - len(cells))) + " |", block.line
        if not at:
            yield "|" + " --- |" * width, block.line


def _items(blocks: Sequence[Block]) -> Iterator[Line]:
    """Yield the lines of a list; where numbers begin anew, a comment keeps what would be one list two."""
    open_markers: list[str] = []
    for at, block in enumerate(blocks):
        begins_anew = (
            block.marker == "1." and block.level < len(open_markers) and open_markers[block.level][:-1].isdigit()
        )
        if block.marker:
            open_markers[block.level :] = [block.marker]
        indent = " " * sum(len(marker) + 1 for marker in open_markers[: block.level + (not block.marker)])
        if at and (begins_anew or not block.marker):
            yield "", 0
        if at and begins_anew:
            yield f"{indent}<!-- -->", 0
            yield "", 0
        yield indent + (f"{block.marker} " if block.marker else "") + _line(block), block.line


_WRITERS = {
    Kind.HEADING: _heading,
    Kind.PARAGRAPH: _one,
    Kind.ITEM: _items,
    Kind.ROW: _rows,
    Kind.QUOTE: _quote,
    Kind.CODE: _code,
}


def _line(block: Block) -> str:
    """Return the words of a block as they may begin a line."""
    return _START.sub(_escaped_start, _words(block))


def _escaped_start(found: re.Match[str]) -> str:
    return f"{found[1]}\\" if found[1].isdigit() else f"\\{found[1]}"


def _words(block: Block) -> str:
    """Return the words of a block as Markdown, with tags where its signs would be taken for words."""
    said = _said(block.text, iter(block.links), _SIGNS)
    read = from_markdown(_START.sub(_escaped_start, said))
    is_same = len(read) == 1 and read[0].bare.split() == block.bare.split()
    return said if is_same else _said(block.text, iter(block.links), _TAGS)


def _said(text: str, links: Iterator[str], signs: dict[Mark, str]) -> str:
    text = _INNER_BLANK.sub(r"\2\1\4\3", text)
    return "".join(_part(part, links, signs) for part in _PART.split(text) if part).strip()


def _part(part: str, links: Iterator[str], signs: dict[Mark, str]) -> str:
    if part.startswith(Mark.CODE):
        return _inline_code(re.sub(f"[{MARKS}]", "", part))
    if part.startswith(Mark.LINK):
        address, words = next(links, ""), _said(part[1:-1], links, signs)
        return f"[{words}]({_address(address)})" if words and address else words
    if re.fullmatch(f"[{MARKS}]", part):
        return signs.get(Mark(part), _TAGS.get(Mark(part), ""))
    return _SPECIAL.sub(r"\\\g<0>", part)


def _inline_code(words: str) -> str:
    if not words.strip():
        return words
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", words)), default=0))
    blank = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{ticks}{blank}{words}{blank}{ticks}"


def _address(address: str) -> str:
    return f"<{address}>" if re.search(r"[()\\]", address) else address
