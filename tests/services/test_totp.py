"""Codes of an authenticator app: each is taken once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from config import Config
from tests.staff import at_once, make_member
from tracker.db import db, transaction
from tracker.domain.errors import Incomplete
from tracker.models import Account, Authenticator
from tracker.render.site import Site
from tracker.services import totp, upkeep

STEP = timedelta(seconds=30)


def begun(site: Site, account: Account, now: datetime) -> str:
    with transaction():
        totp.begin(site, account, now)
    found = totp.pending(site, account)
    assert found is not None
    return found.secret


def set_up(site: Site, account: Account, now: datetime) -> pyotp.TOTP:
    """Set an app up, one step before `now`, and return it."""
    app = pyotp.TOTP(begun(site, account, now))
    with transaction():
        totp.confirm(site, account, app.at(now - STEP), now - STEP)
    return app


def is_taken(site: Site, account: Account, code: str, now: datetime) -> bool:
    try:
        with transaction():
            totp.accept(site, account, code, now)
    except Incomplete as error:
        return "code" not in error.problems
    return True


def test_an_app_opens_nothing_until_it_is_confirmed(site: Site, now: datetime) -> None:
    mei = make_member()
    app = pyotp.TOTP(begun(site, mei, now))
    assert not is_taken(site, mei, app.at(now), now)
    with pytest.raises(Incomplete), transaction():
        totp.confirm(site, mei, "000000" if app.at(now) != "000000" else "000001", now)
    with transaction():
        totp.confirm(site, mei, app.at(now), now)
    assert totp.pending(site, mei) is None
    assert not is_taken(site, mei, app.at(now), now)  # the code that confirmed it is spent
    assert is_taken(site, mei, app.at(now + STEP), now + STEP)


def test_an_app_half_set_up_is_cleared_away_after_a_day(site: Site, now: datetime) -> None:
    mei, lin = make_member(), make_member("lin@example.org")
    begun(site, mei, now)
    set_up(site, lin, now)
    for later, left in ((timedelta(hours=23), 2), (timedelta(days=1), 1)):
        with transaction():
            upkeep.tidy(site, now + later)
        assert len(db.session.scalars(select(Authenticator)).all()) == left
    assert totp.pending(site, mei) is None


def test_the_address_names_site_and_account(site: Site, now: datetime) -> None:
    mei = make_member()
    secret = begun(site, mei, now)
    found = totp.pending(site, mei)
    assert found is not None
    parsed = pyotp.parse_uri(found.address)
    assert isinstance(parsed, pyotp.TOTP)
    assert (parsed.secret, parsed.name, parsed.issuer) == (secret, mei.email, site.names["zh-Hans"])


def test_a_code_is_taken_once_and_none_before_it_any_more(site: Site, now: datetime) -> None:
    mei = make_member()
    app = set_up(site, mei, now)
    assert is_taken(site, mei, app.at(now + STEP), now)  # a phone that is half a minute ahead
    assert not is_taken(site, mei, app.at(now + STEP), now)
    assert not is_taken(site, mei, app.at(now), now)
    assert is_taken(site, mei, app.at(now + 2 * STEP), now + STEP)


@pytest.mark.parametrize(("off", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step(site: Site, now: datetime, off: int, taken: bool) -> None:
    mei = make_member()
    app = set_up(site, mei, now - timedelta(hours=1))
    assert is_taken(site, mei, app.at(now + off * STEP), now) is taken


@pytest.mark.parametrize("shape", ["{0}{1} {2}{3}", " {0}{1}{2}{3}\n", "full"])
def test_a_code_is_read_however_it_is_written(site: Site, now: datetime, shape: str) -> None:
    mei = make_member()
    code = set_up(site, mei, now).at(now)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    assert is_taken(site, mei, wide if shape == "full" else shape.format(code[:2], code[2:3], code[3:5], code[5:]), now)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "\0", "\ud800", "1" * 100_000, "١٢٣٤٥٦"])
def test_anything_else_is_refused(site: Site, now: datetime, typed: str) -> None:
    mei = make_member()
    set_up(site, mei, now)
    assert not is_taken(site, mei, typed, now)


def test_nobody_elses_code_is_taken(site: Site, now: datetime) -> None:
    mei, lin = make_member(), make_member("lin@example.org")
    set_up(site, mei, now)
    hers = set_up(site, lin, now)
    assert not is_taken(site, mei, hers.at(now), now)


def test_a_new_app_takes_the_place_of_the_old_one(site: Site, now: datetime) -> None:
    mei = make_member()
    old = set_up(site, mei, now)
    begun(site, mei, now)
    assert is_taken(site, mei, old.at(now), now)  # it stays good until the new one is confirmed
    new = set_up(site, mei, now + 2 * STEP)
    assert not is_taken(site, mei, old.at(now + 2 * STEP), now + 2 * STEP)
    assert is_taken(site, mei, new.at(now + 2 * STEP), now + 2 * STEP)
    assert len(db.session.scalars(select(Authenticator)).all()) == 1


def test_of_many_who_bring_one_code_at_once_one_is_let_through(app: Flask, site: Site, now: datetime) -> None:
    mei = make_member()
    code = set_up(site, mei, now).at(now)
    number = mei.id

    def attempt() -> bool:
        return is_taken(site, db.session.get_one(Account, number), code, now)

    works: list[Callable[[], bool]] = [attempt] * 8
    assert sorted(str(answer) for answer in at_once(app, works)) == ["False"] * 7 + ["True"]


def test_a_secret_is_stored_sealed_and_bound_to_its_account(site: Site, now: datetime) -> None:
    mei, lin = make_member(), make_member("lin@example.org")
    app = set_up(site, mei, now)
    stored = db.session.scalars(select(Authenticator)).one()
    assert app.secret.encode() not in stored.secret
    assert app.byte_secret() not in stored.secret
    with transaction():
        db.session.scalars(select(Authenticator)).one().account_id = lin.id
    assert not is_taken(site, lin, app.at(now), now)


def renewed(config: Config, key: str, *old: str) -> Site:
    return Site(replace(config, secret_key=key, old_secret_keys=old))


def test_an_old_key_opens_secrets_until_they_are_sealed_under_the_new_one(
    config: Config, site: Site, now: datetime
) -> None:
    mei = make_member()
    app = set_up(site, mei, now)
    fresh = "another secret key for tests only"
    assert not is_taken(renewed(config, fresh), mei, app.at(now), now)
    assert is_taken(renewed(config, fresh, config.secret_key), mei, app.at(now), now)
    assert is_taken(renewed(config, fresh), mei, app.at(now + STEP), now + STEP)
