"""A PostgreSQL server for the tests: started from the binaries of the machine, on a socket of its own."""

import contextlib
import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import psycopg


class Cluster:
    """A running server; `copy` makes a database from a template in a few hundredths of a second."""

    def __init__(self, folder: Path, restart: Callable[[], None]) -> None:
        self._folder = folder
        self.restart = restart

    @staticmethod
    def binaries() -> str | None:
        """Return the folder that holds initdb and pg_ctl, or None."""
        known = sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
        on_path = shutil.which("initdb")
        return known[0] if known else os.path.dirname(on_path) if on_path else None

    @classmethod
    @contextlib.contextmanager
    def started(cls, *settings: str, kept: Path | None = None) -> Iterator[Self]:
        """Start a server; settings are given as `name=value`. As root it runs as another user: it refuses root.

        Its data go when it stops, unless they are `kept` in a folder.
        """
        folder = kept or Path(tempfile.mkdtemp(prefix="pg-"))
        who: dict[str, Any] = {}
        if os.geteuid() == 0:
            name = next(n for n in ("postgres", "nobody") if n in {entry.pw_name for entry in pwd.getpwall()})
            who = {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}
            shutil.chown(folder, name)
        binaries = cls.binaries()

        def run(command: str, *arguments: str) -> None:
            subprocess.run(
                [f"{binaries}/{command}", *arguments], check=True, stdout=subprocess.DEVNULL, cwd=folder, **who
            )

        if not (folder / "data").exists():
            run(
                "initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "tracker", "-E", "UTF8", "--locale=C.UTF-8", "-N"
            )
        options = ["listen_addresses=", "fsync=off", "synchronous_commit=off", "max_connections=200", *settings]
        flags = " ".join(f"-c {option.partition('=')[0]}='{option.partition('=')[2]}'" for option in options)
        run("pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", f"-k {folder} {flags}", "start")
        try:
            yield cls(folder, lambda: run("pg_ctl", "-D", f"{folder}/data", "-w", "-m", "fast", "restart"))
        finally:
            run("pg_ctl", "-D", f"{folder}/data", "-m", "fast" if kept else "immediate", "stop")
            if kept is None:
                shutil.rmtree(folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """Return the address of a database as DATABASE_URL takes it."""
        return f"postgresql+psycopg://tracker@/{name}?host={self._folder}"

    def create(self, name: str) -> None:
        """Make an empty database."""
        self._execute(f'CREATE DATABASE "{name}"')

    def copy(self, template: str) -> str:
        """Make a database from a template; return its name, the same each time."""
        name = f"t{os.getpid()}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _execute(self, statement: str) -> None:
        with psycopg.connect(f"postgresql://tracker@/postgres?host={self._folder}", autocommit=True) as connection:
            connection.execute(statement)
