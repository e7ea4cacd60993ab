"""What hurts and what names people: masked at the desk until somebody asks for it, which is counted."""

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.casework import page, post
from tests.staff import DECISION, make_case, make_member, signed_in
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.roles import Role
from tracker.models import Account, AuditEntry, Case, Exposure
from tracker.render.site import Site
from tracker.services import indexing

PHONE, ABUSE = "13812345678", "你们这些傻逼"


@pytest.fixture
def hurting(site: Site) -> Case:
    return make_case(
        site,
        clock.now(),
        explanation=f"{ABUSE}，打电话{PHONE}找我，快点删掉这一段，谢谢。",
        postal_address=f"某街1号，{PHONE}转",
    )


def test_abuse_and_numbers_are_masked_until_asked_for(browser: FlaskClient, hurting: Case) -> None:
    html = page(browser, hurting)
    assert PHONE not in html
    assert "傻逼" not in html
    assert "138 0000 0000" not in html  # the telephone of the notice
    key = re.search(r'name="reveal" value="(n\d+-word-2)"', html)
    assert key
    shown = post(browser, f"/desk/cases/{hurting.id}/uncover", reveal=key[1], draft="decide", facts="写了一半")
    assert shown.location == f"/desk/cases/{hurting.id}#{key[1]}"
    html = page(browser, hurting)
    assert f"{ABUSE}，打电话{PHONE}找我" in html
    assert html.count(PHONE) == 1  # that passage, and no other
    assert "写了一半</textarea>" in html  # what was typed beside it is not lost
    assert db.session.scalars(select(Exposure.number)).one() == 1


def test_what_was_uncovered_is_counted_and_nothing_else_is_kept(
    app: Flask, browser: FlaskClient, hurting: Case
) -> None:
    entries = len(db.session.scalars(select(AuditEntry)).all())
    for key in ("n1-word-2", "n1-passage", "../../x", "x" * 100, ""):
        assert post(browser, "/desk/uncover", reveal=key, next="/desk/cases/1").status_code == 303
    assert db.session.scalars(select(Exposure.number)).one() == 5
    assert len(db.session.scalars(select(AuditEntry)).all()) == entries
    assert "傻逼" not in page(signed_in(app, make_member("lin@example.org")), hurting)
    assert post(browser, "/desk/uncover", reveal="n1", next="https://evil.example/").location == "/desk/#n1"
    assert browser.post("/desk/uncover", data={"reveal": "n1"}).status_code == 403


def test_notes_messages_and_mails_are_masked_too(browser: FlaskClient, case: Case) -> None:
    post(browser, f"/desk/cases/{case.id}/note", text=f"对方电话{PHONE}，{ABUSE}")
    post(
        browser,
        f"/desk/cases/{case.id}/letter",
        item=case.items[0].id,
        text=f"您写的{PHONE}打不通",
        key="another-key-of-this-test",
    )
    html = page(browser, case)
    assert PHONE not in html
    assert "傻逼" not in html
    assert {"m1", "m2"} <= set(re.findall(r'name="reveal" value="([^"]+)"', html))
    assert any(key.startswith("mail-") for key in re.findall(r'name="reveal" value="([^"]+)"', html))


def without_fields(html: str) -> str:
    """Return a page without what stands in the fields of its forms: there it can only be as it was written."""
    return re.sub(r'<input type="text"[^>]*>|<textarea.*?</textarea>', "", html, flags=re.DOTALL)


def test_grounds_names_of_files_and_reasons_of_decisions_are_masked_too(
    browser: FlaskClient, site: Site, mei: Account
) -> None:
    case = make_case(site, clock.now(), legal_basis=f"{ABUSE}，打{PHONE}", files=[(f"{ABUSE}.txt", b"text")])
    path = f"/desk/cases/{case.id}"
    assert case.claims[0].ground
    html = without_fields(page(browser, case))
    assert ("傻逼" in html, PHONE in html, "c1-ground" in html) == (False, False, True)
    said = {
        "facts": f"通知人称{ABUSE}，电话{PHONE}，经核对没有这样的情形。",
        "to_notifier": f"您打来的{PHONE}我们接不通，请另留一个。",
    }
    reasons = {"claim-0": "unfounded", "claim-0-reasons": f"{ABUSE}不是理由。"}
    declined = DECISION | {"outcome": "declined", "refusal": "no_breach"} | said | reasons
    assert post(browser, f"{path}/decide", version=1, **declined).status_code == 303
    html = page(browser, case)
    assert ("傻逼" in html, PHONE in html) == (False, False)
    assert '<span class="mask">辱骂、威胁</span>.txt' in html
    for key in ("d1-facts", "d1-text-2", "c1-reasons"):
        assert f'value="{key}"' in html, key
    post(browser, f"{path}/uncover", reveal="d1-facts")
    assert said["facts"] in page(browser, case)


