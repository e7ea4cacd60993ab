"""The only look at the clock."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

_offset_file: Path | None = None


def follow(offset_file: Path | None) -> None:
    """Let `now` run ahead by the seconds written in `offset_file`; for journeys on a real server.

    `config.Config` refuses such a file in production.
    """
    global _offset_file
    _offset_file = offset_file


def now() -> datetime:
    """Return the present instant in UTC."""
    moment = datetime.now(UTC)
    if _offset_file is not None and os.path.exists(_offset_file):
        moment += timedelta(seconds=float(_offset_file.read_text() or 0))
    return moment
