"""Acts on many cases: the batches with what became of each case."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from tracker.db import db
from tracker.models import Article, Batch, BatchRow, Case

SHOWN = 50


def batch(number: int) -> Batch | None:
    """Return a batch with its rows, or None."""
    cases = joinedload(Batch.rows).joinedload(BatchRow.case)
    known = (joinedload(Case.article).load_only(Article.title), selectinload(Case.decisions))
    wanted = select(Batch).where(Batch.id == number).options(joinedload(Batch.account), cases.options(*known))
    return db.session.scalars(wanted).unique().one_or_none()


def batches() -> list[Batch]:
    """Return the last batches, the newest first."""
    wanted = select(Batch).options(joinedload(Batch.account), joinedload(Batch.rows)).order_by(Batch.id.desc())
    return list(db.session.scalars(wanted.limit(SHOWN)).unique())
