"""What a question of a form is: how it is asked, in which part, how long the answer may be, when it is asked at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tracker.domain.errors import N_

AGREED = frozenset({"1", "on", "true", "yes"})
"""The answers to a statement that are an agreement."""


class Kind(StrEnum):
    """How an element is asked for and checked."""

    LINE = "line"
    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    CHOICE = "choice"
    ADDRESSES = "addresses"
    FILES = "files"
    STATEMENT = "statement"
    HIDDEN = "hidden"  # carried along by the form, never asked


class Format(StrEnum):
    """What a line must be, beyond its length; the control in which it is typed is its Kind."""

    COUNTRY = "country"  # ISO 3166-1, two letters
    ORG_ID = "org_id"  # 统一社会信用代码, GB 32100
    LINK = "link"  # an address on the web
    DATE = "date"  # ISO 8601, without a time
    LINKS = "links"  # addresses on the web, one on each line
    PASSAGES = "passages"  # quotations, a blank line between two
    QUOTES = "quotes"  # passages with what stands around them (`domain.quotes`)


class Group(StrEnum):
    """The part of the form in which an element stands."""

    WHAT = "what"
    WHY = "why"
    EVIDENCE = "evidence"
    WHO = "who"
    STATEMENTS = "statements"


GROUP_LABELS: dict[Group, str] = {
    Group.WHAT: N_("涉及的内容"),
    Group.WHY: N_("为什么"),
    Group.EVIDENCE: N_("证据"),
    Group.WHO: N_("您是谁"),
    Group.STATEMENTS: N_("声明"),
}

Condition = tuple[str, frozenset[str]]
"""The name of another element, and the answers to it with which something holds."""


def holds(condition: Condition | None, answers: Mapping[str, str], *, otherwise: bool) -> bool:
    """Say whether a condition holds for the answers; `otherwise` when there is none."""
    return otherwise if condition is None else answers.get(condition[0], "") in condition[1]


@dataclass(frozen=True)
class Element:
    """One question. `fewest` and `most` count characters (addresses: lines); why we ask it, see `retention`."""

    name: str
    kind: Kind
    group: Group
    label: str
    help: str = ""
    fewest: int = 1
    most: int = 200
    options: tuple[tuple[str, str], ...] = ()
    autocomplete: str = ""
    required_when: Condition | None = None
    only_when: Condition | None = None
    format: Format | None = None

    @property
    def heading(self) -> str:
        """Return what stands before an answer: a statement says all itself, so only that it is one."""
        return GROUP_LABELS[Group.STATEMENTS] if self.kind is Kind.STATEMENT else self.label

    def is_required_by(self, answers: Mapping[str, str]) -> bool:
        """Say whether the other answers make an optional element required."""
        return holds(self.required_when, answers, otherwise=False)

    def is_asked_by(self, answers: Mapping[str, str]) -> bool:
        """Say whether the other answers leave the question relevant."""
        return holds(self.only_when, answers, otherwise=True)
