"""On which branch of SI 2013/3028 a British complaint stands, from what is stored."""

from tracker.domain.defamation import Branch, Position, branch
from tracker.domain.regimes import Completeness, RegimeName
from tracker.models import Item
from tracker.queries.applying import assessed, of
from tracker.services import replies


def branch_of(item: Item) -> Branch | None:
    """Return the branch of a complaint in an undecided case, or None when British law does not apply to it."""
    case = item.case
    if RegimeName.UK_DEFAMATION not in of(item) or case.decided_at is not None or case.closed_at is not None:
        return None
    found = {each.regime: each.completeness for each in assessed(item)}
    return branch(
        Position(
            is_valid=found.get(RegimeName.UK_DEFAMATION) is Completeness.VALID,
            is_repeat=bool(item.is_repeat),
            is_contactable=bool(case.article.publisher_email),
            was_asked=item.forwarded_at is not None,
            is_waiting=any(clock.stopped_at is None for clock in replies.times_to_answer(item)),
            answers=replies.full(item),
        )
    )
