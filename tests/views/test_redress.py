"""The page of what parties answer each other: what stands still, how it is judged or written down, who may do it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.factories import decide, publish
from tests.services.test_counters import COUNTER, US
from tests.services.test_defamation import ADDRESS, NAME, REFUSAL, UK
from tests.services.test_serving import mail, send
from tests.staff import make_case, make_member, make_notice, signed_in, token_of
from tracker.db import db, transaction
from tracker.domain.attachments import accept
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import State
from tracker.domain.redress import CounterState
from tracker.domain.roles import Role
from tracker.domain.threads import MessageKind
from tracker.mail.replies import Fate
from tracker.models import Account, Case, Dispute, PublicNotice
from tracker.render.site import Site
from tracker.services import cases, counters, exchange, publishers

pytestmark = pytest.mark.usefixtures("stopped_clock")
KEY = "a-key-of-an-act-of-this-test"


@pytest.fixture
def jia(app: Flask) -> FlaskClient:
    """An admin's browser."""
    return signed_in(app, make_member("jia@example.org", Role.ADMIN, name="甲"))


@pytest.fixture
def case(site: Site, now: datetime, mei: Account) -> Case:
    """A copyright case under US law, decided and countered."""
    case = make_case(site, now, category=CategoryName.COPYRIGHT, **US)
    decide(site, case, Outcome.WITHHELD, now, mei)
    with transaction():
        counters.send(site, case, COUNTER, {}, [], "zh-Hans", now, "c")
    return case


def place(case: Case) -> str:
    return f"/desk/cases/{case.id}/redress"


def act(browser: FlaskClient, case: Case, name: str, **fields: Any) -> TestResponse:
    db.session.expire_all()
    token = token_of(browser.get("/account/").text)
    said = {"csrf_token": token, "version": str(case.version), "key": KEY} | fields
    answer = browser.post(f"{place(case)}/{name}", data=said)
    db.session.rollback()  # what was read before belongs to an older snapshot
    return answer


def prove(site: Site, case: Case, now: datetime, *files: str) -> int:
    with transaction():
        sent = [accept(name, b"docket") for name in files]
        exchange.supplement(site, case.items[0].notice, "已起诉。", sent, {}, now, "p", MessageKind.PROOF)
    return case.counter_notices[0].proceedings[0].id


def test_a_proof_is_announced_read_and_confirmed(site: Site, now: datetime, browser: FlaskClient, case: Case) -> None:
    number = prove(site, case, now, "立案通知书.txt")
    on_case = browser.get(f"/desk/cases/{case.id}").text
    assert "收到起诉或投诉的证明" in on_case
    assert f'href="{place(case)}"' in on_case
    html = browser.get(place(case)).text
    for said in ("已起诉。", "立案通知书.txt", "等待核对"):
        assert said in html
    assert act(browser, case, "confirm-proof", proof=number).status_code == 303
    assert case.state is State.ON_HOLD
    assert "已确认" in browser.get(place(case)).text
    assert act(browser, case, "confirm-proof", proof=number, key="another-key-of-this-test").status_code == 409


def test_what_is_still_to_come_stands_apart_in_the_words_of_its_limit(browser: FlaskClient, case: Case) -> None:
    html = browser.get(f"/desk/cases/{case.id}").text
    limits, happened = html[html.index('id="clocks"') :].split('id="history"')
    due = re.findall(r"<p>(\d+年\d+月\d+日 [^<]*?（[^）]+）)", limits)
    assert any("北美东部" in words for words in due)
    past, ahead = happened.split("之后", 1)
    assert [words in ahead and words not in past for words in due] == [True] * len(due)
    assert "收到通知" in past


def test_a_proof_that_proves_nothing_is_refused_with_words(
    site: Site, now: datetime, browser: FlaskClient, case: Case
) -> None:
    number = prove(site, case, now)
    assert "没有文件，不能确认" in act(browser, case, "confirm-proof", proof=number).text
    empty = act(browser, case, "refuse-proof", proof=number, text=" ")
    assert (empty.status_code, "请写明为什么不是证明" in empty.text) == (422, True)
    assert act(browser, case, "refuse-proof", proof=number, text="只是律师函。").status_code == 303
    assert mail("proof_refused").recipient == "wang@example.org"
    assert case.state is State.COUNTERED


