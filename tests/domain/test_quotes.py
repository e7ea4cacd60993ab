"""Several passages in one answer, each with what stands around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.passages import locate
from tracker.domain.quotes import AROUND, LONGEST, Quote, blocks, known, packed, unpacked

TWICE = "第一处：利息不合法。中间隔着一段话。\n第二处：利息不合法。到此为止。"


@pytest.mark.parametrize(
    ("answer", "passages"),
    [
        ("", []),
        ("一段", ["一段"]),
        ("一段\n还是这段", ["一段\n还是这段"]),
        ("一段\n\n二段", ["一段", "二段"]),
        ("\n\n一段\n \n\n二段\n\n", ["一段", "二段"]),
    ],
)
def test_a_blank_line_stands_between_two_passages(answer: str, passages: list[str]) -> None:
    assert blocks(answer) == passages


@pytest.mark.parametrize(
    ("prefix", "suffix", "start"),
    [
        ("", "", 4),
        ("第一处：", "。中间", 4),
        ("一段话。\n第二处：", "。到此为止。", TWICE.rindex("利息")),
        ("第二处：", "", TWICE.rindex("利息")),
        ("", "。到此为止", TWICE.rindex("利息")),
        ("改过的话：", "。也改过了", 4),  # nothing fits: the first
    ],
)
def test_a_phrase_that_stands_twice_is_found_where_it_was_selected(prefix: str, suffix: str, start: int) -> None:
    span = locate("利息不合法", TWICE, prefix, suffix)
    assert span is not None
    assert span.start == start


def test_quotes_travel_through_a_form() -> None:
    quotes = [Quote("一\n段", "前", "后"), Quote("“引号”", "\\", '"')]
    assert unpacked(packed(quotes)) == quotes
    assert packed([]) == ""


@pytest.mark.parametrize(
    "text", ["", "x", "[", "[1]", '["a"]', '[["a","b"]]', '[["a","b",1]]', "{}", "null", "[" * 9999]
)
def test_whatever_else_is_sent_holds_none(text: str) -> None:
    assert unpacked(text) == []


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    assert all(isinstance(quote, Quote) for quote in unpacked(text))


def test_what_is_too_long_is_cut() -> None:
    (quote,) = unpacked(packed([Quote("长" * 9999, "前" * 999, "后" * 999)]))
    assert [len(part) for part in quote] == [LONGEST, AROUND, AROUND]


def test_surroundings_belong_to_their_own_words() -> None:
    quotes = [Quote("利息 不合法", "前", "后")]
    assert known("利息\n不合法", quotes) == Quote("利息\n不合法", "前", "后")
    assert known("别的话", quotes) == Quote("别的话")
