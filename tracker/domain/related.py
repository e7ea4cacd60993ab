"""Which articles go with an article: of those that came around it on the same subject, the ones with most tags in common."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

AROUND = 12
"""How many articles before and after are looked at. So an article can stand on two dozen pages at most, whatever the
size, and an act that hides it need not ask all the others."""

SHOWN = 4


class Candidate(NamedTuple):
    """An article of a category, by its number, with its tags."""

    number: int
    tags: frozenset[str]


def related(shelf: Sequence[Candidate], at: int) -> list[int]:
    """Return the numbers of the articles that go with the one at index `at` of a shelf in the order of arrival.

    Most tags in common first, among equals the nearest by number, whatever goes between them, then the later one.
    """
    own = shelf[at]
    around = range(max(0, at - AROUND), min(len(shelf), at + AROUND + 1))
    ranked = sorted(
        (-len(own.tags & shelf[i].tags), abs(shelf[i].number - own.number), -shelf[i].number) for i in around if i != at
    )
    return [-later for *_, later in ranked[:SHOWN]]


def affected(shelf: Sequence[Candidate], number: int) -> list[int]:
    """Return the articles whose related ones are others with an article than without it; the shelf holds it."""
    without = [one for one in shelf if one.number != number]
    at = next(i for i, one in enumerate(shelf) if one.number == number)
    near = range(max(0, at - AROUND), min(len(shelf), at + AROUND + 1))
    return list(_differing(shelf, without, (i for i in near if i != at), at))


def _differing(shelf: Sequence[Candidate], without: Sequence[Candidate], near: Iterable[int], at: int) -> Iterable[int]:
    for i in near:
        if related(shelf, i) != related(without, i - (i > at)):
            yield shelf[i].number
