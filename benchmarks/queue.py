"""The desk at a thousand and at a million notices, in one run: pages, filters, counts, search, a case; with writes beside.

    .venv/bin/python benchmarks/queue.py [--database sqlite|postgresql] [--size 1000 --size 1000000] [--keep FOLDER]

Each page is asked of the application in this process, signed in, the sizes in turn, while another process takes in notices
and follows with lines and index. Only the ratio of the medians means anything: the goal is at most 1.5 for pages and counts,
3 for search. `--keep` keeps the databases, and goes on writing one that was cut off.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: its queue.py is not Python's

import argparse
import multiprocessing
import re
import secrets
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config as AlembicConfig
from flask import Flask
from flask.testing import FlaskClient

from benchmarks.many import ABSENT, OLD, TERMS, fill
from config import ROOT, Config
from tests import notifier
from tests.conftest import Browser
from tests.postgres import Cluster
from tests.staff import signed_in
from tracker import clock
from tracker.app import create_app
from tracker.cli.delivery import follow
from tracker.db import db, transaction
from tracker.domain.errors import DomainError
from tracker.models import Account
from tracker.services import notices

VIEWS = (
    "", "sort=due", "sort=newest", "sort=oldest", "sort=notices", "state=received", "state=in_review", "state=appealed",
    "state=decided", "state=closed", "category=copyright", "category=csam", "category=csam&sort=newest", "assignee=5", "mine=1",
    "unassigned=1", "language=en", "urgent=1", "overdue=1", "trusted=1", "passage=1", "channel=phone", "channel=post",
    "source=order", "source=own_initiative", "from=2026-01-01&to=2026-12-31", "article=a7", "publisher=编辑部", "publisher=nobody",
    "state=decided&category=csam", "state=decided&source=own_initiative", "state=closed&assignee=5",
)  # fmt: skip
Times = dict[str, dict[int, list[float]]]

DEEP = {"": 200, "sort=newest": 200, "state=decided": 200}
"""How many pages further down each is asked for."""


@contextmanager
def databases(kind: str, folder: Path, sizes: list[int]) -> Iterator[dict[int, str]]:
    """Give the addresses of a database of each size, filled."""
    if kind == "sqlite":
        urls = {size: f"sqlite:///{folder / f'{size}.db'}" for size in sizes}
        _fill(urls)
        yield urls
        return
    (folder / "postgresql").mkdir(exist_ok=True)
    settings = ("shared_buffers=1GB", "max_wal_size=8GB", "fsync=on", "synchronous_commit=on")
    with Cluster.started(*settings, kept=folder / "postgresql") as cluster:
        for size in sizes:
            with suppress(psycopg.errors.DuplicateDatabase):
                cluster.create(f"notices_{size}")
        urls = {size: cluster.url(f"notices_{size}") for size in sizes}
        _fill(urls)
        yield urls


def _fill(urls: dict[int, str]) -> None:
    for size, url in urls.items():
        alembic = AlembicConfig(toml_file=ROOT / "pyproject.toml")
        alembic.attributes["database_url"] = url
        command.upgrade(alembic, "head")
        fill(url, size, datetime.now(UTC))


def application(folder: Path, url: str) -> Flask:
    """Return an application on a filled database."""
    settings = {
        "TRACKER_DATA": str(folder / "data" / re.sub(r"\W", "_", url)[-40:]), "TRACKER_CONTENT": str(ROOT / "content"),
        "DATABASE_URL": url, "BASE_URL": "http://localhost", "SECRET_KEY": "a secret for benchmarks only, never for a site",
    }  # fmt: skip
    app = create_app(Config.from_environment(settings))
    app.test_client_class = Browser
    return app


def write(folder: Path, url: str, stop: Any) -> None:
    """Take in notices and follow with lines and index until told to stop."""
    app, number = application(folder, url), 0
    site = app.extensions["site"]
    with app.app_context():
        while not stop.wait(0.1):
            number += 1
            sent = notifier.submission(
                secrets.token_urlsafe(32),
                addresses=f"http://localhost/articles/a{1 + number % 10}",
                email=f"w{number}@example.org",
            )
            with suppress(DomainError):
                with transaction():
                    notices.submit(site, sent, clock.now())
                follow(clock.now())


def paths(browser: FlaskClient) -> dict[str, str]:
    """Return what is asked for, by name; a deep page by the cursor that leads there."""
    found = {f"page {view or 'first'}": f"/desk/cases?{view}" for view in VIEWS}
    for view, pages in DEEP.items():
        address: str | None = f"/desk/cases?{view}"
        for _ in range(pages):
            html = browser.get(str(address)).text
            older = re.search(r'rel="next"\s+href="([^"]+)"', html)
            if older is None:
                break
            address = older[1].replace("&amp;", "&")
        found[f"deep {view or 'first'}"] = str(address)
    first = browser.get("/desk/cases").text
    live = re.search(r'data-live="([^"]+)"', first)
    shown = ".".join(re.findall(r'data-case="(\d+)"', first))
    found["live news"] = f"{live[1].replace('&amp;', '&')}&shown={shown}" if live else "/desk/cases"
    case = re.search(r'href="/desk/cases/(\d+)"', browser.get("/desk/").text)
    found["a case"] = f"/desk/cases/{case[1] if case else 1}"
    for term in (*TERMS, *ABSENT, OLD, "催收 征信修复", "鼠标垫 的"):
        found[f"search {term}"] = f"/desk/search?q={term}"
    return found


def measure(apps: dict[int, Flask], rounds: int) -> tuple[Times, dict[str, dict[int, int]]]:
    """Return the milliseconds of each request, by name and size, the sizes in turn; and how many cases each listed."""
    browsers: dict[int, FlaskClient] = {}
    asked: dict[int, dict[str, str]] = {}
    for size, app in apps.items():
        with app.app_context():
            account = db.session.get_one(Account, 2)
            browsers[size] = signed_in(app, account)
        asked[size] = paths(browsers[size])
    times: Times = {}
    rows: dict[str, dict[int, int]] = {}
    for name in next(iter(asked.values())):
        for turn in range(rounds + 2):
            for size, browser in browsers.items():
                started = time.perf_counter()
                answer = browser.get(asked[size][name])
                taken = (time.perf_counter() - started) * 1000
                if answer.status_code != 200:
                    raise SystemExit(f"{name} at {size}: {answer.status_code}")
                rows.setdefault(name, {})[size] = answer.text.count(' data-case="')
                if turn > 1:  # the first two are warming up
                    times.setdefault(name, {}).setdefault(size, []).append(taken)
    return times, rows


def report(database: str, times: Times, rows: dict[str, dict[int, int]], sizes: list[int]) -> None:
    """Print a table: median and 95th percentile at each size, how many cases are listed, and the ratio of the medians.

    The ratio is held against its goal where both list as many: a page of fifty takes twice as long as an empty one at any size.
    """
    small, large = sizes[0], sizes[-1]
    print(f"\n{database}, milliseconds, median (95th percentile), writes beside\n")
    print(f"| | {small:,} notices | {large:,} notices | cases listed | ratio | goal |\n|---|---|---|---|---|---|")
    for name, found in times.items():
        goal = 3.0 if name.startswith("search") else 1.5
        medians = {size: statistics.median(found[size]) for size in (small, large)}
        slow = {size: sorted(found[size])[int(len(found[size]) * 0.95)] for size in (small, large)}
        ratio = medians[large] / medians[small]
        cells = [f"{medians[size]:.1f} ({slow[size]:.1f})" for size in (small, large)]
        listed = [rows[name][size] for size in (small, large)]
        verdict = "" if ratio <= goal else " FALLS SHORT" if listed[0] == listed[1] else " more listed"
        print(
            f"| {name} | {cells[0]} | {cells[1]} | {listed[0]} · {listed[1]} | {ratio:.2f} | {goal}{verdict} |",
            flush=True,
        )


def main() -> None:
    """Fill, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--size", type=int, action="append", help="notices; given twice, the sizes to compare")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    sizes = sorted(options.size or [1000, 1_000_000])
    folder = options.keep.resolve() if options.keep else Path(tempfile.mkdtemp(prefix="tracker-queue-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with databases(options.database, folder, sizes) as urls:
            context = multiprocessing.get_context("spawn")
            stop = context.Event()
            writers = [context.Process(target=write, args=(folder, url, stop)) for url in urls.values()]
            for writer in writers:
                writer.start()
            try:
                times, rows = measure({size: application(folder, url) for size, url in urls.items()}, options.rounds)
            finally:
                stop.set()
                for writer in writers:
                    writer.join()
            report(options.database, times, rows, sizes)
    finally:
        if options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
