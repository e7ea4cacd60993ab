"""Why a case comes first: the factors of urgency as data, the points each is worth, and the order that follows.

A limit set by law that is near comes before everything, the nearest first; the rest follow by their points, and among
equals by what runs out first. The points are the house's own and an admin may change them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from tracker.domain.errors import N_

LAW_FIRST = timedelta(hours=24)
"""How near a limit set by law itself puts a case before all others."""

MOST_POINTS = 100

_LAW = -(10**11)
"""Added to the second at which the law's limit is reached: less than any rank made of points."""


@dataclass(frozen=True)
class Factor:
    """Something that makes a case more or less urgent; `points` is what it is worth unless an admin says otherwise."""

    name: str
    label: str
    points: int


_ALL = (
    Factor("danger", N_("可能危及生命安全"), 50),
    Factor("minor", N_("涉及未成年人"), 40),
    Factor("urgent", N_("紧急事由"), 30),
    Factor("order", N_("法院或主管机关的文书"), 30),
    Factor("trusted", N_("可信通知人"), 20),
    Factor("personal", N_("引文含电话、证件号等个人信息"), 10),
    Factor("answered", N_("对方已答复或补充，轮到我们"), 10),
    Factor("again", N_("同一文章、同一事由处理过"), 5),
    Factor("waiting", N_("正在等别人答复"), -40),
    Factor("overdue", N_("已经超期"), 40),
    Factor("due_4", N_("4小时内到期"), 30),
    Factor("due_24", N_("24小时内到期"), 20),
    Factor("due_72", N_("3天内到期"), 10),
    Factor("many", N_("10份以上通知"), 20),
    Factor("several", N_("2份以上通知"), 10),
    Factor("old", N_("等了7天以上"), 10),
)

FACTORS: dict[str, Factor] = {factor.name: factor for factor in _ALL}

DEFAULTS: dict[str, int] = {factor.name: factor.points for factor in _ALL}

_STEPS = (
    ("overdue", timedelta(0)),
    ("due_4", timedelta(hours=4)),
    ("due_24", timedelta(hours=24)),
    ("due_72", timedelta(hours=72)),
)
"""How near a limit is; the nearest step counts, the others do not."""

_CROWDS = (("many", 10), ("several", 2))
_OLD = timedelta(days=7)


@dataclass(frozen=True)
class Facts:
    """What the urgency of a case hangs on: the marks that hold whatever the time, how many notices, and its limits."""

    marks: tuple[str, ...]
    notices: int
    opened_at: datetime
    due_at: datetime | None  # the next limit that we have to keep
    law_at: datetime | None  # the next one that the law itself sets


class Placed(NamedTuple):
    """The place of a case: a smaller `rank` comes first. `changes_at` is when time alone will change it, or None."""

    rank: int
    why: tuple[tuple[str, int], ...]  # factor and points, the strongest first
    is_law: bool
    changes_at: datetime | None


def place(facts: Facts, points: Mapping[str, int], now: datetime) -> Placed:
    """Return where a case stands at a moment; a factor that `points` does not name is worth its default."""
    worth = {name: points.get(name, DEFAULTS[name]) for name in _holding(facts, now)}
    why = tuple(sorted(((name, n) for name, n in worth.items() if n), key=lambda reason: -abs(reason[1])))
    is_law = facts.law_at is not None and facts.law_at - now <= LAW_FIRST
    rank = _LAW + int(facts.law_at.timestamp()) if is_law and facts.law_at else -sum(worth.values())
    return Placed(rank, why, is_law, min((at for at in _turns(facts) if at > now), default=None))


def _holding(facts: Facts, now: datetime) -> Iterator[str]:
    yield from (name for name in facts.marks if name in FACTORS)
    if facts.due_at is not None:
        left = facts.due_at - now
        yield from first(name for name, step in _STEPS if left <= step)
    yield from first(name for name, fewest in _CROWDS if facts.notices >= fewest)
    if now - facts.opened_at >= _OLD:
        yield "old"


def _turns(facts: Facts) -> Iterator[datetime]:
    """Yield the moments at which time alone changes the place of a case."""
    if facts.due_at is not None:
        yield from (facts.due_at - step for _, step in _STEPS)
    if facts.law_at is not None:
        yield facts.law_at - LAW_FIRST
    yield facts.opened_at + _OLD


def first(names: Iterable[str]) -> tuple[str, ...]:
    """Return the first name alone, or nothing."""
    return tuple(names)[:1]


def turns(facts: Facts, start: datetime) -> list[datetime]:
    """Return `start` and every later moment at which the place of a case changes by itself, in order."""
    return [start, *sorted({at for at in _turns(facts) if at > start})]


def checked(points: Mapping[str, int]) -> dict[str, int]:
    """Return the points of every factor, each within bounds; names that are no factor are left out."""
    bounded = {name: max(-MOST_POINTS, min(MOST_POINTS, n)) for name, n in points.items() if name in FACTORS}
    return DEFAULTS | bounded
