"""Decisions on a case: outcomes, the grounds they may rest on, and what makes one complete."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from tracker.domain import terms
from tracker.domain.canned import refusal
from tracker.domain.claims import Reply
from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.provisions import is_law, is_ours
from tracker.domain.text import clean, clean_line, misfit
from tracker.domain.visibility import NO_TERMS, RESTRICTS, MeasureKind, Terms


class Outcome(StrEnum):
    """What was decided on a case, the lightest measure first."""

    LABELLED = "labelled"
    REPLY_ATTACHED = "reply_attached"
    CORRECTED = "corrected"
    PASSAGE_WITHHELD = "passage_withheld"
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
    Outcome.LABELLED: N_("加注说明"),
    Outcome.REPLY_ATTACHED: N_("附上回应"),
    Outcome.CORRECTED: N_("更正内容"),
    Outcome.PASSAGE_WITHHELD: N_("遮盖部分内容"),
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
    Outcome.LABELLED: MeasureKind.LABEL,
    Outcome.REPLY_ATTACHED: MeasureKind.REPLY,
    Outcome.CORRECTED: MeasureKind.CORRECT,
    Outcome.PASSAGE_WITHHELD: MeasureKind.MASK,
    Outcome.WITHHELD: MeasureKind.WITHHOLD,
    Outcome.REMOVED: MeasureKind.REMOVE,
    Outcome.INTERIM: MeasureKind.WITHHOLD,
}

RESTRICTIVE: frozenset[Outcome] = frozenset(outcome for outcome, kind in MEASURES.items() if kind in RESTRICTS)
"""The outcomes after which readers do not get all of an article in its own words."""

FIRST: tuple[Outcome, ...] = tuple(outcome for outcome in Outcome if outcome not in {Outcome.RESTORED, Outcome.INTERIM})
"""What the first decision on a case may be."""

GROUNDS_ALLOWED: dict[Outcome, frozenset[GroundType]] = dict.fromkeys(Outcome, frozenset(GroundType)) | {
    Outcome.WITHHELD: frozenset({GroundType.LAW}),
    Outcome.REMOVED: frozenset({GroundType.TERMS}),
    Outcome.INTERIM: frozenset({GroundType.LAW}),
}

# field -> (fewest, most characters); the upper limits are those of a DSA statement of reasons
LENGTHS: dict[str, tuple[int, int]] = {
    "ground_ref": (2, 500),
    "ground_explanation": (10, 2000),
    "facts": (20, 5000),
}


# the same for what may be left out: then it follows from the others, or is not said
OPTIONAL: dict[str, tuple[int, int]] = {
    "rationale": (0, 5000),
    "to_notifier": (20, 5000),
    "to_publisher": (20, 5000),
    "public": (10, 1000),
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
    rationale: str = ""  # for staff alone
    to_notifier: str = ""  # in place of facts and explanation, where the sides are told different things
    to_publisher: str = ""
    public: str = ""  # what everybody may read: never the disputed words, never who
    replies: Mapping[int, Reply] = field(default_factory=dict)  # to the claims, by their id
    terms: Terms = NO_TERMS  # of the measure, if one is taken
    starts_at: datetime | None = None  # None: at once
    ends_at: datetime | None = None  # None: until decided otherwise
    is_silent: bool = False  # an order forbids telling the publisher (DSA art. 9(5))
    instead_of: Outcome | None = None  # what an interim measure stands in for, until a second person has looked at it

    @property
    def kind(self) -> MeasureKind | None:
        """Return the measure that the outcome takes."""
        return MEASURES.get(self.instead_of or self.outcome)


def complete(draft: Draft) -> Draft:
    """Return the draft with its text cleaned; raise Incomplete naming each field that is short, long or at odds."""
    texts = {name: clean(getattr(draft, name)) for name in (*LENGTHS, *OPTIONAL)}
    words: dict[str, Any] = texts | {"ground_ref": clean_line(draft.ground_ref)}
    cleaned = replace(draft, **words)
    problems: dict[str, DomainError] = {}
    for name, bounds in (LENGTHS | OPTIONAL).items():
        said = getattr(cleaned, name)
        follows = name == "ground_explanation" and not cleaned.ground_ref and cleaned.replies
        is_left_out = not said and (name in OPTIONAL or follows)
        if not is_left_out and (fault := misfit(said, bounds) or refusal(said)):
            problems[name] = fault
    if cleaned.ground_type not in GROUNDS_ALLOWED[cleaned.instead_of or cleaned.outcome]:
        problems["ground_type"] = DomainError(
            N_("“依法停止展示”须以法律为依据（451），“依本站规则移除”须以本站规则为依据（410）。请更改其中一项。")
        )
    elif "ground_ref" not in problems and (other := _other_ground(cleaned)):
        problems["ground_type"] = other
    if cleaned.outcome is Outcome.DECLINED and not cleaned.refusal:
        problems["refusal"] = DomainError(N_("不采取措施，要选一项理由，并在“为什么适用”里写明。"))
    read_by_all = {name: words[name] for name in ("ground_ref", "public")}
    kept, wrong = terms.complete(cleaned.kind, cleaned.terms, read_by_all)
    if problems | wrong:
        raise Incomplete(problems | wrong)
    if cleaned.kind is None:
        return replace(cleaned, terms=kept, starts_at=None, ends_at=None)
    return replace(cleaned, terms=kept)


def _other_ground(draft: Draft) -> DomainError | None:
    """Return what is wrong when the clause that is cited is of the other kind than the ground; whoever cites both is free to."""
    ours, law = is_ours(draft.ground_ref), is_law(draft.ground_ref)
    if draft.ground_type is GroundType.LAW and ours and not law:
        return DomainError(
            N_("这是本站规则的条款，依据选的却是法律规定。请把依据改为“本站规则”，或者用书名号写出法律的名称。")
        )
    if draft.ground_type is GroundType.TERMS and law and not ours:
        return DomainError(
            N_("这是法律的条款，依据选的却是本站规则。请把依据改为“法律规定”，或者写明“本站规则”和条号。")
        )
    return None
