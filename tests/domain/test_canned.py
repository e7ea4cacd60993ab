"""Texts kept ready: filling in, what is left, which language, and what may be stored."""

import pytest

from tracker.domain import canned
from tracker.domain.canned import Purpose
from tracker.domain.errors import Incomplete


@pytest.mark.parametrize(
    ("text", "filled", "left"),
    [
        ("《{{文章}}》的通知 {{ 编号 }}", "《征信》的通知 TR-1", []),
        ("请补充{{缺什么}}，最晚{{期限}}。", "请补充{{缺什么}}，最晚{{期限}}。", ["{{缺什么}}", "{{期限}}"]),
        ("{{缺什么}}和{{缺什么}}", "{{缺什么}}和{{缺什么}}", ["{{缺什么}}"]),
        ("没有空", "没有空", []),
        ("{ {文章} } {{}} {{文\n章}} {文章}", "{ {文章} } {{}} {{文\n章}} {文章}", []),
        ("{{{文章}}}", "{征信}", []),
        ("{{" + "长" * 81 + "}}", "{{" + "长" * 81 + "}}", []),
    ],
)
def test_places_are_filled_and_what_is_left_is_named(text: str, filled: str, left: list[str]) -> None:
    found = canned.fill(text, {"文章": "征信", "编号": "TR-1", "期限": ""})
    assert (found, canned.unfilled(found)) == (filled, left)
    refusal = canned.refusal(found)
    assert (refusal is None) == (left == [])
    assert all(place in str(refusal) for place in left)


def test_what_fills_a_place_is_not_filled_again() -> None:
    assert canned.fill("{{文章}}", {"文章": "{{审核员}}", "审核员": "梅"}) == "{{审核员}}"


@pytest.mark.parametrize(
    ("texts", "language", "found"),
    [
        ({"zh-Hans": "简", "zh-Hant": "繁", "en": "E"}, "zh-Hant", "繁"),
        ({"zh-Hans": "简", "en": "E"}, "zh-Hant", "简"),
        ({"en": "E"}, "zh-Hans", "E"),
        ({"zh-Hans": "简"}, "en", "简"),
        ({}, "en", ""),
    ],
)
def test_a_missing_language_is_stood_in_for(texts: dict[str, str], language: str, found: str) -> None:
    assert canned.chosen(texts, language) == found


@pytest.mark.parametrize(
    ("name", "texts", "wrong"),
    [
        (" ", {"en": "x"}, {"name"}),
        ("长" * 101, {"en": "x"}, {"name"}),
        ("名", {"en": " ", "fr": "x"}, {"text_zh_hans"}),
        ("名", {"zh-Hant": "長" * 5001}, {"text_zh_hant"}),
    ],
)
def test_what_makes_no_sense_is_refused(name: str, texts: dict[str, str], wrong: set[str]) -> None:
    with pytest.raises(Incomplete) as refused:
        canned.check(name, texts)
    assert set(refused.value.problems) == wrong


def test_only_what_was_written_is_stored() -> None:
    assert canned.check(" 名\n称 ", {"zh-Hans": " 您好\r\n", "en": ""}) == ("名 称", {"zh-Hans": "您好"})
    assert set(canned.PURPOSES) == set(Purpose)
