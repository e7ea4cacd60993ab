"""Codes of an authenticator app: setting one up, and taking each code once."""

import hmac
import secrets
from datetime import datetime
from typing import NamedTuple

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, select, update

from tracker.db import db
from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.factors import DRIFT, digits, step_at
from tracker.models import Account, Authenticator
from tracker.render.site import Site

_NONCE = 12


class Enrolment(NamedTuple):
    """What an app needs to know: the secret in base 32, and the address that a QR code carries."""

    secret: str
    address: str


def begin(site: Site, account: Account, now: datetime) -> None:
    """Make a secret for an app to be set up; it opens nothing until it is confirmed."""
    _drop(account, is_confirmed=False)
    sealed = _sealed(site, account.id, pyotp.random_base32())
    db.session.add(
        Authenticator(
            account_id=account.id,
            secret=sealed,
            key_epoch=site.keys.epoch,
            last_step=0,
            is_confirmed=False,
            created_at=now,
        )
    )


def pending(site: Site, account: Account) -> Enrolment | None:
    """Return the secret of the app that is being set up, or None."""
    found = _find(account.id, is_confirmed=False)
    secret = found and _opened(site, found)
    if not secret:
        return None
    issuer = site.names["zh-Hans"]
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=account.email, issuer_name=issuer))


def confirm(site: Site, account: Account, typed: str, now: datetime) -> None:
    """Take the app into use, in place of the one before, once it shows the right code; raise Incomplete for `code`."""
    found = _find(account.id, is_confirmed=False)
    step = _step(site, found, typed, now) if found else None
    if not found or step is None:
        raise refused()
    _drop(account, is_confirmed=True)
    found.is_confirmed, found.last_step = True, step


def accept(site: Site, account: Account, typed: str, now: datetime) -> None:
    """Take a code that was not taken before, nor one older than the last that was; raise Incomplete for `code`.

    Of two that bring the same code at once, one is let through: the step is compared and set in one statement.
    """
    found = _find(account.id, is_confirmed=True)
    step = _step(site, found, typed, now) if found else None
    if not found or step is None:
        raise refused()
    unused = update(Authenticator).where(Authenticator.id == found.id, Authenticator.last_step < step)
    if db.session.scalar(unused.values(last_step=step).returning(Authenticator.id)) is None:
        raise refused()
    _renew(site, found)


def refused() -> Incomplete:
    """Return the refusal of a code, in the same words for one that is wrong and one that was used."""
    return Incomplete({"code": DomainError(N_("验证码不对，或者已经用过。请等验证器显示下一个验证码，再试一次。"))})


def _step(site: Site, authenticator: Authenticator, typed: str, now: datetime) -> int | None:
    """Return the step whose code was typed, if it is newer than the last one taken."""
    code, secret = digits(typed), _opened(site, authenticator)
    if code is None or secret is None:
        return None
    shown, app = step_at(now), pyotp.TOTP(secret)
    near = range(max(shown - DRIFT, authenticator.last_step + 1), shown + DRIFT + 1)
    return next((step for step in near if hmac.compare_digest(app.generate_otp(step), code)), None)


def _find(account_id: int, *, is_confirmed: bool) -> Authenticator | None:
    which = Authenticator.account_id == account_id, Authenticator.is_confirmed == is_confirmed
    return db.session.scalar(select(Authenticator).where(*which), execution_options={"populate_existing": True})


def _drop(account: Account, *, is_confirmed: bool) -> None:
    which = Authenticator.account_id == account.id, Authenticator.is_confirmed == is_confirmed
    db.session.execute(delete(Authenticator).where(*which))


def _sealed(site: Site, account_id: int, secret: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + _cipher(site, site.keys.epoch).encrypt(nonce, secret.encode(), _bound_to(account_id))


def _opened(site: Site, authenticator: Authenticator) -> str | None:
    """Return the secret, or None when its server key is gone or its row was moved to another account."""
    nonce, sealed = authenticator.secret[:_NONCE], authenticator.secret[_NONCE:]
    try:
        key = _cipher(site, authenticator.key_epoch)
        return key.decrypt(nonce, sealed, _bound_to(authenticator.account_id)).decode()
    except (KeyError, InvalidTag, ValueError):
        return None


def _renew(site: Site, authenticator: Authenticator) -> None:
    """Seal a secret under the newest key, so that an old one can be left behind once everybody has signed in."""
    secret = _opened(site, authenticator)
    if secret and authenticator.key_epoch != site.keys.epoch:
        authenticator.secret = _sealed(site, authenticator.account_id, secret)
        authenticator.key_epoch = site.keys.epoch


def _cipher(site: Site, epoch: str) -> AESGCM:
    return AESGCM(site.keys.derive("authenticator", epoch))


def _bound_to(account_id: int) -> bytes:
    return f"authenticator:{account_id}".encode()
