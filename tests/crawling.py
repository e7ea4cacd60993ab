"""Asking as nobody should: the addresses that are nearly another, and the ways in which one can be asked for."""

import gzip
import io
import unicodedata
from collections.abc import Callable, Mapping
from itertools import chain, islice
from typing import Any, NamedTuple
from urllib.parse import quote, quote_from_bytes, unquote, unquote_to_bytes

import brotli
from flask import Flask

MOST = 500
"""How many variants an address has."""

HEADS = (
    "", "/", "/.", "/x/..", "/zh-hant", "/en", "/zh-hans", "/EN", "/zh-Hant", "/zh-hant/zh-hant", "/%2e", "/static/..",
    "/index.php",
)  # fmt: skip
TAILS = (
    "", "/", "//", "/.", "/..", "/index.html", ".html", ".json", ".txt", ".md", ".xml", ".atom", "/feed.atom", "/amp", "/print",
    "/raw", "/1", "/0", "~", ".bak", ";x=1", ";jsessionid=1", "%00", "%20", "%0d%0a", "%2f", "%5c", "%ff", "%e2%80%8b", "/preview",
    "/revisions/1",
)  # fmt: skip
QUERIES = (
    "", "format=json", "format=raw", "output=amp", "callback=x", "view=source", "revision=1", "version=1", "preview=1", "draft=1",
    "at=2026-11-01", "before=2030-01-01", "lang=zh-Hant", "language=en", "print=1", "amp=1", "nocache=1", "_=1", "utm_source=x",
    "page=1", "page=0", "generation=1", "debug=1", "edit", "raw", "cache=only", "url=/articles/canary", "path=/articles/canary",
    "code=x&next=/articles/canary",
)  # fmt: skip
FORMS: tuple[Callable[[str], str], ...] = (
    str,
    lambda path: "".join(f"%{byte:02x}" for byte in unquote_to_bytes(path)).replace("%2f", "/"),
    lambda path: "".join(f"%{byte:02X}" for byte in unquote_to_bytes(path)),
    lambda path: quote(path),  # escaped twice
    str.upper,
    str.title,
    lambda path: path.replace("/", "//"),
    lambda path: path.replace("/", "\\"),
    lambda path: path.replace("-", "_"),
    lambda path: quote("".join(chr(ord(c) + 0xFEE0) if "a" <= c <= "z" else c for c in unquote(path))),
    lambda path: quote(unicodedata.normalize("NFD", unquote(path)) + "\u0301"),
)
"""Lists of 13, 31, 29 and 11: their lengths have no divisor in common, so that counting through all at once meets every two."""

METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")


class Got(NamedTuple):
    """An answer: its status, its headers as one text, its body unpacked."""

    status: int
    headers: str
    text: str


def variants(address: str) -> list[str]:
    """Return an address and the others nearly it: each that differs in one thing, then those that differ in all."""
    path, _, asked = address.partition("?")

    def built(head: int, tail: int, form: int, query: int) -> str:
        queries = "&".join(filter(None, (asked, QUERIES[query])))
        found = HEADS[head] + FORMS[form](path) + TAILS[tail]
        return f"{found}?{queries}" if queries else found

    sizes = (len(HEADS), len(TAILS), len(FORMS), len(QUERIES))
    one = (
        built(*(number if part == changed else 0 for part in range(4)))
        for changed, size in enumerate(sizes)
        for number in range(size)
    )
    every = (built(*(number % size for size in sizes)) for number in range(13 * 31 * 11))
    return list(islice(dict.fromkeys(chain(one, every)), MOST))


def conditions(etag: str) -> list[Mapping[str, str]]:
    """Return the headers with which a page can be asked for by somebody who knew it as `etag`."""
    then = "Mon, 23 Nov 2026 00:00:00 GMT"
    return [
        {},
        {"Accept-Encoding": "gzip"},
        {"Accept-Encoding": "br"},
        {"If-None-Match": f'"{etag}"'},
        {"If-None-Match": f'W/"{etag}-br", "x"', "Accept-Encoding": "br"},
        {"If-None-Match": "*"},
        {"If-None-Match": '"none"', "If-Modified-Since": then},
        {"If-Match": f'"{etag}"'},
        {"If-Match": "*"},
        {"If-Modified-Since": "Fri, 31 Dec 2100 23:59:59 GMT"},
        {"If-Unmodified-Since": then},
        {"Range": "bytes=0-9999"},
        {"Range": "bytes=0-", "If-Range": f'"{etag}"'},
        {"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"},
        {"Accept-Language": "zh-Hant", "Cache-Control": "only-if-cached", "Cookie": "language=en; preview=1"},
        {"X-Original-URL": "/articles/canary", "X-Rewrite-URL": "/articles/canary", "X-HTTP-Method-Override": "GET"},
    ]


def ask(app: Flask, address: str, method: str, headers: Mapping[str, str]) -> Got:
    """Ask an application as a server does, whatever the address holds; each request has a context of its own."""
    path, _, query = address.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": quote_from_bytes(query.encode(), safe="/%&=;:+,"), "REQUEST_URI": address, "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": "0", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(), "wsgi.errors": io.StringIO(),
        "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
    }  # fmt: skip
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    answered: list[tuple[str, list[tuple[str, str]]]] = []
    with app.app_context():
        parts = app.wsgi_app(environ, lambda status, given, _=None: answered.append((status, given)))  # type: ignore[arg-type,return-value,func-returns-value]
        body = b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()
    status, given = answered[0]
    unpack = {"gzip": gzip.decompress, "br": brotli.decompress}.get(dict(given).get("Content-Encoding", ""), bytes)
    text = (unpack(body) if body else body).decode("utf-8", "replace")
    return Got(int(status[:3]), "\n".join(f"{name}: {value}" for name, value in given), text)