def test_what_came_by_post_is_written_down_with_its_file(
    site: Site, now: datetime, browser: FlaskClient, case: Case
) -> None:
    assert 'enctype="multipart/form-data"' in browser.get(place(case)).text
    day = f"{site.local(now):%Y-%m-%d}"
    for wrong, field in (({"day": "昨天"}, "day"), ({"day": "2020-01-01"}, "day"),
                         ({"day": day, "files": (BytesIO(b"\0\1"), "x.exe")}, "files")):  # fmt: skip
        refused = act(browser, case, "register-proof", text="挂号信", **wrong)
        assert (refused.status_code, f'href="#{field}"' in refused.text, "挂号信" in refused.text) == (422, True, True)
    sent = act(browser, case, "register-proof", day=day, text="挂号信", files=(BytesIO(b"docket"), "docket.txt"))
    assert sent.status_code == 303
    (proof,) = case.counter_notices[0].proceedings
    assert [file.name for file in proof.message.attachments] == ["docket.txt"]
    assert act(browser, case, "confirm-proof", proof=proof.id, key="another-key-of-this-test").status_code == 303


def test_a_mail_that_did_not_arrive_is_shown_and_brought_another_way(
    site: Site, now: datetime, browser: FlaskClient, case: Case
) -> None:
    send(site, mail("counter_forwarded"), Fate.BOUNCE, now)
    lost = mail("counter_forwarded")
    on_case = browser.get(f"/desk/cases/{case.id}").text
    assert "有邮件没有送达" in on_case
    assert "未送达" in on_case
    html = browser.get(place(case)).text
    assert "wang@example.org" in html
    day = f"{site.local(now):%Y-%m-%d}"
    for wrong in ({"way": "mail", "day": day}, {"way": "post", "day": ""}, {"way": "post", "day": "2030-01-01"}):
        assert act(browser, case, "served", mail=lost.id, **wrong).status_code == 422
    assert act(browser, case, "served", mail=lost.id, way="phone", day=day, text="上午通话").status_code == 303
    assert "有邮件没有送达" not in browser.get(f"/desk/cases/{case.id}").text
    assert "已用其他方式送达" in browser.get(f"/desk/cases/{case.id}").text


def test_a_public_notice_is_put_up_where_the_article_was(
    app: Flask, site: Site, now: datetime, browser: FlaskClient, mei: Account
) -> None:
    article = publish(site, "wu", now)
    with transaction():
        article.publisher_email = ""
    said = US | {"country": "CN", "addresses": "http://localhost/articles/wu"}
    case = make_notice(site, article, now, category=CategoryName.COPYRIGHT, **said).items[0].case
    decide(site, case, Outcome.WITHHELD, now, mei)
    html = browser.get(place(case)).text
    proposed = re.search(r"<textarea[^>]*name=\"text\"[^>]*>\n?(.*?)</textarea>", html, re.DOTALL)
    assert proposed
    assert "谁在催收" in proposed[1]
    assert "王小明" not in proposed[1]
    assert act(browser, case, "public-notice", text=proposed[1] + "王小明").status_code == 422
    assert act(browser, case, "public-notice", text=proposed[1]).status_code == 303
    assert db.session.scalars(select(PublicNotice)).one().case_id == case.id
    tombstone = app.test_client().get("/articles/wu")
    assert (tombstone.status_code, "公告：通知的内容" in tombstone.text) == (451, True)
    assert "谁在催收" in tombstone.text
    decide(site, case, Outcome.RESTORED, now + timedelta(hours=1), mei)
    assert "公告：通知的内容" not in app.test_client().get("/articles/wu").text


@pytest.fixture
def asked(site: Site, now: datetime, mei: Account) -> Case:
    """A British case whose publisher was asked."""
    case = make_case(site, now, **UK)
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)
    with transaction():
        publishers.ask(site, mei, case.id, case.version, now, "f")
    return case


