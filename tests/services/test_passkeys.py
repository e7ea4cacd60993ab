"""Passkeys: made for one account and one site, and each answer good for once."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from config import Config
from tests.authenticator import SoftKey
from tests.staff import at_once, make_member
from tracker.db import db, transaction
from tracker.domain.errors import Incomplete
from tracker.models import Account, Passkey
from tracker.render.site import Site
from tracker.services import passkeys


def added(site: Site, account: Account, now: datetime, key: SoftKey | None = None) -> SoftKey:
    """Add a passkey to the account and return it."""
    made = key or SoftKey()
    with transaction():
        passkeys.add(site, account, made.create(passkeys.creation(site, account, now)), "钥匙", now)
    return made


def known(site: Site, account: Account | None, answer: str, now: datetime) -> int | None:
    """Return the number of the account that the answer shows, or None when it is refused."""
    try:
        with transaction():
            return passkeys.holder(site, account, answer, now).id
    except Incomplete:
        return None


def may_add(site: Site, account: Account, answer: str, now: datetime) -> bool:
    try:
        with transaction():
            passkeys.add(site, account, answer, "", now)
    except Incomplete:
        return False
    return True


def test_a_passkey_knows_its_holder_with_and_without_saying_who(site: Site, now: datetime, mei: Account) -> None:
    key = added(site, mei, now)
    stored = db.session.scalars(select(Passkey)).one()
    assert (stored.name, stored.transports, stored.sign_count) == ("钥匙", ["usb"], 0)
    assert known(site, mei, key.get(passkeys.request(site, mei, now)), now) == mei.id
    assert known(site, None, key.get(passkeys.request(site, None, now)), now) == mei.id
    db.session.rollback()
    assert (stored.sign_count, stored.used_at) == (2, now)


def test_the_options_name_the_site_and_what_is_there_already(site: Site, now: datetime, mei: Account) -> None:
    key = added(site, mei, now)
    options = json.loads(passkeys.creation(site, mei, now))
    assert (options["rp"]["id"], options["user"]["name"]) == ("localhost", mei.email)
    assert [known["id"] for known in options["excludeCredentials"]] == [bytes_to_base64url(key.id)]
    assert json.loads(passkeys.request(site, None, now))["userVerification"] == "required"
    assert json.loads(passkeys.request(site, None, now)).get("allowCredentials", []) == []  # shows nobody's passkeys


def test_an_answer_is_good_for_once(site: Site, now: datetime, mei: Account) -> None:
    key = SoftKey()
    answer = key.create(passkeys.creation(site, mei, now))
    assert may_add(site, mei, answer, now)
    assert not may_add(site, mei, answer, now)
    used = key.get(passkeys.request(site, mei, now))
    assert known(site, mei, used, now) == mei.id
    assert known(site, mei, used, now) is None


def test_of_many_who_bring_one_answer_at_once_one_is_let_through(
    app: Flask, site: Site, now: datetime, mei: Account
) -> None:
    key = added(site, mei, now)
    answer, number = key.get(passkeys.request(site, None, now)), mei.id

    def attempt() -> int | None:
        return known(site, None, answer, now)

    works: list[Callable[[], int | None]] = [attempt] * 8
    came = at_once(app, works)
    assert (came.count(number), came.count(None)) == (1, 7)


def test_an_answer_comes_too_late(site: Site, now: datetime, mei: Account) -> None:
    key = added(site, mei, now)
    answer = key.get(passkeys.request(site, mei, now))
    assert known(site, mei, answer, now + passkeys.LASTS) is None
    assert known(site, mei, answer, now + passkeys.LASTS - timedelta(seconds=1)) == mei.id


def test_a_challenge_is_for_one_purpose_and_one_account(site: Site, now: datetime, mei: Account) -> None:
    key, lin = added(site, mei, now), make_member("lin@example.org")
    hers = added(site, lin, now)
    assert known(site, None, key.get(passkeys.request(site, mei, now)), now) is None
    assert known(site, mei, key.get(passkeys.request(site, None, now)), now) is None
    assert known(site, mei, hers.get(passkeys.request(site, lin, now)), now) is None
    assert known(site, mei, hers.get(passkeys.request(site, mei, now)), now) is None
    assert not may_add(site, mei, SoftKey().create(passkeys.creation(site, lin, now)), now)


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:1"},
        {"type": "webauthn.other"},
        {"challenge": bytes_to_base64url(bytes(56))},
        {"challenge": ""},
        {"challenge": "é"},
    ],
)
def test_an_answer_made_for_something_else_is_refused(
    site: Site, now: datetime, mei: Account, changes: dict[str, Any]
) -> None:
    key = added(site, mei, now)
    assert known(site, mei, key.get(passkeys.request(site, mei, now), **changes), now) is None
    assert not may_add(site, mei, SoftKey().create(passkeys.creation(site, mei, now), **changes), now)


def test_alone_it_has_to_make_sure_of_its_holder(site: Site, now: datetime, mei: Account) -> None:
    key = added(site, mei, now, SoftKey(is_verifying=False))
    assert known(site, None, key.get(passkeys.request(site, None, now)), now) is None
    assert known(site, mei, key.get(passkeys.request(site, mei, now)), now) == mei.id


def test_a_copied_key_is_noticed_by_its_count(site: Site, now: datetime, mei: Account) -> None:
    key = added(site, mei, now)
    copy = replace(key)
    for _ in range(2):
        assert known(site, mei, key.get(passkeys.request(site, mei, now)), now) == mei.id
    assert known(site, mei, copy.get(passkeys.request(site, mei, now)), now) is None


def test_a_disabled_account_is_not_let_in(site: Site, now: datetime, mei: Account) -> None:
    key = added(site, mei, now)
    with transaction():
        db.session.get_one(Account, mei.id).disabled_at = now
    assert known(site, None, key.get(passkeys.request(site, None, now)), now) is None


def test_a_passkey_belongs_to_one_account(site: Site, now: datetime, mei: Account) -> None:
    key, lin = added(site, mei, now), make_member("lin@example.org")
    assert not may_add(site, lin, key.create(passkeys.creation(site, lin, now)), now)
    assert not may_add(site, mei, key.create(passkeys.creation(site, mei, now)), now)


def test_a_signature_by_another_key_is_refused(site: Site, now: datetime, mei: Account) -> None:
    key = added(site, mei, now)
    forged = SoftKey(id=key.id)
    assert known(site, mei, forged.get(passkeys.request(site, mei, now)), now) is None


def spoilt(answer: str) -> list[str]:
    """Return many things that are like the answer and are none."""
    whole = json.loads(answer)
    found = ["", "null", "[]", "1", '""', "{}", "[" * 100_000, '{"response": 1}', "\0", "é" * 30_000, '{"id": NaN']
    for place in (whole, whole["response"]):
        for name, right in list(place.items()):
            for wrong in (
                None,
                1,
                [],
                {},
                "",
                "é",
                "\ud800",
                "\0",
                "AAAA",
                "!" * 50,
                bytes_to_base64url(b"\xff" * 400),
            ):
                place[name] = wrong
                found.append(json.dumps(whole))
            del place[name]
            found.append(json.dumps(whole))
            place[name] = right
    for name in whole["response"]:
        right = whole["response"][name]
        if isinstance(right, str):
            octets = base64url_to_bytes(right)
            for cut in range(0, len(octets), max(1, len(octets) // 20)):
                whole["response"][name] = bytes_to_base64url(octets[:cut])
                found.append(json.dumps(whole))
            whole["response"][name] = right
    return found


def test_nonsense_is_refused_and_never_an_error_of_ours(site: Site, now: datetime, mei: Account) -> None:
    key = added(site, mei, now)
    for answer in spoilt(key.get(passkeys.request(site, mei, now))):
        known(site, mei, answer, now)  # a field that does not matter may be spoilt: what counts is that nothing breaks
    for answer in spoilt(SoftKey().create(passkeys.creation(site, mei, now))):
        may_add(site, mei, answer, now)


def test_old_server_keys_still_know_their_challenges(config: Config, site: Site, now: datetime, mei: Account) -> None:
    key = added(site, mei, now)
    answer = key.get(passkeys.request(site, mei, now))
    fresh = replace(config, secret_key="another secret key for tests only", old_secret_keys=())
    assert known(Site(fresh), mei, answer, now) is None
    assert known(Site(replace(fresh, old_secret_keys=(config.secret_key,))), mei, answer, now) == mei.id


@pytest.mark.parametrize(
    ("base_url", "is_available"),
    [
        ("http://localhost:8000", True),
        ("https://tracker.example.org", True),
        ("http://tracker.example.org", False),
        ("http://127.0.0.1:8000", False),
        ("https://192.0.2.7", False),
        ("http://[::1]:8000", False),
    ],
)
def test_passkeys_need_a_name_and_a_safe_way(site: Site, base_url: str, is_available: bool) -> None:
    site.base_url = base_url
    assert passkeys.is_available(site) is is_available


def test_an_account_has_no_end_of_passkeys(
    site: Site, now: datetime, mei: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passkeys, "MOST", 2)
    added(site, mei, now)
    added(site, mei, now)
    assert not may_add(site, mei, SoftKey().create(passkeys.creation(site, mei, now)), now)
