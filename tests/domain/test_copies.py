"""When an article is another one again."""

import pytest

from tracker.domain.copies import is_again, sentences

KNOWN = sentences("".join(f"这是第{n}句话，长到可以认出来。" for n in range(10)))


def test_sentences_are_compared_as_texts_are_and_short_ones_do_not_count() -> None:
    assert sentences("Ｌong enough for one. 短。\n一句 足够长的 中文句子！") == {
        "longenoughforone",
        "一句足够长的中文句子",
    }
    assert sentences("短句。再短。") == frozenset()


@pytest.mark.parametrize(("shared", "is_gone", "again"), [
    (10, False, True), (9, False, True), (8, False, False), (5, True, True), (4, True, False), (0, True, False),
])  # fmt: skip
def test_as_many_shared_sentences_make_it_out(shared: int, is_gone: bool, again: bool) -> None:
    new = frozenset(sorted(KNOWN)[:shared]) | {"一句别处没有的话，也很长"}
    assert is_again(KNOWN, new, is_gone=is_gone) is again


def test_short_texts_that_are_alike_are_two_while_both_are_there() -> None:
    short = frozenset(sorted(KNOWN)[:9])
    assert not is_again(short, short, is_gone=False)
    assert is_again(short, short, is_gone=True)


def test_a_text_without_sentences_is_no_other() -> None:
    assert not is_again(frozenset(), frozenset(), is_gone=True)
