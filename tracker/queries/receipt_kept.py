"""What of a notice is kept, what for and until when, as its receipt says it."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from tracker.domain.clocks import ClockKind
from tracker.domain.retention import HOLDINGS, IDENTITY, IDENTITY_KEPT, Holding, Until
from tracker.models import Item, Notice
from tracker.queries.receipt_events import Said

_OF_THE_CASE = frozenset({"redress", "decisions"})
"""What goes with the case, not with the notice."""


class Proof(NamedTuple):
    """A proof of identity: until when it is kept at most, and when it went."""

    name: str
    goes_at: datetime
    gone_at: datetime | None


class Row(NamedTuple):
    """One kind of data, with when it went, if it has."""

    holding: Holding
    gone_at: datetime | None


class Kept(NamedTuple):
    """What is kept how long. `goes_at` None: a case is open yet, the time has not begun."""

    rows: list[Row]
    proofs: list[Proof]
    goes_at: datetime | None
    held_until: datetime | None  # by law, longer than that


def kept(notice: Notice, items: Iterable[Item], messages: Iterable[Said], has_mails: bool, now: datetime) -> Kept:
    """Return what is held of a notice, in the order of `HOLDINGS`; what nobody gave is left out."""
    said, cases = list(messages), [item.case for item in items]
    sent = [(notice.entered_at or notice.received_at, file) for file in notice.attachments]
    sent += [(each.at, file) for each in said for file in each.files]
    running = [c for case in cases for c in case.clocks if c.kind is ClockKind.PURGE and c.stopped_at is None]
    is_over = all(case.closed_at for case in cases)
    given = {
        *notice.answers, *notice.statements, *(file.purpose for _, file in sent), *(["messages"] if said else []),
        *(["mails"] if has_mails else []), *(["decisions"] if any(case.decisions for case in cases) else []), "skeleton",
    }  # fmt: skip
    if notice.erased_at:
        given |= {holding.name for holding in HOLDINGS if holding.until is Until.CLAIMS and holding.fields}
    purged_at = notice.erased_at if is_over and not running else None
    return Kept(
        [
            Row(holding, _gone(holding, notice, purged_at))
            for holding in HOLDINGS
            if not given.isdisjoint((holding.name, *holding.fields))
        ],
        [Proof(file.name, at + IDENTITY_KEPT, file.erased_at) for at, file in sent if file.purpose in IDENTITY],
        max((clock.due_at for clock in running), default=None) if is_over else None,
        max((case.kept_until for case in cases if case.kept_until and case.kept_until > now), default=None),
    )


def _gone(holding: Holding, notice: Notice, purged_at: datetime | None) -> datetime | None:
    if holding.until is not Until.CLAIMS:
        return None
    return purged_at if holding.name in _OF_THE_CASE else notice.erased_at
