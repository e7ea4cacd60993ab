"""The real server, a real SMTP server and a real browser, on both databases."""

import email
import email.policy
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright

from config import ROOT, Config
from tests import factories
from tracker.app import create_app
from tracker.db import db

CHROMIUM = shutil.which("chromium")
PATIENCE = 150
A_ROUND = 120
"""Seconds in which the worker has surely looked at what is due: it does so once a minute."""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postbox:
    """Receives mail over SMTP and hands it out by recipient and words in the subject."""

    def __init__(self) -> None:
        self._arrived: Queue[EmailMessage] = Queue()
        self._kept: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        message = email.message_from_bytes(envelope.content or b"", policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        message["X-Envelope-From"], message["X-Envelope-To"] = envelope.mail_from, ",".join(envelope.rcpt_tos)
        self._arrived.put(message)
        return "250 accepted"

    def take(self, recipient: str, subject: str = "") -> EmailMessage:
        """Return the next mail to `recipient` whose subject holds `subject`; fail when none comes in time."""
        while True:
            for message in self._kept:
                if message["X-Envelope-To"] == recipient and subject in message["Subject"]:
                    self._kept.remove(message)
                    return message
            self._kept.append(self._arrived.get(timeout=PATIENCE))

    def rest(self) -> list[EmailMessage]:
        """Return all that came and was not taken."""
        while not self._arrived.empty():
            self._kept.append(self._arrived.get())
        return list(self._kept)


def body_of(message: EmailMessage) -> str:
    """Return the plain text of a mail."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link_in(message: EmailMessage, path: str) -> str:
    """Return the first address in a mail that holds `path`."""
    found = re.search(rf"http\S*{re.escape(path)}\S*", body_of(message))
    assert found, f"no link to {path} in {body_of(message)}"
    return found[0]


@dataclass
class Running:
    """A site that runs: its address, its content folder, its mail, the file that moves its clock, the first admin's link."""

    url: str
    content: Path
    postbox: Postbox
    clock_file: Path
    admin_link: str = ""
    output: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def now(self) -> datetime:
        """Return the present instant of the site."""
        return datetime.now(UTC) + timedelta(seconds=self._ahead())

    def sync(self) -> None:
        """Bring the files of the content folder onto the site, as an editor does."""
        subprocess.run([sys.executable, "-m", "tracker", "sync"], cwd=ROOT, env=self.environment, check=True)

    def forward(self, seconds: float) -> None:
        """Move the site's clock; what has become due is the worker's to find."""
        new = self.clock_file.with_suffix(".new")
        new.write_text(str(self._ahead() + seconds))
        new.replace(self.clock_file)

    def _ahead(self) -> float:
        return float(self.clock_file.read_text()) if self.clock_file.exists() else 0.0

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Ask without a browser; redirects and error statuses are answers like any other."""
        request = urllib.request.Request(self.url + path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return response.status, {k.lower(): v for k, v in response.headers.items()}, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()


def until(holds: Callable[[], bool]) -> None:
    """Wait for what the worker does by itself."""
    end = time.monotonic() + A_ROUND
    while not holds():
        assert time.monotonic() < end, "the worker did not do it"
        time.sleep(1)


@pytest.fixture
def more_articles() -> int:
    """How many small articles the site has beside its own; parametrize it to have some."""
    return 0


@pytest.fixture
def grace() -> int:
    """For how many seconds a decision can be taken back: real ones, a journey waits for the mails of a decision."""
    return 2


@pytest.fixture
def host() -> str:
    """How the site is called in its own addresses; a test of passkeys needs a name."""
    return "127.0.0.1"


@pytest.fixture(scope="session")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what the first site of this process had when all its files were on it, for the next ones to begin with."""
    return tmp_path_factory.mktemp("synced")


@pytest.fixture(scope="session")
def port() -> int:
    """The port of the sites of this process, one after the other: stored pages hold their own addresses."""
    return free_port()


@pytest.fixture
def running(
    database_url: str, tmp_path: Path, more_articles: int, host: str, grace: int, port: int, synced: Path
) -> Iterator[Running]:
    """`tracker sync` and `tracker serve` as a person starts them, on a database of their own."""
    postbox = Postbox()
    smtp = Controller(postbox, hostname="127.0.0.1", port=free_port(), data_size_limit=50_000_000)
    smtp.start()
    content = tmp_path / "site"
    shutil.copytree(ROOT / "content", content)
    for number in range(more_articles):
        factories.write_article(content, f"small-{number}")
    site = Running(f"http://{host}:{port}", content, postbox, tmp_path / "clock")
    environment = os.environ | {
        "TRACKER_DATA": str(tmp_path / "data"),
        "TRACKER_CONTENT": str(content),
        "TRACKER_PORT": str(port),
        "BASE_URL": site.url,
        "TRACKER_CLOCK_FILE": str(site.clock_file),
        "DATABASE_URL": database_url,
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(smtp.port),
        "MAIL_USE_TLS": "0",
        "MAINTAINERS": "maintainers@example.org",
        "DECISION_GRACE_SECONDS": str(grace),
        "PYTHONUNBUFFERED": "1",
    }
    site.environment = environment
    _fill(site, None if more_articles or not database_url.startswith("sqlite") else synced / host)
    log = tmp_path / "serve.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "tracker", "serve"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _ready(server, log, site)
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE)
        smtp.stop()
        print(log.read_text())  # noqa: T201 - shown with a test that failed


@pytest.fixture
def desk(running: Running) -> Iterator[Flask]:
    """The database of the running site, read and written beside it."""
    app = create_app(Config.from_environment(running.environment))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    app.extensions["edge"].close()


def _fill(site: Running, kept: Path | None) -> None:
    """Bring the files onto the site, or bring back what it came to the first time."""
    database = Path(site.environment["DATABASE_URL"].removeprefix("sqlite:///"))
    if kept is None or not kept.exists():
        site.sync()
        if kept is not None:
            shutil.copy(database, kept)
    else:
        shutil.copy(kept, database)


def _ready(server: subprocess.Popen[bytes], log: Path, waiting: Running) -> Running:
    for _ in range(PATIENCE * 10):
        assert server.poll() is None, log.read_text()
        link = re.search(r"http\S+/account/links/\S+", log.read_text())
        try:
            ready = waiting.get("/healthz")[0] == 200
        except OSError:
            ready = False
        if ready and link:
            waiting.admin_link = link[0]
            return waiting
        server_wait(server)
    raise AssertionError(log.read_text())


def server_wait(server: subprocess.Popen[bytes]) -> None:
    """Wait a tenth of a second, or less when the server ends."""
    try:
        server.wait(timeout=0.1)
    except subprocess.TimeoutExpired:
        return


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture
def reader(browser: Browser) -> Iterator[Page]:
    """A phone-sized window; any error of a script or of the content policy fails the test."""
    yield from _window(browser, 390, 844)


@pytest.fixture
def moderator(browser: Browser) -> Iterator[Page]:
    """A desktop window in a browser of its own."""
    yield from _window(browser, 1280, 900)


@pytest.fixture
def colleague(browser: Browser) -> Iterator[Page]:
    """A second desk."""
    yield from _window(browser, 1280, 900)


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A narrow window in which no script runs."""
    yield from _window(browser, 320, 700, scripts=False)


def _window(browser: Browser, width: int, height: int, *, scripts: bool = True) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", java_script_enabled=scripts
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert complaints == []
