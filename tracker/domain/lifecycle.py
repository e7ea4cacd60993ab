"""The life of a case: states, events, and the one table that says which event leads where.

State says whose turn it is; the result lives in the outcome, what readers see in the measures. Each notice's item has a
state of its own, so that one notifier's question or withdrawal never stops another's; the state of the case is a fold.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from tracker.domain.errors import N_, InvalidTransition, Word
from tracker.domain.guards import Guard as Guard
from tracker.domain.guards import Who as Who


class State(StrEnum):
    """Whose turn it is."""

    RECEIVED = "received"  # a moderator's: stored, frozen, acknowledged
    NEEDS_INFO = "needs_info"  # the notifiers': told what is missing
    IN_REVIEW = "in_review"  # a moderator's: somebody took it up
    AWAITING_REPLY = "awaiting_reply"  # the publisher's: the notice was forwarded
    DECIDED = "decided"  # nobody's: the outcome has been sent
    COUNTERED = "countered"  # the notifier's: a counter-notice was forwarded, the clock to restore runs
    ON_HOLD = "on_hold"  # a court's or an authority's
    APPEALED = "appealed"  # another decider's
    CLOSED = "closed"  # nobody's, for good


class ItemState(StrEnum):
    """Where one notifier's item of a case stands."""

    OPEN = "open"  # waits for our decision
    NEEDS_INFO = "needs_info"  # waits for its notifier
    ANSWERED = "answered"  # was answered by a decision
    CLOSED = "closed"  # ended without one: withdrawn, incomplete, rejected


AWAITED = frozenset({ItemState.OPEN, ItemState.NEEDS_INFO})
"""The items that wait for a decision."""

MOVABLE = AWAITED | {ItemState.ANSWERED}
"""The items that may go to another case."""


class Ending(StrEnum):
    """How an item ended without a decision."""

    WITHDRAWN = "withdrawn"
    INCOMPLETE = "incomplete"
    DUPLICATE = "duplicate"
    ABUSIVE = "abusive"
    NOT_OURS = "not_ours"
    BARRED = "barred"  # 信息网络传播权保护条例 17: no second notice after a restoration
    SUSPENDED = "suspended"  # the notifier is, for misuse (DSA art. 23(2))


class Channel(StrEnum):
    """By which way a notice came."""

    WEB = "web"
    EMAIL = "email"
    POST = "post"
    PHONE = "phone"
    API = "api"


class Source(StrEnum):
    """What a case began with (DSA art. 17(3)(b))."""

    NOTICE = "notice"
    ORDER = "order"
    OWN_INITIATIVE = "own_initiative"


INITIATIVE_REASON = (10, 2000)
"""The fewest and most characters of why staff open a case that nobody asked for; only they read it."""

INITIATIVE_ADDRESS = N_("请写本站一篇文章的地址，或者地址最后的一段。")
"""What is wrong when they name no article of ours."""


class Event(StrEnum):
    """What can happen to a case."""

    SUBMIT = "submit"
    JOIN = "join"
    ASK_INFO = "ask_info"
    SUPPLEMENT = "supplement"
    INFO_LAPSED = "info_lapsed"
    INFO_WAIVED = "info_waived"
    REJECT = "reject"
    ACCEPT = "accept"
    WITHHOLD_INTERIM = "withhold_interim"
    ASK_PUBLISHER = "ask_publisher"
    REPLY = "reply"
    NO_REPLY = "no_reply"
    DECIDE = "decide"
    REVERSE = "reverse"
    EXTEND = "extend"
    COUNTER = "counter"
    PROOF = "proof"
    RESTORE = "restore"
    RESTORE_NOW = "restore_now"
    RULING = "ruling"
    APPEAL = "appeal"
    RULE = "rule"
    ODS_OPENED = "ods_opened"
    LAPSE = "lapse"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    ORDER = "order"
    GIVE_EFFECT = "give_effect"
    OWN_INITIATIVE = "own_initiative"
    MERGE = "merge"  # into another case of the same article
    UNMERGE = "unmerge"
    SPLIT = "split"  # some of its notices go to another case
    GATHER = "gather"  # notices come from another case


