"""Reading a page row of the live generation, as every request does: through the bare driver, nothing kept in memory."""

import sqlite3
import threading
from contextlib import suppress
from typing import Any, Protocol, TypeVar

import psycopg
import sqlalchemy as sa
from psycopg.abc import PQGen

from tracker.db import prepare

ANSWERS_WITHIN = 3
"""Seconds for PostgreSQL to connect, and to answer: readers must not wait for minutes. Looking up its name is not among them."""

PATIENCE = 5
"""How many times that long a reader waits for others: twice for the question before, twice for the one that is shared, and a little."""

AT_ONCE = 2
"""Questions in one encoding that a process has on their way: with one, two requests that come together wait for each other."""


class Unanswered(Exception):
    """A question to PostgreSQL got no answer, or none in time; the cause, where there is one, says why."""


FAILURES = (sqlite3.Error, Unanswered)
"""What is raised when the database cannot be asked."""

_TOGETHER = {"br": 1000, "gzip": 1000, "": 8}
"""Pages in one question at most, by encoding. Pictures come as they are, and of what is large many in an answer hold up all of them."""

_COLUMNS = {"br": "body_br", "gzip": "body_gzip", "": "body"}
_BETWEEN = "\n"
"""Between the paths of a question. A list would take the driver as long to write as all else."""

_FROM_LIVE = "FROM page WHERE generation_id = (SELECT id FROM generation WHERE is_live)"

_SETTINGS = """
SELECT set_config('statement_timeout', %s, false), set_config('plan_cache_mode', 'force_generic_plan', false)
"""
"""Its own limit lets the server leave off what nobody waits for any more. Left to itself it plans each question anew, which takes
it longer than to answer."""

T = TypeVar("T")
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
        self._lines = {encoding: _Line(url, column, _TOGETHER[encoding]) for encoding, column in _COLUMNS.items()}

    def __call__(self, path: str, encoding: str) -> Row | None:
        if "\0" in path or _BETWEEN in path:
            return None  # no page has such an address, and PostgreSQL no text with a NUL
        return self._lines[encoding](path)

    def close(self) -> None:
        for line in self._lines.values():
            line.close()


class _Connection(psycopg.Connection[Any]):
    """Waits ANSWERS_WITHIN for an answer, by its own clock.

    The server's limit does not hold where the server has stopped, nor TCP's, as its kernel goes on acknowledging.
    """

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Go on until the server has answered; raise OperationalError when it is too late."""
        return super().wait(gen, interval, ANSWERS_WITHIN if timeout is None else timeout)


class _Question:
    """What is asked for together; then what was found, or what went wrong."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.waiting: list[threading.Lock] = []
        self.rows: dict[str, Row] | None = None
        self.error: Exception | None = None

    def row(self, path: str) -> Row | None:
        """Return the row of a path, once the question was put; raise Unanswered, anew for each who asks, if it was in vain."""
        if self.rows is None:
            raise Unanswered from self.error
        return self.rows.get(path)


class _Line:
    """Asks for the pages in one encoding. Who comes while as many questions as may be are on their way shares the next one,
    and who finds no room in it begins another.

    Nobody shares one that has been sent, so no answer is older than its request. A connection that a restart of the server
    has cut is replaced at once. Nobody waits for others longer than PATIENCE times what the server has to answer.
    """

    def __init__(self, url: str, column: str, together: int) -> None:
        self._url = url
        self._together = together
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
        question, lock = self._joined(path)
        if lock is None:
            self._put(question)
        elif not lock.acquire(timeout=PATIENCE * ANSWERS_WITHIN):
            self._shut(question)  # whoever was to put it is gone, as far as one can know: others may still be helped
        return question.row(path)

    def _joined(self, path: str) -> "tuple[_Question, threading.Lock | None]":
        """Return the question that asks for a path, and what to wait on; nothing for who has to put it."""
        with self._door:
            question, lock = self._next, None
            if question is None or (len(question.paths) >= self._together and path not in question.paths):
                question = self._next = _Question()
            else:  # a lock for each: one for all, which each passes on, or an event answered fewer in most rounds
                lock = threading.Lock()
                lock.acquire()
                question.waiting.append(lock)
            question.paths.add(path)
        return question, lock

    def _put(self, question: _Question) -> None:
        """Ask a question when its turn has come, and let those go on who wait, whatever comes of it: also the end of this thread."""
        try:
            if self._turns.acquire(timeout=PATIENCE * ANSWERS_WITHIN):
                try:
                    self._shut(question)
                    question.rows = self._ask(question.paths)
                finally:
                    self._turns.release()
        except Exception as error:  # whatever it is, it is everybody's
            question.error = error
        finally:
            self._shut(question)
            for lock in question.waiting:
                lock.release()

    def _shut(self, question: _Question) -> None:
        """Let nobody else share this question."""
        with self._door:
            if self._next is question:
                self._next = None

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
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return {row[0]: row[1:] for row in found}

    def _connect(self) -> Any:
        connection = _Connection.connect(
            self._url, autocommit=True, prepare_threshold=0, connect_timeout=ANSWERS_WITHIN
        )
        try:
            connection.execute(_SETTINGS, (f"{ANSWERS_WITHIN}s",))
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        _close_all(self._idle)


def reader(url: sa.URL) -> Reader:
    """Return the reader for a database."""
    if url.get_backend_name() == "sqlite":
        return _SqliteReader(str(url.database))
    return _PostgresqlReader(url.set(drivername="postgresql").render_as_string(hide_password=False))
