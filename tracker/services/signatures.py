"""Remembering what a decided case was about, so that later ones like it find it."""

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read

from tracker.db import db
from tracker.domain.decisions import FIRST
from tracker.models import Case, Decision, PrecedentMark
from tracker.queries import similar


def forget(case: Case) -> None:
    """Drop the signature of a case whose decision was taken back."""
    db.session.execute(delete(PrecedentMark).where(PrecedentMark.case_id == case.id))


def remember(decision: Decision) -> None:
    """Keep the signature of a case with its decision; what is restored or only meanwhile is no precedent."""
    if decision.outcome not in FIRST:
        return
    case = decision.case
    rows = [{"category": case.category, "mark": mark, "case_id": case.id} for mark in sorted(similar.marks_of(case))]
    if rows:
        db.session.execute(insert(PrecedentMark).values(rows).on_conflict_do_nothing())