class Transition(NamedTuple):
    """One row of the table; `source` None means the case does not exist yet.

    `mails` names the template sets that go out when it runs, as far as those concerned have an address; where a ruling
    may go either way, those of both.
    """

    source: State | None
    event: Event
    target: State
    who: Who
    mails: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()


_S, _E, _W, _G = State, Event, Who, Guard
_AWAITS = (_S.RECEIVED, _S.NEEDS_INFO, _S.IN_REVIEW, _S.AWAITING_REPLY)
_WITH_US = (_S.RECEIVED, _S.IN_REVIEW)
_AFTER = (_S.DECIDED, _S.COUNTERED, _S.ON_HOLD, _S.APPEALED)

# The target is where the case goes when nothing else is pending; `fold` says where it stands when something is.
TRANSITIONS: tuple[Transition, ...] = (
    Transition(None, _E.SUBMIT, _S.RECEIVED, _W.ANYONE, ("acknowledgement", "maintainers")),
    Transition(None, _E.ORDER, _S.IN_REVIEW, _W.MODERATOR, ("order_received", "maintainers")),
    Transition(None, _E.OWN_INITIATIVE, _S.IN_REVIEW, _W.MODERATOR),
    *(Transition(s, _E.JOIN, s, _W.ANYONE, ("acknowledgement", "maintainers")) for s in _AWAITS if s != _S.NEEDS_INFO),
    Transition(_S.NEEDS_INFO, _E.JOIN, _S.RECEIVED, _W.ANYONE, ("acknowledgement", "maintainers")),
    *(Transition(s, _E.ASK_INFO, _S.NEEDS_INFO, _W.MODERATOR, ("needs_info",)) for s in _AWAITS),
    *(Transition(s, _E.SUPPLEMENT, s, _W.NOTIFIER, ("supplemented", "attention"))
      for s in (*_WITH_US, _S.AWAITING_REPLY)),
    Transition(_S.NEEDS_INFO, _E.SUPPLEMENT, _S.RECEIVED, _W.NOTIFIER, ("supplemented", "attention")),
    *(Transition(s, _E.INFO_LAPSED, s, _W.SYSTEM, ("incomplete",)) for s in (*_WITH_US, _S.AWAITING_REPLY)),
    Transition(_S.NEEDS_INFO, _E.INFO_LAPSED, _S.CLOSED, _W.SYSTEM, ("incomplete",)),
    *(Transition(s, _E.INFO_WAIVED, s, _W.SYSTEM, ("attention",)) for s in (*_WITH_US, _S.AWAITING_REPLY)),
    Transition(_S.NEEDS_INFO, _E.INFO_WAIVED, _S.RECEIVED, _W.SYSTEM, ("attention",)),
    *(Transition(s, _E.REJECT, _S.CLOSED, _W.HOUSE, ("rejected",), (_G.URGENT_IS_NO_ABUSE,)) for s in _AWAITS),
    *(Transition(s, _E.ACCEPT, _S.IN_REVIEW, _W.MODERATOR, (), (_G.IMPARTIAL,)) for s in _WITH_US),
    Transition(_S.IN_REVIEW, _E.WITHHOLD_INTERIM, _S.IN_REVIEW, _W.HOUSE, ("forwarded", "statement", "decision"),
               (_G.IMPARTIAL, _G.REASONED, _G.INTERIM_ALLOWED)),
    Transition(_S.AWAITING_REPLY, _E.WITHHOLD_INTERIM, _S.AWAITING_REPLY, _W.HOUSE, ("statement", "decision"),
               (_G.IMPARTIAL, _G.REASONED, _G.INTERIM_ALLOWED)),
    *(Transition(s, _E.ASK_PUBLISHER, _S.AWAITING_REPLY, _W.MODERATOR, ("forwarded", "publisher_asked"),
                 (_G.IMPARTIAL, _G.CONTACT_KNOWN)) for s in (_S.IN_REVIEW, _S.AWAITING_REPLY)),
    Transition(_S.AWAITING_REPLY, _E.REPLY, _S.IN_REVIEW, _W.PUBLISHER, ("attention",)),
    Transition(_S.AWAITING_REPLY, _E.NO_REPLY, _S.IN_REVIEW, _W.SYSTEM, ("attention",)),
    *(Transition(s, _E.DECIDE, _S.DECIDED, _W.MODERATOR, ("decision", "statement"), (_G.IMPARTIAL, _G.REASONED))
      for s in (_S.IN_REVIEW, _S.NEEDS_INFO, _S.AWAITING_REPLY)),
    Transition(_S.IN_REVIEW, _E.GIVE_EFFECT, _S.DECIDED, _W.MODERATOR, ("order_effect", "order_executed"),
               (_G.IMPARTIAL, _G.REASONED)),
    Transition(_S.IN_REVIEW, _E.EXTEND, _S.IN_REVIEW, _W.MODERATOR, ("extended",)),
    Transition(_S.DECIDED, _E.REVERSE, _S.DECIDED, _W.MODERATOR, ("decision", "statement"),
               (_G.IMPARTIAL, _G.REASONED)),
    *(Transition(s, _E.COUNTER, _S.COUNTERED, _W.PUBLISHER, ("counter_received", "counter_forwarded", "attention"))
      for s in (_S.DECIDED, _S.APPEALED)),
    Transition(_S.COUNTERED, _E.PROOF, _S.ON_HOLD, _W.MODERATOR, ("proof_received",), (_G.IMPARTIAL,)),
    Transition(_S.COUNTERED, _E.RESTORE, _S.DECIDED, _W.SYSTEM, ("restored", "ruled"), (_G.PROOF_JUDGED,)),
    Transition(_S.COUNTERED, _E.RESTORE_NOW, _S.DECIDED, _W.HOUSE, ("restored", "ruled"),
               (_G.IMPARTIAL, _G.REGULATION17_APPLIES, _G.PROOF_JUDGED)),
    Transition(_S.ON_HOLD, _E.RULING, _S.DECIDED, _W.MODERATOR, ("restored", "ruled"), (_G.IMPARTIAL,)),
    *(Transition(s, _E.APPEAL, _S.APPEALED, _W.ANYONE, ("appeal_received", "attention")) for s in (_S.DECIDED, _S.APPEALED)),
    *(Transition(s, _E.APPEAL, s, _W.ANYONE, ("appeal_received", "attention")) for s in (_S.COUNTERED, _S.ON_HOLD)),
    Transition(_S.APPEALED, _E.RULE, _S.DECIDED, _W.MODERATOR, ("appeal_decided",), (_G.IMPARTIAL,)),
    *(Transition(s, _E.RULE, s, _W.MODERATOR, ("appeal_decided",), (_G.IMPARTIAL,)) for s in (_S.COUNTERED, _S.ON_HOLD)),
    Transition(_S.DECIDED, _E.ODS_OPENED, _S.ON_HOLD, _W.ADMIN, ("dispute",)),
    Transition(_S.DECIDED, _E.LAPSE, _S.CLOSED, _W.SYSTEM),
    *(Transition(s, _E.WITHDRAW, _S.CLOSED, _W.NOTIFIER, ("withdrawn", "attention")) for s in _AWAITS),
    *(Transition(s, _E.WITHDRAW, s, _W.NOTIFIER, ("withdrawn", "attention")) for s in _AFTER),
    # notices move between cases of one article; nobody is told, because nobody's matter has changed
    *(Transition(s, _E.MERGE, _S.CLOSED, _W.MODERATOR) for s in (*_WITH_US, _S.NEEDS_INFO)),
    Transition(_S.CLOSED, _E.UNMERGE, _S.RECEIVED, _W.MODERATOR),
    *(Transition(s, _E.SPLIT, s, _W.MODERATOR) for s in _AWAITS),
    *(Transition(s, _E.GATHER, s, _W.MODERATOR) for s in _AWAITS),
    Transition(_S.CLOSED, _E.REOPEN, _S.IN_REVIEW, _W.ADMIN, ("attention",)),
)  # fmt: skip

