"""A decision at the desk: seen before, shown at once, and what is said of a form that is wrong or stale."""

import re
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.factories import stored
from tests.staff import DECISION, make_member, make_notice, post, signed_in, token_of
from tracker import clock
from tracker.db import db
from tracker.domain.care import stretches
from tracker.models import Account, Case, Decision, Mail
from tracker.render.site import Site


def test_a_preview_shows_everything_and_changes_nothing(site: Site, browser: FlaskClient, case: Case) -> None:
    number, slug = case.id, case.article.slug
    token = token_of(browser.get("/account/").text)
    before = stored()
    answer = browser.post(f"/desk/cases/{number}/preview", data={"csrf_token": token, "version": 1, **DECISION})
    assert answer.status_code == 200
    assert stored() == before
    for said in ("HTTP 451", "Cache-Control: no-store", "blocked-by", "这篇文章已依法停止展示", f"/articles/{slug}", "/feed.atom",
                 "/sitemap.xml", "anna@example.com", "editors@example.org", DECISION["facts"], DECISION["ground_ref"]):  # fmt: skip
        assert said in answer.text, said
    ids = re.findall(r'\bid="([^"]*)"', answer.text)
    assert len(ids) == len(set(ids))


def test_the_previewed_mails_are_the_ones_that_go(browser: FlaskClient, case: Case) -> None:
    number = case.id
    before = set(db.session.scalars(select(Mail.id)))
    shown = unescape(post(browser, f"/desk/cases/{number}/preview", version=1, **DECISION).text)
    assert post(browser, f"/desk/cases/{number}/decide", version=1, **DECISION).status_code == 303
    db.session.rollback()
    went = db.session.scalars(select(Mail).where(Mail.id.not_in(before))).all()
    assert sorted(mail.name for mail in went) == ["decision", "forwarded", "statement"]
    assert shown.count('class="mail-body"') == len(went)
    for mail in went:
        assert mail.subject in shown
        lines = [part for line in mail.text.splitlines() for part in _unmasked(line)]
        assert [part for part in lines if part not in shown] == [], mail.name


def _unmasked(line: str) -> list[str]:
    """Return the stretches of a line that the page shows before anybody asks for the rest."""
    return [stretch.text for stretch in stretches(line) if stretch.harm is None]


def test_a_decision_shows_on_the_very_next_request(app: Flask, browser: FlaskClient, case: Case) -> None:
    number, path, reader = case.id, f"/articles/{case.article.slug}", app.test_client()
    before = reader.get(path)
    answer = post(browser, f"/desk/cases/{number}/decide", version=1, **DECISION)
    assert answer.location == f"/desk/cases/{number}?decided=1"
    assert "决定已经生效" in browser.get(answer.location).text
    assert reader.get(path, headers={"If-None-Match": before.headers["ETag"]}).status_code == 451
    html = browser.get(f"/desk/cases/{number}").text
    assert 'name="outcome" value="restored"' in html
    restore = DECISION | {"outcome": "restored"}
    assert post(browser, f"/desk/cases/{number}/decide", version=2, **restore).status_code == 303
    after = reader.get(path)
    assert (after.data, after.headers["ETag"]) == (before.data, before.headers["ETag"])
    assert f'action="/desk/cases/{number}/preview"' not in browser.get(f"/desk/cases/{number}").text


def test_every_bad_field_is_named_and_all_text_kept(browser: FlaskClient, case: Case) -> None:
    typed = {"ground_ref": "《", "ground_explanation": "太短", "facts": "写了一半的事实"}
    for act in ("preview", "decide"):
        answer = post(browser, f"/desk/cases/{case.id}/{act}", version=1, **typed)
        assert answer.status_code == 422
        for field in ("outcome", "ground_type", *typed):
            assert f'href="#{field}"' in answer.text
        for text in typed.values():
            assert text in answer.text
    mismatch = post(browser, f"/desk/cases/{case.id}/preview", version=1, **DECISION | {"ground_type": "terms"})
    assert mismatch.status_code == 422
    assert 'href="#ground_type"' in mismatch.text
    assert re.search(r'value="terms"\s+checked', mismatch.text)


