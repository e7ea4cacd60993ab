"""`tracker serve`, `web` and `worker`: the processes of a running site."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event
from types import FrameType

import click
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import with_appcontext
from granian import Granian
from granian.constants import Interfaces
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from config import ROOT, Config
from tracker import clock, mail
from tracker.db import db, transaction
from tracker.render.site import Site
from tracker.services import accounts, upkeep

PAUSE = 1.0
"""Seconds the worker waits when nothing is due."""

UPKEEP_EVERY = 60.0


@click.command()
@click.option("--reload", is_flag=True, help="Watch content/ and the program; show a change at once.")
@with_appcontext
def serve(reload: bool) -> None:
    """Run web and worker together: all that a small site needs."""
    config, site = _ready()
    _welcome(config, site)
    processes = _start()
    stopping = _stop_on_signal()
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
    config, _ = _ready()
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


@click.command()
@with_appcontext
def worker() -> None:
    """Deliver mail and do what is due; any number may run."""
    _, site = _ready()
    stopping = _stop_on_signal()
    upkeep_at = 0.0
    while not stopping.is_set():
        if time.monotonic() >= upkeep_at:
            upkeep_at = time.monotonic() + UPKEEP_EVERY
            with transaction():
                upkeep.tidy(clock.now())
        if not mail.deliver(site, clock.now()):
            stopping.wait(PAUSE)


def _ready() -> tuple[Config, Site]:
    """Return settings and site, once the database is at the revision that this program knows."""
    alembic = AlembicConfig(toml_file=ROOT / "pyproject.toml")
    known = ScriptDirectory.from_config(alembic).get_current_head()
    try:
        found = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DBAPIError:
        sys.exit("tracker: the database has no tables yet: run alembic upgrade head")
    finally:
        db.session.rollback()
    if found != known:
        sys.exit(f"tracker: the database is at revision {found}, this program needs {known}: run alembic upgrade head")
    return current_app.extensions["config"], current_app.extensions["site"]


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


def _stop_on_signal() -> Event:
    stopping = Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)
    return stopping


def _state_of_files(config: Config) -> dict[Path, int]:
    folders = (config.content, ROOT / "tracker")
    files = (file for folder in folders for file in folder.rglob("*") if file.suffix != ".pyc")
    return {file: file.stat().st_mtime_ns for file in files if file.is_file()}
