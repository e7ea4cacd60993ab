"""Counting stale reads: many readers, many decisions, and no read after a decision may show what was before it.

A decision is confirmed when `transaction()` has returned. A read is judged by its own times: it must show what the last
decision confirmed before it began has left, unless another decision began before it ended; then either will do, and
the read is not counted as telling.
"""

import bisect
import multiprocessing
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks.servers import Failed, Server, prepare, running
from config import Config
from tests import factories
from tracker.app import create_app
from tracker.db import db
from tracker.domain.decisions import Outcome
from tracker.models import Article
from tracker.render.site import Site

SLUG = "shui-zai-cuishou"
PATH = f"/articles/{SLUG}"
PROCESSES, THREADS = 3, 2
FRESH_EVERY = 20
"""Reads after which a reader opens a new connection, so that every worker gets its turn."""
PAUSE = 0.04
"""Seconds between two decisions, in which reads can be telling."""
SOON = 0.01
LONGEST = 400.0

Read = tuple[float, float, bool, str]  # began, ended, whether the article was shown, by which process
Decision = tuple[float, float, bool]  # began, confirmed, whether the article is shown from then on


@dataclass
class Count:
    """What was seen of one application."""

    reads: int = 0
    telling: int = 0
    soon: int = 0
    decisions: int = 0
    stale: Counter[str] = field(default_factory=Counter)
    by_process: Counter[str] = field(default_factory=Counter)


class Reader:
    """Asks for one page over a connection that it keeps for a while; a third also send the entity tag they know."""

    def __init__(self, port: int, number: int) -> None:
        self._address = ("127.0.0.1", port)
        self._is_list = number % 3 == 1
        path = "/" if self._is_list else PATH
        self._request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        self._connection: socket.socket | None = None
        self._etag = ""
        self._left = 0
        self._knows = number % 3 == 2

    def read(self) -> Read:
        """Return one read."""
        condition = f"If-None-Match: {self._etag}\r\n" if self._knows and self._etag else ""
        began = time.monotonic()
        if self._left == 0 or self._connection is None:
            if self._connection:
                self._connection.close()
            self._connection, self._left = socket.create_connection(self._address, timeout=30), FRESH_EVERY
        self._left -= 1
        self._connection.sendall(f"{self._request}{condition}\r\n".encode())
        status, headers, body = _answer(self._connection)
        ended = time.monotonic()
        self._etag = headers.get("etag", self._etag)
        if status not in ({200} if self._is_list else {200, 304, 451}):
            raise Failed(f"a read got {status}")
        shown = PATH.encode() + b'"' in body if self._is_list else status != 451
        return began, ended, shown, headers["x-process"]


