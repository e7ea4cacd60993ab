"""The layer in front: what a reader gets, byte by byte, with whatever a request may hold."""

import gzip
import sqlite3
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes
from wsgiref.types import StartResponse, WSGIEnvironment
from wsgiref.validate import validator

import brotli
import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import Client, TestResponse

from config import Config
from tests import factories
from tests.conftest import migrate
from tests.postgres import Cluster
from tracker import clock, page_reader
from tracker.app import create_app
from tracker.cli import articles as sync
from tracker.db import db, transaction
from tracker.domain.decisions import Outcome
from tracker.edge import HSTS, SAFETY, Edge
from tracker.models import Page
from tracker.page_reader import Unanswered
from tracker.render.site import Site

ENCODINGS = ("", "gzip", "br")
WORDS = "逾期不等于违法"
PATH = "/articles/lixi"


class Checked(Client):
    """A client that also checks every exchange against the WSGI standard (PEP 3333)."""

    def __init__(self, app: Flask) -> None:
        super().__init__(validator(app.wsgi_app))
        self._app = app

    def open(self, *args: Any, **options: Any) -> TestResponse:
        with self._app.app_context():  # of its own, as a server gives each request
            return super().open(*args, buffered=True, **options)


@pytest.fixture
def reader_client(app: Flask) -> Client:
    return Checked(app)


@pytest.fixture
def article(site: Site, now: datetime) -> Any:
    return factories.publish(site, "lixi", now)


def get(client: Client, path: str = PATH, encoding: str = "", **headers: str) -> TestResponse:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(path, headers={"Accept-Encoding": encoding} | given)


def decoded(response: TestResponse) -> bytes:
    unpack: dict[str | None, Callable[[bytes], bytes]] = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress}
    return unpack[response.headers.get("Content-Encoding")](response.data)


def assert_safe(response: TestResponse) -> None:
    for name, value in SAFETY:
        assert response.headers.getlist(name) == [value], name


@pytest.mark.usefixtures("article")
def test_a_page_is_the_same_in_every_encoding(reader_client: Client) -> None:
    pages = [get(reader_client, encoding=encoding) for encoding in ENCODINGS]
    assert {page.status_code for page in pages} == {200}
    assert {decoded(page) for page in pages} == {pages[0].data}
    assert WORDS in pages[0].text
    for page in pages:
        assert page.headers["Content-Length"] == str(len(page.data))
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert page.headers["Cache-Control"] == "no-cache"
        assert page.headers["Vary"] == "Accept-Encoding"
        assert_safe(page)
    assert len({page.headers["ETag"] for page in pages}) == 3


ACCEPTED = [
    ("", None),
    ("identity", None),
    ("deflate, zstd", None),
    ("gzip", "gzip"),
    ("GZip", "gzip"),
    ("x-gzip", None),
    ("gzip, deflate, br", "br"),
    ("br;q=0, gzip", "gzip"),
    ("br;q=0.000,gzip;q=0", None),
    ("br ; q=0.0 , gzip ; q=0.1", "gzip"),
    ("br;\tq=0", None),
    ("br;q=0.001", "br"),
    ("*", "br"),
    ("*;q=0", None),
    ("br;q=0, *", "gzip"),
    ("gzip;q=1, *;q=0", "gzip"),
    (",,;;q=,gzip;q=x;q=0", "gzip"),
    ("br" * 5000, None),
]


@pytest.mark.usefixtures("article")
def test_a_client_gets_an_encoding_it_takes(reader_client: Client) -> None:
    for accepted, given in ACCEPTED:
        response = get(reader_client, encoding=accepted)
        assert response.headers.get("Content-Encoding") == given, accepted
        assert WORDS in decoded(response).decode()


@pytest.mark.usefixtures("article")
def test_a_page_that_is_known_is_not_sent_again(reader_client: Client) -> None:
    for form, encoding in product(["{}", "W/{}", '"other", {}', '{} , "x"', "*"], ENCODINGS):
        etag = get(reader_client, encoding=encoding).headers["ETag"]
        again = get(reader_client, encoding=encoding, If_None_Match=form.format(etag))
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == etag
        assert again.headers["Vary"] == "Accept-Encoding"
        assert again.headers["Cache-Control"] == "no-cache"
        assert_safe(again)


