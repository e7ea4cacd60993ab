"""What is missing or twice there on a page as a whole: numbers that jump, sections without text, a title said again."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from tracker.content.blocks import Block, Kind
from tracker.content.characters import HAN
from tracker.content.faults import AROUND, Place, place
from tracker.content.numbering import STYLES, Number, number
from tracker.domain.errors import N_
from tracker.domain.text import comparable

Found = Iterator[Place]


class PageFault(NamedTuple):
    """A rule: its name, what it sees, where it sees it on a page with a title, and what a person is told."""

    name: str
    promise: str
    find: Callable[[Sequence[Block], str], Found]
    said: str


SHORTEST = 20
"""Characters of a paragraph that nobody writes twice by chance."""

_ITEM = re.compile(r"(\d{1,3})[.)]")


def repeats_title(text: str, title: str) -> bool:
    """Say whether a line says the title again, or the greater part of it from its beginning."""
    said, whole = comparable(text), comparable(title)
    return bool(said) and (
        said == whole or (len(said) >= 6 and len(said) * 3 >= len(whole) * 2 and whole.startswith(said))
    )


def _title_again(blocks: Sequence[Block], title: str) -> Found:
    for block in blocks:
        if block.kind in {Kind.HEADING, Kind.PARAGRAPH} and repeats_title(block.bare, title):
            yield place(block, 0, AROUND)


def _paragraphs_again(blocks: Sequence[Block], _: str) -> Found:
    seen: set[str] = set()
    for block in blocks:
        words = comparable(block.bare) if block.kind in {Kind.PARAGRAPH, Kind.ITEM, Kind.QUOTE} else ""
        if len(words) >= SHORTEST and words in seen:
            yield place(block, 0, AROUND)
        seen.add(words)


def _jumps(blocks: Sequence[Block], _: str) -> Found:
    """Yield headings and items whose number does not follow the one before it: 一, 二, 四, or 2.1 in the third section."""
    last: dict[str, int] = {}
    items: dict[int, int] = {}
    for block in blocks:
        found = number(block.bare) if block.kind is Kind.HEADING else None
        if found:
            yield from _heading_jumps(block, found, last)
        yield from _item_jumps(block, items)


def _heading_jumps(block: Block, found: Number, last: dict[str, int]) -> Found:
    """Yield a heading that does not follow; numbers within a section begin anew with it."""
    *outer, value = found.values
    section = last.get("numeral", last.get("digit"))
    is_elsewhere = found.style == "dotted" and section is not None and outer != [section]
    if is_elsewhere or value not in {last.get(found.style, 0) + 1, 1}:
        yield place(block, 0, AROUND)
    last[found.style] = value
    for inner in STYLES[STYLES.index(found.style) + 1 :]:
        last.pop(inner, None)


def _item_jumps(block: Block, items: dict[int, int]) -> Found:
    """Yield an item whose number does not follow; a list may be numbered 1. throughout."""
    number = _ITEM.match(block.marker) if block.kind is Kind.ITEM else None
    if number:
        value, last = int(number[1]), items.get(block.level, 0)
        if last and value not in {last + 1, 1}:
            yield Place(block.line, f"{block.marker} {place(block, 0, AROUND).said}")
        items[block.level] = value
        for deeper in [level for level in items if level > block.level]:
            del items[deeper]
    elif block.kind is Kind.HEADING:
        items.clear()


def _nothing_follows(blocks: Sequence[Block], _: str) -> Found:
    for block, after in zip_longest(blocks, blocks[1:]):
        is_end = after is None or after.kind is Kind.HEADING
        if block.kind in {Kind.PARAGRAPH, Kind.ITEM} and is_end and block.bare.rstrip().endswith(("：", ":")):
            yield place(block, len(block.bare), len(block.bare))


def _empty_sections(blocks: Sequence[Block], _: str) -> Found:
    for block, after in zip_longest(blocks, blocks[1:]):
        ends = after is None or (after.kind is Kind.HEADING and after.level <= block.level)
        if block.kind is Kind.HEADING and ends:
            yield place(block, 0, AROUND)


_QUESTION = re.compile(rf"(?P<noun>[{HAN}]{{2}})问(?=[，。、；：！？,;:!?）]|$|[也尤却已更最较愈越仍频突往逐以等])")
_ASKING = frozenset(
    "询访疑学反追提质请顾慰过盘审拷讯发自设借试查责逼诘叩究诱探动拜"  # words that end so
    "不一再先多要想会来去可常被就都也还我你他她它们谁的地得了着声口句场项面头里上下次遍回点"  # what stands before the verb
    "人者员官师生友家民方长警友属亲事母父妻夫儿女叔姨伯院局部行司构台所会处队关客"  # who asks
)


def _questions(blocks: Sequence[Block], _: str) -> Found:
    """Yield 问 that asks nothing: behind a noun that the page is about, and before a stop or an adverb.

    It is what 问题 becomes when 题 is deleted. The page is about a noun that it says three times or more.
    """
    whole = "".join(block.bare for block in blocks)
    said = Counter(whole[at : at + 2] for at in range(len(whole) - 1))
    for block in blocks:
        for found in _QUESTION.finditer(block.bare):
            is_topic = said[found["noun"]] - whole.count(f"{found['noun']}问") >= _OFTEN
            if is_topic and found["noun"][-1] not in _ASKING:
                yield place(block, *found.span())


_OFTEN = 2

PAGE_FAULTS: tuple[PageFault, ...] = (
    PageFault(
        "question",
        "问 behind a noun of the page and before a stop or an adverb: 问题 without its second half.",
        _questions,
        N_("“%(found)s”里的“问”像是“问题”少了一个字。请对照原文补上。"),
    ),
    PageFault(
        "title-again",
        "A line that says the title again.",
        _title_again,
        N_("“%(found)s”重复了标题。标题由页面显示，请从正文里删去。"),
    ),
    PageFault(
        "paragraph-again",
        "A paragraph that stands on the page twice.",
        _paragraphs_again,
        N_("“%(found)s”一段前面已经有过。请删去重复的一段，或者换成原来的内容。"),
    ),
    PageFault(
        "numbers",
        "A heading or an item whose number does not follow the one before it.",
        _jumps,
        N_("“%(found)s”的编号接不上前面的编号，中间可能少了内容。请对照原文补上，或者改正编号。"),
    ),
    PageFault(
        "nothing-follows",
        "A lead-in after which nothing comes.",
        _nothing_follows,
        N_("“%(found)s”后面应该有内容，却没有了。请对照原文补上。"),
    ),
    PageFault(
        "empty-section",
        "A heading with no text beneath it.",
        _empty_sections,
        N_("“%(found)s”这一节没有内容。请对照原文补上，或者删去小标题。"),
    ),
)
