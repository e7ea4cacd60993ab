"""The pages of the clauses and of the sweep after a change."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import decide, open_case, publish
from tests.staff import make_member, signed_in, token_of
from tracker import clock
from tracker.cli import articles as sync
from tracker.db import db
from tracker.domain.decisions import Outcome
from tracker.domain.roles import Role
from tracker.models import Case, ClauseReview
from tracker.render.site import Site

OLD, NEW = "不得隐去费用、期限、风险", "不得隐去费用、期限、利率、风险"


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return signed_in(app, make_member("jia@example.org", Role.ADMIN, "贾"))


@pytest.fixture
def case(site: Site, browser: FlaskClient) -> Case:
    """A standing removal under clause 2.10, which has changed since."""
    now = clock.now()
    sync.run(site)
    case = open_case(publish(site, "yi", now), now)
    decide(site, case, Outcome.REMOVED, now)
    page = site.config.content / "pages" / "rules.md"
    page.write_text(page.read_text(encoding="utf-8").replace(OLD, NEW), encoding="utf-8")
    sync.run(Site(site.config))
    return case


def test_the_list_says_what_is_outstanding(browser: FlaskClient, case: Case) -> None:
    html = browser.get("/desk/rules").text
    assert html.index("2.9 ") < html.index("2.10 ") < html.index("2.11 ")
    assert re.findall(r"(\d+)件", html) == ["1"]


def test_a_clause_shows_what_changed_and_which_cases_to_look_at(browser: FlaskClient, case: Case) -> None:
    html = browser.get("/desk/rules/2.10").text
    assert "<ins>利率、</ins>" in html or "<ins>、利率</ins>" in html
    assert f'href="/desk/cases/{case.id}"' in html
    assert "措施正在执行" in html
    for absent in ("9.9", "x", "2", "%00"):
        assert browser.get(f"/desk/rules/{absent}").status_code == 404


def test_cases_are_ticked_off_one_by_one_or_all(browser: FlaskClient, case: Case) -> None:
    number = case.id
    html = browser.get("/desk/rules/2.10").text
    clause = re.search(r'name="clause" value="(\d+)"', html)
    assert clause
    sent = {"csrf_token": token_of(html), "clause": clause[1], "note": "", "which": "chosen", "case": str(number)}
    refused = browser.post("/desk/rules/2.10/review", data=sent)
    assert (refused.status_code, 'href="#note"' in refused.text) == (422, True)
    assert re.search(rf'value="{number}"[^>]* checked', refused.text)
    refused = browser.post("/desk/rules/2.10/review", data=sent | {"case": "", "note": "措施继续，与改动无关。"})
    assert (refused.status_code, "措施继续，与改动无关。" in refused.text) == (422, True)
    for which in ("chosen", "all"):
        answer = browser.post(
            "/desk/rules/2.10/review", data=sent | {"which": which, "note": "措施继续。", "case": str(number)}
        )
        assert answer.status_code == (303 if which == "chosen" else 422)  # nothing is left to tick off
        assert answer.status_code == 422 or "复查已保存：1件" in browser.get(answer.location).text
    db.session.rollback()
    assert db.session.scalars(select(ClauseReview.case_id)).all() == [number]
    assert f'name="listed" value="{number}"' in html
    html = browser.get("/desk/rules/2.10").text
    assert "没有需要复查的案件" in html
    assert "措施继续。" in html


def test_bad_input_is_never_an_error_of_ours(browser: FlaskClient, case: Case) -> None:
    token = token_of(browser.get("/desk/rules/2.10").text)
    for values in (
        {"clause": "9" * 40},
        {"clause": "x", "case": "\0"},
        {"case": "-1", "clause": "1", "note": "字" * 9000},
    ):
        answer = browser.post("/desk/rules/2.10/review", data={"csrf_token": token, "note": "一二三"} | values)
        assert answer.status_code in {404, 409, 422}, values


def test_all_that_were_listed_are_those_on_the_screen(site: Site, browser: FlaskClient, case: Case) -> None:
    html, now = browser.get("/desk/rules/2.10").text, clock.now()
    listed = re.findall(r'name="listed" value="(\d+)"', html)
    clause = re.search(r'name="clause" value="(\d+)"', html)
    assert clause
    assert listed == [str(case.id)]
    later = open_case(publish(site, "er", now), now)
    decide(site, later, Outcome.REMOVED, now)
    decision = later.decisions[-1]
    decision.clause_id = case.decisions[-1].clause_id  # as if it had been taken a moment before the change
    db.session.commit()
    assert f'name="listed" value="{later.id}"' in browser.get("/desk/rules/2.10").text
    sent = {"csrf_token": token_of(html), "clause": clause[1], "note": "措施继续。", "which": "all", "listed": listed}
    assert browser.post("/desk/rules/2.10/review", data=sent).status_code == 303
    db.session.rollback()
    assert db.session.scalars(select(ClauseReview.case_id)).all() == [case.id]
