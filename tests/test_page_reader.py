"""Reading page rows while others write, with many at once, and when PostgreSQL does not answer."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from tests import factories
from tests.postgres import Cluster
from tracker import page_reader
from tracker.db import db
from tracker.models import Page
from tracker.page_reader import FAILURES, Reader, Unanswered, reader
from tracker.render.site import Site

PATH = "/articles/lixi"
ODD = ("\0", "/\0", "/\n", "", "/articles/'\\\"{},", "/articles/逾期", "/\ufffd\U0001f4a9", "/a" * 50_000, "NULL", "{}")
READERS = 8
PATHS = [f"/{number}" for number in range(READERS)]
TABLES = """
CREATE TABLE generation (id int, is_live bool);
CREATE TABLE page (
  generation_id int, path varchar(500), status int, headers text, etag varchar(64), valid_until timestamptz,
  body bytea, body_gzip bytea, body_br bytea
);
INSERT INTO generation VALUES (1, true);
INSERT INTO page VALUES (1, '/', 200, '[]', 'x', NULL, 'body', '', '');
"""


def together(acts: Sequence[Callable[[], object]]) -> list[object]:
    """Do all of these at once; return what each gave or raised. Nobody may wait for ever."""
    results: list[object] = [None] * len(acts)

    def run(number: int) -> None:
        try:
            results[number] = acts[number]()
        except BaseException as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return results


def old_rows(read: Reader, engine: sa.Engine, is_enough: Callable[[int, int], bool]) -> tuple[int, int]:
    """Let a page change all the time, and count how often who asked after a change got what was there before it."""
    committed, reads, old, over = [0], [0] * READERS, [0] * READERS, threading.Event()

    def set_to(number: int) -> None:
        with engine.begin() as connection:
            connection.execute(sa.update(Page).where(Page.path == PATH).values(etag=str(number)))
        committed[0] = number

    def write() -> None:
        try:
            for number in range(1, 100_000):
                set_to(number)
                if is_enough(sum(reads), sum(old)):
                    return
        finally:
            over.set()

    def look(number: int) -> None:
        while not over.is_set():
            before = committed[0]
            row = read(PATH if number % 4 else "/", "")
            assert row is not None
            reads[number] += 1
            old[number] += bool(number % 4) and int(row[2] or 0) < before

    set_to(0)
    done = together([write, *((lambda n=n: look(n)) for n in range(READERS))])
    assert done == [None] * len(done)
    return sum(reads), sum(old)


@pytest.fixture
def read(app: Flask, site: Site, now: datetime) -> Iterator[Reader]:
    """A reader of a site with an article."""
    factories.publish(site, "lixi", now)
    db.session.remove()
    made = reader(db.engine.url)
    yield made
    made.close()


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many paths each question to PostgreSQL asked for."""
    asked: list[int] = []
    real = page_reader._Line._select
    monkeypatch.setattr(
        page_reader._Line,
        "_select",
        lambda line, connection, paths: asked.append(len(paths)) or real(line, connection, paths),
    )
    return asked


def test_nobody_gets_what_was_there_before_they_asked(read: Reader, backend: str, questions: list[int]) -> None:
    reads, old = old_rows(read, db.engine, lambda reads, _: reads >= 5000)
    assert old == 0
    if backend == "postgresql":
        assert len(questions) < reads / 2, "most were asked for together with others"
        assert max(questions) == 2


class _JoinedLate(page_reader._Line):
    """The mistake: one may still join a question that is on its way."""

    def _joined(self, path: str) -> "tuple[page_reader._Question, threading.Lock | None]":
        question, lock = super()._joined(path)
        question.paths |= {PATH, "/"}
        return question, lock

    def _shut(self, question: page_reader._Question) -> None:
        if question.rows is not None:
            super()._shut(question)


