"""One migrated database a test, copied from a template; the same tests on SQLite and on PostgreSQL."""

import gc
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from alembic import command
from alembic.config import Config as AlembicConfig
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete
from werkzeug.test import TestResponse

from config import ROOT, Config
from tests import bounds
from tests.postgres import Cluster
from tests.staff import make_member
from tracker import clock
from tracker.app import create_app
from tracker.cli import articles as sync
from tracker.db import db
from tracker.models import Account, Generation, Page
from tracker.render.site import Site

BACKENDS = ("sqlite", "postgresql")
JOURNEYS = "tests/journeys/"
ON_ONE = (
    "tests/views/",
    JOURNEYS,
    "tests/test_canary.py",
    "tests/test_proving.py",
    "tests/test_listings.py",
    "tests/services/test_odd.py",
    "tests/mail/test_canaries.py",
)
USE_CASES = ("tests/services/", "tests/mail/")
RACES = frozenset({"at_once", "meanwhile", "threading"})
"""What a test of acts at the same time names: where writers queue by themselves, a lock that is missing does not show."""

WHOLE = ("tests/journeys/test_takedown.py", "tests/test_cli_demo.py")
"""A whole takedown, and the whole of the program in one command."""

UNREAD = (*USE_CASES, "tests/views/")
READ = frozenset(
    {
        "tests/services/four_eyes/test_approving.py",
        "tests/services/four_eyes/test_proposing.py",
        "tests/services/four_eyes/test_unanswered.py",
        "tests/services/test_articles.py",
        "tests/services/test_counters.py",
        "tests/services/test_decisions.py",
        "tests/services/test_exchange.py",
        "tests/services/test_heat.py",
        "tests/services/test_many_at_once.py",
        "tests/services/test_measures.py",
        "tests/services/test_publication.py",
        "tests/services/test_settings.py",
        "tests/services/test_two_at_once.py",
        "tests/services/test_undo.py",
        "tests/views/test_batches.py",
        "tests/views/test_case_texts.py",
        "tests/views/test_deciding.py",
        "tests/views/test_records.py",
        "tests/views/test_redress.py",
        "tests/views/test_roles.py",
    }
)
"""Use cases and pages look at no stored page of the site, but for those that do; without, a page is made when it is asked for."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=BACKENDS, help="run on one database only")
    parser.addoption("--full", action="store_true", help="all on both databases, and slow proofs without bounds")
    parser.addoption("--no-skips", action="store_true", help="fail when a test was skipped")


def pytest_configure(config: pytest.Config) -> None:
    """Say to what is imported from here on how far it goes."""
    bounds.IS_FULL = config.getoption("--full")


def pytest_collection_finish() -> None:
    """Keep what is there for good out of every later look for garbage: each test makes an application and drops it."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have measured, which they say with `record_property("measured", …)`: what they print is shown of failed ones alone."""
    for report in terminalreporter.getreports("passed"):
        for name, line in report.user_properties:
            if name == "measured":
                terminalreporter.write_line(f"{report.nodeid}: {line}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--no-skips") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" in metafunc.fixturenames:
        only = metafunc.config.getoption("--database")
        metafunc.parametrize("backend", [only] if only else _backends(metafunc), scope="session")


def _backends(metafunc: pytest.Metafunc) -> tuple[str, ...]:
    """Return both databases; for pages and single use cases one by its name, PostgreSQL for a quarter of them, which takes
    three times as long, and for no journey but the whole one; for all of them both with `--full`.

    What pages and use cases rest on is tried on both: schema, queries, what runs at once, invariants, a whole takedown.
    """
    name = metafunc.definition.nodeid
    is_slow = metafunc.definition.get_closest_marker("slow") is not None
    is_race = not RACES.isdisjoint(metafunc.function.__code__.co_names)
    on_one = name.startswith(ON_ONE) or (name.startswith(USE_CASES) and not is_slow and not is_race)
    if bounds.IS_FULL or not on_one or name.startswith(WHOLE):
        return BACKENDS
    return (BACKENDS[crc32(name.encode()) % 4 == 0 and not name.startswith(JOURNEYS)],)


def migrate(database_url: str, revision: str = "head") -> None:
    """Bring a database to a revision, as `alembic upgrade` does."""
    alembic = AlembicConfig(toml_file=ROOT / "pyproject.toml")
    alembic.attributes["database_url"] = database_url
    command.upgrade(alembic, revision)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A PostgreSQL server of our own, with a migrated template database."""
    if shutil.which("initdb") is None and not Cluster.binaries():
        pytest.skip("PostgreSQL is not installed")
    with Cluster.started() as cluster:
        cluster.create("template_tracker")
        migrate(cluster.url("template_tracker"))
        build(cluster.url("template_tracker"), tmp_path_factory.mktemp("site"))
        cluster.keep("template_tracker")
        yield cluster


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A server that a test may restart."""
    if not Cluster.binaries():
        pytest.skip("PostgreSQL is not installed")
    with Cluster.started() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    folder = tmp_path_factory.mktemp("template")
    migrate(f"sqlite:///{folder / 'tracker.db'}")
    build(f"sqlite:///{folder / 'tracker.db'}", folder)
    return folder / "tracker.db"


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tests' site: the same for all of a process, so that they can share an application."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def database_url(backend: str, home: Path, request: pytest.FixtureRequest) -> str:
    """The address of an empty migrated database."""
    if backend == "sqlite":
        for file in home.glob("tracker.db*"):
            file.unlink()
        shutil.copy(request.getfixturevalue("sqlite_template"), home / "tracker.db")
        return f"sqlite:///{home / 'tracker.db'}"
    cluster: Cluster = request.getfixturevalue("postgres")
    return cluster.url(cluster.fresh("template_tracker"))


