"""The queue in words: why a case comes where it comes, who sent it, how long there is."""

from collections.abc import Callable
from datetime import datetime, timedelta

from tracker.domain.clocks import RULES
from tracker.domain.elements import ELEMENTS
from tracker.domain.urgency import FACTORS
from tracker.models import Lease, Line
from tracker.queries.labels import SOURCES

_ROLES = dict(ELEMENTS["notifier_role"].options)
_KINDS = dict(ELEMENTS["notifier_type"].options)
_DAY = timedelta(days=1)


def span(length: timedelta) -> str:
    """Return a length of time in the largest unit that says enough."""
    minutes = int(abs(length).total_seconds() // 60)
    if minutes >= 2 * 24 * 60:
        return f"{minutes // (24 * 60)}天"
    return f"{minutes // 60}小时" if minutes >= 60 else f"{minutes or '不到1'}分钟"


def until(at: datetime, now: datetime) -> str:
    """Return how long there is until a limit, or how long it has been over."""
    return f"{span(at - now)}后到期" if at > now else f"已超过{span(at - now)}"


def clock(line: Line, now: datetime) -> str:
    """Return the next limit of a case, or nothing when none runs."""
    return f"{RULES[line.due_kind].label}：{until(line.due_at, now)}" if line.due_kind else ""


_TOLD: dict[str, Callable[[Line, datetime], str]] = {
    **dict.fromkeys(("overdue", "due_4", "due_24", "due_72"), lambda line, now: until(line.due_at, now)),
    **dict.fromkeys(("several", "many"), lambda line, _: f"{line.notices}份通知"),
    "old": lambda line, now: f"已等{(now - line.opened_at) // _DAY}天",
}
"""How the factors are told that have a number in them; the others by their label."""


def why(line: Line, now: datetime) -> str:
    """Return why a case comes where it comes: what speaks for it and against it, with points, the strongest first."""
    said = []
    if line.is_law and line.law_at:
        said.append(f"法定期限{until(line.law_at, now)}，排在一切之前")
    for name, points in line.why:
        if name in FACTORS:
            told = _TOLD[str(name)](line, now) if name in _TOLD else FACTORS[str(name)].label
            said.append(f"{told} {points:+d}")
    return "；".join(said)


def who(line: Line) -> str:
    """Return who sent the first notice that waits, as they called themselves; what the case began with if there is none."""
    if not line.notices:
        return SOURCES[line.source]
    said = [_KINDS.get(line.kind, ""), _ROLES.get(line.role, "")]
    return " · ".join(part for part in dict.fromkeys(said) if part) or "未说明身份"


def held(lease: Lease, now: datetime) -> str:
    """Return who works on a case just now, and for how long that holds."""
    return f"{lease.account.name}在处理，还有{span(lease.until - now)}"
