"""Passwords and sessions: who somebody is, and for how long we believe it."""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import contains_eager

from tracker.db import db
from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.text import address_key
from tracker.models import Account, Session
from tracker.render.site import Site
from tracker.services import audit, limits

LONGEST = timedelta(hours=12)
IDLE = timedelta(hours=2)
SEEN_EVERY = timedelta(minutes=1)
FEWEST_CHARACTERS, MOST_CHARACTERS = 12, 1000

_HASHER = PasswordHasher(time_cost=3, memory_cost=19_456, parallelism=1)  # OWASP asks for two passes over 19 MiB
_TRIES = ((5, timedelta(minutes=1)), (20, timedelta(hours=1)), (50, timedelta(days=1)))  # the wait grows
_TRIES_FROM_ADDRESS = (100, timedelta(minutes=10))
_TRIES_FROM_STRANGERS = (300, timedelta(days=1))
_REMEMBERED = timedelta(days=30)
_ANY = 2**30


@dataclass(frozen=True)
class Proof:
    """Somebody gave the right password; `checked` is the hash that it matched, `renewed` one with today's cost."""

    account_id: int
    checked: str
    renewed: str


def hashed(password: str) -> str:
    """Return the Argon2id hash of a new password; raise Incomplete when its length is out of bounds."""
    if not FEWEST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        message = N_("密码要有%(fewest)s至%(most)s个字符，现在是%(length)s个。可以用几个不相干的词连成一句。")
        problem = DomainError(message, fewest=FEWEST_CHARACTERS, most=MOST_CHARACTERS, length=len(password))
        raise Incomplete({"password": problem})
    return _HASHER.hash(_octets(password))


def count_attempt(site: Site, email: str, address: str, now: datetime) -> None:
    """Count a try to sign in; raise TooMany when it comes too soon. Runs in a transaction of its own, before the try.

    Counts closely by account and network address, by address over all accounts, and loosely by account over the
    addresses that never signed in to it: so nobody elsewhere can lock out its holder.
    """
    account, network = address_key(email), limits.network(address)
    for most, window in _TRIES:
        limits.hit(site, f"sign-in {account} {network} {window}", most, window, now)
    if not limits.is_counted(site, _known(account, network), now):
        limits.hit(site, f"sign-in {account}", *_TRIES_FROM_STRANGERS, now)
    limits.hit(site, f"sign-in from {network}", *_TRIES_FROM_ADDRESS, now)


def identify(email: str, password: str) -> Proof:
    """Return the proof that the password is right. Slow on purpose, so outside any transaction.

    Raises Incomplete in the same words and after the same work for a wrong password and an unknown account.
    """
    account = db.session.scalar(
        select(Account).where(Account.email == address_key(email), Account.disabled_at.is_(None))
    )
    checked = account.password_hash if account else _nobody()
    is_right = _matches(checked, password)
    if account is None or not is_right:
        raise _refused()
    renewed = _HASHER.hash(_octets(password)) if _HASHER.check_needs_rehash(checked) else checked
    return Proof(account.id, checked, renewed)


def sign_in(site: Site, proof: Proof, address: str, now: datetime, replaces: str = "") -> str:
    """Start a session and return its token, ending the session whose token is `replaces`.

    Raises Incomplete when the account was disabled or its password changed since the proof.
    """
    account = _proven(proof)
    account.password_hash = proof.renewed
    db.session.execute(delete(Session).where(Session.id == _digest(replaces)))
    audit.record(audit.actor(account), "account.signed_in", now, account=account.id)
    return start(site, account, address, now)


def start(site: Site, account: Account, address: str, now: datetime) -> str:
    """Start a session for somebody already known, and return its token, which is stored nowhere."""
    token = secrets.token_urlsafe(32)
    session = Session(id=_digest(token), account_id=account.id, created_at=now, seen_at=now, expires_at=now + LONGEST)
    db.session.add(session)
    limits.hit(site, _known(account.email, limits.network(address)), _ANY, _REMEMBERED, now)
    return token


def signed_in(token: str, now: datetime) -> Session | None:
    """Return the session of a token while it lasts, was used lately, and its account is not disabled."""
    return db.session.scalar(
        select(Session)
        .join(Session.account)
        .options(contains_eager(Session.account))
        .where(
            Session.id == _digest(token),
            Session.expires_at > now,
            Session.seen_at > now - IDLE,
            Account.disabled_at.is_(None),
        )
    )


def see(session_id: str, now: datetime) -> None:
    """Note that a session is in use."""
    db.session.execute(update(Session).where(Session.id == session_id).values(seen_at=now))


def sign_out(account: Account, token: str, now: datetime) -> None:
    """End the session of a token."""
    audit.record(audit.actor(account), "account.signed_out", now, account=account.id)
    db.session.execute(delete(Session).where(Session.id == _digest(token), Session.account_id == account.id))


def sign_out_everywhere(account: Account, now: datetime) -> None:
    """End every session of an account."""
    audit.record(audit.actor(account), "account.signed_out", now, account=account.id)
    end_all(account)


def end_all(account: Account) -> None:
    """End every session of an account, without an entry: part of another act."""
    db.session.execute(delete(Session).where(Session.account_id == account.id))


def change_password(site: Site, proof: Proof, password_hash: str, address: str, now: datetime) -> str:
    """Set a new password, end every session, and return the token of a new one.

    Raises Incomplete when the account was disabled or its password changed since the proof.
    """
    account = _proven(proof)
    set_password(account, password_hash, now)
    return start(site, account, address, now)


def set_password(account: Account, password_hash: str, now: datetime) -> None:
    """Set a password and end every session; the caller has made sure who asks."""
    account.password_hash = password_hash
    end_all(account)
    audit.record(audit.actor(account), "account.password_set", now, account=account.id)


def _proven(proof: Proof) -> Account:
    account = db.session.get_one(Account, proof.account_id, with_for_update=True, populate_existing=True)
    if account.disabled_at is not None or account.password_hash != proof.checked:
        raise _refused()
    return account


def _refused() -> Incomplete:
    words = N_("邮箱或密码不对。请检查后再试；忘记了密码，可以用下面的链接重设。")
    return Incomplete({"": DomainError(words)})


def _octets(password: str) -> bytes:
    return unicodedata.normalize("NFKC", password[: MOST_CHARACTERS + 1]).encode("utf-8", "surrogatepass")


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, _octets(password))
    except (VerifyMismatchError, InvalidHashError):  # an account without a password has an empty hash
        return False


@cache
def _nobody() -> str:
    """Return a hash that no password matches: an unknown account takes as long as a known one."""
    return _HASHER.hash(secrets.token_bytes(32))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _known(account: str, network: str) -> str:
    return f"signed in {account} {network}"
