"""Passwords and sessions."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import func, select

from tests.staff import PASSWORD, at_once, make_member
from tracker.db import db, transaction
from tracker.domain.errors import Incomplete, TooMany
from tracker.models import Account, AuditEntry, Session
from tracker.render.site import Site
from tracker.services import limits, sessions

HOME, ELSEWHERE = "203.0.113.7", "198.51.100.9"


def come_in(
    site: Site, now: datetime, password: str = PASSWORD, address: str = HOME, email: str = "mei@example.org"
) -> str:
    """Sign in as the view does."""
    with transaction():
        sessions.count_attempt(site, email, address, now)
    proof = sessions.identify(email, password)
    with transaction():
        return sessions.sign_in(site, proof, address, now)


def may_try(site: Site, now: datetime, address: str, email: str = "mei@example.org") -> bool:
    """Count a try; say whether it was let through."""
    try:
        with transaction():
            sessions.count_attempt(site, email, address, now)
    except TooMany:
        return False
    return True


def test_the_right_password_starts_a_session_and_leaves_an_entry(site: Site, now: datetime) -> None:
    member = make_member()
    token = come_in(site, now, email=" MEI@Example.org ")
    session = sessions.signed_in(token, now)
    assert session is not None
    assert session.account_id == member.id
    assert db.session.scalars(select(AuditEntry.kind)).all() == ["account.signed_in"]


def test_neither_token_nor_password_is_stored(site: Site, now: datetime) -> None:
    make_member()
    token = come_in(site, now)
    session = db.session.scalars(select(Session)).one()
    assert token not in session.id
    assert db.session.scalars(select(Account.password_hash)).one().startswith("$argon2id$")


def test_a_session_ends_after_twelve_hours_and_after_two_idle(site: Site, now: datetime) -> None:
    make_member()
    token = come_in(site, now)
    assert sessions.signed_in(token, now + timedelta(minutes=119))
    assert not sessions.signed_in(token, now + timedelta(minutes=120))
    for minutes in range(0, 12 * 60, 90):
        with transaction():
            sessions.see(db.session.scalars(select(Session)).one(), now + timedelta(minutes=minutes))
    assert sessions.signed_in(token, now + timedelta(hours=11, minutes=59))
    assert not sessions.signed_in(token, now + timedelta(hours=12))


@pytest.mark.parametrize("token", ["", "x", "\ud800", "0" * 10_000, "\0"])
def test_a_senseless_token_is_nobody(site: Site, now: datetime, token: str) -> None:
    make_member()
    come_in(site, now)
    assert sessions.signed_in(token, now) is None


def test_signing_in_again_ends_the_session_it_replaces(site: Site, now: datetime) -> None:
    make_member()
    first = come_in(site, now)
    with transaction():
        second = sessions.sign_in(site, sessions.identify("mei@example.org", PASSWORD), HOME, now, replaces=first)
    assert first != second
    assert not sessions.signed_in(first, now)
    assert sessions.signed_in(second, now)


def test_signing_out_ends_one_session_or_all(site: Site, now: datetime) -> None:
    member = make_member()
    tokens = [come_in(site, now) for _ in range(3)]
    with transaction():
        sessions.sign_out(member, tokens[0], now)
    assert [bool(sessions.signed_in(token, now)) for token in tokens] == [False, True, True]
    with transaction():
        sessions.sign_out_everywhere(member, now)
    assert not any(sessions.signed_in(token, now) for token in tokens)


def test_nobody_signs_out_somebody_else(site: Site, now: datetime) -> None:
    make_member()
    stranger = make_member("lin@example.org")
    token = come_in(site, now)
    with transaction():
        sessions.sign_out(stranger, token, now)
    assert sessions.signed_in(token, now)


def test_a_new_password_ends_every_session_and_starts_one(site: Site, now: datetime) -> None:
    make_member()
    old = [come_in(site, now) for _ in range(2)]
    proof = sessions.identify("mei@example.org", PASSWORD)
    with transaction():
        fresh = sessions.change_password(site, proof, sessions.hashed("another password entirely"), HOME, now)
    assert not any(sessions.signed_in(token, now) for token in old)
    assert sessions.signed_in(fresh, now)
    with pytest.raises(Incomplete):
        sessions.identify("mei@example.org", PASSWORD)
    sessions.identify("mei@example.org", "another password entirely")


def test_a_disabled_account_is_refused_with_its_session_and_its_password(site: Site, now: datetime) -> None:
    member = make_member()
    token = come_in(site, now)
    with transaction():
        db.session.get_one(Account, member.id).disabled_at = now
    assert not sessions.signed_in(token, now)
    with pytest.raises(Incomplete):
        sessions.identify("mei@example.org", PASSWORD)


@pytest.mark.parametrize(
    "change", [{"disabled_at": datetime.fromisoformat("2026-11-23T09:30:00Z")}, {"password_hash": "x"}]
)
def test_a_proof_is_void_when_the_account_changed_meanwhile(
    site: Site, now: datetime, change: dict[str, object]
) -> None:
    member = make_member()
    proof = sessions.identify("mei@example.org", PASSWORD)
    with transaction():
        for name, value in change.items():
            setattr(db.session.get_one(Account, member.id), name, value)
    with pytest.raises(Incomplete), transaction():
        sessions.sign_in(site, proof, HOME, now)
    assert db.session.scalar(select(func.count()).select_from(Session)) == 0


def test_unknown_disabled_and_wrong_are_refused_in_the_same_words(site: Site, now: datetime) -> None:
    make_member()
    make_member("gone@example.org", disabled_at=now)
    said = set()
    for email in ("mei@example.org", "gone@example.org", "nobody@example.org", "", "not an address"):
        with pytest.raises(Incomplete) as refusal:
            sessions.identify(email, "a wrong password")
        said.add(tuple((name, str(problem)) for name, problem in refusal.value.problems.items()))
    assert len(said) == 1


def test_unknown_and_known_accounts_take_the_same_work(
    site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_member()
    checked: list[str] = []

    class Hasher(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - the library's name
            checked.append(str(hash).rpartition("$")[0].rpartition("$")[0])
            return super().verify(hash, password)

    monkeypatch.setattr(sessions, "_HASHER", Hasher(time_cost=3, memory_cost=19_456, parallelism=1))
    for email in ("mei@example.org", "nobody@example.org", ""):
        with pytest.raises(Incomplete):
            sessions.identify(email, "a wrong password")
    assert checked == ["$argon2id$v=19$m=19456,t=3,p=1"] * 3


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 1001])
def test_a_password_out_of_bounds_is_refused_by_its_field(password: str) -> None:
    with pytest.raises(Incomplete) as refusal:
        sessions.hashed(password)
    assert list(refusal.value.problems) == ["password"]


@pytest.mark.parametrize(
    "password", ["twelve chars", "x" * 1000, "密码可以是任何语言写成的一句话", "emoji 🙂🙂🙂🙂🙂🙂"]
)
def test_any_password_of_a_fitting_length_is_taken(password: str) -> None:
    assert sessions._matches(sessions.hashed(password), password)
    assert not sessions._matches(sessions.hashed(password), password + "x")


def test_a_password_is_the_same_from_every_keyboard() -> None:
    assert sessions._matches(sessions.hashed("Caf\u00e9 au lait 12"), "Cafe\u0301 au lait 12")


def test_an_old_hash_is_renewed_at_the_next_sign_in(site: Site, now: datetime) -> None:
    member = make_member()
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD.encode())
    with transaction():
        db.session.get_one(Account, member.id).password_hash = old
    come_in(site, now)
    assert db.session.scalars(select(Account.password_hash)).one() != old
    come_in(site, now)


def test_a_refused_try_is_counted(site: Site, now: datetime) -> None:
    make_member()
    for _ in range(5):
        with pytest.raises(Incomplete):
            come_in(site, now, "a wrong password")
    with pytest.raises(TooMany):
        come_in(site, now)
    come_in(site, now + timedelta(minutes=1))


def test_the_wait_grows(site: Site, now: datetime) -> None:
    def tries(*minutes: int) -> list[int]:
        taken = []
        for minute in minutes:
            let_through = [may_try(site, now + timedelta(minutes=minute), ELSEWHERE) for _ in range(6)]
            taken.append(sum(let_through))
        return taken

    assert tries(0, 1, 2, 3, 4, 59) == [5, 5, 5, 5, 0, 0]
    assert tries(60, 61, 62, 63, 64) == [5, 5, 5, 5, 0]
    assert tries(120, 121, 122, 180, 23 * 60) == [5, 5, 0, 0, 0]
    assert tries(24 * 60) == [5]


def test_guesses_from_elsewhere_lock_out_strangers_and_not_the_holder(site: Site, now: datetime) -> None:
    make_member()
    come_in(site, now)
    later = now + timedelta(minutes=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "_TRIES_FROM_STRANGERS", (30, timedelta(days=1)))
        let_through = [may_try(site, later, f"2001:db8:{number:x}::1") for number in range(60)]
        assert sum(let_through) == 29  # the holder's first sign-in was a stranger's too
        assert come_in(site, later)


def test_one_address_may_not_go_through_all_accounts(
    site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_TRIES_FROM_ADDRESS", (10, timedelta(minutes=10)))
    let_through = [may_try(site, now, ELSEWHERE, f"m{n}@example.org") for n in range(15)]
    assert sum(let_through) == 10


def test_an_ipv6_network_counts_as_one_place() -> None:
    same = {limits.network(f"2001:db8:1:2:{n:x}::{n:x}") for n in range(50)}
    assert len(same) == 1
    assert limits.network("::ffff:203.0.113.7") == limits.network("203.0.113.7")
    assert limits.network("") == ""


def test_the_limit_is_exact_when_all_guess_at_once(app: Flask, site: Site, now: datetime) -> None:
    def attempt() -> None:
        with transaction():
            sessions.count_attempt(site, "mei@example.org", ELSEWHERE, now)

    works: list[Callable[[], None]] = [attempt] * 16
    came = at_once(app, works)
    assert came.count(None) == 5
    assert sum(isinstance(answer, TooMany) for answer in came) == 11
