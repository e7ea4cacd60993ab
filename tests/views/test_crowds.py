"""The page of a case that many notices are about: a page of them at a time, and one decision about all."""

import re
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.plans import asked
from tests.staff import DECISION, make_case, make_member, make_notice, token_of
from tracker.db import db
from tracker.domain.claims import Answer
from tracker.models import Account, Case, Claim
from tracker.queries.case_file import NOTICES
from tracker.render.site import Site

MORE = 3


@pytest.fixture
def mei(app: Flask, stopped_clock: None) -> Account:
    return make_member()


def crowd(site: Site, now: datetime, number: int) -> Case:
    case = make_case(
        site,
        now,
        explanation="这是第1份通知的说明，文中的说法与事实不符，请予处理。",
    )
    for n in range(2, number + 1):
        make_notice(
            site,
            case.article,
            now,
            f"p{n}@example.com",
            explanation=f"这是第{n}份通知的说明，文中的说法与事实不符，请予处理。",
        )
    db.session.rollback()
    return case


def told(html: str) -> list[int]:
    """Return which notices say what they say on a page."""
    return sorted({int(found) for found in re.findall(r"这是第(\d+)份通知的说明", html)})


def test_a_case_shows_a_page_of_its_notices_and_leads_to_the_others(
    browser: FlaskClient, site: Site, now: datetime
) -> None:
    case = crowd(site, now, NOTICES + MORE)
    first, second = (browser.get(f"/desk/cases/{case.id}{query}").text for query in ("", "?notices=2"))
    assert (told(first), told(second)) == (
        list(range(1, NOTICES + 1)),
        list(range(NOTICES + 1, NOTICES + MORE + 1)),
    )
    assert f"第1页，共2页，{NOTICES + MORE}份通知" in first
    assert (f"/desk/cases/{case.id}?notices=2#claims" in first, "?notices=1#claims" in second) == (True, True)
    for odd in ("0", "-1", "99", "x"):
        assert told(browser.get(f"/desk/cases/{case.id}?notices={odd}").text)


def test_what_was_answered_on_another_page_goes_along(browser: FlaskClient, site: Site, now: datetime) -> None:
    case = crowd(site, now, NOTICES + MORE)
    numbers = list(db.session.scalars(select(Claim.id).where(Claim.case_id == case.id).order_by(Claim.id)))
    page = browser.get(f"/desk/cases/{case.id}").text
    sent = {"csrf_token": token_of(page), "version": str(case.version), **DECISION}
    own = {f"claim-{numbers[-1]}": "unfounded", f"claim-{numbers[-1]}-reasons": "这一份没有依据，材料对不上。"}
    again = browser.post(f"/desk/cases/{case.id}/edit", data=sent | own).text
    assert f'<input type="hidden" name="claim-{numbers[-1]}" value="unfounded">' in again
    assert "这一份没有依据，材料对不上。" in again
    answer = browser.post(f"/desk/cases/{case.id}/decide", data=sent | own)
    assert answer.status_code == 303
    db.session.rollback()
    answers = {claim.id: claim.answer for claim in db.session.get_one(Case, case.id).claims}
    assert answers == {number: Answer.UNFOUNDED if number == numbers[-1] else Answer.FOUNDED for number in numbers}


def test_a_crowd_without_an_answer_is_told_once_beside_the_answer_to_all(
    browser: FlaskClient, site: Site, now: datetime
) -> None:
    case = crowd(site, now, NOTICES + MORE)
    page = browser.get(f"/desk/cases/{case.id}").text
    sent = {"csrf_token": token_of(page), "version": str(case.version), **DECISION, "claim-0": ""}
    refused = browser.post(f"/desk/cases/{case.id}/preview", data=sent)
    assert refused.status_code == 422
    assert refused.text.count(f"还有{NOTICES + MORE}项主张没有答复") == 2  # in the summary and beside the field
    assert "项主张还没有答复。每一项" not in refused.text


def test_a_crowd_costs_as_many_questions_as_a_page_of_notices(browser: FlaskClient, site: Site, now: datetime) -> None:
    case, questions = crowd(site, now, NOTICES), []
    for more in (0, MORE):
        for n in range(more):
            make_notice(site, case.article, now, f"q{n}@example.com")
        browser.get(f"/desk/cases/{case.id}")
        with asked() as statements:
            assert browser.get(f"/desk/cases/{case.id}").status_code == 200
        questions.append(len(statements))
    assert questions[0] == questions[1]
