"""What a body shows besides words: pictures with their size, tables that scroll by themselves."""

import re
from collections.abc import Mapping, Sequence
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import unquote

from markdown_it.token import Token

from tracker.content.pieces import Piece

_SRC = re.compile(r' src="([^"]*)"')


class Shown(NamedTuple):
    """A picture on a page: its address, and its size in pixels, so that nothing moves when it comes."""

    path: str
    width: int
    height: int


NONE_SHOWN: Mapping[str, Shown] = {}


def frame(tokens: Sequence[Token]) -> None:
    """Make a figure of each picture that has a paragraph to itself; its title in Markdown is taken and stands under it."""
    for opening, inline, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opening.type == "paragraph_open" and not opening.hidden and _is_alone(inline):
            opening.tag = closing.tag = "figure"
            children = inline.children or []
            caption = str(children[0].attrs.pop("title", ""))
            if caption:
                start, end = Token("figcaption_open", "figcaption", 1), Token("figcaption_close", "figcaption", -1)
                children += [start, Token("text", "", 0, content=caption), end]


def _is_alone(inline: Token) -> bool:
    return [child.type for child in inline.children or ()] == ["image"]


def source_of(picture: str) -> str:
    """Return what an author wrote as the address of a picture, from its sanitised tag or its token's attribute."""
    return unquote(unescape(picture))


def show(pieces: Sequence[Piece], shown: Mapping[str, Shown]) -> tuple[str, ...]:
    """Put pictures on the page, and return their addresses; of one that is not there the description stands alone."""
    paths: list[str] = []
    for piece in pieces:
        if not piece.is_picture:
            continue
        src, text = _SRC.search(piece.html), escape(piece.text)
        found = shown.get(source_of(src[1])) if src else None
        if found is None:
            piece.html = f'<span class="no-picture">{text}</span>' if text else ""
        else:
            size = f'width="{found.width}" height="{found.height}"'
            later = ' loading="lazy"' if paths else ""
            piece.html = f'<img src="{found.path}" alt="{text}" {size} decoding="async"{later}>'
            paths.append(found.path)
    return tuple(dict.fromkeys(paths))


def let_scroll(pieces: Sequence[Piece], name: str) -> None:
    """Put each table into a box that scrolls by itself, by keys too; it is named for its columns, or `name` without heads."""
    start = None
    for index, piece in enumerate(pieces):
        if piece.html == "<table>":
            start = index
            piece.html = _box(name)
        elif piece.html == "</thead>" and start is not None:
            heads = "".join(inner.text for inner in pieces[start:index]).split("\n")
            pieces[start].html = _box("、".join(head.strip() for head in heads if head.strip()) or name)
            start = None
        elif piece.html == "</table>":
            piece.html = "</table></div>"


def _box(name: str) -> str:
    return f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(name)}"><table>'
