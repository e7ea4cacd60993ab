"""A saved page that is text alone, to blocks: paragraphs by blank lines, items by what stands before them, rows by tabs."""

import re
from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width

from tracker.content.blocks import Block, Kind, Mark, without_marks
from tracker.content.characters import HAN
from tracker.content.numbering import number
from tracker.content.saved.page import Page

_BULLET = re.compile(r"[•·●○■◆▪‣▶►◇★☆※]\s*(?=\S)|[-*+–]\s+(?=\S)")
_RANKED = re.compile(r"(#{1,6})\s+(?=\S)")
_RULE = re.compile(r"[-=_*~—＝－·.]{3,}")
_ENDS = re.compile(r"[。！？…；：.!?;:”’」』）)]$")
_FULL_LINE = 40
"""Columns of a line that may have been broken because it was full; a Chinese character takes two."""
_WIDEST = 120
_RAGGED = 6

Line = tuple[int, str]


def read_plain(text: str) -> Page:
    """Return what stands on a page that was saved as text."""
    page = Page()
    tables = 0
    for group in _groups(text):
        rows = _rows(group, tables + 1)
        if rows:
            tables += 1
            page.blocks += rows
        else:
            page.blocks += [_block(line, words) for line, words in _joined(group)]
    return page


def _groups(text: str) -> Iterator[list[Line]]:
    """Yield the lines between blank ones, each with its number; lines that only draw a line are blank."""
    group: list[Line] = []
    for at, line in enumerate([*text.split("\n"), ""], 1):
        words = without_marks(line).strip(" \t\u3000\u00a0\x0b\x0c\x85\u2028\u2029\ufeff")
        if words and not _RULE.fullmatch(words):
            group.append((at, words))
        elif group:
            yield group
            group = []


def _block(line: int, words: str) -> Block:
    bullet, ranked = _BULLET.match(words), _RANKED.match(words)
    if ranked:
        return Block(Kind.HEADING, words[ranked.end() :].rstrip(" #"), line, len(ranked[1]))
    if bullet:
        return Block(Kind.ITEM, words[bullet.end() :], line, marker="-")
    return Block(Kind.PARAGRAPH, words, line)


def _rows(group: Sequence[Line], table: int) -> list[Block]:
    """Return the lines as rows if each has the same number of cells, two or more, set apart by tabs or bars."""
    for split in (_by_bars, _by_tabs):
        cells = [split(words) for _, words in group]
        if len(cells) > 1 and len(cells[0]) > 1 and all(len(row) == len(cells[0]) for row in cells):
            rows = zip(group, cells, strict=True)
            return [
                Block(Kind.ROW, Mark.CELL.join(row), line, marker=str(table))
                for (line, _), row in rows
                if any(map(_is_said, row))
            ]
    return []


def _by_bars(words: str) -> list[str]:
    return [cell.strip() for cell in words.strip("|｜").replace("｜", "|").split("|")]


def _by_tabs(words: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"\t+", words)]


def _is_said(cell: str) -> bool:
    return not re.fullmatch(r"[-:=\s]*", cell)


def _joined(group: Sequence[Line]) -> Iterator[Line]:
    """Yield the lines, each joined to the next if it breaks off within a sentence because it was full."""
    longest = max(width(words) for _, words in group)
    at, text, last = group[0][0], "", ""
    for line, words in group:
        is_full = _FULL_LINE <= longest <= _WIDEST and width(last) >= longest - _RAGGED
        if text and is_full and not (_ENDS.search(last) or _begins_anew(words)):
            text += ("" if _touch(text, words) else " ") + words
        else:
            if text:
                yield at, text
            at, text = line, words
        last = words
    yield at, text


def _begins_anew(words: str) -> bool:
    return bool(_BULLET.match(words) or _RANKED.match(words) or number(words))


def _touch(text: str, words: str) -> bool:
    """Say whether nothing belongs between the end of one line and the beginning of the next: neither is Latin."""
    wide = rf"[{HAN}\u3001-\u303f\uff00-\uffef\u2018-\u201d]"
    return bool(re.search(f"{wide}$", text) or re.match(wide, words))


def width(words: str) -> int:
    """Return how many columns a line takes: a Chinese character takes two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in words)
