"""Which lines of a page are items of a list, and what belongs to them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from tracker.content.blocks import MARKS, Block, Kind, Mark
from tracker.content.numbering import number

_MOST_BETWEEN = 3
"""Paragraphs between two items that belong to the first of them."""

_LEAD = re.compile(f"[^：:。，；！？{Mark.STRONG}{Mark.STRONG_END}]{{1,20}}(?:：|:(?![\\d/]))(?=\\s*\\S)")
_DIGITS = re.compile("\\d+|[①-⑳]")


def as_items(blocks: Sequence[Block], _: str) -> tuple[list[Block], int]:
    """Return the blocks with numbered lines as items, deeper for each kind of number within another, and how many there were."""
    found: list[Block] = []
    forms: list[str] = []
    count = 0
    for block in blocks:
        item = _item(block, forms)
        count += item is not block
        if item.kind in {Kind.HEADING, Kind.ROW}:
            forms = []
        found.append(item)
    return _with_rest(found), count


def _item(block: Block, forms: list[str]) -> Block:
    words = block.bare
    found = number(words.strip()) if block.kind is Kind.PARAGRAPH else None
    if found is None or found.style != "digit" or not found.rest:
        return block
    length = len(words) - len(words.lstrip()) + len(words.strip()) - len(found.rest)
    form = _DIGITS.sub("1", words[:length].strip())
    if form not in forms:
        forms.append(form)
    del forms[forms.index(form) + 1 :]
    text = _from(block.text, length)
    return replace(block, kind=Kind.ITEM, level=len(forms) - 1, marker=f"{found.values[0]}.", text=text)


def _from(text: str, length: int) -> str:
    """Return a text without so many characters at its beginning; marks stay."""
    marks, at = "", 0
    while length:
        letter = text[at]
        is_mark = bool(re.match(f"[{MARKS}]", letter))
        marks += letter if is_mark else ""
        length -= not is_mark
        at += 1
    return marks + text[at:]


def _with_rest(blocks: Sequence[Block]) -> list[Block]:
    """Give paragraphs between item n and item n + 1 to item n."""
    found = list(blocks)
    for at, block in enumerate(found):
        if block.kind is not Kind.ITEM or not block.marker[:1].isdigit():
            continue
        rest = next((n for n in range(at + 1, len(found)) if found[n].kind is not Kind.PARAGRAPH), len(found))
        follows = rest < len(found) and found[rest].kind is Kind.ITEM and found[rest].level == block.level
        if follows and at + 1 < rest <= at + 1 + _MOST_BETWEEN and found[rest].marker == f"{_value(block) + 1}.":
            for n in range(at + 1, rest):
                found[n] = replace(found[n], kind=Kind.ITEM, level=block.level, marker="")
    return found


def _value(block: Block) -> int:
    return int(block.marker.rstrip("."))


def numbered_on(blocks: Sequence[Block], _: str) -> tuple[list[Block], int]:
    """Return the blocks with lists numbered on of which every item was number 1, and how many numbers changed."""
    found: list[Block] = []
    count = 0
    for items in _runs(blocks):
        outer = [item for item in items if item.kind is Kind.ITEM and item.level == 0 and item.marker]
        if len(outer) > 1 and all(item.marker == "1." for item in outer):
            order = {id(item): f"{n}." for n, item in enumerate(outer, 1)}
            items = [replace(item, marker=order.get(id(item), item.marker)) for item in items]
            count += len(outer) - 1
        found += items
    return found, count


def with_leads(blocks: Sequence[Block], _: str) -> tuple[list[Block], int]:
    """Return the blocks with the lead-ins of items strong where each item of a list has one, and how many there were."""
    found: list[Block] = []
    count = 0
    for items in _runs(blocks):
        outer = [item for item in items if item.kind is Kind.ITEM and item.marker]
        if len(outer) > 1 and all(_LEAD.match(item.text) for item in outer):
            items = [
                item.saying(_LEAD.sub(f"{Mark.STRONG}\\g<0>{Mark.STRONG_END}", item.text, count=1))
                if item.marker
                else item
                for item in items
            ]
            count += len(outer)
        found += items
    return found, count


def _runs(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Yield the blocks in groups: items that follow one another, and what is none."""
    for _, group in groupby(blocks, lambda block: block.kind is Kind.ITEM):
        yield list(group)
