"""One's own account and the pages of colleagues: names, sessions, factors, roles, recusals."""

import re
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.authenticator import SoftKey
from tests.staff import make_case, make_member, post, signed_in, token_of
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.roles import Role
from tracker.models import Account, AuditEntry, Recusal, Session
from tracker.queries import concerns
from tracker.render.site import Site
from tracker.services import accounts, factors, links, passkeys, recusals, sessions, totp

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture
def jia(app: Flask) -> Account:
    return make_member("jia@example.org", Role.ADMIN, name="甲")


def last() -> AuditEntry:
    db.session.rollback()
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()


def with_factors(site: Site, account: Account) -> None:
    now = clock.now()
    with transaction():
        totp.begin(site, account, now)
    found = totp.pending(site, account)
    assert found is not None
    with transaction():
        factors.add_app(site, account, pyotp.TOTP(found.secret).at(now), now)
    with transaction():
        factors.add_passkey(site, account, SoftKey().create(passkeys.creation(site, account, now)), "<b>钥匙", now)


def held(account: Account) -> factors.Factors:
    db.session.rollback()
    return factors.of(account)


# one's own account


def test_a_name_is_changed_and_a_bad_one_given_back(browser: FlaskClient, mei: Account) -> None:
    assert post(browser, "/account/name", name="梅 新").location == "/account/?done=name"
    assert "姓名已更改" in browser.get("/account/?done=name").text
    assert last().kind == "account.renamed"
    bad = post(browser, "/account/name", name="x" * 51)
    assert (bad.status_code, "x" * 51 in bad.text, 'href="#name"' in bad.text) == (422, True, True)
    assert db.session.get_one(Account, mei.id).name == "梅 新"


def test_sessions_are_listed_by_browser_and_ended(app: Flask, browser: FlaskClient, mei: Account) -> None:
    other = app.test_client()
    other.post("/account/sign-in", data={"email": mei.email, "password": "four unrelated words here"}, headers=FIREFOX)
    assert other.get("/desk/").status_code == 200
    page = browser.get("/account/").text
    assert "Firefox · Linux" in page
    assert "140.0" not in page
    ids = re.findall(r'name="session" value="([0-9a-f]{64})"', page)
    assert len(ids) == 1  # the one in which the page is read has no button
    assert post(browser, "/account/sessions/end", session=ids[0]).status_code == 303
    assert other.get("/desk/").status_code == 303
    assert browser.get("/desk/").status_code == 200
    assert post(browser, "/account/sessions/end", session="x" * 1000).status_code == 303


def test_nobody_ends_the_session_of_another_on_their_own_page(
    app: Flask, browser: FlaskClient, admin: FlaskClient, jia: Account
) -> None:
    with transaction():
        number = sessions.of(jia.id, clock.now())[0].id
    post(browser, "/account/sessions/end", session=number)
    assert admin.get("/desk/").status_code == 200


def test_factors_are_listed_and_taken_away(browser: FlaskClient, site: Site, mei: Account) -> None:
    assert "还没有设置" in browser.get("/account/").text
    with_factors(site, mei)
    page = browser.get("/account/").text
    assert "&lt;b&gt;钥匙" in page
    assert "还剩10个" in page
    number = held(mei).passkeys[0].id
    assert post(browser, f"/account/second-factor/passkeys/{number}/remove").status_code == 303
    assert post(browser, f"/account/second-factor/passkeys/{number}/remove").status_code == 404
    made = post(browser, "/account/second-factor/codes")
    assert len(re.findall(r"<code>", made.text)) == 10
    assert post(browser, "/account/second-factor/app/remove").status_code == 303
    assert held(mei).are_none
    assert post(browser, "/account/second-factor/codes").status_code == 403


def test_a_passkey_is_added_by_the_page_and_named_for_its_browser(
    browser: FlaskClient, site: Site, mei: Account
) -> None:
    options = passkeys.creation(site, mei, clock.now())
    token = token_of(browser.get("/account/").text)
    fields = {"csrf_token": token, "credential": SoftKey().create(options), "label": ""}
    added = browser.post("/account/second-factor/passkeys", data=fields, headers=FIREFOX)
    assert (added.status_code, added.text.count("<code>")) == (200, 10)
    assert held(mei).passkeys[0].name == "Firefox · Linux"
    again = browser.post("/account/second-factor/passkeys", data=fields)
    assert (again.status_code, "没有能用这个通行密钥" in again.text) == (422, True)
    for nonsense in ("", "[]", "\0", "x" * 100_000):
        fields["credential"] = nonsense
        assert browser.post("/account/second-factor/passkeys", data=fields).status_code == 422


