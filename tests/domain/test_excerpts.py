"""What is shown of a text that was found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.excerpts import Piece, even, excerpt, find, marked
from tracker.domain.grams import sought
from tracker.domain.ranking import Word
from tracker.domain.text import seam

LONG = "开头的一句话说别的事。" * 8


def words(query: str) -> list[Word]:
    return [(word,) for word in sought(query)]


def shown(text: str, query: str, length: int = 60) -> str:
    """Return an excerpt with the words in brackets."""
    pieces = excerpt(text, find(even(text), words(query)), length)
    return "".join(f"[{piece.text}]" if piece.is_hit else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("text", "query", "said"),
    [
        ("催收有规矩。", "催收", "[催收]有规矩。"),
        (f"{LONG}这里讲催收的规矩。{LONG}", "催收", "…这里讲[催收]的规矩。"),
        (f"催收。{LONG}先讲规矩，再讲催收。{LONG}", "催收 规矩", "…先讲[规矩]，再讲[催收]。"),
        ("ＡＰＰ和App，还有apps", "app", "[ＡＰＰ]和[App]，还有[app]s"),
        ("没有那个词的短文", "催收", "没有那个词的短文"),
        (
            f"标题\n{LONG}\n这里讲催收的规矩，说得够长了，一段就到这里。\n一、下一段的标题\n{LONG}",
            "催收",
            "…这里讲[催收]的规矩，说得够长了，一段就到这里。…",
        ),
        ("短的一段。\n这里讲催收。\n完", "催收", "短的一段。这里讲[催收]。完"),
        ("一、催收\n这里讲规矩：\n先说“催收。”\n完", "催收", "一、[催收] · 这里讲规矩：先说“[催收]。”完"),
        (
            "On collectors\nThey must tell you.\nIn writing",
            "collector",
            "On [collector]s · They must tell you. In writing",
        ),
        (LONG, "催收", LONG[:60] + "…"),
        ("催收费用，收费", "催收 收费", "[催收]费用，[收费]"),
        (
            "The lender may sell the contract to a collector at any time and must tell you of it in writing",
            "collector",
            "…sell the contract to a [collector] at any time",
        ),
    ],
)
def test_an_excerpt_shows_the_words_where_most_of_them_stand(text: str, query: str, said: str) -> None:
    got = shown(text, query)
    assert got.startswith(said.removesuffix("。")), got


def test_an_excerpt_is_as_long_as_asked_and_ends_are_marked() -> None:
    got = shown(LONG + "催收" + LONG, "催收", 40)
    assert got[0] == got[-1] == "…"
    assert 40 <= len(got) <= 50


def test_a_title_is_marked_whole() -> None:
    text = "催收的边界：谁在催收"
    assert marked(text, find(text, words("催收"))) == [
        Piece("催收", True), Piece("的边界：谁在", False), Piece("催收", True),
    ]  # fmt: skip


def _line(text: str) -> str:
    said, *lines = text.split("\n")
    for line in lines:
        said += seam(said) + line
    return said


@given(st.text(max_size=300), st.text(st.sampled_from("催收 app1b"), max_size=8), st.integers(10, 120))
def test_an_excerpt_is_a_piece_of_the_text(text: str, query: str, length: int) -> None:
    flat = "\n".join(" ".join(line.split()) for line in text.splitlines())
    pieces = excerpt(flat, find(even(flat), words(query)), length)
    said, flat = "".join(piece.text for piece in pieces), _line(flat)
    assert said.removeprefix("…").removesuffix("…") in flat or said.strip("…") in flat
    assert len(even(flat)) == len(flat)
