"""Precedents: found by what is alleged, counted with what became of them, bounded whatever their number."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from tests.factories import decide, draft, publish
from tests.staff import make_member, make_notice
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Incomplete
from tracker.domain.precedents import BUCKETS
from tracker.models import Account, Case, PrecedentMark
from tracker.queries import similar
from tracker.render.site import Site
from tracker.services import appeals, decisions

SAID = {
    "passage": "",
    "explanation": "文中说我公司没有牌照放贷，与事实不符，损害了我公司的名誉，请更正。附上营业执照和许可证。",
    "inaccurate_parts": "我公司持有小额贷款的牌照，文章说没有。",
}
OTHER = {
    "passage": "",
    "explanation": "这里写的家庭住址和孩子就读的学校是真的，有人照着找上门来，请马上拿掉。",
    "inaccurate_parts": "没有得到任何人的同意就写出来了。",
}


def make(site: Site, now: datetime, number: int, **said: Any) -> Case:
    article = publish(site, f"pian-{number}", now)
    return make_notice(site, article, now, f"p{number}@example.com", **(SAID | said)).items[0].case


def test_similar_cases_are_found_with_their_outcomes(site: Site, mei: Account, now: datetime) -> None:
    said = [make(site, now, n) for n in range(3)]
    for case in said[:2]:
        decide(site, case, Outcome.DECLINED, now, mei)
    decide(site, said[2], Outcome.WITHHELD, now, mei)
    decide(site, make(site, now, 3, **OTHER), Outcome.WITHHELD, now, mei)
    decide(site, make(site, now, 4, category=CategoryName.OTHER_ILLEGAL), Outcome.WITHHELD, now, mei)
    found = similar.similar(make(site, now, 5))
    assert [each.precedent.case for each in found] == [case.id for case in reversed(said)]
    assert [each.precedent.outcome for each in found] == [Outcome.WITHHELD, Outcome.DECLINED, Outcome.DECLINED]
    assert all(each.precedent.likeness == 1 for each in found)


def test_what_an_appeal_changed_is_counted_apart(site: Site, mei: Account, now: datetime) -> None:
    case = make(site, now, 1)
    decide(site, case, Outcome.WITHHELD, now, mei)
    with transaction():
        appeals.send(site, case, None, "文章有判决书为证，请重新审查这个决定，谢谢。", (), "zh-Hans", now, "a" * 20)
    lin = make_member("lin@example.org")
    restored = draft(Outcome.RESTORED)
    with transaction():
        appeals.rule(
            site, lin, case.appeals[0].id, case.version, "发布者提交的判决书说明文章属实，申诉成立。", now, restored
        )
    (found,) = similar.precedents(make(site, now, 2))
    assert (found.outcome, found.is_overturned) == (Outcome.WITHHELD, True)


def test_what_is_restored_or_only_meanwhile_is_no_precedent(site: Site, mei: Account, now: datetime) -> None:
    decide(site, make(site, now, 1, category=CategoryName.MINOR), Outcome.INTERIM, now, mei)
    assert db.session.scalar(select(func.count()).select_from(PrecedentMark)) == 0
    assert similar.similar(make(site, now, 2, category=CategoryName.MINOR)) == []


def test_the_same_ground_comes_first(site: Site, mei: Account, now: datetime) -> None:
    first, second = make(site, now, 1), make(site, now, 2)
    for case, ground in ((first, "《中华人民共和国民法典》第一千零二十四条"), (second, "《民法典》第一千一百九十五条")):
        with transaction():
            written = draft(Outcome.WITHHELD, ground_ref=ground)
            decisions.decide(site, mei, case.id, case.version, written, now)
    asking = make(site, now, 3, legal_basis="《民法典》第一千零二十四条")
    assert [(p.case, p.has_same_ground) for p in similar.precedents(asking)] == [(first.id, True), (second.id, False)]


def test_a_departure_from_the_pattern_asks_for_a_sentence(site: Site, mei: Account, now: datetime) -> None:
    for n in range(3):
        decide(site, make(site, now, n), Outcome.DECLINED, now, mei)
    case = make(site, now, 9)
    with pytest.raises(Incomplete) as refused, transaction():
        decisions.decide(site, mei, case.id, case.version, draft(Outcome.WITHHELD, rationale=""), now)
    assert set(refused.value.problems) == {"rationale"}
    with transaction():
        written = draft(Outcome.WITHHELD, rationale="这次有法院的生效判决。")
        decision = decisions.decide(site, mei, case.id, case.version, written, now)
    assert decision.rationale == "这次有法院的生效判决。"


def test_thousands_with_the_same_words_are_looked_at_in_part(site: Site, mei: Account, now: datetime) -> None:
    case = make(site, now, 1)
    own = similar.marks_of(case)
    assert BUCKETS * 3 // 4 <= len(own) <= BUCKETS
    decide(site, make(site, now, 2), Outcome.DECLINED, now, mei)
    with transaction():
        many = [{**_copied(Case, 2), "id": 1000 + n} for n in range(300)]
        db.session.execute(insert(Case), many)
        marks = [{"category": case.category, "mark": mark, "case_id": row["id"]} for row in many for mark in own]
        db.session.execute(insert(PrecedentMark), marks)
    looked_at = similar._shared(case, own)
    assert len(looked_at) == similar.A_MARK
    assert min(looked_at) == 1300 - similar.A_MARK


def _copied(model: type[Case], number: int) -> dict[str, Any]:
    row = db.session.get_one(model, number)
    return {column.key: getattr(row, column.key) for column in model.__table__.columns}
