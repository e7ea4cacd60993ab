"""What a reader gets at an address, ready to send."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, NamedTuple

HTML = "text/html; charset=utf-8"

PICTURES = "/images/"
"""Under this are pictures: sent as they are, as there is nothing left in them to compress."""


class Gathered(NamedTuple):
    """What a page is filled in with, in whatever script, and how it is then answered; as good until `valid_until`."""

    template: str
    values: dict[str, Any]
    valid_until: datetime | None = None
    media_type: str = HTML
    status: int = HTTPStatus.OK
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Answer:
    """What a reader gets: ready to send but for compression. Past `valid_until` it is to be made again."""

    status: int
    body: bytes
    media_type: str = HTML
    extra: tuple[tuple[str, str], ...] = ()
    valid_until: datetime | None = None
    cache: str = "no-cache"

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Return the headers but for those of one transfer; a tombstone must not be kept, what replaces it may come."""
        cache = self.cache if self.status == HTTPStatus.OK else "no-store"
        return [("Content-Type", self.media_type), ("Cache-Control", cache), ("Vary", "Accept-Encoding"), *self.extra]

    @property
    def stored_headers(self) -> str:
        """Return the headers as a page row holds them."""
        return json.dumps(self.headers, ensure_ascii=False)

    @property
    def etag(self) -> str | None:
        """Return the entity tag; none for a tombstone, so that nothing can answer 304 for it."""
        return hashlib.sha256(self.body).hexdigest()[:32] if self.status == HTTPStatus.OK else None
