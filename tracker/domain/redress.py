"""Counter-notices and appeals: their states, and who may decide."""

from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum

from tracker.domain.decisions import MEASURES, RESTRICTIVE, Outcome
from tracker.domain.errors import N_, NotPermitted
from tracker.domain.regime_table import RegimeName, Side

PUBLISHER = "publisher"
"""How the publisher of a case stands as a party to it; a notifier stands as notice:7."""


class Unrestored(StrEnum):
    """Why nothing comes back although what was waited for is there."""

    STANDS = "stands"  # a ruling does not ask for it
    OVER = "over"  # nor does it, and the measure had ended by its own date
    TOO_LATE = "too_late"  # a ruling asks for it, and the measure had ended
    NO_RULING = "no_ruling"  # the time of a counter-notice is over, and the measure had ended


class CounterState(StrEnum):
    """Where a counter-notice stands."""

    FORWARDED = "forwarded"  # the clock to restore runs
    HELD = "held"  # proof of proceedings came: the measure stays
    HONOURED = "honoured"  # the article is back
    ENDED = "ended"  # a ruling, or another decision, made it pointless


class CounterRule(StrEnum):
    """Which Chinese rule a counter-notice on a copyright notice follows; both are in force, how they relate is unsettled.

    Where US law applies as well, its window goes before either.
    """

    CIVIL_CODE = "civil_code"  # 民法典 1196: forward it, wait a reasonable period
    REGULATION17 = "regulation17"  # 信息网络传播权保护条例 17: restore at once


def restores_at_once(rule: CounterRule, regimes: Collection[str]) -> bool:
    """Say whether a counter-notice brings its article back at once (条例 17): as the site was set, and never under US law."""
    is_chinese = RegimeName.CN_COPYRIGHT in regimes and RegimeName.US_DMCA not in regimes
    return is_chinese and rule is CounterRule.REGULATION17


class AppealState(StrEnum):
    """Where an appeal stands."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


RUNNING = frozenset({CounterState.FORWARDED, CounterState.HELD})
"""The states in which a counter-notice is under way, so that no second one is taken."""

COUNTER_LABELS: dict[CounterState, str] = {
    CounterState.FORWARDED: N_("已转送通知人"),
    CounterState.HELD: N_("通知人已证明起诉或投诉，措施继续"),
    CounterState.HONOURED: N_("文章已恢复"),
    CounterState.ENDED: N_("已结束"),
}

_ON_ITS_WAY = N_("已收到，正在转送通知人")


def counter_label(state: CounterState, *, has_reached: bool) -> str:
    """Return where a counter-notice stands; it is passed on once it has come to its notifiers, not while a mail waits."""
    return COUNTER_LABELS[state] if has_reached or state is not CounterState.FORWARDED else _ON_ITS_WAY


APPEAL_LABELS: dict[AppealState, str] = {
    AppealState.OPEN: N_("等待复核"),
    AppealState.UPHELD: N_("申诉成立"),
    AppealState.DISMISSED: N_("维持原决定"),
}

GROUNDS = (20, 5000)
"""The fewest and most characters of an appeal's grounds."""


HELD_AT_MOST = timedelta(days=183)
"""How long past its date a window for appeals stays open for somebody whom the decision has not reached: half a year more.

The six months run from the day on which a person is informed (DSA art. 20(2)), and whom to inform is who left an address
that works (art. 16(5), 17(2)); from who left none, the decision counts. Nothing may be kept open, and with it personal data
be kept, for somebody whom nobody can find (GDPR art. 5(1)(e); 个人信息保护法 19).
"""


_WHOLE = frozenset({Outcome.WITHHELD, Outcome.REMOVED})
"""What a notifier asked for in full: nothing is left for them to appeal."""


def is_against(outcome: Outcome, side: Side) -> bool:
    """Say whether a decision took something from a side, or gave it less than it asked for."""
    return outcome in MEASURES if side is Side.PUBLISHER else outcome not in _WHOLE | {Outcome.INTERIM}


def has_done_harm(outcome: Outcome, side: Side) -> bool:
    """Say whether a side can have lost anything by what the other said: a decision went, or had gone, against it."""
    return is_against(outcome, side) or outcome is Outcome.RESTORED


def may_appeal(outcome: Outcome, side: Side) -> bool:
    """Say whether a decision went against a side, so that there is something to appeal (DSA art. 20(1)).

    An interim measure decides nothing.
    """
    return outcome is not Outcome.INTERIM and is_against(outcome, side)


def replacements(*, is_measured: bool) -> tuple[Outcome, ...]:
    """Return what an upheld appeal may decide instead: a measure that lasts, or the end of the one that there is."""
    lasting = tuple(outcome for outcome in MEASURES if outcome is not Outcome.INTERIM)
    return (Outcome.RESTORED, *lasting) if is_measured else lasting


def may_counter(outcome: Outcome) -> bool:
    """Say whether a decision keeps words of an article from readers, so that a counter-notice can answer it."""
    return outcome in RESTRICTIVE and outcome is not Outcome.INTERIM


def may_rule(account: int, deciders: Collection[int]) -> None:
    """Raise NotPermitted when `account` took any earlier decision on the case (DSA art. 20(6); Santa Clara 2.0)."""
    if account in deciders:
        raise NotPermitted(N_("申诉要由没有参与过本案决定的人处理。请交给另一位同事；没有的话，请管理员邀请一位。"))
