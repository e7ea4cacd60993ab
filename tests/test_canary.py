"""One word in one article: after each kind of measure that takes it away, nobody who asks in any way gets to see it."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from html import unescape
from urllib.parse import quote, unquote
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import factories
from tests.bounds import within
from tests.crawling import FORMS, HEADS, METHODS, MOST, QUERIES, TAILS, Got, ask, conditions, variants
from tests.services.test_measures import BODY, CANARY, CORRECTION, MASK, SAID, decide
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.visibility import Terms
from tracker.render.script import traditional
from tracker.render.site import PREFIXES, Site

pytestmark = pytest.mark.usefixtures("stopped_clock")

OWN = "/articles/canary"
WORDS = (CANARY, traditional(CANARY))
TAKES_AWAY = {
    Outcome.PASSAGE_WITHHELD: MASK,
    Outcome.CORRECTED: CORRECTION,
    Outcome.WITHHELD: Terms(),
    Outcome.INTERIM: Terms(),
    Outcome.REMOVED: Terms(),
}
ASKED = ("/search?q=题目", "/search?q=引言", f"/search?q={quote(CANARY)}", "/search?q=最后一段", "/search?q=收紧")
Asked = tuple[str, str, Mapping[str, str], Got]
"""An address, a method, headers, and what was answered."""

FORM = ("/report?article=canary", "/report/copyright?article=canary", "/report/reputation?article=canary&exact=引言")


@pytest.fixture
def three(site: Site, now: datetime) -> None:
    """A canary article between two others."""
    factories.publish(site, "qian", now)
    factories.publish(site, "canary", now, BODY, **SAID)
    factories.publish(site, "hou", now)


def surfaces(app: Flask) -> list[str]:
    """Return every address there is: of stored pages, of what Flask answers in each language, of searches and forms."""
    stored = [quote(path) for _, path in factories.rows()]
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    routes = [rule.rule for rule in rules if rule.rule != "/<path:path>"]
    filled = [re.sub(r"<int[^>]*>", "1", re.sub(r"<any\((\w+)[^>]*>", r"\1", rule)) for rule in routes]
    named = [re.sub(r"<[^>]*>", "canary", rule) for rule in filled]
    spoken = [
        prefix + path
        for path in (*named, *ASKED, *FORM, OWN)
        for prefix in PREFIXES.values()
        if not prefix or not path.startswith(("/desk", "/account"))
    ]
    return list(dict.fromkeys([*stored, *spoken]))


def shown(got: Got, address: str) -> str:
    """Return all that an answer says, in every way in which it may be written, but for what it repeats of the question."""
    text = f"{got.headers}\n{got.text}"
    if CANARY in unquote(unquote(address)):
        for words in WORDS:
            text = re.sub(rf'value="[^"]*{words}[^"]*"|“[^”]*{words}[^”]*”|「[^」]*{words}[^」]*」', "", text)
            text = text.replace(quote(words), "").replace(quote(quote(words)), "").replace(quote(words).lower(), "")
    return "\n".join((unescape(text), unescape(re.sub(r"<[^>]*>", "", text)), unquote(text)))


def says(got: Got, address: str) -> bool:
    text = shown(got, address)
    return any(words in text for words in WORDS)


def crawl(app: Flask, addresses: list[str], etag: str, thorough: Collection[str] = ()) -> Iterator[Asked]:
    """Ask for every address in every way, and for its variants, each once as a reader does and once in the next way.

    Those that are not `thorough` are crawled as far as every run can afford.
    """
    known = conditions(etag)
    ways = [(method, headers) for headers in known for method in METHODS]
    for address in addresses:
        step = 1 if address in thorough else within(72, 1)
        own = [(address, *way) for way in ways[::step]]
        for number, variant in enumerate(variants(address)[1::step]):
            own += [(variant, "GET", known[number % len(known)]), (variant, *ways[number * 7 % len(ways)])]
        for asked, method, headers in own:
            yield asked, method, headers, ask(app, asked, method, headers)


def test_an_address_has_five_hundred_variants_and_every_two_differences_meet() -> None:
    sizes = (len(HEADS), len(TAILS), len(FORMS), len(QUERIES))
    assert sizes == (13, 31, 11, 29)
    for address in (OWN, "/", f"/search?q={quote(CANARY)}"):
        found = variants(address)
        assert (len(found), len(set(found)), found[0]) == (MOST, MOST, address)


def test_before_any_measure_the_crawl_sees_the_word(app: Flask, client: FlaskClient, three: None) -> None:
    """The control: it is seen on every surface that shows it, and through variants that lead there."""
    etag = client.get(OWN).headers["ETag"].strip('"')
    seen = {address for address in surfaces(app) if says(ask(app, address, "GET", {}), address)}
    assert seen >= {
        "/", OWN, f"/zh-hant{OWN}", "/articles/qian", "/archive/1", "/categories/debt-collection", "/feed.atom", "/tags",
        "/search?q=题目", "/report?article=canary", f"/tags/{quote(CANARY)}", "/sitemaps/lists.xml",
    }  # fmt: skip
    crawled = list(crawl(app, [OWN], etag, [OWN]))
    assert len(crawled) == len(METHODS) * len(conditions("")) + 2 * (MOST - 1)
    assert sum(says(got, address) for address, _, _, got in crawled) > 40
    assert {304, 404, 405} < {got.status for _, _, _, got in crawled}


@pytest.mark.parametrize(
    ("name", "leaks"),
    [
        ("PATH_INFO", lambda said: said.endswith("canary.json")),
        ("PATH_INFO", lambda said: said.startswith("//")),
        ("QUERY_STRING", lambda said: "revision=1" in said),
        ("REQUEST_METHOD", lambda said: said == "PROPFIND"),
        ("HTTP_IF_MATCH", lambda said: said == "*"),
        ("HTTP_X_ORIGINAL_URL", bool),
    ],
)
def test_a_leak_that_one_way_of_asking_meets_is_found(
    app: Flask, monkeypatch: pytest.MonkeyPatch, name: str, leaks: Callable[[str], bool]
) -> None:
    def leaking(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        start("200 OK", [])
        return [CANARY.encode()] if OWN in environ["REQUEST_URI"] and leaks(environ.get(name, "")) else []

    monkeypatch.setattr(app, "wsgi_app", leaking)
    assert any(says(got, address) for address, _, _, got in crawl(app, [OWN], "x", [OWN]))


@pytest.mark.slow
@pytest.mark.parametrize("outcome", TAKES_AWAY)
def test_after_a_measure_no_way_of_asking_brings_the_word_and_after_its_end_the_same_article_is_back(
    app: Flask, client: FlaskClient, site: Site, three: None, now: datetime, outcome: Outcome
) -> None:
    before, page = factories.rows(), client.get(OWN)
    everywhere, etag = surfaces(app), page.headers["ETag"].strip('"')
    case = decide(site, outcome, now, CategoryName.MINOR, terms=TAKES_AWAY[outcome])
    everywhere = list(dict.fromkeys([*everywhere, *surfaces(app)]))
    leaks = [
        (address, method, headers, got.status)
        for address, method, headers, got in crawl(app, everywhere, etag, [OWN, f"/zh-hant{OWN}"])
        if says(got, address) or (got.status == 304 and etag in headers.get("If-None-Match", ""))
    ]
    assert leaks == []
    factories.decide(site, case, Outcome.DECLINED if outcome is Outcome.INTERIM else Outcome.RESTORED, now)
    assert factories.rows() == before
    again = client.get(OWN)
    assert (again.data, again.headers["ETag"]) == (page.data, page.headers["ETag"])
