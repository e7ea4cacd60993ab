"""Counting how often something was done, so that it can be slowed down. Keys are stored as keyed hashes."""

import ipaddress
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import case, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read

from tracker.db import db
from tracker.domain.errors import N_, TooMany
from tracker.models import Limit
from tracker.render.site import Site


def hit(site: Site, key: str, limit: int, window: timedelta, now: datetime) -> None:
    """Count one in a single statement; raise TooMany, naming when to try again, if it is over `limit` in `window`.

    Open a transaction round the count alone: the refusal of what is counted must not take the count back.
    """
    is_over = Limit.window_ends_at <= now
    ends_at = now + window
    new = insert(Limit).values(key=_stored(site, key), window_ends_at=ends_at, hits=1)
    counted = new.on_conflict_do_update(
        index_elements=[Limit.key],
        set_={
            "hits": case((is_over, 1), else_=Limit.hits + 1),
            "window_ends_at": case((is_over, ends_at), else_=Limit.window_ends_at),
        },
    )
    hits, ends_at = db.session.execute(counted.returning(Limit.hits, Limit.window_ends_at)).one()
    if hits > limit:
        raise _too_many(site, ends_at, now)


def is_counted(site: Site, key: str, now: datetime) -> bool:
    """Say whether `key` was counted in a window that has not ended."""
    found = select(Limit.hits).where(Limit.key == _stored(site, key), Limit.window_ends_at > now)
    return db.session.scalar(found) is not None


def network(address: str) -> str:
    """Return what counts as one place: an IPv4 address, or the /64 that one IPv6 subscriber holds."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    return str(parsed.ipv4_mapped or ipaddress.ip_network((int(parsed), 64), strict=False))


def _too_many(site: Site, ends_at: datetime, now: datetime) -> TooMany:
    end = site.local(ends_at + timedelta(minutes=1))  # the words say minutes only
    when = f"{end:%H:%M}" if end.date() == site.local(now).date() else f"{end:%Y-%m-%d %H:%M}"
    seconds = ceil((ends_at - now).total_seconds())
    return TooMany(N_("尝试得太频繁了。请在%(when)s以后再试。"), seconds=seconds, when=when)


def _stored(site: Site, key: str) -> str:
    return site.keys.secret("limit", key, site.keys.epoch)
