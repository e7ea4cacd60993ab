"""Style sheets, scripts and icons: files of the program, each at an address that is made from its bytes."""

import hashlib
import mimetypes
from pathlib import Path
from typing import NamedTuple

from tracker.render.answer import Answer

ASSETS = "/static/"

_FOLDER = Path(__file__).parent.parent / "static"
_KEPT = "public, max-age=31536000, immutable"
"""An address never stands for two contents, and nothing here is ever withheld."""


class Asset(NamedTuple):
    """A file that pages name, and what is answered at its address."""

    path: str
    answer: Answer


def assets() -> dict[str, Asset]:
    """Return every asset by the name of its file, as the files are now."""
    return {file.name: asset(file.name, file.read_bytes()) for file in sorted(_FOLDER.iterdir()) if file.is_file()}


def asset(name: str, content: bytes) -> Asset:
    """Return a file as an asset."""
    stem, _, ending = name.rpartition(".")
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    path = f"{ASSETS}{stem}.{hashlib.sha256(content).hexdigest()[:8]}.{ending}"
    return Asset(path, Answer(200, content, media_type, cache=_KEPT))
