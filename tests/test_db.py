"""The handle on the database: transactions, writers in turn, instants, settings of SQLite."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from config import ROOT, Config
from tests.bounds import within
from tracker import turn
from tracker.app import create_app
from tracker.db import db, is_passing, refuse_network_folder, transaction
from tracker.domain.errors import Busy
from tracker.models import Limit, SearchTask, Session
from tracker.turn import Turn

SHANGHAI = timezone(timedelta(hours=8))
WRITERS, INCREMENTS = 8, 100
WRITER = f"""
import os
from sqlalchemy import select
from config import Config
from tracker.app import create_app
from tracker.db import db, transaction
from tracker.models import Limit

def write():
    with create_app(Config.from_environment()).app_context():
        for _ in range({INCREMENTS}):
            with transaction():
                counter = db.session.scalars(select(Limit).with_for_update()).one()
                counter.hits += 1

def start():
    child = os.fork()
    if child == 0:
        write()
        os._exit(0)
    return child

for child in [start() for _ in range({WRITERS})]:
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.fixture
def counter(app: Flask, now: datetime) -> Limit:
    row = Limit(key="counter", window_ends_at=now, hits=0)
    with transaction():
        db.session.add(row)
    return row


def stored_hits() -> int:
    db.session.rollback()
    return db.session.scalars(sa.select(Limit.hits)).one()


def elsewhere() -> sa.Connection:
    """Return a connection that is not the session's."""
    return db.engine.connect()


def environment(config: Config) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "TRACKER_DATA": str(config.data),
        "TRACKER_CONTENT": str(config.content),
        "DATABASE_URL": config.database_url,
        "SECRET_KEY": config.secret_key,
    }


def test_eight_processes_that_read_and_write_one_row_lose_no_update(counter: Limit, config: Config) -> None:
    command = [sys.executable, "-W", "error", "-c", WRITER]
    done = subprocess.run(command, cwd=ROOT, env=environment(config), text=True, capture_output=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["0"] * WRITERS, "")
    assert stored_hits() == WRITERS * INCREMENTS


def test_all_of_a_transaction_is_kept_on_success(counter: Limit, now: datetime) -> None:
    with transaction():
        counter.hits = 7
        db.session.add(Limit(key="other", window_ends_at=now, hits=1))
    with elsewhere() as connection:
        assert sorted(connection.scalars(sa.select(Limit.hits))) == [1, 7]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_none_of_a_transaction_is_kept_on_an_error(counter: Limit, error: type[BaseException]) -> None:
    def fail() -> None:
        with transaction():
            counter.hits = 7
            db.session.flush()
            raise error

    with pytest.raises(error):
        fail()
    assert not db.session().in_transaction()  # no lock is held any longer
    assert stored_hits() == 0


def test_a_transaction_does_not_nest_and_the_outer_one_is_undone(counter: Limit) -> None:
    def nest() -> None:
        with transaction():
            counter.hits = 7
            with transaction():
                counter.hits = 8

    with pytest.raises(RuntimeError, match="does not nest"):
        nest()
    assert stored_hits() == 0


def test_after_an_error_the_next_transaction_works(counter: Limit) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        counter.hits = 1 // 0
    with transaction():
        counter.hits = 1
    assert stored_hits() == 1


def test_a_transaction_sees_what_was_committed_after_the_last_read(counter: Limit) -> None:
    assert stored_hits() == 0
    with elsewhere() as connection, connection.begin():
        connection.execute(sa.update(Limit).values(hits=5))
    with transaction():
        counter.hits += 1
    assert stored_hits() == 6


def test_what_the_database_cannot_take_now_is_busy(counter: Limit) -> None:
    def fail() -> None:
        with transaction():
            counter.hits = 7
            db.session.flush()
            raise sa.exc.OperationalError("UPDATE", {}, Exception("the server closed the connection"))

    with pytest.raises(Busy):
        fail()
    assert stored_hits() == 0


@pytest.mark.parametrize(("state", "passes"), [("55P03", True), ("40P01", True), ("57P01", True), ("53100", False)])
def test_what_postgresql_says_is_busy_or_a_fault(state: str, passes: bool) -> None:
    said = psycopg.errors.lookup(state)()
    assert is_passing(sa.exc.OperationalError("UPDATE", {}, said)) is passes


