"""Decided cases like one at hand, found by their signatures: as quick with a million cases as with ten."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, union_all

from tracker.db import db
from tracker.domain import precedents as rules
from tracker.domain.decisions import FIRST
from tracker.domain.precedents import FEWEST_SHARED, Precedent
from tracker.domain.redress import AppealState
from tracker.models import Appeal, Article, Case, Decision, PrecedentMark

A_MARK = 50
"""How many of the newest cases are looked at for each mark."""

MOST = 40
"""How many similar cases are counted."""


_LOOKED_AT = 120


@dataclass(frozen=True)
class Similar:
    """A precedent as the page names it."""

    precedent: Precedent
    title: str
    ground: str
    decided_at: datetime


def marks_of(case: Case) -> frozenset[int]:
    """Return the signature of what is alleged in a case: the explanations and passages of its notices."""
    notices = {item.notice_id: item.notice for item in case.items if item.ended is None}
    names = ("explanation", "inaccurate_parts", "passage")
    return rules.marks(notice.answers.get(name, "") for notice in notices.values() for name in names)


def precedents(case: Case) -> list[Precedent]:
    """Return the decided cases most like this one, those on the same ground first, then the most alike and newest."""
    return [found.precedent for found in similar(case)]


def similar(case: Case) -> list[Similar]:
    """Return the same with what the page shows of each."""
    own = marks_of(case)
    shared = _shared(case, own)
    if not shared:
        return []
    rows = db.session.execute(
        select(Case.id, Article.title, Decision.outcome, Decision.ground_ref, Decision.decided_at)
        .join(Article, Article.id == Case.article_id)
        .join(Decision, Decision.case_id == Case.id)
        .where(
            Case.id.in_(shared),
            Decision.outcome.in_(FIRST),
            Decision.undone_at.is_(None),
        )
        .order_by(Decision.id)
    )
    first: dict[int, Similar] = {}
    overturned = _overturned(shared)
    grounds = {_key(claim.ground) for claim in case.claims} - {""}
    for number, title, outcome, ground, at in rows:
        likeness = shared[number] / len(own)
        same = _key(ground) in grounds
        found = Precedent(number, outcome, likeness, number in overturned, same)
        first.setdefault(number, Similar(found, title, ground, at))  # what was decided first; the rest is appeals
    order = sorted(
        first.values(), key=lambda s: (-s.precedent.has_same_ground, -s.precedent.likeness, -s.precedent.case)
    )
    return order[:MOST]


def _key(ground: str) -> str:
    """Return a ground as grounds are compared: the law's short and full names are one."""
    return "".join(ground.split()).replace("中华人民共和国", "")


def _shared(case: Case, own: frozenset[int]) -> dict[int, int]:
    """Return how many marks each case shares, for those that share enough; each mark looks at its newest cases only."""
    if not own:
        return {}
    newest = [
        select(PrecedentMark.case_id)
        .where(PrecedentMark.category == case.category, PrecedentMark.mark == mark, PrecedentMark.case_id != case.id)
        .order_by(PrecedentMark.case_id.desc())
        .limit(A_MARK)
        .subquery()
        for mark in sorted(own)
    ]
    counted = Counter(db.session.scalars(union_all(*(select(part.c.case_id) for part in newest))))
    enough = min(FEWEST_SHARED, len(own))
    return {number: times for number, times in counted.most_common(_LOOKED_AT) if times >= enough}


def _overturned(cases: dict[int, int]) -> set[int]:
    upheld = select(Appeal.case_id).where(Appeal.case_id.in_(cases), Appeal.state == AppealState.UPHELD)
    return set(db.session.scalars(upheld))
