"""Counts: exact, however many come at once, and over when they say."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.staff import at_once
from tracker.db import db, transaction
from tracker.domain.errors import TooMany
from tracker.models import Limit
from tracker.render.site import Site
from tracker.services import limits

HOUR = timedelta(hours=1)


def hit(site: Site, now: datetime, key: str = "somebody", limit: int = 3) -> None:
    with transaction():
        limits.hit(site, key, limit, HOUR, now)


def test_the_limit_passes_and_one_more_is_refused(site: Site, now: datetime) -> None:
    for _ in range(3):
        hit(site, now)
    with pytest.raises(TooMany):
        hit(site, now)
    hit(site, now, "somebody else")


def test_the_refusal_says_when_to_try_again_in_the_sites_zone(site: Site, now: datetime) -> None:
    hit(site, now, limit=1)
    with pytest.raises(TooMany, match="18:31"):  # 09:30 UTC is 17:30 in Shanghai, an hour on, the minute rounded up
        hit(site, now + timedelta(minutes=5), limit=1)
    with transaction():
        limits.hit(site, "slow", 1, timedelta(days=1), now)
    with pytest.raises(TooMany, match="2026-11-24 17:31"), transaction():
        limits.hit(site, "slow", 1, timedelta(days=1), now)


def test_a_refused_try_does_not_make_the_wait_longer(site: Site, now: datetime) -> None:
    hit(site, now, limit=1)
    for minutes in (1, 30, 58, 59):
        with pytest.raises(TooMany):
            hit(site, now + timedelta(minutes=minutes), limit=1)
    hit(site, now + HOUR, limit=1)


def test_a_count_starts_again_when_its_window_is_over(site: Site, now: datetime) -> None:
    for _ in range(3):
        hit(site, now)
    for _ in range(3):
        hit(site, now + HOUR)
    with pytest.raises(TooMany):
        hit(site, now + HOUR)


def test_exactly_the_limit_passes_when_all_come_at_once(app: Flask, site: Site, now: datetime) -> None:
    came = at_once(app, [lambda: hit(site, now, limit=10)] * 24)
    assert came.count(None) == 10
    assert sum(isinstance(answer, TooMany) for answer in came) == 14


def test_no_address_stands_in_the_table(site: Site, now: datetime) -> None:
    hit(site, now, "mei@example.org 203.0.113.7")
    key = db.session.scalars(select(Limit.key)).one()
    assert len(key) == 64
    assert "mei" not in key.lower()
    assert "203" not in key


def test_what_was_counted_is_known_until_its_window_is_over(site: Site, now: datetime) -> None:
    hit(site, now)
    assert limits.is_counted(site, "somebody", now + timedelta(minutes=59))
    assert not limits.is_counted(site, "somebody", now + HOUR)
    assert not limits.is_counted(site, "somebody else", now)
