"""What admins write to order and share out the work: weights of urgency, rules of assignment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from tracker.domain.categories import CategoryName
from tracker.domain.routing import MOST, Rule
from tracker.domain.text import number, word
from tracker.domain.urgency import FACTORS, MOST_POINTS
from tracker.render.site import PREFIXES

BLANK_ROWS = 3
_MOST_ROWS = MOST + BLANK_ROWS


def points(given: Mapping[str, str]) -> tuple[dict[str, int], dict[str, str]]:
    """Return the points of each factor as typed, and what is wrong by factor."""
    found: dict[str, int] = {}
    problems: dict[str, str] = {}
    for name in FACTORS:
        typed = given.get(name, "").strip().removeprefix("+").replace("−", "-")
        digits = typed.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) < 5 and int(digits) <= MOST_POINTS:
            found[name] = int(typed)
        else:
            problems[name] = f"请填-{MOST_POINTS}至{MOST_POINTS}的整数。"
    return found, problems


@dataclass(frozen=True)
class RouteRow:
    """One row of the form of rules."""

    order: str
    category: str
    language: str
    people: Sequence[int]


def rows(rules: Sequence[Rule]) -> list[RouteRow]:
    """Return the rules as rows of the form, with blank ones behind them."""
    known = [RouteRow(str(n), rule.category or "", rule.language, rule.people) for n, rule in enumerate(rules, 1)]
    return [*known, *(RouteRow("", "", "", ()) for _ in range(BLANK_ROWS))]


def received(given: MultiDict[str, str]) -> list[RouteRow]:
    """Return the rows of a form that was sent."""
    return [
        RouteRow(
            given.get(f"order-{n}", "")[:5],
            given.get(f"category-{n}", ""),
            given.get(f"language-{n}", ""),
            [person for person in map(number, given.getlist(f"people-{n}")) if person],
        )
        for n in range(_MOST_ROWS)
        if f"category-{n}" in given
    ]  # fmt: skip


def ordered(sent: Sequence[RouteRow]) -> list[int]:
    """Return the places of the rows that say something, in the order that was asked for."""
    said = [n for n, row in enumerate(sent) if row.order or row.people or row.category or row.language]
    return sorted(said, key=lambda n: _place(sent[n].order))


def _place(order: str) -> int:
    return int(order) if order.isascii() and order.isdigit() else _MOST_ROWS


def wanted(sent: Sequence[RouteRow]) -> Iterator[tuple[CategoryName | None, str, Sequence[int]]]:
    """Yield the rules that were asked for, in the order that was asked for; a row that says nothing is none."""
    for row in (sent[n] for n in ordered(sent)):
        yield word(CategoryName, row.category), row.language if row.language in PREFIXES else "", row.people
