"""Whether the publisher of a case may be told of it: an order can forbid that (DSA art. 9(5))."""

from collections.abc import Sequence

from tracker.models import Case, Decision


def is_silent(case: Case) -> bool:
    """Say whether the publisher must learn nothing of a case: the last decision that took a measure says so.

    Until another one takes its place; whatever is appealed, ended or ruled on meanwhile is not told either.
    """
    return _is_hidden(case.decisions)


def told(case: Case) -> list[Decision]:
    """Return the decisions on a case that its publisher could read when they were taken, in order."""
    taken = case.decisions
    shown = [decision for n, decision in enumerate(taken, 1) if not _is_hidden(taken[:n])]
    return [decision for decision in shown if decision.statement.get("publisher_told", True)]


def _is_hidden(decisions: Sequence[Decision]) -> bool:
    taken = [decision for decision in decisions if decision.statement.get("measure")]
    return bool(taken) and not taken[-1].statement.get("publisher_told", True)
