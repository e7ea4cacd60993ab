"""Appeals at the page of a case: ruled on by a second person, with a choice and reasons."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.casework import act
from tests.factories import decide
from tests.staff import DECISION, make_case, make_member, signed_in
from tracker import clock
from tracker.db import transaction
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import State
from tracker.domain.redress import AppealState
from tracker.domain.roles import Role
from tracker.models import Account, Case
from tracker.render.site import Site
from tracker.services import appeals

WORDS = "请上传营业执照，并写明哪一句话与事实不符。"


@pytest.fixture
def mei(app: Flask) -> Account:
    return make_member(role=Role.REVIEWER)


@pytest.fixture
def lin(app: Flask) -> FlaskClient:
    """The browser of a reviewer."""
    return signed_in(app, make_member("lin@example.org", Role.REVIEWER, name="林"))


def appeal(site: Site, case: Case, outcome: Outcome, mei: Account) -> int:
    decide(site, case, outcome, clock.now(), mei)
    with transaction():
        text = "文章的说法有判决书为证，决定没有看我们提交的材料，请重新审查。"
        appeals.send(site, case, None, text, (), "zh-Hans", clock.now(), "p" * 20)
    return case.appeals[0].id


def test_an_appeal_needs_a_second_person(
    site: Site, browser: FlaskClient, case: Case, mei: Account, app: Flask
) -> None:
    number = appeal(site, case, Outcome.WITHHELD, mei)
    html = browser.get(f"/desk/cases/{case.id}").text
    assert "决定没有看我们提交的材料" in html
    assert "申诉在等另一个人" in html
    assert "请管理员邀请一位同事" in html
    assert 'name="verdict"' not in html
    fields = {"appeal": number, "verdict": "dismiss", "grounds": "判决书已经被上级法院撤销，原决定没有错误，予以维持。"}
    refused = act(browser, case, "rule", **fields)
    assert (refused.status_code, fields["grounds"] in refused.text) == (403, True)
    lin = signed_in(app, make_member("lin@example.org", Role.REVIEWER, name="林"))
    assert "申诉要由另一位同事处理" in browser.get(f"/desk/cases/{case.id}").text
    assert 'name="verdict"' in lin.get(f"/desk/cases/{case.id}").text
    assert act(lin, case, "rule", **fields).status_code == 303
    assert (case.appeals[0].state, case.state) == (AppealState.DISMISSED, State.DECIDED)
    assert fields["grounds"] in lin.get(f"/desk/cases/{case.id}").text
    assert act(lin, case, "rule", **fields).status_code == 403  # who ruled is one of the deciders now
    wei = signed_in(app, make_member("wei@example.org", Role.REVIEWER, name="魏"))
    again = act(wei, case, "rule", **fields)
    assert (again.status_code, "已经处理过了" in again.text) == (409, True)


def test_an_admin_alone_is_led_to_inviting(app: Flask, site: Site, case: Case) -> None:
    jia = make_member("jia@example.org", Role.ADMIN)
    appeal(site, case, Outcome.WITHHELD, jia)
    html = signed_in(app, jia).get(f"/desk/cases/{case.id}").text
    assert re.search(r'<a href="/desk/people">邀请一位同事', html)


def test_an_upheld_appeal_replaces_the_decision(
    app: Flask, site: Site, lin: FlaskClient, case: Case, mei: Account
) -> None:
    number = appeal(site, case, Outcome.WITHHELD, mei)
    fields = {"appeal": number, "verdict": "uphold", "grounds": "通话记录不是本案当事人的，原决定认定的事实没有证据。"}
    empty = act(lin, case, "rule", **fields)
    assert empty.status_code == 422
    for name in ("outcome", "ground_type", "facts"):
        assert f'href="#{name}"' in empty.text
    assert fields["grounds"] in empty.text
    done = act(lin, case, "rule", **fields | DECISION | {"outcome": "restored"})
    assert done.status_code == 303
    page = lin.get(done.location).text
    assert "申诉已经处理" in page
    sheet = page[page.index('id="sheet"') :]
    assert "申诉成立，改作：恢复展示。下面是在那以前对各项主张的答复" in sheet
    assert (case.outcome, case.appeals[0].state) == (Outcome.RESTORED, AppealState.UPHELD)
    assert app.test_client().get(f"/articles/{case.article.slug}").status_code == 200


@pytest.mark.parametrize(
    ("fields", "field"), [({"verdict": "x"}, "verdict"), ({"verdict": "dismiss", "grounds": "短"}, "grounds")]
)
def test_an_appeal_is_decided_with_a_choice_and_reasons(
    site: Site, lin: FlaskClient, case: Case, mei: Account, fields: dict[str, str], field: str
) -> None:
    number = appeal(site, case, Outcome.WITHHELD, mei)
    answer = act(lin, case, "rule", **{"appeal": number, "grounds": WORDS} | fields)
    assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True)


def test_what_is_wrong_with_a_ruling_is_said_at_once_beside_what_was_offered_before(
    site: Site, lin: FlaskClient, case: Case, mei: Account
) -> None:
    number = appeal(site, case, Outcome.WITHHELD, mei)
    offered = re.compile(r'name="outcome"\s+value="(\w+)"')
    before = offered.findall(lin.get(f"/desk/cases/{case.id}").text)
    assert set(before) == set(Outcome) - {Outcome.DECLINED, Outcome.INTERIM}
    empty = act(lin, case, "rule", appeal=number, verdict="uphold")
    assert offered.findall(empty.text) == before
    for name in ("grounds", "outcome", "facts"):
        assert f'href="#{name}"' in empty.text
    assert 'name="refusal"' not in empty.text
    declined = DECISION | {"outcome": "declined", "verdict": "uphold", "grounds": WORDS, "refusal": "fair_use"}
    assert act(lin, case, "rule", appeal=number, **declined).status_code == 422


def test_an_appeal_of_another_case_is_not_found(site: Site, lin: FlaskClient, case: Case, mei: Account) -> None:
    number = appeal(site, case, Outcome.WITHHELD, mei)
    other = make_case(site, clock.now(), "er", body="另一篇。")
    for wrong in (number, 99):
        assert act(lin, other, "rule", appeal=wrong, verdict="dismiss", grounds=WORDS * 2).status_code == 404