@pytest.mark.usefixtures("article")
def test_a_page_that_is_not_known_is_sent(reader_client: Client) -> None:
    for etag in ('"0123456789abcdef"', "", '"*"', "W/", "é", '"' + "0" * 10_000 + '"'):
        assert get(reader_client, If_None_Match=etag).status_code == 200, etag[:20]
    assert get(reader_client, If_Modified_Since="Fri, 31 Dec 2100 23:59:59 GMT").status_code == 200


@pytest.mark.usefixtures("article")
def test_head_is_get_without_the_body(reader_client: Client) -> None:
    for path in (PATH, "/", "/robots.txt", "/nothing-here", "/search?q=%E9%80%BE%E6%9C%9F", "/healthz"):
        whole, head = get(reader_client, path), reader_client.head(path, headers={"Accept-Encoding": ""})
        assert head.data == b""
        assert head.status_code == whole.status_code
        assert dict(head.headers) == dict(whole.headers), path


ODD_PATHS = [
    b"/articles/nothing-here",
    b"/articles/lixi/",
    b"/articles//lixi",
    b"//articles/lixi",
    b"/articles/../articles/lixi",
    b"/articles/LIXI",
    b"/articles/lixi\0",
    b"/\0",
    b"/articles/\xff\xfe",
    b"/\xed\xa0\x80",
    b"/\xf0\x9f\x92\xa9",
    "/articles/逾期".encode(),
    b"/articles/li\r\nxi",
    b"/articles/lixi' OR '1'='1",
    b"/articles/" + b"a" * 100_000,
    b"/" + b"a/" * 5_000,
    b"/archive/0",
    b"/archive/99999999999999999999",
    b"/archive/-1",
    b"/categories/nothing",
    b"/categories/debt-collection/2",
    b"/pages/nothing",
    b"/sitemaps/2026-00.xml",
    b"/sitemaps/2026-13.xml",
    b"/sitemaps/0000-01.xml",
    b"/sitemaps/9999-12.xml",
    b"/static/",
    b"/static/site.css",
    b"/static/../app.py",
    b"/static/site.00000000.css",
    b"/en/articles/nothing",
    b"/en/en/",
    b"/english",
    b"/zh-hans/",
]


@pytest.mark.usefixtures("article")
def test_an_address_that_is_none_is_not_found_whatever_it_holds(reader_client: Client) -> None:
    for path in ODD_PATHS:
        for method in ("GET", "HEAD"):
            response = reader_client.open(quote_from_bytes(path, safe="/"), method=method)
            assert response.status_code == 404, path[:60]
            assert_safe(response)
            assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.usefixtures("article")
def test_an_address_is_the_same_however_it_is_escaped(reader_client: Client) -> None:
    escaped = "".join(f"%{byte:02x}" for byte in PATH.encode()).replace("%2f", "/")
    assert get(reader_client, escaped).data == get(reader_client).data
    assert get(reader_client, f"{PATH}?utm_source=x").data == get(reader_client).data


@pytest.mark.usefixtures("article")
def test_other_methods_are_refused_and_told_which_there_are(app: Flask) -> None:
    for path in (PATH, "/", "/nothing-here", "/healthz", "/static/site.css"):
        for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "BREW"):
            response = Client(app.wsgi_app).open(path, method=method)
            assert response.status_code == 405, (method, path)
            assert {"GET", "HEAD"} <= set(response.headers["Allow"].split(", "))
            assert_safe(response)
            assert WORDS not in response.text


@pytest.mark.usefixtures("article")
def test_options_names_the_methods(reader_client: Client) -> None:
    response = reader_client.options(PATH)
    assert response.status_code == 200
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert_safe(response)


def test_a_language_is_the_start_of_the_address(site: Site, reader_client: Client, now: datetime) -> None:
    factories.publish(site, "interest", now, language="en")
    assert '<html lang="en"' in get(reader_client, "/en/articles/interest").text
    assert get(reader_client, "/en").data == get(reader_client, "/en/").data
    for path in ("/en/nothing-here", "/en/search?q=x", "/en/search"):
        assert '<html lang="en"' in get(reader_client, path).text
    assert '<html lang="zh-Hans"' in get(reader_client, "/nothing-here").text


