"""What is typed is kept from the first step: by the script while it is typed, by a button, under a link that can be mailed."""

import re
from datetime import datetime, timedelta
from email import message_from_bytes, policy

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.notifier import WHOLE, confirm, fill, key_in, publish
from tracker import clock
from tracker.db import db, transaction
from tracker.mail.transport import Message
from tracker.models import Article, Draft, Limit, Mail
from tracker.render.site import Site
from tracker.services import drafts, upkeep
from tracker.views import report, sending


@pytest.fixture(autouse=True)
def alpha(site: Site, now: datetime) -> Article:
    return publish(site, "alpha", now)


def kept(key: str) -> dict[str, str]:
    db.session.rollback()
    return db.session.get_one(Draft, drafts.identify(key)).answers


# while it is typed


@pytest.mark.parametrize("slug", ["reputation", "terms", "ncii", "minor", "csam"])
def test_what_is_typed_is_kept_from_the_first_step_in_every_lane(client: FlaskClient, slug: str) -> None:
    form = client.get(f"/report/{slug}?article=alpha").text
    assert f'data-autosave="/report/{slug}/autosave"' in form
    key = key_in(form)
    saved = client.post(f"/report/{slug}/autosave", data={"key": key, "addresses": "alpha", "explanation": "刚开始写"})
    assert saved.status_code == 200
    assert f"/report/drafts/{key}" in saved.text
    assert "<html" not in saved.text  # a piece of the page
    assert kept(key)["addresses"] == "alpha"
    again = client.get(f"/report/drafts/{key}").text
    assert "alpha" in again
    assert "齐不齐全" in again


def test_what_is_kept_says_how_complete_it_is(client: FlaskClient) -> None:
    key = key_in(client.get("/report/copyright").text)
    little = client.post("/report/copyright/autosave", data={"key": key, "addresses": "alpha"}).text
    whole = client.post("/report/copyright/autosave", data={"key": key, **WHOLE}).text
    shown = [int(re.findall(r'<meter min="0" max="\d+" value="(\d+)"', html)[0]) for html in (little, whole)]
    assert shown[0] < shown[1]


def test_what_the_form_would_not_take_is_not_counted(client: FlaskClient) -> None:
    key = key_in(client.get("/report/terms").text)
    shown = []
    for text in ("太短", "写得够长的一段说明，讲清哪里有问题，为什么有问题。"):
        data = {"key": key, "addresses": "alpha", "explanation": text}
        shown.append(client.post("/report/terms/autosave", data=data).text)
    assert [re.findall(r"还缺(\d)项", html) for html in shown] == [["2", "1"], ["1"]]  # by the form, and by our rules


def test_keeping_drops_no_file(client: FlaskClient) -> None:
    key = fill(client, files=(("a.png", b"\x89PNG\r\n\x1a\nx"),)).location.split("/")[-2]
    client.post("/report/copyright/autosave", data={"key": key, **WHOLE, "explanation": "改过"})
    html = client.get(f"/report/drafts/{key}").text
    assert "a.png" in html
    assert kept(key)["explanation"] == "改过"


@pytest.mark.parametrize("key", ["", "short", "../../x", "k" * 44])
def test_nothing_is_kept_without_a_proper_key(client: FlaskClient, key: str) -> None:
    assert client.post("/report/copyright/autosave", data={"key": key, "explanation": "x"}).status_code == 410
    assert db.session.scalars(select(Draft)).all() == []


def test_a_notice_that_was_sent_is_not_written_over(client: FlaskClient) -> None:
    place = fill(client).location.removesuffix("/check")
    confirm(client, place)
    key = place.rpartition("/")[2]
    assert client.post("/report/copyright/autosave", data={"key": key, "explanation": "x"}).status_code == 410
    assert db.session.scalars(select(Draft)).all() == []


