"""The table of elements hangs together."""

import pytest

from tracker.domain.elements import ELEMENTS, GROUP_LABELS, Element, Group, Kind

ALL = list(ELEMENTS.values())


def test_every_part_of_the_form_has_a_heading_and_a_question() -> None:
    assert set(GROUP_LABELS) == set(Group) == {element.group for element in ALL}


def test_elements_stand_in_the_order_of_the_parts() -> None:
    order = list(Group)
    assert [order.index(e.group) for e in ALL] == sorted(order.index(e.group) for e in ALL)


@pytest.mark.parametrize("element", ALL, ids=lambda e: e.name)
def test_an_element_can_be_asked(element: Element) -> None:
    assert element.label
    assert 1 <= element.fewest <= element.most
    assert bool(element.options) == (element.kind is Kind.CHOICE)
    values = [value for value, _ in element.options]
    assert len(values) == len(set(values))
    if element.required_when:
        other, wanted = element.required_when
        assert wanted <= {value for value, _ in ELEMENTS[other].options}


@pytest.mark.parametrize("role", ["authorised_agent", "guardian"])
def test_who_acts_for_somebody_says_for_whom(role: str) -> None:
    assert ELEMENTS["principal_name"].is_required_by({"notifier_role": role})


@pytest.mark.parametrize("answers", [{}, {"notifier_role": "owner"}, {"notifier_role": "nonsense"}])
def test_nobody_else_does(answers: dict[str, str]) -> None:
    assert not ELEMENTS["principal_name"].is_required_by(answers)
    assert not ELEMENTS["email"].is_required_by(answers)
