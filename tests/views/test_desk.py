"""The desk as a moderator meets it."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from tests.factories import publish, stored
from tests.staff import BODY, DECISION, PASSAGE, make_case, make_member, make_notice, post, signed_in, token_of
from tracker import clock
from tracker.db import db, transaction
from tracker.domain import audit
from tracker.domain.canned import Purpose
from tracker.domain.roles import Permission, Role
from tracker.models import Account, Attachment, Case, Link, Mail, MailState
from tracker.queries import labels, mail_states, records
from tracker.render.site import Site
from tracker.services import canned, clauses

STAFF = ("/desk", "/account")
XSS = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'-alert(1)-'",
    "</textarea><svg onload=alert(1)>",
    "{{ 7 * 7 }}",
    "javascript:alert(1)",
]  # fmt: skip


def staff_rules(app: Flask) -> Iterator[tuple[Rule, str, Permission | None]]:
    """Return each route of the desk and the account with each method, and who may use it."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(STAFF):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield rule, method, app.view_functions[rule.endpoint].access  # type: ignore[attr-defined]


def path_of(rule: Rule, number: int = 1) -> str:
    return re.sub(r"<[^>]+>", str(number), rule.rule.replace("<clause>", "2.10"))


def test_no_form_is_taken_without_its_token_or_from_another_site(app: Flask, site: Site, case: Case) -> None:
    make_member("other@example.org")
    admin = make_member("jia@example.org", Role.ADMIN)
    with transaction():
        canned.put(admin, None, 0, "缺少证明", Purpose.ASK, {"zh-Hans": "请补充。"}, clock.now())
        clauses.put(site, clock.now())
    browser = signed_in(app, admin)
    token = token_of(browser.get("/account/").text)
    fields = {
        **DECISION,
        "version": "1",
        "email": "x@example.org",
        "role": "admin",
        "current": "x",
        "password": "y" * 12,
    }
    before = stored("limit")
    for rule, method, access in staff_rules(app):
        if method == "POST" and access is not None:
            for sent in (fields, fields | {"csrf_token": "forged"}, fields | {"csrf_token": token[::-1]}):
                answer = browser.post(path_of(rule), data=sent)
                if not rule.rule.endswith("/edit"):
                    assert answer.status_code in {403, 404, 410, 422}, rule  # 404: what is looked up first
            strange = browser.post(
                path_of(rule), data=fields | {"csrf_token": token}, headers={"Origin": "https://evil.example"}
            )
            assert strange.status_code == 403, rule
    assert stored("limit") == before


def test_the_case_page_shows_the_article_as_it_was_with_the_passage_marked(
    site: Site, browser: FlaskClient, case: Case
) -> None:
    html = browser.get(f"/desk/cases/{case.id}").text
    marked = "".join(re.findall(r"<mark[^>]*>(.*?)</mark>", html))
    assert marked == PASSAGE
    assert html.count('id="passage-1"') == 1
    assert 'href="#passage-1"' in html
    assert "文章后来改过" not in html
    publish(site, case.article.slug, clock.now(), BODY.replace("催收人员", "他们"), title="新的标题")
    html = browser.get(f"/desk/cases/{case.id}").text
    assert "".join(re.findall(r"<mark[^>]*>(.*?)</mark>", html)) == PASSAGE
    assert "文章后来改过" in html
    assert "现在的文章里已没有这段" in html
    assert f"关于{case.article.slug}的文章</h2>" in html  # the title of then


def test_a_later_notice_about_a_later_version_shows_both(site: Site, browser: FlaskClient, case: Case) -> None:
    publish(site, case.article.slug, clock.now(), BODY.replace("结尾一段", "改过的结尾"))
    make_notice(site, case.article, clock.now(), "bob@example.com", passage="改过的结尾")
    html = browser.get(f"/desk/cases/{case.id}").text
    assert "结尾一段" in html
    assert "在这个版本里没有找到这段原文" in html
    other = re.search(r"\?revision=(\d+)", html)
    assert other
    html = browser.get(f"/desk/cases/{case.id}?revision={other[1]}").text
    assert 'id="passage-2">改过的结尾</mark>' in html
    assert browser.get(f"/desk/cases/{case.id}?revision={10**40}").status_code == 200