def test_a_preview_masks_what_its_mails_say_and_keeps_what_was_typed(browser: FlaskClient, hurting: Case) -> None:
    typed = DECISION | {"version": "1", "facts": f"通知人称{ABUSE}，经核对通话记录，没有这样的情形。"}
    html = post(browser, f"/desk/cases/{hurting.id}/preview", **typed).text
    mails = html.split("mail-preview", 1)[1]
    assert "傻逼" not in mails.split("<form", 1)[0]
    key = re.search(
        rf'form="deciding-form"\s+formaction="/desk/cases/{hurting.id}/uncover"[^>]+value="(after-[^"]+)"', mails
    )
    assert key
    form = html.split('id="deciding-form"', 1)[1].split("</form>", 1)[0]
    sent = {
        name: unescape(text) for name, text in re.findall(r'type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"', form)
    }
    uncovered = post(browser, f"/desk/cases/{hurting.id}/uncover", **sent | {"reveal": key[1]})
    assert uncovered.location == f"/desk/cases/{hurting.id}#{key[1]}"
    assert f"{ABUSE}，经核对通话记录" in page(browser, hurting)  # in the field, as it was typed
    again = post(browser, f"/desk/cases/{hurting.id}/preview", **typed).text
    assert "傻逼" in again.split("mail-preview", 1)[1].split("<form", 1)[0]


def test_on_a_decided_case_a_passage_is_uncovered_too(browser: FlaskClient, hurting: Case) -> None:
    post(browser, f"/desk/cases/{hurting.id}/decide", version=1, **DECISION)
    html = page(browser, hurting)
    form = re.search(r'<form id="deciding-form".*?</form>|<form\s+class="deciding".*?</form>', html, re.DOTALL)
    assert form
    sent = dict(re.findall(r'type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"', form[0]))
    assert post(browser, f"/desk/cases/{hurting.id}/uncover", **sent | {"reveal": "n1-word-2"}).status_code == 303
    assert f"{ABUSE}，打电话{PHONE}找我" in page(browser, hurting)


def test_after_many_a_quiet_word_and_for_an_auditor_too(
    app: Flask, site: Site, browser: FlaskClient, mei: Account, hurting: Case
) -> None:
    with transaction():
        db.session.add(
            Exposure(account_id=mei.id, day=site.local(clock.now()).date(), number=site.config.exposure_limit - 1)
        )
    assert "可以换一会儿" not in page(browser, hurting)
    post(browser, "/desk/uncover", reveal="n1-word-2")
    assert f"您今天看过{site.config.exposure_limit}处遮盖的内容" in page(browser, hurting)
    auditor = signed_in(app, make_member("audit@example.org", Role.AUDITOR))
    assert post(auditor, "/desk/uncover", reveal="n1-word-2", next=f"/desk/cases/{hurting.id}").status_code == 303
    assert "傻逼" in page(auditor, hurting)


def test_the_queue_and_the_search_mask_abuse_too(browser: FlaskClient, site: Site) -> None:
    case = make_case(
        site,
        clock.now(),
        passage="",
        explanation=f"{ABUSE}，打电话{PHONE}找我，快点删掉这一段，谢谢。",
        inaccurate_parts=f"{ABUSE}写的没有一句是真的。",
    )
    with transaction():
        indexing.take()
    for path in ("/desk/", "/desk/search?q=没有一句", f"/desk/cases/{case.id}"):
        html = browser.get(path).text
        assert "傻逼" not in html, path
        assert PHONE not in html, path
        assert '<span class="mask">辱骂、威胁</span>' in html, path
