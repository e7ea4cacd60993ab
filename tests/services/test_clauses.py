"""Clauses as rows: brought in by sync, cited by decisions, swept after a change."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests import factories
from tests.factories import decide, make_account, open_case, publish
from tests.staff import make_notice
from tracker.cli import articles as sync
from tracker.content import clauses as parsed
from tracker.content import read_page
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Draft, GroundType, Outcome
from tracker.domain.errors import BadContent, Conflict, Incomplete, NotFound
from tracker.domain.lifecycle import State
from tracker.domain.roles import Role
from tracker.domain.wording import Piece, compared
from tracker.models import Account, AuditEntry, Case, Clause, ClauseReview, Decision
from tracker.queries import rules, trail
from tracker.render.site import WRITTEN, Site
from tracker.services import clauses

OLD, NEW = "不得隐去费用、期限、风险", "不得隐去费用、期限、利率、风险"


@pytest.fixture
def admin(app: Flask) -> Account:
    return make_account("jia@example.org", Role.ADMIN, "贾")


def synced(site: Site, now: datetime, *changes: tuple[str, str], file: str = "rules.md") -> Site:
    """Change the rules and bring them in, as a fresh `tracker sync` does."""
    page = site.config.content / "pages" / file
    text = page.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    page.write_text(text, encoding="utf-8")
    fresh = Site(site.config)
    if clauses.changed(fresh):
        with transaction():
            clauses.put(fresh, now)
    return fresh


def test_each_declared_clause_is_what_stands_under_its_heading(site: Site) -> None:
    for name in ("rules.md", "rules.en.md"):
        page = read_page(site.config.content / "pages" / name, WRITTEN)
        found = parsed(page)
        assert list(found) == [number for number, _ in page.clauses]
        assert all(len(words["text"]) > 20 and "#" not in words["text"] for words in found.values())
    assert "利率" in found["2.10"]["text"] or "rate" in found["2.10"]["text"]


def test_a_clause_without_a_heading_is_named(site: Site, tmp_path: Path) -> None:
    file = site.config.content / "pages" / "rules.md"
    file.write_text(file.read_text(encoding="utf-8").replace("### 2.3 侮辱与贬损", "### 侮辱"), encoding="utf-8")
    with pytest.raises(BadContent, match=re.escape("条款2.3没有对应的小标题")):
        parsed(read_page(file, WRITTEN))
    problems = sync.run(Site(site.config)).problems
    assert [problem.file for problem in problems] == ["pages/rules.md"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("### 2.4 ", "### 2.3 另一条\n\n这条的正文。\n\n### 2.4 "),
        ('  - {id: "2.4"', '  - {id: "2.3", title: 另一条}\n  - {id: "2.4"'),
    ],
)
def test_a_clause_that_is_there_twice_is_named(site: Site, before: str, after: str) -> None:
    file = site.config.content / "pages" / "rules.md"
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1
    file.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(BadContent, match=re.escape("条款2.3在清单或者正文的小标题里写了两次")):
        parsed(read_page(file, WRITTEN))


def test_sync_brings_the_clauses_in_once(site: Site, now: datetime) -> None:
    assert sync.run(site).problems == []
    rows = list(db.session.scalars(select(Clause)))
    assert [clause.number for clause in clauses.in_force()][-2:] == ["2.11", "2.12"]
    assert {clause.edition for clause in rows} == {1}
    assert set(rows[0].words) == {"zh-Hans", "en"}
    assert clauses.changed(site) == []
    assert sync.run(site).problems == []
    assert len(list(db.session.scalars(select(Clause)))) == len(rows)
    assert trail.fault() is None


def test_a_change_ends_the_old_words_and_keeps_them(site: Site, now: datetime) -> None:
    synced(site, now)
    later = now + timedelta(days=1)
    synced(site, later, (OLD, NEW), ("version: 2026-11-27", "version: 2026-12-01"))
    first, second = db.session.scalars(select(Clause).where(Clause.number == "2.10").order_by(Clause.edition)).all()
    assert (first.ended_at, second.in_force_at, second.ended_at) == (later, later, None)
    assert OLD in first.words["zh-Hans"]["text"]
    assert (first.version, second.version) == ("2026-11-27", "2026-12-01")
    assert db.session.scalars(select(Clause.edition).where(Clause.number == "2.9")).all() == [1]  # others stay
    changed = select(AuditEntry).where(AuditEntry.kind == "clause.changed").order_by(AuditEntry.seq.desc())
    assert db.session.scalars(changed).first().facts == {"clause": second.id, "number": "2.10", "edition": 2}


def test_a_change_under_the_same_version_is_taken_in_and_said(site: Site, now: datetime) -> None:
    synced(site, now)
    page = site.config.content / "pages" / "rules.md"
    page.write_text(page.read_text(encoding="utf-8").replace(OLD, NEW), encoding="utf-8")
    problems = sync.run(Site(site.config)).problems
    assert ["条款2.10的文字改了" in str(problem.error) for problem in problems] == [True]
    assert clauses.newest("2.10").edition == 2  # type: ignore[union-attr]
    assert sync.run(Site(site.config)).problems == []


def test_a_clause_that_is_gone_ends(site: Site, now: datetime) -> None:
    synced(site, now)
    for file, line in (
        ("rules.md", '  - {id: "2.11", title: 冒充他人或者机构}\n'),
        ("rules.en.md", '  - {id: "2.11", title: Impersonation}\n'),
    ):
        synced(site, now, (line, ""), file=file)
    assert "2.11" not in {clause.number for clause in clauses.in_force()}
    assert clauses.newest("2.11").ended_at == now  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("ref", "number"),
    [
        ("《本站规则》（2026-11-27版）2.10 过时或者误导的金融信息", "2.10"),
        ("本站规则 2.1（2026-11-20版）", "2.1"),
        ("规则2.9、2.10", "2.9"),
        ("规则 2.99", None),
        ("规则 12.10", None),
        ("规则 2.10.1", None),
        ("本站规则", None),
    ],
)
def test_a_decision_stores_the_clause_it_cites(site: Site, now: datetime, ref: str, number: str | None) -> None:
    synced(site, now)
    found = clauses.cited(Draft(Outcome.REMOVED, GroundType.TERMS, ref, "", ""))
    expected = db.session.scalar(select(Clause.id).where(Clause.number == (number or "")))
    assert found == expected
    assert clauses.cited(Draft(Outcome.WITHHELD, GroundType.LAW, ref, "", "")) is None


def test_a_decision_relies_on_the_words_of_its_day(site: Site, now: datetime) -> None:
    synced(site, now)
    before = decide(site, open_case(publish(site, "yi", now), now), Outcome.REMOVED, now)
    synced(site, now, (OLD, NEW))
    after = decide(site, open_case(publish(site, "er", now), now), Outcome.REMOVED, now)
    editions = [db.session.get_one(Clause, decision.clause_id).edition for decision in (before, after)]
    assert editions == [1, 2]
    law = decide(site, open_case(publish(site, "san", now), now), Outcome.WITHHELD, now)
    assert law.clause_id is None


def swept(now: datetime, number: str = "2.10") -> list[tuple[int, str]]:
    newest = clauses.newest(number)
    assert newest is not None
    found = [(row.case.id, row.why) for row in rules.affected(newest, now)]
    assert len(found) == rules.outstanding(newest, now)
    return found


def test_the_sweep_lists_what_still_matters(site: Site, now: datetime, admin: Account) -> None:
    synced(site, now)
    removed = open_case(publish(site, "yi", now), now)
    decide(site, removed, Outcome.REMOVED, now)
    restored = open_case(publish(site, "er", now), now)
    decide(site, restored, Outcome.REMOVED, now)
    decide(site, db.session.get_one(Case, restored.id), Outcome.RESTORED, now)
    declined = open_case(publish(site, "san", now), now)
    decide(site, declined, Outcome.DECLINED, now)
    other = open_case(publish(site, "si", now), now)
    with transaction():
        factories.decisions.decide(
            site, admin, other.id, other.version, factories.draft(Outcome.REMOVED, ground_ref="本站规则 2.3"), now
        )
    waiting = make_notice(site, publish(site, "wu", now), now, category=CategoryName.TERMS).items[0].case
    assert swept(now) == []
    later = now + timedelta(days=1)
    synced(site, later, (OLD, NEW))
    make_notice(site, publish(site, "liu", later), later, category=CategoryName.TERMS)
    assert swept(later) == [(removed.id, "措施正在执行"), (waiting.id, "改动前提交，还没有决定")]
    assert swept(later, "2.3") == []
    with transaction():  # an appeal makes a declined case matter again
        db.session.get_one(Case, declined.id).state = State.APPEALED
    assert (declined.id, "决定之后还在进行") in swept(later)


def test_a_case_is_ticked_off_with_a_note(site: Site, now: datetime, admin: Account) -> None:
    synced(site, now)
    case = open_case(publish(site, "yi", now), now)
    decide(site, case, Outcome.REMOVED, now)
    synced(site, now, (OLD, NEW))
    newest = clauses.newest("2.10")
    assert newest is not None
    with pytest.raises(Incomplete) as refused, transaction():
        clauses.review(admin, newest.id, [], " ", now)
    assert set(refused.value.problems) == {"note", "case"}
    for _ in range(2):  # the same form sent twice
        with transaction():
            clauses.review(admin, newest.id, [case.id], "与改动无关，措施继续。", now)
    review = db.session.scalars(select(ClauseReview)).one()
    assert (review.note, review.reviewed_by_id) == ("与改动无关，措施继续。", admin.id)
    entries = list(db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "clause.reviewed")))
    assert [entry.facts for entry in entries] == [{"clause": newest.id, "case": case.id}]
    assert swept(now) == []
    with pytest.raises(NotFound), transaction():
        clauses.review(admin, newest.id, [999], "没有这个案件", now)
    unchanged = clauses.newest("2.9")
    with pytest.raises(NotFound), transaction():
        clauses.review(admin, unchanged.id if unchanged else 0, [case.id], "没有改动过", now)


def test_another_change_asks_again(site: Site, now: datetime, admin: Account) -> None:
    synced(site, now)
    case = open_case(publish(site, "yi", now), now)
    decide(site, case, Outcome.REMOVED, now)
    synced(site, now, (OLD, NEW))
    newest = clauses.newest("2.10")
    assert newest is not None
    with transaction():
        clauses.review(admin, newest.id, [case.id], "措施继续。", now)
    synced(site, now, (NEW, NEW + "、罚息"))
    assert swept(now) == [(case.id, "措施正在执行")]
    with pytest.raises(Conflict), transaction():
        clauses.review(admin, newest.id, [case.id], "看的是旧的那一稿", now)


def test_an_abolished_clause_is_swept_too(site: Site, now: datetime, admin: Account) -> None:
    synced(site, now)
    case = open_case(publish(site, "yi", now), now)
    decide(site, case, Outcome.REMOVED, now)
    synced(site, now, ('  - {id: "2.10", title: 过时或者误导的金融信息}\n', ""))
    synced(
        site, now, ('  - {id: "2.10", title: Outdated or misleading financial information}\n', ""), file="rules.en.md"
    )
    assert swept(now) == [(case.id, "措施正在执行")]


def test_decisions_are_found_by_their_clause(site: Site, now: datetime) -> None:
    synced(site, now)
    decide(site, open_case(publish(site, "yi", now), now), Outcome.REMOVED, now)
    assert db.session.scalars(select(Decision.clause_id)).one() == clauses.newest("2.10").id  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("before", "after", "pieces"),
    [
        ("", "新", [Piece("added", "新")]),
        ("不得隐去费用", "不得隐去利率", [Piece("same", "不得隐去"), Piece("removed", "费用"), Piece("added", "利率")]),
        ("the old rule", "the new rule", [Piece("same", "the "), Piece("removed", "old"), Piece("added", "new"), Piece("same", " rule")]),
        ("同", "同", [Piece("same", "同")]),
        ("旧", "", [Piece("removed", "旧")]),
    ],
)  # fmt: skip
def test_what_changed_in_words(before: str, after: str, pieces: list[Piece]) -> None:
    assert compared(before, after) == pieces
