"""A saved HTML page to blocks: as a browser would take it apart, without what only a browser needs."""

import re
from dataclasses import replace
from typing import NamedTuple

from justhtml import JustHTML, Node, Text

from tracker.content.blocks import Block, Kind, bare, without_marks
from tracker.content.characters import HAN
from tracker.content.saved import tables
from tracker.content.saved.dom import Layout, layout, value, walk
from tracker.content.saved.head import read_head
from tracker.content.saved.inline import PAIRS, Inline
from tracker.content.saved.page import Lost, Page
from tracker.domain.errors import N_

_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hgroup", "hr", "legend", "li", "main", "menu", "nav", "ol", "p", "section", "summary", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_HEADINGS = {f"h{rank}": rank for rank in range(1, 7)}
_MEDIA = {"img", "video", "audio", "iframe", "embed", "object"}
_SOURCES = ("data-src", "data-original", "src", "data")
_TINY = {"0", "1", "2", "3", "1px"}
_LOST_MEDIA = N_("原页面这里有图片或视频（%(found)s），没有导入。需要的话，请另行保存后加进正文。")
_LONGEST_SAID = 80
_CHINESE = re.compile(f"[{HAN}]")


class _Item(NamedTuple):
    """An item that is open: how deep it is, and what stands before its first words."""

    level: int
    marker: str


def read_html(text: str) -> Page:
    """Return what stands on a saved HTML page."""
    document = JustHTML(text, sanitize=False, track_node_locations=True)
    reader = _Reader(layout(document), read_head(document))
    for is_entered, node in walk(document.query_one("body") or document.root):
        reader.take(is_entered, node)
    return reader.page


class _Reader:
    """Goes through the nodes of a body once and ends a block wherever the page begins a new line."""

    def __init__(self, found: Layout, head: dict[str, str]) -> None:
        self.page = Page(head=head)
        self._layout = found
        self._inline = Inline(head.get("address", ""))
        self._line = 1
        self._taken: Node | None = None
        self._unseen = self._around = self._article = self._quotes = 0
        self._lists: list[int | None] = []
        self._items: list[_Item] = []
        self._heading = 0
        self._tables = 0

    def take(self, is_entered: bool, node: Node | Text) -> None:
        """Take the next node, as it is entered or left."""
        self._line = node.origin_line or self._line
        if self._taken is not None:
            self._taken = None if node is self._taken and not is_entered else self._taken
        elif isinstance(node, Text):
            if not self._unseen:
                self._inline.add(node, self._line)
        elif not self._is_skipped(node, is_entered):
            self._take_element(node, is_entered)

    def _is_skipped(self, node: Node, is_entered: bool) -> bool:
        if node.name in _MEDIA and is_entered and not (self._unseen or self._around or self._layout.is_hidden(node)):
            self._lose(node)
        was_unseen = self._unseen
        self._unseen += self._layout.is_unseen(node) * (1 if is_entered else -1)
        return bool(was_unseen or self._unseen)

    def _take_element(self, node: Node, is_entered: bool) -> None:
        is_around = self._layout.is_around(node)
        if node.name in PAIRS and not is_around:
            self._inline.open(node) if is_entered else self._inline.close(node.name)
        elif node.name in _BLOCKS or node.name == "pre" or is_around:
            self._end_block()
            step = 1 if is_entered else -1
            self._around += is_around * step
            self._article += (node is self._layout.article) * step
            self._quotes += (node.name == "blockquote") * step
            self._nest(node, is_entered)

    def _nest(self, node: Node, is_entered: bool) -> None:
        """Keep in mind in which heading, list and item the next words are; take a table or set text as a whole."""
        if node.name in _HEADINGS:
            self._heading = _HEADINGS[node.name] if is_entered else 0
        elif node.name in {"ul", "ol", "menu"}:
            if is_entered:
                self._lists.append(_start(node) if node.name == "ol" else None)
            elif self._lists:
                self._lists.pop()
        elif node.name == "li":
            self._nest_item(node, is_entered)
        elif is_entered and node.name == "pre":
            self._set_text(node)
        elif is_entered and node.name == "table" and tables.is_data(node):
            self._table(node)

    def _nest_item(self, node: Node, is_entered: bool) -> None:
        if not is_entered:
            self._items = self._items[:-1]
            return
        counted = self._lists[-1] if self._lists else None
        if counted is None:
            marker = "-"
        else:
            counted = int(value(node, "value")) if value(node, "value").isdecimal() else counted
            marker, self._lists[-1] = f"{counted}.", counted + 1
        self._items.append(_Item(max(0, len(self._lists) - 1), marker))

    def _table(self, node: Node) -> None:
        self._tables += 1
        self._taken = node
        for row in tables.rows(node, self._tables, self.page.head.get("address", ""), self._layout):
            if isinstance(row, Block):
                self._put(row)
            elif not self._around:
                self.page.lost.append(row)

    def _set_text(self, node: Node) -> None:
        """Take preformatted text: Chinese is prose, line by line; all else is code."""
        self._taken = node
        text = without_marks("".join(part.data or "" for _, part in walk(node) if isinstance(part, Text)))
        if not _CHINESE.search(text):
            self._put(Block(Kind.CODE, text, self._line))
            return
        for number, line in enumerate(text.split("\n"), self._line):
            if line.strip():
                self._put(Block(Kind.PARAGRAPH, line.strip(), number))

    def _end_block(self) -> None:
        text, links, line = self._inline.take()
        if not bare(text).strip():
            return
        block = Block(Kind.PARAGRAPH, text, line or self._line, links=links)
        if self._items:
            item = self._items[-1]
            block = replace(block, kind=Kind.ITEM, level=item.level, marker=item.marker)
            self._items[-1] = item._replace(marker="")
        elif self._heading:
            block = replace(block, kind=Kind.HEADING, level=self._heading)
        elif self._quotes:
            block = replace(block, kind=Kind.QUOTE)
        self._put(block)

    def _put(self, block: Block) -> None:
        (self.page.blocks if self._article and not self._around else self.page.around).append(block)

    def _lose(self, node: Node) -> None:
        """Note a picture or a film; those that nobody would miss are left out without a word."""
        source = next((found for name in _SOURCES if (found := value(node, name))), "")
        is_tiny = not _TINY.isdisjoint({value(node, "width"), value(node, "height")})
        said = value(node, "alt").strip() or source
        if said and not is_tiny and not said.startswith("data:") and self._article:
            self.page.lost.append(Lost(self._line, "media", _LOST_MEDIA, said[:_LONGEST_SAID]))


def _start(node: Node) -> int:
    return int(value(node, "start")) if value(node, "start").isdecimal() else 1
