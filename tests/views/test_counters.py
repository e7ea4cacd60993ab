"""Counter-notices at the page of a case: shown, held by proof, ended by a ruling or before their time."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.casework import act
from tests.factories import decide
from tests.staff import make_member
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.attachments import accept
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import State
from tracker.domain.redress import CounterState
from tracker.domain.roles import Role
from tracker.domain.threads import MessageKind
from tracker.models import Account, Case, Mail
from tracker.render.site import Site
from tracker.services import counters, exchange, proceedings

COUNTER = {
    "addresses": "http://localhost/articles/yi-pian",
    "explanation": "文章引用的是公开的判决书，内容属实，也注明了出处，没有侵权。",
    "counter_name": "编辑部",
    "counter_address": "北京市东城区某街1号",
    "counter_phone": "010 1234 5678",
    "org_id_no": "91350100M000100Y43",
    "stmt_truth": "1",
}


@pytest.fixture
def mei(app: Flask) -> Account:
    return make_member(role=Role.REVIEWER)


def mails(name: str) -> list[Mail]:
    db.session.rollback()
    return list(db.session.scalars(select(Mail).where(Mail.name == name)))


def counter(site: Site, case: Case, mei: Account) -> None:
    """Withhold the article and let its publisher send a complete counter-notice."""
    decide(site, case, Outcome.WITHHELD, clock.now(), mei)
    with transaction():
        counters.send(site, case, COUNTER, {"stmt_truth": "我保证以上内容真实。"}, (), "zh-Hans", clock.now(), "c" * 20)


def test_a_counter_notice_is_shown_and_proof_of_proceedings_confirmed(
    app: Flask, site: Site, browser: FlaskClient, case: Case, mei: Account
) -> None:
    counter(site, case, mei)
    html = browser.get(f"/desk/cases/{case.id}").text
    for said in (*COUNTER.values(), "已收到，正在转送通知人", "我保证以上内容真实。"):
        assert said in html or said == "1", said
    assert f'action="/desk/cases/{case.id}/preview"' not in html  # nothing to decide while it waits
    prove(site, case, mei)
    assert (case.state, case.counter_notices[0].state) == (State.ON_HOLD, CounterState.HELD)
    html = browser.get(f"/desk/cases/{case.id}").text
    assert f"/desk/cases/{case.id}/ruling" in html
    assert act(browser, case, "ruling", restores="yes").status_code == 303
    assert case.state is State.DECIDED
    assert app.test_client().get(f"/articles/{case.article.slug}").status_code == 200


def test_a_ruling_may_leave_the_measure(app: Flask, site: Site, browser: FlaskClient, case: Case, mei: Account) -> None:
    counter(site, case, mei)
    prove(site, case, mei)
    assert act(browser, case, "ruling", restores="x").status_code == 422
    assert act(browser, case, "ruling", restores="no").status_code == 303
    assert case.counter_notices[0].state is CounterState.ENDED
    assert app.test_client().get(f"/articles/{case.article.slug}").status_code == 451


def prove(site: Site, case: Case, mei: Account) -> None:
    """Have proof of proceedings come, and be found good."""
    with transaction():
        docket = accept("docket.txt", b"1")
        notice = case.items[0].notice
        exchange.supplement(site, notice, "已经起诉。", [docket], {}, clock.now(), "p", MessageKind.PROOF)
    with transaction():
        number = case.counter_notices[0].proceedings[0].id
        proceedings.confirm(site, mei, case.id, case.version, number, clock.now())


def test_an_article_comes_back_before_its_time(
    app: Flask, site: Site, browser: FlaskClient, case: Case, mei: Account
) -> None:
    counter(site, case, mei)
    for reason in ("window", "regulation17"):  # what the law's clock does, nobody does by hand
        assert act(browser, case, "restore", reason=reason).status_code == 422
    assert act(browser, case, "restore", reason="withdrawn").status_code == 303
    assert (case.state, case.counter_notices[0].state) == (State.DECIDED, CounterState.HONOURED)
    assert app.test_client().get(f"/articles/{case.article.slug}").status_code == 200
    assert len(mails("restored")) >= 1
