"""The figures of each week: which are to be counted, and what was counted."""

from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, insert, select

from tracker.db import db
from tracker.domain.figures import A_WEEK, week_of
from tracker.models import AuditEntry, Figure
from tracker.queries.week import Numbers, bounds
from tracker.render.site import Site

KEPT = 53
"""So many weeks are counted, back from this one."""

STALE = timedelta(minutes=5)
"""The week that runs is counted again when its figures are so old."""

_AT_ONCE = 4


def due(site: Site, now: datetime) -> list[date]:
    """Return the weeks to count now, a few at a time: the one that runs, then what was never counted to its end."""
    first = db.session.scalar(select(AuditEntry.at).order_by(AuditEntry.seq).limit(1))
    if first is None:
        return []
    this = week_of(now, site.zone)
    begun = max(week_of(first, site.zone), this - (KEPT - 1) * A_WEEK)
    newest = select(Figure.week, func.max(Figure.counted_at)).where(Figure.week >= begun).group_by(Figure.week)
    known = {row[0]: row[1] for row in db.session.execute(newest)}
    weeks = [this - n * A_WEEK for n in range((this - begun).days // 7 + 1)]
    return [week for week in weeks if not _is_counted(site, week, known.get(week), now)][:_AT_ONCE]


def _is_counted(site: Site, week: date, counted_at: datetime | None, now: datetime) -> bool:
    if counted_at is None:
        return False
    return counted_at >= bounds(site, week)[1] or counted_at > now - STALE


def store(week: date, numbers: Numbers, now: datetime) -> None:
    """Put the figures of a week in the place of those before."""
    db.session.execute(delete(Figure).where(Figure.week == week))
    rows = [
        {"week": week, "name": n, "part": part, "number": value, "counted_at": now}
        for (n, part), value in numbers.items()
    ]
    db.session.execute(insert(Figure), rows)
