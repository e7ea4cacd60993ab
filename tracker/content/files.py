"""The files in `content/`: articles, fixed pages and categories, read and checked."""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from tracker.contact import mailable
from tracker.content import illustrations
from tracker.content.front_matter import FrontMatter, body_line, decode, parsed, split
from tracker.content.markdown import render
from tracker.content.pictures import Picture
from tracker.domain.errors import N_, BadContent, DomainError, gathering, refuse
from tracker.domain.text import comparable

MAX_BYTES = 1024 * 1024
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SLUG_CURE = N_("slug只用小写字母、数字和连字符。")
SLUG_TAKEN = N_("slug“%(slug)s”已被文件%(file)s使用，请换一个。")
PAGE_TAKEN = N_("页面“%(name)s”的%(spoken)s文本已经在文件%(file)s里。请删去一份，或者改文件名或language。")
_PAGE_CURE = N_("文件名在第一个点以前只用小写字母、数字和连字符：它是页面的地址。")
_LINK = re.compile(r"https?://\S+")
_ORIGINS = frozenset({"own", "contributed", "reposted"})


class CategoryText(NamedTuple):
    """What a category is called and about, in one language."""

    name: str
    summary: str


@dataclass(frozen=True)
class Source:
    """An article's file, read and checked. `heat` and `responses` are what it had before it came here."""

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
    heat: int
    responses: int
    body: str
    content: bytes
    pictures: Mapping[str, Picture] = field(default_factory=dict)  # by the names that the body calls them

    @property
    def sha256(self) -> str:
        """Return what tells this version from every other one."""
        return version(self.content, {name: picture.name for name, picture in self.pictures.items()})

    @property
    def text_sha256(self) -> str:
        """Return the SHA-256 of the body's words alone: the same for a copy under another name."""
        return hashlib.sha256(comparable(self.body).encode()).hexdigest()


def version(content: bytes, pictures: Mapping[str, str]) -> str:
    """Return the hexadecimal SHA-256 of a file; with pictures, also of what it calls them and of their own names."""
    called = "".join(f"\0{written}\0{name}" for written, name in sorted(pictures.items()))
    return hashlib.sha256(content + called.encode()).hexdigest()


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


def read_categories(file: Path, languages: Collection[str]) -> dict[str, dict[str, CategoryText]]:
    """Return the categories in the order of `categories.yml`, each in every language; raise BadContent naming the file.

    No two have one name: readers could not tell them apart, nor could what sorts a saved page in.
    """
    with _naming(file):
        entries = FrontMatter.parse(decode(_bytes(file)), 1)
        found: dict[str, dict[str, CategoryText]] = {}
        for slug in entries.names():
            if not _SLUG.fullmatch(slug):
                entries.refuse(slug, _SLUG_CURE)
            texts = _category(entries.mapping(slug), languages)
            names = {(spoken, text.name) for spoken, text in texts.items() if text.name}
            if any((spoken, text.name) in names for other in found.values() for spoken, text in other.items()):
                entries.refuse(slug, N_("前面已有同名的类别，请换一个名称。"))
            found[slug] = texts
        refuse(entries.problems)
    return found


def _category(texts: FrontMatter, languages: Collection[str]) -> dict[str, CategoryText]:
    spoken = {language: texts.mapping(language) for language in languages}
    return {
        language: CategoryText(text.text("name", 100), text.text("summary", 500)) for language, text in spoken.items()
    }


