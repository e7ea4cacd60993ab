"""Where else on the site the pictures of a case stand."""

from sqlalchemy import select

from tracker.db import db
from tracker.models import Article, Case, Illustration, Revision

LISTED = 50
"""So many articles are named."""


def same_pictures(case: Case) -> list[Article]:
    """Return the other articles that show a picture which this one shows, or showed when a notice came.

    A picture is called by its bytes without what cameras add, so identical copies have one name (TAKE IT DOWN Act).
    """
    versions = {case.article.revision_id, *(item.revision_id for item in case.items)}
    shown = select(Illustration.name).where(Illustration.revision_id.in_(versions))
    showing = select(Revision.article_id).join(Illustration, Illustration.revision_id == Revision.id)
    showing = showing.join(Article, Article.revision_id == Revision.id).where(Illustration.name.in_(shown))
    others = (Article.id.in_(showing), Article.id != case.article_id, Article.file_gone_at.is_(None))
    return list(db.session.scalars(select(Article).where(*others).order_by(Article.id).limit(LISTED)))
