"""The keys that somebody chooses for themselves."""

from collections.abc import Mapping
from datetime import datetime

from tracker.db import db
from tracker.domain import keyboard
from tracker.models import Account
from tracker.services import audit


def choose(actor: Account, typed: Mapping[str, str], *, is_on: bool, now: datetime) -> None:
    """Keep the keys that somebody typed for themselves, and whether keys of one character work for them.

    Raises Incomplete by the name of the action: no key, or one that clashes with another.
    """
    _keep(actor, {"off": not is_on, "own": keyboard.normal(typed, actor.role)}, now)


def reset(actor: Account, now: datetime) -> None:
    """Give somebody the keys of the table again."""
    _keep(actor, {}, now)


def _keep(actor: Account, values: dict[str, object], now: datetime) -> None:
    account = db.session.get_one(Account, actor.id, with_for_update=True)
    if (account.keys or {}) != values:
        account.keys = values
        audit.record(audit.actor(account), "account.keys_set", now, account=account.id)
