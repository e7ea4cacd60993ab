"""What every process does first and last: check the database, listen for the signal to stop."""

import signal
import sys
from threading import Event
from types import FrameType

from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from config import ROOT, Config
from tracker.db import db
from tracker.render.site import Site
from tracker.services import settings

_REVISIONS = ROOT / "migrations" / "versions"
"""Where each revision is a file that begins with its number: to ask alembic for the last takes a tenth of a command's start."""

_UNDEFINED_TABLE = "42P01"  # PostgreSQL's; SQLite says it in words only


def ready() -> tuple[Config, Site]:
    """Return settings and site, once the database is at the revision that this program knows."""
    known = newest()
    try:
        found = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DBAPIError as error:
        if _has_no_tables(error):
            sys.exit("tracker: the database has no tables yet: run alembic upgrade head")
        sys.exit(
            f"tracker: the database cannot be read, see DATABASE_URL and the disk: {' '.join(str(error.orig).split())}"
        )
    finally:
        db.session.rollback()
    if found != known:
        sys.exit(f"tracker: the database is at revision {found}, this program needs {known}: run alembic upgrade head")
    return current_app.extensions["config"], settings.in_force(current_app.extensions["site"])


def newest() -> str:
    """Return the revision that this program needs."""
    return max(file.name for file in _REVISIONS.glob("*.py")).partition("_")[0]


def _has_no_tables(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) == _UNDEFINED_TABLE or "no such table" in str(error.orig)


def stop_on_signal() -> Event:
    """Return an event that is set when the process is asked to end."""
    stopping = Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)
    return stopping
