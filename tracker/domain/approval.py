"""Four eyes: which decisions need a second person, a proposal as it is stored, and what stands in until somebody answers."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from tracker.domain.claims import Answer, Reply
from tracker.domain.decisions import FIRST, Draft, GroundType, Outcome
from tracker.domain.errors import N_
from tracker.domain.visibility import Terms


class Match(StrEnum):
    """How outcomes and categories that were both named go together."""

    EITHER = "either"
    BOTH = "both"


class Fate(StrEnum):
    """What became of a proposal."""

    OPEN = "open"  # waits for a second person
    APPROVED = "approved"
    RETURNED = "returned"  # with a reason, to whoever proposed it
    WITHDRAWN = "withdrawn"
    OVERTAKEN = "overtaken"  # the case was decided otherwise, or is over


FATE_LABELS: dict[Fate, str] = {
    Fate.OPEN: N_("等待第二个人"),
    Fate.APPROVED: N_("已批准"),
    Fate.RETURNED: N_("已退回"),
    Fate.WITHDRAWN: N_("已收回"),
    Fate.OVERTAKEN: N_("已作出别的决定，或者案件已结束"),
}

MATCH_LABELS: dict[Match, str] = {
    Match.EITHER: N_("符合其中一项就要"),
    Match.BOTH: N_("两项都符合才要"),
}

CHOICES: tuple[Outcome, ...] = (*FIRST, Outcome.RESTORED)
"""What a second person can be asked for. Never an interim measure: that is what is left when nobody answers."""

REASON = (2, 2000)
"""The fewest and most characters of why a proposal is sent back."""

OUTCOMES, CATEGORIES, MATCH = "approval_outcomes", "approval_categories", "approval_match"
"""The names of the settings."""

_STANDS_IN = frozenset({Outcome.WITHHELD, Outcome.REMOVED, Outcome.PASSAGE_WITHHELD})


def is_needed(settings: Mapping[str, Any], outcome: Outcome, category: str) -> bool:
    """Say whether a decision of this outcome in a case of this category needs a second person; nothing set, none does."""
    if outcome not in CHOICES:
        return False
    found = (outcome in settings.get(OUTCOMES, ()), category in settings.get(CATEGORIES, ()))
    return all(found) if settings.get(MATCH) == Match.BOTH else any(found)


def meanwhile(draft: Draft, now: datetime) -> Draft | None:
    """Return the interim measure that stands in for a proposal nobody answered; None where it keeps nothing from readers.

    It is never harsher than what was proposed: the same passages, the same status, and no sooner. What was written for
    one side alone stays with that side; what was for everybody spoke of a final decision, and is left out, as are the label
    and the answer that were to stand beside it.
    """
    if draft.outcome not in _STANDS_IN or (draft.ends_at is not None and draft.ends_at <= now):
        return None
    final = {"outcome": Outcome.INTERIM, "refusal": "", "is_manifest": False, "public": "", "replies": {}}
    final["terms"] = replace(draft.terms, also_label="", also_reply="", speaker="", speaker_name="")
    return replace(begun(draft, now), instead_of=draft.outcome, **final)  # type: ignore[arg-type]


def begun(draft: Draft, now: datetime) -> Draft:
    """Return a proposal as it is carried out: a start that has passed while it waited means at once."""
    return replace(draft, starts_at=None) if draft.starts_at is not None and draft.starts_at <= now else draft


def written(draft: Draft) -> dict[str, Any]:
    """Return a draft in a form that JSON takes."""
    days = {name: at.isoformat() if (at := getattr(draft, name)) else None for name in ("starts_at", "ends_at")}
    replies = {str(claim): [reply.answer, reply.reasons] for claim, reply in draft.replies.items()}
    return asdict(replace(draft, replies={})) | days | {"replies": replies, "terms": draft.terms.as_dict()}


def read(stored: Mapping[str, Any]) -> Draft:
    """Return the draft that `written` stored."""
    days = {name: datetime.fromisoformat(at) if (at := stored[name]) else None for name in ("starts_at", "ends_at")}
    replies = {int(claim): Reply(Answer(answer), why) for claim, (answer, why) in stored["replies"].items()}
    words = {"outcome": Outcome(stored["outcome"]), "ground_type": GroundType(stored["ground_type"])}
    return Draft(**{**stored, **days, **words, "replies": replies, "terms": Terms.from_dict(stored["terms"])})
