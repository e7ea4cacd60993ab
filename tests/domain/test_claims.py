"""Claims: each answered, and the statement of reasons that follows."""

from datetime import datetime

import pytest

from tests.factories import draft
from tracker.domain import reasons
from tracker.domain.claims import ANSWERS, EVERY_OTHER, LABELS, LONGEST_REASONS, Answer, Reply, answered, field
from tracker.domain.decisions import LENGTHS, GroundType, Outcome, complete
from tracker.domain.errors import Incomplete
from tracker.domain.reasoning import Claim, agree, explanation, facts, filled
from tracker.domain.remedied import decision

PASSAGE = "催收人员多次拨打亲友电话"
GROUND = "《中华人民共和国民法典》第一千零二十四条"
F, U = Answer.FOUNDED, Answer.UNFOUNDED


def claim(
    number: int, answer: Answer = F, reasons: str = "核对通话记录，没有这回事。", passage: str = "", ground: str = ""
) -> Claim:
    return Claim(number, passage, ground, answer, reasons)


def test_every_claim_needs_an_answer_and_the_refusal_names_it() -> None:
    with pytest.raises(Incomplete) as refused:
        answered([(7, 1), (9, 2)], {7: Reply(F)})
    assert set(refused.value.problems) == {"claim-9"} == {field(9)}
    assert "第2项主张还没有答复" in str(refused.value.problems["claim-9"])


def test_one_answer_can_be_given_for_all_the_others() -> None:
    replies = {7: Reply(F, "  一  "), EVERY_OTHER: Reply(U, "其余没有依据。"), 8: Reply(Answer.OPEN, "自己的理由")}
    assert answered([(7, 1), (8, 2), (9, 3)], replies) == {
        7: Reply(F, "一"), 8: Reply(U, "自己的理由"), 9: Reply(U, "其余没有依据。"),
    }  # fmt: skip


def test_reasons_have_a_limit() -> None:
    assert answered([(1, 1)], {1: Reply(F, "字" * LONGEST_REASONS)})
    with pytest.raises(Incomplete):
        answered([(1, 1)], {1: Reply(F, "字" * (LONGEST_REASONS + 1))})


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_measure_rests_on_a_claim_that_holds(answer: Answer) -> None:
    agree(Outcome.DECLINED, [answer])
    agree(Outcome.INTERIM, [answer])
    agree(Outcome.WITHHELD, [])
    agree(Outcome.WITHHELD, [answer, F])
    if answer in {F, Answer.PARTLY}:
        agree(Outcome.WITHHELD, [answer])
    else:
        with pytest.raises(Incomplete):
            agree(Outcome.WITHHELD, [answer])


def test_the_statement_follows_from_one_answer() -> None:
    one = claim(1, U, "经核对，文章的说法有判决书为证。", "催收人员多次拨打亲友电话")
    written = filled(
        draft(Outcome.DECLINED, facts="", ground_explanation="", ground_type=GroundType.LAW, ground_ref=GROUND), [one]
    )
    assert written.facts == "关于文中“催收人员多次拨打亲友电话”：经核对，文章的说法有判决书为证。"
    assert written.ground_explanation == f"依照{GROUND}，所提的主张不成立，因此不采取措施。"
    complete(written)


def test_a_quotation_within_the_quoted_passage_has_single_marks() -> None:
    assert facts([claim(1, U, "", "他们说：“再不还就上门。”")]).startswith(
        "本站对照通知审查了文中“他们说：‘再不还就上门。’”，"
    )


def test_the_statement_follows_from_many_answers() -> None:
    two = [claim(1, F, passage="字" * 50), claim(2, U, ground="《著作权法》第五十三条")]
    assert facts(two).splitlines() == [
        f"第1项，关于文中“{'字' * 40}……”：成立。核对通话记录，没有这回事。",
        "第2项，关于这篇文章：不成立。核对通话记录，没有这回事。",
    ]
    assert explanation(two, Outcome.WITHHELD, GROUND) == (
        f"依照{GROUND}，第1项主张成立，第2项主张不成立，因此依法停止展示。第2项另依据《著作权法》第五十三条。"
    )


