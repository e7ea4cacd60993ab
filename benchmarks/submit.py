"""Accepted notices a second, durable and whole, beside the raw driver writing the same rows, in one run.

    .venv/bin/python benchmarks/submit.py [--database sqlite|postgresql] [--notices 400] [--connections 16]

Each notice goes through the service with its case, clocks, audit entry and mails, one durable commit each, from
`--connections` threads in `--processes` processes. The baseline writes the rows that one such notice left in all tables into
the same tables, with the bare driver, one durable commit each, one after another,
half of them before and half after, as a disk is not equally quick all the time. Only the ratio means anything; the goal is
0.15 (at least 0.10) and 99 % of notices within 60 ms.
"""

import argparse
import multiprocessing
import secrets
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: its queue.py is not Python's

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig
from flask import Flask

from config import ROOT, Config
from tests import notifier
from tests.postgres import Cluster
from tracker.app import create_app
from tracker.db import configure, db, transaction
from tracker.render.site import Site
from tracker.services import notices

ARTICLES = 50
Rows = dict[sa.Table, list[tuple[Any, ...]]]


def prepare(folder: Path, url: str) -> Flask:
    """Migrate the database, publish ARTICLES articles and return the application."""
    alembic = AlembicConfig(toml_file=ROOT / "pyproject.toml")
    alembic.attributes["database_url"] = url
    command.upgrade(alembic, "head")
    app = application(folder, url)
    with app.app_context():
        site: Site = app.extensions["site"]
        for number in range(ARTICLES):
            notifier.publish(site, f"article-{number}", datetime.now(UTC))
    return app


def application(folder: Path, url: str) -> Flask:
    """Return an application on a prepared database."""
    settings = {
        "TRACKER_DATA": str(folder / "data"), "TRACKER_CONTENT": str(folder / "content"), "DATABASE_URL": url,
        "BASE_URL": "http://localhost", "SECRET_KEY": "a secret for benchmarks only, never for a site",
    }  # fmt: skip
    return create_app(Config.from_environment(settings))


def submit(app: Flask, number: int) -> float:
    """Send one notice; return the seconds it took."""
    site: Site = app.extensions["site"]
    key = secrets.token_urlsafe(32)
    sent = notifier.submission(
        key, addresses=f"http://localhost/articles/article-{number % ARTICLES}", email=f"n{number}@example.org"
    )
    started = time.perf_counter()
    with app.app_context():
        with transaction():
            notices.submit(site, sent, datetime.now(UTC))
        db.session.remove()
    return time.perf_counter() - started


def work(folder: Path, url: str, start: Any, numbers: list[list[int]], results: Any) -> None:
    """Send notices from threads of this process."""
    app = application(folder, url)
    submit(app, 0)  # warm: templates, statements
    times: list[float] = []

    def run(mine: list[int]) -> None:
        times.extend([submit(app, number) for number in mine])

    threads = [threading.Thread(target=run, args=(mine,)) for mine in numbers]
    start.wait()
    began = time.time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put((began, time.time(), times))


def measure(folder: Path, url: str, total: int, connections: int, processes: int) -> tuple[float, list[float]]:
    """Return notices a second and the time of each."""
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(processes), context.Queue()
    each = connections // processes
    share = [[list(range(p * each + t + 1, total, connections)) for t in range(each)] for p in range(processes)]
    workers = [context.Process(target=work, args=(folder, url, start, mine, results)) for mine in share]
    for worker in workers:
        worker.start()
    found = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    times = [seconds for _, _, mine in found for seconds in mine]
    return len(times) / (max(ended for _, ended, _ in found) - min(began for began, _, _ in found)), times


def rows_of_one(app: Flask) -> Rows:
    """Return the rows that one notice on an article of its own leaves, by table, as the database says them."""
    with app.app_context():
        before = {table: set(_rows(table)) for table in db.metadata.sorted_tables}
        submit(app, ARTICLES - 1)
        db.session.rollback()  # a new snapshot
        left = {table: [row for row in _rows(table) if row not in known] for table, known in before.items()}
        return {table: rows for table, rows in left.items() if rows and table.name != "audit_head"}


