"""Safe HTML taken apart into tags and text, so that words can be taken out of it wherever they stand."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import unquote

from markupsafe import Markup

from tracker.domain.passages import Cut, Edit, compared, cuts

TAG = re.compile(r"(<[^>]*>)")  # nh3 writes > in an attribute as &gt;

KEPT = '<span translate="no">'
"""Before a name or a quotation that stays as it is written, in every script."""

BACK = "\u21a9"
"""Leads from a footnote back to its mark."""

_BLOCK_END = re.compile(r"</(?:p|h\d|li|td|th|tr|blockquote|pre|figure|figcaption)>|<(?:br|hr|figcaption)>")
_MARK = re.compile(r'<a href="#fn-([1-9][0-9]{0,2})"[^>]*>')  # as a note is numbered: 0 and 007 are words
_WAY_BACK = re.compile(r'<a href="#fnref-[\d-]+"[^>]*>')
_ALT = re.compile(r' alt="([^"]*)"')
_INLINE = re.compile(r"<(/?)(em|strong|code|del|s|b|i|span|sub|sup|abbr)(?: [^>]*)?>")
_LINK = re.compile(r"<a[ >]")
_AUTHORED = re.compile(r' (?:href|title)="([^"]*)"')


@dataclass
class Piece:
    """A tag, or the text between two; `text` is what it adds to the bare text: of a tag, a line's end or nothing.

    A picture counts as text, its own description: who may not read words there may not see them in a picture either.
    """

    html: str
    text: str
    is_tag: bool

    @property
    def is_picture(self) -> bool:
        """Say whether this is a picture."""
        return self.html.startswith("<img ")


class _Part(NamedTuple):
    """What is taken out of one piece of text, and what is put there instead; `withholds`: nothing, where words stood."""

    start: int
    end: int
    html: str
    text: str
    withholds: bool


def split(html: str) -> list[Piece]:
    """Return the pieces of safe HTML; text and tag take turns."""
    found = [_piece(part) for part in TAG.split(html)]
    for index in range(1, len(found) - 2, 2):
        if is_mark(found, index) or (_WAY_BACK.match(found[index].html) and found[index + 1].html == BACK):
            found[index + 1].text = ""
    return found


def only_kept(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces, without the spans that keep nothing or stand in one that does: one ends where it seems to."""
    opened: list[bool] = []
    for piece in pieces:
        if piece.html.startswith("<span"):
            opened.append(piece.html == KEPT and True not in opened)
            piece.html = piece.html if opened[-1] else ""
        elif piece.html == "</span>":
            piece.html = piece.html if opened.pop() else ""
    return pieces


def _piece(part: str) -> Piece:
    if part.startswith("<img "):
        alt = _ALT.search(part)
        return Piece(part, unescape(alt[1]) if alt else "", False)
    if part.startswith("<"):
        return Piece(part, "\n" if _BLOCK_END.fullmatch(part) else "", True)
    return Piece(part, unescape(part), False)


def is_mark(pieces: Sequence[Piece], index: int) -> bool:
    """Say whether the link at `index` is the mark of a footnote: its number, raised, and nothing else."""
    found = _MARK.match(pieces[index].html)
    if found is None:
        return False
    opening = pieces[index - 2].html if index >= 2 else ""
    rest = [piece.html for piece in pieces[index + 1 : index + 5]]
    return opening.startswith("<sup") and not pieces[index - 1].html and rest == [found[1], "</a>", "", "</sup>"]


def markup(pieces: Iterable[Piece]) -> str:
    """Return the pieces as HTML."""
    return "".join(piece.html for piece in pieces)


def words(pieces: Iterable[Piece]) -> str:
    """Return the pieces as bare text, a line for each block."""
    return "".join(piece.text for piece in pieces).strip()


def kept_words(pieces: Iterable[Piece]) -> Markup:
    """Return the pieces as bare text, in which what is kept in every script is marked."""
    said = (piece.html if piece.html in {KEPT, "</span>"} else escape(piece.text, quote=False) for piece in pieces)
    return Markup("".join(said).strip())  # noqa: S704 - tags of our own and escaped text


def edit(pieces: Sequence[Piece], edits: Sequence[Edit]) -> None:
    """Make every edit in the pieces, across tags if need be; a link that held such words leads nowhere any more."""
    if not edits:
        return
    links, before = _links(pieces), [piece.html for piece in pieces]
    parts = _parts(pieces, cuts("".join(piece.text for piece in pieces), edits))
    hidden = _pictures_about(pieces, parts)
    for index, found in parts.items():
        piece, html, text, at = pieces[index], "", "", 0
        for part in found:
            kept = piece.text[at : part.start]
            html, text, at = html + escape(kept, quote=False) + part.html, text + kept + part.text, part.end
        html, text = html + escape(piece.text[at:], quote=False), text + piece.text[at:]
        piece.html = _described(piece.html, text) if piece.is_picture and index not in hidden else html
        piece.text = text
        _unlink(pieces, links.get(index, ()))
    for index in hidden - parts.keys():
        pieces[index].html = escape(pieces[index].text, quote=False)
    _unlink_named(pieces, edits)
    _drop_empty(pieces, before)


def _described(picture: str, text: str) -> str:
    return _ALT.sub(lambda _: f' alt="{escape(text)}"', picture)


def _pictures_about(pieces: Sequence[Piece], parts: Mapping[int, Sequence[_Part]]) -> set[int]:
    """Return the pictures that are not to be shown: words are withheld in what describes them, or stands under them."""
    withheld = {index for index, found in parts.items() if any(part.withholds for part in found)}
    hidden = {index for index in withheld if pieces[index].is_picture}
    opened: list[int] = []
    for index, piece in enumerate(pieces):
        if piece.html == "<figure>":
            opened.append(index)
        elif piece.html == "</figure>" and opened:
            within = range(opened.pop(), index)
            if not opened and not withheld.isdisjoint(within):  # the outermost one: its words are about all within it
                hidden.update(inner for inner in within if pieces[inner].is_picture)
    return hidden


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
                parts.setdefault(index, []).append(_Part(start, end, *said, withholds=cut.edit.is_repeated))
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
            said = compared(unquote(unescape("\n".join(_AUTHORED.findall(pieces[index].html)))))
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
