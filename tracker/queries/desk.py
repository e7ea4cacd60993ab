"""What the lists of the desk have in common: pages, and the names of those who acted."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import select

from tracker.db import db
from tracker.models import Account

T = TypeVar("T")

PER_PAGE = 50


@dataclass(frozen=True)
class Rows(Generic[T]):
    """A page of a list that is numbered, and the number below which the next one starts."""

    rows: list[T]
    next: int | None


def names(actors: Iterable[str]) -> dict[str, str]:
    """Return the names of the accounts among these actors of the trail."""
    numbers = {int(actor.removeprefix("account:")) for actor in actors if actor.startswith("account:")}
    found = db.session.execute(select(Account.id, Account.name).where(Account.id.in_(numbers)))
    return {f"account:{number}": name for number, name in found}
