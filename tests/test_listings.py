"""Tags, months, feeds and the site map: what stands on them, where else it can be read, and what moves them."""

import re
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import quote, unquote
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories
from tracker.cli import articles as syncing
from tracker.db import db
from tracker.domain.decisions import Outcome
from tracker.domain.passages import Passage
from tracker.domain.visibility import MeasureKind, Terms
from tracker.models import Article, ArticleTag
from tracker.render import places
from tracker.render.lists import PER_PAGE
from tracker.render.site import Site

pytestmark = pytest.mark.usefixtures("stopped_clock")

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture
def five(site: Site, now: datetime) -> None:
    """Articles with tags, over two months, one of them English."""
    factories.write_article(site.config.content, "one", tags=["征信", "异议"], published="2026-10-05")
    factories.write_article(site.config.content, "two", tags=["征信", "个人信息"], published="2026-11-02")
    factories.write_article(site.config.content, "three", tags=["催收"], published="2026-11-03", category="disputes")
    factories.write_article(site.config.content, "four", tags=[], published="2026-11-04")
    factories.write_article(
        site.config.content,
        "plain",
        tags=["Debt collection"],
        published="2026-11-05",
        language="en",
        title="Plain words",
    )
    syncing.run(site)


def article(slug: str) -> Article:
    return db.session.scalars(select(Article).where(Article.slug == slug)).one()


def listed(client: FlaskClient, path: str) -> list[str]:
    """Return the slugs of the articles on a page, in order."""
    answer = client.get(quote(path))
    assert answer.status_code == 200, path
    return re.findall(r'entry-title"><a href="[^"]*/articles/([^"]+)"', answer.text)


def tallies(client: FlaskClient, path: str) -> dict[str, tuple[str, int]]:
    """Return where each name of a list leads, and its figure."""
    found = re.findall(r'<li><a href="([^"]+)">([^<]+)</a> <span class="number">(\d+)</span>', client.get(path).text)
    return {unescape(name): (unquote(href), int(number)) for href, name, number in found}


def test_a_tag_has_its_articles_and_every_tag_is_in_the_list(client: FlaskClient, five: None) -> None:
    assert listed(client, "/tags/征信") == listed(client, "/zh-hant/tags/征信") == ["two", "one"]
    assert listed(client, "/tags/催收") == ["three"]
    assert listed(client, "/en/tags/debt-collection") == ["plain"]
    assert tallies(client, "/tags") == {
        "征信": ("/tags/征信", 2), "个人信息": ("/tags/个人信息", 1), "催收": ("/tags/催收", 1), "异议": ("/tags/异议", 1),
    }  # fmt: skip
    assert next(iter(tallies(client, "/tags"))) == "征信", "the one with the most articles first"
    assert tallies(client, "/zh-hant/tags")["個人資料"] == ("/zh-hant/tags/个人信息", 1)
    assert tallies(client, "/en/tags") == {"Debt collection": ("/en/tags/debt-collection", 1)}
    for path in (
        "/tags/没有",
        "/tags/DEBT",
        "/tags/debt-collection",
        "/en/tags/征信",
        "/tags/征信/1",
        "/tags/",
        "/archive/2026-13",
    ):
        assert client.get(quote(path)).status_code == 404, path


def test_a_month_has_its_articles_and_every_month_is_in_the_list(client: FlaskClient, five: None) -> None:
    assert listed(client, "/archive/2026-11") == listed(client, "/zh-hant/archive/2026-11") == ["four", "three", "two"]
    assert listed(client, "/archive/2026-10") == ["one"]
    assert tallies(client, "/archive") == {"2026年11月": ("/archive/2026-11", 3), "2026年10月": ("/archive/2026-10", 1)}
    assert tallies(client, "/en/archive") == {"November 2026": ("/en/archive/2026-11", 1)}
    assert client.get("/archive/2026-09").status_code == client.get("/en/archive/2026-10").status_code == 404


