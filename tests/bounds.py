"""How far the slow proofs go: within bounds that every run can afford, or all the way with `--full`."""

IS_FULL = False
"""Set once, before any test is collected."""


def within(bound: int, full: int) -> int:
    """Return how much a proof does in this run."""
    return full if IS_FULL else bound
