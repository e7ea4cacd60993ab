"""Tables of a saved HTML page: those that hold data become rows, those that only place things are passed through."""

from collections.abc import Iterator

from justhtml import Node, Text

from tracker.content.blocks import Block, Kind, Mark
from tracker.content.saved.dom import Layout, value, walk
from tracker.content.saved.inline import PAIRS, Inline
from tracker.content.saved.page import Lost
from tracker.domain.errors import N_

_TOO_MUCH = {"table", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "pre", "form", "article", "section"}
_NEW_LINE = {"p", "div", "br"}
_LONGEST_CELL = 400
_JOINED = N_("原页面的表格里有合并的单元格，导入后各占一格，可能错位。请对照原文调整。")


def is_data(table: Node) -> bool:
    """Say whether a table holds data: two rows and two columns at least, and nothing in a cell but a few words."""
    widths: list[int] = []
    longest = 0
    for is_entered, node in walk(table):
        if isinstance(node, Text):
            longest = max(longest, len(node.data or ""))
        elif is_entered and node is not table and node.name in _TOO_MUCH:
            return False
        elif is_entered and node.name == "tr":
            widths.append(0)
        elif is_entered and node.name in {"td", "th"} and widths:
            widths[-1] += 1
    return len(widths) > 1 and sum(width > 1 for width in widths) > len(widths) / 2 and longest <= _LONGEST_CELL


def rows(table: Node, number: int, base: str, layout: Layout) -> Iterator[Block | Lost]:
    """Yield the rows of a table of data, and that cells were joined, which Markdown cannot say."""
    reader = _Rows(table, number, base)
    unseen = 0
    for is_entered, node in walk(table):
        if not isinstance(node, Text):
            unseen += layout.is_unseen(node) * (1 if is_entered else -1)
        if not unseen:
            yield from reader.take(is_entered, node)
    if reader.is_joined:
        yield Lost(table.origin_line or 1, "joined-cells", _JOINED, "")


class _Rows:
    """Gathers cells until a row ends."""

    def __init__(self, table: Node, number: int, base: str) -> None:
        self.is_joined = False
        self._inline = Inline(base)
        self._line = table.origin_line or 1
        self._number = str(number)
        self._cells: list[str] = []
        self._links: list[str] = []

    def take(self, is_entered: bool, node: Node | Text) -> Iterator[Block]:
        """Take the next node; yield the row that ends with it."""
        if isinstance(node, Text):
            self._inline.add(node, self._line)
        elif node.name in PAIRS:
            self._inline.open(node) if is_entered else self._inline.close(node.name)
        elif is_entered:
            self._enter(node)
        elif node.name == "caption":
            text, links, line = self._inline.take()
            if text:
                yield Block(Kind.PARAGRAPH, text, line, links=links)
        elif node.name in {"td", "th"}:
            text, links, _ = self._inline.take()
            self._cells.append(text)
            self._links += links
        elif node.name == "tr" and any(self._cells):
            yield Block(
                Kind.ROW, Mark.CELL.join(self._cells), self._line, marker=self._number, links=tuple(self._links)
            )

    def _enter(self, node: Node) -> None:
        self.is_joined |= any(value(node, name) not in {"", "0", "1"} for name in ("colspan", "rowspan"))
        if node.name == "tr":
            self._line, self._cells, self._links = node.origin_line or self._line, [], []
        elif node.name in _NEW_LINE:
            self._inline.break_line()
