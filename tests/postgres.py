"""A PostgreSQL server for the tests: started from the binaries of the machine, on a socket of its own."""

import contextlib
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import psycopg

_KEEP = """
DO $$
DECLARE made record; is_filled boolean;
BEGIN
  CREATE SCHEMA kept;
  FOR made IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', made.name) INTO is_filled;
    IF is_filled THEN EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', made.name, made.name); END IF;
  END LOOP;
  CREATE VIEW kept.used AS SELECT sequencename AS name, last_value AS number FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL;
  CREATE TABLE kept.numbers AS SELECT * FROM kept.used;
END $$
"""
"""Puts the rows of a database aside, with how far its sequences are."""

_BRING_BACK = """
DO $$
DECLARE made record; is_filled boolean;
BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle';
  SET LOCAL session_replication_role = replica;
  FOR made IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', made.name) INTO is_filled;
    IF is_filled THEN EXECUTE format('DELETE FROM public.%I', made.name); END IF;
  END LOOP;
  PERFORM setval(format('public.%I', name), 1, false) FROM kept.used;
  FOR made IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'kept' AND tablename <> 'numbers' LOOP
    EXECUTE format('INSERT INTO public.%I SELECT * FROM kept.%I', made.name, made.name);
  END LOOP;
  PERFORM setval(format('public.%I', name), number) FROM kept.numbers;
END $$
"""
"""Brings the rows back; neither foreign keys nor triggers are asked, and the connections at rest stay as they are."""


class Cluster:
    """A running server. A database is copied from a template once a process and then brought back for each test.

    A copy a test would take as long as most tests do: all its files, and a cold catalogue for each new connection.
    """

    def __init__(self, folder: Path, restart: Callable[[], None]) -> None:
        self._folder = folder
        self.restart = restart
        self._made: set[str] = set()

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

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """Let nothing of it run meanwhile; its connections stay open and are acknowledged, as with any process that is stopped."""
        postmaster = int((self._folder / "data" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        processes = [postmaster, *map(int, children)]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    def url(self, name: str) -> str:
        """Return the address of a database as DATABASE_URL takes it."""
        return f"postgresql+psycopg://tracker@/{name}?host={self._folder}"

    def create(self, name: str) -> None:
        """Make an empty database."""
        self._execute(f'CREATE DATABASE "{name}"')

    def keep(self, template: str) -> None:
        """Put aside what a template holds, so that copies of it can be brought back to it."""
        self._execute(_KEEP, template)

    def fresh(self, template: str) -> str:
        """Return the name of this process's database, which holds what the template does."""
        name = f"t{os.getpid()}"
        if name in self._made:
            self._execute(_BRING_BACK, name)
        else:
            self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
            self._made.add(name)
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _execute(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(f"postgresql://tracker@/{database}?host={self._folder}", autocommit=True) as connection:
            connection.execute(statement)
