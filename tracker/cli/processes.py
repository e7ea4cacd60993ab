"""`tracker serve` and `web`: the processes of a running site."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from config import ROOT, Config
from tracker import clock
from tracker.cli import server
from tracker.cli.articles import REFUSED
from tracker.cli.readiness import ready, stop_on_signal
from tracker.db import db, transaction
from tracker.domain.errors import Busy
from tracker.mail.transport import TIMEOUT
from tracker.render.site import Site
from tracker.services import links, publication

STOPS_WITHIN = TIMEOUT + 5
"""Seconds that a process has to end: as long as one mail may take, and a little."""


@click.command()
@click.option("--reload", is_flag=True, help="Watch content/ and the program; show a change at once.")
@with_appcontext
def serve(reload: bool) -> None:
    """Run web and worker together: all that a small site needs."""
    config, site = ready()
    server.refuse_taken(config.host, config.port)
    _welcome(config, site)
    started = seen = _state_of_files(config)
    processes = _start()
    stopping = stop_on_signal()
    while not stopping.wait(0.3) and all(process.poll() is None for process in processes):
        if not reload or (state := _state_of_files(config)) == seen:
            continue
        seen = state
        if _synced() and _is_read_at_start(config, {file for file, _ in started.items() ^ state.items()}):
            _stop(processes)
            started, processes = state, _start()
    _stop(processes)
    if not stopping.is_set():
        sys.exit("tracker: a process ended by itself; see its message above")


@click.command()
@with_appcontext
def web() -> None:
    """Run the web server alone."""
    config, site = ready()
    _bring_assets(site)
    db.engine.dispose()
    server.run(config)


def _bring_assets(site: Site) -> None:
    """Put this program's assets beside the pages that are there, whoever made them: forms and the desk name them, and a machine with
    another program may be asked. Where the database does not take them now, the server starts without.
    """
    try:
        with transaction():
            publication.write(site, [asset.path for asset in site.assets.values()], clock.now())
    except (Busy, DBAPIError):
        click.echo("tracker: the style sheets of this program cannot be stored now; tracker sync stores them", err=True)


def _welcome(config: Config, site: Site) -> None:
    """Say where the site is, where mail goes, and how the first admin gets in."""
    click.echo(f"Tracker: {config.base_url}/  (press Ctrl+C to stop)")
    if not config.mail_server:
        click.echo(f"No MAIL_SERVER is set: mail is kept as files in {config.data / 'mail'}")
    with transaction(while_read_only=True):
        link = links.first_admin_link(site, clock.now())
        address = links.address_of(site, link) if link else None
    if address:
        click.echo(f"There is no admin yet. Set your password with this single-use link:\n  {address}")


def _start() -> list[subprocess.Popen[bytes]]:
    return [_run(name) for name in ("web", "worker")]


def _run(name: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tracker", name], cwd=ROOT)  # noqa: S603 - our own words


def _synced() -> bool:
    """Bring the files onto the site beside what runs; where the program would not start with them, it says why, and what runs stays."""
    return subprocess.run([sys.executable, "-m", "tracker", "sync"], cwd=ROOT, check=False).returncode in {0, REFUSED}


def _is_read_at_start(config: Config, changed: set[Path]) -> bool:
    """Say whether a process that runs does not know of these changes; articles and their pictures are rows once they are synced."""
    known_from = (ROOT / "tracker", config.content / "pages", config.content / "categories.yml")
    return any(file.is_relative_to(place) for file in changed for place in known_from)


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(timeout=STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()


def _state_of_files(config: Config) -> dict[Path, int]:
    folders = (config.content, ROOT / "tracker")
    state = {}
    for base, _, names in (found for folder in folders for found in os.walk(folder)):
        for file in (Path(base, name) for name in names if ".pyc" not in name):  # nor what becomes one
            with suppress(OSError):  # gone between the list and the look
                state[file] = file.stat().st_mtime_ns
    return state
