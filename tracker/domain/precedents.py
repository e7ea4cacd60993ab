"""Similar cases: a short signature of what is alleged, what was decided on cases like it, and when a decision departs from that."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tracker.domain.decisions import FIRST, MEASURES, Outcome
from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.text import bare, comparable

BUCKETS = 16
"""How many marks a signature has at most: more tell small likenesses apart, and take more room."""

FEWEST_SHARED = 4
"""Cases that share fewer marks are not called similar: by chance, one pair of unlike texts in hundreds shares so many."""

PATTERN_FROM = 3
PATTERN_SHARE = 2 / 3
"""So many similar decisions, of which such a share went one way, are a pattern."""

SHORTEST_REASON = 10
"""Characters of the sentence that says why this case is another."""

_LONGEST = 4000
_BITS = 26


@dataclass(frozen=True)
class Precedent:
    """A decided case like the one at hand. `likeness` is the share of marks in common, from 0 to 1."""

    case: int
    outcome: Outcome
    likeness: float
    is_overturned: bool
    has_same_ground: bool


def marks(texts: Iterable[str]) -> frozenset[int]:
    """Return the signature of what is said: of the hashed pairs of characters in each of 16 buckets, the smallest.

    Two texts share a mark about as often as their pairs overlap (one permutation hashing). Says nothing to a reader.
    """
    smallest: dict[int, int] = {}
    for pair in _pairs(texts):
        number = int.from_bytes(hashlib.blake2b(pair.encode("utf-8", "replace"), digest_size=8).digest())
        bucket, value = number % BUCKETS, number >> 64 - _BITS
        smallest[bucket] = min(value, smallest.get(bucket, value))
    return frozenset(bucket << _BITS | value for bucket, value in smallest.items())


def _pairs(texts: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for text in texts:
        plain = "".join(c for c in comparable(bare(text))[:_LONGEST] if c.isalnum())
        found.update(plain[at : at + 2] for at in range(len(plain) - 1))
    return found


def tally(precedents: Sequence[Precedent]) -> dict[Outcome, int]:
    """Return how many went which way, the most frequent first; one that was overturned counts for nothing."""
    standing = [precedent.outcome for precedent in precedents if not precedent.is_overturned]
    return {
        outcome: standing.count(outcome) for outcome in sorted(set(standing), key=lambda o: (-standing.count(o), o))
    }


def pattern(precedents: Sequence[Precedent]) -> bool | None:
    """Return whether similar cases ended with a measure, or None when they do not agree enough to say."""
    standing = [precedent.outcome in MEASURES for precedent in precedents if not precedent.is_overturned]
    if len(standing) < PATTERN_FROM:
        return None
    took = sum(standing)
    if took >= len(standing) * PATTERN_SHARE:
        return True
    return False if len(standing) - took >= len(standing) * PATTERN_SHARE else None


def require_reason(outcome: Outcome, rationale: str, precedents: Sequence[Precedent]) -> None:
    """Raise Incomplete when a decision departs from a pattern and no sentence of the rationale says why."""
    usual = pattern(precedents)
    if usual is None or outcome not in FIRST or (outcome in MEASURES) is usual:
        return
    if len(bare(rationale)) >= SHORTEST_REASON:
        return
    took = sum(p.outcome in MEASURES for p in precedents if not p.is_overturned)
    total = sum(not p.is_overturned for p in precedents)
    message = N_(
        "类似的%(total)s个案件里，%(took)s个采取了措施。这次不同，请用一句话写明为什么（只有工作人员看得到）。"
    )
    raise Incomplete({"rationale": DomainError(message, total=total, took=took)})
