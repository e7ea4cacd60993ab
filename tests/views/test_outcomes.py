"""The outcomes of a notice as a file: a row for each address, for spreadsheets and for programs."""

import csv
import io
import json
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import factories
from tests.staff import make_case, make_member
from tracker.db import db, transaction
from tracker.domain.decisions import OUTCOME_LABELS, Outcome
from tracker.models import Item, Notice
from tracker.queries import outcomes
from tracker.render.site import Site
from tracker.services import exchange

TYPED = ("http://localhost/articles/yi?x==HYPERLINK(1)", "er", "san")


@pytest.fixture
def notice(site: Site, now: datetime, stopped_clock: None) -> Notice:
    for slug in ("er", "san"):
        factories.publish(site, slug, now)
    notice = make_case(site, now, "yi", addresses="\n".join(TYPED)).items[0].notice
    factories.decide(site, notice.items[0].case, Outcome.WITHHELD, now, make_member())
    with transaction():
        exchange.withdraw(site, db.session.get_one(Notice, notice.id), [notice.items[1].id], now, "w")
    return notice


def fetch(client: FlaskClient, site: Site, notice: Notice, kind: str, prefix: str = "", code: str = "") -> TestResponse:
    code = code or site.keys.secret("notice", notice.reference, notice.key_epoch)
    return client.post(f"{prefix}/receipts/{notice.reference}/outcomes", data={"code": code, "format": kind})


def test_as_json_each_address_has_its_outcome(client: FlaskClient, site: Site, notice: Notice, now: datetime) -> None:
    answer = fetch(client, site, notice, "json")
    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="outcomes-{notice.reference}.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    body = json.loads(answer.data)
    assert body["reference"] == notice.reference
    first, second, third = body["articles"]
    assert {name: first[name] for name in ("address", "typed", "state", "outcome", "decided_at")} == {
        "address": "http://localhost/articles/yi", "typed": TYPED[0], "state": "已处理", "outcome": "依法停止展示",
        "decided_at": "2026-11-23T09:30:00Z",
    }  # fmt: skip
    assert first["ground"].startswith("法律规定 《中华人民共和国民法典》")
    assert first["facts"]
    assert first["appeal_until"] == ""  # they got all that they asked for
    assert (second["state"], second["outcome"]) == ("通知人撤回", "")
    assert (third["state"], third["outcome"], third["decided_at"]) == ("待处理", "", "")


@pytest.mark.parametrize("outcome", [Outcome.DECLINED, Outcome.LABELLED, Outcome.PASSAGE_WITHHELD])
def test_less_than_was_asked_for_says_until_when_to_appeal(
    client: FlaskClient, site: Site, notice: Notice, now: datetime, outcome: Outcome
) -> None:
    factories.decide(site, notice.items[2].case, outcome, now)
    first, second, third = json.loads(fetch(client, site, notice, "json").data)["articles"]
    assert third["outcome"] == OUTCOME_LABELS[outcome]
    assert third["appeal_until"] > f"{now + timedelta(days=170):%Y-%m-%d}"
    assert (first["appeal_until"], second["appeal_until"]) == ("", "")


def test_as_csv_it_opens_in_a_spreadsheet_and_no_cell_is_a_formula(
    client: FlaskClient, site: Site, notice: Notice
) -> None:
    with transaction():
        db.session.get_one(Item, notice.items[2].id).address = "=cmd|' /C calc'!A0"
    answer = fetch(client, site, notice, "csv")
    assert answer.mimetype == "text/csv"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(rows) == 4
    assert rows[0][:3] == ["文章地址", "您填写的地址", "案件编号"]
    assert rows[3][1] == "'=cmd|' /C calc'!A0"
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("before", ["", "\u200b", "\ufeff", "\u200e\u2060 ", "\u00a0"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_nothing_before_a_sign_makes_it_a_formula(
    site: Site, notice: Notice, now: datetime, before: str, sign: str
) -> None:
    typed = f"{before}{sign}1+1"
    row = outcomes.outcomes(site, notice, "zh-Hans", now)[0]._replace(typed=typed)
    rows = list(csv.reader(io.StringIO(outcomes.as_csv(site, [row], "zh-Hans").decode("utf-8-sig"))))
    assert rows[1][1] == f"'{typed}"


def test_in_english_the_words_are_english(client: FlaskClient, site: Site, notice: Notice) -> None:
    body = json.loads(fetch(client, site, notice, "json", "/en").data)
    assert body["articles"][0]["outcome"] == site.gettext("依法停止展示", "en")
    assert body["articles"][0]["outcome"].isascii()


def test_a_wrong_code_opens_nothing(client: FlaskClient, site: Site, notice: Notice) -> None:
    answer = fetch(client, site, notice, "json", code="X" * 52)
    assert (answer.status_code, answer.location) == (307, f"/receipts/{notice.reference}")


def test_the_receipt_offers_both_when_there_is_more_than_one_article(
    client: FlaskClient, site: Site, notice: Notice
) -> None:
    code = site.keys.secret("notice", notice.reference, notice.key_epoch)
    html = client.post(f"/receipts/{notice.reference}", data={"code": code}).text
    assert f'action="/receipts/{notice.reference}/outcomes"' in html
    assert html.count('name="format"') == 2