_ROWS = {(row.source, row.event): row for row in TRANSITIONS}

OPEN: frozenset[State] = frozenset(_AWAITS)
"""The states in which a case awaits our first decision; an article has at most one such case a category."""

WITH_US: frozenset[State] = frozenset(_WITH_US)
"""Those of them in which it is a moderator's turn."""

LABELS: dict[State, str] = {
    State.RECEIVED: N_("待处理"),
    State.NEEDS_INFO: N_("等待通知人补充"),
    State.IN_REVIEW: N_("审核中"),
    State.AWAITING_REPLY: N_("等待发布者答复"),
    State.DECIDED: N_("已处理"),
    State.COUNTERED: N_("已收到反通知"),
    State.ON_HOLD: N_("等待法院或主管机关"),
    State.APPEALED: N_("申诉处理中"),
    State.CLOSED: N_("已结案"),
}


ENDING_LABELS: dict[Ending, str] = {
    Ending.WITHDRAWN: N_("通知人撤回"),
    Ending.INCOMPLETE: N_("未按时补充"),
    Ending.DUPLICATE: N_("重复"),
    Ending.ABUSIVE: N_("滥用或垃圾信息"),
    Ending.NOT_OURS: N_("不属于本站处理"),
    Ending.BARRED: N_("已依法恢复，不得再次通知"),
    Ending.SUSPENDED: N_("通知人已被暂停受理"),
}

