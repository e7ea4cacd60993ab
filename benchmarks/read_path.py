"""The article page through the whole stack, against nginx with the same bytes and a bare Flask hello, in one run.

    .venv/bin/python -m benchmarks.read_path [--rounds 5] [--seconds 3] [--gunicorn PATH]

Needs wrk and nginx (Debian: wrk, nginx-light) and gunicorn with Flask (`pip install gunicorn flask` in a virtual environment
of its own). Prints medians and ranges; only ratios within one run mean anything.
"""

import argparse
import os
import statistics
import sys
import tempfile
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from benchmarks import stale
from benchmarks.servers import Load, Server, hello, nginx, prepare, put_load, running
from config import Config

CONNECTIONS = 16


def measure(servers: list[Server], rounds: int, seconds: int) -> dict[str, list[Load]]:
    """Put load on each server in turn, round after round."""
    loads: dict[str, list[Load]] = {server.name: [] for server in servers}
    for server in servers:
        put_load(server, 1, CONNECTIONS)  # warm
    for _ in range(rounds):
        for server in servers:
            loads[server.name].append(put_load(server, seconds, CONNECTIONS))
    return loads


def table(loads: dict[str, list[Load]]) -> str:
    """Return medians and ranges as a table, and the ratios to the goals."""
    lines = ["| server | requests/s, median (range) | processor µs a request |", "|---|---|---|"]
    rates: list[float] = []
    costs: list[float] = []
    for name, rounds in loads.items():
        rate = sorted(load.requests_per_second for load in rounds)
        rates.append(statistics.median(rate))
        costs.append(statistics.median(load.processor_microseconds for load in rounds))
        lines.append(f"| {name} | {rates[-1]:,.0f} ({rate[0]:,.0f}–{rate[-1]:,.0f}) | {costs[-1]:.1f} |")
    lines += [
        "",
        f"requests/s: {rates[0] / rates[1]:.2f} × nginx (goal 0.6), {rates[0] / rates[2]:.1f} × hello (goal 4); "
        f"processor time, nginx ÷ ours: {costs[1] / costs[0]:.2f} (goal 0.45)",
    ]
    return "\n".join(lines)


def throughput(folder: Path, rounds: int, seconds: int, gunicorn: str, database_url: str) -> str:
    """Run the three servers side by side and return the table."""
    settings = prepare(folder, database_url)
    config = Config.from_environment(settings)
    url = settings["BASE_URL"] + stale.PATH
    with ExitStack() as stack:
        command = [sys.executable, "-m", "tracker", "web"]
        pid = stack.enter_context(running(command, settings, url, folder / "web.log"))
        with urllib.request.urlopen(url) as answer:
            body, headers = answer.read(), list(answer.headers.items())
        (folder / "nginx").mkdir()
        servers = [
            Server(f"Tracker ({len(body):,} bytes)", url, (pid,)),
            stack.enter_context(nginx(folder / "nginx", config.workers, body, headers)),
            stack.enter_context(hello(folder, config.workers, gunicorn)),
        ]
        return table(measure(servers, rounds, seconds))


def main() -> None:
    """Print both tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=3)
    options.add_argument("--decisions", type=int, default=500)
    options.add_argument("--gunicorn", default="gunicorn")
    chosen = options.parse_args()
    database_url = os.environ.get("DATABASE_URL", "")
    with tempfile.TemporaryDirectory() as folder:
        print(throughput(Path(folder), chosen.rounds, chosen.seconds, chosen.gunicorn, database_url), "\n")
    print(stale.table(database_url, chosen.decisions, 60))


if __name__ == "__main__":
    main()
