"""Whether two copyright notices are the same right holder's about the same work (信息网络传播权保护条例 17)."""

import re
from collections.abc import Mapping
from enum import StrEnum

from tracker.domain.text import comparable

_TITLE = re.compile(r"《([^《》]+)》")
_PUNCTUATION = re.compile(r"[^\w]+")


class Match(StrEnum):
    """How far two notices are the same claim."""

    SAME = "same"
    DOUBT = "doubt"  # a person has to look
    OTHER = "other"


def compared(earlier: Mapping[str, str], later: Mapping[str, str]) -> Match:
    """Return how far the answers of two notices on one article name the same right holder and the same work.

    Another work is another claim, whoever sends it. The same work of another name, or what is not said, is in doubt.
    """
    before, after = works(earlier), works(later)
    if before and after and not before & after:
        return Match.OTHER
    holders = (holder(earlier), holder(later))
    return Match.SAME if before and after and all(holders) and holders[0] == holders[1] else Match.DOUBT


def holder(answers: Mapping[str, str]) -> str:
    """Return the right holder of a notice in the form in which two are compared; empty when nobody is named."""
    named = (answers.get(name, "") for name in ("principal_name", "notifier_org", "notifier_name", "signature_name"))
    return _bare(next((name for name in named if name), ""))


def works(answers: Mapping[str, str]) -> frozenset[str]:
    """Return the titles of a notice's works in the form in which they are compared: those in 《》, or all that is said."""
    said = answers.get("work_title", "")
    titles = _TITLE.findall(said) or [said]
    return frozenset(title for title in map(_bare, titles) if title)


def _bare(value: str) -> str:
    return _PUNCTUATION.sub("", comparable(value))
