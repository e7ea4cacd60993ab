"""What the desk lists: open cases by urgency and clock, those after a decision, mails in trouble, the trail, and people."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Select, and_, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from tracker.db import db
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import RULES, ClockKind
from tracker.domain.lifecycle import OPEN, State
from tracker.models import Account, Article, AuditEntry, Case, Clock, Item, Link, Mail, MailState

T = TypeVar("T")

PER_PAGE = 50
TROUBLED = (MailState.BOUNCED, MailState.GIVEN_UP, MailState.HELD, MailState.QUEUED)

OURS = frozenset(kind for kind, rule in RULES.items() if rule.expires is None) - {
    ClockKind.ACK, ClockKind.PURGE, ClockKind.ODS
}  # fmt: skip
"""The limits that we have to keep: of all others, something follows by itself."""

AFTERWARDS = frozenset({State.APPEALED, State.COUNTERED, State.ON_HOLD})
"""The states after a decision in which something is still going on."""

_AWAITING = (Case.decided_at.is_(None), Case.closed_at.is_(None))
_CURSOR = re.compile(r"(u?)(\d{8}T\d{12})-(\d{1,10})")


class Cursor(NamedTuple):
    """The place in a list after which a page starts."""

    at: datetime
    id: int
    is_urgent: bool = False

    def __str__(self) -> str:
        return f"{'u' if self.is_urgent else ''}{self.at.astimezone(UTC):%Y%m%dT%H%M%S%f}-{self.id}"


@dataclass(frozen=True)
class Line:
    """A case as the queue shows it; `clock` is the next limit that runs."""

    case: Case
    notices: int
    clock: Clock | None


@dataclass(frozen=True)
class Listed:
    """A page of cases, and where the next one starts."""

    lines: list[Line]
    next: Cursor | None


@dataclass(frozen=True)
class Rows(Generic[T]):
    """A page of a list that is numbered, and the number below which the next one starts."""

    rows: list[T]
    next: int | None


def cursor(text: str) -> Cursor | None:
    """Return the cursor that `str` wrote, or None."""
    found = _CURSOR.fullmatch(text)
    if not found:
        return None
    try:
        at = datetime.strptime(found[2], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
        return Cursor(at, min(int(found[3]), 2**31 - 1), found[1] == "u")
    except ValueError:
        return None


def open_cases(
    after: Cursor | None,
    state: State | None = None,
    category: CategoryName | None = None,
    assignee: Account | None = None,
) -> Listed:
    """Return the cases in a state, or those that await our first decision: the urgent first, then what runs out first."""
    ours = (Clock.kind.in_(OURS), Clock.stopped_at.is_(None), Clock.paused_at.is_(None))
    running = select(func.min(Clock.due_at)).where(Clock.case_id == Case.id, *ours)
    due = func.coalesce(running.scalar_subquery(), Case.opened_at)  # one without a clock must not sink out of sight
    wanted = select(Case, due).order_by(Case.is_urgent.desc(), due, Case.id)
    if after:
        is_later = or_(due > after.at, and_(due == after.at, Case.id > after.id))
        is_less_urgent = Case.is_urgent.is_(False) if after.is_urgent else false()
        wanted = wanted.where(or_(and_(Case.is_urgent.is_(after.is_urgent), is_later), is_less_urgent))
    if state not in AFTERWARDS:
        wanted = wanted.where(*_AWAITING)
    if state:
        wanted = wanted.where(Case.state == state)
    if category:
        wanted = wanted.where(Case.category == category)
    if assignee:
        wanted = wanted.where(Case.assignee_id == assignee.id)
    return _page(wanted)


def decided_cases(before: Cursor | None, category: CategoryName | None = None) -> Listed:
    """Return the decided cases, the newest decision first."""
    return _past(select(Case, Case.decided_at), Case.decided_at, before, category)


def closed_cases(before: Cursor | None, category: CategoryName | None = None) -> Listed:
    """Return the cases that are over for good, decided or not, the last closed first."""
    return _past(select(Case, Case.closed_at), Case.closed_at, before, category)


def _past(
    wanted: Select[Case, Any],
    at: InstrumentedAttribute[datetime | None],
    before: Cursor | None,
    category: CategoryName | None,
) -> Listed:
    wanted = wanted.where(at.is_not(None)).order_by(at.desc(), Case.id.desc())
    if before:
        wanted = wanted.where(or_(at < before.at, and_(at == before.at, Case.id < before.id)))
    if category:
        wanted = wanted.where(Case.category == category)
    return _page(wanted, is_past=True)


def number_open(assignee: Account | None = None) -> int:
    """Return how many cases await a decision."""
    wanted = select(func.count()).select_from(Case).where(*_AWAITING)
    if assignee:
        wanted = wanted.where(Case.assignee_id == assignee.id)
    return db.session.scalar(wanted) or 0


def numbers() -> dict[State, int]:
    """Return how many cases stand in each state in which something is going on."""
    counted = select(Case.state, func.count()).where(Case.state.in_(OPEN | AFTERWARDS)).group_by(Case.state)
    found = {row[0]: row[1] for row in db.session.execute(counted)}
    return {state: found.get(state, 0) for state in State if state in OPEN | AFTERWARDS}


def _page(wanted: Select[Case, Any], *, is_past: bool = False) -> Listed:
    loaded = wanted.options(
        joinedload(Case.article).load_only(Article.slug, Article.title, Article.language),
        joinedload(Case.assignee),
        selectinload(Case.clocks),
    )
    rows = db.session.execute(loaded.limit(PER_PAGE + 1)).unique().all()
    shown = rows[:PER_PAGE]
    numbers = _numbers_of_notices([case.id for case, _ in shown])
    lines = [Line(case, numbers.get(case.id, 0), _next_clock(case)) for case, _ in shown]
    if len(rows) <= PER_PAGE:
        return Listed(lines, None)
    case, at = shown[-1]
    return Listed(lines, Cursor(at, case.id, case.is_urgent and not is_past))


def _numbers_of_notices(cases: Sequence[int]) -> dict[int, int]:
    counted = select(Item.case_id, func.count().label("number")).where(Item.case_id.in_(cases)).group_by(Item.case_id)
    return {row.case_id: row.number for row in db.session.execute(counted)}


def _next_clock(case: Case) -> Clock | None:
    running = (clock for clock in case.clocks if clock.stopped_at is None and clock.paused_at is None)
    return next((clock for clock in running if clock.kind in OURS), None)


def mails(state: MailState | None, before: int | None) -> Rows[Mail]:
    """Return the mails that did not go out, newest first."""
    return _below(select(Mail).where(Mail.state.in_([state] if state else TROUBLED)), Mail.id, before)


def entries(before: int | None) -> Rows[AuditEntry]:
    """Return the trail, newest first."""
    return _below(select(AuditEntry), AuditEntry.seq, before)


def _below(wanted: Select[T], number: InstrumentedAttribute[int], before: int | None) -> Rows[T]:
    limited = wanted.order_by(number.desc()).limit(PER_PAGE + 1)
    found = list(db.session.scalars(limited if before is None else limited.where(number < before)))
    rows = found[:PER_PAGE]
    return Rows(rows, getattr(rows[-1], number.key) if len(found) > PER_PAGE else None)


def names(actors: Iterable[str]) -> dict[str, str]:
    """Return the names of the accounts among these actors of the trail."""
    numbers = {int(actor.removeprefix("account:")) for actor in actors if actor.startswith("account:")}
    found = db.session.execute(select(Account.id, Account.name).where(Account.id.in_(numbers)))
    return {f"account:{number}": name for number, name in found}


def people() -> list[Account]:
    """Return every account, those who may sign in first."""
    return list(
        db.session.scalars(select(Account).order_by(Account.disabled_at.is_not(None), Account.name, Account.id))
    )


def invitations(now: datetime) -> list[Link]:
    """Return the invitations that wait to be used."""
    waiting = select(Link).where(
        Link.role.is_not(None), Link.email != "", Link.used_at.is_(None), Link.expires_at > now
    )
    return list(db.session.scalars(waiting.order_by(Link.id)))
