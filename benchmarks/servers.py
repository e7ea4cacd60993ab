"""Servers started for one measurement, the load put on them, and the processor time they use."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config import ROOT

TICKS = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """A measurement that cannot be made, or one that would mean nothing."""


@dataclass(frozen=True)
class Server:
    """A running server; `roots` are the processes whose trees do its work, `headers` what it is asked with."""

    name: str
    url: str
    roots: tuple[int, ...]
    headers: tuple[str, ...] = ()

    def processor_seconds(self) -> float:
        """Return the processor time used so far by all its processes, by /proc."""
        ticks = 0
        for pid in descendants(self.roots):
            with contextlib.suppress(OSError):  # it ended between the listing and the look
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS

    def workers(self) -> set[int]:
        """Return the processes below the roots."""
        return descendants(self.roots) - set(self.roots)


def parent_of(pid: int) -> int:
    """Return the process above another."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def descendants(roots: tuple[int, ...]) -> set[int]:
    """Return these processes and all that stand below them."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = parent_of(int(entry.name))
    found = set(roots)
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def free_port() -> int:
    """Return a port of the loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running(command: list[str], environment: dict[str, str], url: str, log: Path) -> Iterator[int]:
    """Run a server until the block ends; yield its process id once it answers."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait_for(url, process, log)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            for pid in descendants((process.pid,)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, 9)
            process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=2).close()
            return
        time.sleep(0.1)
    raise Failed(f"{process.args!r} did not answer at {url}:\n{log.read_text()[-2000:]}")


def prepare(folder: Path, database_url: str = "") -> dict[str, str]:
    """Make a site with the articles of content/ in a folder of its own; return the settings it runs with."""
    port = free_port()
    settings = {
        "TRACKER_DATA": str(folder / "data"),
        "TRACKER_CONTENT": str(ROOT / "content"),
        "TRACKER_PORT": str(port),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "DATABASE_URL": database_url,
        "SECRET_KEY": "a secret for benchmarks only, never for a site",
        "PYTHONPATH": str(ROOT),
    }
    for words in (["alembic", "upgrade", "head"], ["tracker", "sync"]):
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=ROOT, env=os.environ | settings, capture_output=True, text=True
        )
        if done.returncode:
            raise Failed(f"{' '.join(words)}: {done.stderr or done.stdout}")
    return settings


NGINX = """
daemon off; worker_processes {workers}; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; gzip off; sendfile on; tcp_nopush on; open_file_cache off; server_tokens off;
  keepalive_timeout 75; keepalive_requests 1000000000;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port} reuseport; root {folder}/html; default_type "text/html; charset=utf-8"; types {{ }}
{headers}
  }}
}}
"""
_OF_NGINX = {"content-type", "content-length", "etag", "date", "server", "connection"}


@contextlib.contextmanager
def nginx(
    folder: Path,
    workers: int,
    body: bytes,
    headers: list[tuple[str, str]],
    name: str = "nginx, the same bytes as a file",
) -> Iterator[Server]:
    """Serve these bytes as a file, under the headers that the site sends with them."""
    if shutil.which("nginx") is None:
        raise Failed("nginx is not installed: apt install nginx-light")
    port = free_port()
    (folder / "html").mkdir()
    (folder / "html" / "page").write_bytes(body)
    for above in (folder, *folder.parents[:-2]):
        above.chmod(above.stat().st_mode | 0o055)  # its workers run as another user
    lines = [f'    add_header {name} "{value}";' for name, value in headers if name.lower() not in _OF_NGINX]
    config = NGINX.format(workers=workers, folder=folder, port=port, headers="\n".join(lines))
    (folder / "nginx.conf").write_text(config)
    url = f"http://127.0.0.1:{port}/page"
    with running(["nginx", "-c", str(folder / "nginx.conf")], {}, url, folder / "nginx.out") as pid:
        yield Server(name, url, (pid,))


HELLO = """
from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello():
    return "Hello, World!"
"""


@contextlib.contextmanager
def hello(folder: Path, workers: int, program: str) -> Iterator[Server]:
    """Serve a bare Flask hello under gunicorn."""
    (folder / "hello.py").write_text(HELLO)
    with gunicorn(folder, program, "hello:app", workers, {}) as (url, pid):
        yield Server("Flask hello, gunicorn gthread", url, (pid,))


@contextlib.contextmanager
def gunicorn(
    folder: Path, program: str, application: str, workers: int, settings: dict[str, str], path: str = ""
) -> Iterator[tuple[str, int]]:
    """Run an application of a folder under gunicorn; yield the address of its page and its process once it answers."""
    if shutil.which(program) is None:
        raise Failed(f"{program} not found: pip install --group bench, or --python PATH")
    url = f"http://127.0.0.1:{(port := free_port())}/{path}"
    command = [program, application, "--chdir", str(folder), "--bind", f"127.0.0.1:{port}", "--keep-alive", "75"]
    command += ["--worker-class", "gthread", "--workers", str(workers), "--threads", "8", "--no-control-socket"]
    with running(command, settings, url, folder / "gunicorn.out") as pid:
        yield url, pid


@dataclass(frozen=True)
class Load:
    """What one round of wrk saw."""

    requests_per_second: float
    processor_microseconds: float
    """Of the server, for one request."""


def put_load(server: Server, seconds: float, connections: int) -> Load:
    """Ask for the page over kept-open connections without Accept-Encoding; refuse a round with an error in it."""
    if shutil.which("wrk") is None:
        raise Failed("wrk is not installed: apt install wrk")
    before = server.processor_seconds()
    done = subprocess.run(
        [
            "wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s",
            *(word for header in server.headers for word in ("-H", header)), server.url,
        ],
        capture_output=True, text=True, check=True, timeout=seconds + 30,
    )  # fmt: skip
    used = server.processor_seconds() - before
    if "Socket errors" in done.stdout or "Non-2xx" in done.stdout:
        raise Failed(f"{server.name}: {done.stdout}")
    count = re.search(r"(\d+) requests in ([\d.]+)s", done.stdout)
    if count is None or count[1] == "0":
        raise Failed(f"{server.name}: {done.stdout}")
    requests = int(count[1])
    return Load(requests / float(count[2]), used / requests * 1e6)
