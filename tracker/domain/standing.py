"""Misuse and trust: when a notifier or a publisher is warned or suspended (DSA art. 22, 23; 17 U.S.C. 512(i)).

The numbers are the house's own: the law says "frequently".
"""

from datetime import timedelta
from enum import StrEnum

from tracker.domain.errors import N_


class Side(StrEnum):
    """On which side somebody stands."""

    NOTIFIER = "notifier"
    PUBLISHER = "publisher"


class Level(StrEnum):
    """How far somebody is trusted."""

    TRUSTED = "trusted"
    WARNED = "warned"
    SUSPENDED = "suspended"


LABELS: dict[Level, str] = {
    Level.TRUSTED: N_("可信通知人"),
    Level.WARNED: N_("已警告"),
    Level.SUSPENDED: N_("已暂停受理"),
}

WINDOW = timedelta(days=365)
WARN_AT = 3
SHARE = 0.5
SUSPENSIONS = (timedelta(days=30), timedelta(days=90), timedelta(days=180))


def due_level(unfounded: int, total: int, suspended_before: int, *, is_warned: bool) -> tuple[Level, timedelta] | None:
    """Return what the factors of the last year call for, or None. Nobody is suspended without an earlier warning."""
    if unfounded < WARN_AT or total == 0 or unfounded / total < SHARE:
        return None
    if not is_warned and not suspended_before:
        return Level.WARNED, WINDOW
    return Level.SUSPENDED, SUSPENSIONS[min(suspended_before, len(SUSPENSIONS) - 1)]
