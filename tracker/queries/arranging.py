"""How the notices of a case could be arranged otherwise: with which cases it can be merged, what can be split off."""

from dataclasses import dataclass

from sqlalchemy import select

from tracker.db import db
from tracker.domain.lifecycle import MOVABLE, OPEN
from tracker.models import Case, Item, Transfer, TransferKind


@dataclass(frozen=True)
class Arrangement:
    """What can be done with the notices of a case, and what was done."""

    others: list[Case]  # open cases of the same article
    items: list[Item]  # those that could go, when there are several
    merged_into: int | None
    gathered: list[Transfer]


def arrangement(case: Case) -> Arrangement:
    """Return how a case could be arranged otherwise."""
    is_open = case.state in OPEN
    others = select(Case).where(Case.article_id == case.article_id, Case.id != case.id, Case.state.in_(OPEN))
    moves = select(Transfer).where(Transfer.undone_at.is_(None)).order_by(Transfer.id)
    away = moves.where(Transfer.from_case_id == case.id, Transfer.kind == TransferKind.MERGE)
    movable = [item for item in case.items if item.state in MOVABLE] if is_open else []
    ended = db.session.scalars(away).first() if case.closed_at else None
    return Arrangement(
        others=list(db.session.scalars(others.order_by(Case.id))) if is_open else [],
        items=movable if len(movable) > 1 else [],
        merged_into=ended.to_case_id if ended else None,
        gathered=list(db.session.scalars(moves.where(Transfer.to_case_id == case.id))),
    )
