"""Who gets a new case: rules in order, the first that fits; and of several people, whoever has the least to do."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tracker.domain.categories import CategoryName

MOST = 40
"""How many rules there may be: as many as one form takes."""


@dataclass(frozen=True)
class Rule:
    """A rule: cases of `category` about articles in `language` go to one of `people`. What is empty fits everything."""

    number: int
    category: CategoryName | None
    language: str
    people: Sequence[int]

    def fits(self, category: CategoryName, language: str) -> bool:
        """Say whether a case comes under this rule."""
        return self.category in (None, category) and self.language in ("", language)


def first_fitting(rules: Iterable[Rule], category: CategoryName, language: str) -> Rule | None:
    """Return the first rule that a case comes under, or None."""
    return next((rule for rule in rules if rule.fits(category, language)), None)


def chosen(rule: Rule, able: Collection[int], load: Mapping[int, int]) -> int | None:
    """Return which of a rule's people gets a case: of those who are `able` to, whoever has the fewest; the first of equals."""
    people = [person for person in rule.people if person in able]
    return min(people, key=lambda person: (load.get(person, 0), rule.people.index(person)), default=None)