CHANNEL_LABELS: dict[Channel, str] = {
    Channel.WEB: N_("网页"),
    Channel.EMAIL: N_("邮件"),
    Channel.POST: N_("来信"),
    Channel.PHONE: N_("电话"),
    Channel.API: N_("接口"),
}


@dataclass(frozen=True)
class Standing:
    """What the state of a case is folded from: the acts on the case itself, and the states of what hangs on it."""

    is_accepted: bool = False
    is_awaiting_reply: bool = False
    is_decided: bool = False
    is_countered: bool = False
    is_held: bool = False
    is_closed: bool = False
    open_appeals: int = 0
    items: tuple[ItemState, ...] = ()


def fold(standing: Standing) -> State:
    """Return the state of a case: whose turn it is, the strongest claim first."""
    if standing.is_closed:
        return State.CLOSED
    if standing.is_decided:
        after = (
            (standing.is_held, State.ON_HOLD),
            (standing.is_countered, State.COUNTERED),
            (standing.open_appeals > 0, State.APPEALED),
        )
        return next((state for holds, state in after if holds), State.DECIDED)
    if standing.is_awaiting_reply:
        return State.AWAITING_REPLY
    if standing.items and not _is_waiting(standing.items):
        return State.NEEDS_INFO
    return State.IN_REVIEW if standing.is_accepted else State.RECEIVED


def _is_waiting(items: Iterable[ItemState]) -> bool:
    """Say whether a notifier waits for us: or else all of them have been asked for something."""
    return any(state is ItemState.OPEN for state in items) or ItemState.NEEDS_INFO not in items


def row(state: State | None, event: Event) -> Transition:
    """Return the row of the table for an event in a state; raise InvalidTransition when it has none."""
    try:
        return _ROWS[state, event]
    except KeyError:
        raise InvalidTransition(
            N_("案件目前的状态（%(state)s）不允许这一步。请刷新页面，看看案件现在到了哪一步。"),
            state=Word(LABELS[state] if state else "—"),
        ) from None


def advance(state: State | None, event: Event) -> State:
    """Return the state that follows; raise InvalidTransition when the table has no such row."""
    return row(state, event).target