def read_article(
    content: bytes, categories: Mapping[str, object], languages: Collection[str], folder: Path | None = None
) -> Source:
    """Return the article in a file; raise BadContent naming the line and the cure of all that is wrong.

    Its pictures are read from `folder`; without one they and the footnotes are not looked at, as for a frozen revision.
    """
    if len(content) > MAX_BYTES:
        raise BadContent(N_("文件超过1 MB。请把文章拆成几篇。"))
    values, body = parsed(content)
    source, publisher = values.mapping("source"), values.mapping("publisher")
    origin = values.choice("origin", _ORIGINS)
    if origin == "reposted" and not source.given("url"):
        values.refuse("origin", N_("转载的文章要写明source: {name: …, url: …}。"))
    looked = illustrations.look(body, body_line(content), folder) if folder else illustrations.Looked({}, [])
    article = Source(
        slug=values.match("slug", _SLUG, 200, _SLUG_CURE),
        language=values.choice("language", languages),
        category=values.choice("category", categories),
        title=values.text("title", 300),
        summary=values.text("summary", 500),
        tags=values.words("tags"),
        published_on=values.day("published"),
        updated_on=values.day("updated") if values.given("updated") else None,
        origin=origin,
        source_name=source.text("name", 200) if source.given("name") else "",
        source_url=source.match("url", _LINK, 500, N_("url要以https://开头。")) if source.given("url") else "",
        publisher_name=publisher.text("name", 200),
        publisher_email=_email(publisher),
        heat=values.number("heat"),
        responses=values.number("responses"),
        body=body,
        content=content,
        pictures=looked.pictures,
    )
    for key, words in (("title", article.title), ("summary", article.summary)) if folder else ():
        if _MARKUP.search(words):
            values.refuse(key, N_("这里不能用HTML，读者会看到代码本身。请只写文字。"))
    empty = [] if body.strip() else [BadContent(N_("正文是空的。请在第二个“---”之后写正文。"))]
    refuse([*_by_line(values.problems), *empty, *looked.problems])
    return article


def _by_line(problems: list[DomainError]) -> list[DomainError]:
    return sorted(problems, key=lambda problem: int(str(problem.values["line"])))


def _email(publisher: FrontMatter) -> str:
    typed = publisher.text("email", 254)
    address, problem = mailable(typed) if typed else ("", None)
    if problem:
        publisher.refuse("email", problem.message)
    return address


def read_page(file: Path, languages: Collection[str]) -> FixedPage:
    """Return a fixed page; the name says the language: `rules.md`, `rules.en.md`. Raise BadContent as for an article."""
    values, body = parsed(content := _bytes(file))
    looked = illustrations.look(body, body_line(content), None)  # such a page has no pictures
    name = file.name.partition(".")[0]
    page = FixedPage(
        name=name,
        language=values.choice("language", languages),
        title=values.text("title", 200),
        version=values.text("version", 40),
        updated_on=values.day("updated"),
        clauses=tuple((clause.text("id", 40), clause.text("title", 200)) for clause in values.mappings("clauses")),
        body=body,
    )
    unfit = [] if _SLUG.fullmatch(name) else [BadContent(_PAGE_CURE)]
    refuse([*unfit, *_by_line(values.problems), *looked.problems])
    return page


def read_pages(folder: Path, languages: Collection[str]) -> dict[tuple[str, str], FixedPage]:
    """Return the fixed pages of a folder by name and language; raise BadContent naming the files, and the one that was first."""
    found: dict[tuple[str, str], FixedPage] = {}
    files: dict[tuple[str, str], Path] = {}
    problems: list[DomainError] = []
    for file in sorted(folder.glob("*.md")):
        with gathering(problems), _naming(file):
            page = read_page(file, languages)
            key = page.name, page.language
            if key in found:
                raise BadContent(PAGE_TAKEN, name=page.name, spoken=page.language, file=files[key].name)
            found[key], files[key] = page, file
    refuse(problems)
    return found


@contextmanager
def _naming(file: Path) -> Iterator[None]:
    """Let a complaint about a file name it: one without which there is no site."""
    try:
        yield
    except BadContent as error:
        refuse([BadContent("%(file)s: %(problem)s", file=file, problem=problem) for problem in error.each])


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadContent(N_("文件读不出来（%(detail)s）。请检查权限和链接。"), detail=error.strerror) from None


@lru_cache(maxsize=64)
def text_of(source: bytes) -> str:
    """Return the bare text of a frozen revision; it never changes, so it is worth keeping."""
    return render(body_of(source)).text


def body_of(source: bytes) -> str:
    """Return the Markdown of a frozen revision, whatever rules its front matter was checked by at the time."""
    return split(source)[1]
