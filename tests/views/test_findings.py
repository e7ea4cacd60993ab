"""First findings on the page of a case: advice, what was chosen, which laws apply, repeats under British law."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.services.test_publishers import BRITISH, removed
from tests.staff import make_case, make_member, make_notice, signed_in, token_of
from tracker import clock
from tracker.db import db
from tracker.domain.categories import CategoryName
from tracker.domain.roles import Role
from tracker.models import Account, Case
from tracker.render.site import Site

WHY = "两部法律要求不同，取保护更强的一种。"


def act(browser: FlaskClient, case: Case, name: str, **fields: Any) -> TestResponse:
    db.session.rollback()
    data = {"csrf_token": token_of(browser.get("/account/").text), "version": case.version, "key": "k" * 20} | fields
    answer = browser.post(f"/desk/cases/{case.id}/{name}", data=data)
    db.session.rollback()
    return answer


def test_advice_is_shown_and_another_choice_stands_beside_it(browser: FlaskClient, site: Site) -> None:
    case = make_case(site, clock.now(), category=CategoryName.MINOR)
    html = browser.get(f"/desk/cases/{case.id}").text
    assert "初步判断" in html
    assert 'name="action"' in html
    assert act(browser, case, "assess", action="assess", illegal="yes", reason=WHY).status_code == 303
    html = browser.get(f"/desk/cases/{case.id}").text
    assert "与建议不同" in html
    assert WHY in html
    assert (case.first_action, case.facially_illegal) == ("assess", True)


@pytest.mark.parametrize(
    "fields", [{"action": ""}, {"action": "x"}, {"illegal": ""}, {"reason": ""}, {"reason": "x" * 5001}]
)
def test_half_a_finding_is_none_and_stays_typed(browser: FlaskClient, site: Site, fields: dict[str, str]) -> None:
    case = make_case(site, clock.now())
    answer = act(browser, case, "assess", **({"action": "assess", "illegal": "no", "reason": WHY} | fields))
    assert answer.status_code == 422
    assert case.first_action is None
    assert fields.get("reason", WHY) in answer.text


def test_a_law_is_added_and_taken_away_with_a_reason(browser: FlaskClient, site: Site) -> None:
    case = make_case(site, clock.now())
    assert act(browser, case, "regimes", regime="gdpr", applies="yes", reason="").status_code == 422
    assert act(browser, case, "regimes", regime="narnia", applies="yes", reason=WHY).status_code == 422
    assert act(browser, case, "regimes", regime="gdpr", applies="yes", reason=WHY).status_code == 303
    assert case.regimes == ["gdpr"]
    assert "审核员增加" in browser.get(f"/desk/cases/{case.id}").text
    again = act(browser, case, "regimes", regime="gdpr", applies="yes", reason=WHY, key="l" * 20)
    assert again.status_code == 409
    assert act(browser, case, "regimes", regime="gdpr", applies="no", reason=WHY, key="m" * 20).status_code == 303
    assert case.regimes == []


def test_a_reader_of_the_desk_finds_nothing(app: Flask, site: Site, mei: Account) -> None:
    case = make_case(site, clock.now())
    auditor = signed_in(app, make_member("auditor@example.org", Role.AUDITOR, name="审计"))
    for name in ("assess", "regimes", "repeat"):
        assert act(auditor, case, name).status_code == 403


def test_after_two_removals_a_repeat_is_asked_about(browser: FlaskClient, site: Site, mei: Account) -> None:
    """SI 2013/3028, reg. 2 and the Schedule, para. 9."""
    now = clock.now()
    named = [removed(site, mei, now, slug) for slug in ("one", "two")]
    once = make_case(site, now, "again", body="只移除过一次。\n", passage="", **BRITISH, prior_receipts=named[0])
    assert "核对是否为重复的英国投诉" not in browser.get(f"/desk/cases/{once.id}").text
    case = make_case(site, now, "three", body="移除过两次。\n", passage="", **BRITISH, prior_receipts=" ".join(named))
    html = browser.get(f"/desk/cases/{case.id}").text
    assert "核对是否为重复的英国投诉" in html
    item = re.findall(r'name="item"\s+value="(\d+)"', html)
    assert item
    assert act(browser, case, "repeat", item=case.items[0].id, repeat="").status_code == 422
    assert act(browser, case, "repeat", item=case.items[0].id, repeat="yes").status_code == 303
    assert case.items[0].is_repeat is True


def test_who_signs_with_another_name_is_marked(browser: FlaskClient, site: Site) -> None:
    said = {
        "category": CategoryName.COPYRIGHT,
        "country": "US",
        "work_title": "《书》",
        "stmt_good_faith": "1",
        "stmt_accurate": "1",
        "stmt_authority_perjury": "1",
    }
    case = make_case(site, clock.now(), **said, signature_name="安娜")
    assert "签名和姓名不同" not in browser.get(f"/desk/cases/{case.id}").text
    make_notice(site, case.article, clock.now(), "li@example.org", **said, signature_name="王五")
    assert browser.get(f"/desk/cases/{case.id}").text.count("签名和姓名不同") == 1
