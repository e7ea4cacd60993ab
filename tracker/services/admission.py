"""Who may send a notice now: limits by address, by the network around it and by mailbox, exact however many come at once.

Notices are counted in the act that stores them, so what is counted is what was accepted. Above the easy rate a proof of
work is asked for, never in the urgent lanes; above the most there is a time to wait, told to the minute.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from tracker.domain.errors import N_, TooMany
from tracker.render.site import Site
from tracker.services import limits, proof_of_work

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Rate(NamedTuple):
    """How many an hour without more ado, and how many a day at most."""

    easy: int | None
    most: int


RATES: dict[str, Rate] = {
    "address": Rate(20, 100),
    "network": Rate(100, 500),
    "mailbox": Rate(20, 200),
}
URGENT: dict[str, Rate] = {"address": Rate(None, 100), "network": Rate(None, 1000)}
"""Counted apart, so that no flood of others shuts these lanes, and never slowed by a proof; a mailbox is never shut out."""


class ProofNeeded(TooMany):
    """The easy rate is reached: a solved challenge opens the way at once, waiting opens it later."""


@dataclass(frozen=True)
class Sender:
    """Where a notice comes from, and the mailbox it names, if any."""

    place: str
    mailbox: str = ""

    def keys(self, *, is_urgent: bool) -> dict[str, str]:
        """Return what is counted, the narrow before the wide: always in this order, so that no two wait in a circle."""
        found = {"address": limits.network(self.place), "network": limits.wider(self.place), "mailbox": self.mailbox}
        rates = URGENT if is_urgent else RATES
        return {kind: key for kind, key in found.items() if key and kind in rates}


def admit(site: Site, sender: Sender, draft: str, proof: str, now: datetime, *, is_urgent: bool) -> None:
    """Count one notice in the transaction that stores it; raise TooMany or ProofNeeded, and then nothing was counted."""
    rates, lane = (URGENT, "urgent notice") if is_urgent else (RATES, "notice")
    waits = None
    for kind, key in sender.keys(is_urgent=is_urgent).items():
        easy, most = rates[kind]
        limits.hit(site, f"{lane} {kind} {key}", most, DAY, now)
        if easy is not None:
            counted = limits.count(site, f"{lane} {kind} {key} an hour", HOUR, now)
            waits = max(waits or now, counted.ends_at) if counted.hits > easy else waits
    if waits and not proof_of_work.spend(site, proof, draft, now):
        raise _proof_needed(site, waits, now)


def needs_proof(site: Site, sender: Sender, now: datetime) -> ProofNeeded | None:
    """Return what the next notice of this sender would be told when the easy rate is reached, or None."""
    ends = [
        counted.ends_at
        for kind, key in sender.keys(is_urgent=False).items()
        if (counted := limits.counted(site, f"notice {kind} {key} an hour", now))
        and counted.hits >= (RATES[kind].easy or 0)
    ]
    return _proof_needed(site, max(ends), now) if ends else None


def _proof_needed(site: Site, ends_at: datetime, now: datetime) -> ProofNeeded:
    when, seconds = limits.until(site, ends_at, now)
    return ProofNeeded(N_("从您所在的网络，这一小时里已经收到许多份通知。"), seconds=seconds, when=when)
