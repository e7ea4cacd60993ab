"""Decisions on a case: outcomes, the grounds they may rest on, and what makes one complete."""

from dataclasses import dataclass
from enum import StrEnum

from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.text import clean, clean_line
from tracker.domain.visibility import MeasureKind


class Outcome(StrEnum):
    """What was decided on a case."""

    WITHHELD = "withheld"
    REMOVED = "removed"
    DECLINED = "declined"
    RESTORED = "restored"
    INTERIM = "interim"  # withheld while the case is being reviewed; decides nothing


class GroundType(StrEnum):
    """What a decision relies on."""

    LAW = "law"
    TERMS = "terms"


OUTCOME_LABELS: dict[Outcome, str] = {
    Outcome.WITHHELD: N_("依法停止展示"),
    Outcome.REMOVED: N_("依本站规则移除"),
    Outcome.DECLINED: N_("不采取措施"),
    Outcome.RESTORED: N_("恢复展示"),
    Outcome.INTERIM: N_("审核期间暂停展示"),
}

GROUND_LABELS: dict[GroundType, str] = {
    GroundType.LAW: N_("法律规定"),
    GroundType.TERMS: N_("本站规则"),
}

MEASURES: dict[Outcome, MeasureKind] = {
    Outcome.WITHHELD: MeasureKind.WITHHOLD,
    Outcome.REMOVED: MeasureKind.REMOVE,
    Outcome.INTERIM: MeasureKind.WITHHOLD,
}

GROUNDS_ALLOWED: dict[Outcome, frozenset[GroundType]] = {
    Outcome.WITHHELD: frozenset({GroundType.LAW}),
    Outcome.REMOVED: frozenset({GroundType.TERMS}),
    Outcome.DECLINED: frozenset(GroundType),
    Outcome.RESTORED: frozenset(GroundType),
    Outcome.INTERIM: frozenset({GroundType.LAW}),
}

# field -> (fewest, most characters); the upper limits are those of a DSA statement of reasons
LENGTHS: dict[str, tuple[int, int]] = {
    "ground_ref": (2, 500),
    "ground_explanation": (10, 2000),
    "facts": (20, 5000),
}


@dataclass(frozen=True)
class Draft:
    """What a moderator has written; `complete` turns it into something that may be decided on."""

    outcome: Outcome
    ground_type: GroundType
    ground_ref: str
    ground_explanation: str
    facts: str
    refusal: str = ""  # which ground of a refusal (`domain.refusals`)
    is_manifest: bool = False  # manifestly unfounded when declined, manifestly illegal when a measure is taken


def complete(draft: Draft) -> Draft:
    """Return the draft with its text cleaned; raise Incomplete naming each field that is short, long or at odds."""
    cleaned = Draft(
        draft.outcome,
        draft.ground_type,
        clean_line(draft.ground_ref),
        clean(draft.ground_explanation),
        clean(draft.facts),
        draft.refusal,
        draft.is_manifest,
    )
    problems: dict[str, DomainError] = {}
    for field, (fewest, most) in LENGTHS.items():
        length = len(getattr(cleaned, field))
        if not fewest <= length <= most:
            problems[field] = DomainError(
                N_("请写%(fewest)s至%(most)s个字，现在是%(length)s个字。"), fewest=fewest, most=most, length=length
            )
    if cleaned.ground_type not in GROUNDS_ALLOWED[cleaned.outcome]:
        problems["ground_type"] = DomainError(
            N_("“依法停止展示”须以法律为依据（451），“依本站规则移除”须以本站规则为依据（410）。请更改其中一项。")
        )
    if cleaned.outcome is Outcome.DECLINED and not cleaned.refusal:
        problems["refusal"] = DomainError(N_("不采取措施，要选一项理由，并在“为什么适用”里写明。"))
    if problems:
        raise Incomplete(problems)
    return cleaned
