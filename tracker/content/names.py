"""What those who do not see a page are told of parts of a body that have no words of their own, in an article's language."""

from typing import NamedTuple


class Names(NamedTuple):
    """The names of the footnotes, of the way back to a mark (its number follows), and of a table without heads."""

    notes: str
    way_back: str
    table: str


_CHINESE = Names("脚注", "回到正文注", "表格")
_ENGLISH = Names("Footnotes", "Back to reference ", "Table")


def names(language: str) -> Names:
    """Return the names in the language of a body; traditional characters are made of the simplified ones, as of its words."""
    return _ENGLISH if language == "en" else _CHINESE
