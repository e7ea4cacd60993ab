"""The queue: pages of cases by key, and how many there are, flat however many there be.

A page of open cases is found in one of two ways. What few of them fit is asked for first, of an index that begins with it, and
only those are sorted; what many fit is met soon on a walk along the index of the order, and no planner is left to sort them all.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, literal, select, tuple_
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.domain.calendars import instant
from tracker.domain.lifecycle import Channel, State
from tracker.models import Account, Article, Case, Item, Lease, Line, Notice
from tracker.queries import concerns
from tracker.queries.filters import Filters, Sort
from tracker.render import former

PER_PAGE = 50

MOST_COUNTED = 1000
"""A count stops here: 1001 says "more"."""

MOST_NEW = 99

FEW = 1000
"""What no more open cases fit is listed from them alone."""

LOOKED_AT = 20_000
"""How many cases that are over one page looks through for those that fit; the next page looks on from there."""

AFTERWARDS = (State.APPEALED, State.COUNTERED, State.ON_HOLD)
"""The states after a decision in which something is still going on."""

OVER = (State.DECIDED, State.CLOSED)

_SERVED = {"rank": ("state", "category", "assignee_id"), "due_at": ("due_at",), "opened_at": ("opened_at",)}
"""What an index narrows to and gives in this order."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"-?\d{1,18}(?:\.-?\d{1,18}){1,2}")
_LATEST = 10**17  # microseconds: beyond the year 5000


class Order(NamedTuple):
    """The columns that a list is sorted by, the case's number last, all in one direction."""

    columns: tuple[Any, ...]
    is_descending: bool = False


_ORDERS: dict[Sort, Order] = {
    Sort.RANK: Order((Line.rank, Line.due_at, Line.case_id)),
    Sort.DUE: Order((Line.due_at, Line.case_id)),
    Sort.NEWEST: Order((Line.opened_at, Line.case_id), True),
    Sort.OLDEST: Order((Line.opened_at, Line.case_id)),
    Sort.NOTICES: Order((Line.notices, Line.case_id), True),
}
_ENDED = Order((Line.ended_at, Line.case_id), True)


@dataclass(frozen=True)
class Listed:
    """A page of the queue. `next` is where the next one starts; `is_cut` says that this one did not look further."""

    lines: list[Line]
    leases: dict[int, Lease]
    next: str
    is_cut: bool = False


def order(filters: Filters) -> Order:
    """Return the order of a view: what is over comes newest first, what goes on after a decision by what runs out first."""
    if filters.state in OVER:
        return _ENDED._replace(is_descending=filters.sort is not Sort.OLDEST)
    if filters.state in AFTERWARDS:
        return _ORDERS[Sort.DUE]
    return _ORDERS[filters.sort]


def page(filters: Filters, account: Account, zone: ZoneInfo, now: datetime, after: str = "") -> Listed:
    """Return a page of the cases of a view."""
    keys = order(filters)
    start = _after(keys, after)
    asked = list(_narrowed(filters, account, zone, now))
    narrow = _arranged(asked, keys) if _is_open(filters) else [condition for _, condition in asked]
    wanted = select(*keys.columns).where(*_kept(filters), *start)
    cut: Row[Any] | None = None
    if filters.state in OVER and filters.is_narrow and not (filters.article or filters.publisher or filters.notice):
        walked = _sorted(select(Line).where(*_kept(filters), *start), keys)
        cut = db.session.execute(walked.with_only_columns(*keys.columns).offset(LOOKED_AT - 1).limit(1)).first()
        if cut is not None:
            end = tuple_(*keys.columns), tuple_(*(literal(v, c.type) for v, c in zip(cut, keys.columns, strict=True)))
            narrow.append(end[0] >= end[1] if keys.is_descending else end[0] <= end[1])
    rows = db.session.execute(_sorted(wanted.where(*narrow), keys).limit(PER_PAGE + 1)).all()
    shown = rows[:PER_PAGE]
    numbers = [row.case_id for row in shown]
    found, held = lines(numbers), leases(numbers, now)
    if len(rows) > PER_PAGE:
        return Listed(found, held, _cursor(shown[-1]))
    return Listed(found, held, _cursor(cut) if cut else "", is_cut=cut is not None)


def _sorted(wanted: Select[Any], keys: Order) -> Select[Any]:
    return wanted.order_by(*(column.desc() if keys.is_descending else column for column in keys.columns))


def _arranged(asked: list[tuple[str, Any]], keys: Order) -> list[Any]:
    """Return these conditions so that open cases are found among the few that fit one of them, or else in their order."""
    few = _few(asked, keys)
    return _on_the_walk(asked, keys) if few is None else _among(few, asked)


