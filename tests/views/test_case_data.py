"""The page of a case on personal data: what it says, who may erase, what is kept when it is refused."""

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests import factories
from tests.forms import sound
from tests.staff import make_case, make_member, signed_in, token_of
from tracker.db import db, transaction
from tracker.domain.decisions import Outcome
from tracker.domain.roles import Role
from tracker.models import Account, Case, RecipientNotice
from tracker.render.site import Site

KEY = "k" * 32


@pytest.fixture
def jia(app: Flask, stopped_clock: None) -> Account:
    return make_member("jia@example.org", Role.ADMIN)


@pytest.fixture
def case(site: Site, now: datetime, jia: Account) -> Case:
    case = make_case(site, now)
    factories.decide(site, case, Outcome.WITHHELD, now, jia)
    return case


@pytest.fixture
def browser(app: Flask, jia: Account) -> FlaskClient:
    return signed_in(app, jia)


def send(browser: FlaskClient, case: Case, act: str, **fields: object) -> TestResponse:
    page = browser.get(f"/desk/cases/{case.id}/data").text
    version = db.session.get_one(Case, case.id).version
    data = {"csrf_token": token_of(page), "version": version, "key": KEY, "item": case.items[0].id, **fields}
    return browser.post(f"/desk/cases/{case.id}/{act}", data=data)


def is_open(html: str, field: str) -> bool:
    """Say whether the form with a field is uncovered."""
    before = html.split(f'id="{field}"')[0]
    return before.rpartition("<details")[2].partition(">")[0].endswith(" open")


def test_the_case_leads_there_and_it_says_what_is_kept(browser: FlaskClient, case: Case) -> None:
    assert f'href="/desk/cases/{case.id}/data"' in browser.get(f"/desk/cases/{case.id}").text
    page = browser.get(f"/desk/cases/{case.id}/data")
    sound(page.text)
    for part in (
        "邮箱、电话和地址",
        "全部结案后3年",
        "应本人请求删除",
        "还没有告知过谁",
        case.items[0].notice.reference,
    ):
        assert part in page.text
    assert browser.get("/desk/cases/99999/data").status_code == 404


def test_an_admin_erases_once(browser: FlaskClient, case: Case) -> None:
    answer = send(browser, case, "erase", reason="来信请求，已经核对。")
    assert (answer.status_code, answer.location) == (303, f"/desk/cases/{case.id}/data")
    page = browser.get(answer.location).text
    assert "个人信息已删除" in page
    assert "应本人请求删除" not in page
    assert send(browser, case, "erase", reason="来信请求，已经核对。").status_code == 303  # the same form again


def test_what_is_refused_says_why_and_keeps_what_was_typed(browser: FlaskClient, case: Case, now: datetime) -> None:
    empty = send(browser, case, "erase", reason=" ")
    sound(empty.text)
    assert (empty.status_code, "请写2至5000个字" in empty.text) == (422, True)
    item = case.items[0].id
    assert f'<a href="#erase-{item}-reason">' in empty.text
    assert is_open(empty.text, f"erase-{item}-reason")
    with transaction():
        db.session.get_one(Case, case.id).kept_until = now.replace(year=2028)
    held = send(browser, case, "erase", reason="来信请求，已经核对。")
    sound(held.text)
    assert held.status_code == 409
    assert "保全期间不能删除" in held.text
    assert "来信请求，已经核对。" in held.text
    assert is_open(held.text, f"erase-{item}-reason")
    assert "法律保全" in held.text


def test_a_moderator_tells_but_does_not_erase(app: Flask, case: Case) -> None:
    browser = signed_in(app, make_member("mod@example.org"))
    assert "应本人请求删除" not in browser.get(f"/desk/cases/{case.id}/data").text
    assert send(browser, case, "erase", reason="来信请求，已经核对。").status_code == 403
    told = send(browser, case, "tell", name="示例搜索引擎", email="index@example.net", language="en")
    assert told.status_code == 303
    db.session.rollback()
    (row,) = db.session.scalars(select(RecipientNotice))
    page = browser.get(told.location).text
    for part in (row.name, row.address, "等待存成文件"):
        assert part in page


def test_a_bad_address_stands_beside_its_field(browser: FlaskClient, case: Case) -> None:
    answer = send(browser, case, "tell", name="示例搜索引擎", email="nobody", language="zh-Hans")
    sound(answer.text)
    assert answer.status_code == 422
    assert "邮箱地址要像 name@example.org 这样" in answer.text
    assert 'value="示例搜索引擎"' in answer.text
    assert '<a href="#tell-email">' in answer.text
    assert is_open(answer.text, "tell-email")
    assert not is_open(answer.text, f"erase-{case.items[0].id}-reason")


def test_the_notifier_sees_who_was_told(app: Flask, site: Site, browser: FlaskClient, case: Case) -> None:
    send(browser, case, "tell", name="示例搜索引擎", email="", language="zh-Hans")
    notice = case.items[0].notice
    code = site.keys.secret("notice", notice.reference, notice.key_epoch)
    receipt = app.test_client().post(f"/receipts/{notice.reference}", data={"code": code}).text
    assert "我们告知过（只告诉地址）" in receipt
    assert "示例搜索引擎（2026年11月23日 17:30）" in receipt
