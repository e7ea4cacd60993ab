"""Passwords and sessions: who somebody is, and for how long we believe it.

A session of an account with a second factor begins half open: it leads to the second step and nowhere else."""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import contains_eager

from tracker.db import db
from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.text import address_key
from tracker.models import Account, Authenticator, Passkey, Session
from tracker.render.site import Site
from tracker.services import audit, limits

LONGEST = timedelta(hours=12)
IDLE = timedelta(hours=2)
SEEN_EVERY = timedelta(minutes=1)
STEP_LASTS = timedelta(minutes=10)
"""How long a right password waits for the second step."""
FRESH = timedelta(minutes=10)
"""How long after showing who they are somebody may do what is grave."""
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
    """Return the Argon2id hash of a new password; raise Incomplete as `check_length` does."""
    check_length(password)
    return _HASHER.hash(_octets(password))


def check_length(password: str) -> None:
    """Raise Incomplete when the length of a new password is out of bounds."""
    if not password:
        raise Incomplete({"password": DomainError(N_("请填写密码。"))})
    if not FEWEST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        message = N_("密码要有%(fewest)s至%(most)s个字符，现在是%(length)s个。可以用几个不相干的词连成一句。")
        problem = DomainError(message, fewest=FEWEST_CHARACTERS, most=MOST_CHARACTERS, length=len(password))
        raise Incomplete({"password": problem})


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


def sign_in(site: Site, proof: Proof, address: str, now: datetime, replaces: str = "", agent: str | None = None) -> str:
    """Start a session and return its token, ending the session whose token is `replaces`.

    It is half open when the account has a second factor.

    Raises Incomplete when the account was disabled or its password changed since the proof.
    """
    account = _proven(proof)
    account.password_hash = proof.renewed
    db.session.execute(delete(Session).where(Session.id == _digest(replaces)))
    kind = "account.password_given" if has_factor(account.id) else "account.signed_in"
    audit.record(audit.actor(account), kind, now, account=account.id)
    return begin(site, account, address, now, agent)


def begin(site: Site, account: Account, address: str, now: datetime, agent: str | None = None) -> str:
    """Start a session for somebody who showed one thing, a password or a link; half open if more is to be shown."""
    if not has_factor(account.id):
        return start(site, account, address, now, agent)
    token = secrets.token_urlsafe(32)
    db.session.add(
        Session(
            id=_digest(token),
            account_id=account.id,
            created_at=now,
            seen_at=now,
            expires_at=now + STEP_LASTS,
            awaits_factor=True,
            agent=agent,
        )
    )
    return token


def enter(
    site: Site, account: Account, address: str, now: datetime, replaces: str = "", agent: str | None = None
) -> str:
    """Start a session for somebody who showed all there is to show; return its token."""
    db.session.execute(delete(Session).where(Session.id == _digest(replaces)))
    audit.record(audit.actor(account), "account.signed_in", now, account=account.id)
    return start(site, account, address, now, agent)


def finish(site: Site, account: Account, token: str, address: str, now: datetime, agent: str | None = None) -> str:
    """Put a whole session in the place of the half open one, after the second step; return its token.

    Raises Incomplete when it ended meanwhile, so that one second step opens one session.
    """
    half = delete(Session).where(Session.id == _digest(token), Session.awaits_factor, Session.expires_at > now)
    if db.session.scalar(half.returning(Session.id)) is None:
        raise Incomplete({"": DomainError(N_("这次登录已经完成或者过期了。请重新登录。"))})
    return enter(site, account, address, now, agent=agent)


def start(site: Site, account: Account, address: str, now: datetime, agent: str | None = None) -> str:
    """Start a whole session for somebody already known, and return its token, which is stored nowhere."""
    token = secrets.token_urlsafe(32)
    session = Session(id=_digest(token), account_id=account.id, created_at=now, seen_at=now, expires_at=now + LONGEST)
    session.proved_at, session.agent = now, agent
    db.session.add(session)
    db.session.execute(update(Account).where(Account.id == account.id).values(seen_at=now))
    limits.hit(site, _known(account.email, limits.network(address)), _ANY, _REMEMBERED, now)
    return token


