"""What is searched and what is sought: a word is found by the kept text and by the index alike."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.grams import asked, grams, is_exact, pattern, searchable, sought, tokens


def by_text(text: str, query: str) -> bool:
    return all(word.needle in searchable(text) for word in sought(query))


def by_index(text: str, query: str) -> bool:
    """Say whether an index finds it: the tokens one after the other, the last one perhaps a beginning."""
    held = tokens(searchable(text))
    return all(_has_phrase(held, word.tokens, word.is_prefix) for word in sought(query))


def _has_phrase(held: list[str], phrase: tuple[str, ...], is_prefix: bool) -> bool:
    for start in range(len(held) - len(phrase) + 1):
        part = held[start : start + len(phrase)]
        same = part[:-1] == list(phrase[:-1])
        if same and (part[-1].startswith(phrase[-1]) if is_prefix else part[-1] == phrase[-1]):
            return True
    return False


@pytest.mark.parametrize(
    ("text", "query", "is_found"),
    [
        ("催收人员多次拨打亲友电话", "催收", True),
        ("催收人员多次拨打亲友电话", "拨打亲友电", True),
        ("催收人员多次拨打亲友电话", "收催", False),
        ("催收人员多次拨打亲友电话", "话", True),  # the last character of a run
        ("催收人员多次拨打亲友电话", "催", True),
        ("催收人员多次拨打亲友电话", "权", False),
        ("内容侵权，删除", "侵权删", False),  # not across a stop
        ("内容侵\n权", "侵权", True),  # a line break in a word
        ("内容 侵权", "容侵", True),
        ("The GDPR条例 applies", "gdpr", True),
        ("The GDPR条例 applies", "GDPR条", True),
        ("The GDPR条例 applies", "条例appl", True),
        ("The GDPR条例 applies", "dpr", False),  # words by their beginning
        ("The GDPR条例 applies", "apply", False),
        ("ＡＢＣ公司", "abc", True),
        ("电话138 0013-8000，谢谢", "13800138000", True),
        ("电话13800138000", "138 0013 8000", True),
        ("2026-11-20立案", "2026-11", True),
        ("发给anna@example.com了", "anna@example.com", True),
        ("发给anna@example.com了", "example", True),
        ("百分之3.5", "3.5", True),
        ("催收电话", "催收 电话", True),
        ("催收电话", "催收 侵权", False),
        ("𠮷野家", "𠮷野", True),
        ("", "催收", False),
    ],
)
def test_a_word_is_found_or_not(text: str, query: str, is_found: bool) -> None:
    assert (by_text(text, query), by_index(text, query)) == (is_found, is_found)


@pytest.mark.parametrize("query", ["", "  ", "，。！", "\0", "😀", "'\"*()"])
def test_a_query_without_words_seeks_nothing(query: str) -> None:
    assert sought(query) == []


def test_a_query_has_an_end() -> None:
    assert len(sought("催收 " * 50 + "a b c d e f g h i j")) <= 8
    assert all(len(word.needle) <= 65 for word in sought("催" * 1000))


ALPHABET = st.text(st.sampled_from("催收侵权 \nabAB12.-，@GDPR話é"), max_size=30)


@given(ALPHABET, ALPHABET)
def test_text_and_index_agree(text: str, query: str) -> None:
    assert by_text(text, query) is by_index(text, query)


@given(st.text(max_size=60))
def test_no_token_has_what_an_index_would_trip_over(text: str) -> None:
    for token in tokens(searchable(text)):
        assert re.fullmatch(r"\w+", token), token
        assert 0 < len(token) <= 64


@given(ALPHABET, ALPHABET)
def test_whatever_has_a_word_has_its_grams_and_the_grams_of_an_exact_word_are_the_word(text: str, query: str) -> None:
    held = grams(searchable(text))
    for word in sought(query):
        has_word, has_grams = word.needle in searchable(text), set(asked(word)) <= held
        assert has_grams or not has_word
        if is_exact(word):
            assert has_grams is has_word


@pytest.mark.parametrize(
    ("query", "wanted", "exact"),
    [
        ("催", ["催"], True),
        ("催收", ["催收"], True),
        ("催收费", ["催收费"], True),
        ("催收电话", ["催收电", "收电话"], False),
        ("gdpr", ["gdpr"], True),
        ("contracts", ["contract"], False),
        ("app催收", ["app催", "app", "催收"], False),
        ("催收app", ["收a", "催收", "app"], False),
        ("36%", ["36"], True),
    ],
)
def test_an_index_is_asked_for_few_grams_each_as_long_as_can_be(query: str, wanted: list[str], exact: bool) -> None:
    (word,) = sought(query)
    assert (asked(word), is_exact(word)) == (wanted, exact)


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("催收", "他说催\n收，催收。", ["催\n收", "催收"]),
        ("app", "happy app，apple", ["app", "app"]),
        ("app催收", "用app来，app催收", ["app催收"]),
        ("13800138000", "电话138 0013-8000。", ["138 0013-8000"]),
        ("a+b", "aab a+b", ["a+b"]),
    ],
)
def test_a_pattern_finds_a_word_as_it_is_written(query: str, text: str, found: list[str]) -> None:
    (word,) = sought(query)
    assert [match[0] for match in pattern(word).finditer(text)] == found


@given(ALPHABET, ALPHABET)
def test_a_pattern_finds_what_the_text_has(text: str, query: str) -> None:
    flat = unicodedata.normalize("NFKC", text).casefold()
    for word in sought(query):
        if word.needle in searchable(text):
            assert pattern(word).search(flat), (word, flat)
