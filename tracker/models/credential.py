"""What somebody shows beside their password: an app's codes, passkeys, recovery codes."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tracker.db import Model


class Authenticator(Model):
    """An app that shows a code every thirty seconds (RFC 6238); until it is confirmed, it opens nothing.

    `secret` is encrypted under the server key of that epoch. `last_step` is the newest code that was taken: none is
    taken twice.
    """

    __tablename__ = "authenticator"
    __table_args__ = (
        UniqueConstraint(
            "account_id", "is_confirmed", name="uq_authenticator_account_id"
        ),  # one in use, one being set up
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    secret: Mapped[bytes]
    key_epoch: Mapped[str] = mapped_column(String(8))
    last_step: Mapped[int] = mapped_column(BigInteger)
    is_confirmed: Mapped[bool]
    created_at: Mapped[datetime]


class Passkey(Model):
    """A passkey (WebAuthn level 3): the public half of a key that never leaves its holder's device."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    credential: Mapped[str] = mapped_column(String(1400), unique=True)  # base64url; at most 1,023 bytes
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]]
    name: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Model):
    """One of ten codes on paper, for when the other factors are gone; only its hash stands here."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
