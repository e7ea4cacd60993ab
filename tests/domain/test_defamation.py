"""The branches of SI 2013/3028, as a table."""

from dataclasses import replace

import pytest

from tracker.domain.defamation import NEXT, REMOVES, Branch, Given, Position, branch, together

ASKED = Position(is_valid=True, is_repeat=False, is_contactable=True, was_asked=True, is_waiting=True, answers={})
NO, YES = {"wants_removal": "no"}, {"wants_removal": "yes"}


@pytest.mark.parametrize(
    ("position", "found"),
    [
        (replace(ASKED, is_valid=False), Branch.INVALID),
        (replace(ASKED, is_valid=False, is_repeat=True), Branch.INVALID),
        (replace(ASKED, is_repeat=True), Branch.REPEAT),
        (replace(ASKED, is_contactable=False, was_asked=False, is_waiting=False), Branch.NOT_CONTACTABLE),
        (replace(ASKED, was_asked=False, is_waiting=False), Branch.ASK),
        (ASKED, Branch.WAITING),
        (replace(ASKED, is_waiting=False), Branch.NO_REPLY),
        (replace(ASKED, is_waiting=False, answers=NO), Branch.REFUSED),
        (replace(ASKED, is_waiting=False, answers=YES), Branch.AGREED),
    ],
)
def test_each_branch(position: Position, found: Branch) -> None:
    assert branch(position) is found


def test_every_branch_says_what_is_to_be_done_and_how_it_ends() -> None:
    assert set(NEXT) == set(Branch)
    assert {Branch.REPEAT, Branch.NOT_CONTACTABLE, Branch.NO_REPLY, Branch.AGREED} == REMOVES
    assert all("48小时" in NEXT[each] for each in Branch if each is not Branch.WAITING)


def test_what_counts_adds_up() -> None:
    said = [
        Given(NO | {"full_name": "甲"}, True),
        Given({"full_name": "米老鼠", "postal_address": "月球"}, False),
        Given({"postal_address": "某路1号", "share_consent": ""}, True),
    ]
    assert together(said) == NO | {"full_name": "甲", "postal_address": "某路1号"}
    assert together([]) == {}
