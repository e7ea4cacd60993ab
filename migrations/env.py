"""Runs the migrations: one transaction each, so that a kill at any moment leaves the old or the new schema."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import context
from alembic.util import CommandError

import tracker.models  # noqa: F401 - fills the metadata
from config import Config, ConfigError
from tracker.db import Base, configure

_PATIENCE_MS = 60_000


@contextmanager
def alone(engine: sa.Engine) -> Iterator[None]:
    """Wait for whoever else migrates: a lock within a transaction would end with the first migration, and the next be done twice.

    PostgreSQL's is the session's; SQLite's is on a file of its own, which the kernel lets go of with its process.
    """
    if engine.dialect.name != "postgresql":
        try:
            file = open(f"{engine.url.database}-upgrading", "w")  # noqa: SIM115 - closed below
        except OSError as error:
            raise CommandError(f"the database cannot be upgraded: {error}") from None
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(7223110)"))
        yield


def is_ours(name: str | None, kind: str, _: object) -> bool:
    """Leave aside what is searched, on the desk and by readers: each database makes it in its own way, without a model."""
    return kind != "table" or not (name or "").startswith(("search_index", "reader_index"))


def _url() -> str:
    """Return the address of the database; a setting that is wrong is said in a line, as `tracker` says it."""
    try:
        return str(context.config.attributes.get("database_url") or Config.from_environment().database_url)
    except ConfigError as error:
        raise CommandError(str(error)) from None


def _refuse_unreadable(engine: sa.Engine) -> None:
    """Say in a line why a database cannot be opened: this is the first that `make run` does, and what a service does first."""
    try:
        engine.connect().close()
    except sa.exc.DBAPIError as error:
        said = " ".join(str(error.orig).split())
        raise CommandError(f"the database cannot be opened, see DATABASE_URL and TRACKER_DATA: {said}") from None


def run() -> None:
    """Migrate the database that the settings name, or the one handed over by a test."""
    engine = sa.create_engine(_url(), poolclass=sa.NullPool)
    configure(engine)
    _refuse_unreadable(engine)
    if engine.dialect.name == "sqlite":  # whoever starts at the same time waits for all of it
        sa.event.listen(engine, "connect", lambda made, _: made.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}"))
    with alone(engine), engine.connect().execution_options(immediate=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_server_default=True,
            include_name=is_ours,
            transactional_ddl=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
