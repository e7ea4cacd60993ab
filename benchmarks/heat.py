"""What counting costs a read: the edge with and without it, and what is done for a read alone beside a dict increment.

    .venv/bin/python benchmarks/heat.py [--rounds 15] [--reads 2000]

In one process, on SQLite, in a temporary folder; the two take turns and the medians are compared. Only ratios mean anything.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: its queue.py is not Python's

from flask import Flask

from tests import factories
from tests.conftest import configuration, copy_content, migrate
from tests.reading import request
from tracker import clock
from tracker.app import create_app
from tracker.db import db
from tracker.domain.heat import is_read
from tracker.edge import Edge
from tracker.page_reader import reader
from tracker.reads import Reads

PATH = "/articles/lixi"


def timed(act: Callable[[], object], times: int) -> float:
    """Return how many nanoseconds of the processor `act` takes, the loop around it included."""
    began = time.thread_time_ns()
    for _ in range(times):
        act()
    return (time.thread_time_ns() - began) / times


def answers(edge: Edge, environ: dict[str, Any]) -> Callable[[], object]:
    """Return what answers one read; each has an environment of its own, as a server's requests do."""
    return lambda: edge(environ.copy(), lambda *_: None)  # type: ignore[arg-type,return-value]


def compare(acts: dict[str, Callable[[], object]], rounds: int, times: int) -> dict[str, float]:
    """Return the median nanoseconds of each; they take turns."""
    taken: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(rounds):
        for name, act in acts.items():
            taken[name].append(timed(act, times))
    return {name: statistics.median(values) for name, values in taken.items()}


def site_in(folder: Path) -> Flask:
    """Return the application of a site with one article."""
    copy_content(folder / "content")
    migrate(f"sqlite:///{folder / 'tracker.db'}")
    app = create_app(configuration(f"sqlite:///{folder / 'tracker.db'}", folder))
    with app.app_context():
        factories.publish(app.extensions["site"], "lixi", clock.now())
        db.session.remove()
    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--reads", type=int, default=2000)
    given = parser.parse_args()
    environ, increments = request(PATH), dict[str, int]()
    reads = Reads(lambda _: None)

    def increment() -> None:
        increments[PATH] = increments.get(PATH, 0) + 1

    def count() -> None:
        if is_read(environ):
            next(reads.seen[PATH])

    with tempfile.TemporaryDirectory() as folder:
        app = site_in(Path(folder))
        with app.app_context():
            url = db.engine.url
        behind: Any = app.wsgi_app
        edges = {
            name: Edge(behind, reader(url), (), is_https=True, seen=seen)
            for name, seen in (("counting", reads.seen), ("not counting", None))
        }
        pages = compare({name: answers(edge, environ) for name, edge in edges.items()}, given.rounds, given.reads)
        alone = compare(
            {"nothing": lambda: None, "a dict increment": increment, "a count": count}, given.rounds, 50_000
        )
    print("| | nanoseconds |\n|---|---|")
    for name, value in (*((f"a read, {name}", value) for name, value in pages.items()), *alone.items()):
        print(f"| {name} | {value:,.0f} |")
    print(f"\na read with counting ÷ without: {pages['counting'] / pages['not counting']:.3f}")
    counted, incremented = (alone[name] - alone["nothing"] for name in ("a count", "a dict increment"))
    print(f"a count ÷ a dict increment: {counted / incremented:.1f}")


if __name__ == "__main__":
    main()
