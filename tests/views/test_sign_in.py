"""Second steps, set-up by role, and showing again who one is, as a browser meets them."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from config import Config
from tests.authenticator import SoftKey
from tests.staff import DECISION, PASSWORD, make_case, make_member, signed_in, token_of
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.roles import Role
from tracker.models import Account, AuditEntry, Decision, Session
from tracker.render.site import Site
from tracker.services import accounts, factors, passkeys, sessions, totp

Wait = Callable[[timedelta], None]
STEP = timedelta(seconds=30)


def with_app(site: Site, account: Account) -> tuple[pyotp.TOTP, list[str]]:
    now = clock.now()
    with transaction():
        totp.begin(site, account, now)
    found = totp.pending(site, account)
    assert found is not None
    app = pyotp.TOTP(found.secret)
    with transaction():
        return app, factors.add_app(site, account, app.at(now - STEP), now)


def with_passkey(site: Site, account: Account) -> SoftKey:
    key, now = SoftKey(), clock.now()
    with transaction():
        factors.add_passkey(site, account, key.create(passkeys.creation(site, account, now)), "钥匙", now)
    return key


def send(client: FlaskClient, **fields: str) -> TestResponse:
    return client.post("/account/sign-in", data={"email": "mei@example.org", "password": PASSWORD} | fields)


def post(browser: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Send a form as its page would, with the token of the session."""
    token = token_of(browser.get("/account/second-factor", follow_redirects=True).text)
    return browser.post(path, data={"csrf_token": token} | fields)


def options_on(answer: TestResponse) -> str:
    """Return what the page tells the browser about passkeys."""
    found = re.search(r'data-options="([^"]+)"', answer.text)
    assert found, "no passkey is asked for"
    return html.unescape(found[1])


def hidden(answer: TestResponse) -> dict[str, str]:
    """Return the fields that the page's own form carries; those of the desk's frame come after it."""
    found = re.findall(r'name="([^"]+)"\s+value="([^"]*)"', answer.text)
    return {name: html.unescape(value) for name, value in reversed(found)}


def expire(site: Site, account: Account) -> None:
    """Let it be long ago that anybody showed who they are."""
    with transaction():
        for session in db.session.scalars(select(Session).where(Session.account_id == account.id)):
            session.proved_at = clock.now() - timedelta(hours=1)


# the second step


def test_a_password_leads_to_the_second_step_and_a_code_to_where_one_was_going(
    client: FlaskClient, site: Site, mei: Account
) -> None:
    app, _ = with_app(site, mei)
    assert send(client, next="/desk/mail").location == "/desk/mail"
    sent_on = client.get("/desk/mail")
    assert (sent_on.status_code, sent_on.location) == (303, "/account/second-step?next=%2Fdesk%2Fmail")
    step = client.get(sent_on.location)
    assert step.headers["Cache-Control"] == "no-store"
    assert mei.email not in step.text
    wrong = client.post("/account/second-step", data={"code": "000000", "next": "/desk/mail"})
    assert (wrong.status_code, "验证码不对" in wrong.text) == (422, True)
    assert client.get("/desk/mail").status_code == 303
    right = client.post("/account/second-step", data={"code": app.at(clock.now()), "next": "/desk/mail"})
    assert (right.status_code, right.location) == (303, "/desk/mail")
    assert client.get("/desk/mail").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/desk/", "/account/", "/account/second-factor", "/account/confirm", "/desk/people", "/desk/attachments/1"],
)
def test_half_open_no_page_opens(client: FlaskClient, site: Site, mei: Account, path: str) -> None:
    with_app(site, mei)
    send(client)
    answer = client.get(path)
    assert answer.status_code == 303
    assert (answer.location or "").startswith("/account/second-step")


def test_half_open_no_form_is_taken(client: FlaskClient, site: Site, mei: Account) -> None:
    case = make_case(site, clock.now())
    with_app(site, mei)
    send(client)
    assert client.post(f"/desk/cases/{case.id}/decide", data={"version": "1", **DECISION}).status_code == 403
    assert client.post("/account/second-factor/app/remove").status_code == 403
    assert db.session.scalar(select(func.count()).select_from(Decision)) == 0
    assert not factors.of(mei).are_none


