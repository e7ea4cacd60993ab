"""Taking up a case, and the one way to change it: against the version that was seen."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import update

from tracker.db import db
from tracker.domain.clocks import RULES
from tracker.domain.errors import N_, Conflict, NotFound
from tracker.domain.lifecycle import Event, advance
from tracker.models import Account, Case
from tracker.render.site import Site
from tracker.services import audit


def take_up(site: Site, account: Account, case_id: int, version: int, now: datetime) -> Case:
    """Assign an open case to `account` and stop the clock that waits for it; raise Conflict, InvalidTransition."""
    case = changed(site, account, case_id, version, now)
    before = case.state
    case.state = advance(before, Event.ACCEPT)
    case.assignee_id = account.id
    stop_clocks(case, {Event.ACCEPT}, now)
    audit.record(audit.actor(account), "case.claimed", now, **{"case": case.id, "from": before, "to": case.state})
    return case


def changed(site: Site, account: Account, case_id: int, version: int, now: datetime) -> Case:
    """Return the case locked for a change, its version gone up by one.

    Raises NotFound, and Conflict naming who changed it and when if `version` is no longer the newest.
    """
    compared = update(Case).where(Case.id == case_id, Case.version == version).returning(Case.id)
    won = db.session.scalar(
        compared.values(version=version + 1, changed_at=now, changed_by=account.name),
        execution_options={"synchronize_session": False},
    )
    case = db.session.get(Case, case_id, populate_existing=True)
    if case is None:
        raise NotFound(N_("没有这个案件。"))
    if won is None:
        raise Conflict(
            N_("%(who)s已在%(when)s改动了这个案件，您的操作没有生效。"),
            who=case.changed_by,
            when=said(site, case.changed_at),
        )
    return case


def said(site: Site, at: datetime) -> str:
    """Return an instant as a refusal names it, in the site's zone."""
    return f"{site.local(at):%Y-%m-%d %H:%M:%S}"


def stop_clocks(case: Case, events: Iterable[Event], now: datetime) -> None:
    """Stop the running clocks of a case that wait for one of these events."""
    happened = set(events)
    for clock in case.clocks:
        if clock.stopped_at is None and RULES[clock.kind].stops in happened:
            clock.stopped_at = now
