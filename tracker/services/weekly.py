"""The figures of the week that is over, by mail to those who run the site."""

from datetime import datetime, timedelta

from sqlalchemy import select

from tracker import mail
from tracker.db import db
from tracker.domain.figures import A_WEEK, week_of
from tracker.domain.roles import Role
from tracker.models import Account, Figure
from tracker.queries.week import bounds
from tracker.render.site import Site

AFTER = timedelta(hours=8)
"""How long after a week is over its mail is written: on Monday morning."""


def send(site: Site, now: datetime) -> None:
    """Queue the mail of last week to each admin, once its figures are whole; safe to repeat, one mail a week and person."""
    week = week_of(now, site.zone) - A_WEEK
    over = bounds(site, week)[1]
    if now < over + AFTER:
        return
    rows = list(db.session.scalars(select(Figure).where(Figure.week.in_([week, week - A_WEEK]))))
    if not [row for row in rows if row.week == week and row.counted_at >= over]:
        return  # nothing is known of that week, or it was not counted to its end yet
    admins = select(Account).where(Account.role == Role.ADMIN, Account.disabled_at.is_(None)).order_by(Account.id)
    for account in db.session.scalars(admins):
        mail.weekly(site, account, week, rows, now)