def test_a_recovery_code_is_the_second_step_too(client: FlaskClient, site: Site, mei: Account) -> None:
    _, codes = with_app(site, mei)
    send(client)
    assert client.post("/account/second-step", data={"code": codes[0].lower()}).status_code == 303
    assert client.get("/desk/").status_code == 200
    again = client.application.test_client()
    send(again)
    assert again.post("/account/second-step", data={"code": codes[0]}).status_code == 422


def test_guessing_codes_is_slowed_down_whatever_the_address(client: FlaskClient, site: Site, mei: Account) -> None:
    app, _ = with_app(site, mei)
    send(client)
    for number in range(5):
        tried = client.post(
            "/account/second-step", data={"code": "000000"}, environ_base={"REMOTE_ADDR": f"198.51.100.{number}"}
        )
        assert tried.status_code == 422
    answer = client.post("/account/second-step", data={"code": app.at(clock.now())})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert re.search(r"请在\d\d:\d\d以后再试", answer.text)


@pytest.mark.parametrize("fields", [{}, {"code": ""}, {"code": "\0"}, {"code": "x" * 100_000}, {"credential": "[]"}])
def test_anything_else_is_refused_beside_its_field(
    client: FlaskClient, site: Site, mei: Account, fields: dict[str, str]
) -> None:
    with_app(site, mei)
    send(client)
    assert client.post("/account/second-step", data=fields).status_code == 422


def test_a_second_step_without_a_first_is_sent_to_the_beginning(client: FlaskClient, site: Site, mei: Account) -> None:
    app, _ = with_app(site, mei)
    assert client.get("/account/second-step?next=/desk/mail").location == "/desk/mail"
    answer = client.post("/account/second-step", data={"code": app.at(clock.now()), "next": "/desk/mail"})
    assert answer.status_code == 403
    assert hidden(answer)["next"] == "/desk/mail"


def test_a_passkey_is_the_second_step_or_all_of_it(app: Flask, site: Site, mei: Account) -> None:
    key = with_passkey(site, mei)
    first, second = app.test_client(), app.test_client()
    send(first)
    step = first.get("/account/second-step")
    assert 'name="code"' in step.text  # a recovery code
    credential = key.get(options_on(step))
    assert first.post("/account/second-step", data={"credential": credential}).status_code == 303
    assert first.get("/desk/").status_code == 200
    alone = second.post(
        "/account/sign-in",
        data={"credential": key.get(options_on(second.get("/account/sign-in"))), "next": "/desk/audit"},
    )
    assert (alone.status_code, alone.location) == (303, "/desk/audit")
    assert second.get("/desk/").status_code == 200
    thief = app.test_client().post("/account/sign-in", data={"credential": credential})
    assert (thief.status_code, "没有能用这个通行密钥" in thief.text) == (422, True)


def test_without_a_name_no_passkey_is_asked_for(app: Flask, site: Site, mei: Account) -> None:
    site.base_url = "http://127.0.0.1"
    assert "data-passkey" not in app.test_client().get("/account/sign-in").text
    browser = signed_in(app, mei)
    assert "现在的地址不行" in browser.get("/account/second-factor").text


def test_what_was_typed_outlives_the_session_and_the_second_step(app: Flask, site: Site, mei: Account) -> None:
    number = make_case(site, clock.now()).id
    totp_app, _ = with_app(site, mei)
    browser = signed_in(app, mei)
    fields = {"csrf_token": token_of(browser.get(f"/desk/cases/{number}").text), "version": "1", **DECISION}
    with transaction():
        sessions.sign_out_everywhere(db.session.get_one(Account, mei.id), clock.now())
    kept = hidden(browser.post(f"/desk/cases/{number}/preview", data=fields))
    step = send(browser, **{name: value for name, value in kept.items() if name not in {"email", "password"}})
    assert (step.status_code, hidden(step)["kept:facts"]) == (200, DECISION["facts"])
    resumed = browser.post("/account/second-step", data=hidden(step) | {"code": totp_app.at(clock.now())})
    assert f'action="/desk/cases/{number}/edit"' in resumed.text
    answer = browser.post(f"/desk/cases/{number}/edit", data=hidden(resumed))
    assert (answer.status_code, DECISION["facts"] in answer.text) == (200, True)


# set-up by role


@pytest.fixture
def strict(site: Site) -> Site:
    """A site on which admins sign in with a second factor."""
    site.config = replace(site.config, second_factor_roles=("admin",))  # of this test alone
    return site


