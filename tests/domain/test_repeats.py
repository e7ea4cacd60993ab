"""The bar of 条例 17: the same right holder, the same work; anything less than sure goes to a person."""

import pytest

from tracker.domain.repeats import Match, compared

OWNER = {"notifier_name": "王小明", "work_title": "《谁在催收》，2024年5月"}
AGENT = {"notifier_name": "李律师", "principal_name": "王 小明", "work_title": "谁在催收"}


@pytest.mark.parametrize(
    ("later", "found"),
    [
        (OWNER, Match.SAME),
        (OWNER | {"work_title": "《谁在催收》"}, Match.SAME),
        (OWNER | {"work_title": "《 谁在催收 》《另一部》"}, Match.SAME),
        (AGENT, Match.SAME),  # an agent of the same principal
        (OWNER | {"notifier_name": "王小明。"}, Match.SAME),
        (OWNER | {"work_title": "《还款指南》"}, Match.OTHER),
        (AGENT | {"principal_name": "赵六", "work_title": "还款指南"}, Match.OTHER),
        (OWNER | {"notifier_name": "赵六"}, Match.DOUBT),
        (OWNER | {"notifier_org": "甲公司"}, Match.DOUBT),
        (OWNER | {"work_title": ""}, Match.DOUBT),
        ({"work_title": "谁在催收"}, Match.DOUBT),
        ({}, Match.DOUBT),
    ],
)
def test_what_is_the_same_claim(later: dict[str, str], found: Match) -> None:
    assert compared(OWNER, later) is found


def test_what_was_erased_is_in_doubt() -> None:
    assert compared({}, OWNER) is Match.DOUBT
