"""Which lines of a page are headings, and of what rank."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple, Self

from tracker.content.blocks import Block, Kind, Mark
from tracker.content.numbering import STYLES, Number, number
from tracker.content.saved.plain import width
from tracker.domain.text import comparable

LONGEST = 80
"""Columns of a line that may be a heading; a Chinese character takes two."""

_ALONE = re.compile(
    "(?:小编)?(?:总结|小结|结语|结束语|结论)|写在最后|依据与参考|参考(?:资料|文献)|附录|常见问题|注释|"
    "Conclusion|Summary|Sources|References|Notes",
    re.IGNORECASE,
)
"""Headings that need no number."""

_STRONG = re.compile(f"{Mark.STRONG}[^{Mark.STRONG_END}]*{Mark.STRONG_END}")
_INNERMOST = 4
_FEWEST_LINES = 3


def as_headings(blocks: Sequence[Block], _: str) -> tuple[list[Block], int]:
    """Return the blocks with every heading found and ranked, and how many were lines before."""
    page = _Page.of(_without_contents(blocks))
    found = _continued([_as_heading(page, at) for at in range(len(page.blocks))])
    count = sum(after is not before for after, before in zip(found, page.blocks, strict=True))
    return _ranked(found), count


class _Page(NamedTuple):
    """The blocks of a page with the number of each, and what holds for all of them."""

    blocks: list[Block]
    numbers: list[Number | None]
    has_headings: bool
    has_series: bool

    @classmethod
    def of(cls, blocks: list[Block]) -> Self:
        numbers = [number(block.bare.strip()) for block in blocks]
        lines = zip(blocks, numbers, strict=True)
        digits = sum(
            block.kind is Kind.PARAGRAPH and found is not None and found.style == "digit" for block, found in lines
        )
        return cls(blocks, numbers, any(block.kind is Kind.HEADING for block in blocks), digits > 1)


def is_line(words: str) -> bool:
    """Say whether a line is as short as a heading and ends like one."""
    return (
        0 < width(words) <= LONGEST
        and "。" not in words
        and not words.endswith(("，", "、", "；", "：", ";", ",", ":"))
    )


def _as_heading(page: _Page, at: int) -> Block:
    block, found = page.blocks[at], page.numbers[at]
    words = block.bare.strip()
    if block.kind is not Kind.PARAGRAPH or not is_line(words) or at + 1 == len(page.blocks):
        return block
    is_heading = (
        bool(found and found.rest and (found.style != "digit" or _has_text(page, at, found)))
        or bool(_ALONE.fullmatch(words))
        or (not page.has_headings and bool(_STRONG.fullmatch(block.text.strip())))
    )
    return replace(block, kind=Kind.HEADING, level=0) if is_heading else block


def _has_text(page: _Page, at: int, found: Number) -> bool:
    """Say whether a line numbered 1., 2. heads a text: 1.1 comes before 2., or a paragraph longer than it does."""
    below = next((line for line in page.numbers[at + 1 :] if line is not None), None)
    if below is not None and below.style == "dotted":
        return below.values[0] == found.values[0]
    after = page.blocks[at + 1]
    is_text = after.kind is Kind.PARAGRAPH and width(after.bare) > LONGEST and page.numbers[at + 1] is None
    return page.has_series and is_text and not re.search("[：:，,]", found.rest)


def _continued(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks with line n + 1 a heading where line n is one, unless a list in between has come to n."""
    found = list(blocks)
    heading = item = 0
    for at, block in enumerate(found):
        line = number(block.bare.strip())
        if line is None or line.style != "digit":
            continue
        value = line.values[0]
        if (
            block.kind is Kind.PARAGRAPH
            and value == heading + 1 > 1
            and item != heading
            and is_line(block.bare.strip())
        ):
            found[at] = block = replace(block, kind=Kind.HEADING, level=0)
        heading, item = (value, 0) if block.kind is Kind.HEADING else (heading, value)
    return found


def _without_contents(blocks: Sequence[Block]) -> list[Block]:
    """Leave out a table of contents: short lines, three or more in a row, each of which comes again."""
    last = {comparable(block.bare): at for at, block in enumerate(blocks)}
    comes_again = [is_line(block.bare) and last[comparable(block.bare)] > at for at, block in enumerate(blocks)]
    kept: list[Block] = []
    for is_again, group in groupby(zip(comes_again, blocks, strict=True), lambda pair: pair[0]):
        lines = [block for _, block in group]
        if not is_again or len(lines) < _FEWEST_LINES:
            kept += lines
        elif kept and re.fullmatch("(?:本文)?目录|Contents", kept[-1].bare.strip()):
            kept.pop()
    return kept


def _ranked(blocks: Sequence[Block]) -> list[Block]:
    """Give each heading its rank: that of its element where these differ, else that of its number's style."""
    headings = [block for block in blocks if block.kind is Kind.HEADING]
    elements = sorted({block.level for block in headings if block.level})
    styles = [style for style in STYLES if any(_style(block) == style for block in headings)]
    by_element = len(elements) > 1 or not styles
    levels = {block: _level(block, elements, styles, by_element) for block in headings}
    return [
        replace(block, level=levels[block], text=_plain(block.text)) if block.kind is Kind.HEADING else block
        for block in blocks
    ]


def _level(block: Block, elements: list[int], styles: list[str], by_element: bool) -> int:
    style = _style(block)
    if by_element and block.level:
        return min(_INNERMOST, 2 + elements.index(block.level))
    return min(_INNERMOST, 2 + styles.index(style)) if style in styles else 2


def _style(block: Block) -> str:
    found = number(block.bare.strip())
    return found.style if found else ""


def _plain(text: str) -> str:
    """Return the words of a heading without emphasis: it is one."""
    return re.sub(f"[{Mark.STRONG}{Mark.STRONG_END}{Mark.EM}{Mark.EM_END}]", "", text)
