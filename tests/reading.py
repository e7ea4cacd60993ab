"""Runs by itself: a process of the site that answers reads. `tests/test_reads.py` starts several, kills one, and judges.

    python -m tests.reading ARTICLES READS EVERY FILE

READS of 0 means until it is killed. What it did stands in FILE, which outlives it: see `Did`.
"""

import mmap
import struct
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

import sqlalchemy as sa
from flask import Flask

from config import Config
from tracker.app import create_app
from tracker.db import db

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Did(NamedTuple):
    """What a process did: `reads` asked for, `stored` of them by its own account, in so many `flushes`.

    `most` is how many rows one flush wrote at most, `at` when the reads of the last one were taken, by the machine's own clock.
    """

    reads: int
    stored: int
    flushes: int
    most: int
    at: float

    @classmethod
    def read(cls, file: Path) -> Self:
        return cls(*_FORM.unpack(file.read_bytes()))


_FORM = struct.Struct("<4qd")
SIZE = _FORM.size


def request(path: str) -> dict[str, Any]:
    """Return the environment of a read, as a server makes it."""
    return {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "", "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "HTTP_USER_AGENT": BROWSER,
        "HTTP_ACCEPT_ENCODING": "br", "HTTP_SEC_FETCH_DEST": "document",
    }  # fmt: skip


def run(app: Flask, articles: int, number: int, every: float, memory: mmap.mmap) -> None:
    """Answer reads, and write down after each what was done so far."""
    kept, did = app.extensions["reads"], [0, 0, 0, 0, time.monotonic()]
    store = kept._store

    def storing(counted: Mapping[str, int]) -> None:
        total, at = sum(counted.values()), time.monotonic()
        store(counted)
        did[1], did[2], did[4] = did[1] + total, did[2] + 1, at
        memory[:] = _FORM.pack(*did)

    def count(_c: object, _cursor: object, statement: str, given: list[object], _x: object, is_many: bool) -> None:
        if statement.startswith("INSERT"):
            did[3] = max(did[3], len(given) if is_many else 1)

    kept._store = storing
    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", count)
    kept.keep(every)
    requests = [request(f"{prefix}/articles/a{n}") for n in range(articles) for prefix in ("", "/zh-hant")]
    answers: list[str] = []
    while not number or did[0] < number:
        did[0] += 1
        memory[:SIZE] = _FORM.pack(*did)
        app.wsgi_app(requests[did[0] % len(requests)].copy(), lambda status, _: answers.append(status))  # type: ignore[arg-type,func-returns-value,return-value]
    assert set(answers) == {"200 OK"}


if __name__ == "__main__":
    with Path(sys.argv[4]).open("r+b") as shared:
        run(
            create_app(Config.from_environment()), int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]),
            mmap.mmap(shared.fileno(), SIZE),
        )  # fmt: skip
