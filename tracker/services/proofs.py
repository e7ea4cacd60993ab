"""Proofs of receipt: signed with Ed25519 under a key that follows the server keys, checked against all of them."""

import hashlib
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tracker.domain import proofs
from tracker.domain.errors import N_
from tracker.domain.proofs import Statement, Verdict
from tracker.domain.receipts import Keyring
from tracker.models import Notice
from tracker.render.site import PREFIXES, Site

INFO = "tracker receipt proof"
"""Names this use of a server key, so that no other use of it shares a secret with this one."""

ABOUT = N_("收件证明：本站在下面的时间（世界时）收到了这一编号的通知。核验：%(address)s")


class PublicKey(NamedTuple):
    """A key with which proofs are checked; `name` is the start of the SHA-256 of its 32 bytes."""

    name: str
    pem: str
    key: Ed25519PublicKey


class Finding(NamedTuple):
    """What checking a file found, and what the file says if it is a proof at all."""

    verdict: Verdict
    statement: Statement | None


def public_keys(keys: Keyring) -> list[PublicKey]:
    """Return the keys that proofs are checked with, the one that signs today first."""
    return [_published(_private(keys, epoch)) for epoch in keys.epochs]


def issue(site: Site, notice: Notice, language: str) -> bytes:
    """Return the signed proof that the notice was received, with a line in `language` on what it is."""
    private = _private(site.keys, site.keys.epoch)
    statement = proofs.state(
        about=site.gettext(ABOUT, language, address=f"{site.base_url}{PREFIXES[language]}/verify"),
        reference=notice.reference,
        received_at=notice.received_at,
        notice_sha256=notice.sha256,
        site=site.base_url,
        key=_published(private).name,
    )
    return proofs.written(statement, private.sign(statement.canonical()))


def verify(keys: Keyring, content: bytes) -> Finding:
    """Say what a file is worth; any bytes may be given. No database is asked: a proof outlives the notice."""
    found = proofs.read(content)
    if found is None:
        return Finding(Verdict.NO_PROOF, None)
    statement, signature = found
    known = {public.name: public.key for public in public_keys(keys)}
    if statement.key not in known:
        return Finding(Verdict.UNKNOWN_KEY, statement)
    try:
        known[statement.key].verify(signature, statement.canonical())
    except InvalidSignature:
        return Finding(Verdict.ALTERED, statement)
    return Finding(Verdict.VALID, statement)


def _private(keys: Keyring, epoch: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(keys.derive(INFO, epoch))


def _published(private: Ed25519PrivateKey) -> PublicKey:
    key = private.public_key()
    name = hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return PublicKey(name, pem, key)
