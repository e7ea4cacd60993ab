"""Markdown files to articles: front matter checked, body to safe HTML with a table of contents."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from html import escape, unescape
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import frontmatter
import nh3
import yaml
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, emphasis
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token

from tracker.domain.errors import N_, BadContent
from tracker.domain.text import comparable

MAX_BYTES = 1024 * 1024
_CJK = re.compile(
    "[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    "\u2014\u2018\u2019\u201c\u201d\u2026\U00020000-\U0003ffff]"
)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
_ORIGINS = frozenset({"own", "contributed", "reposted"})
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "hr", "i", "li", "mark", "ol", "p",
    "pre", "s", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "h2": {"id"}, "h3": {"id"}, "h4": {"id"}, "ol": {"start"}}


class CategoryText(NamedTuple):
    """What a category is called and about, in one language."""

    name: str
    summary: str


@dataclass(frozen=True)
class Heading:
    """A line of the table of contents."""

    id: str
    title: str
    children: list["Heading"] = field(default_factory=list)


@dataclass(frozen=True)
class Rendered:
    """A body as safe HTML, its contents, and its bare text."""

    html: str
    toc: list[Heading]
    text: str


@dataclass(frozen=True)
class Source:
    """An article's file, read and checked."""

    slug: str
    language: str
    category: str
    title: str
    summary: str
    tags: list[str]
    published_on: date
    updated_on: date | None
    origin: str
    source_name: str
    source_url: str
    publisher_name: str
    publisher_email: str
    body: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Return the hexadecimal SHA-256 of the file."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def text_sha256(self) -> str:
        """Return the SHA-256 of the body's words alone: the same for a copy under another name."""
        return hashlib.sha256(comparable(self.body).encode()).hexdigest()


@dataclass(frozen=True)
class FixedPage:
    """A page such as the rules; `clauses` are what a decision may cite, with their number and title."""

    name: str
    language: str
    title: str
    version: str
    updated_on: date
    clauses: tuple[tuple[str, str], ...]
    body: str


class _CjkInline(StateInline):
    """Lets emphasis touch full-width punctuation, which CommonMark's rule for spaced scripts refuses."""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803 - the library's names
        scanned = super().scanDelims(start, canSplitWord)
        end = start + scanned.length
        before, after = self.src[start - 1 : start] or " ", self.src[end : end + 1] or " "
        if canSplitWord and (_CJK.match(before) or _CJK.match(after)):
            return Scanned(not after.isspace(), not before.isspace(), scanned.length)
        return scanned


def _tokenize(state: StateInline, silent: bool) -> bool:
    state.__class__ = _CjkInline
    return emphasis.tokenize(state, silent)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.inline.ruler.at("emphasis", _tokenize)
    return parser


_MARKDOWN = _parser()


def render(body: str) -> Rendered:
    """Return Markdown as safe HTML; raw HTML in it is shown as text, and what is left is sanitised again."""
    tokens = _MARKDOWN.parse(body)
    toc = _number_headings(tokens)
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    safe = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, link_rel="nofollow noopener")
    return Rendered(safe, toc, plain(safe))


def _number_headings(tokens: list[Token]) -> list[Heading]:
    """Give each heading an id that does not change when others do, and return the two upper levels."""
    toc: list[Heading] = []
    used: set[str] = set()
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        title = "".join(child.content for child in inline.children or [])
        anchor = _anchor(title, used)
        opening.attrSet("id", anchor)
        heading = Heading(anchor, title)
        if opening.tag == "h2" or not toc:
            toc.append(heading)
        elif opening.tag == "h3":
            toc[-1].children.append(heading)
    return toc


def _anchor(title: str, used: set[str]) -> str:
    base = re.sub(r"[^\w]+", "-", title).strip("-").lower() or "section"
    anchor, number = base, 2
    while anchor in used:
        anchor, number = f"{base}-{number}", number + 1
    used.add(anchor)
    return anchor


def plain(html: str) -> str:
    """Return the text of safe HTML, a line for each block."""
    broken = re.sub(r"</(?:p|h\d|li|td|th|tr|blockquote|pre)>|<(?:br|hr)>", "\n", html)
    return unescape(re.sub(r"<[^>]*>", "", broken)).strip()


def mark(html: str, passage: str) -> str:
    """Return safe HTML with the first place where `passage` stands wrapped in <mark>, across tags if need be."""
    pieces = re.split(r"(<[^>]*>)", html)
    letters = [
        (index, offset, letter)
        for index, piece in enumerate(pieces)
        if not piece.startswith("<")
        for offset, letter in enumerate(unescape(piece))
        if not letter.isspace()
    ]
    wanted = "".join(passage.split())
    at = "".join(letter for _, _, letter in letters).find(wanted) if wanted else -1
    if at < 0:
        return html
    found: dict[int, list[int]] = {}
    for index, offset, _ in letters[at : at + len(wanted)]:
        found.setdefault(index, []).append(offset)
    for index, offsets in found.items():
        text, start, end = unescape(pieces[index]), offsets[0], offsets[-1] + 1
        pieces[index] = f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"
    return "".join(pieces)


