"""What of an article can be searched: its words in one script, as the index holds them."""

from typing import NamedTuple

from tracker.domain.grams import grams, searchable
from tracker.domain.ranking import month_of
from tracker.render.script import simplified

TITLE, HEAD = "\ue010", "\ue011"
"""Stand before a word of the title, and of title or summary, in the index; nobody can type them."""

_LANGUAGE, _MONTH = "\ue000", "\ue001"


class Findable(NamedTuple):
    """A text as readers see it, and in the form in which it is searched: title, summary with tags, and body, a line each."""

    body: str
    kept: str


def kept(*parts: str) -> str:
    """Return texts in the form in which they are searched, a line each, in simplified characters.

    No word is found across two lines of a text.
    """
    return "\n".join(searchable(simplified(part.replace("\n", "\n|\n"))) for part in parts)


def language_mark(language: str) -> str:
    """Return the word by which the index knows the language of an article."""
    return _LANGUAGE + language.replace("-", "").lower()


def month_mark(month: int) -> str:
    """Return the word by which the index knows the time of an article."""
    return f"{_MONTH}{month}"


def words(text: str, language: str, place: int) -> list[str]:
    """Return what the index holds of an article: its grams, those of title and summary once more with a mark."""
    title, summary, body = map(grams, text.split("\n"))
    marked = {TITLE + gram for gram in title} | {HEAD + gram for gram in title | summary}
    return sorted({language_mark(language), month_mark(month_of(place))} | title | summary | body | marked)