@contextmanager
def turn_held(app: Flask) -> Iterator[None]:
    """Hold what writers wait for: the turn on SQLite, the row on PostgreSQL."""
    line: Turn | None = app.extensions["turn"]
    if line is not None:
        with line.taken():
            yield
    else:
        with elsewhere() as connection, connection.begin():
            connection.execute(sa.update(Limit).values(hits=100))
            yield
            connection.rollback()


def test_a_writer_whose_turn_does_not_come_is_busy(app: Flask, counter: Limit, monkeypatch: pytest.MonkeyPatch) -> None:
    def write() -> None:
        with transaction():
            db.session.execute(sa.update(Limit).values(hits=1))

    monkeypatch.setattr(turn, "PATIENCE", 0.05)
    with turn_held(app), pytest.raises(Busy):
        write()
    write()
    assert stored_hits() == 1


def test_an_instant_without_a_zone_is_refused(app: Flask, backend: str) -> None:
    with pytest.raises(sa.exc.StatementError, match="needs a time zone"), transaction():
        db.session.add(Limit(key="naive", window_ends_at=datetime(2026, 11, 23, 9, 30), hits=0))  # noqa: DTZ001


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 23, 9, 30, 1, 123456, tzinfo=UTC),
        datetime(2026, 11, 23, 17, 30, tzinfo=SHANGHAI),
        datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
    ],
)
def test_an_instant_comes_back_in_utc(app: Flask, moment: datetime) -> None:
    with transaction():
        db.session.add(Limit(key="instant", window_ends_at=moment, hits=0))
    db.session.expire_all()
    found = db.session.scalars(sa.select(Limit.window_ends_at)).one()
    assert found == moment
    assert found.utcoffset() == timedelta(0)


def test_instants_compare_in_the_database_whatever_zone_they_were_given_in(app: Flask) -> None:
    with transaction():
        db.session.add(Limit(key="a", window_ends_at=datetime(2026, 1, 1, 7, tzinfo=SHANGHAI), hits=0))
    midnight = datetime(2026, 1, 1, tzinfo=UTC)
    assert db.session.scalars(sa.select(Limit.key).where(Limit.window_ends_at < midnight)).all() == ["a"]


def test_a_row_that_points_nowhere_is_refused(app: Flask, now: datetime) -> None:
    with pytest.raises(sa.exc.IntegrityError), transaction():
        db.session.add(Session(id="x", account_id=1, created_at=now, seen_at=now, expires_at=now))


SETTINGS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": 5000,
    "trusted_schema": 0,
    "secure_delete": 1,
}


@pytest.mark.parametrize(("name", "value"), SETTINGS.items())
def test_sqlite_is_set_up_to_lose_nothing(sqlite_app: Flask, name: str, value: object) -> None:
    with elsewhere() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {name}").scalar() == value