def test_an_article_leads_to_its_tags(client: FlaskClient, five: None) -> None:
    for prefix in ("", "/zh-hant"):
        html = client.get(f"{prefix}/articles/two").text
        tags = re.search(r'<ul class="tags".*?</ul>', html, re.DOTALL)
        assert tags is not None
        links = re.findall(r'href="([^"]+)"', tags[0])
        assert list(map(unquote, links)) == [f"{prefix}/tags/征信", f"{prefix}/tags/个人信息"]
        assert [client.get(link).status_code for link in links] == [200, 200]


@pytest.mark.parametrize("prefix", ["", "/zh-hant", "/en"])
def test_nothing_a_page_links_to_is_missing(client: FlaskClient, five: None, prefix: str) -> None:
    waiting, seen = {f"{prefix}/"}, set[str]()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        answer = client.get(path)
        assert answer.status_code in {200, 405}, path
        if answer.mimetype in {"text/html", "application/atom+xml"}:
            found = re.findall(r'href="(?:http://localhost)?(/[^"#?]*)', answer.text)
            waiting |= {link for link in found if not link.startswith(("/static/", "/report", "/receipts"))} - seen
    said = {unquote(path) for path in seen}
    for path in ("/tags", "/archive", "/archive/2026-11", "/feed.atom", "/categories/debt-collection/feed.atom"):
        assert prefix + path in said
    assert any(path.startswith(f"{prefix}/tags/") and path.endswith("/feed.atom") for path in said)


