"""Finding a quoted passage in the text of a revision."""

from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of text, from `start` up to before `end`."""

    start: int
    end: int


AROUND = 64
"""How many characters before and after a passage tell it from the same words elsewhere."""


def around(passage: str, text: str) -> tuple[str, str]:
    """Return what stands right before and after a passage in a text; nothing when it does not stand there."""
    found = locate(passage, text)
    if found is None:
        return "", ""
    return text[max(0, found.start - AROUND) : found.start], text[found.end : found.end + AROUND]


def locate(passage: str, text: str) -> Span | None:
    """Return where `passage` stands in `text`, first place first, or None.

    Blanks and line breaks are ignored on both sides: a quotation copied from a screen breaks elsewhere.
    """
    wanted = "".join(passage.split())
    places = [index for index, character in enumerate(text) if not character.isspace()]
    at = "".join(text[index] for index in places).find(wanted) if wanted else -1
    if at < 0:
        return None
    return Span(places[at], places[at + len(wanted) - 1] + 1)
