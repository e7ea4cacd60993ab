"""The cases that a notice opens or joins: found and locked in one order, their clocks, the notice's items in them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from tracker.db import ask, db, stored, table
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.clocks import EVERY_CASE, ClockKind, due
from tracker.domain.errors import N_, busy
from tracker.domain.lifecycle import Event, ItemState, Source, advance
from tracker.domain.quotes import Quote
from tracker.models import Article, Case, Clock, Item, Notice
from tracker.render.site import Site
from tracker.services import audit, claims, laws
from tracker.services.addresses import Named
from tracker.services.cases import start_clock, start_first
from tracker.services.quoting import Found, assigned

_CHANGED_BY = N_("通知人")
_LONGEST_STORED_ADDRESS = 1000
_ROUNDS = 5


def open_cases(
    category: CategoryName,
    articles: list[int],
    now: datetime,
    ordered_by: int | None = None,
    *,
    is_urgent: bool | None = None,
) -> tuple[list[Case], list[Case]]:
    """Return the open case of each article, locked, and which of them are new.

    In order of article, so that notices that name the same articles wait for each other and never in a circle.
    `ordered_by` is the account that took in an order: its cases are under review at once, those that it joins are orders.
    `is_urgent`: what the notice says of a minor or of a danger to life; None: as its category has it.
    """
    new: set[int] = set()
    found: dict[int, int] = {}
    about = {
        "in_category": category,
        "now": now,
        "urgent": CATEGORIES[category].is_urgent if is_urgent is None else is_urgent,
        **_beginning(ordered_by, now),
    }
    for _ in range(_ROUNDS):  # a case may be decided between the two statements
        missing = set(articles) - set(found)
        if not missing:
            break
        opened = {row.article_id: row.id for row in ask(_NEW, about | {"articles": list(missing)})}
        new |= set(opened.values())
        found |= opened
        if there := missing - set(opened):
            joined = ask(_JOINED, {"in_category": category, "now": now, "articles": list(there)})
            found |= {row.article_id: row.id for row in joined}
    else:
        raise busy()
    cases = db.session.scalars(_FOUND, {"cases": list(found.values())}).all()
    for case in cases:
        if ordered_by is not None:
            case.source = Source.ORDER
        if case.id not in new:
            advance(case.state, Event.JOIN)
    return list(cases), [case for case in cases if case.id in new]


def _beginning(ordered_by: int | None, now: datetime) -> dict[str, object]:
    """Return how a new case begins: waiting, or under review by whoever took in an order."""
    if ordered_by is None:
        return {"state_now": advance(None, Event.SUBMIT), "accepted": None, "assignee": None}
    return {"state_now": advance(None, Event.ORDER), "accepted": now, "assignee": ordered_by}


_ARTICLES: BindParameter[int] = bindparam("articles", expanding=True)
_CATEGORY = bindparam("in_category", type_=Case.category.type)
_NOW = bindparam("now", type_=Case.opened_at.type)

_CASE = table(Case)
_BEFORE = aliased(Case)
_PREDECESSOR = (
    select(func.max(_BEFORE.id))
    .where(_BEFORE.category == _CATEGORY, _BEFORE.decided_at.is_not(None), _BEFORE.article_id == Article.id)
    .scalar_subquery()
)
_OPENED: dict[str, Any] = {
    "article_id": Article.id, "predecessor_id": _PREDECESSOR, "category": _CATEGORY, "version": literal(1),
    "state": bindparam("state_now", type_=Case.state.type), "opened_at": _NOW, "changed_at": _NOW,
    "changed_by": literal(_CHANGED_BY), "is_urgent": bindparam("urgent", type_=Case.is_urgent.type),
    "accepted_at": bindparam("accepted", type_=Case.accepted_at.type),
    "assignee_id": bindparam("assignee", type_=Case.assignee_id.type),
}  # fmt: skip
_NEW = (
    insert(_CASE)
    .from_select(list(_OPENED), select(*_OPENED.values()).where(Article.id.in_(_ARTICLES)).order_by(Article.id))
    .on_conflict_do_nothing()
    .returning(_CASE.c.id, _CASE.c.article_id)
)
"""Opens a case for each article that has none, and says which."""

_OPEN = (
    select(Case.id)
    .where(
        Case.category == _CATEGORY, Case.article_id.in_(_ARTICLES), Case.decided_at.is_(None), Case.closed_at.is_(None)
    )
    .order_by(Case.article_id)
    .with_for_update()
)
_JOINED = (
    update(_CASE)
    .where(_CASE.c.id.in_(_OPEN))
    .values(version=_CASE.c.version + 1, changed_at=_NOW, changed_by=_CHANGED_BY)
    .returning(_CASE.c.id, _CASE.c.article_id)
)
"""Locks the open cases, and counts the joining as an act: who is deciding without having seen this notice is told so."""

_FOUND = (
    select(Case)
    .where(Case.id.in_(bindparam("cases", expanding=True)))
    .order_by(Case.article_id)
    .options(joinedload(Case.article))
    .execution_options(populate_existing=True)
)
"""The cases with their articles as they are now: the notice may have waited for its cases, and sync waits for none."""


def raise_urgency(site: Site, notice: Notice, cases: Sequence[Case], who: str, now: datetime) -> None:
    """Bring the cases that an urgent notice has joined to the front: what runs on them ends sooner, never later."""
    for case in (case for case in cases if not case.is_urgent):
        case.is_urgent = True
        for clock in case.clocks:
            if (
                clock.kind in EVERY_CASE
                and clock.subject == "case"
                and clock.stopped_at is None
                and clock.paused_at is None
            ):
                _hurry(site, clock, now)
        audit.record(who, "case.raised", now, case=case.id, notice=notice.id)


def _hurry(site: Site, clock: Clock, now: datetime) -> None:
    found = due(clock.kind, now, site.calendars, is_urgent=True)
    if found.at < clock.due_at:
        start_clock(site, clock.case, clock.kind, now)


def start_clocks(site: Site, notice: Notice, opened: list[Case]) -> None:
    """Start what runs on every new case, and for each item what the laws of its case ask for: from when the notice came."""
    begun = [clock for case in opened for clock in _own_clocks(case)]
    if notice.mailbox:
        begun.append((notice.items[0].case, ClockKind.ACK, f"notice:{notice.id}"))
    begun += [(item.case, kind, f"item:{item.id}") for item in notice.items for kind in sorted(laws.begun(item))]
    start_first(site, begun, notice.received_at)
    for item in notice.items:
        if item.case.regimes:
            laws.note_whole(item, notice.received_at)


def start_own_clocks(site: Site, case: Case, now: datetime) -> None:
    """Start what runs on every new case; one that is under review already waits for nobody to take it up."""
    start_first(site, _own_clocks(case), now)


def _own_clocks(case: Case) -> list[tuple[Case, ClockKind, str]]:
    return [(case, kind, "case") for kind in EVERY_CASE if kind is not ClockKind.TRIAGE or case.accepted_at is None]


def put_first(site: Site, items: Iterable[Item], since: datetime) -> None:
    """Have the items of a trusted flagger decided sooner; the others of their cases wait as long as ever."""
    for item in items:
        start_clock(site, item.case, ClockKind.DECIDE, since, subject=f"item:{item.id}", is_trusted=True)


_ITEM = table(Item)
_ITEMS = insert(_ITEM).returning(_ITEM.c.id, sort_by_parameter_order=True)


def add_items(site: Site, notice: Notice, named: list[Named], cases: list[Case]) -> None:
    """Freeze each article to its revision, with the passages that are quoted from it, and put each on its case's claim sheet.

    Each item waits for its own answer, whoever else's it may be.
    """
    by_article = {case.article_id: case for case in cases}
    quoted = assigned(site, named, notice.answers)
    rows = [_row(notice, name, by_article[name.article.id], quoted[name.article.id]) for name in named]
    items = [stored(Item(id=number, **row)) for number, row in zip(ask(_ITEMS, rows).scalars(), rows, strict=True)]
    set_committed_value(notice, "items", items)
    passages: list[claims.Passage] = []
    for name, item in zip(named, items, strict=True):
        related = {"notice": notice, "case": by_article[name.article.id], "article": name.article}
        for relation, row in related.items():
            set_committed_value(item, relation, row)
        quotes = [_around(name, found.quote) for found in quoted[name.article.id]]
        passages += [(item, quote) for quote in quotes or [Quote("")]]
    claims.begin(passages, notice.answers.get("legal_basis", ""))


def _row(notice: Notice, name: Named, case: Case, quotes: Sequence[Found]) -> dict[str, Any]:
    return {
        "notice_id": notice.id,
        "case_id": case.id,
        "article_id": name.article.id,
        "revision_id": name.article.revision_id,
        "mailbox": notice.mailbox,
        "address": name.address[:_LONGEST_STORED_ADDRESS],
        "passage": "\n\n".join(found.quote.exact for found in quotes),
        "passage_found": bool(quotes) and all(found.is_found for found in quotes),
        "quotes": [found.as_dict() for found in quotes],
        "state": ItemState.OPEN,
    }


def _around(name: Named, quote: Quote) -> Quote:
    """Return a passage with what stands beside it: as a reader selected it, or as the article has it now."""
    return quote if quote.prefix or quote.suffix else Quote(quote.exact, *name.around(quote.exact))