def _few(asked: list[tuple[str, Any]], keys: Order) -> list[int] | None:
    """Ask, one by one, whether few open cases fit a condition that the order has no index for; return those of the first."""
    served = _SERVED.get(keys.columns[0].key, ())
    for condition in (condition for name, condition in asked if name not in served):
        few = db.session.scalars(select(Line.case_id).where(Line.is_open, condition).limit(FEW + 1)).all()
        if len(few) <= FEW:
            return list(few)
    return None


def _among(few: list[int], asked: list[tuple[str, Any]]) -> list[Any]:
    return [Line.case_id.in_(few), *(func.coalesce(condition, false()) for _, condition in asked)]


def _on_the_walk(asked: list[tuple[str, Any]], keys: Order) -> list[Any]:
    """Inside of COALESCE no index has an answer to a condition: one that many cases fit is left to the walk."""
    served = _SERVED.get(keys.columns[0].key, ())
    return [condition if name in served else func.coalesce(condition, false()) for name, condition in asked]


def _is_open(filters: Filters) -> bool:
    return filters.state not in (*AFTERWARDS, *OVER)


def _kept(filters: Filters) -> list[Any]:
    """Return the condition under which an index holds the cases of a state, or all that are open."""
    if filters.state in OVER:
        return [Line.ended_at.is_not(None), Line.state == filters.state]
    if filters.state in AFTERWARDS:
        return [Line.ended_at.is_(None), Line.state == filters.state]
    return [Line.is_open]


def _narrowed(filters: Filters, account: Account, zone: ZoneInfo, now: datetime) -> Iterator[tuple[str, Any]]:
    """Yield the conditions of a view, each with the name of the column that an index for it begins with."""
    equal: tuple[tuple[Any, object], ...] = (
        (Line.state, filters.state if _is_open(filters) else None),
        (Line.category, filters.category),
        (Line.assignee_id, account.id if filters.mine else filters.assignee),
        (Line.language, filters.language),
        (Line.source, filters.source),
        (Line.publisher, filters.publisher),
    )
    yield from ((column.key, column == value) for column, value in equal if value)
    if filters.article:
        yield "article_id", Line.article_id == former.number_of(filters.article)
    if filters.notice:
        named = _named_in(Notice.reference == filters.notice)
        yield "case_id", Line.case_id.in_(named)
        yield "case_id", Line.case_id.not_in(concerns.kept_from(account, named))
    if filters.notifier:
        yield "case_id", Line.case_id.in_(_of_sender(filters.notifier, account))
    if filters.unassigned:
        yield "assignee_id", Line.assignee_id.is_(None) if not filters.mine else false()
    flags = {Line.is_urgent: filters.urgent, Line.has_passage: filters.passage, Line.is_trusted: filters.trusted}
    yield from ((column.key, column) for column, is_asked in flags.items() if is_asked)
    if filters.channel:
        bit = 1 << list(Channel).index(filters.channel)
        yield "channels", Line.channels.in_([mask for mask in range(1 << len(Channel)) if mask & bit])
    if filters.overdue:
        yield "due_at", and_(Line.due_kind.is_not(None), Line.due_at <= now)
    if filters.opened_from or filters.opened_to:
        yield "opened_at", and_(*_days(filters, zone))


def _named_in(which: ColumnElement[bool]) -> Select[int]:
    """Return the cases that these notices are about."""
    return select(Item.case_id).join(Notice, Notice.id == Item.notice_id).where(which)


def _of_sender(reference: str, account: Account) -> Select[int]:
    """Return the cases of everybody's notices from the mailbox of one; neither tells who complains in a case that `account` keeps out of."""
    sender = select(Notice.mailbox).where(Notice.reference == reference, Notice.mailbox != "")
    kept = concerns.kept_from(account, _named_in(Notice.mailbox == sender.scalar_subquery()))
    may_know = Notice.id.not_in(select(Item.notice_id).where(Item.case_id.in_(kept)))
    return _named_in(and_(Notice.mailbox == sender.where(may_know).scalar_subquery(), may_know))


def _days(filters: Filters, zone: ZoneInfo) -> Iterator[ColumnElement[bool]]:
    if filters.opened_from:
        yield Line.opened_at >= instant(filters.opened_from, time(), zone)
    if filters.opened_to:
        yield Line.opened_at < instant(filters.opened_to + timedelta(days=1), time(), zone)


