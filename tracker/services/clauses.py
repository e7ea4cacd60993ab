"""Our rules as rows: brought in from the page of the rules, cited by decisions, and looked at again after they change."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read

from tracker.content import clauses
from tracker.db import db
from tracker.domain.decisions import Draft, GroundType
from tracker.domain.errors import N_, BadContent, Conflict, DomainError, Incomplete, NotFound, no_case
from tracker.domain.provisions import CLAUSE
from tracker.domain.text import clean, clean_line, misfit
from tracker.models import Account, Case, Clause, ClauseReview
from tracker.render.site import WRITTEN, Site
from tracker.services import audit

PAGE = "rules"
NOTE = (2, 2000)
"""The fewest and most characters of the note with which a case is ticked off."""

_OWN = WRITTEN[0]

Words = dict[str, dict[str, str]]


def written(site: Site) -> dict[str, Words]:
    """Return the clauses as the files have them, in every language, by number; raise BadContent."""
    found: dict[str, Words] = {}
    for language in WRITTEN:
        page = site.fixed_page(PAGE, language)
        for number, words in clauses(page).items() if page else ():
            found.setdefault(number, {})[language] = words
    return found


def changed(site: Site) -> list[str]:
    """Return the numbers of the clauses that are not in the database as the files have them; raise BadContent."""
    known = {clause.number: clause.words for clause in in_force()}
    files = written(site)
    return [number for number in sorted({*known, *files}, key=in_order) if known.get(number) != files.get(number)]


def put(site: Site, now: datetime) -> list[DomainError]:
    """Bring the clauses of the files into force: the words before end, and stay. Return what should be said about it.

    Words that changed under the version they had are taken in all the same: what a decision relied on is its own row.
    """
    page = site.fixed_page(PAGE, _OWN)
    version = page.version if page else ""
    known, files = {clause.number: clause for clause in in_force()}, written(site)
    complaints: list[DomainError] = []
    for number in changed(site):
        before = known.get(number)
        if before is not None:
            before.ended_at = now
            db.session.flush()  # one edition of a number is in force
        if number not in files:
            _record("clause.ended", before, now)
            continue
        if before is not None and before.version == version:
            message = N_("条款%(number)s的文字改了，版本还是%(version)s。请改规则页的version，当事人凭它知道是哪一版。")
            complaints.append(BadContent(message, number=number, version=version))
        last = db.session.scalar(select(func.max(Clause.edition)).where(Clause.number == number)) or 0
        clause = Clause(number=number, edition=last + 1, version=version, words=files[number], in_force_at=now)
        db.session.add(clause)
        db.session.flush()
        _record("clause.changed", clause, now)
    return complaints


def _record(kind: str, clause: Clause | None, now: datetime) -> None:
    if clause is not None:
        audit.record(audit.SYSTEM, kind, now, clause=clause.id, number=clause.number, edition=clause.edition)


def in_force() -> list[Clause]:
    """Return the clauses in force, in the order of the rules."""
    return sorted(db.session.scalars(select(Clause).where(Clause.ended_at.is_(None))), key=lambda c: in_order(c.number))


def in_order(number: str) -> tuple[int, ...]:
    """Return what numbers of clauses are sorted by: 2.9 comes before 2.10."""
    return tuple(int(part) for part in number.split("."))


def cited(draft: Draft) -> int | None:
    """Return the clause that a decision relies on, as it stands: a decision is made by the rules of its day.

    None when it relies on the law, or names no clause of ours.
    """
    if draft.ground_type is not GroundType.TERMS:
        return None
    known = {clause.number: clause.id for clause in in_force()}
    return next((known[number] for number in CLAUSE.findall(draft.ground_ref) if number in known), None)


def newest(number: str) -> Clause | None:
    """Return the last words of a clause, in force or not."""
    editions = select(Clause).where(Clause.number == clean_line(number)).order_by(Clause.edition.desc())
    return db.session.scalar(editions.limit(1))


def review(account: Account, seen: int, case_ids: Iterable[int], note: str, now: datetime) -> int:
    """Tick off cases that relied on earlier words, with what was found; return how many were new.

    `seen` is the clause as it was on the screen. Raises Incomplete without a note or a case, NotFound for what there is
    not or never changed, Conflict when the words have changed once more.
    """
    said, wanted = clean(note), sorted(set(case_ids))
    problems: dict[str, DomainError] = {}
    if wrong := misfit(said, NOTE):
        problems["note"] = wrong
    if not wanted:
        problems["case"] = DomainError(N_("请至少勾选一个案件。"))
    if problems:
        raise Incomplete(problems)
    clause = _changed_clause(seen)
    if set(db.session.scalars(select(Case.id).where(Case.id.in_(wanted)))) != set(wanted):
        raise no_case()
    return sum(_reviewed(account, clause, case, said, now) for case in wanted)


def _changed_clause(number: int) -> Clause:
    clause = db.session.get(Clause, number)
    if clause is None or (clause.edition == 1 and clause.ended_at is None):
        raise NotFound(N_("这一条没有改动过，不需要复查。"))
    last = newest(clause.number)
    if last is not None and last.id != clause.id:
        raise Conflict(N_("这一条刚刚又改了。请看过新的文字，再勾选一次。"))
    return clause


def _reviewed(account: Account, clause: Clause, case: int, note: str, now: datetime) -> int:
    row = {"clause_id": clause.id, "case_id": case, "note": note, "reviewed_by_id": account.id, "reviewed_at": now}
    new = insert(ClauseReview).values(row).on_conflict_do_nothing().returning(ClauseReview.id)
    if db.session.scalar(new) is None:
        return 0
    audit.record(audit.actor(account), "clause.reviewed", now, clause=clause.id, case=case)
    return 1