def test_a_required_factor_is_set_up_before_anything_else(app: Flask, strict: Site, mei: Account) -> None:
    browser = signed_in(app, make_member("jia@example.org", Role.ADMIN))
    for path in ("/desk/", "/desk/people", "/account/", "/account/confirm"):
        assert browser.get(path).location == "/account/second-factor"
    refused = post(browser, "/desk/people/invite", email="lin@example.org", role="moderator")
    assert (refused.status_code, "lin@example.org" in refused.text) == (403, True)
    assert post(browser, "/account/second-factor/app").location == "/account/second-factor/app"
    page = browser.get("/account/second-factor/app")
    secret = re.search(r'id="secret">([A-Z2-7 ]+)<', page.text)
    assert secret
    assert "<svg" in page.text
    wrong = post(browser, "/account/second-factor/app/confirm", code="12345")
    assert (wrong.status_code, secret[1] in wrong.text) == (422, True)
    code = pyotp.TOTP(secret[1].replace(" ", "")).at(clock.now())
    done = post(browser, "/account/second-factor/app/confirm", code=code)
    assert done.status_code == 200
    assert len(re.findall(r"<code>([0-9A-Z]{4}-){3}[0-9A-Z]{4}</code>", done.text)) == 10
    assert done.headers["Cache-Control"] == "no-store"
    assert browser.get("/desk/people").status_code == 200
    assert signed_in(app, mei).get("/desk/").status_code == 200  # a moderator need not
    assert post(browser, "/account/second-factor/app/remove").status_code == 403


def test_a_factor_that_was_taken_away_is_set_up_again(app: Flask, strict: Site) -> None:
    jia, yi = make_member("jia@example.org", Role.ADMIN), make_member("yi@example.org", Role.ADMIN)
    for account in (jia, yi):
        with_app(strict, account)
    browser, other = signed_in(app, jia), signed_in(app, yi)
    assert browser.get(f"/desk/people/{yi.id}").status_code == 200
    assert post(browser, f"/desk/people/{yi.id}/factors/reset").status_code == 303
    assert other.get("/desk/").location == "/account/sign-in?next=%2Fdesk%2F"
    assert signed_in(app, yi).get("/desk/").location == "/account/second-factor"


def test_a_role_that_comes_to_require_one_leads_to_set_up(app: Flask, strict: Site, mei: Account) -> None:
    jia = make_member("jia@example.org", Role.ADMIN)
    with_app(strict, jia)
    assert post(signed_in(app, jia), f"/desk/people/{mei.id}/role", role="admin").status_code == 303
    assert signed_in(app, mei).get("/desk/").location == "/account/second-factor"


@pytest.mark.parametrize(
    ("given", "roles"),
    [
        ({}, ()),
        ({"SECOND_FACTOR_ROLES": "moderator, auditor"}, ("moderator", "auditor")),
        ({"SECOND_FACTOR_ROLES": "none"}, ()),
    ],
)
def test_the_roles_come_from_the_settings(tmp_path: Path, given: dict[str, str], roles: tuple[str, ...]) -> None:
    environment = {"TRACKER_DATA": str(tmp_path), "SECRET_KEY": "x" * 40} | given
    assert Config.from_environment(environment).second_factor_roles == roles


# showing again who one is

GRAVE = [
    "/desk/people/invite", "/desk/people/invitations/1/take-back", "/desk/people/1/role", "/desk/people/1/factors/reset",
    "/account/second-factor/codes",
]  # fmt: skip


@pytest.mark.parametrize("path", GRAVE)
def test_a_grave_act_asks_again_and_goes_on_with_what_was_typed(app: Flask, site: Site, path: str) -> None:
    make_member("lin@example.org")
    jia = make_member("jia@example.org", Role.ADMIN)
    with_app(site, jia)
    with transaction():
        accounts.invite(site, jia, "wu@example.org", Role.MODERATOR, clock.now())
    browser = signed_in(app, jia)
    token = token_of(browser.get("/account/").text)
    expire(site, jia)
    fields = {"csrf_token": token, "email": "new@example.org", "role": "reviewer"}
    before = db.session.scalar(select(func.count()).select_from(AuditEntry))
    asked = browser.post(path, data=fields)
    assert (asked.status_code, hidden(asked)["kept:role"], hidden(asked)["next"]) == (403, "reviewer", path)
    wrong = browser.post("/account/confirm", data=hidden(asked) | {"password": "a wrong password"})
    assert (wrong.status_code, hidden(wrong)["kept:role"]) == (422, "reviewer")
    confirmed = browser.post("/account/confirm", data=hidden(wrong) | {"password": PASSWORD})
    assert (confirmed.status_code, f'action="{path}"' in confirmed.text) == (200, True)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == before  # not done before the button
    done = browser.post(path, data=hidden(confirmed))
    assert done.status_code in {200, 303}
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) != before or "reset" in path


