"""Finding a quoted passage in the text of a revision."""

from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of text, from `start` up to before `end`."""

    start: int
    end: int


def locate(passage: str, text: str, prefix: str = "", suffix: str = "") -> Span | None:
    """Return where `passage` stands in `text`: the place whose surroundings are most like `prefix` and `suffix`, or None.

    Without them, and among equals, the first. Blanks and line breaks are ignored on both sides: a quotation copied from a
    screen breaks elsewhere.
    """
    places = [index for index, character in enumerate(text) if not character.isspace()]
    wanted = "".join(passage.split())
    at = best_place(wanted, "".join(text[index] for index in places), prefix, suffix)
    if at < 0:
        return None
    return Span(places[at], places[at + len(wanted) - 1] + 1)


def best_place(wanted: str, letters: str, prefix: str, suffix: str) -> int:
    """Return the index in `letters`, which hold no blanks, at which `wanted` stands between the likeliest neighbours, or -1."""
    before, after = "".join(prefix.split())[::-1], "".join(suffix.split())
    best, most, at = -1, -1, letters.find(wanted) if wanted else -1
    while at >= 0:
        until = at + len(wanted)
        alike = _alike(letters[max(0, at - len(before)) : at][::-1], before) + _alike(
            letters[until : until + len(after)], after
        )
        if alike > most:
            best, most = at, alike
        at = letters.find(wanted, at + 1) if before or after else -1
    return best


def _alike(some: str, others: str) -> int:
    """Return how many characters two texts have in common from their start."""
    for number, (one, other) in enumerate(zip(some, others, strict=False)):
        if one != other:
            return number
    return min(len(some), len(others))
