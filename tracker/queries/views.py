"""The saved views that somebody sees, with the number of cases in each."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from tracker.db import db
from tracker.models import Account, Subscription, View
from tracker.queries import queue
from tracker.queries.filters import Filters
from tracker.render.site import PREFIXES


class Shown(NamedTuple):
    """A view as its list shows it; `number` goes no further than the queue counts, and is None where all is over."""

    view: View
    filters: Filters
    number: int | None
    is_own: bool
    is_mailed: bool


def views(account: Account, zone: ZoneInfo, now: datetime, most: int | None = None) -> list[Shown]:
    """Return the views of somebody, their own first."""
    wanted = select(View).where(or_(View.owner_id == account.id, View.is_shared)).options(joinedload(View.owner))
    wanted = wanted.order_by((View.owner_id == account.id).desc(), View.name, View.id)
    found = list(db.session.scalars(wanted.limit(most)))
    mailed = set(db.session.scalars(select(Subscription.view_id).where(Subscription.account_id == account.id)))
    filters = [Filters.parse(view.query, PREFIXES) for view in found]
    counts = queue.counted(filters, account, zone, now)
    rows = zip(found, filters, counts, strict=True)
    return [Shown(view, asked, n, view.owner_id == account.id, view.id in mailed) for view, asked, n in rows]
