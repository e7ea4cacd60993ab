"""Reading a page row of the live generation, as every request does: through the bare driver, nothing kept in memory."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import psycopg
import sqlalchemy as sa

from tracker.db import prepare

ANSWERS_WITHIN = 3
"""Seconds for PostgreSQL to connect, to answer, or to show that it received anything: readers must not wait for minutes."""

AT_ONCE = 2
"""Questions in one encoding that a process has on their way: with one, two requests that come together wait for each other."""


class Unanswered(Exception):
    """A question to PostgreSQL got no answer; the cause says why."""


FAILURES = (sqlite3.Error, Unanswered)
"""What is raised when the database cannot be asked."""

_COLUMNS = {"br": "body_br", "gzip": "body_gzip", "": "body"}
_BETWEEN = "\n"
"""Between the paths of a question. A list would take the driver as long to write as all else."""

_FROM_LIVE = "FROM page WHERE generation_id = (SELECT id FROM generation WHERE is_live)"

_SETTINGS = """
SELECT set_config('statement_timeout', %s, false), set_config('plan_cache_mode', 'force_generic_plan', false)
"""
"""Left to itself the server plans each question anew, which takes it longer than to answer."""

Row = tuple[int, str, str | None, Any, bytes]
"""Status, headers, entity tag, until when it is good, body."""


class Reader(Protocol):
    """Reads one page row of the live generation, not older than the call; None when there is none."""

    def __call__(self, path: str, encoding: str) -> Row | None: ...

    def close(self) -> None: ...


class _SqliteReader:
    """Takes a bare connection from those at rest and puts it back, so there are as many as reads at one time."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._queries = {
            encoding: f"SELECT status, headers, etag, valid_until, {column} {_FROM_LIVE} AND path = ?"
            for encoding, column in _COLUMNS.items()
        }
        self._idle: list[Any] = []

    def __call__(self, path: str, encoding: str) -> Row | None:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            row: Row | None = connection.execute(self._queries[encoding], (path,)).fetchone()
        except sqlite3.Error:
            connection.close()
            raise
        self._idle.append(connection)
        return row

    def _connect(self) -> Any:
        connection = sqlite3.connect(self._file, check_same_thread=False)
        prepare(connection)
        return connection

    def close(self) -> None:
        _close_all(self._idle)


def _close_all(connections: list[Any]) -> None:
    with suppress(IndexError):  # another thread may take the last one
        while True:
            connections.pop().close()


class _PostgresqlReader:
    """Asks for all who wait in one question: it costs many times what another row in it does."""

    def __init__(self, url: str) -> None:
        self._lines = {encoding: _Line(url, column) for encoding, column in _COLUMNS.items()}

    def __call__(self, path: str, encoding: str) -> Row | None:
        if "\0" in path or _BETWEEN in path:
            return None  # no page has such an address, and PostgreSQL no text with a NUL
        return self._lines[encoding](path)

    def close(self) -> None:
        for line in self._lines.values():
            line.close()


class _Question:
    """What is asked for together; then what was found, or what went wrong."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.waiting: list[threading.Lock] = []
        self._rows: dict[str, Row] = {}
        self._error: Exception | None = None

    def put(self, ask: Callable[[set[str]], dict[str, Row]]) -> None:
        """Ask it and let those go on who wait, whatever comes of it."""
        try:
            self._rows = ask(self.paths)
        except Exception as error:  # whatever it is, it is everybody's
            self._error = error
        finally:
            for lock in self.waiting:
                lock.release()

    def row(self, path: str) -> Row | None:
        """Return the row of a path, once the question was put; raise Unanswered, anew for each who asks, if it was in vain."""
        if self._error is not None:
            raise Unanswered from self._error
        return self._rows.get(path)


class _Line:
    """Asks for the pages in one encoding. Who comes while as many questions as may be are on their way shares the next one.

    Nobody shares one that has been sent, so no answer is older than its request. A connection that a restart of the server
    has cut is replaced at once.
    """

    def __init__(self, url: str, column: str) -> None:
        self._url = url
        one = f"SELECT path, status, headers, etag, valid_until, {column} {_FROM_LIVE} AND path = "
        self._one = f"{one} %s"
        self._many = (  # the limit keeps the server, whatever it believes of the table, to a look into the index for each
            f"SELECT found.* FROM unnest(string_to_array(%s, '{_BETWEEN}')) AS asked (address), "  # noqa: S608 - ours
            f"LATERAL ({one} address LIMIT 1) AS found"
        )
        self._idle: list[Any] = []
        self._turns = threading.Semaphore(AT_ONCE)
        self._door = threading.Lock()
        self._next: _Question | None = None

    def __call__(self, path: str) -> Row | None:
        lock = None
        with self._door:
            if self._next is None:
                question = self._next = _Question()
            else:  # a lock for each: one for all, which each passes on, or an event answered fewer in most rounds
                question = self._next
                lock = threading.Lock()
                lock.acquire()
                question.waiting.append(lock)
            question.paths.add(path)
        if lock:
            lock.acquire()
        else:
            with self._turns:
                with self._door:
                    self._next = None
                question.put(self._ask)
        return question.row(path)

    def _ask(self, paths: set[str]) -> dict[str, Row]:
        try:
            return self._select(self._idle.pop(), paths)
        except IndexError:
            pass
        except psycopg.Error:
            self.close()  # what cut this one has cut the others
        return self._select(self._connect(), paths)

    def _select(self, connection: Any, paths: set[str]) -> dict[str, Row]:
        query = self._one if len(paths) == 1 else self._many
        try:
            found = connection.execute(query, (_BETWEEN.join(paths),), binary=True).fetchall()
        except psycopg.Error:
            connection.close()
            raise
        self._idle.append(connection)
        return {row[0]: row[1:] for row in found}

    def _connect(self) -> Any:
        connection = psycopg.connect(
            self._url,
            autocommit=True,
            prepare_threshold=0,
            connect_timeout=ANSWERS_WITHIN,
            tcp_user_timeout=ANSWERS_WITHIN * 1000,
        )
        connection.execute(_SETTINGS, (f"{ANSWERS_WITHIN}s",))
        return connection

    def close(self) -> None:
        _close_all(self._idle)


def reader(url: sa.URL) -> Reader:
    """Return the reader for a database."""
    if url.get_backend_name() == "sqlite":
        return _SqliteReader(str(url.database))
    return _PostgresqlReader(url.set(drivername="postgresql").render_as_string(hide_password=False))