def test_bad_input_is_never_an_error_of_ours(browser: FlaskClient, case: Case) -> None:
    number, token = case.id, token_of(browser.get("/account/").text)
    for field in DECISION:
        for value in ("\0", "\u202e" * 30, "x" * 1_000_000, "9" * 400, "\ufffe\ufffe", ""):
            sent = {"csrf_token": token, "version": 1} | DECISION | {field: value}
            answer = browser.post(f"/desk/cases/{number}/preview", data=sent)
            assert answer.status_code in {200, 422}


def test_a_senseless_version_is_a_stale_one(browser: FlaskClient, case: Case) -> None:
    number = case.id
    for version in ("", "x", "-1", "0", "2", "9" * 40, "1.0", "１", "\0"):
        assert post(browser, f"/desk/cases/{number}/decide", **DECISION, version=version).status_code == 409, version
    assert db.session.scalar(select(func.count()).select_from(Decision)) == 0


def test_a_stale_form_is_given_back_against_the_newest_version(site: Site, browser: FlaskClient, case: Case) -> None:
    number = case.id
    make_notice(site, case.article, clock.now(), "bob@example.com", notifier_name="鲍勃")
    for act in ("preview", "decide"):
        answer = post(browser, f"/desk/cases/{number}/{act}", version=1, **DECISION)
        assert answer.status_code == 409
        assert re.search(r"通知人已在\d{4}-\d\d-\d\d \d\d:\d\d:\d\d改动了这个案件", answer.text)
        assert DECISION["facts"] in answer.text
        assert re.search(r'value="withheld"\s+checked', answer.text)
        assert "鲍勃" in answer.text
        assert set(re.findall(r'name="version"\s+value="(\d+)"', answer.text)) == {"2"}
    assert post(browser, f"/desk/cases/{number}/decide", version=2, **DECISION).status_code == 303


def test_a_second_decision_is_refused_with_who_and_when(app: Flask, browser: FlaskClient, case: Case) -> None:
    number = case.id
    lin, refused = (
        signed_in(app, make_member("lin@example.org", name="林")),
        {"outcome": "declined", "refusal": "no_breach"},
    )
    assert post(lin, f"/desk/cases/{number}/decide", version=1, **DECISION | refused).status_code == 303
    for version in (1, 2):
        for act in ("preview", "decide"):
            answer = post(browser, f"/desk/cases/{number}/{act}", version=version, **DECISION)
            assert answer.status_code == 409
            assert re.search(r"林已在\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", answer.text)
            assert DECISION["facts"] in answer.text
    assert post(browser, f"/desk/cases/{number}/take-up", version=1).status_code == 409
    assert post(browser, f"/desk/cases/{number}/take-up", version=2).status_code == 409


def test_back_to_edit_keeps_the_text_and_the_version(browser: FlaskClient, case: Case) -> None:
    answer = post(browser, f"/desk/cases/{case.id}/edit", version=1, **DECISION)
    assert answer.status_code == 200
    assert DECISION["facts"] in answer.text
    assert re.search(r'value="withheld"\s+checked', answer.text)
    assert re.search(r'name="version"\s+value="1"', answer.text)


def test_only_the_fields_of_the_form_are_read(browser: FlaskClient, case: Case, mei: Account) -> None:
    number, article = case.id, case.article_id
    extra = {
        "decided_by_id": 99,
        "case_id": 99,
        "state": "received",
        "decided_at": "2000-01-01",
        "article_id": 99,
        "id": 99,
    }
    assert post(browser, f"/desk/cases/{number}/decide", version=1, **DECISION, **extra).status_code == 303
    db.session.rollback()
    decision = db.session.scalars(select(Decision)).one()
    assert (decision.case_id, decision.decided_by_id, decision.id) == (number, mei.id, 1)
    assert (decision.case.article_id, decision.case.state) == (article, "decided")
