"""Related articles: by tags in common and nearness alone, and which pages one article more or less changes."""

from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.related import AROUND, Candidate, affected, related


def shelf(*tags: str) -> list[Candidate]:
    return [Candidate(number, frozenset(words)) for number, words in enumerate(tags, 1)]


def test_most_tags_in_common_first_then_the_nearest_then_the_later() -> None:
    assert related(shelf("ab", "a", "ab", "abx", "", "ab", "b", "ab"), 3) == [3, 6, 1, 8]
    assert related(shelf("", "", "", ""), 1) == [3, 1, 4]


def test_no_article_goes_with_itself_and_an_only_one_goes_with_none() -> None:
    assert related(shelf("a"), 0) == []


def test_only_those_around_are_looked_at() -> None:
    tags = ["a", *[""] * AROUND, "a", *[""] * AROUND, "a"]
    middle = related(shelf(*tags), AROUND + 1)
    assert 1 not in middle
    assert len(tags) not in middle
    assert related(shelf(*tags[1:-1], "a"), AROUND)[0] != len(tags) - 1


@given(st.lists(st.sets(st.sampled_from("abcd"), max_size=3), min_size=1, max_size=70), st.data())
def test_the_pages_that_change_are_known_exactly(tags: list[set[str]], data: st.DataObject) -> None:
    whole = shelf(*("".join(sorted(words)) for words in tags))
    gone = data.draw(st.integers(1, len(whole)))
    without = [one for one in whole if one.number != gone]

    def seen(among: list[Candidate]) -> dict[int, list[int]]:
        return {one.number: related(among, at) for at, one in enumerate(among)}

    before, after = seen(whole), seen(without)
    changed = {number for number in after if before[number] != after[number]}
    found = affected(whole, gone)
    assert set(found) == changed
    assert {number for number, others in before.items() if gone in others} <= changed
    assert len(found) <= 2 * AROUND


@given(st.lists(st.sets(st.sampled_from("abc"), max_size=3), min_size=30, max_size=90), st.integers(0, 200))
def test_a_stretch_around_the_article_is_enough_to_know_them(tags: list[set[str]], start: int) -> None:
    whole = shelf(*("".join(sorted(words)) for words in tags))
    at = start % len(whole)
    near = whole[max(0, at - 2 * AROUND - 1) : at + 2 * AROUND + 2]
    assert affected(near, whole[at].number) == affected(whole, whole[at].number)
