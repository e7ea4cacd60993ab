"""Cases: the one way to change one, its state as a fold, its clocks."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update

from tracker import mail
from tracker.db import ask, db, table
from tracker.domain.approval import Fate
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import RULES, ClockKind, due
from tracker.domain.errors import N_, Conflict, no_case
from tracker.domain.lifecycle import OPEN, WITH_US, Event, Standing, State, advance, fold, row
from tracker.domain.redress import AppealState, CounterState
from tracker.models import Account, Appeal, Case, Clock, CounterNotice, Item, Notice, Proposal
from tracker.queries.applying import regimes as regimes
from tracker.queries.counting import counted
from tracker.render.site import Site
from tracker.services import audit, guards
from tracker.services.guards import require_impartial as require_impartial

NO_CLOCK = "none"
"""The subject of an act after which every clock goes on: somebody else still waits."""


def found(case_id: int) -> Case:
    """Return a case; raise NotFound."""
    case = db.session.get(Case, case_id)
    if case is None:
        raise no_case()
    return case


def take_up(site: Site, account: Account, case_id: int, version: int | None, now: datetime) -> Case:
    """Assign an open case to `account` and stop the clock that waits for it; the version stays, so that nobody's form ages.

    Raises NotFound, InvalidTransition when it is not open any more, Conflict when `version` is given and not the newest,
    NotPermitted for whoever may not decide it.
    """
    case = locked_as_seen(site, case_id, version)
    require_open(case)
    require_impartial(account, case)
    is_new = case.assignee_id != account.id
    case.assignee_id = account.id
    before = case.state
    if before in WITH_US:
        case.accepted_at = case.accepted_at or now
        move(case, Event.ACCEPT, now, by=account)
    if is_new or case.state is not before:
        audit.record(audit.actor(account), "case.claimed", now, **{"case": case.id, "from": before, "to": case.state})
    return case


def locked_as_seen(site: Site, case_id: int, version: int | None) -> Case:
    """Return a case locked, its version as it was: for what changes nothing that somebody who decides must know.

    Raises NotFound, and Conflict when `version` is given and not the newest.
    """
    found = select(Case).where(Case.id == case_id).with_for_update()
    case = db.session.scalar(found, execution_options={"populate_existing": True})
    if case is None:
        raise no_case()
    if version is not None and case.version != version:
        raise _came_late(site, case)
    return case


def changed(site: Site, account: Account, case_id: int, version: int, now: datetime) -> Case:
    """Return the case locked for a change, its version gone up by one.

    Raises NotFound, Conflict naming who changed it and when if `version` is no longer the newest, and NotPermitted for whoever
    keeps out of it.
    """
    compared = update(Case).where(Case.id == case_id, Case.version == version).returning(Case.id)
    won = db.session.scalar(
        compared.values(version=version + 1, changed_at=now, changed_by=account.name),
        execution_options={"synchronize_session": False},
    )
    case = db.session.get(Case, case_id, populate_existing=True)
    if case is None:
        raise no_case()
    if won is None:
        raise _came_late(site, case)
    require_impartial(account, case)
    return case


def _came_late(site: Site, case: Case) -> Conflict:
    message = N_("%(who)s已在%(when)s改动了这个案件，您的操作没有生效。")
    return Conflict(message, who=case.changed_by, when=said(site, case.changed_at))


def said(site: Site, at: datetime) -> str:
    """Return an instant as a refusal names it, in the site's zone."""
    return f"{site.local(at):%Y-%m-%d %H:%M:%S}"


def locked(numbers: Iterable[int], now: datetime, by: str) -> list[Case]:
    """Return these cases locked in order of their article, their version gone up: for acts of the parties and the worker.

    In one order, so that acts on the same cases wait for each other and never in a circle.
    """
    cases = reserved(numbers)
    for case in cases:
        case.version += 1
        case.changed_at = now
        case.changed_by = by
    return cases


def reserved(numbers: Iterable[int]) -> list[Case]:
    """Return these cases locked in the same order, without a new version: for what no moderator need have seen."""
    found = select(Case).where(Case.id.in_(set(numbers))).order_by(Case.article_id, Case.id).with_for_update()
    return list(db.session.scalars(found, execution_options={"populate_existing": True}))


def of_notice(notice: Notice) -> list[Case]:
    """Return the cases of a notice reserved, and the notice locked behind them, with its items where they stand by now.

    Whoever changes a notice takes both in this order: an act on one of its cases, which may come to write to it, waits for
    none of them in a circle. An item can go to another case while somebody waits, which is then reserved as well.
    """
    items = select(Item).where(Item.notice_id == notice.id).execution_options(populate_existing=True)
    found: list[Case] = []
    while not (wanted := {item.case_id for item in db.session.scalars(items)}) <= {case.id for case in found}:
        found = reserved(wanted)
    db.session.refresh(notice, with_for_update=True)
    return found


def move(
    case: Case,
    event: Event,
    now: datetime,
    subject: str = "",
    *,
    by: Account | None = None,
    said: guards.Said = guards.NOTHING,
) -> State:
    """Bring the state of a case up to what stands in the tables, and stop the clocks that wait for `event`.

    Returns the state before. With a `subject` such as item:7, the clocks of other subjects go on; with NO_CLOCK, all do.
    `by` is whose act it is, None for a party or the clock; `said` is what the guards of the row look at. Raises
    InvalidTransition when the table of the lifecycle has no such row, and what its guards raise.
    """
    before = case.state
    guards.check(row(before, event), case, by, said)
    db.session.flush()
    case.state = fold(_standing(case))
    stop_clocks(case, {event}, now, subject)
    return before


