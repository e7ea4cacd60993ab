"""On which branch of SI 2013/3028 a British complaint stands, from what is stored."""

from tracker.domain.defamation import Branch, Position, branch
from tracker.domain.regimes import Completeness, RegimeName
from tracker.domain.threads import MessageKind
from tracker.models import Case, Notice
from tracker.services import exchange, publishers, replies


def branch_of(case: Case, notice: Notice) -> Branch | None:
    """Return the branch of a notice in an undecided case, or None when British law does not apply to it."""
    if RegimeName.UK_DEFAMATION not in notice.regimes or case.decided_at is not None or case.closed_at is not None:
        return None
    found = {each.regime: each.completeness for each in exchange.assessments(notice)}
    return branch(
        Position(
            is_valid=found.get(RegimeName.UK_DEFAMATION) is Completeness.VALID,
            is_repeat=publishers.is_repeat(notice),
            is_contactable=bool(case.article.publisher_email),
            was_asked=any(message.kind is MessageKind.FORWARD for message in case.messages),
            is_waiting=case.asked_at is not None,
            answers=replies.full(case),
        )
    )