def test_setting_an_app_up_without_beginning_begins(browser: FlaskClient) -> None:
    assert browser.get("/account/second-factor/app").location == "/account/second-factor"
    answer = post(browser, "/account/second-factor/app/confirm", code="123456")
    assert (answer.status_code, "请重新开始设置" in answer.text) == (410, True)


# what one keeps out of


def test_a_recusal_is_declared_holds_and_is_lifted(browser: FlaskClient, site: Site, mei: Account) -> None:
    case = make_case(site, clock.now())
    path = f"/desk/cases/{case.id}"
    assert "/preview" in browser.get(path).text
    bad = post(browser, "/account/recusals", about="domain", value="no domain")
    assert (bad.status_code, "no domain" in bad.text, 'href="#value"' in bad.text) == (422, True, True)
    assert post(browser, "/account/recusals", about="nonsense", value="x").status_code == 422
    assert (
        post(browser, "/account/recusals", about="article", value=f"/articles/{case.article.slug}").status_code == 303
    )
    page = browser.get(path).text
    assert "您需要回避" in page
    assert "/preview" not in page
    assert "/take-up" not in page
    refused = post(browser, f"{path}/take-up", version=str(case.version))
    assert (refused.status_code, "利害关系" in refused.text) == (403, True)
    db.session.rollback()
    number = db.session.scalars(select(Recusal.id)).one()
    assert post(browser, f"/account/recusals/{number}/lift").status_code == 303
    assert post(browser, f"/account/recusals/{number}/lift").status_code == 404
    assert "/preview" in browser.get(path).text


def test_an_admin_sets_a_recusal_which_its_subject_cannot_lift(
    browser: FlaskClient, admin: FlaskClient, mei: Account
) -> None:
    assert post(admin, f"/desk/people/{mei.id}/recusals", about="domain", value="example.org").status_code == 303
    db.session.rollback()
    number = db.session.scalars(select(Recusal.id)).one()
    page = browser.get("/account/").text
    assert "example.org" in page
    assert f"recusals/{number}/lift" not in page
    assert post(browser, f"/account/recusals/{number}/lift").status_code == 403
    assert f"recusals/{number}/lift" in admin.get(f"/desk/people/{mei.id}").text
    assert post(admin, f"/desk/people/{mei.id}/recusals/{number}/lift").status_code == 303
    db.session.rollback()
    assert concerns.declared_by(mei.id) == []
    assert post(admin, "/desk/people/999/recusals", about="domain", value="example.org").status_code == 404


# colleagues


def test_the_list_says_when_somebody_was_seen_and_with_what_they_sign_in(
    app: Flask, admin: FlaskClient, site: Site, mei: Account
) -> None:
    with_factors(site, mei)
    with transaction():
        db.session.get_one(Account, mei.id).seen_at = clock.now() - timedelta(days=400)
    page = admin.get("/desk/people").text
    assert "验证器、通行密钥1、恢复码10" in page
    assert f'href="/desk/people/{mei.id}"' in page
    assert f"{(clock.now() - timedelta(days=400)).year}年" in page


def test_an_admin_changes_a_role_and_its_sessions_end(
    app: Flask, admin: FlaskClient, browser: FlaskClient, mei: Account, jia: Account
) -> None:
    path = f"/desk/people/{mei.id}"
    assert post(admin, f"{path}/role", role="owner").status_code == 422
    assert post(admin, f"{path}/role", role="reviewer").location == f"{path}?done=role"
    assert "角色已更改" in admin.get(f"{path}?done=role").text
    assert browser.get("/desk/").status_code == 303
    entry = last()
    assert (entry.kind, entry.actor, entry.facts["role"]) == ("account.role_changed", f"account:{jia.id}", "reviewer")
    own = post(admin, f"/desk/people/{jia.id}/role", role="auditor")
    assert (own.status_code, "自己的角色" in own.text) == (403, True)
    assert f"/desk/people/{jia.id}/role" not in admin.get(f"/desk/people/{jia.id}").text


def test_an_admin_ends_the_sessions_of_a_colleague(
    app: Flask, admin: FlaskClient, browser: FlaskClient, mei: Account
) -> None:
    second = signed_in(app, mei)
    page = admin.get(f"/desk/people/{mei.id}").text
    ids = re.findall(r'name="session" value="([0-9a-f]{64})"', page)
    assert len(ids) == 2
    assert post(admin, f"/desk/people/{mei.id}/sessions/end", session=ids[0]).status_code == 303
    assert sorted([browser.get("/desk/").status_code, second.get("/desk/").status_code]) == [200, 303]
    assert post(admin, f"/desk/people/{mei.id}/sessions/end").status_code == 303
    assert [browser.get("/desk/").status_code, second.get("/desk/").status_code] == [303, 303]
    assert admin.get("/desk/").status_code == 200