def _after(keys: Order, cursor: str) -> tuple[ColumnElement[bool], ...]:
    """Return the condition of standing after a cursor; one that no page wrote is no cursor."""
    if not _CURSOR.fullmatch(cursor):
        return ()
    parts = [int(part) for part in cursor.split(".")]
    if len(parts) != len(keys.columns) or abs(parts[-1]) >= 2**31:
        return ()
    values = [_value(column, part) for column, part in zip(keys.columns, parts, strict=True)]
    here, there = (
        tuple_(*keys.columns),
        tuple_(*(literal(v, c.type) for v, c in zip(values, keys.columns, strict=True))),
    )
    return (here < there if keys.is_descending else here > there,)


def _value(column: Any, part: int) -> object:
    if column.key.endswith("_at"):
        return _EPOCH + timedelta(microseconds=max(-_LATEST // 2, min(part, _LATEST)))
    return part if column.key == "rank" else max(-(2**31), min(part, 2**31 - 1))


def _cursor(row: Row[Any]) -> str:
    return ".".join(str(_part(value)) for value in row)


def _part(value: Any) -> int:
    return (value - _EPOCH) // timedelta(microseconds=1) if isinstance(value, datetime) else int(value)


def lines(numbers: Sequence[int]) -> list[Line]:
    """Return the lines of these cases in this order, with what lists show of them; those that are not there are left out."""
    wanted = select(Line).where(Line.case_id.in_(numbers)).options(
        joinedload(Line.article).load_only(Article.slug, Article.title, Article.language),
        joinedload(Line.case).load_only(Case.version, Case.outcome),
        joinedload(Line.assignee).load_only(Account.name),
    )  # fmt: skip
    found = {line.case_id: line for line in db.session.scalars(wanted)}
    return [found[number] for number in numbers if number in found]


def leases(numbers: list[int], now: datetime) -> dict[int, Lease]:
    """Return the leases that count now, by case."""
    held = select(Lease).where(Lease.case_id.in_(numbers), Lease.until > now)
    found = db.session.scalars(held.options(joinedload(Lease.account).load_only(Account.name)))
    return {lease.case_id: lease for lease in found}


def counted(views: list[Filters], account: Account, zone: ZoneInfo, now: datetime) -> list[int | None]:
    """Return how many cases each view has, MOST_COUNTED + 1 for all that have more.

    None where all is over, and for a view that cannot be counted: it must not take the others with it.
    """
    parts = {}
    for n, view in enumerate(views):
        if view.state not in OVER:
            with suppress(ValueError, OverflowError):  # a day that no calendar has
                parts[n] = _bounded(view, account, zone, now)
    if not parts:
        return [None] * len(views)
    row = db.session.execute(select(*(part.label(f"n{n}") for n, part in parts.items()))).one()
    numbers = dict(zip(parts, row, strict=True))
    return [int(numbers[n]) if n in numbers else None for n in range(len(views))]


def _bounded(filters: Filters, account: Account, zone: ZoneInfo, now: datetime) -> Any:
    asked = list(_narrowed(filters, account, zone, now))
    fitting = select(literal(1).label("one")).where(*_kept(filters))
    if _is_open(filters) and len(asked) > 1:
        keys = _ORDERS[Sort.RANK]  # whose index has most of what is asked in it
        if (few := _few(asked, keys)) is not None:  # counted at once: of many views, too many numbers for one statement
            return literal(db.session.scalar(select(func.count()).select_from(Line).where(*_among(few, asked))))
        fitting = _sorted(fitting.where(*_on_the_walk(asked, keys)), keys)
    else:  # one alone is counted along its own index
        fitting = fitting.where(*(condition for _, condition in asked))
    return select(func.count()).select_from(fitting.limit(MOST_COUNTED + 1).subquery()).scalar_subquery()


def newer(filters: Filters, account: Account, zone: ZoneInfo, now: datetime, seen: int) -> int:
    """Return how many cases of a view have a larger number than `seen`, MOST_NEW + 1 for all that are more."""
    conditions = (condition for _, condition in _narrowed(filters, account, zone, now))
    kept = select(literal(1).label("one")).where(*_kept(filters), *conditions)
    new = kept.where(Line.case_id > seen).limit(MOST_NEW + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(new)) or 0


def newest() -> int:
    """Return the largest number of a case there is."""
    return db.session.scalar(select(func.max(Line.case_id))) or 0


def gone(numbers: list[int]) -> dict[int, str]:
    """Return which of these cases do not await a decision any more, and who changed them last."""
    over = select(Line.case_id, Case.changed_by).join(Case).where(Line.case_id.in_(numbers), Line.is_open.is_(False))
    return {row[0]: row[1] for row in db.session.execute(over)}