def test_who_joined_a_question_on_its_way_would_be_caught(site_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_reader, "_Line", _JoinedLate)
    wrong, engine = reader(sa.make_url(site_url)), sa.create_engine(site_url)
    with engine.begin() as connection:
        connection.execute(sa.update(Page).where(Page.path == "/archive").values(path=PATH))
    assert old_rows(wrong, engine, lambda _, old: old > 0)[1] > 0
    wrong.close()
    engine.dispose()


@pytest.fixture
def site_url(postgres: Cluster) -> str:
    """A database on PostgreSQL with the pages of a site without articles."""
    return postgres.url(postgres.fresh("template_tracker"))


@pytest.fixture
def lines(site_url: str) -> Iterator[Any]:
    """The reader of that site."""
    made = reader(sa.make_url(site_url))
    yield made
    made.close()


def small(cluster: Cluster) -> str:
    """Return the address of a database with nothing but a page."""
    cluster.create("small")
    with psycopg.connect(cluster.url("small").replace("+psycopg", "")) as connection:
        connection.execute(TABLES)
    return cluster.url("small")


def asked_together(lines: Any, paths: Sequence[str]) -> list[object]:
    """Ask for these paths in one question."""
    line = lines._lines["br"]
    for _ in range(page_reader.AT_ONCE):
        line._turns.acquire()

    def let_go() -> None:
        while line._next is None or len(line._next.paths) < len(
            {path for path in paths if not {"\0", "\n"} & set(path)}
        ):
            pass
        line._turns.release(page_reader.AT_ONCE)

    *results, _ = together([*((lambda path=path: lines(path, "br")) for path in paths), let_go])
    return results


def test_odd_paths_do_not_harm_those_asked_for_with_them(lines: Any, questions: list[int]) -> None:
    good = ["/", "/robots.txt", "/archive"]
    alone = [lines(path, "br") for path in good]
    assert None not in alone
    questions.clear()
    results = asked_together(lines, [*ODD, *good, *good])
    assert results == [*([None] * len(ODD)), *alone, *alone]
    assert questions == [len(ODD) - 3 + len(good)]