def test_a_page_asks_again_and_leads_back(app: Flask, site: Site, mei: Account) -> None:
    browser = signed_in(app, mei)
    expire(site, mei)
    asked = browser.get("/account/second-factor")
    assert asked.location == "/account/confirm?next=%2Faccount%2Fsecond-factor"
    form = browser.get(asked.location)
    assert 'name="code"' not in form.text  # there is nothing but a password
    assert browser.post("/account/confirm", data=hidden(form) | {"password": PASSWORD}).location == (
        "/account/second-factor"
    )
    assert browser.get("/account/second-factor").status_code == 200


@pytest.mark.parametrize("way", ["app", "recovery code", "passkey"])
def test_a_factor_shows_it_too(app: Flask, site: Site, mei: Account, way: str) -> None:
    key = with_passkey(site, mei)
    totp_app, _ = with_app(site, mei)
    with transaction():
        codes = factors.make_codes(mei, clock.now())
    browser = signed_in(app, mei)
    expire(site, mei)
    form = browser.get("/account/confirm?next=/account/second-factor")
    shown = {
        "app": {"code": totp_app.at(clock.now())},
        "recovery code": {"code": codes[0]},
        "passkey": {"credential": key.get(options_on(form))},
    }
    fields = hidden(form) | shown[way]
    assert browser.post("/account/confirm", data=fields).location == "/account/second-factor"
    expire(site, mei)
    assert browser.post("/account/confirm", data=fields).status_code == 422  # each of them is good for once


def test_it_lasts_ten_minutes(app: Flask, mei: Account, wait: Wait) -> None:
    browser = signed_in(app, mei)
    wait(timedelta(minutes=9))
    assert browser.get("/account/second-factor").status_code == 200
    wait(timedelta(minutes=11))
    assert browser.get("/account/second-factor").status_code == 303


def test_a_forged_form_is_not_carried_past_the_question(app: Flask, site: Site) -> None:
    jia = make_member("jia@example.org", Role.ADMIN)
    browser = signed_in(app, jia)
    expire(site, jia)
    for fields in ({}, {"csrf_token": "forged"}):
        answer = browser.post("/desk/people/invite", data=fields | {"email": "evil@example.org", "role": "admin"})
        assert answer.status_code == 403
        assert "kept:role" not in answer.text


def test_showing_it_without_the_token_or_with_nothing_shows_nothing(app: Flask, site: Site, mei: Account) -> None:
    browser = signed_in(app, mei)
    expire(site, mei)
    assert browser.post("/account/confirm", data={"password": PASSWORD}).status_code == 422
    empty = browser.post("/account/confirm", data=hidden(browser.get("/account/confirm")))
    assert (empty.status_code, "请填写密码" in empty.text) == (422, True)
    assert browser.get("/account/second-factor").status_code == 303


def test_passwords_and_codes_are_not_carried_along(app: Flask, site: Site, mei: Account) -> None:
    with_app(site, mei)
    browser = signed_in(app, mei)
    token = token_of(browser.get("/account/").text)
    expire(site, mei)
    asked = browser.post("/account/second-factor/app/confirm", data={"csrf_token": token, "code": "123456"})
    assert (asked.status_code, "123456" in asked.text) == (403, False)


def test_somebody_elses_password_does_not_show_who_one_is(app: Flask, site: Site, mei: Account) -> None:
    make_member("lin@example.org", password="the password of somebody else")
    browser = signed_in(app, mei)
    expire(site, mei)
    fields = hidden(browser.get("/account/confirm"))
    answer = browser.post("/account/confirm", data=fields | {"password": "the password of somebody else"})
    assert answer.status_code == 422
