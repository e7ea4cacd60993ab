"""Which mails the law counts on, by which ways they reach somebody, and which limits wait for them to arrive."""

from enum import StrEnum

from tracker.domain.clocks import ClockKind
from tracker.domain.errors import N_


class Way(StrEnum):
    """How what we had to tell reached its receiver."""

    MAIL = "mail"  # their mail server took it
    BUTTON = "button"  # they said so on their page
    PHONE = "phone"
    POST = "post"
    PUBLIC_NOTICE = "public_notice"
    OTHER = "other"


WAYS: dict[Way, str] = {
    Way.MAIL: N_("邮件"),
    Way.BUTTON: N_("本人在网页上确认"),
    Way.PHONE: N_("电话"),
    Way.POST: N_("信件"),
    Way.PUBLIC_NOTICE: N_("公告"),
    Way.OTHER: N_("其他方式"),
}

BY_HAND = (Way.POST, Way.PHONE, Way.OTHER)
"""The ways that staff write down; a public notice is recorded when it is put up."""

LEGAL: frozenset[str] = frozenset(
    {
        "appeal_decided", "counter_forwarded", "counter_received", "decision", "decisions", "dispute",
        "extended", "forwarded", "incomplete", "needs_info", "order_effect", "order_executed", "order_received", "proof_received",
        "proof_refused", "publisher_asked", "publisher_refused", "rejected", "reply_incomplete", "restored", "ruled",
        "statement",
    }
)  # fmt: skip
"""The mails that some law has us send: one that does not arrive is somebody's task."""

OF_OTHERS: frozenset[str] = frozenset(
    {"counter_forwarded", "dispute", "proof_refused", "publisher_refused", "restored", "ruled"}
)
"""The mails to a notifier that somebody else's act brings about: nobody has them sent by typing an address into a notice, so
no limit holds them back while the law's own limits run (17 USC 512(g)(2)(B); 民法典 1196)."""


def counter_of(cause: str) -> int | None:
    """Return the number of the counter-notice of which a mail with this cause is the copy, or None."""
    kind, number, what, *_ = [*cause.split(":"), "", "", ""]
    return int(number) if (kind, what) == ("counter", "forwarded") and number.isdigit() else None


def notice_of(cause: str) -> int | None:
    """Return the number of the notice that a mail with this cause passes on or answers, or None."""
    parts = cause.split(":")
    number = parts[parts.index("notice") + 1] if "notice" in parts[:-1] else ""
    return int(number) if number.isdigit() else None


WAITS: dict[str, tuple[ClockKind, ...]] = {
    "needs_info": (ClockKind.INFO_WAIT,),
    "forwarded": (ClockKind.REPLY_WAIT, ClockKind.UK_POSTER),
    "counter_forwarded": (ClockKind.CN_REASONABLE,),
    "decision": (ClockKind.APPEAL_WINDOW,),
    "decisions": (ClockKind.APPEAL_WINDOW,),
    "order_executed": (ClockKind.APPEAL_WINDOW,),
    "order_effect": (ClockKind.APPEAL_WINDOW,),
    "statement": (ClockKind.APPEAL_WINDOW,),
    "restored": (ClockKind.APPEAL_WINDOW,),
    "appeal_decided": (ClockKind.APPEAL_WINDOW,),
}
"""The limits that run only once a mail has reached its receiver (DSA art. 20(2); 民法典 1196(2); SI 2013/3028, Schedule: from
the day of sending; fairness for the rest)."""

ANSWERS: frozenset[ClockKind] = frozenset({ClockKind.INFO_WAIT, ClockKind.REPLY_WAIT, ClockKind.UK_POSTER})
"""Those of them in which somebody has to answer what the mail asks: nobody can before it has left."""
