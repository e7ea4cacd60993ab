"""The WSGI layer in front of Flask: answers published pages and the program's assets, and puts the safety headers on all."""

import gzip
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property, lru_cache, partial
from http import HTTPStatus
from json import loads
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import brotli

from tracker import clock
from tracker.domain.heat import is_read
from tracker.page_reader import FAILURES, Reader
from tracker.render.answer import PICTURES
from tracker.render.assets import Asset
from tracker.render.site import PREFIXES

SAFETY: list[tuple[str, str]] = [
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),  # no-referrer would send "Origin: null" with our own forms
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
]
HSTS = ("Strict-Transport-Security", "max-age=31536000")

_ARTICLES = "/articles/"
_READS = frozenset({"GET", "HEAD"})
_OK, _NOT_MODIFIED = HTTPStatus.OK.value, HTTPStatus.NOT_MODIFIED.value
_STATUS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

Headers = list[tuple[str, str]]
Answer = tuple[int, Headers, bytes]
"""Status, all headers, body. The headers are kept for the next request of the same page: who gives them away copies them."""


class Edge:
    """Answers a read from the page table, or passes it on. A decision shows on the very next request.

    `seen` counts what was read (`tracker.reads`).
    """

    def __init__(
        self,
        app: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]],
        read: Reader,
        assets: Iterable[Asset],
        *,
        is_https: bool,
        seen: Mapping[str, Iterator[int]] | None = None,
    ) -> None:
        self._app = app
        self._seen = seen
        self._read = read
        self._safety = [*SAFETY, HSTS] if is_https else SAFETY
        self._headers = lru_cache(maxsize=4096)(partial(_headers, self._safety))
        self._given = list(assets)

    @cached_property
    def _assets(self) -> dict[tuple[str, str], Answer]:
        """Made for the first request: most commands answer none, and compressing takes a tenth of their start."""
        return {
            (asset.path, encoding): (_OK, [*asset.answer.headers, *_sized(encoding, len(body)), *self._safety], body)
            for asset in self._given
            for encoding, body in _encoded(asset.answer.body).items()
        }

    def close(self) -> None:
        """Close every connection; for the end of a process or a test."""
        self._read.close()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        method = environ["REQUEST_METHOD"]
        path = ""
        if method in _READS:
            path = environ["PATH_INFO"]
            if not path.isascii():
                path = path.encode("latin-1").decode("utf-8", "replace")
            encoding = "" if path.startswith(PICTURES) else _encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
            answer = self._assets.get((path, encoding)) or self._page(path, encoding, environ)
            if answer:
                status, headers, body = answer
                start_response(_STATUS[status], headers.copy())
                if method == "HEAD" or status == _NOT_MODIFIED:
                    return []
                if status == _OK and _ARTICLES in path:
                    self._count(path, environ)
                return [body]
        _shift_language(environ)
        return self._app(environ, self._safely(start_response, path if method == "GET" else "", environ))

    def _count(self, path: str, environ: WSGIEnvironment) -> None:
        """Count an answer that gave somebody an article to read. Every read comes by here: no lock, no database."""
        if self._seen is not None and is_read(environ):
            next(self._seen[path])

    def _page(self, path: str, encoding: str, environ: WSGIEnvironment) -> Answer | None:
        try:
            row = self._read(path, encoding)
        except FAILURES:  # the application behind meets the same fault, and can say so in words
            return None
        if row is None:
            return None
        status, stored, etag, valid_until, body = row
        if valid_until is not None and _instant(valid_until) <= clock.now():
            return None
        if etag is not None and "HTTP_IF_NONE_MATCH" in environ:
            known = environ["HTTP_IF_NONE_MATCH"]
            if etag in known or known == "*":
                return _NOT_MODIFIED, self._headers(stored, etag, encoding, None), b""
        return status, self._headers(stored, etag, encoding, len(body)), body

    def _safely(self, start_response: StartResponse, path: str, environ: WSGIEnvironment) -> StartResponse:
        def start(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
            if _ARTICLES in path and status.startswith("200"):
                self._count(path, environ)
            set_already = {name.lower() for name, _ in headers}
            missing = [header for header in self._safety if header[0].lower() not in set_already]
            return start_response(status, headers + missing, exc_info)

        return start


def _headers(safety: Headers, stored: str, etag: str | None, encoding: str, size: int | None) -> Headers:
    """Return what goes before a page of so many bytes, or before none because the client has it (RFC 9110, 15.4.5)."""
    headers = [(name, value) for name, value in loads(stored) if size is not None or name != "Content-Type"]
    if etag is not None:
        headers.append(("ETag", f'"{etag}-{encoding}"' if encoding else f'"{etag}"'))
    return [*headers, *_sized(encoding, size), *safety] if size is not None else [*headers, *safety]


def _sized(encoding: str, size: int) -> Headers:
    return [*([("Content-Encoding", encoding)] if encoding else []), ("Content-Length", str(size))]


@lru_cache(maxsize=256)
def _encoding(accepted: str) -> str:
    """Return the best encoding we have ready that the client takes; `q=0` refuses one (RFC 9110, 12.5.3)."""
    taken = {}
    for part in accepted.lower().split(","):
        name, _, quality = "".join(part.split()).partition(";q=")
        taken[name] = not quality or quality.strip("0.") != ""
    return next((name for name in ("br", "gzip") if taken.get(name, taken.get("*", False))), "")


def _instant(value: Any) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@lru_cache
def _encoded(content: bytes) -> dict[str, bytes]:
    return {"": content, "gzip": gzip.compress(content, mtime=0), "br": brotli.compress(content)}


def _shift_language(environ: WSGIEnvironment) -> None:
    """Move a language prefix to SCRIPT_NAME, where WSGI keeps what stands before the application's own paths."""
    path = environ["PATH_INFO"]
    environ["tracker.language"] = next(iter(PREFIXES))
    for language, prefix in PREFIXES.items():
        if prefix and (path == prefix or path.startswith(f"{prefix}/")):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
            environ["PATH_INFO"] = path.removeprefix(prefix) or "/"
            environ["tracker.language"] = language