def signed_in(token: str, now: datetime) -> Session | None:
    """Return the whole session of a token while it lasts, was used lately, and its account is not disabled."""
    return _session(token, now, awaits_factor=False)


def halfway(token: str, now: datetime) -> Session | None:
    """Return the session of a token that awaits the second step."""
    return _session(token, now, awaits_factor=True)


def _session(token: str, now: datetime, *, awaits_factor: bool) -> Session | None:
    return db.session.scalar(
        select(Session)
        .join(Session.account)
        .options(contains_eager(Session.account))
        .where(
            Session.id == _digest(token),
            Session.awaits_factor == awaits_factor,
            Session.expires_at > now,
            Session.seen_at > now - IDLE,
            Account.disabled_at.is_(None),
        )
    )


def of(account_id: int, now: datetime) -> list[Session]:
    """Return the browsers in which somebody is signed in, the last used first."""
    alive = Session.expires_at > now, Session.seen_at > now - IDLE, ~Session.awaits_factor
    found = select(Session).where(Session.account_id == account_id, *alive)
    return list(db.session.scalars(found.order_by(Session.seen_at.desc(), Session.id)))


def has_factor(account_id: int) -> bool:
    """Say whether an account has a second factor in use."""
    app = select(Authenticator.id).where(Authenticator.account_id == account_id, Authenticator.is_confirmed)
    passkey = select(Passkey.id).where(Passkey.account_id == account_id)
    return bool(db.session.scalar(select(or_(app.exists(), passkey.exists()))))


def see(session: Session, now: datetime) -> None:
    """Note that a session, and so its account, is in use."""
    db.session.execute(update(Session).where(Session.id == session.id).values(seen_at=now))
    db.session.execute(update(Account).where(Account.id == session.account_id).values(seen_at=now))


def is_fresh(session: Session, now: datetime) -> bool:
    """Say whether its holder showed lately who they are."""
    return session.proved_at is not None and session.proved_at > now - FRESH


def prove(session_id: str, now: datetime) -> None:
    """Note that the holder of a session has just shown again who they are."""
    db.session.execute(update(Session).where(Session.id == session_id).values(proved_at=now))


def sign_out(account: Account, token: str, now: datetime) -> None:
    """End the session of a token."""
    audit.record(audit.actor(account), "account.signed_out", now, account=account.id)
    db.session.execute(delete(Session).where(Session.id == _digest(token), Session.account_id == account.id))


def sign_out_everywhere(account: Account, now: datetime) -> None:
    """End every session of an account."""
    audit.record(audit.actor(account), "account.signed_out", now, account=account.id)
    end_all(account)


def end(actor: Account, account_id: int, session_id: str, now: datetime) -> None:
    """End one session of an account, one's own or as an admin; one that is over already is no error."""
    gone = delete(Session).where(Session.id == session_id, Session.account_id == account_id)
    if db.session.scalar(gone.returning(Session.id)) is not None:
        audit.record(audit.actor(actor), "account.sessions_ended", now, account=account_id)


def end_every(actor: Account, account_id: int, now: datetime) -> None:
    """End every session of a colleague."""
    audit.record(audit.actor(actor), "account.sessions_ended", now, account=account_id)
    db.session.execute(delete(Session).where(Session.account_id == account_id))


def end_all(account: Account) -> None:
    """End every session of an account, without an entry: part of another act."""
    db.session.execute(delete(Session).where(Session.account_id == account.id))


def change_password(
    site: Site, proof: Proof, password_hash: str, address: str, now: datetime, agent: str | None = None
) -> str:
    """Set a new password, end every session, and return the token of a new one.

    Raises Incomplete when the account was disabled or its password changed since the proof.
    """
    account = _proven(proof)
    set_password(account, password_hash, now)
    return start(site, account, address, now, agent)


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
