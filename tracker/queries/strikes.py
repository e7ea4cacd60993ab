"""What counts against a publisher: measures that stand, for what was manifestly illegal or under US copyright law."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, or_, select

from tracker.db import db
from tracker.domain.decisions import RESTRICTIVE
from tracker.domain.regimes import RegimeName
from tracker.domain.text import mailbox as box
from tracker.models import Article, Case, Decision, Item, Notice


def is_one(decision: Decision) -> bool:
    """Say whether a decision counts as a strike (DSA art. 23(1); 17 USC 512(i)); one that was reversed counts no more."""
    db.session.flush()
    found = select(Decision.id).join(Case, Case.id == Decision.case_id).where(Decision.id == decision.id, _counts())
    return db.session.scalar(found) is not None


def of_publisher(mailbox: str, since: datetime) -> tuple[int, int]:
    """Return how many strikes a publisher has since a day, and of how many decided cases."""
    rows = db.session.execute(select(Article.publisher_email).distinct().where(Article.publisher_email != ""))
    addresses = [row[0] for row in rows if box(row[0]) == mailbox]
    decided = select(func.count(Case.id.distinct())).join(Article, Article.id == Case.article_id)
    decided = decided.where(Article.publisher_email.in_(addresses), Case.decided_at > since)
    struck = decided.join(Decision, Decision.case_id == Case.id).where(_counts())
    return db.session.scalar(struck) or 0, db.session.scalar(decided) or 0


def _counts() -> ColumnElement[bool]:
    """Return the condition that a decision, joined to its case, restricts and still stands, for a reason that counts."""
    under_us = exists().where(
        Item.case_id == Case.id, Item.ended.is_(None), Notice.id == Item.notice_id,
        or_(_names_us(Case.regimes), _names_us(Notice.regimes)), ~_names_us(Case.regimes_removed),
    )  # fmt: skip
    return and_(
        Decision.undone_at.is_(None), Decision.outcome.in_(RESTRICTIVE), Case.outcome.in_(RESTRICTIVE),
        or_(Decision.is_manifest, under_us),
    )  # fmt: skip


def _names_us(regimes: Any) -> ColumnElement[bool]:
    return func.coalesce(cast(regimes, String), "").contains(f'"{RegimeName.US_DMCA}"', autoescape=True)