@pytest.mark.parametrize(
    ("path", "title", "slugs"),
    [
        ("/feed.atom", "", ["four", "three", "two", "one"]),
        ("/categories/debt-collection/feed.atom", "催收科普 - ", ["four", "two", "one"]),
        ("/tags/征信/feed.atom", "征信 - ", ["two", "one"]),
        ("/zh-hant/tags/个人信息/feed.atom", "個人資料 - ", ["two"]),
        ("/en/categories/debt-collection/feed.atom", "Debt collection - ", ["plain"]),
        ("/en/categories/disputes/feed.atom", "Disputes - ", []),
    ],
)
def test_a_feed_is_atom_and_says_where_it_is(
    client: FlaskClient, site: Site, five: None, path: str, title: str, slugs: list[str]
) -> None:
    """RFC 4287: an id, a title and a time each, the ids differ, and a link to the feed itself."""
    answer = client.get(quote(path))
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    feed = ET.fromstring(answer.data)
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == f"http://localhost{quote(path)}"
    assert client.get(str(links["alternate"])).status_code == 200
    assert str(feed.findtext(f"{ATOM}title")).startswith(title)
    entries = feed.findall(f"{ATOM}entry")
    found = [link.get("href", "") for entry in entries for link in entry.findall(f"{ATOM}link")]
    assert [href.rpartition("/")[2] for href in found] == slugs
    ids = [str(one.findtext(f"{ATOM}id")) for one in (feed, *entries)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[\d-]{10}T[\d:]{8}Z", str(one.findtext(f"{ATOM}updated"))) for one in (feed, *entries))


def locations(client: FlaskClient, path: str) -> dict[str, dict[str, str]]:
    """Return each address of a site map with its alternates, all without the host."""
    found = ET.fromstring(client.get(path).data)
    return {
        unquote(str(url.findtext(f"{MAP}loc"))).removeprefix("http://localhost"): {
            str(link.get("hreflang")): unquote(str(link.get("href"))).removeprefix("http://localhost")
            for link in url.findall(f"{XHTML}link")
        }
        for url in found
    }


def test_the_site_map_names_every_list_and_where_else_each_page_can_be_read(client: FlaskClient, five: None) -> None:
    maps = [
        path.removeprefix("http://localhost")
        for path in re.findall("<loc>(.*?)</loc>", client.get("/sitemap.xml").text)
    ]
    assert maps == [f"/sitemaps/{name}.xml" for name in ("site", "lists", "2026-10", "2026-11")]
    assert locations(client, "/sitemaps/2026-10.xml") == {
        "/articles/one": {"zh-Hans": "/articles/one", "zh-Hant": "/zh-hant/articles/one"}
    }
    lists = locations(client, "/sitemaps/lists.xml")
    assert {"/tags", "/archive", "/en/tags", "/tags/征信", "/en/tags/debt-collection", "/archive/2026-10"} <= set(lists)
    assert lists["/tags/征信"] == {"zh-Hans": "/tags/征信", "zh-Hant": "/zh-hant/tags/征信"}
    assert set(lists["/tags"]) == {"zh-Hans", "zh-Hant", "en"}
    assert lists["/en/tags/debt-collection"] == {}
    for path in maps:
        for own, others in locations(client, path).items():
            assert not others or own in others.values(), "a page names itself among the others"
            assert {client.get(quote(each)).status_code for each in (own, *others.values())} == {200}, own


def test_every_page_says_where_it_stands_and_what_the_site_map_says_of_where_else(
    client: FlaskClient, site: Site, five: None, now: datetime
) -> None:
    for number in range(PER_PAGE):
        factories.write_article(site.config.content, f"many-{number}", tags=["征信"])
    syncing.run(site)
    maps = re.findall("<loc>http://localhost(.*?)</loc>", client.get("/sitemap.xml").text)
    mapped = {path: others for each in maps for path, others in locations(client, each).items()}
    pages = [path for _, path in factories.rows() if client.get(quote(path)).mimetype == "text/html"]
    assert {"/", "/en/", "/tags/征信", "/tags/征信/1", "/archive/1", "/zh-hant/pages/rules", "/archive/2026-11"} < set(
        pages
    )
    for path in pages:
        head = unquote(client.get(quote(path)).text.partition("</head>")[0].replace("http://localhost", ""))
        assert re.findall(r'<link rel="canonical" href="([^"]*)"', head) == [path]
        assert re.findall(r'property="og:url" content="([^"]*)"', head) == [path]
        others = dict(re.findall(r'<link rel="alternate" hreflang="([^"]*)" href="([^"]*)"', head))
        assert others == mapped.get(path, others), path
        assert {"og:type", "og:site_name", "og:title", "og:description"} < set(re.findall(r'property="([^"]*)"', head))
    assert {path for path in mapped if mapped[path]} <= set(pages)


def test_what_is_withheld_is_on_no_list_and_what_held_only_it_is_gone(
    client: FlaskClient, site: Site, five: None, now: datetime
) -> None:
    before = factories.rows()
    case = factories.withhold(site, article("one"), now)
    assert listed(client, "/tags/征信") == ["two"]
    assert tallies(client, "/tags")["征信"] == ("/tags/征信", 1)
    assert "异议" not in tallies(client, "/tags")
    assert "2026年10月" not in tallies(client, "/archive")
    for path in (
        "/tags/异议",
        "/tags/异议/feed.atom",
        "/zh-hant/tags/异议",
        "/archive/2026-10",
        "/sitemaps/2026-10.xml",
    ):
        assert client.get(quote(path)).status_code == 404, path
    assert not {"/tags/异议", "/archive/2026-10"} & set(locations(client, "/sitemaps/lists.xml"))
    assert factories.stale_paths(site, now) == []
    factories.decide(site, case, Outcome.RESTORED, now)
    assert factories.rows() == before


def test_a_page_with_all_that_can_be_read_leads_to_no_older_one(
    client: FlaskClient, site: Site, five: None, now: datetime
) -> None:
    factories.withhold(site, article("one"), now)
    assert listed(client, "/") == ["three", "two"]
    assert "/archive/1" not in client.get("/").text


@pytest.mark.parametrize("is_later", [False, True])
def test_a_tag_that_is_masked_is_gone_as_a_word_and_as_an_address(
    client: FlaskClient, site: Site, now: datetime, is_later: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.publish(site, "one", now, "某公司做了什么。\n", tags=["某公司", "征信"])
    factories.publish(site, "two", now, tags=["征信"])
    at = now + timedelta(days=1) if is_later else now
    mask = Terms(passages=(Passage("某公司"),))
    factories.set_measure(site, article("one"), now, starts_at=at, kind=MeasureKind.MASK, terms=mask)
    monkeypatch.setattr("tracker.clock.now", lambda: at)
    assert listed(client, "/tags/征信") == ["two", "one"]
    for path in ("/tags/某公司", "/tags/某公司/feed.atom", "/zh-hant/tags/某公司"):
        assert client.get(quote(path)).status_code == 404, path
    assert list(tallies(client, "/tags")) == ["征信"]
    assert quote("某公司") not in client.get("/sitemaps/lists.xml").text
    assert quote("某公司") not in client.get("/articles/one").text


def test_a_tag_with_many_articles_has_pages_whose_slots_stay(client: FlaskClient, site: Site, now: datetime) -> None:
    def write(number: int, **said: object) -> None:
        values = {"tags": ["征信"], "published": f"2026-10-{number + 1:02d}"} | said
        factories.write_article(site.config.content, f"a{number:02d}", **values)

    for number in range(20):
        write(number)
    syncing.run(site)
    assert client.get(quote("/tags/征信/1")).status_code == client.get("/archive/2026-10/1").status_code == 404
    for number in range(20, 23):
        write(number)
    syncing.run(site)
    assert factories.stale_paths(site, now) == []
    assert listed(client, "/tags/征信")[:2] == ["a22", "a21"]
    assert listed(client, "/tags/征信/2") == listed(client, "/archive/2026-10/2") == ["a22", "a21", "a20"]
    before = factories.rows()
    factories.withhold(site, article("a01"), now)
    changed = {path for (_, path), row in factories.rows().items() if before.get((_, path)) != row}
    assert {"/tags/征信/1", "/archive/2026-10/1", "/tags", "/archive", "/archive/1"} <= changed
    first = {
        "/tags/征信",
        "/tags/征信/feed.atom",
        "/tags/征信/2",
        "/archive/2026-10",
        "/archive/2026-10/2",
        "/feed.atom",
        "/",
    }
    assert not first & changed, "an act on an old article leaves the newest alone"
    write(3, tags=["异议"])
    write(4, published="2026-09-01")
    syncing.run(site)
    assert listed(client, "/tags/征信/2") == ["a22", "a21"], "one has left, the others moved up"
    assert listed(client, "/archive/2026-10/2") == ["a22", "a21"]
    assert factories.stale_paths(site, now) == []
    (site.config.content / "a05.md").unlink()
    (site.config.content / "a06.md").unlink()
    syncing.run(site)
    assert factories.stale_paths(site, now) == []
    assert client.get(quote("/tags/征信/2")).status_code == 404
    write(5)
    syncing.run(site)
    assert factories.stale_paths(site, now) == [], "and one has come back into the middle"


def test_only_the_newest_are_looked_at_again_where_they_show(site: Site, now: datetime) -> None:
    """An act asks for few pages: not for the front of a shelf on which its article is too old to show."""
    for number in range(25):
        factories.write_article(
            site.config.content, f"a{number:02d}", published=f"2026-10-{number + 1:02d}", tags=["征信"]
        )
    syncing.run(site)
    old, new = (set(places.affected(article(slug), now)) for slug in ("a00", "a24"))
    assert {"/", "/feed.atom", "/tags/征信", "/categories/debt-collection"} <= new
    assert not {"/", "/feed.atom", "/tags/征信", "/categories/debt-collection", "/archive/2026-10"} & old
    assert {"/archive/1", "/tags/征信/1", "/tags", "/archive"} <= old


def test_tags_that_differ_in_writing_are_one(client: FlaskClient, site: Site, five: None) -> None:
    for slug, tag in (("x", "APP 催收"), ("y", "app-催收"), ("z", "APP 催收")):
        factories.write_article(site.config.content, slug, tags=[tag, "…"])
    syncing.run(site)
    assert listed(client, "/tags/app-催收") == ["z", "y", "x"]
    assert tallies(client, "/tags")["APP 催收"] == ("/tags/app-催收", 3)
    assert "…" not in tallies(client, "/tags")
    assert {
        row.slug for row in db.session.scalars(select(ArticleTag).where(ArticleTag.article_id == article("x").id))
    } == {"app-催收"}
