"""A case that is about somebody's own article: they decide nothing in it, and see nothing of whoever complains."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import draft, publish, stored
from tests.staff import BODY, DECISION, make_member, make_notice, signed_in, token_of
from tracker import clock
from tracker.cli.delivery import follow
from tracker.db import db, transaction
from tracker.domain.decisions import Outcome
from tracker.domain.roles import Permission, Role
from tracker.models import Account, Attachment, Case, Mail, Notice, Proposal, Sample
from tracker.render.site import Site
from tracker.services import appeals, case_drafts, decisions, proposals, settings

OWN = frozenset(
    {"draft", "save-draft", "take-draft", "drop-draft", "uncover", "note", "hand-over", "release", "presence"}
)
"""What decides nothing and tells nobody outside: what one typed oneself, giving the case away, a note for colleagues."""

ELSEWISE = {"edit": 200, "unmerge": 409, "rule": 404}
"""What shows a form again, and what there is nothing for in this case."""


@pytest.fixture
def mei(app: Flask) -> Account:
    return make_member("mei@example.org", Role.ADMIN)


@pytest.fixture
def notice(site: Site, mei: Account) -> Notice:
    """A notice about the article of Mei, with evidence and a proof of identity."""
    now = clock.now()
    publisher = {"name": "梅", "email": "Mei@Example.org"}
    article = publish(site, "yi-pian", now, BODY, publisher=publisher)
    made = make_notice(site, article, now, files=[("evidence.txt", b"evidence"), ("passport.txt", b"passport")])
    proof = db.session.scalars(select(Attachment).where(Attachment.name == "passport.txt")).one()
    proof.purpose = "identity_files"
    db.session.commit()
    return made


@pytest.fixture
def case(notice: Notice) -> Case:
    return notice.items[0].case


@pytest.fixture
def browser(app: Flask, mei: Account, notice: Notice) -> FlaskClient:
    return signed_in(app, mei)


def acts(app: Flask, permission: Permission) -> list[str]:
    """Return what can be done to a case by whoever has a permission, as the last part of an address."""
    found = [
        rule.rule.partition("case_id>/")[2] or rule.rule.partition("number>/")[2]
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/desk/cases/<")
        and "POST" in (rule.methods or ())
        and app.view_functions[rule.endpoint].access is permission  # type: ignore[attr-defined]
    ]
    return sorted(name for name in found if name not in OWN)


def fields(case: Case) -> dict[str, Any]:
    """Return what every form of the case asks for, so that none is refused for what is missing."""
    item, word = case.items[0], "说明" * 20
    return {
        **DECISION, "version": str(case.version), "item": str(item.id), "items": str(item.id), "text": word,
        "reason": word, "question": word, "ending": "duplicate", "clock": str(case.clocks[0].id), "until": "2099-12-31",
        "restores": "yes", "verdict": "dismiss", "grounds": word, "appeal": "1", "level": "warned", "claim": "",
        "into": "1", "colleague": "2", "other": "1", "category": "copyright", "action": "ask_publisher",
        "illegal": "no", "authority": "police", "regime": "general", "applies": "no", "repeat": "no", "proof": "1", "reply": "1", "mail": "1",
        "day": "2026-11-20", "way": "post", "name": "搜索引擎", "email": "", "language": "zh-Hans", "view": "yes",
    }  # fmt: skip


@pytest.mark.parametrize("permission", [Permission.DECIDE, Permission.APPROVE, Permission.RULE_APPEALS])
def test_whoever_keeps_out_of_a_case_does_nothing_in_it(
    app: Flask, site: Site, browser: FlaskClient, case: Case, permission: Permission
) -> None:
    make_member("lin@example.org", name="林")
    token, before = token_of(browser.get("/account/").text), stored("session", "limit")
    for act in acts(app, permission):
        path = re.sub(r"<[^>]+>", "2" if "identity" in act else "1", act)
        own = {"csrf_token": token} | ({"reason": "withdrawn"} if act == "restore" else {})
        answer = browser.post(f"/desk/cases/{case.id}/{path}", data=fields(case) | own)
        assert answer.status_code == ELSEWISE.get(act, 404 if "number>" in act else 403), act
        assert stored("session", "limit") == before, act


def test_what_a_notifier_sent_is_not_for_the_publisher_of_the_article(browser: FlaskClient, case: Case) -> None:
    files = {file.name: file.id for file in db.session.scalars(select(Attachment))}
    token, before = token_of(browser.get("/account/").text), stored("session", "limit")
    answers = [
        browser.get(f"/desk/attachments/{files['evidence.txt']}"),
        browser.post(f"/desk/attachments/{files['passport.txt']}/disclose", data={"csrf_token": token}),
        browser.get(f"/desk/cases/{case.id}/redress"),
        *(browser.get(f"/desk/mail/{mail.id}") for mail in db.session.scalars(select(Mail))),
    ]
    assert len(answers) > 3
    for answer in answers:
        assert answer.status_code == 403
        assert "利害关系" in answer.text
    assert stored("session", "limit") == before


def test_no_page_shows_the_publisher_of_an_article_how_to_reach_who_complains(
    browser: FlaskClient, case: Case, notice: Notice
) -> None:
    for path in (f"/desk/cases/{case.id}", f"/desk/cases/{case.id}/data", "/desk/mail", "/desk/"):
        page = browser.get(path)
        assert page.status_code == 200
        for word in ("anna@example.com", "138 0000 0000", "evidence.txt", "passport.txt"):
            assert word not in page.text, (path, word)
    shown = browser.get(f"/desk/cases/{case.id}").text
    assert "损害了我们的名誉" in shown  # what the publisher is told of a notice, they see here too


def test_the_queue_does_not_lead_the_publisher_of_an_article_to_another_case_of_who_complains(
    app: Flask, site: Site, browser: FlaskClient, case: Case, notice: Notice
) -> None:
    now = clock.now()
    other = make_notice(site, publish(site, "other", now, BODY), now)
    elsewhere = other.items[0].case_id
    assert "anna@example.com" in browser.get(f"/desk/cases/{elsewhere}").text, "there she may know it"
    row = re.compile(r'data-case="(\d+)"')
    colleague = signed_in(app, make_member("lin@example.org"))
    record = f'href="/desk/cases/{case.id}"'
    assert record not in browser.get(f"/desk/cases/{elsewhere}").text
    assert record in colleague.get(f"/desk/cases/{elsewhere}").text
    for reference, seen in ((notice.reference, set()), (other.reference, {str(elsewhere)})):
        assert set(row.findall(browser.get(f"/desk/cases?notifier={reference}").text)) == seen
        found = set(row.findall(colleague.get(f"/desk/cases?notifier={reference}").text))
        assert found == {str(case.id), str(elsewhere)}


def test_a_notice_about_ones_own_article_too_is_not_read_from_the_case_beside(
    app: Flask, site: Site, browser: FlaskClient, mei: Account
) -> None:
    now = clock.now()
    other, own = (
        publish(site, "other", now, BODY),
        publish(site, "own", now, BODY, publisher={"name": "梅", "email": mei.email}),
    )
    addresses = "\n".join(f"{site.base_url}/articles/{article.slug}" for article in (other, own))
    notice = make_notice(site, other, now, "bob@example.com", addresses=addresses, files=[("letter.txt", b"1")])
    case = next(item.case for item in notice.items if item.article_id == other.id)
    file = db.session.scalars(select(Attachment).where(Attachment.name == "letter.txt")).one()
    assert "bob@example.com" not in browser.get(f"/desk/cases/{case.id}").text
    assert browser.get(f"/desk/attachments/{file.id}").status_code == 403
    colleague = signed_in(app, make_member("lin@example.org"))
    assert "bob@example.com" in colleague.get(f"/desk/cases/{case.id}").text
    assert colleague.get(f"/desk/attachments/{file.id}").status_code == 200


def test_what_a_colleague_proposed_or_typed_is_not_for_whoever_keeps_out(
    site: Site, browser: FlaskClient, mei: Account, case: Case
) -> None:
    lin, jia = make_member("lin@example.org", name="林"), make_member("jia@example.org", Role.ADMIN, "贾")
    typed, now = {"rationale": "安娜的电话说明了一切。"}, clock.now()
    with transaction():
        settings.put(site, jia, 0, {"approval_outcomes": "removed"}, now)
        written = draft(Outcome.REMOVED, **typed)
        made = proposals.submit(settings.in_force(site), lin, case.id, case.version, written, typed, now)
        case_drafts.save(lin, case.id, "decide", typed, now)
    assert isinstance(made, Proposal)
    token, path = token_of(browser.get("/account/").text), f"/desk/cases/{case.id}"
    for act in (f"proposals/{made.id}/preview", f"proposals/{made.id}/approve", "take-draft"):
        sent = {"csrf_token": token, "version": str(case.version), "account": str(lin.id), "draft": "decide"}
        answer = browser.post(f"{path}/{act}", data=sent)
        assert answer.status_code == 403, act
        assert "anna@example.com" not in answer.text
    assert typed["rationale"] not in browser.get(path).text


def test_the_reasons_for_staff_and_an_appeal_are_not_for_whoever_keeps_out(
    app: Flask, site: Site, browser: FlaskClient, notice: Notice, case: Case
) -> None:
    lin, now = make_member("lin@example.org", name="林"), clock.now()
    with transaction():
        written = draft(Outcome.DECLINED, rationale="安娜的材料不够。")
        decision = decisions.decide(site, lin, case.id, case.version, written, now, is_agreed=True)
        appeals.send(site, decision.case, notice, "请再看安娜的录音和证明。" * 5, [], "zh-Hans", now, "a")
    path = f"/desk/cases/{case.id}"
    for word in ("安娜的材料不够", "请再看安娜的录音"):
        assert word in signed_in(app, lin).get(path).text
        assert word not in browser.get(path).text


def test_a_case_that_somebody_keeps_out_of_is_not_read_again_or_found_by_them(
    app: Flask, site: Site, browser: FlaskClient, case: Case
) -> None:
    lin, ren, now = make_member("lin@example.org", name="林"), make_member("ren@example.org", name="任"), clock.now()
    with transaction():
        decision = decisions.decide(site, lin, case.id, case.version, draft(Outcome.DECLINED), now, is_agreed=True)
        db.session.add(sample := Sample(decision_id=decision.id, drawn_at=now, note=""))
    follow(now)
    page, word = f"/desk/samples/{sample.id}", "损害了我们的名誉"
    assert signed_in(app, ren).get(page).status_code == 200
    assert browser.get(page).status_code == 403
    assert page not in browser.get("/desk/samples").text
    found = f"/desk/search?q={word}"
    assert 'class="hit"' in signed_in(app, ren).get(found).text
    assert 'class="hit"' not in browser.get(found).text


def test_who_else_a_notifier_complains_of_is_not_told_where_it_is_one_s_own_article(
    site: Site, browser: FlaskClient, mei: Account, case: Case, notice: Notice
) -> None:
    """Neither by the history on the page of another case, nor by asking the queue for all cases of the same sender."""
    others = [publish(site, slug, clock.now(), BODY) for slug in ("er-pian", "san-pian")]
    both = [make_notice(site, article, clock.now()) for article in others]
    page = browser.get(f"/desk/cases/{both[0].items[0].case_id}").text
    before = page.split('id="before"', 1)[1].split("</section>", 1)[0]
    assert f"#{both[1].items[0].case_id} " in before
    assert f"#{case.id} " not in before
    for view in (f"notifier={both[0].reference}", f"notice={notice.reference}"):
        listed = re.findall(r'data-case="(\d+)"', browser.get(f"/desk/cases?{view}").text)
        assert str(case.id) not in listed, view
        assert len(listed) == (2 if view.startswith("notifier") else 0)
        assert browser.get(f"/desk/live?{view}&seen=0").json["said"].startswith(f"{len(listed)}个" if listed else "")  # type: ignore[index]
