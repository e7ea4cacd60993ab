"""Who works here, as the desk shows it: accounts, invitations, and by what each signs in."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, select

from tracker.db import db
from tracker.domain.roles import PERMISSIONS, Permission
from tracker.models import Account, Authenticator, Link, Passkey, RecoveryCode


class Held(NamedTuple):
    """How many factors of each kind an account has."""

    apps: int
    passkeys: int
    codes: int


def people() -> list[Account]:
    """Return every account, those who may sign in first."""
    return list(
        db.session.scalars(select(Account).order_by(Account.disabled_at.is_not(None), Account.name, Account.id))
    )


def can_be_given_cases() -> ColumnElement[bool]:
    """Return the condition that an account may be given a case: whoever could not decide it would only keep it from others."""
    return and_(Account.disabled_at.is_(None), Account.role.in_(PERMISSIONS[Permission.DECIDE]))


def deciders(*, but: int = 0) -> list[Account]:
    """Return whom a case can be given to, by name, without one account."""
    found = select(Account).where(can_be_given_cases(), Account.id != but).order_by(Account.name, Account.id)
    return list(db.session.scalars(found))


def invitations(now: datetime) -> list[Link]:
    """Return the invitations that wait to be used."""
    waiting = select(Link).where(
        Link.role.is_not(None), Link.email != "", Link.used_at.is_(None), Link.expires_at > now
    )
    return list(db.session.scalars(waiting.order_by(Link.id)))


def factors() -> dict[int, Held]:
    """Return by account what it has beside its password, for those that have anything."""
    kinds = (
        (Authenticator.account_id, Authenticator.is_confirmed),
        (Passkey.account_id, Passkey.id.is_not(None)),
        (RecoveryCode.account_id, RecoveryCode.used_at.is_(None)),
    )
    counted: list[dict[int, int]] = []
    for account, which in kinds:
        rows = db.session.execute(select(account, func.count()).where(which).group_by(account))
        counted.append({row[0]: row[1] for row in rows})
    return {
        number: Held(*(kind.get(number, 0) for kind in counted)) for number in {n for kind in counted for n in kind}
    }