def _answer(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    status = int(first.split()[1])
    length = 0 if status == 304 else int(headers["content-length"])
    while len(body) < length:
        body += _more(connection)
    return status, headers, body


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(262144)
    if not data:
        raise Failed("the server closed a connection that was in use")
    return data


def _read_on(port: int, number: int, stop: Event, counts: Any, results: Any) -> None:
    """Run the readers of one process until told to stop; hand over what they saw, or what went wrong."""
    seen: list[list[Read]] = [[] for _ in range(THREADS)]
    wrong: list[str] = []

    def run(thread: int) -> None:
        reader = Reader(port, number * THREADS + thread)
        try:
            while not stop.is_set():
                seen[thread].append(reader.read())
                counts[number * THREADS + thread] += 1
        except (OSError, Failed) as error:
            wrong.append(repr(error))

    threads = [threading.Thread(target=run, args=(thread,)) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put(([read for reads in seen for read in reads], wrong))


def _decide_on(site: Site, counts: Any, reads: int, decisions: int) -> list[Decision]:
    """Withhold and restore the article by turns, until there are enough of both."""
    made: list[Decision] = []
    until = time.monotonic() + LONGEST
    article = db.session.scalars(select(Article).where(Article.slug == SLUG)).one()
    while (len(made) < decisions or sum(counts) < reads) and time.monotonic() < until:
        case = factories.open_case(article, datetime.now(UTC))
        for outcome in (Outcome.WITHHELD, Outcome.RESTORED):
            began = time.monotonic()
            factories.decide(site, case, outcome, datetime.now(UTC))
            made.append((began, time.monotonic(), outcome is Outcome.RESTORED))
            time.sleep(PAUSE)
    return made


def judge(reads: list[Read], decisions: list[Decision]) -> Count:
    """Hold every read against the decisions around it."""
    count = Count(reads=len(reads), decisions=len(decisions))
    confirmed = [moment for _, moment, _ in decisions]
    for began, ended, shown, process in reads:
        count.by_process[process] += 1
        last = bisect.bisect_right(confirmed, began) - 1
        if last + 1 < len(decisions) and decisions[last + 1][0] < ended:
            continue  # another decision was on its way: either is right
        count.telling += 1
        count.soon += last >= 0 and began - confirmed[last] < SOON
        count.stale[process] += shown is not (decisions[last][2] if last >= 0 else True)
    return count


def _measured(name: str, folder: Path, database_url: str, reads: int, decisions: int) -> Count:
    settings = prepare(folder, database_url)
    config = Config.from_environment(settings)
    words = "from config import Config; from tracker.cli import server; server.run(Config.from_environment(), %r)"
    command = [sys.executable, "-c", words % f"benchmarks.stale_app:{name}"]
    spawn = multiprocessing.get_context("spawn")
    stop, results = spawn.Event(), spawn.Queue()
    counts = spawn.Array("l", PROCESSES * THREADS, lock=False)
    with running(command, settings, f"{config.base_url}/healthz", folder / f"{name}.log") as pid:
        workers = {str(worker) for worker in Server(name, config.base_url, (pid,)).workers()}
        given = (config.port,)
        readers = [spawn.Process(target=_read_on, args=(*given, n, stop, counts, results)) for n in range(PROCESSES)]
        for reader in readers:
            reader.start()
        app = create_app(config)
        try:
            with app.app_context():
                made = _decide_on(app.extensions["site"], counts, reads, decisions)
                db.session.remove()
                db.engine.dispose()
        finally:
            stop.set()
            seen = [results.get(timeout=60) for _ in readers]
            for reader in readers:
                reader.join()
    if wrong := [error for _, errors in seen for error in errors]:
        raise Failed(f"{name}: {wrong[0]}")
    count = judge([read for found, _ in seen for read in found], made)
    for worker in workers - count.by_process.keys():
        count.by_process[worker] = 0
    return count


def table(folder: Path, database_urls: Iterator[str], reads: int, decisions: int) -> str:
    """Return the counts of the site and of the control, and whether they mean anything."""
    lines = [
        "| application | reads | telling | begun within 10 ms of a commit | decisions | stale | reads by worker (stale) |",
        "|---|---|---|---|---|---|---|",
    ]
    void = []
    for name, label in (("site", "the site"), ("control", "control: pages kept in the process")):
        (folder / name).mkdir()
        found = _measured(name, folder / name, next(database_urls), reads, decisions)
        workers = ", ".join(f"{pid}: {n:,} ({found.stale[pid]:,})" for pid, n in sorted(found.by_process.items()))
        lines.append(
            f"| {label} | {found.reads:,} | {found.telling:,} | {found.soon:,} | {found.decisions:,} "
            f"| {found.stale.total():,} | {workers} |"
        )
        if 0 in found.by_process.values():
            void.append(f"{label}: a worker was never asked")
        if found.reads < reads or found.decisions < decisions:
            void.append(f"{label}: too few reads or decisions in {LONGEST:.0f} s")
        if name == "control" and 0 in (found.stale[pid] for pid in found.by_process):
            void.append("the control did not fail in every worker")
    return "\n".join(
        [*lines, "", f"VOID: {'; '.join(void)}" if void else "The control fails in every worker: it counts."]
    )