def build(database_url: str, folder: Path) -> None:
    """Make the pages of a site without articles, which a test's own site then need not make again."""
    copy_content(folder / "content")
    application = create_app(configuration(database_url, folder))
    with application.app_context():
        sync.build(application.extensions["site"])
        db.session.remove()
        db.engine.dispose()
    application.extensions["edge"].close()


def copy_content(folder: Path) -> None:
    """Copy the site's categories and fixed pages, and no article."""
    top = str(ROOT / "content")
    articles = lambda at, names: [n for n in names if at == top and n.endswith(".md")]  # noqa: E731
    shutil.copytree(top, folder, ignore=articles)


def configuration(database_url: str, folder: Path) -> Config:
    """Return the settings of a site whose data and content are in `folder`."""
    return Config.from_environment(
        {
            "TRACKER_DATA": str(folder / "data"),
            "TRACKER_CONTENT": str(folder / "content"),
            "DATABASE_URL": database_url,
            "BASE_URL": "http://localhost",
            "SECRET_KEY": "a secret for tests only, never for a site",
        }
    )


@pytest.fixture
def content_folder(home: Path) -> Path:
    """A content folder with the site's categories and fixed pages and no article."""
    shutil.rmtree(home / "content", ignore_errors=True)
    copy_content(home / "content")
    return home / "content"


@pytest.fixture
def config(database_url: str, content_folder: Path, home: Path) -> Config:
    for left in (home / "data").glob("*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    return configuration(database_url, home)


class Browser(FlaskClient):
    """Gives each request a context of its own, as a server does; Flask would let it share the pushed one, and its `g`."""

    def open(self, *args: Any, **values: Any) -> TestResponse:
        with self.application.app_context():
            return super().open(*args, **values)


@pytest.fixture(scope="session")
def applications() -> Iterator[dict[str, Flask]]:
    """The applications of a process by the address of their database."""
    made: dict[str, Flask] = {}
    yield made
    for application in made.values():
        application.extensions["edge"].close()
        with application.app_context():
            db.engine.dispose()


@pytest.fixture
def app(config: Config, applications: dict[str, Flask], request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application on an empty migrated database, with its context pushed.

    Tests share it, because to make one and to compile its statements and templates takes as long as most tests do;
    each finds its settings as they were made. A test that looks at no public page has none made, which takes longer than all else.
    """
    application = applications.get(config.database_url)
    if application is None:
        applications[config.database_url] = application = create_app(config)
        application.test_client_class = Browser
    parts: list[dict[str, Any]] = [application.config, application.extensions, vars(application.extensions["site"])]
    as_made = [part.copy() for part in parts]
    with application.app_context():
        if request.node.nodeid.startswith(UNREAD) and request.node.nodeid.partition("::")[0] not in READ:
            db.session.execute(delete(Page))
            db.session.execute(delete(Generation))
            db.session.commit()
        yield application
        db.session.remove()
        if config.database_url.startswith("sqlite"):  # its file is replaced
            db.engine.dispose()
            application.extensions["edge"].close()
    for part, made in zip(parts, as_made, strict=True):
        part.clear()
        part.update(made)


@pytest.fixture
def sqlite_app(sqlite_template: Path, content_folder: Path, tmp_path: Path) -> Iterator[Flask]:
    """An application on SQLite, for what is told of SQLite alone."""
    file = tmp_path / "tracker.db"
    file.write_bytes(sqlite_template.read_bytes())
    given = {"TRACKER_DATA": str(tmp_path / "data"), "TRACKER_CONTENT": str(content_folder)}
    app = create_app(Config.from_environment(given | {"DATABASE_URL": f"sqlite:///{file}"}))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    app.extensions["edge"].close()


@pytest.fixture
def own_app(config: Config) -> Iterator[Flask]:
    """An application for one test alone, which changes it."""
    application = create_app(config)
    application.test_client_class = Browser
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()
    application.extensions["edge"].close()


@pytest.fixture
def site(app: Flask) -> Site:
    found: Site = app.extensions["site"]
    return found


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def mei(app: Flask) -> Account:
    """A moderator."""
    return make_member()


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """The program's clock stands at `now`."""
    monkeypatch.setattr(clock, "now", lambda: now)