def test_what_may_be_large_is_asked_for_a_few_at_a_time(
    lines: Any, questions: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    line, paths = lines._lines[""], ["/", "/archive", *(f"/{number}" for number in range(18))]
    alone = [lines(path, "") for path in paths]
    questions.clear()
    begun: list[page_reader._Question] = []
    put = page_reader._Line._put
    monkeypatch.setattr(page_reader._Line, "_put", lambda line, question: begun.append(question) or put(line, question))
    for _ in range(page_reader.AT_ONCE):
        line._turns.acquire()

    def let_go() -> None:
        while sum(len(question.paths) for question in begun) < len(paths):
            pass
        line._turns.release(page_reader.AT_ONCE)

    *results, _ = together([*((lambda path=path: lines(path, "")) for path in paths), let_go])
    assert results == alone
    assert sorted(questions) == [4, 8, 8]


def causes(results: Sequence[object]) -> set[type]:
    """Return why these were not answered. Each has an error of their own: in threads at the same time one would grow without end."""
    assert all(isinstance(result, Unanswered) for result in results), results
    assert len({id(result) for result in results}) == len(results)
    return {type(result.__cause__) for result in results if isinstance(result, Unanswered)}


def test_what_goes_wrong_reaches_everybody_who_waited(questions: list[int]) -> None:
    nowhere = reader(sa.make_url("postgresql://127.0.0.1:1/none"))
    for _ in range(2):
        assert causes(asked_together(nowhere, PATHS)) == {psycopg.OperationalError}
    assert questions == []


def test_a_fault_that_is_not_the_database_s_is_not_passed_on_as_it_is(
    lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(page_reader._Line, "_connect", lambda _: os.open("/none", os.O_RDONLY))
        assert causes(asked_together(lines, PATHS)) == {FileNotFoundError}
    assert lines("/", "")[0] == 200


def test_nobody_waits_for_who_has_died(lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(page_reader._Line, "_connect", die)
        results = asked_together(lines, PATHS)
    (dead,) = (result for result in results if isinstance(result, SystemExit))
    assert causes([result for result in results if result is not dead]) == {type(None)}
    assert lines("/", "br")[0] == 200


def test_nobody_waits_for_ever(lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    line = lines._lines["br"]
    with monkeypatch.context() as patched:
        patched.setattr(page_reader, "ANSWERS_WITHIN", 0.5)
        line._joined("/")  # and that was the last that was heard of this thread
        assert causes(together([lambda: lines("/", "br")] * READERS)) == {type(None)}
        for _ in range(page_reader.AT_ONCE):
            line._turns.acquire()
        assert causes(together([lambda: lines("/", "br")] * READERS)) == {type(None)}
        line._turns.release(page_reader.AT_ONCE)
    assert lines("/", "br")[0] == 200


def test_a_server_that_does_not_answer_is_not_waited_for(
    lines: Any, site_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_reader, "ANSWERS_WITHIN", 1)
    with psycopg.connect(site_url.replace("+psycopg", "")) as holding:
        holding.execute("LOCK TABLE page")
        results = together([lambda: lines("/", "br")] * READERS)
    assert causes(results) <= {psycopg.errors.QueryCanceled, psycopg.errors._WaitTimeout}, "whose clock is first"
    assert lines("/", "br")[0] == 200
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = reader(sa.make_url(f"postgresql://127.0.0.1:{silent.getsockname()[1]}/none"))
        assert causes(together([lambda: mute("/", "br")])) == {psycopg.errors.ConnectionTimeout}


def test_a_process_of_the_server_that_was_stopped_is_not_waited_for(
    lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_reader, "ANSWERS_WITHIN", 1)
    row, line = lines("/", "br"), lines._lines["br"]
    process = line._idle[0].info.backend_pid
    os.kill(process, signal.SIGSTOP)
    try:
        assert together([lambda: lines("/", "br")] * READERS) == [row] * READERS
    finally:
        os.kill(process, signal.SIGCONT)


def test_a_server_that_was_stopped_is_not_waited_for(own_cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_reader, "ANSWERS_WITHIN", 1)
    lines = reader(sa.make_url(small(own_cluster)))
    row = lines("/", "")
    with own_cluster.stopped():
        began = time.monotonic()
        results = together([lambda: lines("/", "")] * READERS)
        assert causes(results) <= {psycopg.errors.ConnectionTimeout, type(None)}
        assert time.monotonic() - began < 15, "five times for others, and four for one's own"
    assert together([lambda: lines("/", "")] * READERS) == [row] * READERS
    lines.close()


def test_a_connection_that_is_let_in_and_then_not_answered_is_not_waited_for(
    lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_reader, "ANSWERS_WITHIN", 1)
    monkeypatch.setattr(page_reader, "_SETTINGS", "SELECT pg_sleep(5), %s")
    assert causes(together([lambda: lines("/", "br")])) == {psycopg.errors._WaitTimeout}


def test_a_reader_that_was_closed_opens_again(lines: Any) -> None:
    first = lines("/", "")
    for _ in range(2):
        lines.close()
    assert lines("/", "") == first


def test_a_restart_of_the_server_stops_nobody(own_cluster: Cluster) -> None:
    lines, over = reader(sa.make_url(small(own_cluster))), threading.Event()
    good, refused = [0] * READERS, [0] * READERS

    def look(number: int) -> None:
        while not over.is_set():
            try:
                assert lines("/", "") == (200, "[]", "x", None, b"body")
                good[number] += 1
            except FAILURES:
                refused[number] += 1

    def restart() -> None:
        for _ in range(2):
            until = [count + 100 for count in good]
            while any(count < enough for count, enough in zip(good, until, strict=True)):
                over.wait(0.01)
            own_cluster.restart()
        over.set()

    results = together([restart, *((lambda n=n: look(n)) for n in range(READERS))])
    assert results == [None] * len(results)
    assert lines("/", "") is not None
    assert sum(refused) > 0, "it was asked while it was away"
    lines.close()
