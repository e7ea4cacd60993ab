"""Proof of effect: what kinds of look there are at what readers get, and what a look may find."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tracker.domain.errors import N_


class ProofKind(StrEnum):
    """Why the surfaces were read."""

    EFFECT = "effect"  # after the decision
    RECHECK = "recheck"  # each night while its measure stands
    RESTORE = "restore"  # each night while it hides the article: would the same come back?


PROOF_LABELS: dict[ProofKind, str] = {
    ProofKind.EFFECT: N_("决定之后的核对"),
    ProofKind.RECHECK: N_("每夜的复查"),
    ProofKind.RESTORE: N_("恢复演练"),
}


class Fault(StrEnum):
    """What may be wrong with a surface."""

    STATUS = "status"
    KEPT = "kept"
    STALE = "stale"
    WORDS = "words"
    LISTED = "listed"
    FOUND = "found"
    PICTURE = "picture"
    MISSING = "missing"
    SOURCE = "source"
    CHANGED = "changed"


FAULTS: dict[Fault, str] = {
    Fault.STATUS: N_("状态码不对"),
    Fault.KEPT: N_("可以被缓存，或者带有ETag"),
    Fault.STALE: N_("旧的ETag仍然有效"),
    Fault.WORDS: N_("还看得到不该出现的文字"),
    Fault.LISTED: N_("还列出这篇文章"),
    Fault.FOUND: N_("搜索还能找到"),
    Fault.PICTURE: N_("图片还看得到"),
    Fault.MISSING: N_("看不到应有的说明"),
    Fault.SOURCE: N_("保存的原文已被改动"),
    Fault.CHANGED: N_("恢复后的文章与停止展示前不同"),
}

NIGHT_BEGINS = timedelta(hours=3)
"""After midnight in the site's zone: few read, few decide."""


def night(now: datetime, zone: ZoneInfo) -> date:
    """Return the day of the last night that has begun by `now`."""
    return (now.astimezone(zone) - NIGHT_BEGINS).date()


def began(day: date, zone: ZoneInfo) -> datetime:
    """Return when the night of a day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone) + NIGHT_BEGINS
