"""What changed between two texts, by sentence and then by character or word."""

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.difference import Change, compare


def pieces(old: str, new: str) -> list[tuple[str, str]]:
    return [(piece.change.value, piece.text) for passage in compare(old, new) for piece in passage.pieces]


def test_the_same_text_has_no_difference() -> None:
    assert compare("一句。两句。", "一句。两句。") == ()
    assert compare("", "") == ()


def test_a_changed_word_is_shown_inside_its_sentence() -> None:
    assert pieces("催收人员多次拨打亲友电话。", "催收人员多次拨打本人电话。") == [
        ("kept", "催收人员多次拨打"), ("gone", "亲友"), ("new", "本人"), ("kept", "电话。"),
    ]  # fmt: skip


def test_latin_words_and_numbers_change_whole() -> None:
    assert pieces("The rate was 24 percent a year.", "The rate was 36 percent a year.") == [
        ("kept", "The rate was "), ("gone", "24"), ("new", "36"), ("kept", " percent a year."),
    ]  # fmt: skip


def test_unlike_sentences_are_two_sentences() -> None:
    old, new = "逾期以后利息怎样计算。", "第三方不得接触家人和同事，也不得在夜间上门。"
    assert pieces(f"前。{old}后。", f"前。{new}后。") == [
        ("kept", "前。"),
        ("gone", old),
        ("new", new),
        ("kept", "后。"),
    ]


def test_a_sentence_put_in_or_taken_out_is_whole() -> None:
    assert pieces("甲说。丙说。", "甲说。乙说。丙说。") == [("kept", "甲说。"), ("new", "乙说。"), ("kept", "丙说。")]
    assert pieces("甲说。乙说。丙说。", "甲说。丙说。") == [("kept", "甲说。"), ("gone", "乙说。"), ("kept", "丙说。")]


def test_far_apart_changes_are_two_passages_with_what_was_skipped_counted() -> None:
    middle = "".join(f"第{n}句没有变化。" for n in range(10, 20))
    found = compare(f"开头甲。{middle}结尾甲。", f"开头乙。{middle}结尾乙。")
    assert [passage.skipped for passage in found] == [0, len(middle) - 2 * len("第10句没有变化。")]


@given(st.text(alphabet="甲乙丙，。\n a1", max_size=60), st.text(alphabet="甲乙丙，。\n a1", max_size=60))
def test_nothing_is_invented_and_no_change_is_lost(old: str, new: str) -> None:
    found = [piece for passage in compare(old, new) for piece in passage.pieces]
    assert bool(found) is (old != new)
    for other, text in ((Change.NEW, old), (Change.GONE, new)):
        for passage in compare(old, new):
            assert "".join(piece.text for piece in passage.pieces if piece.change is not other) in text
    if len(compare(old, new)) == 1 and compare(old, new)[0].skipped == 0:
        assert old.startswith("".join(p.text for p in found if p.change is not Change.NEW))
        assert new.startswith("".join(p.text for p in found if p.change is not Change.GONE))