def test_an_auditor_reads_the_page_of_a_colleague_without_a_button(app: Flask, mei: Account, site: Site) -> None:
    with_factors(site, mei)
    with transaction():
        recusals.put(mei, mei.id, recusals.About.DOMAIN, "example.org", clock.now())
        sessions.start(site, mei, "127.0.0.1", clock.now())
    page = signed_in(app, make_member("shen@example.org", Role.AUDITOR)).get(f"/desk/people/{mei.id}")
    assert page.status_code == 200
    assert set(re.findall(r'method="post"\s+action="([^"]+)"', page.text)) <= {"/account/sign-out", "/desk/uncover"}
    assert "example.org" in page.text
    assert not re.search(r"[0-9a-f]{64}", page.text)


def test_an_invitation_is_taken_back_by_a_button_that_says_what_follows(
    app: Flask, admin: FlaskClient, client: FlaskClient, site: Site
) -> None:
    with transaction():
        link = accounts.invite(site, None, "lin@example.org", Role.MODERATOR, clock.now())
    number, path = link.id, links.address_of(site, link).removeprefix(site.base_url)
    button = f"/desk/people/invitations/{number}/take-back"
    page = admin.get("/desk/people").text
    assert "收回以后，邮件里的链接不再能用" in page
    assert f'action="{button}"' in page
    auditor = signed_in(app, make_member("shen@example.org", Role.AUDITOR))
    assert button not in auditor.get("/desk/people").text
    done = post(admin, button)
    assert (done.status_code, done.location) == (303, "/desk/people?done=taken-back")
    page = admin.get(done.location or "").text
    assert ("邀请已收回" in page, "lin@example.org" in page) == (True, False)
    assert post(admin, button).status_code == 410
    for opened in (client.get(path), client.post(path, data={"name": "林", "password": "four unrelated words"})):
        assert (opened.status_code, "这份邀请已经收回" in opened.text) == (410, True)
    assert "收回邀请" in admin.get("/desk/audit").text


def test_a_colleague_who_is_not_there_is_not_found(admin: FlaskClient) -> None:
    for path in ("/desk/people/999", "/desk/people/2147483647", "/desk/people/99999999999999999999"):
        assert admin.get(path).status_code == 404
    for name in ("role", "factors/reset", "recusals/1/lift"):
        assert post(admin, f"/desk/people/999/{name}", role="auditor").status_code == 404


def test_a_moderator_sees_no_page_of_people(browser: FlaskClient, jia: Account) -> None:
    assert browser.get("/desk/people").status_code == 403
    assert browser.get(f"/desk/people/{jia.id}").status_code == 403


# proof of identity


def test_proof_of_identity_is_opened_by_a_button_that_leaves_a_trace(
    app: Flask, browser: FlaskClient, site: Site, mei: Account
) -> None:
    case = make_case(site, clock.now(), files=[("id.txt", b"me", "identity_files"), ("a.txt", b"text")])
    proof, other = (next(f.id for f in case.items[0].notice.attachments if f.name == n) for n in ("id.txt", "a.txt"))
    page = browser.get(f"/desk/cases/{case.id}").text
    assert f'action="/desk/attachments/{proof}/disclose"' in page
    assert f'href="/desk/attachments/{proof}"' not in page
    assert browser.get(f"/desk/attachments/{other}").data == b"text"
    assert browser.get(f"/desk/attachments/{proof}").status_code == 403
    answer = post(browser, f"/desk/attachments/{proof}/disclose")
    assert (answer.status_code, answer.data) == (200, b"me")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    entry = last()
    assert (entry.kind, entry.actor, entry.facts) == (
        "identity.disclosed", f"account:{mei.id}", {"attachment": proof},
    )  # fmt: skip
    with transaction():
        for session in db.session.scalars(select(Session)):
            session.proved_at = clock.now() - timedelta(hours=1)
    token = token_of(page)
    asked = browser.post(f"/desk/attachments/{proof}/disclose", data={"csrf_token": token})
    assert (asked.status_code, asked.mimetype) == (403, "text/html")
    auditor = signed_in(app, make_member("shen@example.org", Role.AUDITOR))
    assert post(auditor, f"/desk/attachments/{proof}/disclose").status_code == 403
    assert f"/desk/attachments/{proof}" not in auditor.get(f"/desk/cases/{case.id}").text
