"""Where a complaint under the British Defamation Act stands, and what the operator has to do next (SI 2013/3028)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from tracker.domain.errors import N_


class Branch(StrEnum):
    """The branches of the Schedule."""

    INVALID = "invalid"
    REPEAT = "repeat"
    NOT_CONTACTABLE = "not_contactable"
    ASK = "ask"
    WAITING = "waiting"
    NO_REPLY = "no_reply"  # none, too late, incomplete, or obviously false
    AGREED = "agreed"
    REFUSED = "refused"


REMOVES: frozenset[Branch] = frozenset({Branch.REPEAT, Branch.NOT_CONTACTABLE, Branch.NO_REPLY, Branch.AGREED})
"""The branches that end in removal: whoever leaves the words up instead has no defence any more."""

NEXT: dict[Branch, str] = {
    Branch.INVALID: N_("通知不合要求：48小时内告诉投诉人，并列出全部要求。"),
    Branch.REPEAT: N_("同一投诉人就同样的说法已有两次以上移除：48小时内移除并告诉投诉人，不再联系发布者。"),
    Branch.NOT_CONTACTABLE: N_("无法用电子方式联系发布者：48小时内移除并告诉投诉人。"),
    Branch.ASK: N_("48小时内转给发布者，并告诉投诉人已经收到。"),
    Branch.WAITING: N_("等待发布者完整的答复；到第5天24时为止。不完整的答复等于没有答复。"),
    Branch.NO_REPLY: N_("没有按时得到完整的答复：48小时内移除并告诉投诉人。"),
    Branch.AGREED: N_("发布者同意删除：48小时内移除并告诉投诉人。"),
    Branch.REFUSED: N_(
        "发布者不同意并完整答复，内容可以保留：48小时内告诉投诉人，附上发布者同意告知的姓名和地址，或说明其不同意告知。"
    ),
}
"""What each branch asks of us, for staff."""


@dataclass(frozen=True)
class Position:
    """What the branch of a complaint follows from; `answers` are those of a full reply in time, or empty."""

    is_valid: bool
    is_repeat: bool
    is_contactable: bool
    was_asked: bool
    is_waiting: bool
    answers: Mapping[str, str]


def branch(position: Position) -> Branch:
    """Return the branch on which a complaint stands."""
    steps = (
        (not position.is_valid, Branch.INVALID),
        (position.is_repeat, Branch.REPEAT),
        (position.answers.get("wants_removal") == "no", Branch.REFUSED),
        (position.answers.get("wants_removal") == "yes", Branch.AGREED),
        (position.is_waiting, Branch.WAITING),
        (not position.is_contactable, Branch.NOT_CONTACTABLE),
        (position.was_asked, Branch.NO_REPLY),
    )
    return next((found for holds, found in steps if holds), Branch.ASK)


class Given(NamedTuple):
    """One reply, as far as it counts: what was answered, and whether it came too late or was obviously false."""

    answers: Mapping[str, str]
    counts: bool


def together(replies: Iterable[Given]) -> dict[str, str]:
    """Return all that was answered in replies that count; a later answer takes the place of an earlier one."""
    found: dict[str, str] = {}
    for reply in replies:
        if reply.counts:
            found |= {name: answer for name, answer in reply.answers.items() if answer}
    return found
