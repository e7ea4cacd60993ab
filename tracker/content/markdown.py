"""Markdown to safe HTML: emphasis as Chinese is written, numbered headings, bare text, a marked passage."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token

from tracker.content import figures, footnotes, pieces
from tracker.content.figures import NONE_SHOWN, Shown
from tracker.content.names import names
from tracker.content.pieces import Piece
from tracker.domain.passages import Edit, best_place

_CJK = re.compile(
    "[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    "\u2014\u2018\u2019\u201c\u201d\u2026\U00020000-\U0003ffff]"
)
_HEADING = re.compile(r"<(/?)(h[234])>")
_LEVELS = {"h1": "h2", "h5": "h4", "h6": "h4"}
"""The page has the only h1, and nothing so long that it needs six levels."""
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "code", "del", "em", "figcaption", "figure", "h2", "h3", "h4", "hr", "i", "img",
    "li", "mark", "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto", "tel"}
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt"}, "ol": {"start"}}
_VALUES = {"span": {"translate": {"no"}}}
"""What keeps a name or a quotation as it is written, in every script."""


@dataclass(frozen=True)
class Heading:
    """A line of the table of contents; its title is markup, in which what is kept in every script is marked."""

    id: str
    title: str
    children: list["Heading"] = field(default_factory=list)


@dataclass(frozen=True)
class Rendered:
    """A body as safe HTML, its contents, its bare text, and the addresses of the pictures it shows."""

    html: str
    toc: list[Heading]
    text: str
    pictures: tuple[str, ...] = ()


class _CjkInline(StateInline):
    """Lets emphasis touch full-width punctuation, which CommonMark's rule for spaced scripts refuses."""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803 - the library's names
        scanned = super().scanDelims(start, canSplitWord)
        end = start + scanned.length
        before, after = self.src[start - 1 : start] or " ", self.src[end : end + 1] or " "
        if canSplitWord and (_CJK.match(before) or _CJK.match(after)):
            return Scanned(not after.isspace(), not before.isspace(), scanned.length)
        return scanned


def _as_chinese(state: StateInline, silent: bool) -> bool:
    """Change how the rules that come after this one see what stands beside a mark; match nothing itself."""
    state.__class__ = _CjkInline
    return False


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.inline.ruler.before("strikethrough", "chinese", _as_chinese)
    footnotes.install(parser)
    return parser


_MARKDOWN = _parser()
_AS_WRITTEN = _parser().disable(["footnote_tail", "text_join"])


def tokens(body: str) -> list[Token]:
    """Return Markdown as its parser takes it apart, each block with its lines; footnotes stand at the end."""
    return _MARKDOWN.parse(body, {})


def as_written(body: str) -> list[Token]:
    """Return Markdown with each footnote where it stands, used or not, and what a backslash made text apart from text."""
    return _AS_WRITTEN.parse(body, {})


def render(
    body: str, edits: Sequence[Edit] = (), shown: Mapping[str, Shown] = NONE_SHOWN, language: str = "zh-Hans"
) -> Rendered:
    """Return Markdown as safe HTML with the edits made; raw HTML in it is sanitised, comments are dropped.

    What the edits put on the page comes after that: it is the caller's, and safe. `shown` are the pictures by the names
    that the body calls them; of any other there is only its description. The bare text is the same in both cases.
    In `language` stands what is told to those who do not see the page.
    """
    parsed = tokens(body)
    _fit_headings(parsed)
    main, notes = footnotes.apart(parsed)
    for part in (main, *notes):
        figures.frame(part)
    named = names(language)
    found = footnotes.lay_out(_sanitised(main), [_sanitised(note) for note in notes], named)
    pieces.edit(found, edits)
    toc = _number_headings(found)
    text = pieces.words(found)
    figures.let_scroll(found, named.table)
    paths = figures.show(found, shown)
    return Rendered(pieces.markup(found), toc, text, paths)


def alt_of(picture: Token) -> str:
    """Return the description of a picture, without its marks."""
    said = [child.copy(type="text") if child.type == "text_special" else child for child in picture.children or ()]
    return RendererHTML(_MARKDOWN).renderInlineAsText(said, _MARKDOWN.options, {}).strip()


def _sanitised(parsed: Sequence[Token]) -> list[Piece]:
    html = _MARKDOWN.renderer.render(parsed, _MARKDOWN.options, {})
    safe = nh3.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES, tag_attribute_values=_VALUES, url_schemes=_SCHEMES,
        link_rel="nofollow noopener",
    )  # fmt: skip
    return pieces.only_kept(pieces.split(safe))


def _fit_headings(parsed: list[Token]) -> None:
    for token in parsed:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = _LEVELS.get(token.tag, token.tag)


def _number_headings(found: list[Piece]) -> list[Heading]:
    """Give each heading an id that does not change when others do, and return the two upper levels."""
    toc: list[Heading] = []
    used: set[str] = set()
    opening = 0
    for index, piece in enumerate(found):
        tag = _HEADING.fullmatch(piece.html)
        if tag and not tag[1]:
            opening = index
        elif tag:
            within = found[opening + 1 : index]
            anchor = _anchor(pieces.words(within), used)
            found[opening].html = f'<{tag[2]} id="{anchor}">'
            heading = Heading(anchor, pieces.kept_words(within))
            if tag[2] == "h2" or not toc:
                toc.append(heading)
            elif tag[2] == "h3":
                toc[-1].children.append(heading)
    return toc


def _anchor(title: str, used: set[str]) -> str:
    """Return an id of this page; the prefix keeps a heading “main” apart from the id of the layout."""
    base = ("section-" + re.sub(r"\W+", "-", title).strip("-").lower()).rstrip("-")
    anchor, number = base, 2
    while anchor in used:
        anchor, number = f"{base}-{number}", number + 1
    used.add(anchor)
    return anchor


def plain(html: str) -> str:
    """Return the text of safe HTML, a line for each block."""
    return pieces.words(pieces.split(html))


def mark(html: str, passage: str, prefix: str = "", suffix: str = "") -> str:
    """Return safe HTML with the place where `passage` stands wrapped in <mark>, across tags if need be.

    Of several the one whose surroundings are most like `prefix` and `suffix`, or the first.
    """
    parts = pieces.split(html)
    letters = [
        (index, offset, letter)
        for index, piece in enumerate(parts)
        if not piece.is_tag
        for offset, letter in enumerate(piece.text)
        if not letter.isspace()
    ]
    wanted = "".join(passage.split())
    at = best_place(wanted, "".join(letter for _, _, letter in letters), prefix, suffix)
    if at < 0:
        return html
    found: dict[int, list[int]] = {}
    for index, offset, _ in letters[at : at + len(wanted)]:
        found.setdefault(index, []).append(offset)
    for index, offsets in found.items():
        piece, start, end = parts[index], offsets[0], offsets[-1] + 1
        if piece.is_picture:
            piece.html = f"<mark>{piece.html}</mark>"
        else:
            before, words, after = piece.text[:start], piece.text[start:end], piece.text[end:]
            piece.html = f"{escape(before)}<mark>{escape(words)}</mark>{escape(after)}"
    return pieces.markup(parts)
