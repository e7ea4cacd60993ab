"""Whether the publisher of a case may be told of it: an order can forbid that (DSA art. 9(5))."""

from tracker.models import Case


def is_silent(case: Case) -> bool:
    """Say whether the publisher must learn nothing of a case: the last decision that took a measure says so.

    Until another one takes its place; whatever is appealed, ended or ruled on meanwhile is not told either.
    """
    taken = [decision for decision in case.decisions if decision.statement.get("measure")]
    return bool(taken) and not taken[-1].statement.get("publisher_told", True)