def test_an_address_in_another_language_leads_to_the_article_or_to_what_is_said_in_its_place(
    site: Site, reader_client: Client, now: datetime
) -> None:
    def leads(path: str) -> tuple[int, str | None]:
        answer = get(reader_client, path)
        return answer.status_code, answer.headers.get("Location")

    english = factories.publish(site, "interest", now, language="en")
    chinese = factories.publish(site, "lixi", now)
    for wrong, place in (
        ("/articles/interest", "/en/articles/interest"),
        ("/zh-hant/articles/interest", "/en/articles/interest"),
        ("/en/articles/lixi", "/articles/lixi"),
    ):
        assert leads(wrong) == (302, place)
        assert leads(place) == (200, None)
    assert "no-store" in get(reader_client, "/articles/interest").headers["Cache-Control"]
    factories.withhold(site, english, now)
    factories.withhold(site, chinese, now, Outcome.REMOVED)
    assert leads("/articles/interest") == leads("/zh-hant/articles/interest") == (302, "/en/articles/interest")
    assert leads("/en/articles/lixi") == (302, "/articles/lixi")
    assert get(reader_client, "/articles/interest").data == b"", "nothing else is said of it there"
    assert (leads("/en/articles/interest")[0], leads("/articles/lixi")[0]) == (451, 410)
    assert leads("/en/articles/nothing-here") == leads("/articles/interest/x") == (404, None)


def test_an_article_that_was_taken_off_is_gone_at_every_address(
    site: Site, reader_client: Client, now: datetime
) -> None:
    factories.publish(site, "interest", now, language="en")
    (site.config.content / "interest.md").unlink()
    sync.run(site)
    assert get(reader_client, "/en/articles/interest").status_code == 410
    for path in ("/articles/interest", "/zh-hant/articles/interest"):
        answer = get(reader_client, path)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/en/articles/interest")


def set_row(path: str, **values: object) -> None:
    with transaction():
        db.session.execute(sa.update(Page).where(Page.path == path).values(**values))


@pytest.mark.usefixtures("article")
def test_a_row_past_its_time_is_made_again(app: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)
    old = b"<p>old words</p>"
    for seconds, encoding in product((3600, 1, 0, -1), ("", "gzip")):
        is_row = seconds > 0
        set_row(PATH, valid_until=now + timedelta(seconds=seconds), body=old, body_gzip=gzip.compress(old))
        response = get(Client(app.wsgi_app), encoding=encoding)
        assert response.status_code == 200
        assert (decoded(response) == old) is is_row
        assert (WORDS.encode() in decoded(response)) is not is_row
        assert_safe(response)
        again = get(Client(app.wsgi_app), encoding=encoding, If_None_Match=response.headers["ETag"])
        assert again.status_code == 304


@pytest.mark.parametrize(("outcome", "status"), [(Outcome.WITHHELD, 451), (Outcome.REMOVED, 410)])
def test_after_a_decision_no_request_brings_the_article_back(
    site: Site, article: Any, reader_client: Client, outcome: Outcome, status: int, now: datetime
) -> None:
    known = {encoding: get(reader_client, encoding=encoding).headers["ETag"] for encoding in ENCODINGS}
    case = factories.withhold(site, article, now, outcome)
    for encoding, etag in known.items():
        for condition in ({}, {"If_None_Match": etag}, {"If_None_Match": "*"}, {"If_Modified_Since": "x"}):
            response = get(reader_client, encoding=encoding, **condition)
            assert response.status_code == status
            assert response.headers["Cache-Control"] == "no-store"
            assert "noindex" in response.headers["X-Robots-Tag"]
            assert "ETag" not in response.headers
            assert (response.headers.get("Link") == f'<{site.base_url}/>; rel="blocked-by"') is (status == 451)
            assert "lixi" not in decoded(response).decode().replace("?article=lixi", "")
            assert WORDS not in decoded(response).decode()
            assert_safe(response)
    factories.decide(site, case, Outcome.RESTORED, now + timedelta(hours=1))
    for encoding, etag in known.items():
        assert get(reader_client, encoding=encoding, If_None_Match=etag).status_code == 304


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_assets_may_be_kept_for_ever_under_the_name_of_their_content(
    site: Site, reader_client: Client, encoding: str
) -> None:
    assert {"site.css", "icon.svg"} <= set(site.assets)
    for name, asset in site.assets.items():
        response = get(reader_client, asset.path, encoding)
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["Vary"] == "Accept-Encoding"
        assert response.headers.get("Content-Encoding", "") == encoding
        assert decoded(response) == (Path(__file__).parent.parent / "tracker" / "static" / name).read_bytes()
        assert_safe(response)
    assert get(reader_client, site.assets["site.css"].path).content_type == "text/css; charset=utf-8"


