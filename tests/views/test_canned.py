"""Texts kept ready: their pages, the picker on a case with and without a script, and the guard against unfilled places."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.staff import DECISION, make_member, post, signed_in
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.canned import Purpose
from tracker.domain.roles import Role
from tracker.models import Account, AuditEntry, CannedText, Case, Decision, Message
from tracker.services import canned


@pytest.fixture
def admin(app: Flask) -> Account:
    return make_member("jia@example.org", Role.ADMIN, "贾")


@pytest.fixture
def browser(app: Flask, admin: Account) -> FlaskClient:
    return signed_in(app, admin)


def keep(admin: Account, purpose: Purpose, name: str = "缺少证明", **texts: str) -> int:
    with transaction():
        written = {language.replace("_", "-"): text for language, text in texts.items()}
        return canned.put(admin, None, 0, name, purpose, written, clock.now()).id


def test_a_text_is_written_previewed_changed_and_retired(browser: FlaskClient, admin: Account) -> None:
    typed = {
        "name": "缺少证明",
        "purpose": "ask",
        "text_zh_hans": "您好：《{{文章}}》还缺{{缺什么}}。",
        "text_en": "Dear {{编号}}",
    }
    preview = post(browser, "/desk/canned/new", then="preview", **typed)
    assert preview.status_code == 200
    assert "《征信报告怎么看》还缺{{缺什么}}" in preview.text
    assert "要由审核员填写：{{缺什么}}" in preview.text
    assert db.session.scalar(select(func.count()).select_from(CannedText)) == 0
    assert post(browser, "/desk/canned/new", **typed).status_code == 303
    assert post(browser, "/desk/canned/new", **typed).status_code == 422  # the name is taken
    db.session.rollback()
    text = db.session.scalars(select(CannedText)).one()
    number = text.id
    assert text.texts == {"zh-Hans": typed["text_zh_hans"], "en": typed["text_en"]}
    changed = typed | {"text_zh_hans": "改过的", "version": "1"}
    assert post(browser, f"/desk/canned/{number}", **changed).status_code == 303
    stale = post(browser, f"/desk/canned/{number}", **changed | {"text_zh_hans": "另一个人写的"})
    assert (stale.status_code, "另一个人写的" in stale.text, "贾刚刚改动了" in stale.text) == (409, True, True)
    assert post(browser, f"/desk/canned/{number}/retire", version="2").status_code == 303
    assert "已停用" in browser.get("/desk/canned").text
    assert post(browser, f"/desk/canned/{number}/retire", version="3").status_code == 303
    db.session.rollback()
    kinds = db.session.scalars(select(AuditEntry.kind).where(AuditEntry.kind.like("canned.%")).order_by(AuditEntry.seq))
    assert kinds.all() == ["canned.changed", "canned.changed", "canned.retired", "canned.changed"]


def test_what_is_wrong_is_named_and_kept(browser: FlaskClient) -> None:
    answer = post(browser, "/desk/canned/new", name="", purpose="nonsense", text_zh_hant="長" * 3)
    assert answer.status_code == 422
    assert 'href="#purpose"' in answer.text
    answer = post(browser, "/desk/canned/new", name="", purpose="ask", text_zh_hant="長長長")
    assert (answer.status_code, 'href="#name"' in answer.text, "長長長" in answer.text) == (422, True, True)
    assert browser.get("/desk/canned/99").status_code == 404


def test_moderators_use_texts_and_do_not_write_them(app: Flask, admin: Account, case: Case) -> None:
    number = keep(admin, Purpose.NOTE, zh_Hans="已核对。")
    mei = signed_in(app, make_member())
    assert post(mei, "/desk/canned/new", name="x", purpose="ask", text_en="x").status_code == 403
    assert post(mei, f"/desk/canned/{number}/retire", version="1").status_code == 403
    assert mei.get(f"/desk/cases/{case.id}/canned?text={number}:zh-Hans").text == "已核对。"


def test_the_picker_fills_the_text_in_and_keeps_everything_else(
    browser: FlaskClient, admin: Account, case: Case
) -> None:
    asked = "《{{文章}}》（{{编号}}）还缺{{缺什么}}，请在{{期限}}前补充。{{审核员}}"
    number = keep(admin, Purpose.ASK, zh_Hans=asked, en="About “{{文章}}”: {{缺什么}}")
    path, item = f"/desk/cases/{case.id}/ask-info", case.items[0]
    html = browser.get(f"/desk/cases/{case.id}").text
    assert f'<option value="{number}:en">缺少证明（英文）</option>' in html
    sent = {
        "version": "1",
        "key": "k" * 32,
        "item": str(item.id),
        "text": "先写的一句。",
        "canned-text": f"{number}:zh-Hans",
    }
    reference, title = item.notice.reference, case.article.title
    answer = post(browser, path, canned="text", **sent)
    assert answer.status_code == 200
    typed = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", answer.text, re.DOTALL)
    assert typed
    assert typed[1].startswith(f"先写的一句。\n《{title}》（{reference}）还缺{{{{缺什么}}}}，请在20")
    assert re.search(r"前补充。审核员[A-Z]\d{3}$", typed[1].rstrip())  # never the name
    assert f'name="key" value="{"k" * 32}"' in answer.text
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0
    english = post(browser, path, canned="text", **sent | {"canned-text": f"{number}:en", "text": ""})
    assert f"About “{title}”: {{{{缺什么}}}}" in english.text


def test_an_unfilled_place_cannot_be_sent(browser: FlaskClient, case: Case) -> None:
    number, item = case.id, case.items[0].id
    for act, fields in (
        ("ask-info", {"text": "还缺{{缺什么}}。", "item": item}),
        ("reject", {"text": "因为{{理由}}，不予受理。", "item": item, "ending": "not_ours"}),
        ("note", {"text": "{{备注}}"}),
    ):
        answer = post(browser, f"/desk/cases/{number}/{act}", version="1", **fields)
        assert answer.status_code == 422, act
        assert "还有没填的空：" in answer.text
        assert str(fields["text"]) in answer.text
    for field in ("facts", "ground_explanation"):
        for act in ("preview", "decide"):
            written = DECISION | {field: "查明的事实是{{事实}}，还要补充很多字才够二十个字。"}
            answer = post(browser, f"/desk/cases/{number}/{act}", version="1", **written)
            assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True)
    assert db.session.scalar(select(func.count()).select_from(Decision)) == 0
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0


def test_a_decision_gets_its_clause_and_comes_back_whole(browser: FlaskClient, admin: Account, case: Case) -> None:
    number = keep(admin, Purpose.DECISION, zh_Hans="依据{{条款}}，{{查明什么}}。")
    typed = DECISION | {"facts": "先写的事实。"}
    answer = post(
        browser,
        f"/desk/cases/{case.id}/preview",
        version="1",
        canned="facts",
        **typed,
        **{"canned-facts": f"{number}:zh-Hans"},
    )
    assert answer.status_code == 200
    assert f"先写的事实。\n依据{DECISION['ground_ref']}，{{{{查明什么}}}}。" in answer.text
    assert DECISION["ground_explanation"] in answer.text
    assert re.search(r'value="withheld"\s+checked', answer.text)


def test_senseless_choices_change_nothing(browser: FlaskClient, admin: Account, case: Case) -> None:
    number = case.id
    keep(admin, Purpose.NOTE, zh_Hans="已核对。")
    for chosen in ("", "x", "1", "1:fr", "99:en", "9" * 30 + ":en", "\0:en"):
        answer = post(browser, f"/desk/cases/{number}/note", canned="text", text="写的", **{"canned-text": chosen})
        assert answer.status_code == 200
        assert "写的" in answer.text
        assert browser.get(f"/desk/cases/{number}/canned", query_string={"text": chosen}).status_code == 404
    assert browser.get("/desk/cases/99/canned?text=1:zh-Hans").status_code == 404
