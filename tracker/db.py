"""The database handle, constraint names, the UTC time type, settings of SQLite and PostgreSQL, and transaction()."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import sqlalchemy as sa
from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, make_transient_to_detached, registry

from tracker import turn
from tracker.domain.errors import N_, Busy, Paused, busy

READ_ONLY = N_("本站暂时只能阅读，不能提交：%(reason)s。您的内容没有丢失，请稍后再提交一次。")

_SWITCH = 7223111
"""The number of PostgreSQL's lock that acts share and the switch to read-only takes alone."""

_WAIT = f"SET LOCAL lock_timeout = {int(turn.PATIENCE * 1000)}"
_SHARED = f"SELECT pg_advisory_xact_lock_shared({_SWITCH})"
_REASON = "SELECT read_only FROM settings_version WHERE id = (SELECT max(id) FROM settings_version)"

_PASSING = frozenset({
    "55P03", "40001", "40P01", "23505", "53300", "57P01", "57P02", "57P03", "08000", "08001", "08003", "08004", "08006",
})  # fmt: skip
"""What PostgreSQL says when a lock did not come, two acts met or brought the same, or it cannot be reached now.

Of two that bring the same at one moment neither can have seen the other's; sent again, the second is told what is there."""

UNWRITTEN = (Busy, OperationalError)
"""What a page goes on after that would have noted something beside what it shows: it can be read from a full disk, too."""

_NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "ceph", "glusterfs"})

Values = Mapping[str, Any] | Sequence[Mapping[str, Any]]

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")
R = TypeVar("R", bound="Base")


class Instant(sa.types.TypeDecorator[datetime]):
    """An instant in UTC. SQLite gives back naive times; this makes them aware on both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without a zone; store the rest as UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_TYPES: dict[Any, Any] = {datetime: Instant(), dict[str, Any]: sa.JSON(), list[str]: sa.JSON()}


class Base(DeclarativeBase):
    """The base of every table."""

    registry = registry(metadata=_METADATA, type_annotation_map=_TYPES)


db = SQLAlchemy(model_class=Base, disable_autonaming=True)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


def words(enum: type[E]) -> sa.Enum:
    """Return the column type that stores a closed list of words by value."""
    return sa.Enum(enum, native_enum=False, length=40, values_callable=lambda kind: [word.value for word in kind])


def table(model: type[Base]) -> sa.Table:
    """Return the table of a model, for rows that go into it past the session."""
    return cast("sa.Table", model.__table__)


def one_of(column: Any, among: Iterable[StrEnum]) -> sa.ColumnElement[bool]:
    """Return the condition that a column holds one of some words of ours, which stand in the statement itself: a list of values
    is put in at each run.
    """
    found: sa.ColumnElement[bool] = column.in_([sa.literal_column(f"'{word.value}'") for word in sorted(among)])
    return found


@contextmanager
def transaction(*, while_read_only: bool = False) -> Iterator[None]:
    """Run one use case as one commit: all of it on success, none of it on any error.

    The only commit of the program. Refuses to nest. Raises Busy when the database does not take it now, and Paused
    while the site is read-only; an error at the commit itself means "unknown", which is why every submission carries an
    idempotency key.
    """
    session = db.session
    if session.info.get("connection"):
        raise RuntimeError("transaction() does not nest: open it once, round one service call")
    session.rollback()  # what was read before belongs to an older snapshot
    line: turn.Turn | None = current_app.extensions["turn"]
    try:
        with line.taken() if line else nullcontext():
            connection = session.connection(execution_options={"immediate": True})
            session.info["connection"] = connection
            if line is None:
                connection.exec_driver_sql(_WAIT)
            if not while_read_only:
                _refuse_while_read_only(connection)
            yield
            session.commit()
    except (OperationalError, IntegrityError) as error:
        session.rollback()
        raise later(error) from error
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("connection", None)


def ask(statement: sa.Executable, values: Values | None = None) -> sa.CursorResult[*tuple[Any, ...]]:
    """Run a statement about columns, not about rows of the session: in half the time that the session takes for it.

    What waits to be written is written first, unless the session is told not to.
    """
    session = db.session()
    if session.autoflush:
        session.flush()
    connection: Connection = session.info.get("connection") or session.connection()  # to ask the session takes long
    return connection.execute(statement, values)


def stored(row: R) -> R:
    """Let the session know a row that a statement has just inserted, as if it had been read; what it was not given is read when asked for.

    Not within a savepoint: the session would know the row after it was taken back.
    """
    session = db.session()
    if session.in_nested_transaction():
        raise RuntimeError("a savepoint does not take back what the session knows")
    make_transient_to_detached(row)
    key = sa.inspect(row).key
    if key and (ghost := session.identity_map.get(key)):  # of an act that was taken back: its number is given anew
        session.expunge(ghost)
    session.add(row)
    return row


class _Rehearsed(Exception):
    """An act was done only to see what it does: no error, the way out of its transaction."""


def rehearsed(act: Callable[[], T]) -> T:
    """Do an act in a transaction of its own, return what it saw, and take all of it back."""
    seen: list[T] = []
    try:
        with transaction():
            seen.append(act())
            raise _Rehearsed
    except _Rehearsed:
        return seen[0]


def later(error: OperationalError | IntegrityError) -> Busy:
    """Return the error that asks to send the same again, if the database was locked or out of reach; raise any other fault."""
    if not is_passing(error):
        current_app.logger.error("the database failed: %s", error.orig)
        raise error
    return busy()


def is_passing(error: OperationalError | IntegrityError) -> bool:
    """Say whether the same may go well a moment later. A fault without a code is a connection that was lost or never made."""
    code, state = getattr(error.orig, "sqlite_errorcode", None), getattr(error.orig, "sqlstate", None)
    if code is not None:
        return code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    return state is None or state in _PASSING


def _refuse_while_read_only(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_SHARED)
    if reason := connection.exec_driver_sql(_REASON).scalar():
        raise Paused(READ_ONLY, reason=reason)


def wait_for_acts() -> None:
    """Wait, in the transaction that makes the site read-only, until every act that began before has ended.

    On SQLite nothing else can be under way.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.text(f"SELECT pg_advisory_xact_lock({_SWITCH})"))


