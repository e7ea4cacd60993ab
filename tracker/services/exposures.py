"""Counting what people uncover: so that somebody notices when one of them has read too much of it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read

from tracker.db import db
from tracker.models import Account, Exposure
from tracker.render.site import Site


def count(site: Site, account: Account, now: datetime) -> int:
    """Count one uncovered passage for the day in the site's zone; return how many there were today."""
    new = insert(Exposure).values(account_id=account.id, day=site.local(now).date(), number=1)
    added = new.on_conflict_do_update(
        index_elements=[Exposure.account_id, Exposure.day], set_={"number": Exposure.number + 1}
    )
    return db.session.scalars(added.returning(Exposure.number)).one()


def today(site: Site, account: Account, now: datetime) -> int:
    """Return how many masked passages somebody uncovered today."""
    day = site.local(now).date()
    return db.session.scalar(select(Exposure.number).where(Exposure.account_id == account.id, Exposure.day == day)) or 0
