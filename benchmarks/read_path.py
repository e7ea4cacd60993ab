"""The article page through the whole stack, in one run beside nginx and a bare Flask hello; and no read may be stale.

    .venv/bin/python benchmarks/read_path.py [--rounds 5] [--seconds 3] [--database sqlite|postgresql]

Needs wrk and nginx (Debian: wrk, nginx-light); gunicorn, Pelican and Wagtail beside the Python that runs this
(`pip install --group bench`), or in an environment of their own that has Flask too (`--python PATH`). Everything on the
loopback, in a temporary folder.

Requests a second depend on what else the machine does and on wrk itself; processor time a request is steadier; only
ratios within one run mean anything. `--only` runs one part: throughput, stale, slow, kinds (a page of each kind, beside
what others make of the same article; the only one that needs Pelican and Wagtail).
"""

import argparse
import itertools
import re
import statistics
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)  # not this folder: its queue.py is not Python's

import psycopg

from benchmarks import others, slow, stale
from benchmarks.servers import Failed, Load, Server, hello, nginx, parent_of, prepare, put_load, running
from config import Config
from tests.postgres import Cluster

CONNECTIONS = (16, 64)
KINDS_BY = 64
PARTS = ("throughput", "stale", "slow", "kinds")
FORM = "/report/reputation"

Loads = dict[str, list[Load]]


def measure(servers: Sequence[Server], connections: int, rounds: int, seconds: int) -> Loads:
    """Put load on each server in turn, round after round."""
    loads: Loads = {server.name: [] for server in servers}
    for server in servers:
        put_load(server, seconds, connections)  # warm
    for _ in range(rounds):
        for server in servers:
            loads[server.name].append(put_load(server, seconds, connections))
    return loads


def summary(loads: Loads, connections: int) -> list[str]:
    """Return medians and ranges as rows of a table, and the ratios beside the goals."""
    rows = []
    for name, rounds in loads.items():
        rates = [load.requests_per_second for load in rounds]
        costs = [load.processor_microseconds for load in rounds]
        rows.append(
            f"| {name} | {connections} | {statistics.median(rates):,.0f} ({min(rates):,.0f}–{max(rates):,.0f}) "
            f"| {statistics.median(costs):.1f} ({min(costs):.1f}–{max(costs):.1f}) |"
        )
    return rows


def goals(loads: Loads, connections: int) -> list[str]:
    """Return the medians of the ratios of each round, and what falls short."""
    ours, file, bare = loads.values()
    rate = [(load.requests_per_second, load.processor_microseconds) for load in ours]
    ratios = (
        ("requests/s ÷ nginx's", 0.6, [r / n.requests_per_second for (r, _), n in zip(rate, file, strict=True)]),
        ("requests/s ÷ hello's", 4, [r / h.requests_per_second for (r, _), h in zip(rate, bare, strict=True)]),
        ("nginx's processor time ÷ ours", 0.45, [n.processor_microseconds / c for (_, c), n in zip(rate, file, strict=True)]),
    )  # fmt: skip
    return [
        f"- {connections} connections, {name}: {statistics.median(found):.2f} ({min(found):.2f}–{max(found):.2f}), "
        f"goal {goal}: {'met' if statistics.median(found) >= goal else 'FALLS SHORT'}"
        for name, goal, found in ratios
    ]


@contextmanager
def site(folder: Path, database_url: str) -> Iterator[tuple[Config, Server, bytes, list[tuple[str, str]]]]:
    """Run the site; give its settings, the server of an article, and what that answers: body and headers."""
    settings = prepare(folder, database_url)
    config = Config.from_environment(settings)
    url = config.base_url + stale.PATH
    with running([sys.executable, "-m", "tracker", "web"], settings, url, folder / "web.log") as pid:
        with urllib.request.urlopen(url) as answer:
            body, headers = answer.read(), list(answer.headers.items())
        name = f"Tracker, article of {len(body):,} bytes"
        yield config, Server(name, url, (pid, *_postmaster(database_url))), body, headers


def throughput(folder: Path, database_url: str, rounds: int, seconds: int, python: str) -> str:
    """Run the three servers side by side and return their table."""
    with ExitStack() as stack:
        config, article, body, headers = stack.enter_context(site(folder, database_url))
        (folder / "nginx").mkdir()
        servers = [
            article,
            stack.enter_context(nginx(folder / "nginx", config.workers, body, headers)),
            stack.enter_context(hello(folder, config.workers, _gunicorn(python))),
        ]
        found = {connections: measure(servers, connections, rounds, seconds) for connections in CONNECTIONS}
    lines = [f"{config.workers} workers each; {rounds} rounds of {seconds} s by turns; median (range)", ""]
    lines += ["| server | connections | requests/s | processor µs a request |", "|---|---|---|---|"]
    lines += [row for connections, loads in found.items() for row in summary(loads, connections)]
    return "\n".join(
        [*lines, "", *(line for connections, loads in found.items() for line in goals(loads, connections))]
    )


