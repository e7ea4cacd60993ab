"""The pages of the settings and the switches, and what visitors meet while something is paused."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.factories import publish
from tests.notifier import WHOLE, confirm, fill
from tests.staff import DECISION, make_case, make_member, signed_in, token_of
from tracker import clock
from tracker.cli import articles as sync
from tracker.db import db, transaction
from tracker.domain.roles import Role
from tracker.domain.settings import Switch
from tracker.models import Account, Case, Draft, Generation, Notice, SettingsVersion
from tracker.queries import health
from tracker.queries import settings as queries
from tracker.render import program
from tracker.render.moments import moment
from tracker.render.site import Site
from tracker.services import settings


@pytest.fixture
def admin(app: Flask) -> Account:
    return make_member("jia@example.org", Role.ADMIN, "贾")


@pytest.fixture
def browser(app: Flask, admin: Account) -> FlaskClient:
    return signed_in(app, admin)


def fields(html: str) -> dict[str, str]:
    """Return what the form of the settings would send as it is shown."""
    form = html[html.index('class="settings"') : html.index('id="versions"')]
    found = dict(re.findall(r'name="([a-z_]+)"\s+value="([^"]*)"', form))
    found |= dict(re.findall(r'name="([a-z_]+)" rows[^>]*>\n([^<]*)<', form))
    found.pop("reset", None)
    return found


def save(browser: FlaskClient, **typed: str) -> TestResponse:
    return browser.post("/desk/settings", data=fields(browser.get("/desk/settings").text) | typed)


def test_what_was_saved_as_it_was_is_not_called_saved(site: Site, browser: FlaskClient) -> None:
    for _ in range(2):
        same = save(browser)
        html = browser.get(same.location).text
        assert ("没有改动" in html, "已保存" in html) == (True, False)
    assert "已保存" in browser.get(save(browser, contact_phone="010-1234").location).text
    again = browser.post("/desk/settings/restore/1", data=fields(browser.get("/desk/settings").text))
    assert "没有改动" in browser.get(again.location).text
    assert db.session.scalar(select(func.count()).select_from(SettingsVersion)) == 1


def test_the_page_says_what_is_in_force_and_why(site: Site, browser: FlaskClient) -> None:
    html = browser.get("/desk/settings").text
    assert "默认值；环境变量是CONTACT_PHONE" in html
    assert save(browser, contact_phone="010-1234", target_triage="48").location == "/desk/settings?saved=1"
    html = browser.get("/desk/settings?saved=1").text
    assert f"在这里设定；默认值为：{site.config.contact_phone}" in html
    assert "在这里设定；默认值为：24" in html
    assert f"<del>{site.config.contact_phone}</del> → <ins>010-1234</ins>" in html
    assert "010-1234" in browser.get("/report").text


def test_what_the_environment_says_is_told_from_what_nobody_said(site: Site) -> None:
    given = Site(replace(site.config, contact_phone="010-5678", maintainers=("a@example.org",)))
    assert queries.sources(given)["contact_phone"] == "来自环境变量CONTACT_PHONE"
    assert queries.sources(given)["maintainers"] == "来自环境变量MAINTAINERS"
    assert queries.sources(given)["contact_name"] == "默认值；环境变量是CONTACT_NAME"
    assert queries.sources(given)["target_triage"] == ""
    ours = given.with_settings(settings.Settings(1, {"contact_phone": "010-1234", "target_triage": 48}))
    assert queries.sources(ours)["contact_phone"] == "在这里设定；环境变量CONTACT_PHONE为：010-5678"
    assert queries.sources(ours)["target_triage"] == "在这里设定；默认值为：24"


def test_saving_unchanged_or_one_field_changes_nothing_else(browser: FlaskClient) -> None:
    save(browser)
    assert db.session.scalar(select(func.count()).select_from(SettingsVersion)) == 0
    token = token_of(browser.get("/desk/settings").text)
    browser.post("/desk/settings", data={"csrf_token": token, "version": "0", "contact_name": "新人"})
    db.session.rollback()
    assert set(db.session.scalars(select(SettingsVersion.values)).one()) == {"contact_name"}


def test_numbers_of_the_law_are_shown_and_cannot_be_set(browser: FlaskClient) -> None:
    html = browser.get("/desk/settings").text
    for said in ("欧盟《通用数据保护条例》第12条第3款", "《民法典》第1195条", "48小时，休息日不计", "写在隐私说明里"):
        assert said in html
    assert set(re.findall(r'name="(target_\w+)"', html)) == {
        "target_triage", "target_triage_urgent", "target_info_wait", "target_reply_wait", "target_interim", "target_cn_pi",
        "target_approval", "target_approval_urgent", "target_proof_check", "target_hold_review", "target_deliver",
    }  # fmt: skip
    save(browser, target_decide="1", target_gdpr_reply="1", secret_key="x", contact_name="甲")
    assert set(db.session.scalars(select(SettingsVersion.values)).one()) == {"contact_name"}


def test_what_is_wrong_is_named_and_kept(browser: FlaskClient) -> None:
    answer = save(browser, contact_email="没有", target_triage="很久", maintainers="a@example.org\nb")
    assert answer.status_code == 422
    for name, typed in (("contact_email", "没有"), ("target_triage", "很久"), ("maintainers", "a@example.org\nb")):
        assert f'href="#{name}"' in answer.text
        assert typed in answer.text


def test_a_stale_form_is_given_back(browser: FlaskClient, admin: Account) -> None:
    stale = fields(browser.get("/desk/settings").text)
    save(browser, contact_name="甲")
    answer = browser.post("/desk/settings", data=stale | {"contact_name": "乙"})
    assert answer.status_code == 409
    assert re.search(r"贾已在\d{4}-\d\d-\d\d \d\d:\d\d:\d\d改动了设置", answer.text)
    again = fields(answer.text)
    assert (again["contact_name"], again["version"]) == ("乙", "1")
    assert browser.post("/desk/settings", data=again).status_code == 303
    assert "乙" in browser.get("/report").text


def test_a_button_lets_the_environment_speak_again(site: Site, browser: FlaskClient) -> None:
    save(browser, contact_name="甲", contact_phone="010-1")
    save(browser, reset="contact_name")
    assert set(settings.in_force(site).settings.values) == {"contact_phone"}
    save(browser, reset="nonsense")
    html = browser.get("/desk/settings").text
    token = token_of(html)
    found = browser.post("/desk/settings/restore/1", data={"csrf_token": token, "version": "2"})
    assert found.status_code == 303
    db.session.rollback()
    assert settings.in_force(site).contact_name == "甲"
    assert browser.post("/desk/settings/restore/1", data={"csrf_token": token, "version": "2"}).status_code == 409
    assert browser.post("/desk/settings/restore/99", data={"csrf_token": token, "version": "3"}).status_code == 404


def test_moderators_may_not(app: Flask, admin: Account) -> None:
    mei = signed_in(app, make_member())
    token = token_of(mei.get("/account/").text)
    for path in ("/desk/settings", "/desk/switches"):
        assert mei.get(path).status_code == 403
    for path in ("/desk/settings", "/desk/settings/restore/0", "/desk/switches/read-only", "/desk/switches/intake"):
        assert mei.post(path, data={"csrf_token": token, "reason": "系统升级", "contact_name": "x"}).status_code == 403
    assert db.session.scalar(select(func.count()).select_from(SettingsVersion)) == 0


def switch(browser: FlaskClient, name: str, **sent: str) -> TestResponse:
    token = token_of(browser.get("/desk/switches").text)
    return browser.post(f"/desk/switches/{name}", data={"csrf_token": token} | sent)


def test_read_only_answers_in_words_says_when_and_keeps_what_was_typed(
    app: Flask, site: Site, browser: FlaskClient, admin: Account
) -> None:
    case: Case = make_case(site, clock.now())
    number, slug = case.id, case.article.slug
    empty = switch(browser, "read-only", reason="")
    assert (empty.status_code, '<a href="#read_only-reason">' in empty.text) == (422, True)
    assert 'id="read_only-reason"' in empty.text
    assert switch(browser, "nonsense", reason="系统升级").status_code == 404
    assert switch(browser, "read-only", reason="数据库迁移，18点恢复", turn="on").status_code == 303
    visitor, mei = app.test_client(), signed_in_while_read_only(app)
    for path in ("/", f"/articles/{slug}", "/report", "/report/reputation", "/search?q=x"):
        assert visitor.get(path).status_code in {200, 404}
    for path in ("/desk/", f"/desk/cases/{number}", "/desk/audit"):
        answer = mei.get(path)
        assert answer.status_code == 200
        assert "数据库迁移，18点恢复" in answer.text
    token = token_of(mei.get("/account/").text)
    for act in ("take-up", "preview", "decide"):
        answer = mei.post(f"/desk/cases/{number}/{act}", data={"csrf_token": token, "version": 1, **DECISION})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3600"), act
        assert "数据库迁移，18点恢复" in answer.text
        assert DECISION["facts"] in answer.text
    typed = "第二段说我公司没有牌照，与事实不符，请予更正。"
    answer = visitor.post("/report/reputation", data={"key": "k" * 43, "explanation": typed, "email": "a@example.org"})
    assert (answer.status_code, answer.headers["Retry-After"], typed in answer.text) == (503, "3600", True)
    assert db.session.scalar(select(func.count()).select_from(Draft)) == 0
    assert switch(browser, "read-only", turn="off").status_code == 303
    assert mei.post(f"/desk/cases/{number}/take-up", data={"csrf_token": token, "version": 1}).status_code == 303
    assert "数据库迁移" not in mei.get("/desk/").text


def test_whoever_has_got_in_can_be_put_out_while_the_site_is_read_only(app: Flask, browser: FlaskClient) -> None:
    switch(browser, "read-only", reason="系统升级", turn="on")
    mei = signed_in_while_read_only(app)
    number = db.session.scalars(select(Account.id).where(Account.email == "mei@example.org")).one()
    own = token_of(mei.get("/account/").text)
    assert mei.post("/account/sign-out-everywhere", data={"csrf_token": own}).status_code == 303
    token = token_of(browser.get("/desk/switches").text)
    for act, status in (("sessions/end", 303), ("disable", 303), ("enable", 503)):
        answer = browser.post(f"/desk/people/{number}/{act}", data={"csrf_token": token})
        assert answer.status_code == status, act


def signed_in_while_read_only(app: Flask) -> FlaskClient:
    """Sign somebody in through the form: whoever can lift the switch must be able to come in."""
    with transaction(while_read_only=True):
        db.session.add(Account(
            email="mei@example.org", name="梅", role=Role.MODERATOR, created_at=clock.now(),
            password_hash=db.session.scalars(select(Account.password_hash)).first() or "",
        ))  # fmt: skip
    client = app.test_client()
    sent = {"email": "mei@example.org", "password": "four unrelated words here"}
    assert client.post("/account/sign-in", data=sent).status_code == 303
    return client


def test_paused_intake_says_why_and_how_else_and_keeps_the_draft(
    app: Flask, site: Site, browser: FlaskClient, admin: Account
) -> None:
    publish(site, "alpha", clock.now())
    save(browser, contact_address="上海市某路1号")
    visitor = app.test_client()
    place = fill(visitor).location.removesuffix("/check")
    (seen,) = re.findall(r'name="seen" value="([0-9a-f]{64})"', visitor.get(f"{place}/check").text)
    switch(browser, "intake", reason="正在处理积压", turn="on")
    for path in ("/report", "/report/copyright", "/report/about/copyright"):
        html = visitor.get(path).text
        for said in ("正在处理积压", site.contact_email, site.contact_phone, "上海市某路1号"):
            assert said in html, (path, said)
    english = visitor.get("/en/report/copyright").text
    assert "No notices through the web for now" in english
    assert 'in the language in which our office wrote it: <bdi lang="zh">正在处理积压</bdi>.' in english
    assert "正在处理积压" not in visitor.get("/report/minor").text
    checked = visitor.get(f"{place}/check").text
    assert ("正在处理积压" in checked, "确认并提交" in checked) == (True, False)
    db.session.rollback()  # a new snapshot
    kept_until = moment(site.local(db.session.scalars(select(Draft.expires_at)).one()), "zh_Hans_CN")
    assert f"填写的内容保留到{kept_until}" in checked
    sent = visitor.post(f"{place}/send", data={"seen": seen})  # from a page that was open before
    assert sent.status_code == 503
    assert "正在处理积压" in sent.text
    assert WHOLE["explanation"] in sent.text
    db.session.rollback()  # what was read before belongs to an older snapshot
    assert db.session.scalar(select(func.count()).select_from(Notice)) == 0
    assert db.session.scalar(select(func.count()).select_from(Draft)) == 1
    urgent = fill(app.test_client(), danger_to_life="yes").location.removesuffix("/check")
    checked = visitor.get(f"{urgent}/check").text
    assert ("正在处理积压" in checked, "确认并提交" in checked) == (False, True), "that lane is never closed"
    switch(browser, "intake", turn="off")
    assert "确认并提交" in visitor.get(f"{place}/check").text
    assert confirm(visitor, place).status_code == 303
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Notice)) == 1
    assert Switch.INTAKE not in settings.in_force(site).settings.switches


def test_while_nothing_can_be_stored_the_form_says_so_before_it_is_filled_in(
    app: Flask, site: Site, browser: FlaskClient, admin: Account
) -> None:
    publish(site, "alpha", clock.now())
    switch(browser, "read-only", reason="正在搬家", turn="on")
    for path in ("/report", "/report/copyright", "/report/minor"):
        html = app.test_client().get(path).text
        for said in ("正在搬家", "草稿也不行", site.contact_email, site.contact_phone):
            assert said in html, (path, said)


def test_where_another_program_or_address_made_the_pages_nobody_is_promised_them_soon(
    app: Flask, site: Site, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(site, "yi", clock.now())
    sync.build(site)
    save(browser, contact_phone="010-1234")
    html = browser.get("/desk/settings?saved=1").text
    assert ("通常不到一分钟" in html, "读者还看不到" in html) == (True, False)
    elsewhere = Site(replace(site.config, base_url="http://127.0.0.1:18701"))
    monkeypatch.setitem(app.extensions, "site", elsewhere)
    html = browser.get("/desk/settings?saved=1").text
    assert ("通常不到一分钟" in html, "读者还看不到" in html, "tracker sync" in html) == (False, True, True)
    assert "网址" in next(check for check in health.checks(elsewhere, clock.now()) if check.name == "页面").said
    sync.build(settings.in_force(elsewhere))
    html = browser.get("/desk/settings?saved=1").text
    assert ("通常不到一分钟" in html, "读者还看不到" in html) == (True, False)


def test_pages_of_another_program_that_say_what_is_set_now_are_nothing_to_warn_of(
    site: Site, browser: FlaskClient
) -> None:
    sync.build(site)
    with transaction():
        for generation in db.session.scalars(select(Generation)):
            generation.fingerprint = "0" * program.HALF + generation.fingerprint[program.HALF :]
    assert "读者还看不到" not in browser.get("/desk/settings").text
    save(browser, contact_phone="010-1234")
    assert "读者还看不到" in browser.get("/desk/settings").text
