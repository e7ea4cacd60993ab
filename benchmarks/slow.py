"""Slow connections: many clients that never finish what they send, while others read and send forms as usual."""

import contextlib
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PAUSE = 0.2
"""Seconds between two requests of the normal client."""

DRIP = 5.0
"""Seconds between two bytes of a slow one."""

KINDS = ("headers", "bodies")

HEADERS = b"GET / HTTP/1.1\r\nHost: %s\r\nX-Slow: "
BODY = (
    b"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 4000\r\n\r\na="
)


@dataclass
class Served:
    """What normal requests got: seconds to the whole answer, None for an error or one that took too long."""

    seconds: list[float | None] = field(default_factory=list)

    def summary(self, limit: float) -> str:
        """Return how many were answered within so many seconds, and the slowest that was answered at all."""
        answered = [took for took in self.seconds if took is not None]
        within = sum(took < limit for took in answered)
        slowest = f", slowest {max(answered) * 1000:.0f} ms" if answered else ""
        return f"{within} of {len(self.seconds)} ({within / max(1, len(self.seconds)):.1%}){slowest}"


def measure(url: str, page: str, form: str, kind: str, connections: int, seconds: float) -> tuple[Served, Served]:
    """Hold slow connections of a kind for a while; return how those fared who read a page or sent a form meanwhile."""
    host = urlsplit(url).netloc.encode()
    start = HEADERS % host if kind == "headers" else BODY % (form.encode(), host)
    pages, forms = Served(), Served()
    over = threading.Event()
    with _dripping(url, start, connections):
        normal = [
            threading.Thread(target=_ask, args=(url + page, None, pages, over)),
            threading.Thread(target=_ask, args=(url + form, b"then=check", forms, over)),
        ]
        for thread in normal:
            thread.start()
        time.sleep(seconds)
        over.set()
        for thread in normal:
            thread.join()
    return pages, forms


@contextlib.contextmanager
def _dripping(url: str, start: bytes, connections: int) -> Iterator[None]:
    """Keep so many connections open that have begun like this, each sending a byte now and then; reopen what closes."""
    address = (urlsplit(url).hostname or "", urlsplit(url).port or 80)
    over = threading.Event()
    ready = threading.Event()

    def run() -> None:
        slow: list[socket.socket] = []
        while not over.is_set():
            slow = [connection for connection in slow if _sent(connection, b"a")]
            while len(slow) < connections and not over.is_set():
                try:
                    slow.append(socket.create_connection(address, timeout=2))
                    slow[-1].sendall(start)
                except OSError:
                    break
            ready.set()
            over.wait(DRIP)
        for connection in slow:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        ready.wait()
        time.sleep(1)
        yield
    finally:
        over.set()
        thread.join()


def _sent(connection: socket.socket, data: bytes) -> bool:
    try:
        connection.send(data)
    except OSError:
        connection.close()
        return False
    return True


def _ask(url: str, data: bytes | None, served: Served, over: threading.Event) -> None:
    while not over.is_set():
        began, is_answered = time.monotonic(), True
        try:
            with urllib.request.urlopen(url, data, timeout=5) as response:
                response.read()
        except urllib.error.HTTPError as refusal:  # an incomplete form gets its messages, with 422
            is_answered = refusal.code < 500
        except OSError:
            is_answered = False
        served.seconds.append(time.monotonic() - began if is_answered else None)
        over.wait(PAUSE)
