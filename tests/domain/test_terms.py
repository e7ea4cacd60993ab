"""What must be said for each kind of measure, and what may not be said again in public."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.domain import terms
from tracker.domain.passages import Passage
from tracker.domain.visibility import NO_TERMS, MeasureKind, Terms

K = MeasureKind
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ONE = Passage("催收人员")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ()),
        (" \n\n ", ()),
        ("张三", (Passage("张三"),)),
        ("第一段\n接着\n\n第二段", (Passage("第一段\n接着"), Passage("第二段"))),
        ("第一段\r\n \r\n第二段", (Passage("第一段"), Passage("第二段"))),
        ("欠款人[[张三]]表示", (Passage("张三", "欠款人", "表示", False),)),
        ("[[张三]]", (Passage("张三"),)),
        ("前" * 90 + "[[张三]]", (Passage("张三", "前" * 64, "", False),)),
    ],
)
def test_passages_are_paragraphs_and_brackets_mean_one_place(typed: str, found: tuple[Passage, ...]) -> None:
    assert terms.passages(typed) == found
    assert terms.passages(terms.written(found)) == found


def test_replacements_stand_in_the_same_order() -> None:
    found = terms.passages("甲乙\n\n丙丁", "新一\n\n新二")
    assert [(one.exact, one.replacement) for one in found] == [("甲乙", "新一"), ("丙丁", "新二")]
    assert terms.passages("甲乙\n\n丙丁", "新一")[1].replacement == ""


@pytest.mark.parametrize(
    ("typed", "codes"),
    [("", ()), ("cn", ("CN",)), ("CN, gb；us CN", ("CN", "GB", "US")), ("全球", ("全球",))],
)
def test_territory_is_codes(typed: str, codes: tuple[str, ...]) -> None:
    assert terms.territory(typed) == codes


@pytest.mark.parametrize(
    ("kind", "given", "wrong"),
    [
        (K.LABEL, Terms(label="disputed"), set()),
        (K.LABEL, Terms(words="有人提出异议。"), set()),
        (K.LABEL, Terms(), {"words"}),
        (K.LABEL, Terms(label="guilty"), {"label"}),
        (K.LABEL, Terms(words="长" * 301), {"words"}),
        (K.REPLY, Terms(words="我们认为事实不是这样的。", speaker="publisher"), set()),
        (K.REPLY, Terms(words="不是。", speaker="publisher"), {"words"}),
        (K.REPLY, Terms(words="我们认为事实不是这样的。"), {"speaker"}),
        (K.MASK, Terms(passages=(ONE,)), set()),
        (K.MASK, Terms(), {"passages"}),
        (K.MASK, Terms(passages=(Passage("的"),)), {"passages"}),
        (K.MASK, Terms(passages=(Passage(" \u200b的"),)), {"passages"}),
        (K.MASK, Terms(passages=(Passage("长" * 2001),)), {"passages"}),
        (K.MASK, Terms(passages=(ONE,) * 21), {"passages"}),
        (K.MASK, Terms(passages=(ONE,), words="遮盖“催收 人员”"), {"words"}),
        (K.CORRECT, Terms(passages=(Passage("甲乙", replacement="丙"),), words="改正一处"), set()),
        (K.CORRECT, Terms(passages=(Passage("甲乙"),), words="改正一处"), {"replacements"}),
        (K.CORRECT, Terms(passages=(Passage("甲乙", replacement="丙"),)), {"words"}),
        (K.CORRECT, Terms(passages=(Passage("甲乙", replacement="丙"),), words="原来是甲乙"), {"words"}),
        (K.CORRECT, Terms(passages=(Passage("甲乙", replacement="丙"),), words="原来是甲乙", quotes_old=True), set()),
        (K.CORRECT, Terms(passages=(Passage("甲乙", replacement="甲乙丙"),), words="甲乙之后加了丙"), set()),
        (K.WITHHOLD, Terms(territory=("CN", "GB")), set()),
        (K.WITHHOLD, Terms(territory=("CN", "XX")), {"territory"}),
        (None, Terms(), set()),
        (K.MASK, Terms(passages=(ONE,), also_label="disputed"), set()),
        (K.MASK, Terms(passages=(ONE,), also_label="guilty"), {"also_label"}),
        (K.MASK, Terms(passages=(ONE,), also_reply="我们没有做过这样的事情。", speaker="concerned"), set()),
        (K.MASK, Terms(passages=(ONE,), also_reply="我们没有做过这样的事情。"), {"also_speaker"}),
        (K.MASK, Terms(passages=(ONE,), also_reply="短", speaker="concerned"), {"also_reply"}),
        (K.MASK, Terms(passages=(ONE,), also_reply="我们没有派过催收人员上门。", speaker="concerned"), {"also_reply"}),
        (K.LABEL, Terms(label="disputed", also_label="guilty"), set()),
    ],
)
def test_each_kind_asks_for_its_own(kind: MeasureKind | None, given: Terms, wrong: set[str]) -> None:
    assert set(terms.complete(kind, given, {})[1]) == wrong


def test_the_ground_may_not_repeat_what_is_taken_away() -> None:
    assert set(terms.complete(K.MASK, Terms(passages=(ONE,)), {"ground_ref": "关于催收人员的规定"})[1]) == {
        "ground_ref"
    }


def test_what_does_not_belong_to_a_kind_is_left_out() -> None:
    everything = Terms(
        ("CN",), "disputed", "说明一句", "concerned", "安娜", (ONE,), True, "disputed", "我们没有这样做过，有记录为证。"
    )
    answer = {"also_reply": everything.also_reply, "speaker": "concerned", "speaker_name": "安娜"}
    assert terms.complete(K.WITHHOLD, everything, {})[0] == Terms(("CN",))
    assert terms.complete(K.LABEL, everything, {})[0] == Terms(("CN",), "disputed", "说明一句", **answer)
    masked = Terms(("CN",), words="说明一句", passages=(ONE,), also_label="disputed", **answer)
    assert terms.complete(K.MASK, everything, {})[0] == masked
    assert terms.complete(None, everything, {})[0] == NO_TERMS


@pytest.mark.parametrize(
    ("starts", "ends", "wrong"),
    [
        (None, None, set()),
        (None, 1, set()),
        (1, 2, set()),
        (0, None, {"starts"}),
        (-1, None, {"starts"}),
        (None, 0, {"ends"}),
        (2, 1, {"ends"}),
        (-1, -1, {"starts", "ends"}),
    ],
)
def test_a_measure_ends_after_it_starts_and_starts_to_come(
    starts: int | None, ends: int | None, wrong: set[str]
) -> None:
    starts_at, ends_at = (None if days is None else NOW + timedelta(days=days) for days in (starts, ends))
    assert set(terms.check_times(starts_at, ends_at, NOW)) == wrong
