"""The web server and the settings it ships with; `benchmarks/` measures these and no others."""

import importlib
import os
import resource
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces, RuntimeModes
from granian.log import LogLevels

from config import Config

CONNECTIONS = 4096
"""Open connections a worker takes; by default it would stop at 512, which a few slow clients fill."""

TO_FINISH = 30
"""Seconds in which a worker that is told to stop ends what it answers; then it is made to stop."""

_claims: list[socket.socket] = []


def refuse_taken(host: str, port: int) -> None:
    """End with one line when nothing more can listen there.

    The server itself would share the port with another site of this program, and readers would get both by turns.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that linger are no fault
        try:
            probe.bind((host, port))
        except OSError as error:
            sys.exit(f"tracker: TRACKER_PORT {port} is taken or not to be had at {host} ({error.strerror})")


def run(config: Config, application: str = "wsgi:app") -> None:
    """Serve until told to stop."""
    refuse_taken(config.host, config.port)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a connection is an open file
    Granian(
        application,
        address=config.host,
        port=config.port,
        interface=Interfaces.WSGI,
        workers=config.workers,
        blocking_threads=config.threads,
        runtime_mode=RuntimeModes.st,  # a worker keeps to one processor: nothing to share among several
        backpressure=CONNECTIONS,
        http=HTTPModes.http1,  # a client that sends nothing is cut off after 30 seconds; while it may speak HTTP/2, never
        websockets=False,
        log_level=LogLevels.error,  # it warns of so many threads: nearly all of them only wait for slow clients
        respawn_failed_workers=True,
        workers_kill_timeout=TO_FINISH,
    ).serve(target_loader=_load)


def _load(application: str) -> Any:
    """Return the application; runs in each worker, before it starts its threads.

    Until the server listens to signals in it, a worker has those of its parent, which would only note that it was to stop.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    _take_a_processor()
    module, _, name = application.partition(":")
    return getattr(importlib.import_module(module), name)


def _take_a_processor() -> None:
    """Keep this worker to a processor that no other worker of the machine keeps to; when all are taken, to none.

    Python runs one of its threads at a time, and handing each request from thread to thread across processors costs
    a third of the requests a second.
    """
    if sys.platform != "linux":
        return
    for number in sorted(os.sched_getaffinity(0)):
        claim = socket.socket(socket.AF_UNIX)
        with suppress(OSError):
            claim.bind(f"\0tracker/processor/{number}")  # a name without a file; it ends with the process
            os.sched_setaffinity(0, {number})
            _claims.append(claim)
            return
        claim.close()
