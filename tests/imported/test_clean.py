"""Pages on which nothing is wrong: our own articles, as text and as HTML. Every complaint about them would be a false one."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from config import ROOT
from tests.imported.reading import CATEGORIES, GIVEN, body
from tracker import content
from tracker.content import Source
from tracker.content.blocks import Kind, from_markdown
from tracker.content.inspection import inspect_file
from tracker.content.saved.article import Imported, import_page

FILES = sorted((ROOT / "content").glob("*.md"))
FORMS = ("txt", "html")
OWN = re.compile(r"^!\[.*$|^\[\^.*$|\[\^[^\]]+\]", re.MULTILINE)


def source(file: Path) -> Source:
    """Return an article without its pictures and footnotes, which do not come in as what they were."""
    article = content.read_article(file.read_bytes(), CATEGORIES, ("zh-Hans", "en"))
    return replace(article, body=OWN.sub("", article.body))


def page(article: Source, form: str) -> Imported:
    rendered = content.render(article.body)
    html = f"<title>{article.title} - 旧站</title><body><h1>{article.title}</h1>{rendered.html}"
    text = f"{article.title}\n\n" + re.sub("\n+", "\n\n", rendered.text)
    return import_page((html if form == "html" else text).encode(), f"page.{form}", GIVEN)


def test_there_are_twenty_of_them_and_more() -> None:
    assert len(FILES) * len(FORMS) > 20


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_article_comes_in_without_a_complaint_and_without_a_repair_of_its_words(file: Path, form: str) -> None:
    article = source(file)
    made = page(article, form)
    assert [one.rule for one in made.left] == ["category"]  # none is named on it
    assert set(made.repairs) <= {"headings", "lists", "lead-ins"}
    assert made.facts.title == article.title
    assert content.read_article(
        made.content.replace(b"category: ''", b"category: disputes"), CATEGORIES, ("zh-Hans", "en")
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_of_an_html_page_nothing_is_lost(file: Path) -> None:
    article = source(file)
    again = body(page(article, "html"))
    assert content.render(again).text.split() == content.render(article.body).text.split()
    links = re.compile(r"\]\((https?://[^)]+)\)")
    assert links.findall(again) == links.findall(article.body)
    kinds = lambda text: [(block.kind, block.level) for block in from_markdown(text)]  # noqa: E731
    assert kinds(again) == kinds(article.body)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_of_a_text_the_numbered_headings_come_back(file: Path) -> None:
    article = source(file)
    headings = lambda text: [block.bare for block in from_markdown(text) if block.kind is Kind.HEADING]  # noqa: E731
    wanted = [words for words in headings(article.body) if re.match(r"[一二三四五六七八九十]+、|\d", words)]
    assert [words for words in headings(body(page(article, "txt"))) if words in wanted] == wanted


@pytest.mark.parametrize(
    "file", [*FILES, *sorted((ROOT / "content" / "pages").glob("*.md"))], ids=lambda file: file.name
)
def test_what_ships_is_clean(file: Path) -> None:
    assert inspect_file(file.read_bytes()) == []
