"""Reads as they are counted: which ones, without the database, and never lost but with a process that is killed."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from config import ROOT, Config
from tests import factories
from tests.journeys.conftest import free_port
from tests.reading import BROWSER, SIZE, Did
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.settings import Switch
from tracker.models import Article, Heat
from tracker.reads import EVERY, Reads
from tracker.render.site import Site
from tracker.services import settings
from tracker.turn import PATIENCE, Turn

PATH = "/articles/lixi"
READER = {"User-Agent": BROWSER}


@pytest.fixture
def reads(app: Flask) -> Reads:
    """What the application counts with; it is shared, so what others left is taken out."""
    kept: Reads = app.extensions["reads"]
    kept._take()
    kept._counted.clear()
    return kept


@pytest.fixture
def article(site: Site, now: datetime) -> Article:
    return factories.publish(site, "lixi", now)


def stored() -> dict[str, int]:
    """Return the reads of each article that has any."""
    db.session.rollback()
    found = select(Article.slug, Heat.reads).join(Heat, Heat.article_id == Article.id)
    return dict(map(tuple, db.session.execute(found)))


def counted(reads: Reads) -> Counter[str]:
    """Return what was counted and not stored, and forget it."""
    reads._take()
    found = Counter(reads._counted)
    reads._counted.clear()
    return found


@pytest.mark.usefixtures("article")
def test_a_page_that_somebody_got_to_read_is_counted(client: FlaskClient, reads: Reads) -> None:
    for path in (PATH, f"/zh-hant{PATH}"):
        etag = client.get(path, headers=READER).headers["ETag"]
        client.get(path, headers=READER | {"Accept-Encoding": "br"})
        client.get(path, headers=READER | {"If-None-Match": '"old"'})
    assert counted(reads) == {PATH: 3, f"/zh-hant{PATH}": 3}
    client.get(PATH)  # no browser
    client.head(PATH, headers=READER)
    client.post(PATH, headers=READER)
    client.get(PATH, headers=READER | {"Sec-Purpose": "prefetch"})
    client.get(f"/zh-hant{PATH}", headers=READER | {"If-None-Match": etag})
    for path in (
        "/",
        "/articles/nothing",
        "/articles/",
        f"/en{PATH}",
        "/pages/rules",
        "/feed.atom",
    ):
        client.get(path, headers=READER)
    assert counted(reads) == {}


def test_what_readers_may_not_see_is_not_read(client: FlaskClient, site: Site, article: Article, reads: Reads) -> None:
    factories.withhold(site, article, clock.now())
    assert client.get(PATH, headers=READER).status_code == 451
    assert counted(reads) == {}


def test_a_page_past_its_time_is_counted_though_no_row_answered(
    client: FlaskClient, site: Site, article: Article, reads: Reads, now: datetime
) -> None:
    with transaction():
        db.session.execute(text("UPDATE page SET valid_until = '2020-01-01 00:00:00+00:00'"))
    etag = client.get(PATH, headers=READER).headers["ETag"]
    client.get(PATH, headers=READER | {"If-None-Match": etag})
    client.head(PATH, headers=READER)
    client.get("/", headers=READER)
    assert counted(reads) == {PATH: 1}


@pytest.mark.usefixtures("article")
def test_a_read_asks_the_database_for_nothing_but_its_page(client: FlaskClient, reads: Reads) -> None:
    asked: list[str] = []
    listen = lambda *given: asked.append(given[2])  # noqa: E731
    sa.event.listen(db.engine, "before_cursor_execute", listen)
    try:
        for _ in range(10):
            client.get(PATH, headers=READER)
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", listen)
    assert asked == [], "the edge reads through a connection of its own"
    assert stored() == {}
    reads.flush()
    assert stored() == {"lixi": 10}
    reads.flush()
    assert stored() == {"lixi": 10}


def test_threads_lose_nothing() -> None:
    kept: Counter[str] = Counter()
    reads = Reads(kept.update)

    def read() -> None:
        for number in range(5_000):
            next(reads.seen[f"/articles/{number % 3}"])

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert reads.flush()
    reads.flush()
    assert kept.total() == 40_000
    assert len(kept) == 3


def test_what_could_not_be_stored_is_stored_the_next_time(caplog: pytest.LogCaptureFixture) -> None:
    faults, kept = [OSError("disk full"), OSError("disk full"), ValueError("odd")], Counter[str]()

    def store(given: Any) -> None:
        if faults:
            raise faults.pop(0)
        kept.update(given)

    reads = Reads(store)
    for _ in range(3):
        next(reads.seen[PATH])
        assert not reads.flush()
    next(reads.seen[PATH])
    assert reads.flush()
    assert kept == {PATH: 4}
    assert len(caplog.records) == 2, "one fault, one line"


@contextmanager
def writers_held(app: Flask) -> Iterator[None]:
    """Hold what a flush must wait for: the turn on SQLite, the rows on PostgreSQL."""
    turn: Turn | None = app.extensions["turn"]
    if turn is not None:
        with turn.taken():
            yield
    else:
        with db.engine.connect() as other:
            other.execute(text("SELECT * FROM heat FOR UPDATE"))
            yield


@pytest.mark.usefixtures("article")
def test_readers_do_not_wait_for_a_flush_and_a_flush_that_waits_in_vain_loses_nothing(
    app: Flask, client: FlaskClient, reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get(PATH, headers=READER)
    assert reads.flush()
    client.get(PATH, headers=READER)
    outcomes: list[bool] = []
    with writers_held(app):
        waits = threading.Thread(target=lambda: outcomes.append(reads.flush()))
        waits.start()
        while not reads._counted:
            pass  # until it has taken what there was
        for _ in range(5):
            assert client.get(PATH, headers=READER).status_code == 200
        assert waits.is_alive(), "all that was read while the flush waited"
    waits.join()
    assert outcomes == [True]
    with writers_held(app):
        monkeypatch.setattr("tracker.turn.PATIENCE", 0.01)
        assert not reads.flush()
    assert reads.flush()
    assert stored() == {"lixi": 7}


@pytest.mark.usefixtures("article")
def test_while_the_site_is_read_only_reads_are_kept(client: FlaskClient, reads: Reads, now: datetime) -> None:
    with transaction(while_read_only=True):
        settings.turn_on(None, Switch.READ_ONLY, "搬家", now)
    assert client.get(PATH, headers=READER).status_code == 200
    assert not reads.flush()
    assert stored() == {}
    with transaction(while_read_only=True):
        settings.turn_off(None, Switch.READ_ONLY, now)
    assert reads.flush()
    assert stored() == {"lixi": 1}


def test_what_is_counted_is_stored_within_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert EVERY + PATIENCE <= 10
    kept: Counter[str] = Counter()
    waited: list[float] = []
    reads = Reads(kept.update)
    stored = threading.Event()

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        if len(waited) == 2:
            stored.set()
        return len(waited) == 2

    monkeypatch.setattr(reads._ending, "wait", wait)
    monkeypatch.setattr("tracker.reads.Finalize", lambda *_, **__: None)
    next(reads.seen[PATH])
    reads.keep()
    assert stored.wait(60)
    assert (waited, kept) == ([EVERY, EVERY], {PATH: 1})


def environment(config: Config) -> dict[str, str]:
    return os.environ | {
        "TRACKER_DATA": str(config.data), "TRACKER_CONTENT": str(config.content), "BASE_URL": config.base_url,
        "DATABASE_URL": config.database_url, "SECRET_KEY": config.secret_key,
    }  # fmt: skip


class Reading:
    """A process that reads, and what it writes down."""

    def __init__(self, config: Config, folder: Path, name: str, number: int) -> None:
        self._file = folder / name
        self._file.write_bytes(bytes(SIZE))
        command = [sys.executable, "-m", "tests.reading", str(ARTICLES), str(number), str(OFTEN), str(self._file)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment(config))

    @property
    def did(self) -> Did:
        return Did.read(self._file)

    def ended(self) -> Did:
        assert self.process.wait(timeout=300) == 0
        return self.did


ARTICLES, PROCESSES, ALL = 5, 4, 100_000
OFTEN = 0.2
"""Seconds between flushes here, or the run would be over before the first."""


@pytest.mark.slow
def test_a_hundred_thousand_reads_over_four_processes_of_which_one_is_killed(
    config: Config, site: Site, now: datetime, tmp_path: Path
) -> None:
    for number in range(ARTICLES):
        factories.publish(site, f"a{number}", now)
    db.session.remove()
    share = ALL // PROCESSES
    others = [Reading(config, tmp_path, f"{number}", share) for number in range(PROCESSES - 1)]
    victim = Reading(config, tmp_path, "victim", 0)
    while not (victim.did.flushes >= 2 and victim.did.reads > victim.did.stored + 100):
        assert victim.process.poll() is None
        os.sched_yield()
    victim.process.send_signal(signal.SIGKILL)
    at = time.monotonic()
    victim.process.wait(timeout=60)
    killed = victim.did
    successor = Reading(config, tmp_path, "successor", max(share - killed.reads, 1))
    rest = [each.ended() for each in (*others, successor)]

    asked = sum(each.reads for each in (*rest, killed))
    lost = asked - sum(stored().values())
    assert asked >= ALL
    assert all(each.stored == each.reads for each in rest), "whoever ends by itself has stored everything"
    assert 0 <= lost <= killed.reads - killed.stored, "only what the killed one had not stored"
    assert at - killed.at <= OFTEN + PATIENCE, "and that was younger than this"
    assert max(each.most for each in (*rest, killed)) <= ARTICLES, "one write an article and flush"
    assert sum(each.flushes for each in (*rest, killed)) * 100 < asked, "and no write a read"


def answers(port: int, **headers: str) -> bool:
    """Say whether the site gives somebody the article."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{PATH}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bool(answer.status == 200)
    except ConnectionError:
        return False
    except urllib.error.URLError as error:
        if isinstance(error.reason, ConnectionError):
            return False
        raise


@pytest.mark.slow
def test_the_server_stores_what_its_processes_counted_when_it_is_stopped(
    config: Config, site: Site, article: Article
) -> None:
    port = free_port()
    db.session.remove()
    given = environment(config) | {"TRACKER_PORT": str(port), "BASE_URL": f"http://127.0.0.1:{port}"}
    server = subprocess.Popen([sys.executable, "-m", "tracker", "web"], cwd=ROOT, env=given)
    try:
        while not answers(port):
            with suppress(subprocess.TimeoutExpired):
                pytest.fail(f"ended with {server.wait(timeout=0.1)}")
        assert all(answers(port, **READER) for _ in range(40))
    finally:
        server.terminate()
        server.wait(timeout=60)
    assert stored() == {"lixi": 40}
