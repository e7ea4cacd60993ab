"""The queue's lines: computed from the tables in the act that changes a case, placed anew by the worker as time goes by."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Row,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.orm import aliased

from tracker.db import ask, db, one_of, table
from tracker.domain import urgency
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.clocks import OURS, RULES, ClockKind, Nature
from tracker.domain.lifecycle import OPEN, WITH_US, Channel, Event, ItemState, Source, State
from tracker.domain.redaction import redact
from tracker.domain.regimes import assess
from tracker.domain.standing import Level, Side
from tracker.domain.text import on_one_line
from tracker.domain.threads import MessageKind
from tracker.models import Article, Attachment, Case, Clock, Item, Line, Mailbox, Message, Notice, Standing
from tracker.queries.applying import under
from tracker.queries.weights import counting

QUOTED = 80
"""How many characters of what is complained of stand in a line."""

_DECIDING = frozenset(kind for kind in OURS if Event.DECIDE in RULES[kind].stops)
_LAW = frozenset(kind for kind in OURS if RULES[kind].nature is Nature.LEGAL)
_WHO = ("notifier_name", "notifier_org", "principal_name", "signature_name", "phone", "email", "postal_address")
_MINORS = frozenset({CategoryName.MINOR, CategoryName.CSAM})
_BITS = {channel: 1 << n for n, channel in enumerate(Channel)}


def bit(channel: Channel) -> int:
    """Return the bit under which a line remembers that a notice came by `channel`."""
    return _BITS[channel]


class _Crowd(NamedTuple):
    """What the notices of a case say together."""

    notices: int = 0
    channels: int = 0
    has_passage: bool = False
    is_minor: bool = False
    is_danger: bool = False
    is_trusted: bool = False


# Statements are made once: to make one takes longer than to run it, and these are run in every act.
_CASES: BindParameter[int] = bindparam("cases", expanding=True)
_NOTICES: BindParameter[int] = bindparam("notices", expanding=True)
_NOW = bindparam("now", type_=Clock.due_at.type)

_TABLE = table(Line)
_LINES = select(_TABLE).where(_TABLE.c.case_id.in_(_CASES)).order_by(_TABLE.c.case_id).with_for_update()
_NEW = insert(_TABLE)
_NAMES = tuple(column.name for column in _TABLE.c)


def place(numbers: Iterable[int], now: datetime) -> None:
    """Compute the lines of these cases from what stands in the tables and store them."""
    cases = sorted(set(numbers))
    if not cases:
        return
    before = {row.case_id: row._asdict() for row in ask(_LINES, {"cases": cases})}
    clocks, crowds, weighting = _clocks(cases), _crowds(cases, now), counting()
    rows = ask(_ROWS, {"cases": cases}).all()
    heard = _heard(cases, [row.notice_id for row in rows if row.notice_id])
    for row in rows:
        known = before.get(row.id, {})
        line = Line(**{"case_id": row.id, **known})
        _fill(line, row, clocks.get(row.id, {}))
        _speak(line, row, crowds.get(row.id, _Crowd()), heard)
        _put(line, weighting, now)
        values = {name: getattr(line, name) for name in _NAMES}
        if not known:
            ask(_NEW, values)
        elif changed := {name: value for name, value in values.items() if value != known[name]}:
            ask(update(_TABLE).where(_TABLE.c.case_id == row.id).values(changed))


_OTHER = aliased(Item)
_FIRST = select(_OTHER.id).where(_OTHER.case_id == Case.id).order_by(_OTHER.id).limit(1)
_SPEAKS = func.coalesce(_FIRST.where(_OTHER.state == ItemState.OPEN).scalar_subquery(), _FIRST.scalar_subquery())
"""The item whose words stand for all of a case: the first that waits for us, else the first."""

_COLUMNS: tuple[Any, ...] = (
    Case.id, Case.article_id, Case.category, Case.state, Case.source, Case.assignee_id, Case.opened_at, Case.decided_at,
    Case.closed_at, Case.is_urgent, Case.predecessor_id, Case.regimes, Case.regimes_removed, Article.language,
    Article.publisher_name, Item.passage, Item.notice_id, Notice.answers, Notice.regimes.label("said_under"),
    Notice.category.label("said_as"),
)  # fmt: skip
_ROWS = (
    select(*_COLUMNS)
    .join(Article, Article.id == Case.article_id)
    .outerjoin(Item, Item.id == _SPEAKS)
    .outerjoin(Notice, Notice.id == Item.notice_id)
    .where(Case.id.in_(_CASES))
    .order_by(Case.id)
)

_DUE = (
    select(Clock.case_id, Clock.kind, func.min(Clock.due_at))
    .where(Clock.case_id.in_(_CASES), Clock.stopped_at.is_(None), Clock.paused_at.is_(None), one_of(Clock.kind, OURS))
    .group_by(Clock.case_id, Clock.kind)
)


def _clocks(cases: Sequence[int]) -> dict[int, dict[ClockKind, datetime]]:
    """Return when each limit of ours that runs is reached, by case and kind."""
    found: dict[int, dict[ClockKind, datetime]] = {}
    for number, kind, at in ask(_DUE, {"cases": cases}):
        found.setdefault(number, {})[kind] = at
    return found


def _any(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, literal_column("1"))))


_TRUSTED = and_(
    Standing.mailbox == Item.mailbox, Standing.side == Side.NOTIFIER, Standing.level == Level.TRUSTED,
    Standing.since <= _NOW, or_(Standing.until.is_(None), Standing.until > _NOW),
    exists().where(Mailbox.mailbox == Item.mailbox),  # its owner has shown that it is theirs: anybody can type it
)  # fmt: skip

_COUNTED = (
    select(
        Item.case_id,
        Notice.channel,
        func.count(),
        _any(Item.passage_found.is_(True)),
        _any(Notice.answers["minor_involved"].as_string() == "yes"),
        _any(Notice.answers["danger_to_life"].as_string() == "yes"),
        func.count(Standing.id),
    )
    .join(Notice, Notice.id == Item.notice_id)
    .outerjoin(Standing, _TRUSTED)
    .where(Item.case_id.in_(_CASES))
    .group_by(Item.case_id, Notice.channel)
)


def _crowds(cases: Sequence[int], now: datetime) -> dict[int, _Crowd]:
    counted = ask(_COUNTED, {"cases": cases, "now": now})
    found: dict[int, _Crowd] = {}
    for number, channel, n, passages, minors, dangers, trusts in counted:
        crowd = found.get(number, _Crowd())
        found[number] = _Crowd(
            crowd.notices + n,
            crowd.channels | bit(channel),
            crowd.has_passage or bool(passages),
            crowd.is_minor or bool(minors),
            crowd.is_danger or bool(dangers),
            crowd.is_trusted or bool(trusts),
        )
    return found


class _Heard(NamedTuple):
    """What else came with these notices and cases: the purposes of files by notice, and who has answered us."""

    files: dict[int | None, set[str]]
    notices: set[int | None]
    cases: set[int | None]


_CAME: CompoundSelect[Any] = union_all(
    select(null(), Message.case_id, null(), true()).where(
        Message.case_id.in_(_CASES), Message.kind == MessageKind.REPLY
    ),
    select(Message.notice_id, null(), Attachment.purpose, true())
    .outerjoin(Attachment, Attachment.message_id == Message.id)
    .where(Message.notice_id.in_(_NOTICES), Message.kind == MessageKind.SUPPLEMENT),
    select(Attachment.notice_id, null(), Attachment.purpose, false()).where(Attachment.notice_id.in_(_NOTICES)),
)


def _heard(cases: Sequence[int], notices: Sequence[int]) -> _Heard:
    found = _Heard({}, set(), set())
    for notice, case_id, purpose, is_answer in ask(_CAME, {"cases": cases, "notices": notices}):
        found.files.setdefault(notice, set()).add(purpose or "")
        if is_answer:
            found.notices.add(notice)
            found.cases.add(case_id)
    return found


def _fill(line: Line, row: Row[Any], clocks: dict[ClockKind, datetime]) -> None:
    """Write where a case stands and which limits run."""
    line.state, line.category, line.source = row.state, row.category, row.source
    line.article_id, line.language, line.publisher = row.article_id, row.language, row.publisher_name
    line.assignee_id, line.opened_at, line.is_open = row.assignee_id, row.opened_at, row.state in OPEN
    line.ended_at = {State.DECIDED: row.decided_at, State.CLOSED: row.closed_at}.get(row.state)
    kind = min(clocks, key=lambda kind: (clocks[kind], kind), default=None) if line.ended_at is None else None
    line.due_kind, line.due_at = kind, clocks[kind] if kind else row.opened_at  # without a limit it must not sink
    if line.is_open:  # afterwards both stay as they were: the replay of other weights looks at them
        line.law_at = min((at for kind, at in clocks.items() if kind in _LAW), default=None)
        line.decide_by = min((at for kind, at in clocks.items() if kind in _DECIDING), default=None)


def _speak(line: Line, row: Row[Any], crowd: _Crowd, heard: _Heard) -> None:
    """Write what the notices say, personal data masked, and what speaks for urgency whatever the time."""
    line.notices, line.channels, line.has_passage = crowd.notices, crowd.channels, crowd.has_passage
    line.is_trusted = crowd.is_trusted
    answers = row.answers or {}
    said = on_one_line(row.passage or answers.get("explanation", ""))
    masked = redact(said[: 4 * QUOTED], [answers.get(name, "") for name in _WHO])
    line.quote = masked if len(masked) <= QUOTED else masked[: QUOTED - 1] + "…"
    line.role, line.kind = answers.get("notifier_role", ""), answers.get("notifier_type", "")
    files = heard.files.get(row.notice_id, set()) if row.notice_id else set()
    regimes = under(row, row.said_under) if row.notice_id else ()
    found = assess(regimes, answers, frozenset(files), row.said_as or "")
    line.missing = list(dict.fromkeys(need.label for one in found for need in one.missing)) if line.is_open else []
    has_answered = row.id in heard.cases or (row.notice_id is not None and row.notice_id in heard.notices)
    holds = {
        "danger": crowd.is_danger,
        "minor": crowd.is_minor or row.category in _MINORS,
        "urgent": row.is_urgent or CATEGORIES[row.category].is_urgent,
        "order": row.source is Source.ORDER or row.category is CategoryName.COURT_OR_AUTHORITY,
        "trusted": crowd.is_trusted,
        "personal": redact(said) != said,
        "answered": has_answered and row.state in WITH_US,
        "again": row.predecessor_id is not None,
        "waiting": line.is_open and row.state not in WITH_US,
    }
    line.marks = [name for name, is_so in holds.items() if is_so]
    line.is_urgent = not {"danger", "minor", "urgent"}.isdisjoint(line.marks)


def facts(line: Line) -> urgency.Facts:
    """Return what the urgency of a line hangs on."""
    due_at = line.due_at if line.due_kind else None
    return urgency.Facts(tuple(line.marks), line.notices, line.opened_at, due_at, line.law_at)


def _put(line: Line, weighting: tuple[int, dict[str, int]], now: datetime) -> None:
    number, points = weighting
    placed = urgency.place(facts(line), points, now)
    line.rank, line.is_law, line.weighting_id = placed.rank, placed.is_law, number
    line.why = [[name, n] for name, n in placed.why]
    line.turns_at = placed.changes_at if line.is_open else None


def is_behind(now: datetime) -> bool:
    """Say whether time or new weights have changed the place of any open case."""
    due = select(Line.case_id).where(Line.turns_at <= now)
    old = select(Line.case_id).where(Line.is_open, Line.weighting_id != counting()[0])
    return any(db.session.scalar(wanted.limit(1)) is not None for wanted in (due, old))


def turn(now: datetime, most: int = 200) -> int:
    """Place anew some of the open cases whose place time or new weights have changed; return how many were found.

    Any number of workers may do it at once: each takes others.
    """
    weighting = counting()
    due = select(Line).where(Line.turns_at <= now).order_by(Line.turns_at).limit(most)
    lines = list(db.session.scalars(due.with_for_update(skip_locked=True)))
    if not lines:
        old = select(Line).where(Line.is_open, Line.weighting_id != weighting[0]).order_by(Line.case_id).limit(most)
        lines = list(db.session.scalars(old.with_for_update(skip_locked=True)))
    bare = [line.case_id for line in lines if line.channels == 0]  # left by an upgrade, or without a notice
    place(bare, now)
    for line in lines:
        if line.channels:
            _put(line, weighting, now)
    return len(lines)