def kinds(folder: Path, database_url: str, rounds: int, seconds: int, python: str) -> str:
    """Run a page of each kind beside the same article as others serve it, by turns, and return their table."""
    with ExitStack() as stack:
        config, article, whole, headers = stack.enter_context(site(folder, database_url))
        page, pids, html = article.url, article.roots, whole.decode()
        title = re.search(r"<title>(.*?)</title>", html, re.DOTALL)[1]  # type: ignore[index]
        body = re.search(r'<article id="article".*?</article>', html, re.DOTALL)[0]  # type: ignore[index]
        etag = {"If-None-Match": dict(headers)["etag"]}
        with suppress(urllib.error.HTTPError) as _, urllib.request.urlopen(urllib.request.Request(page, headers=etag)):
            raise Failed("what has not changed is sent all the same")
        ours = [
            article,
            Server("Tracker, not changed: 304", page, pids, tuple(f"{name}: {value}" for name, value in etag.items())),
            Server("Tracker, list", f"{config.base_url}/", pids),
            Server("Tracker, feed", f"{config.base_url}/feed.atom", pids),
            Server("Tracker, search", f"{config.base_url}/search?q=%E5%82%AC%E6%94%B6", pids),
        ]
        for name in ("nginx", "pelican", "plain", "cached"):
            (folder / name).mkdir()
        file = stack.enter_context(nginx(folder / "nginx", config.workers, whole, headers))
        made = (config.workers, python, title, body)
        written = stack.enter_context(others.pelican(folder / "pelican", *made, headers))
        plain = stack.enter_context(others.wagtail(folder / "plain", *made, is_cached=False))
        cached = stack.enter_context(others.wagtail(folder / "cached", *made, is_cached=True))
        bare = stack.enter_context(hello(folder, config.workers, _gunicorn(python)))
        found = measure([*ours, file, written, plain, cached, bare], KINDS_BY, rounds, seconds)
    lines = [f"{config.workers} workers each; {rounds} rounds of {seconds} s by turns; median (range)", ""]
    lines += [
        "| server | connections | requests/s | processor µs a request |",
        "|---|---|---|---|",
        *summary(found, KINDS_BY),
        "",
    ]
    for beside, goal in ((file, 0.7), (plain, 10), (cached, None)):
        pairs = zip(found[article.name], found[beside.name], strict=True)
        ratio = statistics.median(one.requests_per_second / other.requests_per_second for one, other in pairs)
        judged = "" if goal is None else f", goal {goal}: {'met' if ratio >= goal else 'FALLS SHORT'}"
        lines.append(f"- article, requests/s ÷ {beside.name}: {ratio:.2f}{judged}")
    return "\n".join(lines)


def _gunicorn(python: str) -> str:
    return str(Path(python).with_name("gunicorn"))


def _postmaster(database_url: str) -> tuple[int, ...]:
    """Return the process above PostgreSQL's others, whose time a read costs too."""
    if not database_url:
        return ()
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        return (parent_of(connection.info.backend_pid),)


def slow_connections(folder: Path, database_url: str, connections: int, seconds: int) -> str:
    """Return how readers and senders of forms fare while others never finish what they send."""
    settings = prepare(folder, database_url)
    url = settings["BASE_URL"]
    lines = ["| slow connections | page within 1 s | form within 1 s |", "|---|---|---|"]
    for kind in slow.KINDS:
        command = [sys.executable, "-m", "tracker", "web"]
        with running(command, settings, f"{url}/healthz", folder / "slow.log"):
            page, form = slow.measure(url, stale.PATH, FORM, kind, connections, seconds)
        lines.append(f"| {connections:,}, {kind} | {page.summary(1)} | {form.summary(1)} |")
    return "\n".join([*lines, "", "Goal: 99 %."])


@contextmanager
def databases(kind: str) -> Iterator[Iterator[str]]:
    """Give addresses of empty databases; for SQLite an empty word, which means a file in the data folder."""
    if kind == "sqlite":
        yield itertools.repeat("")
        return
    if Cluster.binaries() is None:
        raise Failed("PostgreSQL is not installed: apt install postgresql")
    with Cluster.started() as cluster:

        def made() -> Iterator[str]:
            for number in itertools.count():
                cluster.create(f"benchmark_{number}")
                yield cluster.url(f"benchmark_{number}")

        yield made()


def options() -> argparse.Namespace:
    """Return what was asked for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--seconds", type=int, default=3)
    asked.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    asked.add_argument(
        "--python", default=sys.executable, help="that of an environment with the group `bench`, and Flask"
    )
    asked.add_argument("--reads", type=int, default=100_000)
    asked.add_argument("--decisions", type=int, default=500)
    asked.add_argument("--slow", type=int, default=1000, help="slow connections")
    asked.add_argument("--only", choices=PARTS)
    return asked.parse_args()


def main() -> None:
    """Print every table."""
    asked = options()
    print(f"The read path on {asked.database}\n")
    with tempfile.TemporaryDirectory() as made, databases(asked.database) as urls:
        for part in [asked.only] if asked.only else PARTS:
            folder = Path(made, part)
            folder.mkdir()
            if part == "throughput":
                print(throughput(folder, next(urls), asked.rounds, asked.seconds, asked.python))
            elif part == "kinds":
                print(kinds(folder, next(urls), asked.rounds, asked.seconds, asked.python))
            elif part == "stale":
                print(stale.table(folder, urls, asked.reads, asked.decisions))
            else:
                print(slow_connections(folder, next(urls), asked.slow, 20))
            print(flush=True)


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"read_path: {error}")
