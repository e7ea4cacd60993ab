"""Notices that staff type in: by which way they came, the same checks, the same receipt."""

import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.factories import publish
from tests.staff import PASSAGE, make_member, signed_in, token_of
from tracker import clock
from tracker.db import db
from tracker.domain.lifecycle import CHANNEL_LABELS, Channel
from tracker.models import Account, Article, AuditEntry, Mail, Notice
from tracker.queries import trail
from tracker.render.site import LANGUAGES, Site
from tracker.services import audit

KEY = "k" * 43
PATH = "/desk/intake/reputation"
TYPED = {
    "passage": PASSAGE,
    "explanation": "这一段与事实不符，损害了我们的名誉，请予处理，谢谢。",
    "inaccurate_parts": "我们从来没有拨打过亲友的电话。",
    "notifier_role": "owner",
    "notifier_name": "安娜",
    "email": "anna@example.com",
    "stmt_truth": "1",
    "channel": "phone",
    "received_on": "2026-11-23",
    "language": "en",
    "key": KEY,
}


pytestmark = pytest.mark.usefixtures("stopped_clock")


@pytest.fixture
def article(site: Site) -> Article:
    return publish(site, "yi-pian", clock.now())


def enter(browser: FlaskClient, **fields: Any) -> TestResponse:
    token = token_of(browser.get("/account/").text)
    typed = {"csrf_token": token, "addresses": "http://localhost/articles/yi-pian", **TYPED, **fields}
    return browser.post(PATH, data=typed, content_type="multipart/form-data")


def notices() -> list[Notice]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice)))


def test_a_notice_by_phone_gets_the_same_receipt(
    browser: FlaskClient, article: Article, mei: Account, site: Site
) -> None:
    assert PATH in browser.get("/desk/intake").text
    assert "怎样收到的" in browser.get(PATH).text
    answer = enter(browser)
    assert (answer.status_code, answer.location) == (303, f"/desk/intake/sent/{KEY}")
    (notice,) = notices()
    assert (notice.channel, notice.entered_by_id, notice.language) == (Channel.PHONE, mei.id, "en")
    assert "stmt_truth" in notice.statements
    html = browser.get(answer.location).text
    assert notice.reference in html
    assert "回执没有发出" in html  # no mail server is set
    assert "回执已经发出" not in html
    assert site.keys.secret("notice", notice.reference, notice.key_epoch) in html
    assert db.session.scalars(select(Mail.recipient).where(Mail.name == "acknowledgement")).all() == [
        "anna@example.com"
    ]
    assert "电话" in browser.get(f"/desk/cases/{notice.items[0].case_id}").text


def test_the_same_key_is_one_notice(browser: FlaskClient, article: Article) -> None:
    for _ in range(3):
        assert enter(browser).status_code == 303
    assert len(notices()) == 1


def test_what_is_wrong_is_named_and_everything_kept(browser: FlaskClient, article: Article) -> None:
    answer = enter(browser, explanation="太短", channel="web", files=(BytesIO(b"text"), "proof.txt"))
    assert answer.status_code == 422
    for said in ('href="#explanation"', 'href="#channel"', "太短", "安娜", "proof.txt", "4字节"):
        assert said in answer.text, said
    assert notices() == []
    again = enter(browser, files=(BytesIO(b""), ""))
    assert again.status_code == 303
    assert [file.name for file in notices()[0].attachments] == ["proof.txt"]
    ids = re.findall(r'\bid="([^"]*)"', answer.text)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("fields", [{"channel": ""}, {"channel": "api"}, {"language": "xx"}])
def test_the_way_and_the_language_have_to_be_chosen(
    browser: FlaskClient, article: Article, fields: dict[str, str]
) -> None:
    refused = enter(browser, **fields)
    assert refused.status_code == 422
    (name,) = fields
    assert f'<a href="#{name}">' in refused.text
    assert f'<fieldset aria-describedby="{name}-error">' in refused.text
    assert f'id="{name}-error"' in refused.text
    assert notices() == []


def test_a_form_without_its_token_stores_nothing(browser: FlaskClient, article: Article) -> None:
    assert enter(browser, csrf_token="").status_code == 403
    assert notices() == []


def test_only_who_entered_a_notice_sees_its_code(app: Flask, browser: FlaskClient, article: Article) -> None:
    enter(browser)
    lin = signed_in(app, make_member("lin@example.org", name="林"))
    assert lin.get(f"/desk/intake/sent/{KEY}").status_code == 404
    assert browser.get("/desk/intake/sent/x").status_code == 404
    assert browser.get("/desk/intake/x").status_code == 404
    assert app.test_client().get(PATH).status_code == 303


LETTER = {
    "email": "",
    "notifier_role": "",
    "inaccurate_parts": "",
    "stmt_truth": "",
    "passage": "",
}


def test_a_letter_without_an_address_is_taken_and_what_it_lacks_is_said(
    browser: FlaskClient, article: Article, mei: Account
) -> None:
    answer = enter(browser, **LETTER, channel="post", received_on="2026-11-20", phone="")
    assert answer.status_code == 303, answer.text
    (notice,) = notices()
    assert notice.mailbox == ""
    assert notice.received_at.isoformat() == "2026-11-19T16:00:00+00:00"  # the start of that day in Shanghai
    assert notice.valid_at is None
    assert db.session.scalars(select(Mail).where(Mail.name == "acknowledgement")).all() == []
    (case,) = {item.case for item in notice.items}
    due = {clock.kind.value: clock.starts_at for clock in case.clocks}
    assert due["decide"] == notice.received_at
    html = browser.get(f"/desk/cases/{case.id}").text
    assert CHANNEL_LABELS[Channel.POST] in html
    (submitted,) = db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "notice.submitted"))
    assert (submitted.actor, submitted.facts["channel"]) == (audit.actor(mei), "post")
    assert trail.fault() is None


@pytest.mark.parametrize("missing", ["addresses", "explanation"])
def test_what_it_is_about_and_why_is_all_that_is_needed(browser: FlaskClient, article: Article, missing: str) -> None:
    answer = enter(browser, **(LETTER | {missing: ""}))
    assert answer.status_code == 422
    assert re.findall(r'<li><a href="#([a-z_]+)">', answer.text) == [missing]


def test_only_languages_that_are_spoken_are_offered(browser: FlaskClient, article: Article) -> None:
    (chooser,) = re.findall(r'<select[^>]*name="language".*?</select>', browser.get(PATH).text, re.DOTALL) or [
        "".join(re.findall(r'name="language"\s+value="[^"]*"', browser.get(PATH).text))
    ]
    assert set(re.findall(r'value="([^"]+)"', chooser)) == set(LANGUAGES)


def test_addresses_that_are_not_ours_are_left_out_once_that_was_said(browser: FlaskClient, article: Article) -> None:
    typed = "http://localhost/articles/yi-pian\nhttps://elsewhere.example/a"
    asked = enter(browser, addresses=typed)
    assert asked.status_code == 422
    assert 'name="leave_out"' in asked.text
    assert notices() == []
    assert enter(browser, addresses=typed, leave_out="1").status_code == 303
    assert [item.article.slug for item in notices()[0].items] == ["yi-pian"]
