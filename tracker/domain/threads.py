"""Who speaks on a case, and what kinds of messages there are."""

from enum import StrEnum

from tracker.domain.errors import N_


class Party(StrEnum):
    """Who speaks."""

    NOTIFIER = "notifier"
    PUBLISHER = "publisher"
    STAFF = "staff"


class MessageKind(StrEnum):
    """What a message is for."""

    QUESTION = "question"  # ours: what is missing
    SUPPLEMENT = "supplement"  # the notifier's: evidence, an answer
    CORRECTION = "correction"  # the notifier's: how they are reached, where that was missing
    WITHDRAWAL = "withdrawal"
    REJECTION = "rejection"  # ours: why there will be no decision
    FORWARD = "forward"  # ours to the publisher: what is your answer
    REPLY = "reply"  # the publisher's
    COUNTER = "counter"
    PROOF = "proof"  # the notifier's: proceedings were started
    APPEAL = "appeal"
    WORD = "word"  # ours to one party, asking nothing that a limit hangs on
    NOTE = "note"  # ours, for staff only


LABELS: dict[MessageKind, str] = {
    MessageKind.QUESTION: N_("本站请您补充"),
    MessageKind.SUPPLEMENT: N_("补充"),
    MessageKind.CORRECTION: N_("更正联系方式"),
    MessageKind.WITHDRAWAL: N_("撤回"),
    MessageKind.REJECTION: N_("本站不受理的理由"),
    MessageKind.FORWARD: N_("转送发布者"),
    MessageKind.REPLY: N_("发布者的答复"),
    MessageKind.COUNTER: N_("反通知"),
    MessageKind.PROOF: N_("已起诉或投诉的证明"),
    MessageKind.APPEAL: N_("申诉"),
    MessageKind.WORD: N_("本站来信"),
    MessageKind.NOTE: N_("内部备注"),
}