def _rows(table: sa.Table) -> list[tuple[Any, ...]]:
    text = "::text" if db.engine.dialect.name == "postgresql" else ""
    columns = ", ".join(f'"{column.name}"{text}' for column in table.columns)
    return [tuple(row) for row in db.session.execute(db.text(f'SELECT {columns} FROM "{table.name}"'))]


def raw(url: str, rows: Rows, numbers: range) -> float:
    """Return how many seconds the driver alone takes for such sets of rows, each set one durable commit.

    Into the program's own tables with all their indexes, references and triggers left out.
    """
    engine = sa.create_engine(url)
    configure(engine)
    db.metadata.create_all(engine)
    mark = "%s" if engine.dialect.name == "postgresql" else "?"
    sets = [list(_written(rows, number, mark)) for number in numbers]
    connection: Any = engine.raw_connection().driver_connection
    if engine.dialect.name == "postgresql":
        connection.autocommit = True  # what begins and ends is said below, on both alike
        connection.execute("SET session_replication_role = replica")
    else:
        connection.execute("PRAGMA foreign_keys=OFF")
    started = time.perf_counter()
    for written in sets:
        connection.execute("BEGIN")
        for statement, row in written:
            connection.execute(statement, row)
        connection.execute("COMMIT")
    return time.perf_counter() - started


def _written(rows: Rows, number: int, mark: str) -> Iterator[tuple[str, list[Any]]]:
    """Yield the statements of one set: the same rows, in what has to be unique as different as others' are."""
    for table, found in rows.items():
        keys = [*table.indexes, *(c for c in table.constraints if isinstance(c, sa.UniqueConstraint))]
        unique = {column.name for key in keys if getattr(key, "unique", True) for column in key.columns}
        unique |= {column.name for column in table.primary_key.columns}
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        marks = ", ".join([mark] * len(table.columns))
        for row in found:
            values = zip(table.columns, row, strict=True)
            said = [_other(value, number) if column.name in unique else value for column, value in values]
            yield f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', said


def _other(value: Any, number: int) -> Any:
    if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()):
        return type(value)(int(value) + number * 1000)
    return f"{value[:-6]}{number:06}" if value and len(value) > 12 else value


@contextmanager
def database(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Give the addresses of two empty databases, one for the program and one for the driver alone."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'tracker.db'}", f"sqlite:///{folder / 'raw.db'}"
        return
    with Cluster.started("fsync=on", "synchronous_commit=on") as cluster:
        for name in ("bench", "raw"):
            cluster.create(name)
        yield cluster.url("bench"), cluster.url("raw")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--notices", type=int, default=400)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=ROOT / "build" if (ROOT / "build").is_dir() else None) as name:
        folder = Path(name)
        shutil.copytree(ROOT / "content", folder / "content", ignore=_without_articles)
        with database(options.database, folder) as (url, beside):
            app = prepare(folder, url)
            rows = rows_of_one(app)
            before = raw(beside, rows, range(1, options.notices + 1))
            rate, times = measure(folder, url, options.notices, options.connections, options.processes)
            after = raw(beside, rows, range(options.notices + 1, 2 * options.notices + 1))
    alone = 2 * options.notices / (before + after)
    report(options, rows, alone, rate, times)


def _without_articles(at: str, names: list[str]) -> list[str]:
    return [name for name in names if Path(at) == ROOT / "content" and name.endswith(".md")]


def report(options: Any, rows: Rows, alone: float, rate: float, times: list[float]) -> None:
    """Print the figures beside their goals."""
    share, slowest = rate / alone, sorted(times)[int(len(times) * 0.99)] * 1000
    verdict = "met" if share >= 0.15 else "between the two" if share >= 0.1 else "FALLS SHORT"
    print(f"\nSubmitting on {options.database}: {len(times)} notices, {options.connections} connections\n")
    print(f"- rows a notice: {', '.join(f'{len(found)} {table.name}' for table, found in rows.items())}")
    print(f"- the driver alone: {alone:,.0f} such commits a second")
    print(f"- Tracker: {rate:,.0f} accepted notices a second, {share:.2f} of it; goal 0.15, at least 0.10: {verdict}")
    print(
        f"- median {statistics.median(times) * 1000:.0f} ms, 99th percentile {slowest:.0f} ms; goal 60 ms: {'met' if slowest <= 60 else 'FALLS SHORT'}"
    )


if __name__ == "__main__":
    main()
