"""Which articles go with an article: of those that came around it on the same subject, the ones with most tags in common."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

AROUND = 12
"""How many articles before and after are looked at. So an article can stand on two dozen pages at most, whatever the
size, and an act that hides it need not ask all the others."""

SHOWN = 4


class Candidate(NamedTuple):
    """An article of a category, by its number, with its tags."""

    number: int
    tags: frozenset[str]


def related(shelf: Sequence[Candidate], at: int, but: Collection[int] = (), most: int = SHOWN) -> list[int]:
    """Return the numbers of the articles that go with the one at index `at` of a shelf in the order of arrival.

    Most tags in common first, among equals the nearest, then the later one; never one of `but`.
    """
    own = shelf[at]
    around = range(max(0, at - AROUND), min(len(shelf), at + AROUND + 1))
    ranked = sorted(
        (-len(own.tags & shelf[i].tags), abs(i - at), -i, shelf[i].number)
        for i in around
        if i != at and shelf[i].number not in but
    )
    return [number for *_, number in ranked[:most]]


def affected(shelf: Sequence[Candidate], number: int, most: int) -> list[int]:
    """Return the articles whose related ones are others with an article than without it; the shelf holds it."""
    without = [one for one in shelf if one.number != number]
    at = next(i for i, one in enumerate(shelf) if one.number == number)
    near = range(max(0, at - AROUND), min(len(shelf), at + AROUND + 1))
    return list(_differing(shelf, without, (i for i in near if i != at), at, most))


def _differing(
    shelf: Sequence[Candidate], without: Sequence[Candidate], near: Iterable[int], at: int, most: int
) -> Iterable[int]:
    for i in near:
        if related(shelf, i, most=most) != related(without, i - (i > at), most=most):
            yield shelf[i].number
