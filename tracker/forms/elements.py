"""What the acts of a receipt and of a publisher's page share: forms made of elements, shown and refused in one way."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, Self

from tracker.domain.elements import Element, Kind
from tracker.domain.errors import DomainError
from tracker.domain.text import headed, shortened
from tracker.forms.base import Shown, Wrong
from tracker.forms.notice import COLON, STATEMENT_BEGINS, new_key, shown


class Say(Protocol):
    """Says a message in the language of the reader."""

    def __call__(self, message: str, **values: object) -> str: ...


@dataclass(frozen=True, kw_only=True)
class ElementForm:
    """A form as it stands: `key` makes it one act however often it is sent, `problems` are said in the reader's language."""

    elements: tuple[Element, ...]
    required: frozenset[str] = frozenset()
    key: str = field(default_factory=new_key)
    answers: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    def name(self, part: str) -> str:
        """Return the name of a field."""
        return part

    def is_marked_required(self, element: Element) -> bool:
        """Say whether a question is shown without the word that it may be left empty."""
        return element.name in self.required

    def height(self, element: Element) -> int:
        """Return how many lines a control shows."""
        return 8 if element.kind is Kind.TEXT else 5

    def labels(self, say: Say) -> dict[str, str]:
        """Return what each part of the form is called, in its order."""
        return {element.name: say(element.label) for element in self.elements}

    def questions(self, say: Say) -> list[Shown]:
        """Return the questions as the page shows them."""
        return [self._shown(element, say) for element in self.elements]

    def wrong(self, say: Say) -> list[Wrong]:
        """Return what is wrong, in the order of the form; an empty name means the form as a whole."""
        labels = self.labels(say)
        order = [name for name in labels if name in self.problems] + [n for n in self.problems if n not in labels]
        return [Wrong(self.name(n) if n in labels else "", self._line(labels.get(n, ""), n, say)) for n in order]

    def refused(self, found: Mapping[str, DomainError], say: Say) -> Self:
        """Return the form with what a rule found wrong, beside what was wrong already."""
        return replace(self, problems={**self.problems, **{n: say(e.message, **e.values) for n, e in found.items()}})

    def _line(self, label: str, name: str, say: Say) -> str:
        short = shortened(label, STATEMENT_BEGINS) if len(label) > 2 * STATEMENT_BEGINS else label
        return headed(short, self.problems[name], say(COLON)) if label else self.problems[name]

    def _shown(self, element: Element, say: Say) -> Shown:
        required, rows = self.is_marked_required(element), self.height(element)
        question = shown(element, say, self.answers, self.problems, required=required, rows=rows)
        return question._replace(name=self.name(element.name))
