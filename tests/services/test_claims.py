"""The claim sheet of a case: begun, split, merged, answered, and the ground on which a decision stands."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.factories import draft
from tests.staff import BODY, PASSAGE, make_case, make_member, make_notice
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.claims import EVERY_OTHER, Answer, Reply
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Conflict, Incomplete, InvalidTransition, NotFound
from tracker.domain.lifecycle import Ending
from tracker.domain.threads import MessageKind
from tracker.models import Account, AuditEntry, Case, CaseDraft, Claim, Decision, Mail, Message, Notice, PrecedentMark
from tracker.queries.claim_sheet import sheet
from tracker.render.site import Site
from tracker.services import cases, claims, decisions, due, exchange, merging, opinions, undo

WORDS = {"text": "文中说他们半夜打电话，也不属实。", "passage": "属于违规", "ground": "《民法典》第一千零二十四条"}


@pytest.fixture
def case(site: Site, now: datetime) -> Case:
    return make_case(site, now, legal_basis="《民法典》第一千零二十四条")


def decide(site: Site, mei: Account, case: Case, now: datetime, outcome: Outcome, **said: Any) -> Decision:
    with transaction():
        return decisions.decide(site, mei, case.id, case.version, draft(outcome, **said), now)


def put(site: Site, mei: Account, case: Case, now: datetime, claim: int = 0, key: str = "k", **words: str) -> None:
    with transaction():
        item = case.items[0].id
        claims.put(site, mei, case.id, case.version, item, claim, WORDS | words, now, key * 20)


def test_the_reasons_rely_on_the_grounds_of_staff_and_never_quote_the_notifiers(
    site: Site, mei: Account, now: datetime
) -> None:
    case = make_case(site, now, legal_basis="我叫安娜，住在北京路1号")
    put(site, mei, case, now, ground="《著作权法》第五十三条")
    filling = {"facts": "", "ground_explanation": "", "replies": {EVERY_OTHER: Reply(Answer.FOUNDED, "查证属实。")}}
    said = decide(site, mei, case, now, Outcome.WITHHELD, **filling).ground_explanation
    assert "第2项另依据《著作权法》第五十三条。" in said
    assert "安娜" not in said


def kinds() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.kind).order_by(AuditEntry.seq)))


def test_a_notice_puts_one_claim_on_the_sheet_of_each_case(case: Case) -> None:
    (claim,) = case.claims
    assert (claim.item, claim.passage, claim.answer) == (case.items[0], PASSAGE, Answer.OPEN)
    assert claim.prefix.endswith("这里说明经过：")
    assert claim.suffix.startswith("，属于违规")
    assert claim.ground == "《民法典》第一千零二十四条"


def test_without_a_passage_no_claim_is_begun(case: Case) -> None:
    before = db.session.scalar(select(func.count(Claim.id)))
    claims.begin([], "没有依据")
    assert db.session.scalar(select(func.count(Claim.id))) == before


def test_no_final_decision_while_a_claim_is_unanswered(site: Site, mei: Account, case: Case, now: datetime) -> None:
    make_notice(site, case.article, now, "bob@example.com")
    db.session.refresh(case)
    first, second = sheet(case)
    numbers = first.id, second.id
    for outcome in (Outcome.WITHHELD, Outcome.DECLINED, Outcome.REMOVED):
        with pytest.raises(Incomplete) as refused:
            decide(site, mei, case, now, outcome, replies={first.id: Reply(Answer.FOUNDED, "成立的理由。")})
        assert set(refused.value.problems) == {f"claim-{numbers[1]}"}
    assert db.session.scalars(select(Decision)).all() == []
    decide(site, mei, case, now, Outcome.DECLINED, replies={n: Reply(Answer.UNFOUNDED) for n in numbers})
    assert {claim.answer for claim in sheet(case)} == {Answer.UNFOUNDED}


def test_an_interim_measure_answers_no_claim(site: Site, mei: Account, now: datetime) -> None:
    case = make_case(site, now, category=CategoryName.MINOR)
    decide(site, mei, case, now, Outcome.INTERIM, replies={})
    assert [claim.answer for claim in sheet(case)] == [Answer.OPEN]


def test_answers_stand_with_who_and_when_in_the_trail_and_in_the_statement(
    site: Site, mei: Account, case: Case, now: datetime
) -> None:
    (claim,) = case.claims
    reasons = "核对通话记录，没有文章所说的情形。"
    decision = decide(
        site, mei, case, now, Outcome.WITHHELD, facts="", ground_explanation="", ground_ref="《民法典》第一千零二十四条",
        replies={claim.id: Reply(Answer.FOUNDED, reasons)},
    )  # fmt: skip
    assert (claim.answer, claim.reasons, claim.answered_by_id, claim.answered_at) == (
        Answer.FOUNDED,
        reasons,
        mei.id,
        now,
    )
    assert decision.facts == f"关于文中“{PASSAGE}”：{reasons}"
    assert "所提的主张成立，因此依法停止展示" in decision.ground_explanation
    assert decision.statement["claims"] == [
        {"number": 1, "ground": "《民法典》第一千零二十四条", "answer": "founded", "reasons": reasons}
    ]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "claim.answered")).one()
    assert entry.facts == {
        "case": case.id, "founded": [claim.id], "partly": [], "unfounded": [], "remedied": [], "not_for_us": [],
    }  # fmt: skip
    told = {mail.name: mail.text for mail in db.session.scalars(select(Mail).where(Mail.cause.like("decision:%")))}
    assert set(told) == {"decision", "statement", "forwarded"}  # the last is the notice itself, without our reasons
    assert {name for name, text in told.items() if reasons in text} == {"decision", "statement"}


def test_a_measure_cannot_rest_on_nothing(site: Site, mei: Account, case: Case, now: datetime) -> None:
    with pytest.raises(Incomplete) as refused:
        decide(site, mei, case, now, Outcome.WITHHELD, replies={0: Reply(Answer.UNFOUNDED)})
    assert set(refused.value.problems) == {"outcome"}
    assert case.claims[0].answer is Answer.OPEN


def test_a_passage_that_is_not_in_the_article_is_never_quoted(site: Site, mei: Account, now: datetime) -> None:
    case = make_case(site, now, passage="通知人自己写的话，不在文章里")
    reasons = "文章里没有这段话，也没有类似的意思。"
    decision = decide(site, mei, case, now, Outcome.DECLINED, facts="", replies={0: Reply(Answer.UNFOUNDED, reasons)})
    assert decision.facts == f"关于这篇文章：{reasons}"


def test_a_claim_is_split_off_and_worded(site: Site, mei: Account, case: Case, now: datetime) -> None:
    version = case.version
    put(site, mei, case, now)
    first, second = sheet(case)
    assert case.version == version + 1
    assert (second.text, second.passage, second.ground) == tuple(WORDS.values())
    assert second.prefix.endswith("电话，")
    put(site, mei, case, now, claim=first.id, key="m", text="", passage="别处的话")
    assert (first.text, first.passage, first.prefix) == ("", "别处的话", "")
    assert kinds()[-2:] == ["claim.added", "claim.changed"]
    notes = db.session.scalars(select(Message.text).where(Message.kind == MessageKind.NOTE).order_by(Message.id)).all()
    assert notes == ["拆出第2项主张。", "修改第1项主张。"]


def test_merged_claims_are_answered_as_one(site: Site, mei: Account, case: Case, now: datetime) -> None:
    put(site, mei, case, now)
    put(site, mei, case, now, key="n")
    first, second, third = sheet(case)
    with transaction():
        claims.merge(site, mei, case.id, case.version, second.id, third.id, now, "o" * 20)
    with transaction():
        claims.merge(site, mei, case.id, case.version, third.id, first.id, now, "p" * 20)
    assert sheet(case) == [first]
    assert {second.merged_into_id, third.merged_into_id} == {first.id}
    decide(site, mei, case, now, Outcome.DECLINED, replies={first.id: Reply(Answer.UNFOUNDED)})
    assert second.answer is Answer.OPEN
    assert kinds().count("claim.merged") == 2


def test_what_is_senseless_is_refused_and_changes_nothing(site: Site, mei: Account, case: Case, now: datetime) -> None:
    (claim,) = case.claims
    other = make_case(site, now, "er")
    before = case.version
    for words, field in (
        ({"text": ""}, "text"),
        ({"passage": "字" * 2001}, "passage"),
        ({"ground": "字" * 501}, "ground"),
    ):
        with pytest.raises(Incomplete) as refused:
            put(site, mei, case, now, **words)
        assert set(refused.value.problems) == {field}
    with pytest.raises(NotFound), transaction():
        claims.put(site, mei, case.id, case.version, other.items[0].id, 0, WORDS, now, "q" * 20)
    with pytest.raises(NotFound), transaction():
        claims.put(site, mei, case.id, case.version, case.items[0].id, other.claims[0].id, WORDS, now, "q" * 20)
    with pytest.raises(InvalidTransition), transaction():
        claims.merge(site, mei, case.id, case.version, claim.id, claim.id, now, "q" * 20)
    with pytest.raises(Conflict), transaction():
        claims.put(site, mei, case.id, case.version + 1, case.items[0].id, 0, WORDS, now, "q" * 20)
    assert (case.version, len(case.claims)) == (before, 1)


def test_a_decided_case_has_its_sheet_closed(site: Site, mei: Account, case: Case, now: datetime) -> None:
    decide(site, mei, case, now, Outcome.DECLINED)
    with pytest.raises(InvalidTransition):
        put(site, mei, case, now)


def test_a_notice_that_ended_asks_for_no_answer(site: Site, mei: Account, case: Case, now: datetime) -> None:
    other = make_notice(site, case.article, now, "bob@example.com").items[0]
    db.session.refresh(case)
    with transaction():
        exchange.reject(site, mei, other.id, case.version, Ending.DUPLICATE, "与前一份通知重复。", now, "r" * 20)
    assert [claim.item_id for claim in sheet(case)] == [case.items[0].id]
    decide(site, mei, case, now, Outcome.DECLINED, replies={case.claims[0].id: Reply(Answer.UNFOUNDED)})
    assert db.session.scalars(select(Claim.answer).order_by(Claim.id)).all() == [Answer.UNFOUNDED, Answer.OPEN]


def test_a_later_notice_joins_with_a_claim_of_its_own_revision(site: Site, case: Case, now: datetime) -> None:
    make_notice(site, case.article, now, "bob@example.com", passage="结尾一段")
    db.session.refresh(case)
    assert [(claim.passage, bool(claim.prefix)) for claim in sheet(case)] == [
        (PASSAGE, True),
        ("结尾一段", True),
    ]
    assert "结尾一段" in BODY


def test_an_undone_decision_gives_back_answers_opinions_signature_and_words(
    site: Site, mei: Account, case: Case, now: datetime
) -> None:
    lin = make_member("lin@example.org", name="林")
    with transaction():
        opinion = opinions.ask(site, mei, case.id, lin.id, "算不算有依据？", now, "o" * 20)
    (claim,) = case.claims
    reasons = "核对通话记录，没有这回事。"
    decide(
        site,
        mei,
        case,
        now,
        Outcome.WITHHELD,
        replies={claim.id: Reply(Answer.FOUNDED, reasons)},
        to_notifier="只写给通知人的话，二十个字以上，这样才够长。",
    )
    assert db.session.scalar(select(func.count()).select_from(PrecedentMark))
    with transaction():
        undo.undo(site, mei, case.id, case.version, now)
    db.session.refresh(opinion)
    assert (claim.answer, claim.reasons, claim.answered_by_id, claim.answered_at) == (Answer.OPEN, "", None, None)
    assert opinion.decision_id is None
    assert db.session.scalar(select(func.count()).select_from(PrecedentMark)) == 0
    kept = db.session.scalars(select(CaseDraft)).one()
    assert (kept.account_id, kept.form) == (mei.id, "decide")
    assert kept.fields["claim-1"] == "founded"
    assert kept.fields["claim-1-reasons"] == reasons
    assert kept.fields["facts"] == draft(Outcome.WITHHELD).facts
    assert kept.fields["to_notifier"].startswith("只写给通知人的话")
    assert "public" not in kept.fields
    decide(site, mei, case, now, Outcome.DECLINED, replies={claim.id: Reply(Answer.UNFOUNDED)})


def test_what_strangers_and_staff_wrote_about_a_person_goes_with_the_personal_data(
    site: Site, mei: Account, case: Case, now: datetime
) -> None:
    lin = make_member("lin@example.org", name="林")
    put(site, mei, case, now)
    with transaction():
        opinions.ask(site, mei, case.id, lin.id, "算不算有依据？", now, "o" * 20)
    with transaction():
        cases.close(site, case, now)
    (purge,) = [clock for clock in case.clocks if clock.stopped_at is None]
    with transaction():
        due.fire(site, purge.id, purge.due_at)
    assert set(db.session.scalars(select(Claim.text))) == {""}
    assert set(db.session.scalars(select(Claim.passage))) == {""}
    assert [(opinion.question, opinion.remark) for opinion in case.opinions] == [("", "")]


@pytest.mark.parametrize("way", ["withdrawn", "split"])
def test_a_claim_is_answered_though_the_one_it_was_merged_into_is_gone(
    site: Site, mei: Account, case: Case, now: datetime, way: str
) -> None:
    other = make_notice(site, case.article, now, "bob@example.com")
    db.session.refresh(case)
    claim, into = sheet(case)
    number = claim.id
    with transaction():
        claims.merge(site, mei, case.id, case.version, claim.id, into.id, now, "k" * 20)
    assert [each.id for each in sheet(case)] == [into.id]
    items = [item.id for item in other.items]
    with transaction():
        if way == "withdrawn":
            exchange.withdraw(site, db.session.get_one(Notice, other.id), items, now, "w")
        else:
            merging.split(site, mei, case.id, case.version, items, CategoryName.ENTERPRISE, now)
    db.session.expire_all()
    assert [each.id for each in sheet(case)] == [number]
    with pytest.raises(Incomplete):
        decide(site, mei, case, now, Outcome.DECLINED, replies={})
