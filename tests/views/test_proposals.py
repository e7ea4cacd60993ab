"""Four eyes as moderator and reviewer meet them: set, proposed, looked at, approved, sent back."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.staff import DECISION, make_member, make_notice, post, signed_in
from tracker import clock
from tracker.db import Base, db, transaction
from tracker.domain.recusals import About
from tracker.domain.roles import Role
from tracker.models import Account, Case, Decision, Proposal, SettingsVersion
from tracker.render.site import Site
from tracker.services import leases, recusals

PATH = "/articles/yi-pian"
TEXTS = {
    "to_notifier": "这一段只写给通知人看，说明我们为什么这样处理。",
    "to_publisher": "这一段只写给发布者看，说明我们为什么这样处理。",
    "public": "按照规则停止展示这篇文章。",
    "rationale": "只给同事看的理由。",
}


def propose(browser: FlaskClient, case: Case, **more: str) -> int:
    fields = DECISION | TEXTS | {"version": str(case.version)} | more
    answer = post(browser, f"/desk/cases/{case.id}/decide", **fields)
    assert answer.location == f"/desk/cases/{case.id}?proposed=1#proposal"
    db.session.rollback()
    return db.session.scalars(select(func.max(Proposal.id))).one()


def previews(html: str) -> str:
    """Return what a page shows of the effects of a decision, without the minute in which it was tried."""
    part = html[html.index('class="previews"') :]
    return re.sub(r"\d{4}年.*?日 \d\d:\d\d|\s+", "", re.split(r"<form|<details", part)[0])


def version_on(html: str) -> str:
    form = html[html.index("/approve") :]
    return re.findall(r'name="version"\s+value="(\d+)"', form)[0]


def everything() -> dict[str, list[tuple[object, ...]]]:
    db.session.rollback()
    but = {"session", "account"}
    return {n: list(map(tuple, db.session.execute(select(t)))) for n, t in Base.metadata.tables.items() if n not in but}


# the setting


def save(admin: FlaskClient, **fields: Any) -> TestResponse:
    version = db.session.scalar(select(func.max(SettingsVersion.id))) or 0
    return post(admin, "/desk/settings", version=str(version), **fields)


def test_an_admin_says_which_decisions_need_a_second_person(admin: FlaskClient, mei: Account) -> None:
    html = admin.get("/desk/settings").text
    assert 'id="approval_outcomes-removed"' in html
    assert 'value="interim"' not in html
    assert "现在只有贾可以批准" in html
    assert save(admin, approval_outcomes=["", "removed", "withheld"], approval_match="both").status_code == 303
    db.session.rollback()
    stored = db.session.scalars(select(SettingsVersion.values)).one()
    assert stored == {"approval_outcomes": ["withheld", "removed"], "approval_match": "both"}
    html = admin.get("/desk/settings").text
    assert len(re.findall(r'name="approval_outcomes" checked', html)) == 2
    assert "<ins>依法停止展示、依本站规则移除</ins>" in html
    make_member("lin@example.org", Role.REVIEWER, "林")
    html = admin.get("/desk/settings").text
    assert "没有第二个人" not in html
    assert "现在可以批准的人" in html
    assert save(admin, approval_outcomes="", approval_match="either").status_code == 303  # none ticked
    db.session.rollback()
    assert db.session.scalars(select(SettingsVersion.values).order_by(SettingsVersion.id.desc())).first() == {}


def test_what_is_not_offered_is_refused(admin: FlaskClient) -> None:
    for wrong in ({"approval_outcomes": ["interim"]}, {"approval_match": "never"}, {"approval_categories": ["x"]}):
        answer = save(admin, **wrong)
        assert answer.status_code == 422
        assert "请从所列的选项里选择" in answer.text


# one case


def test_the_whole_way_to_an_approval(
    app: Flask, strict: Site, browser: FlaskClient, reviewer: FlaskClient, case: Case, client: FlaskClient
) -> None:
    fields = DECISION | TEXTS | {"version": str(case.version)}
    shown = post(browser, f"/desk/cases/{case.id}/preview", **fields).text
    assert "提交给第二个人：依法停止展示" in shown
    after = previews(shown)
    number = propose(browser, case)
    assert client.get(PATH).status_code == 200
    own = browser.get(f"/desk/cases/{case.id}?proposed=1").text
    assert "什么都还没有改变" in own
    assert "要由另一个人批准" in own
    assert "收回，放回草稿" in own
    assert "看后果，再批准" not in own
    theirs = reviewer.get(f"/desk/cases/{case.id}").text
    for text in (*TEXTS.values(), DECISION["facts"], DECISION["ground_ref"], "成立"):
        assert text in theirs
    assert "看后果，再批准" in theirs
    assert "就先采取暂时措施（暂停展示）" in theirs
    before = everything()
    looked = post(reviewer, f"/desk/cases/{case.id}/proposals/{number}/preview").text
    assert everything() == before
    assert previews(looked) == after
    done = post(reviewer, f"/desk/cases/{case.id}/proposals/{number}/approve", version=version_on(looked))
    assert done.location == f"/desk/cases/{case.id}?decided=1"
    assert client.get(PATH).status_code == 451
    html = reviewer.get(done.location).text
    assert "撤销（还剩" in html
    assert re.search(r"梅</bdi>；<bdi>林</bdi>批准", html)
    assert "提出决定，等待第二个人" in html
    assert "批准同事提出的决定" in html


def test_the_queue_shows_what_waits_and_next_passes_it_by(
    strict: Site, browser: FlaskClient, reviewer: FlaskClient, mei: Account, case: Case
) -> None:
    assert "/desk/proposals" not in browser.get("/desk/").text
    propose(browser, case)
    html = reviewer.get("/desk/").text
    assert re.search(r'href="/desk/proposals">等待第二个人 <b>1</b>', html)
    assert html.count("tag-warning") == 1
    listed = reviewer.get("/desk/proposals").text
    assert f"/desk/cases/{case.id}#proposal" in listed
    assert "梅" in listed
    assert "（您）" not in listed
    assert "（您）" in browser.get("/desk/proposals").text
    with transaction():
        assert leases.next_case(strict, mei, clock.now()) is None


def test_a_case_that_changed_is_shown_anew_before_it_is_approved(
    strict: Site, browser: FlaskClient, reviewer: FlaskClient, case: Case, client: FlaskClient
) -> None:
    number = propose(browser, case)
    at = f"/desk/cases/{case.id}/proposals/{number}"
    looked = post(reviewer, f"{at}/preview").text
    make_notice(strict, case.article, clock.now(), "carol@example.com")
    answer = post(reviewer, f"{at}/approve", version=version_on(looked))
    assert answer.status_code == 409
    assert "通知人已在" in answer.text
    assert "提出以后案件有变化" in answer.text
    assert "carol@example.com" in answer.text  # one more mail would go
    assert TEXTS["to_publisher"] in answer.text
    assert client.get(PATH).status_code == 200
    assert post(reviewer, f"{at}/approve", version=version_on(answer.text)).status_code == 303
    assert client.get(PATH).status_code == 451


def test_the_second_of_two_is_told_who_was_first(
    app: Flask, strict: Site, browser: FlaskClient, reviewer: FlaskClient, admin: FlaskClient, case: Case
) -> None:
    at = f"/desk/cases/{case.id}/proposals/{propose(browser, case)}"
    version = version_on(post(admin, f"{at}/preview").text)
    assert post(reviewer, f"{at}/approve", version=version).status_code == 303
    late = post(admin, f"{at}/approve", version=version)
    assert late.status_code == 409
    assert "林已在" in late.text
    assert post(admin, f"{at}/preview").status_code == 409
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Decision)) == 1


def test_sent_back_the_writer_finds_the_reason_and_the_form_filled_in(
    strict: Site, browser: FlaskClient, reviewer: FlaskClient, case: Case
) -> None:
    at = f"/desk/cases/{case.id}/proposals/{propose(browser, case)}"
    wrong = post(reviewer, f"{at}/return", version="2", key="k" * 24, reason="")
    assert wrong.status_code == 422
    answer = post(reviewer, f"{at}/return", version="2", key="k" * 24, reason="请核对第二段再提。")
    assert answer.status_code == 303
    html = browser.get(f"/desk/cases/{case.id}").text
    assert "提出的决定被退回" in html
    assert "请核对第二段再提。" in html
    form = html[html.index('id="deciding-form"') :]
    for text in (*TEXTS.values(), DECISION["facts"]):
        assert text in form
    assert re.search(r'value="withheld"\s+checked', form)
    db.session.rollback()
    number = propose(browser, db.session.get_one(Case, case.id))
    assert "请核对第二段再提。" not in browser.get(f"/desk/cases/{case.id}").text
    post(browser, f"/desk/cases/{case.id}/proposals/{number}/withdraw")
    html = browser.get(f"/desk/cases/{case.id}?withdrawn=1").text
    assert "已收回" in html
    assert TEXTS["public"] in html[html.index('id="deciding-form"') :]


def test_whoever_may_not_is_told_why(
    app: Flask, strict: Site, browser: FlaskClient, reviewer: FlaskClient, admin: FlaskClient, jia: Account, case: Case
) -> None:
    with transaction():
        recusals.put(jia, jia.id, About.ARTICLE, "yi-pian", clock.now())
    number = propose(reviewer, case)
    at = f"/desk/cases/{case.id}/proposals/{number}"
    for who, why, status in ((reviewer, "您自己提出", 403), (admin, "利害关系", 403), (browser, "没有这项权限", 403)):
        answer = post(who, f"{at}/approve", version="2")
        assert (answer.status_code, why in answer.text) == (status, True)
        page = who.get(f"/desk/cases/{case.id}").text
        assert "看后果，再批准" not in page
        assert "退回给提出的人" not in page
        assert "/approve" not in post(who, f"{at}/preview").text
    assert "没有人可以批准" in reviewer.get(f"/desk/cases/{case.id}").text
    assert "到了期限，先采取暂时措施" in reviewer.get(f"/desk/cases/{case.id}").text
    assert post(browser, f"{at}/withdraw").status_code == 403
    assert post(reviewer, f"/desk/cases/{case.id + 1}/proposals/{number}/withdraw").status_code == 404
    assert post(reviewer, f"/desk/cases/{case.id}/proposals/99/withdraw").status_code == 404
    auditor = signed_in(app, make_member("shen@example.org", Role.AUDITOR, "沈"))
    html = auditor.get(f"/desk/cases/{case.id}").text
    assert TEXTS["rationale"] in html
    assert "/proposals/" not in html


def test_a_second_proposal_keeps_its_text(
    strict: Site, browser: FlaskClient, reviewer: FlaskClient, case: Case
) -> None:
    propose(browser, case)
    fields = DECISION | {"version": "2", "facts": "另一位同事写下的事实，二十个字以上，不能丢掉。"}
    answer = post(reviewer, f"/desk/cases/{case.id}/decide", **fields)
    assert answer.status_code == 409
    assert "梅已在" in answer.text
    assert fields["facts"] in answer.text
