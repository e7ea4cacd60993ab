"""Saved views of the queue: kept, shared, thrown away, and mailed every morning to whoever asked for it."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select

from tracker import mail
from tracker.db import db
from tracker.domain.errors import N_, DomainError, Incomplete, NotFound, NotPermitted
from tracker.domain.text import clean_line
from tracker.models import Account, Subscription, View
from tracker.queries import queue
from tracker.queries.filters import Filters
from tracker.render.site import PREFIXES, Site

MORNING = time(8)
"""When the views go out, in the site's zone."""

MOST = 30
"""How many views one person may keep."""

LONGEST_NAME = 60
LISTED = 20
"""How many cases of a view a mail lists; it says how many there are."""


def save(account: Account, name: str, filters: Filters, now: datetime, *, is_shared: bool) -> View:
    """Keep a view under a name; the same name again replaces what it stood for.

    Raises Incomplete for no name, one too long, or too many views.
    """
    said = clean_line(name)
    if not 1 <= len(said) <= LONGEST_NAME:
        raise Incomplete({"name": DomainError(N_("请给视图起一个名字，最多%(most)s个字。"), most=LONGEST_NAME)})
    view = db.session.scalar(select(View).where(View.owner_id == account.id, View.name == said))
    if view is None:
        if (db.session.scalar(select(func.count()).where(View.owner_id == account.id)) or 0) >= MOST:
            raise Incomplete({"name": DomainError(N_("最多保存%(most)s个视图，请先删除不用的。"), most=MOST)})
        view = View(owner_id=account.id, name=said, created_at=now)
        db.session.add(view)
    view.query, view.is_shared = filters.query, is_shared
    db.session.flush()
    return view


def share(account: Account, view_id: int, *, is_shared: bool) -> None:
    """Show a view of one's own to everybody, or to nobody else; raise NotFound, NotPermitted."""
    _own(account, view_id).is_shared = is_shared


def discard(account: Account, view_id: int) -> None:
    """Throw away a view of one's own, whoever had it mailed; raise NotFound, NotPermitted."""
    db.session.delete(_own(account, view_id))


def subscribe(site: Site, account: Account, view_id: int, now: datetime) -> None:
    """Have a view mailed every morning from the next one on; raise NotFound."""
    view = seen(account, view_id)
    if db.session.scalar(_subscription(account, view)) is None:
        local = site.local(now)
        before = local.date() if local.time() >= MORNING else local.date() - timedelta(days=1)
        db.session.add(Subscription(view_id=view.id, account_id=account.id, sent_on=before))


def unsubscribe(account: Account, view_id: int) -> None:
    """Have a view mailed no more; nothing happens when it was not."""
    found = select(Subscription).where(Subscription.view_id == view_id, Subscription.account_id == account.id)
    for subscription in db.session.scalars(found):
        db.session.delete(subscription)


def seen(account: Account, view_id: int) -> View:
    """Return a view that somebody may see: their own, or a shared one; raise NotFound."""
    view = db.session.scalar(select(View).where(View.id == view_id, or_(View.owner_id == account.id, View.is_shared)))
    if view is None:
        raise NotFound(N_("没有这个视图，或者它不再共享。"))
    return view


def _own(account: Account, view_id: int) -> View:
    view = seen(account, view_id)
    if view.owner_id != account.id:
        raise NotPermitted(N_("只有视图的主人可以改动它。"))
    return view


def _subscription(account: Account, view: View) -> Select[Any]:
    return select(Subscription).where(Subscription.view_id == view.id, Subscription.account_id == account.id)


def due(site: Site, now: datetime) -> list[int]:
    """Return the subscriptions that have not been seen to on this day of the site, once it is morning."""
    local = site.local(now)
    if local.time() < MORNING:
        return []
    waiting = select(Subscription.id).where(Subscription.sent_on < local.date()).order_by(Subscription.id)
    return list(db.session.scalars(waiting))


def send(site: Site, subscription_id: int, now: datetime) -> None:
    """Mail one view to one person, unless it was done meanwhile, is empty, or they may not see it any more."""
    today = site.local(now).date()
    found = select(Subscription).where(Subscription.id == subscription_id).with_for_update()
    subscription = db.session.scalar(found, execution_options={"populate_existing": True})
    if subscription is None or subscription.sent_on >= today:
        return
    subscription.sent_on = today
    account, view = subscription.account, subscription.view
    if account.disabled_at is None and (view.is_shared or view.owner_id == account.id):
        _mail(site, account, view, today, now)


def _mail(site: Site, account: Account, view: View, today: date, now: datetime) -> None:
    filters = Filters.parse(view.query, PREFIXES)
    lines = queue.page(filters, account, site.zone, now).lines
    if lines:
        (count,) = queue.counted([filters], account, site.zone, now)
        mail.digest(site, account, view, lines[:LISTED], len(lines) if count is None else count, today, now)
