"""Which bodies of law apply to a case and to each item of it, and how complete a notice is by them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from tracker.domain.regimes import Assessment, RegimeName, assess
from tracker.models import Case, Item, Notice


def regimes(case: Case) -> tuple[RegimeName, ...]:
    """Return the regimes of a case: those of its notices and those a moderator added, without those one took away."""
    return _kept(case, (name for item in case.items for name in item.notice.regimes))


def of(item: Item) -> tuple[RegimeName, ...]:
    """Return the regimes of one item; a general report when a moderator took away all there were."""
    return under(item.case, item.notice.regimes)


def under(case: Case | Row[Any], names: Iterable[str]) -> tuple[RegimeName, ...]:
    """Return the regimes that a notice under these is under in a case, or in what a query has read of one."""
    return _kept(case, names) or (RegimeName.GENERAL,)


def of_all(items: Iterable[Item]) -> list[RegimeName]:
    """Return the regimes that any of these items comes under, in order."""
    return sorted({name for item in items for name in of(item)})


def _kept(case: Case | Row[Any], names: Iterable[str]) -> tuple[RegimeName, ...]:
    return tuple(RegimeName(name) for name in sorted({*case.regimes, *names} - set(case.regimes_removed or ())))


def together(items: Iterable[Item]) -> list[list[Item]]:
    """Return the items of each mailbox: who sent several notices is written to once. Without an address, nobody is the same."""
    found: dict[object, list[Item]] = {}
    for item in items:
        found.setdefault(item.mailbox or item.id, []).append(item)
    return list(found.values())


def assessments(notice: Notice) -> tuple[Assessment, ...]:
    """Return how complete a notice is by each regime that applies to any of its items, with all that was added to it."""
    return _assessed(notice, of_all(notice.items) or sorted(RegimeName(name) for name in notice.regimes))


def assessed(item: Item) -> tuple[Assessment, ...]:
    """Return how complete a notice is by each regime that applies to one of its items."""
    return _assessed(item.notice, of(item))


def _assessed(notice: Notice, names: Iterable[RegimeName]) -> tuple[Assessment, ...]:
    files = {file.purpose for file in notice.attachments}
    files |= {file.purpose for message in notice.messages for file in message.attachments}
    return assess(names, notice.answers, frozenset(files), notice.category)
