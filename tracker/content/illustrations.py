"""The pictures and footnotes of a body, looked at before it is published: nothing in it may vanish without a word."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from markdown_it.token import Token

from tracker.content import pictures
from tracker.content.figures import frame, source_of
from tracker.content.markdown import alt_of, as_written
from tracker.content.pictures import Picture
from tracker.domain.errors import N_, BadContent, DomainError, gathering
from tracker.domain.text import bare

_RAW = re.compile(r"<\s*(?:img|picture|svg|video|audio|iframe|object|embed|script|style|template)\b", re.IGNORECASE)
"""Tags that would vanish with all that they hold; of any other the words stay."""

_NOTE = re.compile(r"\[\^[^\]\s]+\]")
_ELSEWHERE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|/")
_LONGEST_NAME = 300


class _Named(NamedTuple):
    line: int
    name: str
    alt: str


class Looked(NamedTuple):
    """The pictures of a body by the names it calls them, and what is wrong with it."""

    pictures: dict[str, Picture]
    problems: list[DomainError]


def look(body: str, first: int, folder: Path | None) -> Looked:
    """Return the pictures of a body, read from `folder`, and what is wrong, by its lines; the first is line `first`.

    Wrong are, each named with its line and the cure, a picture that is missing, too large, not a picture, without a
    description, with a title that would not be shown, or not ours, HTML that would vanish with what it holds, a footnote without a mark or a mark without a footnote, and a footnote that would
    take the place of another.
    """
    found: dict[str, Picture] = {}
    problems: list[DomainError] = []
    parsed = as_written(body)
    for line, token in _inner(parsed, first):
        if token.type in {"html_block", "html_inline"} and _RAW.search(token.content):
            problems.append(BadContent(_HTML, line=line))
        if token.type == "text":
            problems += (BadContent(_UNTOLD, line=line, mark=mark) for mark in _NOTE.findall(token.content))
        if token.type == "image":
            named = _named(line, token)
            with gathering(problems):
                found[named.name] = found.get(named.name) or _read(named, folder)
            problems += _silent(named)
    problems += [*_lost_notes(parsed, first), *_lost_titles(parsed, first)]
    return Looked(found, sorted(problems, key=lambda problem: int(str(problem.values["line"]))))


_HTML = N_("第%(line)s行用HTML放了图片、媒体或脚本，不会显示。图片请写成![说明](images/名字.png)。")
_UNTOLD = N_(
    "第%(line)s行的脚注%(mark)s没有内容。请在后面另起一段写“%(mark)s: …”；"
    "不是脚注的，请在方括号前加反斜杠：“\\%(mark)s”。"
)


def _inner(parsed: list[Token], first: int) -> Iterator[tuple[int, Token]]:
    """Yield what stands inside the blocks, and blocks of HTML, each with its line."""
    line = first
    for token in parsed:
        line = token.map[0] + first if token.map else line
        if token.type == "html_block":
            yield line, token
        at = line
        for child in token.children or ():
            yield at, child
            at += child.type in {"softbreak", "hardbreak"}


def _named(line: int, picture: Token) -> _Named:
    return _Named(line, source_of(str(picture.attrs.get("src") or "")), alt_of(picture))


def _silent(named: _Named) -> Iterator[BadContent]:
    if not bare(named.alt):
        cure = N_("缺少文字说明。请写成![图上有什么](%(name)s)，看不见图的人靠它。")
        yield _problem(named, BadContent(cure, name=named.name))


def _read(named: _Named, folder: Path | None) -> Picture:
    if _ELSEWHERE.match(named.name) or not named.name:
        raise _problem(
            named, BadContent(N_("只能用本站content/里的图片。请下载后放进content/images/，写成images/名字.png。"))
        )
    try:
        return pictures.read(_bytes(named.name, folder))
    except BadContent as error:
        raise _problem(named, error) from None


def _problem(named: _Named, error: BadContent) -> BadContent:
    shown = named.name if len(named.name) <= _LONGEST_NAME else f"{named.name[:_LONGEST_NAME]}…"
    return BadContent(N_("第%(line)s行的图片%(name)s：%(cure)s"), line=named.line, name=shown, cure=str(error))


def _bytes(name: str, folder: Path | None) -> bytes:
    """Return a file under `folder`, links followed; nothing outside of it is anybody's to publish."""
    if folder is None:
        raise BadContent(N_("固定页面上不能放图片。请改用文字，或者写成文章。"))
    missing = BadContent(N_("没有这个文件。请检查名字，大小写也要一致；名字从content/算起。"))
    if "\0" in name:
        raise missing
    try:
        file = (folder / name).resolve()
        if not file.is_relative_to(folder.resolve()) or not file.is_file():
            raise missing
        if file.stat().st_size > pictures.MAX_BYTES:
            return b" " * (pictures.MAX_BYTES + 1)  # refused for its size, without being read
        return file.read_bytes()
    except OSError as error:
        raise BadContent(N_("文件读不出来（%(detail)s）。请检查权限和链接。"), detail=error.strerror) from None


def _lost_titles(parsed: list[Token], first: int) -> Iterator[BadContent]:
    """Yield what is wrong with the title of a picture that is no figure: a caption needs a place of its own."""
    frame(parsed)
    for line, token in _inner(parsed, first):
        if token.type == "image" and token.attrs.get("title"):
            named = _named(line, token)
            yield _problem(named, BadContent(N_("引号里的图题不会显示。请让图片自成一段，或者删去图题。")))


def _lost_notes(parsed: list[Token], first: int) -> Iterator[BadContent]:
    """Yield what is wrong with a footnote that nothing leads to, or that would push another off the page: a second or an inner one."""
    marked = {child.meta["label"] for t in parsed for child in t.children or () if child.type == "footnote_ref"}
    seen: set[str] = set()
    depth = 0
    for token in parsed:
        if token.type == "footnote_reference_open":
            label, line = token.meta["label"], first + (token.map[0] if token.map else 0)
            if fault := _UNUSED if label not in marked else _SECOND if label in seen else _WITHIN if depth else "":
                yield BadContent(fault, line=line, label=label)
            seen.add(label)
            depth += 1
        elif token.type == "footnote_reference_close":
            depth -= 1


_UNUSED = N_("第%(line)s行的脚注[^%(label)s]没有用到。请在正文里写上[^%(label)s]，或者删去这一条。")
_SECOND = N_("第%(line)s行的脚注[^%(label)s]前面已经有一条。请换一个标记，或者合成一条。")
_WITHIN = N_("第%(line)s行的脚注[^%(label)s]写在另一条脚注里。请顶格另起一段写。")