def test_a_refusal_is_read_and_passed_on(site: Site, now: datetime, browser: FlaskClient, asked: Case) -> None:
    assert "等待发布者完整的答复" in browser.get(place(asked)).text
    with transaction():
        publishers.reply(site, asked, "", REFUSAL, [], now, "r")
    html = browser.get(place(asked)).text
    for said in (NAME, ADDRESS, "完整", "可以保留"):
        assert said in html
    assert act(browser, asked, "tell").status_code == 303
    assert NAME in mail("publisher_refused").text
    assert "已转告" in browser.get(place(asked)).text
    assert act(browser, asked, "tell", key="another-key-of-this-test").status_code == 409


def test_a_false_reply_counts_as_none(site: Site, now: datetime, browser: FlaskClient, asked: Case) -> None:
    with transaction():
        publishers.reply(site, asked, "", REFUSAL, [], now, "r")
    number = asked.replies[0].id
    assert act(browser, asked, "false-reply", reply=number, reason="").status_code == 422
    assert act(browser, asked, "false-reply", reply=number, reason="显然是编的").status_code == 303
    html = browser.get(place(asked)).text
    assert "明显虚假" in html
    assert "应移除" in html


def test_an_admin_records_a_dispute_and_reopens_a_closed_case(
    site: Site, now: datetime, browser: FlaskClient, jia: FlaskClient, mei: Account
) -> None:
    case = make_case(site, now)
    decide(site, case, Outcome.WITHHELD, now, mei)
    said = {"party": "publisher", "body": "某机构", "reference": "ODS-1"}
    assert 'name="body"' not in browser.get(place(case)).text
    assert act(browser, case, "dispute", **said).status_code == 403
    for missing in said:
        refused = act(jia, case, "dispute", **(said | {missing: ""}))
        assert (refused.status_code, f'href="#{missing}"' in refused.text) == (422, True)
    assert act(jia, case, "dispute", **said).status_code == 303
    assert case.state is State.ON_HOLD
    assert db.session.scalars(select(Dispute)).one().body == "某机构"
    assert "某机构" in browser.get(place(case)).text
    other = make_case(site, now, "er", body="另一篇。")
    with transaction():
        exchange.withdraw(site, other.items[0].notice, [other.items[0].id], now, "w")
    assert act(browser, other, "reopen", reason="新裁判。").status_code == 403
    assert act(jia, other, "reopen", reason="").status_code == 422
    assert act(jia, other, "reopen", reason="新裁判。").status_code == 303
    assert other.state is State.IN_REVIEW


ACTS: dict[str, Callable[[], dict[str, Any]]] = {
    "confirm-proof": lambda: {"proof": 1},
    "refuse-proof": lambda: {"proof": 1, "text": "不是证明。"},
    "register-proof": lambda: {"day": "2026-11-23", "text": "信件"},
    "served": lambda: {"mail": 1, "way": "post", "day": "2026-11-23"},
    "public-notice": lambda: {"text": "一段足够长的、已经删去姓名和号码的公告文字。"},
    "tell": dict,
    "false-reply": lambda: {"reply": 1, "reason": "显然是编的"},
    "dispute": lambda: {"party": "publisher", "body": "某机构", "reference": "1"},
    "reopen": lambda: {"reason": "新裁判。"},
}


@pytest.mark.parametrize("name", ACTS)
def test_an_act_that_does_not_fit_is_refused_and_nothing_is_done(
    site: Site, now: datetime, jia: FlaskClient, name: str
) -> None:
    case = make_case(site, now)
    assert jia.get("/desk/cases/99/redress").status_code == 404
    assert jia.post(f"/desk/cases/99/redress/{name}", data=ACTS[name]()).status_code in {404, 422}
    assert jia.post(f"{place(case)}/{name}", data=ACTS[name]()).status_code == 422  # without its token
    assert act(jia, case, name, **ACTS[name]()).status_code in {404, 409, 422}
    assert act(jia, case, name, **(ACTS[name]() | {"version": "7"})).status_code == 409
    assert case.state is State.RECEIVED


def test_a_limit_of_the_law_has_no_button_to_pause_it(browser: FlaskClient, case: Case) -> None:
    html = browser.get(f"/desk/cases/{case.id}").text
    assert "恢复展示，除非收到起诉证明" in html
    legal = next(clock for clock in case.clocks if clock.kind == "us_restore" and clock.stopped_at is None)
    assert f'name="clock" value="{legal.id}"' not in html
    assert case.counter_notices[0].state is CounterState.FORWARDED
