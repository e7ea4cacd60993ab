"""Footnotes: set apart from the body, laid out under it, marks and ways back that are no words of the text."""

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from tracker.content.names import Names
from tracker.content.pieces import BACK, Piece, is_mark

_MARK = re.compile(r'<a href="#fn-([0-9]+)"')


def install(parser: MarkdownIt) -> None:
    """Teach the parser `[^1]` and `[^1]: …`, and to write a mark that stays what it is when it is sanitised."""
    footnote_plugin(parser, inline=False)
    parser.add_render_rule("footnote_ref", _written)


def _written(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    number = tokens[index].meta["id"] + 1
    return f'<sup><a href="#fn-{number}">{number}</a></sup>'


def apart(tokens: Sequence[Token]) -> tuple[list[Token], list[list[Token]]]:
    """Return the tokens of the body and those of each footnote, in the order of their numbers."""
    body: list[Token] = []
    notes: list[list[Token]] = []
    for token in tokens:
        if token.type == "footnote_open":
            notes.append([])
        elif token.type.startswith("footnote_") and token.type != "footnote_ref":
            continue
        elif notes:
            notes[-1].append(token)
        else:
            body.append(token)
    return body, notes


def lay_out(body: list[Piece], notes: list[list[Piece]], names: Names) -> list[Piece]:
    """Return the body with its notes under it, each mark leading to its note and each note back to its marks.

    A link that only looks like a mark becomes text, so that nothing hides from those who look for words.
    """
    marks: dict[int, int] = {}
    for pieces in (body, *notes):
        for index, number in [(i, int(found[1])) for i, p in enumerate(pieces) if (found := _MARK.match(p.html))]:
            if not is_mark(pieces, index):
                continue
            if number <= len(notes):
                marks[number] = marks.get(number, 0) + 1
                _dress(pieces, index, number, marks[number])
            else:
                pieces[index].html = pieces[index + 2].html = ""
                pieces[index + 1].text = pieces[index + 1].html
    if not notes:
        return body
    section = f'<section class="footnotes" role="doc-endnotes" aria-label="{names.notes}">'
    laid = [*body, _tag(section), _tag("<ol>")]
    for number, note in enumerate(notes, 1):
        laid += [
            _tag(f'<li id="fn-{number}">'),
            *_with_ways_back(note, [_id(number, time + 1) for time in range(marks.get(number, 0))], names.way_back),
            _tag("</li>", "\n"),
        ]
    return [*laid, _tag("</ol>"), _tag("</section>")]


def _dress(pieces: list[Piece], index: int, number: int, time: int) -> None:
    pieces[index - 2].html = '<sup class="fn-mark">'
    pieces[index].html = f'<a href="#fn-{number}" id="{_id(number, time)}" role="doc-noteref">'


def _id(number: int, time: int) -> str:
    return f"fnref-{number}" if time == 1 else f"fnref-{number}-{time}"


def _with_ways_back(note: list[Piece], marks: list[str], name: str) -> list[Piece]:
    back: list[Piece] = []
    for mark in marks:
        label = f"{name}{mark.removeprefix('fnref-')}"  # each of its own, as the arrow is the same for all
        link = f'<a href="#{mark}" class="fn-back" role="doc-backlink" aria-label="{label}">'
        back += [_tag(link), Piece(BACK, "", False), _tag("</a>")]
    end = next((i for i in range(len(note) - 1, -1, -1) if note[i].html.strip()), None)
    if end is None or note[end].html != "</p>":
        return [*note, *back]
    return [*note[:end], *back, *note[end:]]


def _tag(html: str, text: str = "") -> Piece:
    return Piece(html, text, True)
