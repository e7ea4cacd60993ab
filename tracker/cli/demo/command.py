"""`tracker demo`: fill a folder of its own, serve it, and throw it away."""

import json
import logging
import os
import shutil
import sys
from dataclasses import fields
from pathlib import Path

import click
from alembic import command
from alembic.config import Config as AlembicConfig
from flask import Flask
from sqlalchemy import NullPool, create_engine, inspect, select

from config import ROOT, Config
from tracker import clock
from tracker.app import create_app
from tracker.cli import articles, server
from tracker.cli.counted import counted
from tracker.cli.demo import story, words
from tracker.cli.readiness import ready
from tracker.db import db, transaction
from tracker.domain.errors import DomainError
from tracker.domain.roles import LABELS
from tracker.models import Account
from tracker.services import accounts, links, settings

MARK = "this-is-a-demo.json"


@click.command()
@click.option(
    "--folder", type=click.Path(path_type=Path), default=ROOT / "demo", help="Where it lives; by default demo/."
)
@click.option("--database", default="", help="postgresql://… of an empty database; by default SQLite in the folder.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8001,
    envvar="TRACKER_PORT",
    help="Where it is served; by default 8001.",
)
@click.option("--fill-only", is_flag=True, help="Fill it and do not serve.")
@click.option("--remove", is_flag=True, help="Throw it away.")
def demo(folder: Path, database: str, port: int, fill_only: bool, remove: bool) -> None:
    """Fill a desk with some three hundred invented cases in every state, print how to sign in, and serve it.

    It has a folder and a database of its own, touches nothing else, and sends no mail: mails are files in its folder.
    """
    folder = folder.resolve()
    if remove:
        _remove(folder)
        return
    if not fill_only:
        server.refuse_taken(Config.host, port)
    is_new = not (folder / MARK).exists()
    if is_new:
        _refuse_what_is_not_empty(folder, database)
        _fill(folder, database, port)
    config = _config(folder, port)
    app = create_app(config)
    with app.app_context():
        if not is_new:
            _bring_up_to_date()
        _say_how_to_sign_in(app, folder)
        db.session.remove()
        db.engine.dispose()
    if not fill_only:
        os.chdir(ROOT)
        words = [*_environment(config), sys.executable, "-m", "tracker", "serve"]
        os.execvp(words[0], words)  # noqa: S606 - our own words; whoever stops this process stops the site


def _refuse_what_is_not_empty(folder: Path, database: str) -> None:
    if folder.exists() and any(folder.iterdir()):
        sys.exit(f"tracker: {folder} is not empty and is no demo: choose another --folder")
    if database:
        engine = create_engine(Config.from_environment({"DATABASE_URL": database}).database_url, poolclass=NullPool)
        if inspect(engine).get_table_names():
            sys.exit("tracker: this database is not empty: a demo needs one of its own")


def _fill(folder: Path, database: str, port: int) -> None:
    click.echo("Filling the demo: ninety days of a desk, about a minute …")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        story.write_articles(folder / "content")
        (folder / MARK).write_text(json.dumps({"database": database}))  # from here on, --remove finds it
        config = _config(folder, port)
        alembic = AlembicConfig(toml_file=ROOT / "pyproject.toml")
        alembic.attributes["database_url"] = config.database_url
        command.upgrade(alembic, "head")
        app = create_app(config)
        logging.getLogger("tracker").setLevel(logging.ERROR)  # that mails come back is part of the story
        with app.app_context():
            story.tell(app.extensions["site"], clock.now())
            numbers = story.numbers()
            db.session.remove()
            db.engine.dispose()
    except BaseException:
        _remove(folder)
        raise
    said = ", ".join(f"{state} {number}" for state, number in sorted(numbers.items()))
    click.echo(f"{sum(numbers.values())} cases: {said}")


def _bring_up_to_date() -> None:
    """Make the pages anew where another program, or another port, made them: nobody runs `tracker sync` on a demo."""
    _, site = ready()
    try:
        result = articles.run(site)
    except DomainError as error:  # paused, say: what is there is shown
        click.echo(f"The pages stay as they are: {error}", err=True)
        return
    articles.complain(site, result)
    if result.pages:
        click.echo(f"{counted(result.pages, 'page')} made anew: the address or the program is another one than before")


def _config(folder: Path, port: int) -> Config:
    """Return settings that take nothing from the environment but the port: no mail server, no other database."""
    kept = json.loads((folder / MARK).read_text()) if (folder / MARK).exists() else {}
    return Config.from_environment(
        {
            "TRACKER_DATA": str(folder),
            "TRACKER_CONTENT": str(folder / "content"),
            "TRACKER_PORT": str(port),
            "DATABASE_URL": kept.get("database", ""),
        }
    )


def _environment(config: Config) -> list[str]:
    """Return the words that run a command under these settings and no others."""
    unset = [word for setting in fields(Config) for word in ("-u", setting.metadata["variable"])]
    return [
        "/usr/bin/env", *unset, f"TRACKER_DATA={config.data}", f"TRACKER_CONTENT={config.content}",
        f"TRACKER_PORT={config.port}", f"DATABASE_URL={config.database_url}",
    ]  # fmt: skip


def _say_how_to_sign_in(app: Flask, folder: Path) -> None:
    site, now = settings.in_force(app.extensions["site"]), clock.now()
    people = {account.email: account for account in db.session.scalars(select(Account))}
    click.echo("Each link sets a password once:")
    for email, name, role in words.STAFF:
        if email not in people:
            continue
        with transaction(while_read_only=True):
            link = accounts.invite(site, None, email, None, now)
            address = links.address_of(site, link)
        click.echo(f"  {email:22} {name}（{LABELS[role]}）\n    {address}")
    click.echo(f"Mails are files in {folder / 'mail'}. Throw it all away: tracker demo --remove --folder {folder}")


def _remove(folder: Path) -> None:
    mark = folder / MARK
    if not mark.exists():
        sys.exit(f"tracker: {folder} is no demo, nothing was removed")
    database = json.loads(mark.read_text())["database"]
    if database:
        alembic = AlembicConfig(toml_file=ROOT / "pyproject.toml")
        alembic.attributes["database_url"] = Config.from_environment({"DATABASE_URL": database}).database_url
        command.downgrade(alembic, "base")
    shutil.rmtree(folder)
    click.echo(f"{folder} is gone")