@pytest.mark.parametrize("answer", ANSWERS)
def test_answers_without_reasons_state_facts_enough_to_be_sent(answer: Answer) -> None:
    for claims, looked_at in (
        ([claim(1, answer, "")], "这篇文章"),
        ([claim(1, answer, "", PASSAGE)], f"文中“{PASSAGE}”"),
        ([claim(number, answer, "", PASSAGE) for number in range(1, 201)], "这篇文章"),
    ):
        written = filled(
            draft(Outcome.DECLINED, facts="", ground_explanation="", ground_type=GroundType.LAW, ground_ref=GROUND),
            claims,
        )
        assert complete(written).facts == f"本站对照通知审查了{looked_at}，所提的主张{LABELS[answer]}。"


def test_answers_without_reasons_stand_behind_those_with_reasons() -> None:
    assert facts([claim(1, F, ""), claim(2, U), claim(3, F, ""), claim(4, Answer.OPEN, "")]).splitlines() == [
        "第2项，关于这篇文章：不成立。核对通话记录，没有这回事。",
        "本站对照通知审查了这篇文章，第1、3项主张成立。",
    ]
    assert facts([claim(1, Answer.OPEN, "")]) == ""


def test_what_somebody_wrote_stays() -> None:
    written = draft(Outcome.WITHHELD)
    assert filled(written, [claim(1)]) == written
    assert filled(draft(Outcome.DECLINED, facts="", ground_explanation=""), []).facts == ""
    assert explanation([claim(1)], Outcome.DECLINED, "") == ""


def test_every_outcome_and_answer_has_a_sentence() -> None:
    for outcome in Outcome:
        for answer in ANSWERS:
            said = explanation([claim(1, answer)], outcome, GROUND)
            assert LABELS[answer] in said
            assert LENGTHS["ground_explanation"][0] <= len(said)


def test_what_is_remedied_is_a_complete_decision() -> None:
    for days in ([], ["2026年11月1日"], ["2026年11月1日", "2026年11月1日"]):
        found = complete(decision(days))
        assert found.outcome is Outcome.DECLINED
        assert found.refusal == "already_remedied"
        assert found.facts.count("2026年11月1日") == (1 if days else 0)


def test_the_four_texts_follow_unless_they_are_written() -> None:
    plain = draft(Outcome.WITHHELD, rationale="")
    both = f"{plain.facts}\n\n{plain.ground_explanation}"
    assert reasons.texts(plain) == {
        "rationale": "", "to_notifier": both, "to_publisher": both,
        "public": f"依法停止展示。依据：{plain.ground_ref}。",
    }  # fmt: skip
    own = {"rationale": "甲" * 10, "to_notifier": "乙" * 20, "to_publisher": "丙" * 20, "public": "丁" * 10}
    assert reasons.texts(draft(Outcome.WITHHELD, **own)) == own
    assert reasons.own_words(both, both) == ""
    assert reasons.own_words("", both) == ""


def test_texts_that_are_too_short_are_named_and_empty_ones_are_not() -> None:
    with pytest.raises(Incomplete) as refused:
        complete(draft(Outcome.WITHHELD, to_notifier="短", to_publisher="短", public="短"))
    assert set(refused.value.problems) == {"to_notifier", "to_publisher", "public"}


def test_what_stays_of_a_statement_is_what_nobody_wrote() -> None:
    now = datetime.fromisoformat("2026-11-23T09:30:00Z")
    said = reasons.statement(
        7, draft(Outcome.WITHHELD), now, "order", claims=[claim(1, ground="民法典")], asked_by="某法院"
    )
    stored = said.as_dict()
    kept = reasons.skeleton(stored)
    emptied = {name for name, value in stored.items() if kept[name] != value}
    assert emptied == {"facts", "ground_explanation", "asked_by", "claims"}
    assert kept["claims"] == [{"number": 1, "answer": F}]
    assert set(kept) == set(stored)
    assert reasons.skeleton({"outcome": "withheld"})["claims"] == [], "one that is older than claims"
