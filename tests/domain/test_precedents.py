"""Similar cases: signatures that meet when texts do, patterns, and departures from them."""

import pytest

from tracker.domain.decisions import Outcome
from tracker.domain.errors import Incomplete
from tracker.domain.precedents import BUCKETS, FEWEST_SHARED, Precedent, marks, pattern, require_reason, tally

COPIED = "这篇文章逐段复制了我的作品，没有得到我的许可，也没有署名。请删除并道歉，附上原作发表的网址和日期。"
REWORDED = "文章逐段抄袭了我的作品，没有得到许可，也没有署名，请删除，附上原作的网址。"
OTHER = "文中说我公司没有牌照放贷，与事实不符，损害了我公司的名誉，请更正。附上营业执照和许可证。"
W, D = Outcome.WITHHELD, Outcome.DECLINED


def precedents(*outcomes: Outcome, overturned: int = 0) -> list[Precedent]:
    return [Precedent(n, outcome, 0.5, n < overturned, False) for n, outcome in enumerate(outcomes)]


def test_a_signature_meets_that_of_a_like_text_and_not_of_another() -> None:
    assert len(marks([COPIED]) & marks([REWORDED])) >= FEWEST_SHARED
    assert len(marks([COPIED]) & marks([OTHER])) < FEWEST_SHARED
    assert marks([COPIED]) == marks([f"  {COPIED.replace('，', ' , ')}\u200b"])


def test_a_signature_is_short_stable_and_fits_an_integer_column() -> None:
    found = marks([COPIED * 50, OTHER * 50])
    assert len(found) == BUCKETS
    assert all(0 <= mark < 2**31 for mark in found)
    assert marks([""]) == marks(["字"]) == frozenset()
    assert min(marks(["催收电话"])) == 135982792  # kept in the database: another process finds the same


def test_what_was_overturned_counts_for_nothing() -> None:
    assert tally(precedents(D, D, W, overturned=1)) == {D: 1, W: 1}
    assert tally(precedents(W, D, D)) == {D: 2, W: 1}
    assert tally([]) == {}


@pytest.mark.parametrize(
    ("found", "usual"),
    [
        (precedents(), None),
        (precedents(D, D), None),
        (precedents(D, D, D), False),
        (precedents(W, W, D), True),
        (precedents(W, W, D, D), None),
        (precedents(D, D, D, overturned=1), None),
    ],
)
def test_a_pattern_needs_three_of_which_two_thirds_agree(found: list[Precedent], usual: bool | None) -> None:
    assert pattern(found) is usual


def test_a_departure_needs_a_sentence() -> None:
    found = precedents(D, D, D)
    for outcome in (D, Outcome.INTERIM, Outcome.RESTORED):
        require_reason(outcome, "", found)
    require_reason(W, "这次的材料里有新的判决书。", found)
    for short in ("", "不同", "\u200b" * 20):
        with pytest.raises(Incomplete) as refused:
            require_reason(W, short, found)
        assert set(refused.value.problems) == {"rationale"}
        assert "3个案件里，0个采取了措施" in str(refused.value.problems["rationale"])
