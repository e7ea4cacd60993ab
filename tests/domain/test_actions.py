"""The table of actions, the keys somebody chooses, and the page of the documentation that says them."""

from itertools import combinations

import pytest

from tests.keys_table import BEGIN, DOCS, END, table
from tracker.domain import keyboard
from tracker.domain.actions import ACTIONS, PLACES, Action, Place, Target, at, share_a_place
from tracker.domain.errors import Incomplete
from tracker.domain.roles import PERMISSIONS, Role


def test_no_key_means_two_things_in_one_place() -> None:
    for one, other in combinations([action for action in ACTIONS.values() if action.key], 2):
        is_clear = not (one.key.startswith(other.key) or other.key.startswith(one.key))
        assert is_clear or not share_a_place(one, other), (one.name, other.name)


def test_every_action_says_what_it_is_and_where() -> None:
    labels = [action.label for action in ACTIONS.values()]
    assert len(set(labels)) == len(labels)
    for name, action in ACTIONS.items():
        assert action.name == name
        assert action.places <= set(PLACES)
        assert action.places
        assert len(action.places) == 1 or Place.ANYWHERE not in action.places
        assert not (action.key and action.chord)
    assert {action.target for action in ACTIONS.values()} == set(Target)


@pytest.mark.parametrize("place", Place)
@pytest.mark.parametrize("role", Role)
def test_each_role_is_offered_what_it_may_do_on_a_page_and_once(place: Place, role: Role) -> None:
    offered = at(place, role)
    assert len({action.name for action in offered}) == len(offered)
    expected = {
        action.name
        for action in ACTIONS.values()
        if action.places & {place, Place.ANYWHERE} and role in PERMISSIONS[action.permission]
    }
    assert {action.name for action in offered} == expected
    own = [place in action.places for action in offered]
    assert own == sorted(own, reverse=True)  # what the page is for stands first


def test_an_auditor_is_offered_no_act() -> None:
    names = {action.name for place in Place for action in at(place, Role.AUDITOR)}
    assert names & {"undo", "confirm", "pick", "next", "take-up", "note", "preview"} == set()
    assert {"row-next", "search", "open", "go-audit", "help"} <= names


STORED: list[tuple[dict[str, object] | None, dict[str, str]]] = [
    (None, {"undo": "u", "pick": "x", "next": "n"}),
    ({}, {"undo": "u"}),
    ({"own": {"undo": "Z"}}, {"undo": "Z", "pick": "x"}),
    ({"own": {"undo": ""}}, {"undo": "", "next": "n"}),
    ({"own": {"undo": "x"}}, {"undo": "x", "pick": ""}),  # they share the list: one's own key goes first
    ({"own": {"undo": "e"}}, {"undo": "e", "refusal": "", "edit": "e"}),  # no preview has both
    ({"own": {"note": "g"}}, {"note": "g", "go-queue": "", "go-mail": ""}),  # g would never wait for more
    ({"own": {"no-such-action": "u", "undo": "three"}}, {"undo": "u"}),
]


@pytest.mark.parametrize(("stored", "expected"), STORED)
def test_own_keys_go_before_those_of_the_table(stored: dict[str, object] | None, expected: dict[str, str]) -> None:
    found = keyboard.keys(stored)
    assert list(found) == list(ACTIONS)
    assert {name: found[name] for name in expected} == expected
    for one, other in combinations([action for action in ACTIONS.values() if found[action.name]], 2):
        assert found[one.name] != found[other.name] or not share_a_place(one, other)


def test_keys_are_on_until_somebody_switches_them_off() -> None:
    assert [keyboard.is_on(stored) for stored in (None, {}, {"off": False}, {"off": True})] == [True, True, True, False]


def test_only_what_differs_from_the_table_is_kept() -> None:
    typed = {name: action.key for name, action in ACTIONS.items()}
    assert keyboard.normal(typed, Role.ADMIN) == {}
    assert keyboard.normal(typed | {"undo": " Z ", "pick": ""}, Role.ADMIN) == {"undo": "Z", "pick": ""}
    assert keyboard.normal({"undo": "gz"}, Role.ADMIN) == {"undo": "gz"}
    assert keyboard.normal({"undo": "q", "answer-not_for_us": "u"}, Role.ADMIN) == {
        "undo": "q",
        "answer-not_for_us": "u",
    }


WRONG: list[tuple[dict[str, str], set[str]]] = [
    ({"undo": "abc"}, {"undo"}),
    ({"undo": "键"}, {"undo"}),
    ({"undo": "a b"}, {"undo"}),
    ({"undo": "\t\0"}, {"undo"}),
    ({"undo": "n"}, {"undo", "next"}),  # on a case, and on the list
    ({"next": "g"}, {"next", "go-queue", "go-figures", "go-mail", "go-audit", "go-people", "go-admin", "go-account"}),
    ({"help": "y"}, {"help", "answer-founded", "confirm-next"}),  # what is everywhere clashes anywhere
]


@pytest.mark.parametrize(("typed", "named"), WRONG)
def test_what_is_no_key_or_clashes_is_said_beside_each(typed: dict[str, str], named: set[str]) -> None:
    with pytest.raises(Incomplete) as refused:
        keyboard.normal(typed, Role.ADMIN)
    assert set(refused.value.problems) == named
    assert all(str(problem) for problem in refused.value.problems.values())


def test_what_a_role_may_not_do_takes_no_key_from_it() -> None:
    assert keyboard.normal({"row-next": "n", "undo": "j"}, Role.AUDITOR) == {"row-next": "n"}
    with pytest.raises(Incomplete):
        keyboard.normal({"row-next": "n"}, Role.MODERATOR)


def test_a_clash_is_found_where_a_planted_action_has_another_s_key() -> None:
    planted = Action("planted", "计划", "u", Target.BUTTON, ACTIONS["undo"].permission, frozenset({Place.QUEUE}))
    assert share_a_place(planted, ACTIONS["undo"])
    assert not share_a_place(planted, ACTIONS["confirm"])


def test_the_documentation_says_the_keys_as_they_are() -> None:
    assert DOCS.read_text().partition(BEGIN)[2].partition(END)[0] == table(), "run: python -m tests.keys_table"
