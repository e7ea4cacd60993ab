"""Second factors of an account together: recovery codes, what is left, the half open session, taking them away."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from config import Config
from tests.authenticator import SoftKey
from tests.staff import PASSWORD, at_once, make_member
from tracker.db import db, transaction
from tracker.domain.errors import Incomplete, NotFound, NotPermitted, TooMany
from tracker.domain.roles import Role
from tracker.models import Account, AuditEntry, Authenticator, Link, Mail, Passkey, RecoveryCode, Session
from tracker.render.site import Site
from tracker.services import accounts, factors, links, passkeys, sessions, totp
from tracker.services.accounts import Entrant

HOME = "203.0.113.7"
STEP = timedelta(seconds=30)


def with_app(site: Site, account: Account, now: datetime) -> tuple[pyotp.TOTP, list[str]]:
    """Give an account an app; return it, and the recovery codes that came with it."""
    with transaction():
        totp.begin(site, account, now)
    found = totp.pending(site, account)
    assert found is not None
    app = pyotp.TOTP(found.secret)
    with transaction():
        return app, factors.add_app(site, account, app.at(now - STEP), now)


def with_passkey(site: Site, account: Account, now: datetime) -> list[str]:
    with transaction():
        return factors.add_passkey(site, account, SoftKey().create(passkeys.creation(site, account, now)), "钥匙", now)


def half_in(site: Site, now: datetime, replaces: str = "") -> str:
    with transaction():
        return sessions.sign_in(site, sessions.identify("mei@example.org", PASSWORD), HOME, now, replaces)


def step(site: Site, account: Account, token: str, typed: str, now: datetime) -> str | None:
    """Take the second step as the view does; return the token of the whole session, or None."""
    try:
        with transaction():
            factors.accept(site, account, typed, now)
            return sessions.finish(site, account, token, HOME, now)
    except Incomplete:
        return None


def kinds() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.kind).order_by(AuditEntry.seq)))


def test_the_first_factor_brings_ten_codes_and_the_second_none(site: Site, now: datetime, mei: Account) -> None:
    _, codes = with_app(site, mei, now)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)
    assert with_passkey(site, mei, now) == []
    held = factors.of(mei)
    assert (held.app_since, len(held.passkeys), held.codes_left) == (now, 1, 10)
    assert kinds() == ["account.factor_added", "account.codes_made", "account.factor_added"]
    told = db.session.scalars(select(Mail).order_by(Mail.id)).all()
    assert [(mail.name, mail.recipient) for mail in told] == [("factor_changed", mei.email)] * 2
    assert ["验证器应用" in mail.text for mail in told] == [True, False]
    stored = " ".join(db.session.scalars(select(RecoveryCode.digest)))
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)


def test_a_password_alone_opens_the_second_step_and_nothing_else(site: Site, now: datetime, mei: Account) -> None:
    app, _ = with_app(site, mei, now)
    token = half_in(site, now)
    assert sessions.signed_in(token, now) is None
    assert sessions.halfway(token, now) is not None
    whole = step(site, mei, token, app.at(now), now)
    assert whole is not None
    assert sessions.signed_in(whole, now) is not None
    assert sessions.halfway(token, now) is None
    assert sessions.halfway(whole, now) is None
    assert kinds()[-2:] == ["account.password_given", "account.signed_in"]


def test_a_half_open_session_ends_after_ten_minutes(site: Site, now: datetime, mei: Account) -> None:
    app, _ = with_app(site, mei, now)
    token = half_in(site, now)
    late = now + sessions.STEP_LASTS
    assert sessions.halfway(token, late) is None
    assert step(site, mei, token, app.at(late), late) is None


def test_one_second_step_opens_one_session(site: Site, now: datetime, mei: Account) -> None:
    app, codes = with_app(site, mei, now)
    token = half_in(site, now)
    assert step(site, mei, token, app.at(now), now)
    assert step(site, mei, token, codes[0], now) is None
    assert factors.of(mei).codes_left == 10  # what opened nothing was not spent


@pytest.mark.parametrize("shape", ["{}", "  {}\n", "lower", "O for 0", "no dashes"])
def test_a_recovery_code_is_good_for_once_however_it_is_typed(
    site: Site, now: datetime, mei: Account, shape: str
) -> None:
    _, codes = with_app(site, mei, now)
    shapes: dict[str, Callable[[str], str]] = {
        "lower": str.lower, "O for 0": lambda c: c.replace("0", "O"), "no dashes": lambda c: c.replace("-", "")
    }  # fmt: skip
    typed = shapes.get(shape, shape.format)(codes[3])
    assert step(site, mei, half_in(site, now), typed, now)
    assert step(site, mei, half_in(site, now), typed, now) is None
    assert factors.of(mei).codes_left == 9
    assert "account.code_used" in kinds()


def test_of_many_who_bring_one_recovery_code_at_once_one_is_let_through(
    app: Flask, site: Site, now: datetime, mei: Account
) -> None:
    _, codes = with_app(site, mei, now)
    number, tokens = mei.id, [half_in(site, now) for _ in range(8)]

    def attempt(token: str) -> str | None:
        return step(site, db.session.get_one(Account, number), token, codes[0], now)

    works: list[Callable[[], str | None]] = [lambda token=token: attempt(token) for token in tokens]  # type: ignore[misc]
    came = at_once(app, works)
    assert came.count(None) == 7
    assert factors.of(db.session.get_one(Account, number)).codes_left == 9


def test_new_codes_void_the_old_ones(site: Site, now: datetime, mei: Account) -> None:
    _, old = with_app(site, mei, now)
    with transaction():
        new = factors.make_codes(mei, now)
    assert not set(old) & set(new)
    assert step(site, mei, half_in(site, now), old[0], now) is None
    assert step(site, mei, half_in(site, now), new[0], now)


def test_nobody_elses_code_is_good(site: Site, now: datetime, mei: Account) -> None:
    with_app(site, mei, now)
    _, hers = with_app(site, make_member("lin@example.org"), now)
    assert step(site, mei, half_in(site, now), hers[0], now) is None


def test_there_are_no_codes_without_another_factor(site: Site, now: datetime, mei: Account) -> None:
    with pytest.raises(NotPermitted), transaction():
        factors.make_codes(mei, now)


def test_tries_are_counted_by_account_from_wherever_they_come(site: Site, now: datetime, mei: Account) -> None:
    def may_try(at: datetime) -> bool:
        try:
            with transaction():
                factors.count(site, mei, at)
        except TooMany:
            return False
        return True

    assert [may_try(now) for _ in range(7)] == [True] * 5 + [False] * 2
    tries = [may_try(now + timedelta(minutes=5 * n)) for n in range(1, 24 * 12) for _ in range(6)]
    assert sum(tries) <= 50


def test_the_last_factor_takes_the_codes_with_it(site: Site, now: datetime, mei: Account) -> None:
    with_app(site, mei, now)
    with_passkey(site, mei, now)
    with transaction():
        factors.remove_app(site, mei, now)
    assert factors.of(mei).codes_left == 10
    with transaction():
        factors.remove_passkey(site, mei, factors.of(mei).passkeys[0].id, now)
    assert (factors.of(mei).are_none, factors.of(mei).codes_left) == (True, 0)
    assert sessions.signed_in(half_in(site, now), now)  # the password is enough again


def test_a_required_factor_cannot_be_the_last_to_go(config: Config, site: Site, now: datetime) -> None:
    strict = Site(replace(config, second_factor_roles=(Role.ADMIN,)))
    jia, mei = make_member("jia@example.org", Role.ADMIN), make_member()
    for account in (jia, mei):
        with_app(strict, account, now)
    assert (factors.is_required(strict, jia.role), factors.is_required(strict, mei.role)) == (True, False)
    with pytest.raises(NotPermitted), transaction():
        factors.remove_app(strict, jia, now)
    assert factors.of(jia).app_since == now
    with transaction():
        factors.remove_app(strict, mei, now)


def test_nobody_takes_away_somebody_elses_passkey(site: Site, now: datetime, mei: Account) -> None:
    lin = make_member("lin@example.org")
    with_passkey(site, lin, now)
    with pytest.raises(NotFound), transaction():
        factors.remove_passkey(site, mei, factors.of(lin).passkeys[0].id, now)


def test_an_admin_takes_the_factors_of_a_colleague_away_and_not_their_own(
    site: Site, now: datetime, mei: Account
) -> None:
    jia = make_member("jia@example.org", Role.ADMIN)
    for account in (jia, mei):
        with_app(site, account, now)
        with_passkey(site, account, now)
    with transaction():
        token = sessions.start(site, mei, HOME, now)
    with transaction():
        factors.reset(site, jia, mei.id, now)
    assert factors.of(mei).are_none
    assert sessions.signed_in(token, now) is None
    last = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert last is not None
    assert (last.kind, last.actor, last.facts) == ("account.factors_reset", f"account:{jia.id}", {"account": mei.id})
    with pytest.raises(NotPermitted), transaction():
        factors.reset(site, jia, jia.id, now)
    with pytest.raises(NotFound), transaction():
        factors.reset(site, jia, 999, now)
    assert not factors.of(jia).are_none


def test_the_command_line_is_the_way_back_and_an_invitation_by_an_admin_is_not(
    site: Site, now: datetime, mei: Account
) -> None:
    jia = make_member("jia@example.org", Role.ADMIN)
    with_app(site, mei, now)
    with transaction():
        accounts.invite(site, jia, mei.email, None, now)
    assert not factors.of(mei).are_none
    with transaction():
        accounts.invite(site, None, mei.email, None, now)
    assert factors.of(mei).are_none
    for kind in (Authenticator, Passkey, RecoveryCode):
        assert db.session.scalars(select(kind)).all() == []


def test_a_link_in_a_mailbox_is_not_the_second_factor(site: Site, now: datetime, mei: Account) -> None:
    app, _ = with_app(site, mei, now)
    with transaction():
        links.request_reset(site, mei.email, HOME, now)
    link = db.session.scalars(select(Link)).one()
    code = links.address_of(site, link).partition("code=")[2]
    found = links.open_link(site, link.id, code, now)
    with transaction():
        token = accounts.use_link(site, found, Entrant(sessions.hashed(PASSWORD), "", ""), HOME, now)
    assert sessions.signed_in(token, now) is None
    assert step(site, mei, token, app.at(now), now)


def test_a_session_remembers_its_browser_and_when_its_holder_showed_who_they_are(
    site: Site, now: datetime, mei: Account
) -> None:
    with transaction():
        token = sessions.start(site, mei, HOME, now, "Firefox · Linux")
    session = sessions.signed_in(token, now)
    assert session is not None
    assert session.agent == "Firefox · Linux"
    assert sessions.is_fresh(session, now + sessions.FRESH - STEP)
    assert not sessions.is_fresh(session, now + sessions.FRESH)
    later = now + timedelta(hours=1)
    with transaction():
        sessions.prove(session.id, later)
        sessions.see(session, later)
    assert sessions.is_fresh(session, later)
    db.session.rollback()
    assert db.session.get_one(Account, mei.id).seen_at == later


def test_sessions_are_listed_and_ended(site: Site, now: datetime, mei: Account) -> None:
    jia = make_member("jia@example.org", Role.ADMIN)
    with transaction():
        tokens = [sessions.start(site, mei, HOME, now - timedelta(minutes=n), f"{n}") for n in range(3)]
        sessions.start(site, mei, HOME, now - timedelta(hours=3), "left alone too long")
        kept = sessions.start(site, jia, HOME, now)
    assert [session.agent for session in sessions.of(mei.id, now)] == ["0", "1", "2"]
    ids = [session.id for session in sessions.of(mei.id, now)]
    with transaction():
        sessions.end(mei, mei.id, ids[0], now)
        sessions.end(mei, mei.id, sessions.of(jia.id, now)[0].id, now)  # not one of theirs: nothing happens
    assert [bool(sessions.signed_in(token, now)) for token in (*tokens, kept)] == [False, True, True, True]
    with transaction():
        sessions.end_every(jia, mei.id, now)
    assert db.session.scalars(select(Session.account_id)).all() == [jia.id]
    assert kinds() == ["account.sessions_ended"] * 2


def test_a_half_open_session_is_not_listed(site: Site, now: datetime, mei: Account) -> None:
    with_app(site, mei, now)
    half_in(site, now)
    assert sessions.of(mei.id, now) == []
