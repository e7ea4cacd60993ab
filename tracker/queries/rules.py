"""What changed in our rules, and which cases relied on the words before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.categories import CategoryName
from tracker.domain.lifecycle import OPEN, State
from tracker.domain.wording import Piece, compared
from tracker.models import Case, Clause, ClauseReview, Decision, Measure
from tracker.render.site import WRITTEN
from tracker.render.visible import stands

MOST = 200
"""Cases shown on one page; whoever has ticked them off sees the next."""

_GOING_ON = frozenset({State.APPEALED, State.COUNTERED, State.ON_HOLD}) | OPEN
_OWN = WRITTEN[0]


class Line(NamedTuple):
    """A clause as the list shows it: its newest words, and how many cases are still to be looked at."""

    clause: Clause
    title: str
    outstanding: int


class Edition(NamedTuple):
    """An edition with what it changed against the one before, by language."""

    clause: Clause
    changes: list[tuple[str, list[Piece]]]


@dataclass(frozen=True)
class Affected:
    """A case that relied on earlier words, why it matters still, and who has looked."""

    case: Case
    edition: Clause | None
    why: str
    review: ClauseReview | None


def lines(now: datetime) -> list[Line]:
    """Return every clause with its newest words, in order of the rules."""
    last: dict[str, Clause] = {}
    for clause in db.session.scalars(select(Clause).order_by(Clause.edition)):
        last[clause.number] = clause
    found = sorted(last.values(), key=lambda clause: tuple(int(part) for part in clause.number.split(".")))
    return [Line(clause, title(clause), outstanding(clause, now)) for clause in found]


def title(clause: Clause, language: str = _OWN) -> str:
    """Return what a clause is called."""
    words: dict[str, str] = clause.words.get(language) or next(iter(clause.words.values()), {})
    return words.get("title", "")


def editions(number: str) -> list[Edition]:
    """Return the editions of a clause, the newest first."""
    rows = list(db.session.scalars(select(Clause).where(Clause.number == number).order_by(Clause.edition)))
    before = [None, *rows]
    return [Edition(row, _changes(old, row)) for old, row in zip(before, rows, strict=False)][::-1]


def _changes(before: Clause | None, after: Clause) -> list[tuple[str, list[Piece]]]:
    shown = []
    for language in WRITTEN:
        old = _whole(before, language) if before else ""
        new = _whole(after, language)
        if new or old:
            shown.append((language, compared(old, new) if before else [Piece("same", new)]))
    return shown


def _whole(clause: Clause, language: str) -> str:
    words = clause.words.get(language, {})
    return f"{words.get('title', '')}\n{words.get('text', '')}".strip()


def outstanding(clause: Clause, now: datetime) -> int:
    """Return how many cases relied on words before these and were not looked at since."""
    return db.session.scalar(select(func.count()).select_from(_cases(clause, now).subquery())) or 0


def affected(clause: Clause, now: datetime) -> list[Affected]:
    """Return those cases, the oldest first, at most `MOST`."""
    wanted = select(Case).where(Case.id.in_(_cases(clause, now))).options(joinedload(Case.article))
    cases = list(db.session.scalars(wanted.order_by(Case.id).limit(MOST)))
    relied = _relied(clause, [case.id for case in cases])
    standing = _standing([case.id for case in cases], now)
    return [Affected(case, relied.get(case.id), _why(case, standing), None) for case in cases]


def reviewed(clause: Clause) -> list[Affected]:
    """Return the cases that were looked at since the newest change, the last first, at most `MOST`."""
    wanted = select(ClauseReview).where(ClauseReview.clause_id == clause.id)
    loaded = wanted.options(
        joinedload(ClauseReview.case).joinedload(Case.article), joinedload(ClauseReview.reviewed_by)
    )
    rows = db.session.scalars(loaded.order_by(ClauseReview.id.desc()).limit(MOST))
    return [Affected(row.case, None, "", row) for row in rows]


def _cases(clause: Clause, now: datetime) -> Select[int]:
    """Return the cases that relied on words before `clause`, still matter, and were not looked at since.

    Open notices of a breach of our rules count too: they were sent under the words before.
    """
    if clause.edition == 1 and clause.ended_at is None:
        return select(Case.id).where(Case.id.is_(None))
    changed_at = clause.ended_at or clause.in_force_at
    earlier = select(Clause.id).where(Clause.number == clause.number, Clause.ended_at.is_not(None))
    cited = select(Decision.case_id).where(Decision.clause_id.in_(earlier))
    measured = select(Measure.case_id).join(Decision, Decision.id == Measure.decision_id)
    measured = measured.where(Decision.clause_id.in_(earlier), stands(now))
    going_on = Case.id.in_(cited) & Case.state.in_(_GOING_ON)
    waiting = (Case.category == CategoryName.TERMS) & Case.state.in_(OPEN) & (Case.opened_at < changed_at)
    seen = select(ClauseReview.case_id).where(ClauseReview.clause_id == clause.id)
    return select(Case.id).where(Case.id.in_(measured) | going_on | waiting, Case.id.not_in(seen))


def _relied(clause: Clause, cases: Iterable[int]) -> dict[int, Clause]:
    """Return for each case the words that its last decision under this number relied on."""
    same = select(Decision.case_id, Clause).join(Clause, Clause.id == Decision.clause_id)
    rows = db.session.execute(
        same.where(Clause.number == clause.number, Decision.case_id.in_(list(cases))).order_by(Decision.id)
    )
    return {row[0]: row[1] for row in rows}


def _standing(cases: Iterable[int], now: datetime) -> set[int]:
    return set(db.session.scalars(select(Measure.case_id).where(Measure.case_id.in_(list(cases)), stands(now))))


def _why(case: Case, standing: set[int]) -> str:
    if case.id in standing:
        return "措施正在执行"
    return "改动前提交，还没有决定" if case.state in OPEN else "决定之后还在进行"
