"""The cases that a notice opens or joins: found and locked in one order, their clocks, the notice's items in them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read

from tracker.db import db
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.clocks import EVERY_CASE, ClockKind
from tracker.domain.errors import N_
from tracker.domain.lifecycle import Event, ItemState, advance
from tracker.domain.regimes import REGIMES, RegimeName
from tracker.models import Case, Item, Notice
from tracker.render.site import Site
from tracker.services.addresses import Named
from tracker.services.cases import start_clock

_CHANGED_BY = N_("通知人")
_LONGEST_STORED_ADDRESS = 1000


def open_cases(category: CategoryName, articles: list[int], now: datetime) -> tuple[list[Case], list[Case]]:
    """Return the open case of each article, locked, and which of them are new.

    In order of article, so that notices that name the same articles wait for each other and never in a circle.
    """
    found: dict[int, Case] = {}
    new: set[int] = set()
    while missing := sorted(set(articles) - set(found)):  # one may be decided between the two statements
        new.update(_opened(category, missing, now))
        same = (Case.category == category, Case.article_id.in_(missing))
        is_open = (Case.decided_at.is_(None), Case.closed_at.is_(None))
        rows = db.session.scalars(select(Case).where(*same, *is_open).order_by(Case.article_id).with_for_update())
        found |= {case.article_id: case for case in rows}
    cases = [found[article] for article in sorted(found)]
    for case in cases:
        if case.id not in new:
            _join(case, now)
    return cases, [case for case in cases if case.id in new]


def _opened(category: CategoryName, articles: Sequence[int], now: datetime) -> Sequence[int]:
    """Open a case for each article that has none; return the numbers of the new ones."""
    decided = select(Case.article_id, func.max(Case.id)).where(Case.category == category, Case.decided_at.is_not(None))
    before = db.session.execute(decided.where(Case.article_id.in_(articles)).group_by(Case.article_id))
    earlier = {row[0]: row[1] for row in before}
    rows = [
        {
            "article_id": article,
            "predecessor_id": earlier.get(article),
            "category": category,
            "is_urgent": CATEGORIES[category].is_urgent,
            "state": advance(None, Event.SUBMIT),
            "version": 1,
            "opened_at": now,
            "changed_at": now,
            "changed_by": _CHANGED_BY,
        }
        for article in articles
    ]
    new = insert(Case).values(rows).on_conflict_do_nothing().returning(Case.id)
    return db.session.scalars(new).all()


def raise_urgency(site: Site, cases: Sequence[Case]) -> None:
    """Bring cases to the front; what runs on one that was open already is due as on any urgent case."""
    for case in cases:
        if not case.is_urgent:
            case.is_urgent = True
            for clock in [clock for clock in case.clocks if clock.stopped_at is None and clock.kind in EVERY_CASE]:
                start_clock(site, case, clock.kind, clock.starts_at)


def start_clocks(site: Site, notice: Notice, opened: list[Case], now: datetime) -> None:
    """Start what runs on every new case, and for each item what its notice's regimes ask for."""
    for case in opened:
        for kind in EVERY_CASE:
            start_clock(site, case, kind, now)
    if notice.mailbox:
        start_clock(site, notice.items[0].case, ClockKind.ACK, now, subject=f"notice:{notice.id}")
    asked = {kind for regime in notice.regimes for kind in REGIMES[RegimeName(regime)].clocks} - set(EVERY_CASE)
    for item in notice.items:
        for name in sorted(asked):
            start_clock(site, item.case, ClockKind(name), now, subject=f"item:{item.id}")


def put_first(site: Site, notice: Notice, now: datetime) -> None:
    """Mark the cases of a trusted flagger's notice: they come first, and their items are to be decided sooner."""
    for item in notice.items:
        if item.state is ItemState.OPEN:
            item.case.is_trusted = True
            start_clock(site, item.case, ClockKind.DECIDE, now, subject=f"item:{item.id}")


def _join(case: Case, now: datetime) -> None:
    """Count the joining as an act: who is deciding without having seen this notice is told so."""
    advance(case.state, Event.JOIN)
    case.version += 1
    case.changed_at = now
    case.changed_by = _CHANGED_BY


def add_items(notice: Notice, named: list[Named], cases: list[Case], now: datetime) -> None:
    """Freeze each article to its revision.

    A mailbox has one open item a case, the one that the decision will answer. A later item from the same mailbox
    counts as answered at once, by what answers the first: the moderator reads both, one decision mail goes out.
    """
    passage = notice.answers.get("passage", "")
    by_article = {case.article_id: case for case in cases}
    awaited = select(Item.case_id).where(Item.mailbox == notice.mailbox, Item.answered_at.is_(None))
    has_open = set(db.session.scalars(awaited.where(Item.case_id.in_([case.id for case in cases]))))
    has_open = has_open if notice.mailbox else set()  # without an address, nobody is the same person
    for name in named:
        case = by_article[name.article.id]
        db.session.add(
            Item(
                notice_id=notice.id,
                case_id=case.id,
                article_id=name.article.id,
                revision_id=name.article.revision_id,
                mailbox=notice.mailbox,
                address=name.address[:_LONGEST_STORED_ADDRESS],
                passage=passage,
                passage_found=bool(passage) and name.quotes(passage),
                state=ItemState.ANSWERED if case.id in has_open else ItemState.OPEN,
                answered_at=now if case.id in has_open else None,
            )
        )
