"""The table of elements hangs together."""

import re

import pytest

from tracker.domain.countries import CODES
from tracker.domain.elements import ELEMENTS, GROUP_LABELS, Element, Format, Group, Kind
from tracker.domain.publisher_elements import COUNTER_ELEMENTS, REPLY_ELEMENTS
from tracker.domain.retention import purpose

ALL = list(ELEMENTS.values())
TABLES = (ELEMENTS, COUNTER_ELEMENTS, REPLY_ELEMENTS)


def test_every_part_of_the_form_has_a_heading_and_a_question() -> None:
    assert set(GROUP_LABELS) == set(Group) == {element.group for element in ALL}


def test_elements_stand_in_the_order_of_the_parts() -> None:
    order = list(Group)
    assert [order.index(e.group) for e in ALL] == sorted(order.index(e.group) for e in ALL)


@pytest.mark.parametrize(
    ("table", "element"), [(t, e) for t in TABLES for e in t.values()], ids=lambda v: getattr(v, "name", "")
)
def test_an_element_can_be_asked(table: dict[str, Element], element: Element) -> None:
    assert element.label
    assert 1 <= element.fewest <= element.most
    assert bool(element.options) == (element.kind is Kind.CHOICE)
    of_kind = {Format.LINKS: Kind.TEXT, Format.PASSAGES: Kind.TEXT, Format.QUOTES: Kind.HIDDEN}
    assert element.format is None or element.kind is of_kind.get(element.format, Kind.LINE)
    values = [value for value, _ in element.options]
    assert len(values) == len(set(values))
    for condition in (element.required_when, element.only_when):
        if condition:
            other = table[condition[0]]
            possible = CODES if other.format is Format.COUNTRY else {value for value, _ in other.options}
            assert condition[1] <= possible
            assert other.only_when is None  # one step, no chains


@pytest.mark.parametrize("table", TABLES)
def test_nobody_is_ever_asked_for_money(table: dict[str, Element]) -> None:
    """人身权益规定 10: paid removal is void; there is no such field."""
    for element in table.values():
        assert not {"fee", "price", "money", "pay", "amount", "cost"} & set(element.name.split("_"))


@pytest.mark.parametrize("role", ["authorised_agent", "guardian", "relative_of_deceased"])
def test_who_acts_for_somebody_says_for_whom(role: str) -> None:
    assert ELEMENTS["principal_name"].is_required_by({"notifier_role": role})


@pytest.mark.parametrize("answers", [{}, {"notifier_role": "owner"}, {"notifier_role": "nonsense"}])
def test_nobody_else_does(answers: dict[str, str]) -> None:
    assert not ELEMENTS["principal_name"].is_required_by(answers)
    assert not ELEMENTS["email"].is_required_by(answers)


@pytest.mark.parametrize(
    ("name", "answers", "is_asked"),
    [
        ("meaning", {"country": "GB"}, True),
        ("meaning", {"country": "CN"}, False),
        ("share_name", {}, False),
        ("stmt_accurate", {"country": "US"}, True),
        ("stmt_bona_fide_complete", {"country": "IE"}, True),
        ("stmt_bona_fide_complete", {"country": "GB"}, False),
        ("authority_files", {"notifier_role": "authorised_agent"}, True),
        ("authority_files", {"notifier_role": "owner"}, False),
        ("territory", {"notifier_type": "authority"}, True),
        ("explanation", {}, True),
    ],
)
def test_a_question_is_asked_only_where_an_earlier_answer_makes_it_relevant(
    name: str, answers: dict[str, str], is_asked: bool
) -> None:
    assert ELEMENTS[name].is_asked_by(answers) is is_asked


def test_an_authority_says_which_it_is() -> None:
    assert ELEMENTS["authority_name"].is_required_by({"notifier_type": "authority"})
    assert not ELEMENTS["authority_name"].is_required_by({"notifier_type": "person"})


def test_a_publisher_is_not_told_that_the_publisher_is_not_told() -> None:
    """What both sides are asked and neither is told of the other is kept from 对方, whoever reads it."""
    for element in (COUNTER_ELEMENTS | REPLY_ELEMENTS).values():
        said = f"{element.help}{purpose(element.name)}"
        assert not re.search("不会告诉(文章)?(作者|发布者)", said), element.name
