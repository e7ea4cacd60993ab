"""What a string must be like to enter."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.text import (
    bare,
    clean,
    clean_line,
    comparable,
    headed,
    listed,
    mailbox,
    misfit,
    nested,
    on_one_line,
    reveal,
    shortened,
    together,
)

ANY = st.text(st.characters(exclude_categories=()))  # surrogates and controls too


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  两头的空白  ", "两头的空白"),
        ("一\r\n二\r三\n四\u2028五\x85六", "一\n二\n三\n四\n五\n六"),
        ("nul\x00 bell\x07 escape\x1b[31m", "nul bell escape[31m"),
        ("\ud800lone\udfff", "lone"),
        ("cafe\u0301", "café"),
        ("a\tb", "a\tb"),
        ("\u202egpj.exe", "\u202egpj.exe"),
        ("👩\u200d⚖️", "👩\u200d⚖️"),
        ("\x00\ud800 \r\n", ""),
        (str(2**63), "9223372036854775808"),
    ],
)
def test_what_is_kept(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@given(ANY)
def test_cleaning_again_changes_nothing(typed: str) -> None:
    assert clean(clean(typed)) == clean(typed)
    assert clean_line(clean_line(typed)) == clean_line(typed)


@given(ANY)
def test_what_is_kept_can_be_stored_anywhere(typed: str) -> None:
    kept = clean(typed)
    kept.encode()
    assert not [c for c in kept if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t"]
    assert unicodedata.is_normalized("NFC", kept)
    assert "\n" not in clean_line(typed)


@given(ANY)
def test_nothing_invisible_is_left_when_revealed_or_bare(typed: str) -> None:
    for hidden in "\u200b\u202e\u2066\ufeff":
        assert hidden not in reveal(typed)
        assert hidden not in bare(typed)


def test_a_hidden_character_is_written_out_for_staff() -> None:
    assert reveal("a\u202eb\u200bc") == "a⟨U+202E⟩b⟨U+200B⟩c"


def test_a_text_of_invisible_characters_is_bare_of_everything() -> None:
    assert bare(" \u200b\u3164 \u202e") == ""


@pytest.mark.parametrize(
    ("one", "other"), [("ＡＢＣ　１２３", "abc123"), ("征信 报告", "征信\n报告"), ("ﬁle", "FILE"), ("①", "1")]
)
def test_texts_that_compare_as_the_same(one: str, other: str) -> None:
    assert comparable(one) == comparable(other)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("Anna@Example.ORG", "anna@example.org"),
        ("anna+news@example.org", "anna@example.org"),
        ("an.na@example.org", "an.na@example.org"),
        (" anna@example.org\r\n", "anna@example.org"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_the_key_of_a_mailbox(address: str, key: str) -> None:
    assert mailbox(address) == key


@pytest.mark.parametrize(
    ("quoted", "shown"),
    [
        ("没有引号", "没有引号"),
        ("他说：“好。”", "他说：‘好。’"),
        ("“甲说‘乙’”，“丙”", "‘甲说“乙”’，‘丙’"),
        ("“一‘二“三”’”", "‘一“二‘三’”’"),
        ("只有‘单引号’", "只有‘单引号’"),
        ("说到一半“还没", "说到一半‘还没"),
        ("一半”说完", "一半’说完"),
        ("“It’s fine,” she said, “isn’t it?”", "‘It’s fine,’ she said, ‘isn’t it?’"),
        ("“She said ‘it’s fine’ twice”", "‘She said “it’s fine” twice’"),
        ("‘L’État’, ‘c’était’", "‘L’État’, ‘c’était’"),
        ("他说“读‘好’的人”", "他说‘读“好”的人’"),
        ('ASCII "marks" and 「这种」', 'ASCII "marks" and 「这种」'),
        ("", ""),
    ],
)
def test_marks_within_a_quotation_are_the_other_ones(quoted: str, shown: str) -> None:
    """GB/T 15834-2011, 4.8.3."""
    assert nested(quoted) == shown


@given(st.text("“”‘’一aÉ"))
def test_what_stands_within_a_quotation_keeps_its_length_and_its_words(quoted: str) -> None:
    marks = str.maketrans(dict.fromkeys("“”‘’", "|"))
    assert nested(quoted).translate(marks) == quoted.translate(marks)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("", "还没有填写。请写2至4个字。"),
        ("\u200b", "还没有填写。请写2至4个字。"),
        ("一", "请写2至4个字，现在是1个字。"),
        ("一二", None),
        ("一二三四五", "请写2至4个字，现在是5个字。"),
        ("一二\u200b\u200b\u200b", "请写2至4个字，现在是5个字。"),
    ],
)
def test_what_is_empty_is_missing_and_has_no_length(said: str, wrong: str | None) -> None:
    found = misfit(said, (2, 4))
    assert (str(found) if found else None) == wrong


@pytest.mark.parametrize(
    ("sentences", "said"),
    [
        ([], ""),
        (["写全称。", "用来核对。"], "写全称。用来核对。"),
        (["Write it in full.", "To check it."], "Write it in full. To check it."),
        (["号码后面是 CN", "另一句。"], "号码后面是 CN 另一句。"),
    ],
)
def test_sentences_are_put_together_as_their_script_does(sentences: list[str], said: str) -> None:
    assert together(sentences) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("我善意地认为，这样使用", "我善意地认为，这样使…"),
        ("我善意地认为，这样使", "我善意地认为，这样使"),
        ("I believe in good faith", "I believe…"),
        ("I certainly", "I certainly"),
        ("I certainly do", "I certainly…"),
        ("x" * 40, "x" * 10 + "…"),
    ],
)
def test_what_is_cut_short_ends_with_a_whole_word(text: str, said: str) -> None:
    assert shortened(text, 10) == said


@pytest.mark.parametrize(
    ("label", "colon", "said"),
    [
        ("邮箱", "：", "邮箱：请填写"),
        ("我声明：信息是准确的。", "：", "我声明：信息是准确的：请填写"),
        ("理由：", "：", "理由：请填写"),
        ("您是谁？", "：", "您是谁？请填写"),
        ("Email", ": ", "Email: 请填写"),
        ("I state that it is true.", ": ", "I state that it is true: 请填写"),
        ("Who are you?", ": ", "Who are you? 请填写"),
        ("我善意地认为…", "：", "我善意地认为…：请填写"),
    ],
)
def test_one_mark_stands_between_a_label_and_what_is_said(label: str, colon: str, said: str) -> None:
    assert headed(label, "请填写", colon) == said


def test_a_list_of_words_begins_with_a_capital_once() -> None:
    assert listed(["Corrected", "Labelled", "Reply attached"], ", ") == "Corrected, labelled, reply attached"
    assert listed(["更正内容", "加注说明"], "、") == "更正内容、加注说明"
    assert listed(["Withheld"], ", ") == "Withheld"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("一、怎样协商\n先打电话。\n\n  再写  信。\n完", "一、怎样协商 · 先打电话。再写 信。完"),
        ("他说：“可以。”\n（见下）\n完", "他说：“可以。”（见下） · 完"),
        ("First\nsecond.\nThird", "First · second. Third"),
        ("\n\n", ""),
    ],
)
def test_lines_stand_on_one_with_a_mark_between_them(text: str, said: str) -> None:
    assert on_one_line(text) == said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Corrected", "Labelled", "Answer attached"], "Corrected, labelled, answer attached"),
        (["Removed"], "Removed"),
        (["Withheld", "DSA notice"], "Withheld, DSA notice"),
        (["遮盖部分内容", "加注说明"], "遮盖部分内容, 加注说明"),
    ],
)
def test_a_list_begins_like_a_title_once_and_keeps_abbreviations(words: list[str], said: str) -> None:
    assert listed(words, ", ") == said
