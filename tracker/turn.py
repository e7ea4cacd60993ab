"""Whose turn it is to write to SQLite."""

import fcntl
import logging
import os
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tracker.domain.errors import busy

PATIENCE = 5.0
"""Seconds a writer waits for its turn before the sender is asked to try again."""

log = logging.getLogger(__name__)


class Turn:
    """Lets the SQLite writers of one machine take turns, in the order in which they came.

    SQLite's own waiting polls with sleeps and is unfair; in line, the slowest writer waits a fraction as long. On Linux each
    draws a number and keeps its byte of a file locked for as long as it waits and writes; it is the turn of whoever sees no
    lower one locked. The kernel lets go of what a process held that died, so nobody is waited for who is not there, and who
    gives up lets nobody past those before. Of the threads of a process one at most looks at the file, the others wait to be
    woken by the one before: each look would take Python's lock from who is writing. Elsewhere whoever finds the file
    unlocked is next.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._begin()
        os.register_at_fork(after_in_child=self._begin)  # the threads that its parent waits for are not there

    def _begin(self) -> None:
        self._door = threading.Lock()
        self._last = threading.Event()  # set when the last one in line of this process is done
        self._last.set()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold the turn; raise Busy when it does not come within PATIENCE."""
        until = time.monotonic() + PATIENCE
        done = threading.Event()
        with _as_busy():
            handle = self._opened()  # for each turn: locks of these kinds are a handle's, not a process's
        try:
            with _as_busy():
                if _HAS_LINE:
                    self._line_up(handle, until, done)
                else:
                    _wait(until, lambda: not _locked(handle))
            yield
        finally:
            _let_go(handle)  # by word, as a process forked meanwhile has the handle, too
            done.set()
            os.close(handle)  # who was woken has Python's lock meanwhile

    def _line_up(self, handle: int, until: float, done: threading.Event) -> None:
        """Draw the next number and wait until all lower ones are done; `done` tells whoever comes next."""
        with self._door:
            number = _draw(handle, until)
            before, self._last = self._last, done
        before.wait(until - time.monotonic())
        _wait(until, lambda: _before(handle, number))
        os.pwrite(handle, struct.pack("=Q", number), _SERVED)

    def _opened(self) -> int:
        return os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def _as_busy() -> Iterator[None]:
    """Ask the sender to try again where there is no turn to be had for want of files, space or rights; the log says of which."""
    try:
        yield
    except OSError as error:
        log.error("nobody can write to the database, look at the disk and at who owns the file: %s", error)
        raise busy() from error


_HAS_LINE = sys.platform == "linux"
"""Whether locks on bytes of a file can belong to a handle; by POSIX they are a process's, and threads would share them."""

_DRAWING = 0
"""The byte that is locked while a number is drawn; number n holds byte n + 1."""

_DRAWN, _SERVED = 0, 8
"""Where the file says which number was drawn last, and which was served last."""

_LAST = 2**62
"""More than will ever be drawn: the file is damaged, and the line begins anew."""

_PLACE = 0.001
"""Seconds that a waiting writer lets pass for each one that may be before it, fifty at most."""

_NEXT = 0.0002
"""Seconds that whoever is next lets pass: all others wait for it, and its processor has nothing else to do."""


def _draw(handle: int, until: float) -> int:
    """Return the next number, and hold its byte."""
    _wait(until, lambda: not _hold(handle, _DRAWING))
    last = _read(handle, _DRAWN)
    number = last + 1 if last < _LAST else 1
    os.pwrite(handle, struct.pack("=Q", number), _DRAWN)
    _hold(handle, number + 1)
    _let_go(handle, _DRAWING, 1)
    return number


def _before(handle: int, number: int) -> int:
    """Return how many may still be before a number in line; 0 when it is its turn."""
    found = fcntl.fcntl(handle, fcntl.F_OFD_GETLK, _bytes(fcntl.F_WRLCK, _DRAWING + 1, number))
    if struct.unpack_from("h", found)[0] == fcntl.F_UNLCK:
        return 0
    return max(1, number - _read(handle, _SERVED))


def _read(handle: int, at: int) -> int:
    (number,) = struct.unpack("=Q", os.pread(handle, 8, at).ljust(8, b"\0"))
    return int(number)


def _hold(handle: int, byte: int) -> bool:
    """Lock a byte of the file, unless somebody has it."""
    try:
        fcntl.fcntl(handle, fcntl.F_OFD_SETLK, _bytes(fcntl.F_WRLCK, byte, 1))
    except (BlockingIOError, PermissionError):  # by POSIX either may say so
        return False
    return True


def _bytes(kind: int, first: int, length: int) -> bytes:
    """Return a struct flock: what kind of lock, from which byte, how many; 0 means all that follow."""
    return struct.pack("hhqqi", kind, os.SEEK_SET, first, length, 0)


def _let_go(handle: int, first: int = 0, length: int = 0) -> None:
    if _HAS_LINE:
        fcntl.fcntl(handle, fcntl.F_OFD_SETLK, _bytes(fcntl.F_UNLCK, first, length))
    else:
        fcntl.flock(handle, fcntl.LOCK_UN)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(until: float, before: Callable[[], int]) -> None:
    """Wait until nobody is before; raise Busy after `until`."""
    while others := before():
        if time.monotonic() > until:
            raise busy()
        time.sleep(_PLACE * min(others, 50) if others > 1 else _NEXT)
