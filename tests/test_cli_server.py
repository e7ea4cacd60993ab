"""The web server's processes stop when they are told to, also before they serve, and not because a file is wrong."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from config import ROOT, Config
from tests.factories import markdown
from tracker.cli import processes

LOADED = """
import signal
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda *_: None)  # as its parent has it: noted, and looked at later
from tracker.cli import server
server._load("stopped:app")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_that_is_told_to_stop_while_it_loads_stops(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "stopped.py").write_text(f"import os\nos.kill(os.getpid(), {int(number)})\napp = None\n")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    assert subprocess.run([sys.executable, "-c", LOADED], env=environment, timeout=60).returncode == -number


def test_only_what_a_process_reads_when_it_starts_needs_another(config: Config) -> None:
    articles = {config.content / "yi.md", config.content / "images" / "yi.png"}
    assert not processes._is_read_at_start(config, articles)
    for file in (config.content / "categories.yml", config.content / "pages" / "rules.md", ROOT / "tracker" / "app.py"):
        assert processes._is_read_at_start(config, articles | {file})


@pytest.mark.slow
def test_a_site_that_watches_its_files_outlives_one_that_is_wrong(sqlite_template: Path, tmp_path: Path) -> None:
    """A fixed page or the list of categories that cannot be read stopped it; what comes afterwards is shown again."""
    shutil.copytree(sqlite_template.parent / "content", tmp_path / "content")
    shutil.copy(sqlite_template, tmp_path / "tracker.db")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = {"TRACKER_PORT": str(port), "TRACKER_DATA": str(tmp_path), "TRACKER_CONTENT": str(tmp_path / "content")}
    words = [sys.executable, "-m", "tracker", "serve", "--reload"]
    with (tmp_path / "log").open("wb") as log:
        serving = subprocess.Popen(words, env=os.environ | given, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    try:
        until(lambda: said(port, "/pages/contact"))
        page = tmp_path / "content" / "pages" / "contact.md"
        as_it_was = page.read_text()
        page.write_text("---\nwithout an end")
        until(lambda: "contact.md" in (tmp_path / "log").read_text())
        (tmp_path / "content" / "yi.md").write_bytes(markdown("yi"))
        assert said(port, "/pages/contact")
        page.write_text(as_it_was + "\n还有一句。\n")
        until(lambda: "还有一句" in said(port, "/pages/contact"))
        until(lambda: said(port, "/articles/yi"))
        assert serving.poll() is None, (tmp_path / "log").read_text()
    finally:
        serving.terminate()
        assert serving.wait(timeout=60) == 0


def said(port: int, path: str) -> str:
    """Return a page, and fail where there is none."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        return str(answer.read().decode())


def until(holds: Callable[[], object], seconds: int = 120) -> None:
    """Wait until something holds; that a server is away or has no such page yet counts as no."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError):
            if holds():
                return
        time.sleep(0.2)
    raise AssertionError("it took too long")


@pytest.mark.parametrize("words", [("serve",), ("web",), ("demo",)])
def test_a_port_that_is_taken_is_refused_in_one_line(
    words: tuple[str, ...], sqlite_template: Path, tmp_path: Path
) -> None:
    """Also one that would be shared with whoever listens there, as two sites of this program would."""
    shutil.copytree(sqlite_template.parent / "content", tmp_path / "content")
    shutil.copy(sqlite_template, tmp_path / "tracker.db")
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        given = {"TRACKER_PORT": port, "TRACKER_DATA": str(tmp_path), "TRACKER_CONTENT": str(tmp_path / "content")}
        where = ["--folder", str(tmp_path / "demo")] if "demo" in words else []
        command = [sys.executable, "-m", "tracker", *words, *where]
        ended = subprocess.run(
            command, env=os.environ | given, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert f"TRACKER_PORT {port} is taken" in ended.stderr
    assert not (tmp_path / "demo").exists()
