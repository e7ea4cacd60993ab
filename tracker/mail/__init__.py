"""Mail: composed into the queue with the act that causes it, delivered later by the worker."""

from tracker.mail.outbox import (
    SECRET,
    Secret,
    acknowledgement,
    compose,
    decision_to_notifier,
    invitation,
    maintainers,
    password_reset,
    statement_of_reasons,
)
from tracker.mail.transport import mailer

__all__ = [
    "SECRET",
    "Secret",
    "acknowledgement",
    "compose",
    "decision_to_notifier",
    "invitation",
    "mailer",
    "maintainers",
    "password_reset",
    "statement_of_reasons",
]
