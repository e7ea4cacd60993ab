"""What readers see of an article: one pure function of the measures that stand at a moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MeasureKind(StrEnum):
    """What is done to an article."""

    WITHHOLD = "withhold"  # on a legal demand: 451 (RFC 7725)
    REMOVE = "remove"  # under our own rules: 410 (RFC 9110, 15.5.11)


STATUS: dict[MeasureKind, int] = {MeasureKind.WITHHOLD: 451, MeasureKind.REMOVE: 410}


@dataclass(frozen=True)
class Measure:
    """A measure on an article; it stands from `starts_at` until before `ends_at` (None: no end set)."""

    kind: MeasureKind
    starts_at: datetime
    ends_at: datetime | None
    case: int

    def stands(self, at: datetime) -> bool:
        """Say whether the measure is in force at `at`."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True)
class Visibility:
    """What a reader gets at a moment, and the instant at which that changes by itself, if any."""

    status: int
    measure: Measure | None
    until: datetime | None

    @property
    def is_readable(self) -> bool:
        """Say whether the article's own text may be shown anywhere at all."""
        return self.status == 200


def visibility(measures: Iterable[Measure], at: datetime) -> Visibility:
    """Return what readers see at `at`: the legal demand wins over our own rules, the earliest over the later."""
    known = list(measures)
    turns = [t for m in known for t in (m.starts_at, m.ends_at) if t is not None and t > at]
    standing = [m for m in known if m.stands(at)]
    strongest = min(standing, key=lambda m: (-STATUS[m.kind], m.starts_at, m.case), default=None)
    status = STATUS[strongest.kind] if strongest else 200
    return Visibility(status, strongest, min(turns, default=None))