def _standing(case: Case) -> Standing:
    items = db.session.scalars(select(Item.state).where(Item.case_id == case.id))
    forwarded = select(CounterNotice.id).where(
        CounterNotice.case_id == case.id, CounterNotice.state == CounterState.FORWARDED
    )
    appeals = select(func.count()).where(Appeal.case_id == case.id, Appeal.state == AppealState.OPEN)
    return Standing(
        is_accepted=case.accepted_at is not None,
        is_awaiting_reply=case.asked_at is not None,
        is_decided=case.decided_at is not None,
        is_countered=db.session.scalar(select(forwarded.exists())) or False,
        is_held=case.held_at is not None,
        is_closed=case.closed_at is not None,
        open_appeals=db.session.scalar(appeals) or 0,
        items=tuple(items),
    )


def open_about(article_id: int, category: CategoryName) -> int | None:
    """Return the case about an article and a category that awaits our first decision, or None."""
    is_open = (Case.decided_at.is_(None), Case.closed_at.is_(None))
    return db.session.scalar(select(Case.id).where(Case.article_id == article_id, Case.category == category, *is_open))


def require_open(case: Case) -> None:
    """Raise InvalidTransition when a case does not await our first decision any more."""
    if case.state not in OPEN:
        advance(case.state, Event.ACCEPT)


def start_clock(
    site: Site,
    case: Case,
    kind: ClockKind,
    starts_at: datetime,
    subject: str = "case",
    reached_at: datetime | None = None,
    *,
    is_trusted: bool = False,
) -> Clock:
    """Start a clock on a case, or start the running one of that kind and subject anew.

    `reached_at` is when what it counts from reached its receiver, where that makes a difference.
    """
    clock = running_clock(case, kind, subject)
    if clock is None:
        clock = Clock(case_id=case.id, kind=kind, subject=subject, paused_seconds=0)
        db.session.add(clock)
    elif clock.starts_at != starts_at:
        clock.paused_seconds, clock.expired_at, clock.warned_at, clock.held_at = 0, None, None, None
        clock.paused_at = clock.paused_at and max(clock.paused_at, starts_at)
    clock.starts_at, clock.reached_at = starts_at, reached_at or clock.reached_at
    clock.is_urgent, clock.is_trusted = case.is_urgent, is_trusted or bool(clock.is_trusted)
    count(site, clock)
    return clock


_FIRST = insert(table(Clock))


def start_first(site: Site, begun: Iterable[tuple[Case, ClockKind, str]], starts_at: datetime) -> None:
    """Start clocks on new subjects, each given as case, kind and subject: nobody need look for one that runs."""
    rows, calendars = [], site.calendars
    for case, kind, subject in begun:
        found = due(kind, starts_at, calendars, is_urgent=case.is_urgent, targets_eu=site.targets_eu)
        rows.append(
            {
                "case_id": case.id, "kind": kind, "subject": subject, "starts_at": starts_at, "due_at": found.at,
                "is_provisional": found.is_provisional, "is_urgent": case.is_urgent,
            }
        )  # fmt: skip
    if rows:
        ask(_FIRST, rows)


def count(site: Site, clock: Clock) -> None:
    """Write down when a clock is due, counted from all that is known of it."""
    found = counted(site, clock)
    clock.due_at, clock.is_provisional = found.at, found.is_provisional


_RUNNING = select(Clock).where(
    Clock.case_id == bindparam("case"), Clock.kind == bindparam("kind"), Clock.subject == bindparam("subject"),
    Clock.stopped_at.is_(None),
)  # fmt: skip


def running_clock(case: Case, kind: ClockKind, subject: str = "case") -> Clock | None:
    """Return the clock of a kind and a subject that runs on a case, or None."""
    return db.session.scalar(_RUNNING, {"case": case.id, "kind": kind, "subject": subject})


def stop_clocks(case: Case, events: Iterable[Event], now: datetime, subject: str = "") -> None:
    """Stop the running clocks of a case that wait for one of these events."""
    happened = set(events) if subject != NO_CLOCK else set()
    for clock in _running(case):
        concerned = not subject or clock.subject in {"case", subject}
        if concerned and RULES[clock.kind].stops & happened:
            clock.stopped_at = now


def stop_subject(case: Case, subject: str, now: datetime) -> None:
    """Stop what runs for one item, counter-notice or appeal."""
    for clock in _running(case):
        if clock.subject == subject:
            clock.stopped_at = now


def overtake(case: Case, now: datetime) -> None:
    """End a proposal that waits for a second person: its case was decided, or is over."""
    waiting = select(Proposal).where(Proposal.case_id == case.id, Proposal.state == Fate.OPEN)
    for proposal in db.session.scalars(waiting):
        proposal.state, proposal.ended_at = Fate.OVERTAKEN, now
        stop_subject(case, f"proposal:{proposal.id}", now)
        mail.proposal_waits_no_more(proposal)


def close(site: Site, case: Case, now: datetime) -> None:
    """End a case for good: every clock stops, and the one that ends the keeping of personal data starts."""
    case.closed_at = now
    overtake(case, now)
    for clock in _running(case):
        clock.stopped_at = now
    start_clock(site, case, ClockKind.PURGE, now)


def _running(case: Case) -> list[Clock]:
    db.session.flush()
    found = select(Clock).where(Clock.case_id == case.id, Clock.stopped_at.is_(None))
    return list(db.session.scalars(found))
