"""Weights with their replay, and rules of assignment, as an admin meets them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests import factories
from tests.staff import make_member, make_notice, post, publish, signed_in
from tracker import clock
from tracker.cli.delivery import follow
from tracker.db import db
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.roles import Role
from tracker.domain.routing import MOST
from tracker.domain.urgency import DEFAULTS
from tracker.forms.ordering import BLANK_ROWS
from tracker.models import Account, AuditEntry, Case, Line, Weighting
from tracker.render.site import Site
from tracker.services import routing


@pytest.fixture
def jia(app: Flask) -> Account:
    return make_member("jia@example.org", Role.ADMIN, name="甲")


@pytest.fixture
def browser(app: Flask, jia: Account) -> FlaskClient:
    return signed_in(app, jia)


def seal_of(html: str) -> str:
    found = re.search(r'name="seal" value="([0-9a-f]{64})"', html)
    assert found
    return found[1]


def test_weights_are_saved_after_their_replay_alone(site: Site, browser: FlaskClient, jia: Account) -> None:
    now = clock.now()
    article = publish(site, "one", now)
    plain = make_notice(site, article, now - timedelta(hours=30), category=CategoryName.TERMS).items[0].case_id
    minor = (
        make_notice(site, article, now - timedelta(hours=20), category=CategoryName.FRAUD, danger_to_life="yes")
        .items[0]
        .case_id
    )
    for number, hours in ((plain, 25), (minor, 5)):
        factories.decide(
            site, db.session.get_one(Case, number), Outcome.DECLINED, now - timedelta(hours=hours - 4), jia
        )
    make_notice(site, article, now, "bob@example.com", category=CategoryName.TERMS)
    wanted: dict[str, Any] = {name: str(n) for name, n in DEFAULTS.items()} | {"danger": "0", "overdue": "-7"}
    assert post(browser, "/desk/weights/save", **wanted, seal="x").status_code == 409
    shown = post(browser, "/desk/weights/replay", **wanted)
    assert shown.status_code == 200
    assert "可能危及生命安全：+50 → +0" in shown.text
    assert re.search(r"<b>2</b>参与重演的决定", shown.text)
    assert db.session.scalars(select(Weighting)).all() == []
    seal = seal_of(shown.text)
    assert post(browser, "/desk/weights/save", **wanted | {"minor": "1"}, seal=seal).status_code == 409
    assert post(browser, "/desk/weights/save", **wanted, seal=seal).status_code == 303
    assert post(browser, "/desk/weights/save", **wanted, seal=seal).status_code == 409  # of what no longer counts
    db.session.rollback()
    (saved,) = db.session.scalars(select(Weighting)).all()
    assert (saved.points["danger"], saved.points["overdue"], saved.saved_by_id) == (0, -7, jia.id)
    assert db.session.scalars(select(AuditEntry.facts).where(AuditEntry.kind == "weights.saved")).one() == {
        "weighting": saved.id
    }
    follow(clock.now())
    assert db.session.scalars(select(Line.weighting_id).where(Line.is_open)).all() == [saved.id]
    assert "可能危及生命安全 +0；已经超期 -7" in browser.get("/desk/weights").text


def test_what_is_typed_wrong_is_named_and_kept(browser: FlaskClient) -> None:
    wanted: dict[str, Any] = {name: str(n) for name, n in DEFAULTS.items()} | {"minor": "很多", "old": "101"}
    for act in ("replay", "save"):
        answer = post(browser, f"/desk/weights/{act}", **wanted)
        assert answer.status_code == 422
        assert 'value="很多"' in answer.text
        assert answer.text.count('aria-invalid="true"') == 2
        assert re.findall(r'<a href="#(w-[a-z_]+)">', answer.text) == ["w-minor", "w-old"]
    assert 'value="很多"' in post(browser, "/desk/weights/edit", **wanted).text


def routes() -> int:
    db.session.rollback()
    return len(routing.rules())


def save(browser: FlaskClient, **sent: Any) -> TestResponse:
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', browser.get("/desk/routes").text)
    assert seen
    return post(browser, "/desk/routes/save", **{"seen": seen[1]} | sent)


def test_rules_are_written_in_rows_and_shown_in_words(browser: FlaskClient, jia: Account) -> None:
    mei, lin = make_member(), make_member("lin@example.org", name="林")
    sent: dict[str, Any] = {
        "order-0": "2", "category-0": "", "language-0": "en", "people-0": [str(mei.id), str(lin.id)],
        "order-1": "1", "category-1": "copyright", "language-1": "", "people-1": [str(jia.id)],
        "order-2": "", "category-2": "", "language-2": "",
    }  # fmt: skip
    html = " ".join(browser.get(save(browser, **sent).location).text.split())
    assert "规则已保存" in html
    again = browser.get(save(browser, **sent).location).text
    assert ("没有改动" in again, "规则已保存" in again) == (True, False)
    db.session.rollback()
    assert len(db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "routes.saved")).all()) == 1
    assert "1. 著作权 → 甲" in html
    assert "2. 所有类别，英文文章 → 梅、林（待处理最少的一位）" in html
    assert 'class="effect' not in html  # numbered in words, so without bullets
    assert '<a href="/desk/">回到待处理的案件</a>' in html
    bad = save(browser, **sent | {"people-0": []})
    assert (bad.status_code, "每条规则都要选至少一位在职、可以处理案件的同事" in bad.text) == (422, True)
    senseless = {"category-0": "nonsense", "people-0": "x" * 50, "order-0": "9" * 99}
    assert save(browser, **senseless).status_code == 422
    assert save(browser, **{"category-0": "", "people-0": "x" * 50}).status_code == 303
    db.session.rollback()
    assert routing.rules() == []


def test_a_wrong_rule_is_found_from_the_summary_and_an_overtaken_one_is_kept(
    browser: FlaskClient, jia: Account
) -> None:
    rows: dict[str, Any] = {
        "order-0": "9", "category-0": "copyright", "language-0": "", "people-0": [],
        "order-1": "1", "category-1": "", "language-1": "en", "people-1": [str(jia.id)],
    }  # fmt: skip
    wrong = save(browser, **rows)
    assert wrong.status_code == 422
    assert '<a href="#rule-0">' in wrong.text
    assert 'aria-describedby="rule-0-error"' in wrong.text
    assert 'id="rule-1-error"' not in wrong.text
    late = save(browser, seen="0" * 64, **rows | {"people-0": [str(jia.id)]})
    assert (late.status_code, "同事刚刚改动了分派规则" in late.text) == (409, True)
    assert re.search(r'value="copyright"\s+selected', late.text)
    assert routing.rules() == []


def test_no_rule_is_lost_for_being_one_of_many(browser: FlaskClient, jia: Account) -> None:
    def rules(number: int) -> dict[str, Any]:
        return {f"{name}-{n}": value for n in range(number) for name, value in
                (("order", str(n)), ("category", "terms"), ("language", ""), ("people", str(jia.id)))}  # fmt: skip

    assert save(browser, **rules(MOST)).status_code == 303
    assert routes() == MOST
    html = browser.get("/desk/routes").text
    assert f'name="category-{MOST + BLANK_ROWS - 1}"' in html
    assert f'name="category-{MOST + BLANK_ROWS}"' not in html
    many = save(browser, **rules(MOST + 1))
    assert (many.status_code, f"最多{MOST}条规则" in many.text) == (422, True)
    assert routes() == MOST


def test_moderators_do_not_order_the_work(app: Flask) -> None:
    browser = signed_in(app, make_member())
    for path in ("/desk/weights", "/desk/routes"):
        assert browser.get(path).status_code == 403
    assert "/desk/weights" not in browser.get("/desk/").text