def test_a_failure_is_a_page_with_the_safety_headers(
    app: Flask, reader_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("the secret of the house")

    fail.access = None  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, "health.alive", fail)
    response = get(reader_client, "/healthz")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    assert_safe(response)


def stub(status: str, headers: list[tuple[str, str]]) -> Callable[..., Iterable[bytes]]:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, headers)
        return [b"behind"]

    return app


class Broken:
    """A reader whose database does not answer."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __call__(self, path: str, encoding: str) -> None:
        raise self.error

    def close(self) -> None: ...


@pytest.mark.parametrize("error", [sqlite3.OperationalError("disk I/O error"), Unanswered()])
def test_when_the_database_does_not_answer_the_application_says_so(error: Exception) -> None:
    edge = Edge(stub("503 Service Unavailable", []), Broken(error), (), is_https=True)
    response = Client(edge).get("/")
    assert (response.status_code, response.data) == (503, b"behind")
    assert_safe(response)


def test_strict_transport_is_asked_for_on_https_alone() -> None:
    for is_https in (True, False):
        edge = Edge(stub("200 OK", []), Broken(sqlite3.Error()), (), is_https=is_https)
        assert (Client(edge).get("/").headers.get(HSTS[0]) == HSTS[1]) is is_https


def test_a_safety_header_that_a_view_sets_is_not_sent_twice() -> None:
    edge = Edge(stub("200 OK", [("content-security-policy", "x")]), Broken(sqlite3.Error()), (), is_https=False)
    assert Client(edge).get("/").headers.getlist("Content-Security-Policy") == ["x"]


@pytest.mark.usefixtures("article")
def test_readers_one_after_another_in_threads_of_their_own_share_a_connection(
    app: Flask, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module: Any = sqlite3 if backend == "sqlite" else page_reader._Connection
    connect, made = module.connect, []
    monkeypatch.setattr(module, "connect", lambda *args, **options: made.append(connect(*args, **options)) or made[-1])
    answers: list[int] = []
    for _ in range(20):
        thread = threading.Thread(target=lambda: answers.append(get(Client(app.wsgi_app)).status_code))
        thread.start()
        thread.join()
    assert answers == [200] * 20
    assert len(made) <= 1


@pytest.mark.usefixtures("article")
def test_many_readers_at_once_each_get_their_page(app: Flask) -> None:
    paths = [PATH, "/", "/robots.txt", "/sitemap.xml"] * 2
    alone = {path: get(Client(app.wsgi_app), path).data for path in paths}
    wrong: list[str] = []

    def read(path: str) -> None:
        wrong.extend(path for _ in range(50) if get(Client(app.wsgi_app), path).data != alone[path])

    threads = [threading.Thread(target=read, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_on_postgresql_readers_and_writers_go_on_after_a_restart_of_the_server(
    own_cluster: Cluster, content_folder: Path, tmp_path: Path, now: datetime
) -> None:
    own_cluster.create("restarted")
    url = own_cluster.url("restarted")
    migrate(url)
    given = {"TRACKER_DATA": str(tmp_path), "TRACKER_CONTENT": str(content_folder), "DATABASE_URL": url}
    app = create_app(Config.from_environment(given))
    client = Client(app.wsgi_app)
    with app.app_context():
        site: Site = app.extensions["site"]
        factories.publish(site, "lixi", now)
        sync.build(site)
        db.session.remove()
        assert get(client).status_code == 200
        own_cluster.restart()
        assert get(client).status_code == 200
        assert get(client, "/search?q=lixi").status_code == 200
        factories.publish(site, "another", now)
        db.session.remove()
        assert get(client, "/articles/another").status_code == 200
        db.engine.dispose()
    app.extensions["edge"].close()
