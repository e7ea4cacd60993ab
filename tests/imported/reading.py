"""What tests of imported pages share: where the pages lie, what the site says for them, and how one is read."""

from datetime import date
from pathlib import Path

from config import ROOT
from tracker import content
from tracker.content.saved.article import Given, Imported, import_page

PAGES = Path(__file__).parent / "pages"
CATEGORIES = content.read_categories(ROOT / "content" / "categories.yml", ("zh-Hans", "en"))
TODAY = date(2026, 11, 26)
GIVEN = Given(
    {text.name: slug for slug, texts in CATEGORIES.items() for text in texts.values()},
    "编辑部",
    "editors@example.org",
    TODAY,
)


def saved(name: str) -> Imported:
    return import_page((PAGES / name).read_bytes(), name, GIVEN)


def body(made: Imported) -> str:
    return content.body_of(made.content)


def left(made: Imported) -> list[tuple[str, int]]:
    """Return what is left to a person on the page itself, once a place; what its summary repeats is left out."""
    top = made.content.count(b"\n", 0, made.content.index(b"\n---\n\n")) + 2
    return [(one.rule, one.saved_line) for one in made.left if one.saved_line and (one.line > top or not one.line)]
