"""What counts against a publisher: measures that stand, for what was manifestly illegal or under US copyright law."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from tracker.db import db
from tracker.domain.decisions import RESTRICTIVE
from tracker.domain.regimes import RegimeName
from tracker.domain.text import mailbox as box
from tracker.models import Article, Case, Decision, Item
from tracker.queries.applying import of


def is_one(decision: Decision) -> bool:
    """Say whether a decision counts as a strike (DSA art. 23(1); 17 USC 512(i)); one that was reversed counts no more."""
    case = decision.case
    is_us = any(RegimeName.US_DMCA in of(item) for item in case.items if item.ended is None)
    return decision.outcome in RESTRICTIVE and case.outcome in RESTRICTIVE and (decision.is_manifest or is_us)


def of_publisher(mailbox: str, since: datetime) -> tuple[int, int]:
    """Return how many strikes a publisher has since a day, and of how many decided cases."""
    rows = db.session.execute(select(Article.publisher_email).distinct().where(Article.publisher_email != ""))
    addresses = [row[0] for row in rows if box(row[0]) == mailbox]
    decided = (Article.publisher_email.in_(addresses), Case.decided_at > since)
    total = select(func.count(Case.id)).join(Article, Article.id == Case.article_id).where(*decided)
    loaded = (selectinload(Case.decisions), selectinload(Case.items).selectinload(Item.notice))
    against = select(Case).join(Article, Article.id == Case.article_id).where(*decided, Case.outcome.in_(RESTRICTIVE))
    struck = [case for case in db.session.scalars(against.options(*loaded)) if any(map(is_one, case.decisions))]
    return len(struck), db.session.scalar(total) or 0
