"""The pictures that a version of an article calls by name."""

from collections.abc import Mapping

from sqlalchemy import select

from tracker.content import Shown
from tracker.content.figures import NONE_SHOWN
from tracker.db import db
from tracker.models import Illustration, Picture, Revision
from tracker.render.answer import PICTURES

DENSE = "@2x."
"""In the name of a file: it has two pixels where the page has one, and is shown half as wide and high."""

FOR_STAFF = "/desk/pictures"
"""Where staff find pictures that readers may not see."""


def names(revision_id: int | None) -> dict[str, str]:
    """Return the names of a version's pictures by what it calls them."""
    called = select(Illustration.written, Illustration.name).where(Illustration.revision_id == revision_id)
    return {row.written: row.name for row in db.session.execute(called.order_by(Illustration.written))}


def shown(revision: Revision, folder: str = PICTURES) -> Mapping[str, Shown]:
    """Return a version's pictures as a page under `folder` shows them."""
    if b"![" not in revision.source:
        return NONE_SHOWN  # spares most articles a query
    called = select(Illustration.written, Picture.name, Picture.width, Picture.height).join(Illustration.picture)
    found = db.session.execute(called.where(Illustration.revision_id == revision.id))
    return {row.written: _shown(folder + row.name, row.width, row.height, DENSE in row.written) for row in found}


def _shown(path: str, width: int, height: int, is_dense: bool) -> Shown:
    pixels = 2 if is_dense else 1
    return Shown(path, max(1, width // pixels), max(1, height // pixels))
