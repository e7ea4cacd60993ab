"""A page as a row of blocks, each with the line on which it begins: what saved pages and our own files have in common.

Within a block's text, emphasis, links and the borders of cells are single private characters (`Mark`), so that a rule
for words neither sees nor harms them. Texts that come from outside hold none: `without_marks` takes them out.
"""

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Self

from markdown_it.token import Token

from tracker.content.markdown import tokens
from tracker.content.pieces import KEPT


class Kind(StrEnum):
    """What a block is on the page."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"
    QUOTE = "quote"
    CODE = "code"
    FIELD = "field"
    """A text of the front matter; it stands before the page, not on it."""


class Mark(StrEnum):
    """What stands in a text for markup."""

    STRONG = "\ue000"
    STRONG_END = "\ue001"
    EM = "\ue002"
    EM_END = "\ue003"
    DELETED = "\ue004"
    DELETED_END = "\ue005"
    SUB = "\ue006"
    SUB_END = "\ue007"
    SUP = "\ue008"
    SUP_END = "\ue009"
    LINK = "\ue00a"
    LINK_END = "\ue00b"
    CODE = "\ue00c"
    CODE_END = "\ue00d"
    CELL = "\ue00e"
    BREAK = "\ue00f"


MARKS = "\ue000-\ue00f"
_MARK = re.compile(f"[{MARKS}]")
_FOREIGN = re.compile("[\ue000-\uf8ff]")
_CODE = re.compile(f"{Mark.CODE}[^{Mark.CODE_END}]*{Mark.CODE_END}")


@dataclass(frozen=True)
class Block:
    """A heading, a paragraph, an item, a row of a table.

    `level` is the rank of a heading (2 to 4; 0: not known yet) or the depth of an item (0: outermost).
    `marker` is what stands before an item (`3.` or `-`), or the number of the table that a row belongs to.
    `links` are the addresses of the text's links, in their order.
    """

    kind: Kind
    text: str
    line: int
    level: int = 0
    marker: str = ""
    links: tuple[str, ...] = field(default=(), repr=False)

    @cached_property
    def bare(self) -> str:
        """Return the words alone; for code there is an `x`, for it is no language."""
        return bare(self.text)

    def saying(self, text: str) -> Self:
        """Return this block with another text."""
        return self if text == self.text else replace(self, text=text)


def bare(text: str) -> str:
    """Return a block's text without its marks."""
    return _MARK.sub("", _CODE.sub("x", text.replace(Mark.CELL, "\n").replace(Mark.BREAK, "\n")))


def without_marks(text: str) -> str:
    """Return a text from outside, with the sign for what cannot be read in place of each private character."""
    return _FOREIGN.sub("\ufffd", text)


def from_markdown(body: str, line: int = 1) -> list[Block]:
    """Return the blocks of Markdown whose first line is line `line` of its file."""
    reader = _Reader(line)
    for token in tokens(body):
        reader.take(token)
    return reader.blocks


_MARKUP = {
    "strong_open": Mark.STRONG,
    "strong_close": Mark.STRONG_END,
    "em_open": Mark.EM,
    "em_close": Mark.EM_END,
    "s_open": Mark.DELETED,
    "s_close": Mark.DELETED_END,
    "link_open": Mark.LINK,
    "link_close": Mark.LINK_END,
    "softbreak": "\n",
    "hardbreak": "\n",
}


class _Reader:
    """Turns the parser's tokens into blocks, in one pass."""

    def __init__(self, line: int) -> None:
        self.blocks: list[Block] = []
        self._first = line
        self._at = line
        self._quotes = 0
        self._heading = 0
        self._items: list[str] = []
        self._begins = False
        self._tables = 0
        self._cells: list[str] = []

    def take(self, token: Token) -> None:
        """Take the next token."""
        if token.map:
            self._at = self._first + token.map[0]
        handle = getattr(self, f"_{token.type}", None)
        if handle:
            handle(token)

    def _heading_open(self, token: Token) -> None:
        self._heading = int(token.tag[1])

    def _heading_close(self, _: Token) -> None:
        self._heading = 0

    def _blockquote_open(self, token: Token) -> None:
        self._quotes += token.nesting

    _blockquote_close = _blockquote_open

    def _list_item_open(self, token: Token) -> None:
        self._items.append(token.info + token.markup if token.info else "-")
        self._begins = True

    def _list_item_close(self, _: Token) -> None:
        self._items.pop()

    def _table_open(self, _: Token) -> None:
        self._tables += 1

    def _tr_open(self, _: Token) -> None:
        self._cells = []

    def _tr_close(self, _: Token) -> None:
        self.blocks.append(Block(Kind.ROW, Mark.CELL.join(self._cells), self._at, marker=str(self._tables)))

    def _td_close(self, _: Token) -> None:
        cell = self.blocks.pop()
        self._cells.append(cell.text)

    _th_close = _td_close

    def _fence(self, token: Token) -> None:
        self.blocks.append(Block(Kind.CODE, without_marks(token.content), self._at))

    _code_block = _fence

    def _inline(self, token: Token) -> None:
        text = _marked(token)
        if self._heading:
            self.blocks.append(Block(Kind.HEADING, text, self._at, self._heading))
        elif self._items and self._begins:
            self.blocks.append(Block(Kind.ITEM, text, self._at, len(self._items) - 1, self._items[-1]))
            self._begins = False
        else:
            self.blocks.append(Block(Kind.QUOTE if self._quotes else Kind.PARAGRAPH, text, self._at))


def _marked(token: Token) -> str:
    """Return the text of a block with marks for its markup; a line stays a line, and `x` stands for what is kept as written."""
    parts, is_kept = [], False
    for child in token.children or []:
        if child.type == "html_inline" and child.content in {KEPT, "</span>"}:
            is_kept = child.content == KEPT
            parts.append("x" * is_kept)
        elif is_kept and child.type in {"text", "code_inline"}:
            continue
        elif child.type == "text":
            parts.append(without_marks(child.content))
        elif child.type == "code_inline":
            parts.append(f"{Mark.CODE}{without_marks(child.content)}{Mark.CODE_END}")
        elif child.type == "html_inline" and child.content.startswith("<br"):
            parts.append(Mark.BREAK)
        else:
            parts.append(_MARKUP.get(child.type, ""))
    return "".join(parts)