def configure(engine: sa.Engine) -> None:
    """Give each new connection the settings that make a commit durable and a read consistent."""
    if engine.dialect.name != "sqlite":
        return

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        prepare(connection)

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def prepare(connection: Any) -> None:
    """Set up one sqlite3 connection. WAL with synchronous=FULL loses nothing at a power cut; NORMAL does."""
    connection.isolation_level = None  # the driver would begin only at the first write, after our reads
    connection.execute("PRAGMA busy_timeout=5000").close()
    _write_ahead(connection)
    for pragma in (
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _write_ahead(connection: Any) -> None:
    """Switch to WAL. Of two that switch a new file at one moment SQLite refuses one at once, however patient: each waits for the other."""
    for left in reversed(range(100)):
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
            return
        except sqlite3.OperationalError:
            if not left:
                raise
            time.sleep(0.02)


def refuse_network_folder(folder: Path, mounts: str = "/proc/mounts") -> None:
    """Raise RuntimeError when `folder` lies on a network file system, where SQLite's locks do not hold."""
    try:
        rows = [line.split() for line in Path(mounts).read_text().splitlines()]
    except OSError:
        return  # not Linux: nothing to read
    holders = [row for row in reversed(rows) if folder.is_relative_to(row[1].replace("\\040", " "))]
    kind = max(holders, key=lambda row: len(row[1]), default=["", "", ""])[2]  # the last mounted there is the one seen
    if kind in _NETWORK_FILE_SYSTEMS:
        raise RuntimeError(
            f"{folder} is on {kind}, SQLite needs a local disk: set TRACKER_DATA, or DATABASE_URL to PostgreSQL"
        )
