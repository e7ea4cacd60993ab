"""The cases that a notice opens or joins: found and locked in one order, their clocks, the notice's items in them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read

from tracker.db import db
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.clocks import EVERY_CASE, ClockKind, due
from tracker.domain.errors import N_
from tracker.domain.lifecycle import Event, ItemState, advance
from tracker.domain.regimes import REGIMES, RegimeName
from tracker.models import Case, Clock, Item, Notice
from tracker.render.site import Site
from tracker.services import audit
from tracker.services.addresses import Named
from tracker.services.cases import start_clock
from tracker.services.quoting import assigned

_CHANGED_BY = N_("通知人")
_LONGEST_STORED_ADDRESS = 1000


def open_cases(
    category: CategoryName, articles: list[int], now: datetime, *, is_urgent: bool | None = None
) -> tuple[list[Case], list[Case]]:
    """Return the open case of each article, locked, and which of them are new.

    In order of article, so that notices that name the same articles wait for each other and never in a circle.
    `is_urgent`: what the notice says of a minor or of a danger to life; None: as its category has it.
    """
    is_urgent = CATEGORIES[category].is_urgent if is_urgent is None else is_urgent
    found: dict[int, Case] = {}
    new: set[int] = set()
    while missing := sorted(set(articles) - set(found)):  # one may be decided between the two statements
        new.update(_opened(category, missing, now, is_urgent=is_urgent))
        same = (Case.category == category, Case.article_id.in_(missing))
        is_open = (Case.decided_at.is_(None), Case.closed_at.is_(None))
        rows = db.session.scalars(select(Case).where(*same, *is_open).order_by(Case.article_id).with_for_update())
        found |= {case.article_id: case for case in rows}
    cases = [found[article] for article in sorted(found)]
    for case in cases:
        if case.id not in new:
            _join(case, now)
    return cases, [case for case in cases if case.id in new]


def _opened(category: CategoryName, articles: Sequence[int], now: datetime, *, is_urgent: bool) -> Sequence[int]:
    """Open a case for each article that has none; return the numbers of the new ones."""
    decided = select(Case.article_id, func.max(Case.id)).where(Case.category == category, Case.decided_at.is_not(None))
    before = db.session.execute(decided.where(Case.article_id.in_(articles)).group_by(Case.article_id))
    earlier = {row[0]: row[1] for row in before}
    rows = [
        {
            "article_id": article,
            "predecessor_id": earlier.get(article),
            "category": category,
            "is_urgent": is_urgent,
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


def raise_urgency(site: Site, notice: Notice, cases: Sequence[Case], who: str, now: datetime) -> None:
    """Bring the cases that an urgent notice has joined to the front: what runs on them ends sooner, never later."""
    for case in (case for case in cases if not case.is_urgent):
        case.is_urgent = True
        for clock in case.clocks:
            if clock.kind in EVERY_CASE and clock.subject == "case" and clock.stopped_at is None:
                _hurry(site, clock, now)
        audit.record(who, "case.raised", now, case=case.id, notice=notice.id)


def _hurry(site: Site, clock: Clock, now: datetime) -> None:
    found = due(clock.kind, now, site.calendars, is_urgent=True)
    if found.at < clock.due_at:
        clock.starts_at, clock.due_at, clock.is_provisional, clock.is_urgent = now, found.at, found.is_provisional, True


def start_clocks(site: Site, notice: Notice, opened: list[Case]) -> None:
    """Start what runs on every new case, and for each item what its notice's regimes ask for: from when the notice came."""
    for case in opened:
        for kind in EVERY_CASE:
            start_clock(site, case, kind, notice.received_at)
    asked = {kind for regime in notice.regimes for kind in REGIMES[RegimeName(regime)].clocks} - set(EVERY_CASE)
    for item in notice.items:
        for name in sorted(asked):
            start_clock(site, item.case, ClockKind(name), notice.received_at, subject=f"item:{item.id}")


def _join(case: Case, now: datetime) -> None:
    """Count the joining as an act: who is deciding without having seen this notice is told so."""
    advance(case.state, Event.JOIN)
    case.version += 1
    case.changed_at = now
    case.changed_by = _CHANGED_BY


def add_items(site: Site, notice: Notice, named: list[Named], cases: list[Case]) -> None:
    """Freeze each article to its revision, with the passages that are quoted from it; each item waits for its own answer."""
    by_article = {case.article_id: case for case in cases}
    quoted = assigned(site, named, notice.answers)
    for name in named:
        quotes = quoted[name.article.id]
        db.session.add(
            Item(
                notice_id=notice.id,
                case_id=by_article[name.article.id].id,
                article_id=name.article.id,
                revision_id=name.article.revision_id,
                mailbox=notice.mailbox,
                address=name.address[:_LONGEST_STORED_ADDRESS],
                passage="\n\n".join(found.quote.exact for found in quotes),
                passage_found=bool(quotes) and all(found.is_found for found in quotes),
                quotes=[found.as_dict() for found in quotes],
                state=ItemState.OPEN,
            )
        )
