"""Moderators appear to parties under a handle: no name reaches a mail, a receipt or a publisher's page."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests import factories
from tests.staff import make_case, make_member, make_notice, signed_in, token_of
from tracker import clock
from tracker.db import db, transaction
from tracker.domain import handles
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import Ending
from tracker.domain.receipts import Keyring
from tracker.domain.roles import Role
from tracker.models import Account, AuditEntry, Case, Mail, Session
from tracker.render.site import Site
from tracker.services import appeals, decisions, exchange, holds, letters

CANARY, WORDS = "金丝雀", "我们核对了双方的材料，理由如下，请您阅读。"
PARTIES = ("anna@example.com", "bob@example.com", "editors@example.org")

pytestmark = pytest.mark.usefixtures("stopped_clock")


@pytest.fixture
def people(app: Flask) -> list[Account]:
    """A moderator and a reviewer, each with a name that must not be seen."""
    return [
        make_member("mei@example.org", name=f"{CANARY}一号"),
        make_member("lin@example.org", Role.REVIEWER, name=f"{CANARY}二号"),
    ]


@pytest.fixture
def case(site: Site, now: datetime, people: list[Account]) -> Case:
    """A case on which everything was done that a party hears of."""
    mei, lin = people
    case = make_case(site, now, language="zh-Hans")
    bob = make_notice(site, case.article, now, "bob@example.com")
    first, second = case.items
    with transaction():
        exchange.ask_info(site, mei, first.id, case.version, WORDS, now, "a" * 32)
    with transaction():
        letters.write(site, mei, case.id, first.id, WORDS, now, "b" * 32)
        letters.write(site, mei, case.id, 0, WORDS, now, "c" * 32)
        holds.note(mei, case.id, WORDS, now, "d" * 32)
    with transaction():
        exchange.reject(site, mei, second.id, case.version, Ending.DUPLICATE, WORDS, now, "e" * 32)
    with transaction():
        decisions.decide(site, mei, case.id, case.version, factories.draft(Outcome.WITHHELD), now)
    with transaction():
        appeals.send(site, case, None, WORDS * 2, [], "zh-Hans", now, "f" * 32)
    with transaction():
        appeals.rule(site, lin, case.appeals[0].id, case.version, WORDS * 2, now, factories.draft(Outcome.RESTORED))
    assert bob.reference
    return case


def handle(site: Site, case: Case, account: Account) -> str:
    return handles.code(site.keys, case.id, account.id)


def mails_to_parties() -> Iterator[Mail]:
    return iter(db.session.scalars(select(Mail).where(Mail.recipient.in_(PARTIES)).order_by(Mail.id)))


def test_no_name_is_in_a_mail_to_a_party_and_the_handle_is(site: Site, case: Case, people: list[Account]) -> None:
    mei, lin = people
    found = {mail.name: mail for mail in mails_to_parties()}
    assert len(found) >= 8, sorted(found)
    for mail in mails_to_parties():
        for text in (mail.subject, mail.text, mail.html):
            assert CANARY not in text, mail.name
            assert not any(person.email in text for person in people), mail.name
    for name in ("needs_info", "letter", "rejected", "decision", "statement", "appeal_decided"):
        account = lin if name == "appeal_decided" else mei
        codes = re.findall(r"审核员([A-Z]\d{3})", db.session.scalars(
            select(Mail.text).where(Mail.name == name, Mail.recipient.in_(PARTIES)).order_by(Mail.id).limit(1)
        ).one())  # fmt: skip
        assert codes == [handle(site, case, account)], name


def test_no_name_is_on_a_receipt_or_a_publishers_page(
    client: FlaskClient, site: Site, case: Case, people: list[Account]
) -> None:
    mei, lin = people
    notice = case.items[0].notice
    receipt = site.keys.secret("notice", notice.reference, notice.key_epoch)
    publisher = site.keys.secret("publisher", str(case.id), site.keys.epoch)
    for prefix in ("", "/en"):
        for path, code in ((f"/receipts/{notice.reference}", receipt), (f"/publisher/{case.id}", publisher)):
            page = client.post(f"{prefix}{path}", data={"code": code})
            assert page.status_code == 200, path
            assert CANARY not in page.text
            assert handle(site, case, mei) in page.text, path
            assert handle(site, case, lin) in page.text, path


def test_colleagues_see_names(app: Flask, case: Case, people: list[Account]) -> None:
    page = signed_in(app, people[0]).get(f"/desk/cases/{case.id}")
    assert people[1].name in page.text


def test_readers_see_neither(client: FlaskClient, site: Site, case: Case, people: list[Account]) -> None:
    answer = client.get(f"/articles/{case.article.slug}")
    assert answer.status_code == 200
    assert CANARY not in answer.text
    assert not any(handle(site, case, person) in answer.text for person in people)


def test_a_handle_is_the_same_on_a_case_and_another_on_the_next() -> None:
    keys = Keyring(["one server key for tests"])
    codes = [handles.code(keys, case, account) for case in range(1, 40) for account in range(1, 40)]
    assert all(re.fullmatch(r"[A-HJKMNPR-TV-Y]\d{3}", code) for code in codes)
    assert handles.code(keys, 1, 1) == codes[0]
    assert len(set(codes)) > len(codes) * 0.95
    assert handles.code(keys, 2, 1) != handles.code(keys, 1, 2)


def test_a_handle_outlives_a_new_server_key_and_needs_the_key_to_be_known() -> None:
    old, new = Keyring(["old key"]), Keyring(["new key", "old key"])
    assert handles.code(new, 7, 3) == handles.code(old, 7, 3)
    assert handles.code(Keyring(["new key"]), 7, 3) != handles.code(old, 7, 3)


def test_an_admin_looks_a_handle_up_and_leaves_a_trace(
    app: Flask, site: Site, case: Case, people: list[Account]
) -> None:
    mei, lin = people
    jia = make_member("jia@example.org", Role.ADMIN, name="甲")
    browser = signed_in(app, jia)
    token = token_of(browser.get("/desk/people").text)
    fields = {"csrf_token": token, "case": str(case.id), "handle": f" {handle(site, case, lin).lower()} "}
    answer = browser.post("/desk/people/handle", data=fields)
    assert (answer.status_code, lin.name in answer.text) == (200, True)
    db.session.rollback()
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert entry is not None
    assert (entry.kind, entry.actor, entry.facts) == (
        "handle.resolved", f"account:{jia.id}", {"case": case.id, "account": lin.id},
    )  # fmt: skip
    for wrong in ({"handle": "A000"}, {"case": "999"}, {"case": ""}, {"case": "x"}, {"handle": ""}, {"handle": "\0"}):
        refused = browser.post("/desk/people/handle", data=fields | wrong)
        assert refused.status_code == 422, wrong
        assert f"{lin.name}</strong>" not in refused.text
    assert signed_in(app, mei).post("/desk/people/handle", data=fields).status_code == 403


def test_the_handle_outlives_the_question_who_this_is(
    app: Flask, site: Site, case: Case, people: list[Account]
) -> None:
    jia = make_member("jia@example.org", Role.ADMIN, name="甲")
    browser = signed_in(app, jia)
    token = token_of(browser.get("/desk/people").text)
    with transaction():
        db.session.execute(update(Session).values(proved_at=clock.now() - timedelta(days=1)))
    asked = browser.post("/desk/people/handle", data={"csrf_token": token, "case": str(case.id), "handle": "K417"})
    assert asked.status_code == 403
    kept = dict(re.findall(r'name="kept:([a-z_]+)"\s+value="([^"]*)"', asked.text))
    assert kept == {"case": str(case.id), "handle": "K417"}