def test_on_sqlite_a_transaction_holds_the_write_lock_from_its_start(sqlite_app: Flask) -> None:
    other = sqlite3.connect(str(db.engine.url.database), timeout=0, isolation_level=None)
    with transaction(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE").close()
    other.close()


def test_on_sqlite_reading_goes_on_while_somebody_writes(sqlite_app: Flask, now: datetime) -> None:
    other = sqlite3.connect(str(db.engine.url.database), timeout=0, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE audit_head SET seq = seq + 1")
    assert db.session.scalars(sa.select(Limit)).all() == []
    other.rollback()
    other.close()


def test_on_sqlite_a_lock_is_busy(tmp_path: Path) -> None:
    first, second = (sqlite3.connect(tmp_path / "a.db", timeout=0, isolation_level=None) for _ in range(2))
    first.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked") as found:
        second.execute("BEGIN IMMEDIATE")
    assert is_passing(sa.exc.OperationalError("BEGIN", {}, found.value))
    first.close()
    second.close()


@pytest.mark.parametrize(
    ("fault", "said"), [("PRAGMA max_page_count=1", "disk is full"), ("DROP TABLE search_task", "no such table")]
)
def test_a_fault_of_the_database_is_told_and_not_called_busy(
    sqlite_app: Flask, now: datetime, fault: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    def write() -> None:
        with transaction():
            db.session.execute(sa.text(fault))
            db.session.execute(sa.select(SearchTask))
            db.session.add_all(Limit(key=f"{n:0200}", window_ends_at=now, hits=0) for n in range(500))

    with pytest.raises(sa.exc.OperationalError, match=said):
        write()
    assert said in caplog.text
    assert db.session.scalars(sa.select(Limit)).all() == []


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
nas:/export /srv nfs4 rw 0 0
/dev/sdb1 /srv/local xfs rw 0 0
//host/share /mnt/two\\040words cifs rw 0 0
systemd-1 /mnt/auto autofs rw 0 0
nas:/auto /mnt/auto nfs rw 0 0
"""


@pytest.fixture
def mounts(tmp_path: Path) -> str:
    file = tmp_path / "mounts"
    file.write_text(MOUNTS)
    return str(file)


@pytest.mark.parametrize("folder", ["/srv", "/srv/tracker", "/mnt/two words/tracker", "/mnt/auto/tracker"])
def test_a_folder_on_a_network_file_system_is_refused(folder: str, mounts: str) -> None:
    with pytest.raises(RuntimeError, match=r"is on (nfs|cifs).*set TRACKER_DATA"):
        refuse_network_folder(Path(folder), mounts)


@pytest.mark.parametrize("folder", ["/", "/var/lib/tracker", "/srv/local/tracker", "/srvother", "/mnt/two"])
def test_a_folder_on_a_local_disk_is_taken(folder: str, mounts: str) -> None:
    refuse_network_folder(Path(folder), mounts)


def test_without_a_list_of_mounts_every_folder_is_taken(tmp_path: Path) -> None:
    refuse_network_folder(Path("/srv"), str(tmp_path / "missing"))


def test_the_application_does_not_start_on_a_network_file_system(
    tmp_path: Path, content_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []

    def refuse(folder: Path) -> None:
        seen.append(folder)
        if folder.name == "elsewhere":
            raise RuntimeError("needs a local disk")

    monkeypatch.setattr("tracker.app.refuse_network_folder", refuse)
    given = {"TRACKER_DATA": str(tmp_path / "data"), "TRACKER_CONTENT": str(content_folder)}
    config = Config.from_environment(given | {"DATABASE_URL": f"sqlite:///{tmp_path}/elsewhere/tracker.db"})
    with pytest.raises(RuntimeError, match="needs a local disk"):
        create_app(config)
    assert seen == [tmp_path / "data", tmp_path / "elsewhere"]


def test_an_error_of_the_database_names_no_value(app: Flask, counter: Limit, now: datetime) -> None:
    db.session.expunge_all()
    with pytest.raises((sa.exc.IntegrityError, Busy)) as error, transaction():
        db.session.add(Limit(key="counter", window_ends_at=now, hits=4711))
    assert "4711" not in f"{error.value} {error.value.__cause__}"


OPENER = """
import os, sqlite3, sys, tempfile, time
from tracker.db import prepare

def opened(file, at):
    while time.time() < at:
        pass
    connection = sqlite3.connect(file)
    prepare(connection)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    os._exit(0)

for number in range(int(sys.argv[1])):
    file, at, children = os.path.join(tempfile.mkdtemp(), "new.db"), time.time() + 0.02, []
    for _ in range(8):
        child = os.fork()
        if child == 0:
            try:
                opened(file, at)
            finally:
                os._exit(1)
        children.append(child)
    print(sum(os.waitpid(child, 0)[1] for child in children))
"""


@pytest.mark.slow
def test_eight_processes_that_open_a_new_file_at_once_are_all_let_in() -> None:
    """Each is the first, and switches it to WAL: SQLite refuses one in some four hundred, whatever its patience."""
    done = subprocess.run(
        [sys.executable, "-c", OPENER, str(within(60, 400))], cwd=ROOT, text=True, capture_output=True, check=False
    )
    assert set(done.stdout.split()) == {"0"}, done.stderr