def test_what_strangers_write_is_text(app: Flask, site: Site) -> None:
    evil = " ".join(XSS)
    case = make_case(
        site, clock.now(), notifier_name=evil, explanation=evil * 3, passage=evil, postal_address=evil,
        files=[(evil.replace("/", "_"), b"text")],
    )  # fmt: skip
    browser = signed_in(app, make_member(name=evil))
    assert evil == db.session.scalars(select(Account.name)).one()
    pages = [
        browser.get(path).text
        for path in (f"/desk/cases/{case.id}", "/desk/", "/desk/mail", "/desk/audit", "/account/")
    ]
    pages.append(post(browser, f"/desk/cases/{case.id}/preview", version=1, **DECISION | {"facts": evil * 5}).text)
    for html in pages:
        assert "<script>alert" not in html
        assert not re.search(r"<(img|svg)\b", html)
        assert "onerror=alert(1)>" not in html
        assert "<b>49</b>" not in html
        assert 'href="javascript:' not in html
        scripts = re.findall(r"<script[^>]*>", html)
        assert all('src="/static/' in script for script in scripts)


def test_invisible_characters_are_shown_to_staff(app: Flask, site: Site) -> None:
    case = make_case(site, clock.now(), notifier_name="安\u202e娜", files=[("合同\u202efdp.txt", b"text")])
    html = signed_in(app, make_member(name="梅\u200b")).get(f"/desk/cases/{case.id}").text
    assert "\u202e" not in html
    assert "安⟨U+202E⟩娜" in html
    assert "合同⟨U+202E⟩fdp.txt" in html
    assert "梅⟨U+200B⟩" in html


def test_evidence_is_only_ever_a_download(app: Flask, site: Site, browser: FlaskClient) -> None:
    content = b"<html><script>alert(1)</script>"
    make_case(site, clock.now(), files=[('证据"; filename=evil.html\u202efdp.txt', content)])
    number = db.session.scalars(select(Attachment.id)).one()
    answer = browser.get(f"/desk/attachments/{number}")
    assert answer.data == content
    headers = answer.headers
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''%E8%AF%81" in headers["Content-Disposition"]
    assert "%E2%80%AE" not in headers["Content-Disposition"]
    assert app.test_client().get(f"/desk/attachments/{number}").status_code == 303
    for absent in (number + 1, 0, 10**30):
        assert browser.get(f"/desk/attachments/{absent}").status_code == 404


def test_an_erased_file_is_gone(site: Site, browser: FlaskClient) -> None:
    case = make_case(site, clock.now(), files=[("id.txt", b"me", "identity_files")])
    number = db.session.scalars(select(Attachment.id)).one()
    path = f"/desk/cases/{case.id}/identity"
    assert "已核对，删除" in browser.get(f"/desk/cases/{case.id}").text
    assert browser.post(f"{path}/{number}").status_code == 403
    for _ in range(2):
        assert post(browser, f"{path}/{number}").status_code == 303
    answer = browser.get(f"/desk/attachments/{number}")
    assert (answer.status_code, "已按规定删除" in answer.text) == (410, True)
    assert "已核对，删除" not in browser.get(f"/desk/cases/{case.id}").text
    assert post(browser, f"{path}/{number + 1}").status_code == 404


def test_only_proof_of_identity_is_deleted_and_only_from_its_own_case(site: Site, browser: FlaskClient) -> None:
    case = make_case(site, clock.now(), files=[("id.txt", b"me", "identity_files"), ("proof.txt", b"text")])
    other = make_case(site, clock.now(), "er")
    kept = {file.name: file.id for file in db.session.scalars(select(Attachment))}
    numbers = kept["proof.txt"], kept["id.txt"]
    assert post(browser, f"/desk/cases/{case.id}/identity/{numbers[0]}").status_code == 404
    assert post(browser, f"/desk/cases/{other.id}/identity/{numbers[1]}").status_code == 404
    db.session.rollback()
    assert db.session.get_one(Attachment, numbers[1]).content == b"me"


def test_cases_that_are_not_there_are_not_found(browser: FlaskClient) -> None:
    for number in (1, 0, 10**12):
        assert browser.get(f"/desk/cases/{number}").status_code == 404
        for act in ("preview", "decide", "edit", "take-up"):
            assert post(browser, f"/desk/cases/{number}/{act}", version=1, **DECISION).status_code == 404


def test_taking_up_a_case_names_who_has_it(browser: FlaskClient, case: Case) -> None:
    assert post(browser, f"/desk/cases/{case.id}/take-up", version=1).status_code == 303
    html = browser.get(f"/desk/cases/{case.id}").text
    assert "由我审核" not in html
    assert "审核中" in html
    assert "梅" in browser.get("/desk/").text


