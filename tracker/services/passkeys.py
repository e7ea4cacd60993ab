"""Passkeys (WebAuthn level 3): adding one, and knowing its holder by it."""

import hmac
import ipaddress
import json
import re
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import select, update
from webauthn.helpers import bytes_to_base64url, options_to_json, parse_client_data_json
from webauthn.helpers import structs as w
from webauthn.helpers.exceptions import WebAuthnException

from tracker.db import db
from tracker.domain.errors import N_, DomainError, Incomplete, TooMany
from tracker.domain.text import clean_line
from tracker.models import Account, Passkey
from tracker.render.site import Site
from tracker.services import limits

LASTS = timedelta(minutes=30)
"""How long a page may stand open before its button is pressed."""
MOST = 20
_RANDOM, _MAC = 16, 32
_CREDENTIAL = re.compile(r"[A-Za-z0-9_-]{1,1400}")  # at most 1023 bytes, in base64url
_LONGEST_NAME = 50
_LONGEST_ANSWER = 20_000
_SIGN_IN = "sign-in"


def is_available(site: Site) -> bool:
    """Say whether browsers make passkeys for this address: it needs a name, and HTTPS unless it is localhost."""
    host = _host(site)
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return site.base_url.startswith("https://") or host == "localhost"
    return False


def creation(site: Site, account: Account, now: datetime) -> str:
    """Return in JSON what a browser needs to make a passkey for this account."""
    options = webauthn.generate_registration_options(
        rp_id=_host(site),
        rp_name=site.names["zh-Hans"],
        user_id=f"account:{account.id}".encode(),
        user_name=account.email,
        user_display_name=account.name,
        challenge=_challenge(site, f"add:{account.id}", now),
        authenticator_selection=w.AuthenticatorSelectionCriteria(
            resident_key=w.ResidentKeyRequirement.PREFERRED,
            user_verification=w.UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[_descriptor(passkey) for passkey in _of(account)],
    )
    return options_to_json(options)


def request(site: Site, account: Account | None, now: datetime) -> str:
    """Return in JSON what a browser needs to use a passkey: one of this account, or whichever its holder picks.

    Where it stands for the password as well, the device has to make sure of its holder.
    """
    needed = w.UserVerificationRequirement.PREFERRED if account else w.UserVerificationRequirement.REQUIRED
    options = webauthn.generate_authentication_options(
        rp_id=_host(site),
        challenge=_challenge(site, _use(account), now),
        allow_credentials=[_descriptor(passkey) for passkey in _of(account)] if account else None,
        user_verification=needed,
    )
    return options_to_json(options)


def add(site: Site, account: Account, answer: str, name: str, now: datetime) -> Passkey:
    """Store the passkey that a browser made; raise Incomplete when it is none, or known already."""
    said = _read(answer)
    challenge = _taken(site, f"add:{account.id}", said, now)
    try:
        made = webauthn.verify_registration_response(
            credential=said, expected_challenge=challenge, expected_rp_id=_host(site), expected_origin=site.base_url
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError):
        raise refused() from None
    credential = bytes_to_base64url(made.credential_id)
    known = db.session.scalar(select(Passkey.id).where(Passkey.credential == credential))
    if known is not None or len(_of(account)) >= MOST:
        raise refused()
    passkey = Passkey(
        account_id=account.id,
        credential=credential,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=_transports(said),
        name=clean_line(name)[:_LONGEST_NAME] or N_("通行密钥"),
        created_at=now,
    )
    db.session.add(passkey)
    db.session.flush()
    return passkey


def holder(site: Site, account: Account | None, answer: str, now: datetime) -> Account:
    """Return whose passkey answered, `account` itself where it is known who asks.

    Raises Incomplete for anything else, for an answer that was given before, and for a passkey that seems copied.
    """
    said = _read(answer)
    challenge = _taken(site, _use(account), said, now)
    credential = str(said.get("id"))
    if not _CREDENTIAL.fullmatch(credential):  # what no database takes as text is no passkey
        raise refused()
    passkey = db.session.scalar(select(Passkey).where(Passkey.credential == credential))
    if passkey is None or (account and passkey.account_id != account.id):
        raise refused()
    try:
        used = webauthn.verify_authentication_response(
            credential=said,
            expected_challenge=challenge,
            expected_rp_id=_host(site),
            expected_origin=site.base_url,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=account is None,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError):
        raise refused() from None
    counted = update(Passkey).where(Passkey.id == passkey.id, Passkey.sign_count == passkey.sign_count)
    won = db.session.scalar(counted.values(sign_count=used.new_sign_count, used_at=now).returning(Passkey.id))
    found = db.session.get_one(Account, passkey.account_id, populate_existing=True)
    if won is None or found.disabled_at is not None:
        raise refused()
    return found


def refused() -> Incomplete:
    """Return the refusal of a passkey, which does not say what was wrong with it."""
    return Incomplete(
        {"": DomainError(N_("没有能用这个通行密钥验证。页面可能放得太久了，请再按一次按钮，或者换一种方式。"))}
    )


def _of(account: Account) -> list[Passkey]:
    return list(db.session.scalars(select(Passkey).where(Passkey.account_id == account.id).order_by(Passkey.id)))


def _descriptor(passkey: Passkey) -> w.PublicKeyCredentialDescriptor:
    known = {kind.value for kind in w.AuthenticatorTransport}
    return w.PublicKeyCredentialDescriptor(
        id=webauthn.base64url_to_bytes(passkey.credential),
        transports=[w.AuthenticatorTransport(name) for name in passkey.transports if name in known],
    )


def _read(answer: str) -> dict[str, Any]:
    try:
        said = json.loads(answer) if len(answer) <= _LONGEST_ANSWER else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("response"), dict):
        raise refused()
    return said


def _transports(said: dict[str, Any]) -> list[str]:
    named = said["response"].get("transports")
    known = {kind.value for kind in w.AuthenticatorTransport}
    return (
        sorted({name for name in named if isinstance(name, str) and name in known}) if isinstance(named, list) else []
    )


def _use(account: Account | None) -> str:
    return f"use:{account.id}" if account else _SIGN_IN


def _challenge(site: Site, purpose: str, now: datetime) -> bytes:
    """Return a challenge that needs no storing: it carries its end and our mark, and is noted when it is answered."""
    body = secrets.token_bytes(_RANDOM) + int((now + LASTS).timestamp()).to_bytes(8)
    return body + _mark(site, purpose, body, site.keys.epoch)


def _taken(site: Site, purpose: str, said: dict[str, Any], now: datetime) -> bytes:
    """Return the challenge that was answered, if it is ours, of this purpose, not too old, and answered for the first time."""
    try:
        challenge = parse_client_data_json(webauthn.base64url_to_bytes(said["response"]["clientDataJSON"])).challenge
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError):
        raise refused() from None
    body, mark = challenge[:-_MAC], challenge[-_MAC:]
    ours = [hmac.compare_digest(mark, _mark(site, purpose, body, epoch)) for epoch in site.keys.epochs]
    if not any(ours) or int.from_bytes(body[_RANDOM:]) <= now.timestamp():
        raise refused()
    try:
        limits.hit(site, f"passkey {challenge.hex()}", 1, LASTS, now)
    except TooMany:
        raise refused() from None
    return challenge


def _mark(site: Site, purpose: str, body: bytes, epoch: str) -> bytes:
    return hmac.digest(site.keys.derive("passkey challenge", epoch), purpose.encode() + b"\0" + body, "sha256")


def _host(site: Site) -> str:
    return urlsplit(site.base_url).hostname or ""