def test_too_much_keeping_is_slowed_down(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "_AUTOSAVES", (2, timedelta(days=1)))
    key = key_in(client.get("/report/copyright").text)
    codes = [client.post("/report/copyright/autosave", data={"key": key}).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


# for later


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("slug", ["reputation", "minor"])
def test_the_button_keeps_half_a_form_and_shows_the_way_back(client: FlaskClient, slug: str, prefix: str) -> None:
    key = key_in(client.get(f"{prefix}/report/{slug}").text)
    data = {"key": key, "explanation": "还没", "email": "wang", "then": "later", "step": "facts"}
    later = client.post(f"{prefix}/report/{slug}", data=data)
    assert (later.status_code, later.location) == (303, f"{prefix}/report/drafts/{key}/later")
    page = client.get(later.location)
    assert f"http://localhost{prefix}/report/drafts/{key}</p>" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert kept(key)["explanation"] == "还没"
    assert client.get(f"{prefix}/report/drafts/{key}").status_code == 200


def test_it_says_when_it_goes_and_then_it_is_gone(
    client: FlaskClient, site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)
    place = fill(client, files=(("a.png", b"\x89PNG\r\n\x1a\nx"),)).location.removesuffix("/check")
    assert "2026年11月30日 17:30" in client.get(f"{place}/later").text
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=7))
    for page in ("", "/check", "/later", "/category"):
        assert client.get(f"{place}{page}").status_code == 410
    assert client.post(f"{place}/mail", data={"email": "wang@example.org"}).status_code == 410
    with transaction():
        upkeep.tidy(site, now + timedelta(days=7))
    assert db.session.scalars(select(Draft)).all() == []


# by mail


def test_the_link_that_is_mailed_opens_the_draft_and_stands_nowhere(
    client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = fill(client).location.removesuffix("/check")
    key = place.rpartition("/")[2]
    sent = client.post(f"{place}/mail", data={"email": "Wang@Example.org"})
    assert sent.location == f"{place}/later?mailed=1"
    kept = client.get(sent.location).text
    assert ("链接会发到您填写的邮箱" in kept, kept.count("不会发出：请保存这一页上的链接")) == (False, 2)
    monkeypatch.setattr(site, "sends_mail", True)
    kept = client.get(sent.location).text
    assert ("链接会发到您填写的邮箱" in kept, "没有设置邮件服务器" in kept) == (True, False)
    mail = db.session.scalars(select(Mail)).one()
    assert (mail.name, mail.recipient) == ("draft_link", "Wang@example.org")
    assert WHOLE["explanation"] not in mail.text
    assert "著作权" not in mail.text
    stored = [str(row) for table in (Mail, Draft, Limit) for row in db.session.execute(select(table.__table__))]
    assert not any(key in row for row in stored)
    delivered = message_from_bytes(Message(site, mail).as_bytes(), policy=policy.default)
    body = delivered.get_body(("plain",))
    assert body
    assert f"http://localhost/report/drafts/{key}" in re.findall(r"\S+", body.get_content())
    assert client.get(f"/report/drafts/{key}").status_code == 200


@pytest.mark.parametrize("email", ["", "wang", "a@b@c", "wang@example.org\nBcc: x@example.org"])
def test_a_link_goes_to_a_mailbox_only(client: FlaskClient, email: str) -> None:
    place = fill(client).location.removesuffix("/check")
    refused = client.post(f"{place}/mail", data={"email": email})
    assert refused.status_code == 422
    assert 'id="email-error"' in refused.text
    assert db.session.scalars(select(Mail)).all() == []


def test_nobody_is_flooded_with_links(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_LINKS", (3, timedelta(hours=1)))
    place = fill(client).location.removesuffix("/check")
    codes = [client.post(f"{place}/mail", data={"email": "wang@example.org"}).status_code for _ in range(4)]
    assert codes == [303, 303, 303, 429]
    assert len(db.session.scalars(select(Mail)).all()) == 1  # pressing twice sends it once
    assert "填写的内容" in client.get(f"{place}/later").text


def test_two_weeks_later_nobody_knows_who_asked(client: FlaskClient, site: Site) -> None:
    place = fill(client).location.removesuffix("/check")
    client.post(f"{place}/mail", data={"email": "wang@example.org"})
    sent = clock.now()
    with transaction():
        upkeep.tidy(site, sent + timedelta(days=13))
    assert len(db.session.scalars(select(Mail)).all()) == 1
    with transaction():
        upkeep.tidy(site, sent + timedelta(days=14, minutes=1))
    assert db.session.scalars(select(Mail)).all() == []
