"""Signing in, links and passwords, as a browser meets them."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.staff import DECISION, PASSWORD, make_case, make_member, signed_in, token_of
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.roles import Role
from tracker.models import Account, AuditEntry, Decision, Link, Session
from tracker.render.site import Site
from tracker.services import accounts, links, sessions
from tracker.views.access import own_path

Wait = Callable[[timedelta], None]

WRONG = "邮箱或密码不对"


def send(client: FlaskClient, password: str = PASSWORD, email: str = "mei@example.org", **fields: str) -> TestResponse:
    return client.post("/account/sign-in", data={"email": email, "password": password, **fields})


def test_signing_in_leads_to_the_desk(client: FlaskClient, mei: Account) -> None:
    answer = send(client)
    assert (answer.status_code, answer.location) == (303, "/desk/")
    assert client.get("/desk/").status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient, mei: Account) -> None:
    cookie = send(client).headers["Set-Cookie"]
    assert cookie.startswith("session=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_over_https_the_cookie_is_bound_to_the_host(app: Flask, site: Site, mei: Account) -> None:
    site.base_url = "https://localhost"
    cookie = send(app.test_client(), next="").headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))


def test_the_session_is_new_at_each_sign_in_and_the_old_one_ends(app: Flask, client: FlaskClient, mei: Account) -> None:
    client.set_cookie("session", "planted by somebody")
    send(client)
    first = client.get_cookie("session")
    send(client)
    second = client.get_cookie("session")
    assert first is not None
    assert second is not None
    assert "planted by somebody" != first.value != second.value
    thief = app.test_client()
    thief.set_cookie("session", first.value)
    assert thief.get("/desk/").status_code == 303


@pytest.mark.parametrize("way", ["sign-out", "sign-out-everywhere", "password", "disable"])
def test_a_stolen_cookie_is_worth_nothing_afterwards(app: Flask, mei: Account, way: str) -> None:
    browser = signed_in(app, mei)
    stolen = browser.get_cookie("session")
    assert stolen is not None
    thief = app.test_client()
    thief.set_cookie("session", stolen.value)
    assert thief.get("/desk/").status_code == 200
    fields = {"csrf_token": token_of(browser.get("/account/").text)}
    if way == "password":
        fields |= {"current": PASSWORD, "password": "another password entirely"}
    if way == "disable":
        admin = make_member("a@example.org", Role.ADMIN)
        with transaction():
            accounts.disable(admin, mei.id, clock.now())
    else:
        assert browser.post(f"/account/{way}", data=fields).status_code == 303
    assert thief.get("/desk/").location == "/account/sign-in?next=%2Fdesk%2F"


def test_a_new_password_keeps_this_browser_and_ends_the_others(app: Flask, mei: Account) -> None:
    here, there = signed_in(app, mei), signed_in(app, mei)
    token = token_of(here.get("/account/").text)
    fields = {"csrf_token": token, "current": PASSWORD, "password": "another password entirely"}
    assert here.post("/account/password", data=fields).location == "/account/?done=password"
    assert "密码已更改" in here.get("/account/?done=password").text
    assert there.get("/account/").status_code == 303
    assert here.post("/account/sign-out", data={"csrf_token": token}).status_code == 403  # forms are new as well


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"current": "wrong password", "password": "another password entirely"}, "现在的密码：邮箱或密码不对"),
        ({"current": PASSWORD, "password": "short"}, "密码要有12至1000个字符"),
        ({"current": "", "password": ""}, "请填写密码"),
        ({"current": PASSWORD, "password": "another password entirely", "csrf_token": ""}, "页面放得太久"),
    ],
)
def test_a_refused_change_of_password_says_why(app: Flask, mei: Account, fields: dict[str, str], words: str) -> None:
    browser = signed_in(app, mei)
    token = token_of(browser.get("/account/").text)
    answer = browser.post("/account/password", data={"csrf_token": token} | fields)
    assert answer.status_code == 422
    assert words in answer.text
    assert "another password" not in answer.text
    assert sessions.identify("mei@example.org", PASSWORD)


def test_unknown_disabled_and_wrong_get_the_same_answer(client: FlaskClient, mei: Account) -> None:
    make_member("gone@example.org", disabled_at=clock.now())
    pages = set()
    for email, password in [
        ("mei@example.org", "a wrong password"),
        ("gone@example.org", PASSWORD),
        ("nobody@example.org", PASSWORD),
    ]:
        answer = send(client, password, email)
        assert answer.status_code == 422
        assert WRONG in answer.text
        assert "Set-Cookie" not in answer.headers
        pages.add(re.sub(r'data-options="[^"]+"', "", answer.text.replace(email, "")))
    assert len(pages) == 1
    assert PASSWORD not in pages.pop()


def test_too_many_tries_say_when_to_come_back_and_keep_the_address(client: FlaskClient, mei: Account) -> None:
    for _ in range(5):
        assert send(client, "a wrong password").status_code == 422
    answer = send(client)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 24 * 60 * 60
    assert re.search(r"请在\d\d:\d\d以后再试", answer.text)
    assert 'value="mei@example.org"' in answer.text
    elsewhere = client.post(
        "/account/sign-in",
        data={"email": "mei@example.org", "password": PASSWORD},
        environ_base={"REMOTE_ADDR": "198.51.100.9"},
    )
    assert elsewhere.status_code == 303


def test_forwarded_for_does_not_change_who_is_counted(client: FlaskClient, mei: Account) -> None:
    for number in range(5):
        client.post(
            "/account/sign-in",
            data={"email": "mei@example.org", "password": "a wrong password"},
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
        )
    assert send(client).status_code == 429


@pytest.mark.parametrize(
    "fields",
    [{}, {"email": ""}, {"email": "\0", "password": "\0"}, {"email": "x" * 100_000, "password": "y" * 100_000}],
)
def test_bad_input_is_refused_beside_its_field(client: FlaskClient, fields: dict[str, str]) -> None:
    assert client.post("/account/sign-in", data=fields).status_code == 422
    assert client.post("/account/forgotten", data=fields).status_code in {200, 422}


def test_a_session_is_noted_at_most_once_a_minute(app: Flask, mei: Account, wait: Wait) -> None:
    browser = signed_in(app, mei)
    first = db.session.scalars(select(Session.seen_at)).one()
    browser.get("/desk/")
    db.session.rollback()
    assert db.session.scalars(select(Session.seen_at)).one() == first
    wait(timedelta(minutes=2))
    browser.get("/desk/")
    db.session.rollback()
    assert db.session.scalars(select(Session.seen_at)).one() > first + timedelta(minutes=1)


def test_an_idle_session_ends(app: Flask, mei: Account, wait: Wait) -> None:
    browser = signed_in(app, mei)
    wait(timedelta(hours=2, minutes=1))
    assert browser.get("/desk/").status_code == 303


OPEN_REDIRECTS = [
    "https://evil.example", "http://evil.example/", "HTTPS://evil.example", "//evil.example", "///evil.example",
    "////evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example", "/\\/evil.example", "https:evil.example",
    "https:/evil.example", "https:\\\\evil.example", "https:///evil.example", "//evil.example/desk/", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", " https://evil.example", "\thttps://evil.example",
    "\n//evil.example", "/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "/%09/evil.example", "/%2f%2fevil.example",
    "/%5cevil.example", "//evil.example\\@localhost", "//localhost@evil.example", "https://localhost@evil.example",
    "https://localhost.evil.example", "http://[::1]/", "//[evil.example]/", "/desk\\..\\..\\evil.example", "/desk/@evil.example",
    "/desk/..//evil.example", "/desk/../..//evil.example", "/desk.evil.example", "/deskevil", "/\u2215/evil.example",
    "／／evil.example", "/desk/\u2028evil", "/desk/\r\nSet-Cookie: a=b", "/desk/#//evil.example", "/desk/;@evil.example",
    "?next=//evil.example", "#", "", ".", "..", "desk/", "/", "/articles/x", "ftp://evil.example", "mailto:a@evil.example",
    "/desk/\x00", "http:\\evil.example", "//evil%E3%80%82example", "/.evil.example", "/desk/?a=//\\evil",
]  # fmt: skip


@pytest.mark.parametrize("path", OPEN_REDIRECTS)
def test_nobody_is_led_off_the_desk(path: str) -> None:
    assert own_path(path) == "/desk/"


@pytest.mark.parametrize(
    "path",
    ["/desk/", "/desk/cases/5", "/desk/cases?state=decided&category=personal_data", "/account/", "/desk/mail?before=7"],
)
def test_a_path_of_the_desk_is_returned_to(client: FlaskClient, mei: Account, path: str) -> None:
    asked = client.get(path)
    assert asked.status_code == 303
    form = client.get(asked.location)
    field = re.search(r'name="next"\s+value="([^"]+)"', form.text)
    assert field
    assert send(client, next=field[1].replace("&amp;", "&")).location == path


def test_a_bad_next_in_the_form_leads_to_the_desk(client: FlaskClient, mei: Account) -> None:
    assert send(client, next="//evil.example").location == "/desk/"


def test_a_form_from_another_site_is_refused(client: FlaskClient, mei: Account) -> None:
    odd = [{"Origin": origin} for origin in ("https://evil.example", "null", "http://[", "http://[::1", "", "://")]
    for headers in (*odd, {"Sec-Fetch-Site": "cross-site"}):
        answer = client.post(
            "/account/sign-in", data={"email": "mei@example.org", "password": PASSWORD}, headers=headers
        )
        assert answer.status_code == 403
        assert PASSWORD not in answer.text


def test_what_was_typed_outlives_the_session(app: Flask, site: Site, mei: Account) -> None:
    case = make_case(site, clock.now())
    number = case.id
    browser = signed_in(app, mei)
    fields = {"csrf_token": token_of(browser.get(f"/desk/cases/{number}").text), "version": "1", **DECISION}
    with transaction():
        sessions.sign_out_everywhere(db.session.get_one(Account, mei.id), clock.now())
    expired = browser.post(f"/desk/cases/{number}/preview", data=fields)
    assert expired.status_code == 403
    kept = dict(re.findall(r'name="(kept:[^"]+)"\s+value="([^"]*)"', expired.text))
    assert kept["kept:facts"] == DECISION["facts"]
    resumed = send(browser, next=f"/desk/cases/{number}/preview", **kept)
    assert resumed.status_code == 200
    assert f'action="/desk/cases/{number}/edit"' in resumed.text
    again = dict(re.findall(r'name="([^"]+)"\s+value="([^"]*)"', resumed.text))
    answer = browser.post(f"/desk/cases/{number}/edit", data=again)
    assert answer.status_code == 200
    assert DECISION["facts"] in answer.text


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/desk/cases/5/take-up", "/desk/cases/5"),
        ("/desk/people/invite", "/desk/people"),
        ("/desk/mail/5/requeue", "/desk/"),
    ],
)
def test_signing_in_again_leads_to_the_page_of_an_act_and_does_not_do_it(
    client: FlaskClient, mei: Account, path: str, page: str
) -> None:
    fields = {"kept:version": "1", "kept:role": "admin"}
    assert send(client, next=path, **fields).location == page


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/desk/cases/5/note", "text"),
        ("/desk/cases/5/ask-info", "text"),
        ("/desk/cases/5/reject", "text"),
        ("/desk/cases/5/keep", "reason"),
        ("/desk/cases/5/rule", "grounds"),
        ("/desk/intake/reputation", "explanation"),
        ("/desk/people/invite", "email"),
    ],
)
def test_whatever_was_typed_comes_back_and_waits_for_a_button(
    client: FlaskClient, mei: Account, path: str, field: str
) -> None:
    expired = client.post(path, data={"version": "1", field: "打了很久的字 <b>"})
    kept = dict(re.findall(r'name="(kept:[^"]+)"\s+value="([^"]*)"', expired.text))
    assert kept[f"kept:{field}"] == "打了很久的字 &lt;b&gt;"
    entries = count_entries()
    resumed = send(client, next=path, **{f"kept:{field}": "打了很久的字 <b>", "kept:version": "1"})
    assert resumed.status_code == 200
    assert f'action="{path}"' in resumed.text
    assert f'name="{field}"' in resumed.text
    assert '<div class="kept" dir="auto">打了很久的字 &lt;b&gt;</div>' in resumed.text
    assert count_entries() == entries + 1  # the signing in


def count_entries() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def test_staff_pages_have_no_language_prefix(client: FlaskClient) -> None:
    for path in ("/desk/cases?state=decided", "/account/sign-in"):
        answer = client.get(f"/en{path}")
        assert (answer.status_code, answer.location) == (308, path)
    assert client.post("/en/desk/cases/5/decide").location == "/desk/cases/5/decide"


def test_a_line_end_in_an_address_of_staff_is_no_fault_of_ours(client: FlaskClient) -> None:
    answer = client.get("/en/desk/rules/%0d%0aX:%20y%3F?clause=%0a")
    assert (answer.status_code, answer.location) == (308, "/desk/rules/%0D%0AX%3A%20y%3F?clause=%0a")


def test_passwords_are_not_kept_when_the_session_ran_out(client: FlaskClient) -> None:
    answer = client.post("/account/password", data={"current": "secret one", "password": "secret two"})
    assert answer.status_code == 403
    assert "secret" not in answer.text


def link_path(site: Site, link: Link) -> str:
    return links.address_of(site, link).removeprefix(site.base_url)


def test_the_first_admin_sets_a_password_and_is_in(app: Flask, client: FlaskClient, site: Site) -> None:
    with transaction():
        link = links.first_admin_link(site, clock.now())
        assert link is not None
        path = link_path(site, link)
    shown = client.get(path)
    assert shown.status_code == 200
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 0
    short = client.post(path, data={"email": "not an address", "name": "甲", "password": PASSWORD})
    assert (short.status_code, "邮箱地址要像" in short.text, 'value="甲"' in short.text) == (422, True, True)
    wrong = client.post(path, data={"email": "not an address", "name": " ", "password": "short"})
    for said in ("邮箱地址要像", "请写1至50个字", "密码要有"):
        assert said in wrong.text, "all at once"
    answer = client.post(
        path,
        data={"email": "jia@example.org", "name": "甲", "password": PASSWORD, "role": "moderator", "account_id": "7"},
    )
    assert (answer.status_code, answer.location) == (303, "/desk/")
    assert client.get("/desk/people").status_code == 200
    assert client.get(path).status_code == 410
    assert client.post(path, data={"email": "x@example.org", "name": "乙", "password": PASSWORD}).status_code == 410
    db.session.rollback()
    assert db.session.scalars(select(Account.email)).all() == ["jia@example.org"]


def test_an_invited_moderator_cannot_make_themselves_an_admin(client: FlaskClient, site: Site) -> None:
    with transaction():
        path = link_path(site, accounts.invite(site, None, "lin@example.org", Role.MODERATOR, clock.now()))
    fields = {"name": "林", "password": PASSWORD, "role": "admin", "email": "evil@example.org", "disabled_at": ""}
    assert client.post(path, data=fields).status_code == 303
    member = db.session.scalars(select(Account)).one()
    assert (member.email, member.role) == ("lin@example.org", Role.MODERATOR)
    assert client.get("/desk/people").status_code == 403


@pytest.mark.parametrize("code", ["", "?code=", "?code=wrong", "?code=%00", "?code=" + "A" * 5000])
def test_a_wrong_link_is_not_found(client: FlaskClient, site: Site, code: str) -> None:
    with transaction():
        number = accounts.invite(site, None, "lin@example.org", Role.MODERATOR, clock.now()).id
    assert client.get(f"/account/links/{number}{code}").status_code == 404
    assert client.post(f"/account/links/{number}{code}", data={"password": PASSWORD}).status_code == 404
    assert client.get(f"/account/links/999{code}").status_code == 404
    assert client.get(f"/account/links/{10**30}{code}").status_code == 404


def test_a_forgotten_password_gets_one_answer_for_all(client: FlaskClient, mei: Account) -> None:
    pages = {client.post("/account/forgotten", data={"email": e}).text for e in ("mei@example.org", "no@example.org")}
    assert len(pages) == 1
    assert db.session.scalar(select(func.count()).select_from(Link)) == 1


def test_nothing_is_decided_by_whoever_is_not_in(client: FlaskClient, site: Site, now: datetime) -> None:
    number = make_case(site, now).id
    client.post(f"/desk/cases/{number}/decide", data={"version": "1", **DECISION})
    assert db.session.scalar(select(func.count()).select_from(Decision)) == 0
