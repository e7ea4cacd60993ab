"""A picture by its address: as long as an article that readers may see shows it."""

from datetime import datetime

from sqlalchemy import select

from tracker.db import db
from tracker.models import Article, Illustration, Measure, Picture
from tracker.render.answer import PICTURES, Answer
from tracker.render.site import Site
from tracker.render.visible import next_turn, seen, visible

_KEPT = "private, max-age=31536000, immutable"
"""The name is made from the bytes, so it is good for a year, in the reader's own browser: a cache that many share would
go on showing what we no longer may."""


def picture(site: Site, name: str, now: datetime) -> Answer | None:
    """Return a picture, or None when no article shows it to readers at `now`."""
    uses = select(Article.id).join(Illustration, Illustration.revision_id == Article.revision_id)
    users = list(db.session.scalars(uses.where(Illustration.name == name)))
    rows = list(db.session.scalars(visible(now).where(Article.id.in_(users)).order_by(Article.id)))
    found = seen(site, rows, now)
    path = PICTURES + name
    if not any(not found[row.id].edits or path in found[row.id].body(row).pictures for row in rows):
        return None
    row = db.session.execute(select(Picture.media_type, Picture.content).where(Picture.name == name)).one()
    return Answer(200, row.content, row.media_type, (), next_turn(now, Measure.article_id.in_(users)), _KEPT)
