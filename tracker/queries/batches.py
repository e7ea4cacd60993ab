"""Acts on many cases: the cases that were chosen, and the batches with what became of each case."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from tracker.db import db
from tracker.models import Account, Article, Batch, BatchRow, Case, Line

SHOWN = 50


def lines(numbers: Sequence[int]) -> list[Line]:
    """Return the lines of these cases in this order; those that are not there are left out."""
    wanted = select(Line).where(Line.case_id.in_(numbers)).options(
        joinedload(Line.article).load_only(Article.slug, Article.title, Article.language),
        joinedload(Line.case).load_only(Case.version),
        joinedload(Line.assignee).load_only(Account.name),
    )  # fmt: skip
    found = {line.case_id: line for line in db.session.scalars(wanted)}
    return [found[number] for number in dict.fromkeys(numbers) if number in found]


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
