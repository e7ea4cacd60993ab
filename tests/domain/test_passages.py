"""Finding a quoted passage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.passages import (
    Anchor,
    Edit,
    Letters,
    Passage,
    Places,
    Span,
    anchor,
    compared,
    edited,
    locate,
    places,
    with_context,
)

TEXT = "第一段说明。\n第二段写道：逾期不等于违法，\n但会产生利息。"


@pytest.mark.parametrize(
    ("passage", "found"),
    [
        ("逾期不等于违法", "逾期不等于违法"),
        ("逾期 不等于\n违法", "逾期不等于违法"),
        ("违法，但会", "违法，\n但会"),
        ("第一段", "第一段"),
        ("利息。", "利息。"),
    ],
)
def test_a_passage_is_found_however_its_lines_break(passage: str, found: str) -> None:
    span = locate(passage, TEXT)
    assert span is not None
    assert TEXT[span.start : span.end] == found


@pytest.mark.parametrize("passage", ["", " \n ", "没有这句话", "逾期等于违法"])
def test_what_does_not_stand_there_is_not_found(passage: str) -> None:
    assert locate(passage, TEXT) is None


def test_the_first_place_counts() -> None:
    assert locate("甲", "乙甲甲") == Span(1, 2)


@given(st.text(), st.text(min_size=1), st.text())
def test_every_quotation_is_found_without_its_blanks(before: str, passage: str, after: str) -> None:
    span = locate(passage, before + passage + after)
    if not passage.split():
        assert span is None
        return
    assert span is not None
    assert "".join((before + passage + after)[span.start : span.end].split()) == "".join(passage.split())


def passage(exact: str, prefix: str = "", suffix: str = "", **said: object) -> Passage:
    return Passage(exact, prefix, suffix, **said)  # type: ignore[arg-type]


def found(one: Passage, text: str) -> list[str]:
    return [text[span.start : span.end] for span in places(one, text).spans]


@pytest.mark.parametrize(
    ("text", "exact", "covered"),
    [
        ("张三欠款，张三否认", "张三", ["张三", "张三"]),
        ("张 三\n欠款", "张三", ["张 三"]),
        ("张\u200b三欠款", "张三", ["张\u200b三"]),  # an invisible character does not bring it back
        ("电话１３８ 0000", "138 0000", ["１３８ 0000"]),  # nor does another width
        ("ABC Bank", "abc bank", ["ABC Bank"]),
        ("e\u0301te\u0301", "été", ["e\u0301te\u0301"]),
        ("张三", "李四", []),
        ("张三", "\u200b ", []),
    ],
)
def test_words_are_found_however_they_are_written(text: str, exact: str, covered: list[str]) -> None:
    assert found(passage(exact), text) == covered


def test_only_the_place_between_its_neighbours_is_meant() -> None:
    one = passage("百分之三十六", "不得超过", "，", is_everywhere=False)
    text = "利率为百分之三十六。法律规定不得超过百分之三十六，"
    assert places(one, text) == Places((Span(18, 24),), Anchor.FOUND)


def test_where_the_neighbours_have_changed_every_place_is_covered_and_somebody_is_to_look() -> None:
    one = passage("百分之三十六", "不得超过", "，", is_everywhere=False)
    text = "利率为百分之三十六。法律规定最多百分之三十六。"
    assert found(one, text) == ["百分之三十六", "百分之三十六"]
    assert places(one, text).anchor is Anchor.MOVED


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("据称催收人员多次、反复拨打亲友的电话，后来道歉了。", ["多次、反复拨打亲友的电话"]),
        ("据称催收人员，后来道歉了。", []),  # taken out: nothing to cover
        ("据称催收人员" + "很" * 500 + "，后来道歉了。", []),  # too far apart to be the same
        ("完全另一篇", []),
    ],
)
def test_words_that_changed_are_what_stands_between_their_old_neighbours(text: str, covered: list[str]) -> None:
    one = passage("多次拨打亲友电话", "据称催收人员", "，后来道歉")
    assert found(one, text) == covered
    assert places(one, text).anchor is (Anchor.MOVED if covered else Anchor.LOST)


def test_neighbours_are_remembered() -> None:
    one = with_context(passage("拨打"), "催收人员多次拨打亲友电话")
    assert (one.prefix, one.suffix) == ("催收人员多次", "亲友电话")
    assert with_context(one, "别的") == one


def test_a_title_counts_as_where_a_passage_stands() -> None:
    assert anchor(passage("张三"), "正文", "张三的题目", "摘要") is Anchor.FOUND
    assert anchor(passage("张三"), "正文", "题目", "摘要") is Anchor.LOST


def edit(words: str, text: str, *, is_repeated: bool = True) -> Edit:
    return Edit(passage(words), text, f"<b>{text}</b>", is_repeated)


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ([], "甲乙丙丁甲"),
        ([edit("甲", "█")], "█乙丙丁█"),
        ([edit("乙丙", "█"), edit("丙丁", "新")], "甲█甲"),  # the first wins over all that overlaps
        ([edit("乙", "█"), edit("乙丙", "新")], "甲█丁甲"),
        ([edit("乙", "█"), edit("丙", "新")], "甲█新丁甲"),
    ],
)
def test_what_overlaps_is_one(edits: list[Edit], said: str) -> None:
    assert edited("甲乙丙丁甲", edits) == said


TEXTS = st.text(alphabet="甲乙丙a １\u200b\n，", max_size=60)


@given(TEXTS, st.text(alphabet="甲乙丙a1", min_size=1, max_size=4))
def test_covered_words_are_nowhere_left(text: str, words: str) -> None:
    assert compared(words) not in compared(edited(text, [edit(words, "█")]))


@given(st.one_of(TEXTS, st.text(max_size=40), st.text(alphabet="e\u0301\u0323ᄒ\u1161가ﬃA\u3099か", max_size=12)))
def test_words_are_compared_alike_with_their_places_and_without(text: str) -> None:
    assert compared(text) == Letters(text).said
