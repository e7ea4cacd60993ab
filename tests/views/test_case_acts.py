"""The acts on the page of a case: each done, refused in the wrong state, against an old version, twice, and without its token."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.casework import KEY, act, part, post
from tests.factories import decide, stored
from tests.notifier import publish
from tests.staff import DECISION, make_case, make_member, make_notice, signed_in
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import Ending, ItemState, State
from tracker.domain.roles import Role
from tracker.domain.standing import Level, Side
from tracker.models import Account, AuditEntry, Case, Clock, Mail, Message, Standing
from tracker.render.site import Site
from tracker.services import cases, merging, publishers, standings

WORDS = "请上传营业执照，并写明哪一句话与事实不符。"


@pytest.fixture
def mei(app: Flask) -> Account:
    return make_member(role=Role.REVIEWER)


def count(model: type[Any]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def kinds() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry.kind).order_by(AuditEntry.seq)))


def mails(name: str) -> list[Mail]:
    db.session.rollback()
    return list(db.session.scalars(select(Mail).where(Mail.name == name)))


def take_up(site: Site, mei: Account, case: Case) -> None:
    with transaction():
        cases.take_up(site, mei, case.id, case.version, clock.now())


# asking and rejecting


def test_what_is_missing_is_asked_for(browser: FlaskClient, case: Case) -> None:
    item = case.items[0]
    html = browser.get(f"/desk/cases/{case.id}").text
    assert "是否完整" in html
    assert "请补充以下内容" in html  # what the regimes ask for is written already
    answer = act(browser, case, "ask-info", item=item.id, text=WORDS)
    assert (answer.status_code, answer.location) == (303, f"/desk/cases/{case.id}?did=1")
    assert (case.state, item.state) == (State.NEEDS_INFO, ItemState.NEEDS_INFO)
    assert kinds()[-1] == "case.info_asked"
    assert WORDS in mails("needs_info")[0].text
    html = browser.get(answer.location).text
    assert "已办好" in html
    assert "请补充以下内容" not in html, "what was asked for is not written again"
    assert WORDS in html
    assert "通知人补充材料" in html


def test_an_item_is_rejected_with_words_for_its_notifier(browser: FlaskClient, case: Case) -> None:
    item = case.items[0]
    answer = act(browser, case, "reject", item=item.id, ending="not_ours", text="这件事不归本站处理，请找登载的网站。")
    assert answer.status_code == 303
    assert (item.state, item.ended, case.state) == (ItemState.CLOSED, Ending.NOT_OURS, State.CLOSED)
    assert "请找登载的网站" in mails("rejected")[0].text
    html = browser.get(f"/desk/cases/{case.id}").text
    assert "不属于本站处理" in html
    assert 'name="ending"' not in html
    assert f'action="/desk/cases/{case.id}/preview"' not in html


@pytest.mark.parametrize("ending", ["withdrawn", "", "x"])
def test_an_item_is_rejected_only_for_what_staff_may_say(browser: FlaskClient, case: Case, ending: str) -> None:
    answer = act(browser, case, "reject", item=case.items[0].id, ending=ending, text=WORDS)
    assert (answer.status_code, WORDS in answer.text) == (422, True)
    assert 'href="#ending"' in answer.text


def test_an_item_of_another_case_is_not_found(site: Site, browser: FlaskClient, case: Case) -> None:
    other = make_case(site, clock.now(), "er")
    for item in (other.items[0].id, 0, "x", "9" * 30):
        assert act(browser, case, "ask-info", item=item, text=WORDS).status_code == 404
        assert act(browser, case, "reject", item=item, text=WORDS, ending="abusive").status_code == 404


# the publisher


def test_the_publisher_is_asked_and_staff_see_what_they_will_see(
    site: Site, browser: FlaskClient, case: Case, mei: Account
) -> None:
    assert "先由一位审核员开始审核" in browser.get(f"/desk/cases/{case.id}").text
    assert act(browser, case, "forward").status_code == 409
    take_up(site, mei, case)
    html = browser.get(f"/desk/cases/{case.id}").text
    for told in publishers.shown(case.items[0]):
        assert told.text() in html
    assert act(browser, case, "forward").status_code == 303
    assert case.state is State.AWAITING_REPLY
    sent = mails("forwarded")
    assert [mail.recipient for mail in sent] == ["editors@example.org"]
    assert "anna@example.com" not in sent[0].text
    assert "等待答复" in browser.get(f"/desk/cases/{case.id}").text


def test_without_an_address_nobody_can_be_asked(site: Site, browser: FlaskClient, case: Case, mei: Account) -> None:
    take_up(site, mei, case)
    with transaction():
        case.article.publisher_email = ""
    assert "没有发布者的邮箱" in browser.get(f"/desk/cases/{case.id}").text
    assert act(browser, case, "forward").status_code == 409


# withholding meanwhile, refusing, manifest


def test_an_article_is_withheld_while_its_case_is_reviewed(app: Flask, browser: FlaskClient, site: Site) -> None:
    case = make_case(site, clock.now(), category=CategoryName.MINOR)
    assert "审核期间暂停展示" in browser.get(f"/desk/cases/{case.id}").text
    assert act(browser, case, "decide", **DECISION | {"outcome": "interim"}).status_code == 303
    assert (case.state, case.decided_at) == (State.IN_REVIEW, None)
    assert app.test_client().get(f"/articles/{case.article.slug}").status_code == 451
    html = browser.get(f"/desk/cases/{case.id}").text
    assert 'value="interim"' not in html
    assert "对暂时停止展示的内容作出决定" in html
    refused = DECISION | {"outcome": "declined", "refusal": "unfounded"}
    assert act(browser, case, "decide", **refused).status_code == 303
    assert app.test_client().get(f"/articles/{case.article.slug}").status_code == 200


@pytest.mark.parametrize(("outcome", "kept"), [("declined", "unfounded"), ("withheld", "")])
def test_a_refusal_has_a_ground_and_may_be_manifest(browser: FlaskClient, case: Case, outcome: str, kept: str) -> None:
    fields = DECISION | {"outcome": outcome, "refusal": "unfounded", "is_manifest": "1"}
    preview = act(browser, case, "preview", **fields).text
    assert re.search(r'name="refusal"\s+value="unfounded"', preview)
    assert re.search(r'name="is_manifest"\s+value="1"', preview)
    assert act(browser, case, "decide", **fields).status_code == 303
    decision = case.decisions[0]
    assert (decision.refusal, decision.is_manifest) == (kept, True)
    html = browser.get(f"/desk/cases/{case.id}").text
    assert ("明显没有根据" in html) == bool(kept)


@pytest.mark.parametrize("refusal", ["", "x"])
def test_a_refusal_without_a_ground_of_the_list_is_none(browser: FlaskClient, case: Case, refusal: str) -> None:
    answer = act(browser, case, "decide", **DECISION | {"outcome": "declined", "refusal": refusal, "is_manifest": ""})
    assert answer.status_code == 422
    assert '<a href="#refusal">' in answer.text
    assert case.decisions == []


# clocks, holds, notes


def test_a_clock_is_paused_with_a_reason_and_goes_on(
    browser: FlaskClient, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = next(limit for limit in case.clocks if limit.kind is ClockKind.DECIDE)
    was_due = limit.due_at
    html = browser.get(f"/desk/cases/{case.id}").text
    assert "作出决定" in html
    assert "之后的第7天" in html  # counted in words
    assert act(browser, case, "pause", clock=limit.id, reason=" ").status_code == 422
    assert act(browser, case, "pause", clock=limit.id, reason="等待法院的裁定").status_code == 303
    html = browser.get(f"/desk/cases/{case.id}").text
    assert re.search(r"梅已于[^<]+暂停：<bdi>等待法院的裁定</bdi>", html)
    assert (
        act(browser, case, "pause", clock=limit.id, reason="再暂停一次", key="another-key-of-this-test").status_code
        == 409
    )
    later = clock.now() + timedelta(minutes=30)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert act(browser, case, "resume", clock=limit.id, key="resume-key-of-this-test").status_code == 303
    assert limit.paused_at is None
    assert timedelta(minutes=29) < limit.due_at - was_due <= timedelta(minutes=31)
    assert [kind for kind in kinds() if kind.startswith("clock")] == ["clock.paused", "clock.resumed"]
    assert "相应顺延" in browser.get(f"/desk/cases/{case.id}").text
    assert act(browser, case, "resume", clock=limit.id, key="third-key-of-this-test").status_code == 409
    assert act(browser, case, "resume", clock=999, key="fourth-key-of-this-test").status_code == 404


def test_a_legal_hold_is_set_and_cleared(site: Site, browser: FlaskClient, case: Case) -> None:
    for wrong in ("2020-01-01", "yesterday", "9999-12-31"):
        answer = act(browser, case, "keep", until=wrong, reason="（2026）京01民初1号")
        assert (answer.status_code, 'href="#until"' in answer.text, "京01民初1号" in answer.text) == (422, True, True)
    day = f"{clock.now() + timedelta(days=400):%Y-%m-%d}"
    assert act(browser, case, "keep", until=day, reason="（2026）京01民初1号").status_code == 303
    assert case.kept_until
    assert case.kept_until > clock.now() + timedelta(days=399)
    html = browser.get(f"/desk/cases/{case.id}").text
    assert "法律保全" in html
    assert "（2026）京01民初1号" in html
    assert act(browser, case, "keep", until="", reason="已经撤诉", key="another-key-of-this-test").status_code == 303
    db.session.rollback()
    assert case.kept_until is None
    assert kinds().count("case.kept") == 2


def test_the_end_of_a_hold_counts_the_purge_anew(site: Site, browser: FlaskClient, case: Case) -> None:
    act(browser, case, "reject", item=case.items[0].id, ending="abusive", text=WORDS)
    with transaction():
        purge = db.session.scalars(select(Clock).where(Clock.kind == ClockKind.PURGE)).one()
        meant, purge.due_at = purge.due_at, purge.due_at + timedelta(days=900)
    assert act(browser, case, "keep", until="", reason="已经撤诉", key="another-key-of-this-test").status_code == 303
    db.session.rollback()
    assert purge.due_at == meant


def test_a_note_is_for_staff_only_and_comes_once(browser: FlaskClient, case: Case) -> None:
    for _ in range(2):
        assert act(browser, case, "note", text="<b>电话里说会补材料</b>\u202e").status_code == 303
    assert count(Message) == 1
    html = browser.get(f"/desk/cases/{case.id}").text
    assert "&lt;b&gt;电话里说会补材料" in html
    assert "⟨U+202E⟩" in html
    assert len(mails("acknowledgement")) == 1
    assert act(browser, case, "note", text="\u200b ", key="another-key-of-this-test").status_code == 422


def test_a_note_without_a_key_is_still_a_note(browser: FlaskClient, case: Case) -> None:
    for number in range(2):
        assert act(browser, case, "note", text=f"备注{number}", key="").status_code == 303
    assert count(Message) == 2


@pytest.mark.parametrize(
    ("category", "said", "why"),
    [
        (CategoryName.CSAM, {}, "儿童性剥削的内容：请保存记录，立即向公安机关报告"),
        (CategoryName.REPUTATION, {"danger_to_life": "yes"}, "有人面临生命危险：请立即向公安机关报告"),
        (CategoryName.REPUTATION, {}, ""),
    ],
)
def test_that_the_police_was_told_stands_on_record(
    site: Site, browser: FlaskClient, mei: Account, category: CategoryName, said: dict[str, str], why: str
) -> None:
    """DSA art. 18; what the page about the category promises."""
    case = make_case(site, clock.now(), category=category, **said)
    html = browser.get(f"/desk/cases/{case.id}").text
    assert ("还没有报告" in html) is bool(why)
    assert why in html
    version = case.version
    for _ in range(2):
        assert act(browser, case, "tell-authority", authority="police", text="110，受理编号 7。").status_code == 303
    assert (count(Message), kinds().count("case.authority_told"), case.version) == (1, 1, version)
    html = browser.get(f"/desk/cases/{case.id}").text
    assert "还没有报告" not in html
    assert "公安机关" in part(html, "authorities")
    assert "受理编号 7" in part(html, "thread")
    assert act(browser, case, "tell-authority", authority="nobody", text="x" * 5, key="k" * 30).status_code == 422


@pytest.mark.parametrize("targets_eu", [True, False])
def test_the_law_of_the_eu_asks_to_tell_somebody_where_the_site_is_aimed_at_it(
    site: Site, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch, targets_eu: bool
) -> None:
    monkeypatch.setattr(site, "targets_eu", targets_eu)
    case = make_case(site, clock.now(), danger_to_life="yes")
    said = part(browser.get(f"/desk/cases/{case.id}").text, "authorities")
    assert "立即向公安机关报告" in said
    assert ("欧盟《数字服务法》第18条" in said) is targets_eu


def test_what_was_told_of_a_case_goes_along_when_it_is_merged_and_a_later_danger_is_told_anew(
    site: Site, browser: FlaskClient, mei: Account
) -> None:
    now = clock.now()
    article = publish(site, "one", now)
    other = {"category": CategoryName.PERSONAL_DATA, "data_right": "delete"}
    told = make_notice(site, article, now - timedelta(hours=1), danger_to_life="yes").items[0].case
    into = make_notice(site, article, now, "bob@example.com", **other).items[0].case
    assert act(browser, told, "tell-authority", authority="police", text="110，受理编号 7。").status_code == 303
    with transaction():
        merging.merge(site, mei, into.id, into.version, told.id, clock.now())
    said = browser.get(f"/desk/cases/{into.id}").text
    assert ("已报告</span>" in said, "还没有报告" in said) == (True, False)
    make_notice(site, article, clock.now() + timedelta(seconds=1), "ann@example.com", **other, danger_to_life="yes")
    said = browser.get(f"/desk/cases/{into.id}").text
    assert ("已报告</span>" in said, "还没有报告" in said) == (True, True)


def test_a_request_under_the_gdpr_takes_longer_once(site: Site, browser: FlaskClient, mei: Account) -> None:
    case = make_case(site, clock.now(), category=CategoryName.PERSONAL_DATA, country="DE", data_right="delete")
    assert "gdpr" in case.items[0].notice.regimes
    take_up(site, mei, case)
    assert "延长答复期限" in browser.get(f"/desk/cases/{case.id}").text
    assert act(browser, case, "extend", text="请求涉及三年的文章，需要逐篇核对。").status_code == 303
    running = {limit.kind: limit for limit in case.clocks if limit.stopped_at is None}
    assert ClockKind.GDPR_REPLY not in running
    assert running[ClockKind.GDPR_EXTENDED].starts_at == case.items[0].notice.received_at
    assert "需要逐篇核对" in mails("extended")[0].text
    assert kinds()[-1] == "case.extended"
    assert "延长答复期限（GDPR" not in browser.get(f"/desk/cases/{case.id}").text
    assert act(browser, case, "extend", text=WORDS, key="another-key-of-this-test").status_code == 409


def test_a_month_gone_by_cannot_be_made_longer(site: Site, browser: FlaskClient, mei: Account) -> None:
    case = make_case(
        site, clock.now() - timedelta(days=40), category=CategoryName.PERSONAL_DATA, country="DE", data_right="delete"
    )
    take_up(site, mei, case)
    answer = act(browser, case, "extend", text=WORDS)
    assert (answer.status_code, WORDS in answer.text) == (409, True)


# standing


def test_an_admin_warns_a_notifier_from_the_case(app: Flask, browser: FlaskClient, case: Case) -> None:
    jia = signed_in(app, make_member("jia@example.org", Role.ADMIN, name="甲"))
    fields = {
        "item": case.items[0].id,
        "level": "warned",
        "reason": "一年内三次明显没有依据的通知。",
        "gravity": "一般",
    }
    assert 'name="level"' not in browser.get(f"/desk/cases/{case.id}").text
    assert act(browser, case, "standing", **fields).status_code == 403
    assert 'name="level"' in jia.get(f"/desk/cases/{case.id}").text
    for _ in range(2):
        assert act(jia, case, "standing", **fields).status_code == 303
    db.session.rollback()
    found = db.session.scalars(select(Standing)).one()
    assert (found.mailbox, found.level) == ("anna@example.com", Level.WARNED)
    assert len(mails("misuse")) == 1
    assert "已警告" in browser.get(f"/desk/cases/{case.id}").text
    assert act(jia, case, "standing", **fields | {"level": "lapse"}, key="another-key-of-this-test").status_code == 303
    assert standings.level("anna@example.com", clock.now()) is None


def test_an_admin_warns_a_publisher_from_the_case(app: Flask, case: Case) -> None:
    jia = signed_in(app, make_member("jia@example.org", Role.ADMIN, name="甲"))
    assert "发布者的信誉" in jia.get(f"/desk/cases/{case.id}").text
    fields = {"item": "", "level": "warned", "reason": "一年内三次发布明显违法的内容。"}
    assert act(jia, case, "standing", **fields).status_code == 303
    found = db.session.scalars(select(Standing)).one()
    assert (found.mailbox, found.side) == ("editors@example.org", Side.PUBLISHER)
    assert [mail.recipient for mail in mails("misuse")] == ["editors@example.org"]


# every act: wrong state, old version, no token, twice


Fields = dict[str, Any]
TEXT = {"text": WORDS}
ACTS: dict[str, Callable[[Case], Fields]] = {
    "ask-info": lambda case: {"item": case.items[0].id, **TEXT},
    "reject": lambda case: {"item": case.items[0].id, "ending": "duplicate", **TEXT},
    "forward": lambda case: {},
    "pause": lambda case: {"clock": case.clocks[0].id, "reason": WORDS},
    "resume": lambda case: {"clock": case.clocks[0].id},
    "keep": lambda case: {"until": "", "reason": WORDS},
    "extend": lambda case: TEXT,
    "restore": lambda case: {"reason": "withdrawn"},
    "ruling": lambda case: {"restores": "no"},
}


@pytest.mark.parametrize("name", ACTS)
def test_an_old_version_is_refused_with_who_and_when_and_the_words_kept(
    site: Site, browser: FlaskClient, case: Case, name: str
) -> None:
    fields = ACTS[name](case)
    make_notice(site, case.article, clock.now(), "bob@example.com")
    before = stored("session", "limit")
    answer = act(browser, case, name, version=1, **fields)
    assert answer.status_code == 409
    assert re.search(r"通知人已在\d{4}-\d\d-\d\d \d\d:\d\d:\d\d改动了这个案件", answer.text)
    assert re.search(r'name="version"\s+value="2"', answer.text)
    assert f'value="{KEY}"' in answer.text
    for typed in (fields.get("text"), fields.get("reason")):
        assert typed is None or typed in answer.text
    assert stored("session", "limit") == before


@pytest.mark.parametrize("name", ["ask-info", "reject", "forward", "extend", "restore", "ruling"])
def test_an_act_is_refused_in_a_state_that_does_not_allow_it(
    site: Site, browser: FlaskClient, case: Case, mei: Account, name: str
) -> None:
    decide(site, case, Outcome.DECLINED, clock.now(), mei)
    fields = ACTS[name](case)
    html = browser.get(f"/desk/cases/{case.id}").text
    assert f'action="/desk/cases/{case.id}/{name}"' not in html
    before = stored("session", "limit")
    answer = act(browser, case, name, **fields)
    assert answer.status_code == 409
    assert "现在不能做这一步" in answer.text
    assert fields.get("text", "") in answer.text
    assert stored("session", "limit") == before


@pytest.mark.parametrize("name", [*ACTS, "note", "rule"])
def test_an_act_without_its_token_is_not_done(browser: FlaskClient, case: Case, name: str) -> None:
    fields = {"version": 1, "key": KEY, **ACTS.get(name, lambda _: TEXT)(case)}
    before = stored("session", "limit")
    answer = browser.post(f"/desk/cases/{case.id}/{name}", data=fields)
    assert (answer.status_code, "这个页面放得太久了" in answer.text) == (422, True)
    assert stored("session", "limit") == before


@pytest.mark.parametrize("name", ["ask-info", "reject", "pause", "keep"])
def test_the_same_form_twice_is_one_act(browser: FlaskClient, case: Case, name: str) -> None:
    fields = ACTS[name](case)
    version = case.version
    assert act(browser, case, name, version=version, **fields).status_code == 303
    before = stored("session", "limit")
    for seen in (version, version + 1):
        assert act(browser, case, name, version=seen, **fields).status_code == 303
    assert stored("session", "limit") == before


@pytest.mark.parametrize("name", [*ACTS, "note", "rule", "standing"])
def test_acts_on_a_case_that_is_not_there_are_not_found(app: Flask, name: str) -> None:
    jia = signed_in(app, make_member("jia@example.org", Role.ADMIN))
    fields = {"item": 1, "clock": 1, "appeal": 1, "ending": "abusive", "verdict": "dismiss", "grounds": WORDS * 2}
    fields |= {"reason": "withdrawn", "restores": "no", "level": "trusted", "version": 1, **TEXT}
    if name in {"pause", "keep", "standing"}:
        fields["reason"] = WORDS
    assert post(jia, f"/desk/cases/7/{name}", **fields).status_code == 404
