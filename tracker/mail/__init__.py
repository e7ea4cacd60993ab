"""Mail: composed into the queue with the act that causes it, delivered later by the worker."""

from tracker.mail.appeals import appeal_decided_to_notifier, appeal_decided_to_publisher, appeal_received
from tracker.mail.life import (
    RESTORED_BECAUSE,
    counter_forwarded,
    extended,
    incomplete,
    misuse,
    needs_info,
    publisher_asked,
    rejected,
    restored_to_notifier,
    supplemented,
    withdrawn,
)
from tracker.mail.office import attention, order_effect, order_received
from tracker.mail.outbox import (
    SECRET,
    acknowledgement,
    compose,
    decision_to_notifier,
    draft_link,
    invitation,
    maintainers,
    password_reset,
    statement_of_reasons,
)
from tracker.mail.parts import Secret
from tracker.mail.publisher import (
    counter_incomplete,
    counter_received,
    forwarded,
    order_executed,
    proof_received,
    restored_to_publisher,
)
from tracker.mail.transport import mailer

__all__ = [
    "RESTORED_BECAUSE",
    "SECRET",
    "Secret",
    "acknowledgement",
    "appeal_decided_to_notifier",
    "appeal_decided_to_publisher",
    "appeal_received",
    "attention",
    "compose",
    "counter_forwarded",
    "counter_incomplete",
    "counter_received",
    "decision_to_notifier",
    "draft_link",
    "extended",
    "forwarded",
    "incomplete",
    "invitation",
    "mailer",
    "maintainers",
    "misuse",
    "needs_info",
    "order_effect",
    "order_executed",
    "order_received",
    "password_reset",
    "proof_received",
    "publisher_asked",
    "rejected",
    "restored_to_notifier",
    "restored_to_publisher",
    "statement_of_reasons",
    "supplemented",
    "withdrawn",
]
