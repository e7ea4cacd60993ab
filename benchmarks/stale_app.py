"""The site for counting stale reads: each answer names its process. `control` is the same without the check."""

import os
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from config import Config
from tracker.app import create_app

Kept = tuple[str, list[tuple[str, str]], bytes]

_app = create_app(Config.from_environment())
_kept: dict[tuple[str, str], Kept] = {}


def site(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer as the site does, and say which process did."""

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        return start_response(status, [*headers, ("X-Process", str(os.getpid()))], exc_info)

    return _app(environ, start)


def control(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer from what this process once made, as a cache does that nobody tells of a decision."""
    key = environ["PATH_INFO"], environ.get("HTTP_IF_NONE_MATCH", "")
    if key not in _kept:
        told: list[Any] = []
        body = b"".join(site(environ, lambda *given: told.extend(given)))  # type: ignore[arg-type]
        _kept[key] = told[0], told[1], body
    status, headers, body = _kept[key]
    start_response(status, headers)
    return [body]
