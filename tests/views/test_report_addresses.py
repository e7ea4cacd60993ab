"""Each address that was typed has an outcome of its own; a bad one stops nobody who has seen it."""

import re
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.forms import sound
from tests.notifier import fill, publish, receipt_in
from tracker.db import db, transaction
from tracker.models import Article, Mail, Notice
from tracker.render.site import Site
from tracker.services.articles import retire

LINES = "\n".join(
    [
        "http://localhost/articles/alpha",
        "https://elsewhere.example/a",
        "localhost/articles/ALPHA?from=mail",
        "http://localhost/articles/nothing",
        "/articles/beta",
        "alpha",
    ]
)


@pytest.fixture(autouse=True)
def articles(site: Site, now: datetime) -> list[Article]:
    return [publish(site, slug, now) for slug in ("alpha", "beta")]


def outcomes(html: str) -> list[list[str]]:
    """Return what the check page says of each address."""
    (part,) = re.findall(r'<ol class="lines">(.*?)</ol>', html, re.DOTALL)
    tags = [re.findall(r'class="tag[^"]*">([^<]*)<', line) for line in part.split("<li>")[1:]]
    return [[tag.strip() for tag in found] for found in tags]


def send(client: FlaskClient, place: str, **said: str) -> TestResponse:
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', client.get(f"{place}/check").text)
    return client.post(f"{place}/send", data={"seen": seen[1] if seen else "", **said})


def notices() -> list[Notice]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice)))


def test_every_line_says_what_became_of_it(client: FlaskClient) -> None:
    html = client.get(fill(client, addresses=LINES, passage="").location).text
    assert outcomes(html) == [
        [],
        ["不是本站的地址"],
        ["与第1行是同一篇"],
        ["本站没有这篇文章"],
        [],
        ["与第1行是同一篇"],
    ]
    for typed in LINES.splitlines():
        assert f"<bdi>{typed}</bdi>" in html  # as it was typed
    assert "上面有2个地址不是本站的文章（共6个）" in html


def test_an_article_that_its_publisher_took_off_is_said_to_be_gone(
    client: FlaskClient, site: Site, now: datetime
) -> None:
    with transaction():
        retire(site, "beta", now)
    assert outcomes(client.get(fill(client, addresses="alpha\nbeta").location).text) == [[], ["已由发布者撤下"]]
    refused = fill(client, addresses="beta").text
    assert "第1行的文章已由发布者撤下" in refused
    assert "第1行不是本站文章的地址" in fill(client, addresses="nothing").text


def test_without_the_bad_ones_it_goes_once_that_was_said(client: FlaskClient) -> None:
    place = fill(client, addresses=LINES).location.removesuffix("/check")
    refused = send(client, place)
    assert refused.status_code == 422
    assert "第2, 4行" in refused.text
    assert re.search(r'name="leave_out" value="1" aria-describedby="leave_out-error"', refused.text)
    assert re.findall(r'<a href="#([a-z_]+)">', refused.text.split("error-summary", 1)[1]) == ["leave_out"]
    assert "leave_out-error" in sound(refused.text).ids
    assert notices() == []
    sent = send(client, place, leave_out="1")
    assert sent.status_code == 303
    (notice,) = notices()
    assert [item.article.slug for item in notice.items] == ["alpha", "beta"]
    assert notice.answers["addresses"] == LINES  # word for word
    acknowledged = db.session.scalars(select(Mail).where(Mail.name == "acknowledgement")).one()
    assert "另有2个地址不是本站的文章" in acknowledged.text
    assert "elsewhere.example" not in acknowledged.text  # a mail repeats nothing that was typed
    reference, code = receipt_in(client.get(sent.location).text)
    receipt = client.post(f"/receipts/{reference}", data={"code": code}, follow_redirects=True).text
    for address in ("https://elsewhere.example/a", "http://localhost/articles/nothing"):
        assert f"<bdi>{address}</bdi>" in receipt


@pytest.mark.parametrize("addresses", ["https://elsewhere.example/a", "nothing", "http://localhost/articles/nothing"])
def test_a_notice_about_nothing_of_ours_is_none(client: FlaskClient, addresses: str) -> None:
    refused = fill(client, addresses=addresses)
    assert refused.status_code == 422
    assert '<a href="#addresses">' in refused.text
    assert addresses in refused.text


def test_two_hundred_different_articles_are_counted_not_lines(client: FlaskClient, site: Site, now: datetime) -> None:
    for number in range(198):
        publish(site, f"a{number}", now)
    whole = ["alpha", "beta", *(f"a{number}" for number in range(198))]
    assert fill(client, addresses="\n".join([*whole, *whole[:50]])).status_code == 303
    publish(site, "one-more", now)
    refused = fill(client, addresses="\n".join([*whole, "one-more"]))
    assert refused.status_code == 422
    assert "现在是201篇" in refused.text


# passages


def quoted(**said: str) -> dict[str, str]:
    return {"addresses": "alpha\nbeta", **said}


def test_a_passage_below_an_address_is_of_that_article_alone(client: FlaskClient) -> None:
    passage = "/articles/beta\nbeta的第一节。\n\n逾期不等于违法"
    html = client.get(fill(client, **quoted(passage=passage)).location).text
    assert outcomes(html) == [["找到引文"], ["找到引文", "找到引文"]]
    place = fill(client, **quoted(passage=passage)).location.removesuffix("/check")
    assert send(client, place).status_code == 303
    first, second = notices()[0].items
    assert [quote["exact"] for quote in first.quotes] == ["逾期不等于违法"]
    assert [quote["exact"] for quote in second.quotes] == ["beta的第一节。", "逾期不等于违法"]


def test_a_passage_with_quotation_marks_is_shown_between_others_and_kept_as_it_is(client: FlaskClient) -> None:
    said = "他们说：“再不还就上门。”"
    place = fill(client, **quoted(passage=said)).location.removesuffix("/check")
    assert '<q dir="auto">他们说：‘再不还就上门。’</q>' in client.get(f"{place}/check").text
    assert send(client, place).status_code == 303
    assert [quote["exact"] for quote in notices()[0].items[0].quotes] == [said]


def test_a_selected_passage_is_kept_with_what_stands_around_it(client: FlaskClient) -> None:
    query = {"article": "alpha", "exact": "利", "prefix": "按合同约定的", "suffix": "率计算"}
    form = client.get("/report/terms", query_string=query).text
    (context,) = re.findall(r'name="passage_context"\s+value="([^"]*)"', form)
    place = fill(
        client, "terms", passage="利", passage_context=context.replace("&#34;", '"').replace("&quot;", '"')
    ).location.removesuffix("/check")
    assert send(client, place).status_code == 303
    (quote,) = notices()[0].items[0].quotes
    assert (quote["exact"], quote["prefix"], quote["suffix"]) == ("利", "按合同约定的", "率计算")
