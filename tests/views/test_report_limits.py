"""Over a limit: what is said, the ways on without a script, and that everything typed is still there."""

import base64
import json
import re
from datetime import datetime
from html import unescape

import altcha
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.notifier import WHOLE, confirm, fill, publish
from tracker.db import db
from tracker.models import Article, Notice
from tracker.render.site import Site
from tracker.services import admission
from tracker.services.admission import Rate


@pytest.fixture(autouse=True)
def alpha(site: Site, now: datetime, stopped_clock: None) -> Article:
    return publish(site, "alpha", now)


def sent(client: FlaskClient, slug: str = "copyright", **answers: str) -> int:
    place = fill(client, slug, **answers).location.removesuffix("/check")
    return confirm(client, place).status_code


def count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Notice)) or 0


def rate(monkeypatch: pytest.MonkeyPatch, kind: str, rate: Rate) -> None:
    monkeypatch.setitem(admission.RATES, kind, rate)


@pytest.mark.parametrize("kind", ["address", "network", "mailbox"])
def test_over_the_limit_the_time_is_named_and_everything_kept(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    rate(monkeypatch, kind, Rate(None, 1))
    assert sent(client) == 303
    place = fill(client, work_title="另一部作品").location.removesuffix("/check")
    refused = confirm(client, place)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "86400"
    assert "2026-11-24 17:31" in refused.text
    assert "填写的内容都在" in refused.text
    assert "另一部作品" in refused.text
    assert count() == 1
    assert "另一部作品" in client.get(place).text


def test_the_urgent_lanes_stay_open(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in admission.RATES:
        rate(monkeypatch, kind, Rate(0, 0))
    assert sent(client) == 429
    for slug in ("minor", "ncii", "csam"):
        place = fill(client, slug).location.removesuffix("/check")
        assert "data-proof" not in client.get(f"{place}/check").text
        assert confirm(client, place).status_code == 303
    in_danger = fill(client, "reputation", minor_involved="yes").location.removesuffix("/check")
    assert confirm(client, in_danger).status_code == 303  # urgent by what was answered


def test_a_sum_is_asked_for_above_the_easy_rate_alone(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    rate(monkeypatch, "address", Rate(1, 100))
    place = fill(client).location.removesuffix("/check")
    assert "data-proof" not in client.get(f"{place}/check").text
    assert confirm(client, place).status_code == 303
    place = fill(client, work_title="另一部作品").location.removesuffix("/check")
    html = client.get(f"{place}/check").text
    assert "18:31" in html  # wait
    assert "mailto:" in html  # or write
    key = place.rpartition("/")[2]
    mailto = re.findall(r'href="(mailto:[^"]*)"', html)
    assert any(f"drafts%2F{key}" in link or f"drafts/{key}" in link for link in mailto)
    without = confirm(client, place)
    assert without.status_code == 429
    assert "data-proof" in without.text
    assert "另一部作品" in without.text


def test_the_sum_opens_the_way_once(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    rate(monkeypatch, "address", Rate(1, 100))
    sent(client)
    place = fill(client, work_title="另一部作品").location.removesuffix("/check")
    html = client.get(f"{place}/check").text
    data = {"seen": re.findall(r'name="seen" value="([0-9a-f]{64})"', html)[0], "proof": solved(html)}
    assert client.post(f"{place}/send", data=data).status_code == 303
    other = fill(client, work_title="第三部作品").location.removesuffix("/check")
    html = client.get(f"{other}/check").text
    seen = re.findall(r'name="seen" value="([0-9a-f]{64})"', html)[0]
    replayed = client.post(f"{other}/send", data={"seen": seen, "proof": data["proof"]})
    assert replayed.status_code == 429
    assert count() == 2


def solved(html: str) -> str:
    """Do what the script does."""
    made = json.loads(unescape(re.findall(r'data-proof="([^"]*)"', html)[0]))
    solution = altcha.solve_challenge(altcha.Challenge.from_dict(made))
    assert solution
    found = {"challenge": made, "solution": solution.to_dict()}
    return base64.b64encode(json.dumps(found).encode()).decode()


def test_sending_the_same_form_again_is_never_over_a_limit(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    rate(monkeypatch, "address", Rate(None, 1))
    place = fill(client, **WHOLE).location.removesuffix("/check")
    seen = re.findall(r'name="seen" value="([0-9a-f]{64})"', client.get(f"{place}/check").text)[0]
    for _ in range(3):
        answer = client.post(f"{place}/send", data={"seen": seen})
        assert (answer.status_code, answer.location) == (303, f"{place}/sent")
    assert count() == 1
