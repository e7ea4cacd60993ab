"""Counting how often something was done, so that it can be slowed down. Keys are stored as keyed hashes."""

import ipaddress
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from sqlalchemy import case, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is the one that both databases read

from tracker.db import db
from tracker.domain.errors import N_, TooMany
from tracker.models import Limit
from tracker.render.site import Site


class Counted(NamedTuple):
    """How often in a window, this time included, and when the window ends."""

    hits: int
    ends_at: datetime


def count(site: Site, key: str, window: timedelta, now: datetime) -> Counted:
    """Count one in a single statement; whoever counts the same at the same moment waits for this transaction to end."""
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
    return Counted(*db.session.execute(counted.returning(Limit.hits, Limit.window_ends_at)).one())


def hit(site: Site, key: str, limit: int, window: timedelta, now: datetime) -> None:
    """Count one; raise TooMany, naming when to try again, if it is over `limit` in `window`.

    Open a transaction round the count alone where the refusal of what is counted must not take the count back.
    """
    counted = count(site, key, window, now)
    if counted.hits > limit:
        when, seconds = until(site, counted.ends_at, now)
        raise TooMany(N_("尝试得太频繁了。请在%(when)s以后再试。"), seconds=seconds, when=when)


def use_once(site: Site, key: str, until: datetime) -> bool:
    """Say whether `key` is used for the first time; remembered until an instant."""
    new = insert(Limit).values(key=_stored(site, key), window_ends_at=until, hits=1).on_conflict_do_nothing()
    return db.session.scalar(new.returning(Limit.key)) is not None


def counted(site: Site, key: str, now: datetime) -> Counted | None:
    """Return what was counted of `key` in a window that has not ended, or None."""
    found = select(Limit.hits, Limit.window_ends_at).where(Limit.key == _stored(site, key), Limit.window_ends_at > now)
    row = db.session.execute(found).one_or_none()
    return Counted(*row) if row else None


def is_counted(site: Site, key: str, now: datetime) -> bool:
    """Say whether `key` was counted in a window that has not ended."""
    return counted(site, key, now) is not None


def network(address: str) -> str:
    """Return what counts as one place: an IPv4 address, or the /64 that one IPv6 subscriber holds."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    return str(parsed.ipv4_mapped or ipaddress.ip_network((int(parsed), 64), strict=False))


def wider(address: str) -> str:
    """Return the network around an address: /24 of IPv4, the /48 that one IPv6 site holds; nothing for no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ipaddress.ip_network(f"{parsed}/{24 if parsed.version == 4 else 48}", strict=False))


def until(site: Site, ends_at: datetime, now: datetime) -> tuple[str, int]:
    """Return in words when a window ends, in the site's zone, and in how many seconds."""
    end = site.local(ends_at + timedelta(minutes=1))  # the words say minutes only
    when = f"{end:%H:%M}" if end.date() == site.local(now).date() else f"{end:%Y-%m-%d %H:%M}"
    return when, ceil((ends_at - now).total_seconds())


def _stored(site: Site, key: str) -> str:
    return site.keys.secret("limit", key, site.keys.epoch)