def test_mails_in_trouble_are_listed_and_sent_again(browser: FlaskClient, case: Case) -> None:
    with transaction():
        bounced, held = db.session.scalars(select(Mail).order_by(Mail.id)).all()[:2]
        bounced.state, bounced.error, held.state = MailState.BOUNCED, "550 <no such user>", MailState.HELD
    numbers = bounced.id, held.id
    html = browser.get("/desk/mail").text
    assert "550 &lt;no such user&gt;" in html
    assert html.count("重新发送") == 1
    assert "550" not in browser.get("/desk/mail?state=held").text
    assert post(browser, f"/desk/mail/{numbers[0]}/requeue").status_code == 303
    assert post(browser, f"/desk/mail/{numbers[0]}/requeue").status_code == 409
    assert post(browser, f"/desk/mail/{numbers[1]}/requeue").status_code == 409
    assert post(browser, "/desk/mail/999/requeue").status_code == 404
    db.session.rollback()
    assert db.session.get_one(Mail, numbers[0]).state is MailState.QUEUED
    assert "邮件重新发送" in browser.get("/desk/audit").text


def test_the_trail_is_shown_newest_first_with_its_head(
    browser: FlaskClient, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "PER_PAGE", 2)
    html = browser.get("/desk/audit").text
    last = stored()["audit_entry"][-1]
    assert str(last[-1]) in html
    assert re.findall(r'data-label="序号">(\d+)<', html) == ["3", "2"]
    assert re.findall(r'data-label="序号">(\d+)<', browser.get("/desk/audit?before=2").text) == ["1"]
    for senseless in ("x", "-1", "9" * 40):
        assert browser.get(f"/desk/audit?before={senseless}").status_code == 200


def test_every_kind_of_entry_and_state_of_mail_has_a_word(site: Site) -> None:
    assert set(labels.KINDS) == set(audit.KINDS)
    assert set(mail_states.for_staff(site)) == set(mail_states.for_notifier(site)) == set(MailState)


def test_admins_invite_disable_and_enable(
    app: Flask, site: Site, mei: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = mei.id
    admin = make_member("jia@example.org", Role.ADMIN, name="甲")
    browser, moderator = signed_in(app, admin), signed_in(app, mei)
    assert "人员" not in moderator.get("/desk/").text
    bad = post(browser, "/desk/people/invite", email="no address", role="moderator")
    assert (bad.status_code, "no address" in bad.text, 'href="#email"' in bad.text) == (422, True, True)
    assert post(browser, "/desk/people/invite", email="lin@example.org", role="owner").status_code == 422
    done = post(browser, "/desk/people/invite", email="lin@example.org", role="admin")
    assert done.status_code == 303
    for sends, said in ((True, "邀请已发出"), (False, "邀请没有发出，只存成文件")):
        monkeypatch.setattr(site, "sends_mail", sends)
        text = browser.get(done.location).text
        assert [words in text for words in ("lin@example.org", said)] == [True, True]
    db.session.rollback()
    assert db.session.scalars(select(Link.role)).all() == [Role.ADMIN]
    assert post(browser, f"/desk/people/{number}/disable").status_code == 303
    assert moderator.get("/desk/").status_code == 303
    assert "已停用" in browser.get("/desk/people").text
    assert post(browser, f"/desk/people/{number}/enable").status_code == 303
    assert post(browser, f"/desk/people/{admin.id}/disable").status_code == 403
    assert post(browser, "/desk/people/999/disable").status_code == 404


def test_no_page_of_the_desk_is_kept_or_repeats_an_id(app: Flask, site: Site, case: Case) -> None:
    browser = signed_in(app, make_member("jia@example.org", Role.ADMIN))
    for rule, method, _ in staff_rules(app):
        if method == "GET" and "attachments" not in rule.rule and "links" not in rule.rule:
            answer = browser.get(path_of(rule), follow_redirects=True)
            assert answer.headers["Cache-Control"] == "no-store", rule
            if answer.is_json:
                continue
            ids = re.findall(r'\bid="([^"]*)"', answer.text)
            assert len(ids) == len(set(ids)), rule
            assert answer.text.count("<h1") == 1, rule


def test_every_page_of_staff_speaks_the_language_of_the_site(app: Flask, site: Site, case: Case) -> None:
    browser = signed_in(app, make_member("jia@example.org", Role.ADMIN))
    for rule, method, _ in staff_rules(app):
        if method == "GET":
            answer = browser.get("/en" + path_of(rule))
            assert (answer.status_code, answer.location) == (308, path_of(rule)), rule
