"""Safe HTML taken apart into tags and text, so that words can be taken out of it wherever they stand."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import unquote

from tracker.domain.passages import Cut, Edit, compared, cuts

TAG = re.compile(r"(<[^>]*>)")  # nh3 writes > in an attribute as &gt;

_BLOCK_END = re.compile(r"</(?:p|h\d|li|td|th|tr|blockquote|pre)>|<(?:br|hr)>")
_INLINE = re.compile(r"<(/?)(em|strong|code|del|s|b|i|sub|sup|abbr)(?: [^>]*)?>")
_LINK = re.compile(r"<a[ >]")


@dataclass
class Piece:
    """A tag, or the text between two; `text` is what it adds to the bare text: of a tag, a line's end or nothing."""

    html: str
    text: str
    is_tag: bool


class _Part(NamedTuple):
    """What is taken out of one piece of text, and what is put there instead."""

    start: int
    end: int
    html: str
    text: str


def split(html: str) -> list[Piece]:
    """Return the pieces of safe HTML."""
    return [
        Piece(part, "\n" if _BLOCK_END.fullmatch(part) else "", True)
        if part.startswith("<")
        else Piece(part, unescape(part), False)
        for part in TAG.split(html)
    ]


def markup(pieces: Iterable[Piece]) -> str:
    """Return the pieces as HTML."""
    return "".join(piece.html for piece in pieces)


def words(pieces: Iterable[Piece]) -> str:
    """Return the pieces as bare text, a line for each block."""
    return "".join(piece.text for piece in pieces).strip()


def edit(pieces: Sequence[Piece], edits: Sequence[Edit]) -> None:
    """Make every edit in the pieces, across tags if need be; a link that held such words leads nowhere any more."""
    if not edits:
        return
    links, before = _links(pieces), [piece.html for piece in pieces]
    for index, parts in _parts(pieces, cuts("".join(piece.text for piece in pieces), edits)).items():
        piece, html, text, at = pieces[index], "", "", 0
        for part in parts:
            kept = piece.text[at : part.start]
            html, text, at = html + escape(kept, quote=False) + part.html, text + kept + part.text, part.end
        piece.html, piece.text = html + escape(piece.text[at:], quote=False), text + piece.text[at:]
        _unlink(pieces, links.get(index, ()))
    _unlink_named(pieces, edits)
    _drop_empty(pieces, before)


def _parts(pieces: Sequence[Piece], found: Sequence[Cut]) -> dict[int, list[_Part]]:
    """Return what each cut takes out of which piece; in each block it says once what stands there instead."""
    parts: dict[int, list[_Part]] = {}
    for cut in found:
        is_said, has_begun, at = False, False, 0
        for index, piece in enumerate(pieces):
            start, end = max(cut.start, at) - at, min(cut.end, at + len(piece.text)) - at
            at += len(piece.text)
            if piece.is_tag:
                is_said = is_said and not piece.text
            elif start < end and piece.text[start:end].strip():
                speaks = not is_said and (cut.edit.is_repeated or not has_begun)
                is_said = has_begun = True
                said = (cut.edit.html, cut.edit.text) if speaks else ("", "")
                parts.setdefault(index, []).append(_Part(start, end, *said))
    return parts


def _links(pieces: Sequence[Piece]) -> dict[int, tuple[int, int]]:
    """Return for each piece within a link the places of the link's two tags."""
    found: dict[int, tuple[int, int]] = {}
    start = None
    for index, piece in enumerate(pieces):
        if _LINK.match(piece.html):
            start = index
        elif piece.html == "</a>" and start is not None:
            found |= dict.fromkeys(range(start, index), (start, index))
            start = None
    return found


def _unlink(pieces: Sequence[Piece], link: Iterable[int]) -> None:
    for index in link:
        pieces[index].html = ""


def _unlink_named(pieces: Sequence[Piece], edits: Sequence[Edit]) -> None:
    """Take away the links whose address or title says the words, by letters or in percent signs."""
    gone = [compared(one.passage.exact) for one in edits]
    for index, link in _links(pieces).items():
        if index == link[0]:
            said = compared(unquote(unescape(pieces[index].html)))
            if any(word in said for word in gone):
                _unlink(pieces, link)


def _drop_empty(pieces: Sequence[Piece], before: Sequence[str]) -> None:
    """Take away emphasis of which something was and nothing is left."""
    opened: list[int] = []
    for index, piece in enumerate(pieces):
        found = _INLINE.fullmatch(piece.html)
        if found and not found[1]:
            opened.append(index)
        elif found and opened:
            start = opened.pop()
            within = slice(start + 1, index)
            if any(before[within]) and not any(inner.html for inner in pieces[within]):
                _unlink(pieces, (start, index))
