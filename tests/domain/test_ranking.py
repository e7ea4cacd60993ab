"""In which order articles are found."""

from datetime import date

import pytest

from tracker.domain.grams import searchable, sought
from tracker.domain.ranking import Level, article_of, first_of, level, levels, month_of, place


@pytest.mark.parametrize(
    ("title", "summary", "body", "query", "wanted"),
    [
        ("征信异议", "", "", "征信 异议", Level.TITLE),
        ("征信", "异议", "", "征信 异议", Level.TITLE_AND_SUMMARY),
        ("征信", "无", "异议", "征信 异议", Level.TITLE_AND_BODY),
        ("征信", "电话", "异议", "征信 异议 电话", Level.TITLE_AND_BODY),
        ("", "征信异议", "征信异议", "征信 异议", Level.SUMMARY),
        ("", "征信", "异议", "征信 异议", Level.SUMMARY_AND_BODY),
        ("", "", "征信异议", "征信 异议", Level.BODY),
        ("征信", "征信", "征信", "征信 异议", None),
        ("征信", "", "", "征信", Level.TITLE),
        ("征", "信", "", "征信", None),
    ],
)
def test_where_the_words_stand_gives_the_level(
    title: str, summary: str, body: str, query: str, wanted: Level | None
) -> None:
    words = [(word,) for word in sought(query)]
    found = level(words, *map(searchable, (title, summary, body)))
    assert found is wanted
    assert found is None or found in levels(words)


def test_any_way_of_writing_a_word_will_do() -> None:
    word = (*sought("软件"), *sought("软体"))
    assert [level([word], searchable(text), "", "") for text in ("软件", "软体", "软")] == [
        Level.TITLE,
        Level.TITLE,
        None,
    ]


def test_places_go_by_day_and_then_by_number() -> None:
    places = [
        place(date(2026, 1, 1), 5),
        place(date(2026, 1, 1), 6),
        place(date(2026, 1, 2), 1),
        place(date(2026, 3, 9), 2),
    ]
    assert places == sorted(places)
    assert [article_of(each) for each in places] == [5, 6, 1, 2]
    for each in places:
        month = month_of(each)
        assert first_of(month) <= each < first_of(month + 1)
    assert place(date(9999, 12, 31), 2**24 - 1) < 2**62
