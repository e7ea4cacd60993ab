"""What a notifier is told in time: what came before, what this category wants, by when it will be answered and how binding that is."""

import re
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories
from tests.notifier import confirm, fill, publish, receipt_in, submit
from tracker.db import db
from tracker.domain.categories import CATEGORIES, Category, CategoryName
from tracker.domain.decisions import Outcome
from tracker.models import Article, Case, Mail, Notice
from tracker.render.site import Site

UK = {
    "country": "GB",
    "meaning": "读者会以为我们没有牌照。",
    "stmt_no_poster_info": "1",
    "share_name": "no",
    "share_email": "no",
}


@pytest.fixture(autouse=True)
def alpha(site: Site, now: datetime, stopped_clock: None) -> Article:
    return publish(site, "alpha", now)


# before anything is typed


def test_what_was_decided_is_said_as_soon_as_the_article_is_known(
    client: FlaskClient, site: Site, alpha: Article, now: datetime
) -> None:
    case = factories.open_case(alpha, now, CategoryName.REPUTATION)
    assert "同样的事由正在审理" in client.get("/report/reputation?article=alpha").text
    factories.decide(site, case, Outcome.DECLINED, now)
    html = client.get("/report/reputation?article=alpha").text
    assert "同样的事由以前处理过" in html
    assert 'href="/receipts"' in html  # where evidence can be added
    assert "同样的事由" not in client.get("/report/terms?article=alpha").text
    assert "同样的事由" not in client.get("/report/reputation").text


@pytest.mark.parametrize("category", [c for c in CATEGORIES.values() if c.is_discreet], ids=lambda c: c.name)
def test_of_what_is_nobodys_business_nothing_is_said(
    client: FlaskClient, site: Site, alpha: Article, now: datetime, category: Category
) -> None:
    case, slug = factories.open_case(alpha, now, category.name), category.slug
    for _ in range(2):
        assert "同样的事由" not in client.get(f"/report/{slug}?article=alpha").text
        place = fill(client, slug).location.removesuffix("/check")
        assert "同样的事由" not in client.get(f"{place}/check").text
        if case.decided_at is None:
            factories.decide(site, case, Outcome.DECLINED, now)


def test_the_sensitive_lanes_are_discreet() -> None:
    sensitive = {"ncii", "csam", "minor", "personal_data", "portrait", "cyberbullying"}
    assert sensitive <= {category.name for category in CATEGORIES.values() if category.is_discreet}


# what the category wants


@pytest.mark.parametrize(
    ("slug", "missing"),
    [("source-corrected", {"source_url": "", "source_corrected_at": ""}), ("source-corrected", {"source_url": "没有"})],
)
def test_a_correction_at_the_source_names_its_page_and_day(
    client: FlaskClient, slug: str, missing: dict[str, str]
) -> None:
    refused = fill(client, slug, **missing)
    assert refused.status_code == 422
    assert set(re.findall(r'<li><a href="#([a-z_]+)">', refused.text)) == set(missing)


def test_what_is_inaccurate_wants_evidence_and_stops_nobody(client: FlaskClient) -> None:
    place = fill(client, "inaccurate", evidence_urls="").location.removesuffix("/check")
    assert "内容失实的证据" in client.get(f"{place}/check").text
    whole = fill(client, "inaccurate", evidence_urls="https://www.example.org/proof").location
    assert "内容失实的证据" not in client.get(whole).text
    assert confirm(client, place).status_code == 303


def test_what_the_mailbox_is_for_is_said_once_and_who_gets_to_know_it_above(client: FlaskClient) -> None:
    html = fill(client, "reputation", **UK | {"share_email": "yes"}, notifier_name="").text
    assert "可以知道您的邮箱，因为您同意告诉他" in html
    hint = re.search(r'id="email-hint">([^<]*)<', html)
    assert hint
    assert hint[1].strip() == "用来把回执、问题和结果告诉您。"


@pytest.mark.parametrize(
    ("field", "typed"),
    [("evidence_urls", "见附件"), ("work_urls", "我的网站"), ("phone", "12"), ("phone", "打我电话")],
)
def test_an_address_is_one_and_a_number_can_be_dialled(client: FlaskClient, field: str, typed: str) -> None:
    refused = fill(client, **{field: typed})
    assert set(re.findall(r'<li><a href="#([a-z_]+)">', refused.text)) == {field}
    assert typed in refused.text


@pytest.mark.parametrize(
    ("typed", "code"),
    [("UK", "GB"), ("美国", "US"), ("英国", "GB"), ("united states", "US"), ("cn", "CN"), ("香港", "HK")],
)
def test_a_country_may_be_called_by_its_name(client: FlaskClient, typed: str, code: str) -> None:
    place = fill(client, "terms", country=typed).location.removesuffix("/check")
    confirm(client, place)
    assert db.session.scalars(select(Notice)).one().answers["country"] == code


def test_a_telephone_is_kept_as_it_is_dialled_from_abroad(client: FlaskClient) -> None:
    submit(client, phone="138 0013 8000", country="CN")
    assert db.session.scalars(select(Notice)).one().answers["phone"] == "+8613800138000"


def test_another_name_in_the_signature_is_asked_about_and_stops_nobody(client: FlaskClient) -> None:
    place = fill(client, signature_name="李四").location.removesuffix("/check")
    assert "签名和姓名不一样" in client.get(f"{place}/check").text
    assert confirm(client, place).status_code == 303
    same = fill(client, signature_name="王 小明").location
    assert "签名和姓名不一样" not in client.get(same).text


# the limits


def shown(html: str) -> list[str]:
    return re.findall(r"<p>([^<]*不迟于[^<]*)</p>", html)


def test_the_limits_are_those_that_run_with_their_nature_and_zone(client: FlaskClient) -> None:
    place = fill(client, "reputation", **UK).location.removesuffix("/check")
    html = client.get(confirm(client, place).location).text
    british = [line for line in shown(html) if "英国时间" in line]
    assert british
    assert all("法定" in line for line in british)
    ours = [line for line in shown(html) if line not in british]
    assert any("本站目标" in line and "中国" in line for line in ours)
    mail = db.session.scalars(select(Mail).where(Mail.name == "acknowledgement")).one()
    assert "英国时间" in mail.text
    assert "法定" in mail.text
    assert "本站目标" in mail.text
    elsewhere = fill(client, "reputation", country="CN", email="li@example.org").location.removesuffix("/check")
    html = client.get(confirm(client, elsewhere).location).text
    assert not [line for line in shown(html) if "英国时间" in line]


def test_an_urgent_answer_makes_the_limits_urgent(client: FlaskClient) -> None:
    calm = fill(client, "reputation").location.removesuffix("/check")
    first = shown(client.get(confirm(client, calm).location).text)
    urgent = fill(client, "reputation", minor_involved="yes", email="li@example.org").location.removesuffix("/check")
    then = shown(client.get(confirm(client, urgent).location).text)
    assert then != first
    assert db.session.scalars(select(Case)).one().is_urgent


def test_the_receipt_shows_the_same_limits(client: FlaskClient) -> None:
    place = fill(client, "reputation", **UK).location.removesuffix("/check")
    sent = client.get(confirm(client, place).location).text
    reference, code = receipt_in(sent)
    receipt = client.post(f"/receipts/{reference}", data={"code": code}, follow_redirects=True).text
    for line in shown(sent):
        assert line.strip() in receipt