def read_categories(content: Path) -> dict[str, dict[str, CategoryText]]:
    """Return the categories in the order of `categories.yml`, each in every language."""
    entries = yaml.safe_load((content / "categories.yml").read_text(encoding="utf-8"))
    return {
        slug: {language: CategoryText(text["name"], text["summary"]) for language, text in languages.items()}
        for slug, languages in entries.items()
    }


def read_article(content: bytes, categories: Mapping[str, object], languages: Mapping[str, object]) -> Source:
    """Return the article in a file; raise BadContent naming the line and the cure."""
    if len(content) > MAX_BYTES:
        raise BadContent(N_("文件超过1 MB。请把文章拆成几篇。"))
    values, body = _split(content)
    source, publisher = values.mapping("source", needed=False), values.mapping("publisher")
    origin = values.choice("origin", _ORIGINS)
    if origin == "reposted" and not source.given("url"):
        raise values.problem("origin", N_("转载的文章要写明source: {name: …, url: …}。"))
    if not body.strip():
        raise BadContent(N_("正文是空的。请在第二个“---”之后写正文。"))
    return Source(
        slug=values.match("slug", _SLUG, N_("slug只用小写字母、数字和连字符。")),
        language=values.choice("language", languages),
        category=values.choice("category", categories),
        title=values.text("title", 300),
        summary=values.text("summary", 500),
        tags=values.words("tags"),
        published_on=values.day("published"),
        updated_on=values.day("updated") if values.given("updated") else None,
        origin=origin,
        source_name=source.text("name", 200) if source.given("name") else "",
        source_url=source.match("url", re.compile(r"https?://\S{1,480}"), N_("url要以https://开头。"))
        if source.given("url")
        else "",
        publisher_name=publisher.text("name", 200),
        publisher_email=publisher.match("email", _ADDRESS, N_("email要像name@example.org这样。")),
        body=body,
        content=content,
    )


def read_page(file: Path) -> FixedPage:
    """Return a fixed page; the name says the language: `rules.md`, `rules.en.md`."""
    values, body = _split(file.read_bytes())
    clauses = values.data.get("clauses") or []
    return FixedPage(
        name=file.name.partition(".")[0],
        language=values.text("language", 20),
        title=values.text("title", 200),
        version=values.text("version", 40),
        updated_on=values.day("updated"),
        clauses=tuple((str(clause["id"]), str(clause["title"])) for clause in clauses),
        body=body,
    )


class _FrontMatter:
    """Front matter with the line on which each key stands, so that a complaint can name it."""

    def __init__(self, data: Mapping[str, Any], header: str) -> None:
        self.data = data
        self._header = header

    def given(self, key: str) -> bool:
        return self.data.get(key) not in (None, "")

    def problem(self, key: str, cure: str) -> BadContent:
        lines = self._header.splitlines()
        number = next((n for n, line in enumerate(lines, 2) if line.lstrip().startswith(f"{key}:")), 1)
        return BadContent(N_("第%(line)s行，%(key)s：%(cure)s"), line=number, key=key, cure=cure)

    def text(self, key: str, most: int) -> str:
        if not self.given(key):
            raise self.problem(key, N_("缺少这一项，请补上。"))
        value = str(self.data[key]).strip()
        if len(value) > most:
            raise self.problem(key, N_("太长了，请缩短。"))
        return value

    def match(self, key: str, pattern: re.Pattern[str], cure: str) -> str:
        value = self.text(key, 500)
        if not pattern.fullmatch(value):
            raise self.problem(key, cure)
        return value

    def choice(self, key: str, known: Any) -> str:
        value = self.text(key, 100)
        if value not in known:
            raise self.problem(key, "只能是 " + " | ".join(sorted(known)))
        return value

    def day(self, key: str) -> date:
        value = self.data.get(key)
        if type(value) is not date:
            raise self.problem(key, N_("要写成日期，例如2026-11-23。"))
        return value

    def words(self, key: str) -> list[str]:
        value = self.data.get(key) or []
        if not isinstance(value, list):
            raise self.problem(key, N_("要写成列表，例如[征信, 异议]。"))
        return [str(word) for word in value]

    def mapping(self, key: str, *, needed: bool = True) -> "_FrontMatter":
        value = self.data.get(key)
        if value is None and not needed:
            return _FrontMatter({}, self._header)
        if not isinstance(value, dict):
            raise self.problem(key, N_("要写成{name: …}这样的一组。"))
        return _FrontMatter(value, self._header)


def _split(content: bytes) -> tuple[_FrontMatter, str]:
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadContent(N_("第%(line)s行不是UTF-8编码。请把文件另存为UTF-8。"), line=line) from None
    try:
        data, body = frontmatter.parse(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise BadContent(N_("第%(line)s行的YAML写得不对：%(detail)s"), line=line, detail=error.problem) from None
    except yaml.YAMLError as error:
        raise BadContent(N_("文件开头的YAML读不懂：%(detail)s"), detail=str(error)) from None
    if not data:
        raise BadContent(N_("第1行要以“---”开始，写明title、slug等，再以“---”结束。"))
    return _FrontMatter(data, text.split("\n---", 1)[0]), body


def text_of(source: bytes) -> str:
    """Return the bare text of a frozen revision."""
    return render(body_of(source)).text


def body_of(source: bytes) -> str:
    """Return the Markdown of a frozen revision, whatever rules its front matter was checked by at the time."""
    return _split(source)[1]
