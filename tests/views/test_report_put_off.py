"""The notice form while the database does not answer or too much comes from one place: what was typed comes back, and once is once."""

import re
import sqlite3
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tests.forms import count, sound
from tests.notifier import WHOLE, confirm, fill, publish
from tracker.db import db
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.elements import Kind
from tracker.domain.errors import Busy
from tracker.models import Article, Notice
from tracker.render.site import Site
from tracker.services import admission
from tracker.views import notice_form, report, sending

PNG = b"\x89PNG\r\n\x1a\nevidence"

COPYRIGHT = CATEGORIES[CategoryName.COPYRIGHT]


@pytest.fixture(autouse=True)
def alpha(site: Site, now: datetime) -> Article:
    return publish(site, "alpha", now)


@pytest.fixture
def busy_database(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hold the writers' turn (SQLite), or let no transaction begin (PostgreSQL has no turn)."""
    turn = app.extensions["turn"]
    if turn is None:

        def refused() -> None:
            raise Busy("busy")

        for module in (report, sending, notice_form):
            monkeypatch.setattr(module, "transaction", refused)
        yield
        return
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with turn.taken():
            held.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    monkeypatch.setattr("tracker.turn.PATIENCE", 0.05)
    yield
    done.set()
    thread.join()


@pytest.mark.usefixtures("busy_database")
def test_a_busy_database_gives_back_everything_typed(client: FlaskClient) -> None:
    response = fill(client, key="k" * 43, files=(("截图.png", PNG),))
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    page = sound(response.text)
    for element in COPYRIGHT.elements:
        if element.kind is not Kind.FILES:
            assert page.value(element.name) == WHOLE.get(element.name, "")
    assert page.value("key") == "k" * 43
    assert "<bdi>截图.png</bdi>" in response.text


def test_a_busy_database_keeps_the_draft_and_its_button(
    client: FlaskClient, place: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("busy_database")
    response = confirm(client, place)
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert 'name="seen"' in response.text
    assert place in response.text
    assert count(Notice) == 0


def test_a_database_that_fails_while_reading_gives_back_everything_typed(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("the server closed the connection"))

    monkeypatch.setattr(report.notices, "sent", fails)
    response = fill(client)
    assert response.status_code == 503
    assert sound(response.text).value("explanation") == WHOLE["explanation"]


def disk_full() -> OperationalError:
    said = sqlite3.OperationalError("database or disk is full")
    said.sqlite_errorcode = sqlite3.SQLITE_FULL
    return OperationalError("INSERT", {}, said)


@pytest.mark.parametrize(
    ("fault", "status"), [(PoolTimeout("none free"), 503), (RuntimeError("a fault of ours"), 500), (disk_full(), 500)]
)
def test_a_failure_gives_back_what_was_typed_and_names_the_files(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int
) -> None:
    def fails(*_: object) -> None:
        raise fault

    monkeypatch.setattr(report.notices, "sent", fails)
    response = fill(client, files=(("proof.png", PNG),))
    assert response.status_code == status
    assert WHOLE["explanation"] in unescape(response.text)
    assert "proof.png" in response.text


def test_after_an_error_at_the_commit_the_same_button_finds_the_notice(
    client: FlaskClient, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error at COMMIT means "unknown": here the row is in, and the answer was lost."""
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', client.get(f"{place}/check").text)
    assert seen
    submitted = sending._submit

    def submits_then_fails(key: str) -> None:
        submitted(key)
        db.session.commit()
        raise Busy("unknown")

    monkeypatch.setattr(sending, "_submit", submits_then_fails)
    assert client.post(f"{place}/send", data={"seen": seen[1]}).location == f"{place}/sent"
    monkeypatch.undo()
    assert client.post(f"{place}/send", data={"seen": seen[1]}).location == f"{place}/sent"
    assert count(Notice) == 1


# floods


def test_too_many_notices_from_one_place_are_put_off_with_everything_kept(
    client: FlaskClient, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(admission.RATES, "address", admission.Rate(None, 0))
    response = confirm(client, place)
    assert response.status_code == 429
    assert "以后再试" in response.text
    assert place in response.text
    assert count(Notice) == 0
    monkeypatch.undo()
    assert confirm(client, place).location == f"{place}/sent"


@pytest.mark.parametrize("limit", ["_SAVES", "_UPLOADS"])
def test_too_many_drafts_from_one_place_are_put_off_with_everything_kept(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(report, limit, (1, timedelta(days=1)))
    assert fill(client, files=(("a.png", PNG),)).status_code == 303
    response = fill(client, files=(("a.png", PNG),))
    assert response.status_code == 429
    assert sound(response.text).value("explanation") == WHOLE["explanation"]
