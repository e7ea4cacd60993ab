"""`tracker serve` and `web`: the processes of a running site."""

import signal
import subprocess
import sys
from pathlib import Path

import click
from flask.cli import with_appcontext
from granian import Granian
from granian.constants import Interfaces

from config import ROOT, Config
from tracker import clock
from tracker.cli.readiness import ready, stop_on_signal
from tracker.db import db, transaction
from tracker.render.site import Site
from tracker.services import accounts


@click.command()
@click.option("--reload", is_flag=True, help="Watch content/ and the program; show a change at once.")
@with_appcontext
def serve(reload: bool) -> None:
    """Run web and worker together: all that a small site needs."""
    config, site = ready()
    _welcome(config, site)
    processes = _start()
    stopping = stop_on_signal()
    seen = _state_of_files(config)
    while not stopping.wait(0.3) and all(process.poll() is None for process in processes):
        if reload and (state := _state_of_files(config)) != seen:
            seen = state
            _stop(processes)
            subprocess.run([sys.executable, "-m", "tracker", "sync"], cwd=ROOT, check=False)
            processes = _start()
    _stop(processes)
    if not stopping.is_set():
        sys.exit("tracker: a process ended by itself; see its message above")


@click.command()
@with_appcontext
def web() -> None:
    """Run the web server alone."""
    config, _ = ready()
    db.engine.dispose()
    Granian(
        "wsgi:app",
        address=config.host,
        port=config.port,
        interface=Interfaces.WSGI,
        workers=config.workers,
        blocking_threads=config.threads,
        working_dir=ROOT,
        log_access=False,
        respawn_failed_workers=True,
    ).serve()


def _welcome(config: Config, site: Site) -> None:
    """Say where the site is, where mail goes, and how the first admin gets in."""
    click.echo(f"Tracker: {config.base_url}/  (press Ctrl+C to stop)")
    if not config.mail_server:
        click.echo(f"No MAIL_SERVER is set: mail is kept as files in {config.data / 'mail'}")
    with transaction():
        link = accounts.first_admin_link(site, clock.now())
        address = accounts.address_of(site, link) if link else None
    if address:
        click.echo(f"There is no admin yet. Set your password with this single-use link:\n  {address}")


def _start() -> list[subprocess.Popen[bytes]]:
    return [_run(name) for name in ("web", "worker")]


def _run(name: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tracker", name], cwd=ROOT)  # noqa: S603 - our own words


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()


def _state_of_files(config: Config) -> dict[Path, int]:
    folders = (config.content, ROOT / "tracker")
    files = (file for folder in folders for file in folder.rglob("*") if file.suffix != ".pyc")
    return {file: file.stat().st_mtime_ns for file in files if file.is_file()}
