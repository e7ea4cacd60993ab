"""Counting stale reads: many readers, many decisions, and no read after a decision may show the page before it."""

import bisect
import http.client
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path

from sqlalchemy import select

from benchmarks.servers import free_port, prepare, running
from config import Config
from tests import factories
from tracker.app import create_app
from tracker.db import db
from tracker.domain.decisions import Outcome
from tracker.models import Article
from tracker.render.site import Site

READERS = 2
SLUG = "shui-zai-cuishou"
PATH = f"/articles/{SLUG}"
FRESH_CONNECTION_EVERY = 50
"""Reads after which a reader opens a new connection, so that each worker gets its turn."""

Read = tuple[float, float, int, str]
Flip = tuple[float, float, int]


@dataclass
class Count:
    """What was seen of one application."""

    reads: int = 0
    decisions: int = 0
    stale: int = 0
    by_process: Counter[str] = field(default_factory=Counter)


def read(port: int, stop: Event, results: "multiprocessing.Queue[list[Read]]") -> None:
    """Ask for the article until told to stop; note when each read began and ended, its status and its process."""
    seen: list[Read] = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while not stop.is_set():
        if len(seen) % FRESH_CONNECTION_EVERY == 0:
            connection.close()
        began = time.monotonic()
        connection.request("GET", PATH)
        answer = connection.getresponse()
        answer.read()
        seen.append((began, time.monotonic(), answer.status, answer.headers["X-Process"]))
    results.put(seen)


def flip(site: Site, decisions: int, seconds: float) -> list[Flip]:
    """Withhold and restore the article by turns; note when each decision began, when it was confirmed, and its status."""
    flips: list[Flip] = []
    until = time.monotonic() + seconds
    article = db.session.scalars(select(Article).where(Article.slug == SLUG)).one()
    while len(flips) < decisions or time.monotonic() < until:
        case = factories.open_case(article, datetime.now(UTC))
        for outcome, status in ((Outcome.WITHHELD, 451), (Outcome.RESTORED, 200)):
            began = time.monotonic()
            factories.decide(site, case, outcome, datetime.now(UTC))
            flips.append((began, time.monotonic(), status))
    return flips


def is_stale(seen: Read, flips: list[Flip], confirmed: list[float]) -> bool:
    """Say whether a read shows neither what was confirmed before it began nor anything decided while it lasted."""
    began, ended, status, _ = seen
    last = bisect.bisect_right(confirmed, began) - 1
    allowed = {flips[last][2] if last >= 0 else 200}
    for start, _, after in flips[last + 1 :]:
        if start > ended:
            break
        allowed.add(after)
    return status not in allowed


def count(name: str, database_url: str, decisions: int, seconds: float) -> Count:
    """Run one application of `stale_app` under the settings that ship, and count."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        settings = prepare(folder, database_url)
        config = Config.from_environment(settings)
        port = free_port()
        command = [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", str(config.workers),
            "--blocking-threads", str(config.threads), f"benchmarks.stale_app:{name}",
        ]  # fmt: skip
        with running(command, settings, f"http://127.0.0.1:{port}/healthz", folder / "log"):
            return _counted(config, port, decisions, seconds)


def _counted(config: Config, port: int, decisions: int, seconds: float) -> Count:
    spawn = multiprocessing.get_context("spawn")
    stop, results = spawn.Event(), spawn.Queue()
    readers = [spawn.Process(target=read, args=(port, stop, results)) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    app = create_app(config)
    with app.app_context():
        flips = flip(app.extensions["site"], decisions, seconds)
    stop.set()
    seen = [one for _ in readers for one in results.get()]
    for reader in readers:
        reader.join()
    confirmed = [moment for _, moment, _ in flips]
    return Count(
        reads=len(seen),
        decisions=len(flips),
        stale=sum(is_stale(one, flips, confirmed) for one in seen),
        by_process=Counter(one[3] for one in seen),
    )


def table(database_url: str, decisions: int, seconds: float) -> str:
    """Return the counts of the site and of the control as a table."""
    lines = ["| application | reads | decisions | stale | reads by worker |", "|---|---|---|---|---|"]
    for name, label in (("app", "the site"), ("control", "control: pages kept in the process")):
        found = count(name, database_url, decisions, seconds)
        workers = ", ".join(str(number) for _, number in sorted(found.by_process.items()))
        lines.append(f"| {label} | {found.reads} | {found.decisions} | {found.stale} | {workers} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(os.environ.get("DATABASE_URL", ""), 500, 60))
