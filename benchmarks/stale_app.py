"""The site as WSGI applications for counting stale reads: each answer names its process; `control` keeps pages."""

import os
from collections.abc import Iterable
from typing import Any

from config import Config
from tracker.app import create_app

_site = create_app(Config.from_environment())
_PID = str(os.getpid())
_kept: dict[str, tuple[str, list[tuple[str, str]], bytes]] = {}


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer as the site does, and say which process did."""

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        return start_response(status, [*headers, ("X-Process", _PID)], exc_info)

    return _site.wsgi_app(environ, start)


def control(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer from the memory of the process once a page was made: what the page table does away with."""
    path = environ["PATH_INFO"]
    if path not in _kept:
        seen: list[Any] = []
        body = b"".join(_site.wsgi_app(environ, lambda *told: seen.append(told)))
        _kept[path] = (seen[0][0], seen[0][1], body)
    status, headers, body = _kept[path]
    start_response(status, [*headers, ("X-Process", _PID)])
    return [body]
