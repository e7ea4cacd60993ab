"""What was typed on the page of a case: kept, found again, handed on, also when it came too late."""

import re

from flask.testing import FlaskClient
from sqlalchemy import select

from tests.casework import page, post
from tests.staff import DECISION
from tracker.db import db
from tracker.models import Account, Case, CaseDraft


def test_what_is_typed_is_kept_and_comes_back(browser: FlaskClient, case: Case) -> None:
    path = f"/desk/cases/{case.id}"
    kept = post(
        browser,
        f"{path}/draft",
        draft="decide",
        version=1,
        facts="写了一半",
        outcome="declined",
        **{"claim-1": "partly", "claim-1-reasons": "一半"},
    )
    assert (kept.status_code, bool(re.fullmatch(r"\d\d:\d\d", kept.text))) == (200, True)
    assert post(browser, f"{path}/save-draft", draft="note", text="备注写了一半").status_code == 303
    html = page(browser, case)
    assert "写了一半</textarea>" in html
    assert re.search(r'value="declined"\s+checked', html)
    assert re.search(r'name="claim-1" value="partly" checked', html)
    assert "备注写了一半" in html
    assert re.search(r"<details class=\"shield\" open>\s*<summary[^>]*>内部备注 （有草稿）", html)
    assert post(browser, f"{path}/note", draft="note", text="备注写完了").status_code == 303
    assert [draft.form for draft in db.session.scalars(select(CaseDraft))] == ["decide"]


def test_the_next_moderator_sees_whose_draft_there_is_and_takes_it_over(
    browser: FlaskClient, lin: FlaskClient, case: Case, mei: Account
) -> None:
    post(browser, f"/desk/cases/{case.id}/draft", draft="decide", facts="梅写了一半")
    html = page(lin, case)
    assert re.search(r"梅的草稿（作出决定），\d{4}年", html)
    assert "梅写了一半</textarea>" not in html
    assert post(lin, f"/desk/cases/{case.id}/take-draft", account=mei.id, draft="decide").status_code == 303
    assert "梅写了一半</textarea>" in page(lin, case)
    assert post(lin, f"/desk/cases/{case.id}/take-draft", account=mei.id, draft="note").status_code == 404


def test_a_draft_for_a_form_that_is_gone_is_shown_until_it_is_dropped(
    browser: FlaskClient, lin: FlaskClient, case: Case
) -> None:
    post(browser, f"/desk/cases/{case.id}/draft", draft="decide", facts="梅写了一半的事实")
    post(lin, f"/desk/cases/{case.id}/decide", version=1, **DECISION)
    html = page(browser, case)
    assert "您写过、没有发出的内容（作出决定）" in html
    assert "梅写了一半的事实" in html
    post(browser, f"/desk/cases/{case.id}/drop-draft", draft="decide")
    assert "梅写了一半的事实" not in page(browser, case)


def test_saving_a_draft_never_fails_for_a_version_or_a_lease(
    browser: FlaskClient, lin: FlaskClient, case: Case
) -> None:
    post(lin, f"/desk/cases/{case.id}/decide", version=1, **DECISION)
    assert post(browser, f"/desk/cases/{case.id}/draft", draft="decide", version=1, facts="晚了一步").status_code == 200
    for wrong in (
        {"draft": "", "text": "x"},
        {"draft": "../x", "text": "x"},
        {"draft": "note", "text": "字" * 100_001},
    ):
        assert post(browser, f"/desk/cases/{case.id}/draft", **wrong).status_code in {400, 404}
    assert post(browser, "/desk/cases/999/draft", draft="note", text="x").status_code == 404


def test_what_came_too_late_to_decide_is_kept_with_its_answers(
    browser: FlaskClient, lin: FlaskClient, case: Case
) -> None:
    post(lin, f"/desk/cases/{case.id}/decide", version=1, **DECISION)
    late = DECISION | {
        "claim-1": "partly",
        "claim-1-reasons": "只有一部分有依据，另一部分没有。",
        "rationale": "与林的看法不同。",
    }
    answer = post(browser, f"/desk/cases/{case.id}/decide", version=1, **late)
    assert answer.status_code == 409
    kept = db.session.scalars(select(CaseDraft)).one()
    assert kept.fields["claim-1-reasons"] == late["claim-1-reasons"]
    html = page(browser, case)
    assert "您写过、没有发出的内容（作出决定）" in html
    assert "与林的看法不同。" in html
