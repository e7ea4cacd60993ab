"""The page of the search: what it says with nothing asked, nothing to ask for, nothing found, a page found, and many."""

import re
from datetime import datetime
from html import unescape
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests import factories
from tests.forms import sound
from tracker.queries import search
from tracker.render.site import Site

pytestmark = pytest.mark.usefixtures("stopped_clock")


@pytest.fixture
def published(site: Site, now: datetime) -> None:
    factories.publish(
        site,
        "zhengxin",
        now,
        "正文讲异议怎么提，见第1195条。\n",
        title="征信报告怎么看",
        summary="逐栏读懂。",
        published="2026-11-01",
    )
    factories.publish(
        site,
        "cuishou",
        now,
        "征信只提一句，用APP催收。\n",
        title="催收的边界",
        summary="谁能催。",
        published="2026-11-02",
    )
    factories.publish(
        site, "plain", now, "The lender may tell you.\n", language="en", title="Plain words", summary="Short."
    )


def page(client: FlaskClient, query: str, prefix: str = "", after: str = "") -> str:
    answer = client.get(f"{prefix}/search", query_string={"q": query} | ({"after": after} if after else {}))
    assert answer.status_code == 200
    assert 'content="noindex"' in answer.text
    sound(answer.text)
    return unescape(answer.text)


def slugs(html: str) -> list[str]:
    return re.findall(r'entry-title"><a href="[^"]*/articles/([^"]+)"', html)


def suggested(html: str) -> list[str]:
    found = re.search(r'<ul class="tally">(.*?)</ul>', html, re.DOTALL)
    return re.findall(r">([^<]+)</a>", found[1]) if found else []


def test_nothing_asked_says_how_to_ask(client: FlaskClient, published: None) -> None:
    for query in ("", "  "):
        html = page(client, query)
        assert "想找什么？" in html
        assert 'href="/tags"' in html


def test_a_query_without_words_says_so(client: FlaskClient, published: None) -> None:
    html = page(client, "，。！")
    assert "“，。！”里没有可以搜的字" in html
    assert "没有找到" not in html


def test_what_is_found_is_marked_in_title_and_text(client: FlaskClient, published: None) -> None:
    html = page(client, "征信")
    assert slugs(html) == ["zhengxin", "cuishou"]
    assert "找到2篇文章" in html
    assert "<mark>征信</mark>报告怎么看</a>" in html
    assert "<mark>征信</mark>只提一句，用APP催收。" in html
    assert "用<mark>APP催收</mark>。" in page(client, "app催收")
    english = page(client, "lend", "/en")
    assert "The <mark>lend</mark>er may tell you." in english
    assert "Articles found: 1" in english


def test_the_other_script_reads_in_its_own(client: FlaskClient, published: None) -> None:
    for query in ("徵信", "征信"):
        html = page(client, query, "/zh-hant")
        assert slugs(html) == ["zhengxin", "cuishou"]
        assert "<mark>徵信</mark>報告怎麼看" in html


def test_markup_that_is_typed_or_written_stays_text(
    client: FlaskClient, site: Site, published: None, now: datetime
) -> None:
    factories.publish(
        site, "odd", now, "写着`<script>alert(1)</script>`的一段。\n", title="<b>粗</b>体 & 其他", summary="<i>斜</i>"
    )
    for query in ("script", "粗", "斜", "<script>", '"><b>'):
        answer = client.get("/search", query_string={"q": query})
        sound(answer.text)
        assert "<script>alert" not in answer.text
        assert "<b>粗" not in answer.text
        assert '"><b>' not in answer.text
    assert slugs(page(client, "粗")) == ["odd"]


@pytest.mark.parametrize(
    ("query", "instead"),
    [
        ("征信怎么提", ["征信 怎么提"]),
        ("征信 榴莲", ["征信"]),
        ("边界 异议", ["边界", "异议"]),
        ("谁能催征信报告", ["谁能催", "征信报告"]),
        ("榴莲", []),
        ("xylophone 征信", ["征信"]),
        ("不知道哪里有异议", ["异议"]),
        ("征信1196", ["征信"]),  # 119 stands there as the beginning of 1195, but nobody asked for it
        ("异议21195", ["异议"]),
        ("异议怎么1195", ["异议怎么 1195"]),
    ],
)
def test_what_is_not_found_is_cured_by_what_is(
    client: FlaskClient, published: None, query: str, instead: list[str]
) -> None:
    html = page(client, query)
    assert f"没有找到含有“{query}”的文章" in html
    assert suggested(html) == instead
    for one in instead:
        assert slugs(page(client, one)), one
        assert f"/search?q={quote(one)}" in html


@pytest.mark.parametrize(
    ("prefix", "query", "link"),
    [
        ("", "lender", '<a href="/en/search?q=lender" hreflang="en">英文文章：1篇</a>'),
        ("/zh-hant", "lender", '<a href="/en/search?q=lender" hreflang="en">英文文章：1篇</a>'),
        ("/en", "征信", f'<a href="/search?q={quote("征信")}" hreflang="zh-Hans">Articles in Chinese: 2</a>'),
        ("/en", "徵信", f'<a href="/search?q={quote("徵信")}" hreflang="zh-Hans">Articles in Chinese: 2</a>'),
    ],
)
def test_what_the_other_language_has_is_a_link_with_its_number(
    client: FlaskClient, published: None, prefix: str, query: str, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert link in page(client, query, prefix)
    monkeypatch.setattr(search, "PER_PAGE", 1)
    assert ("at least 1" in page(client, query, prefix)) is (prefix == "/en")


def test_no_other_language_is_offered_that_has_nothing_or_is_not_needed(
    client: FlaskClient, site: Site, published: None, now: datetime
) -> None:
    hidden = factories.publish(site, "hidden", now, "A durian.\n", language="en", title="Durian", summary="Durian")
    factories.withhold(site, hidden, now)
    for query, prefix in (("durian", ""), ("榴莲", ""), ("APP", ""), ("plain", "/en"), ("榴莲", "/en")):
        assert "hreflang" not in page(client, query, prefix).partition("<main")[2].partition("</main>")[0]


def test_words_that_stand_only_in_a_hidden_article_cure_nothing(
    client: FlaskClient, site: Site, published: None, now: datetime
) -> None:
    hidden = factories.publish(site, "hidden", now, "秘密的榴莲。\n", title="秘密", summary="秘密")
    factories.withhold(site, hidden, now)
    assert suggested(page(client, "秘密榴莲征信")) == ["征信"]


def test_pages_follow_one_another_and_lead_back(
    client: FlaskClient, site: Site, published: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "PER_PAGE", 1)
    first = page(client, "征信")
    assert slugs(first) == ["zhengxin"]
    assert "最相关的在前" in first
    after = re.search(r'rel="next" href="/search\?q=[^"]+?&after=([^"]+)"', first)
    assert after is not None
    second = page(client, "征信", after=after[1])
    assert slugs(second) == ["cuishou"]
    assert f'href="/search?q={quote("征信")}"' in second
    assert "后面没有更多文章了" in page(client, "征信", after="5-1")


def test_the_query_goes_with_whoever_changes_the_language(client: FlaskClient, published: None) -> None:
    html = page(client, "征信")
    assert f'href="/zh-hant/search?q={quote("征信")}"' in html
    assert f'href="/en/search?q={quote("征信")}"' in html
