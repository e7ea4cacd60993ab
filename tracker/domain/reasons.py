"""The statement of reasons that goes with a decision (DSA art. 17(3)(a)-(f); 个人信息保护法 50)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from tracker.domain.claims import Answer
from tracker.domain.decisions import OUTCOME_LABELS, Draft, Outcome
from tracker.domain.errors import N_
from tracker.domain.reasoning import Claim
from tracker.domain.visibility import KIND_LABELS, MeasureKind

REDRESS: tuple[str, ...] = (
    N_("请本站复核：按“联系我们”页上的邮箱来信，写明案件编号和理由。"),
    N_("向人民法院提起诉讼，或依法向有管辖权的主管部门投诉、举报。"),
)
"""What a person can do about a decision. Never empty: a decision is not sent without it."""


@dataclass(frozen=True)
class Statement:
    """The parts of a statement of reasons, each from a recorded fact."""

    case: int
    outcome: str
    measure: str | None  # (a) what was done
    beside: tuple[str, ...]  # (a) and what as well: kinds of measures
    ended: str | None  # (a) the kind of measure that the decision ends
    passages: int  # (a) how many of them it is about; the words stand in no statement, for statements are published
    territorial_scope: str  # (a) where: global, or country codes
    starts_at: str | None  # (a) from when, RFC 3339
    ends_at: str | None  # (a) until when; None: until decided otherwise
    facts: str  # (b)
    source: str  # (b) notice or own initiative
    notifier_disclosed: bool  # (b) only where strictly necessary
    asked_by: str  # the court or authority whose order it was, where that may be told
    publisher_told: bool  # an order may forbid it (art. 9(5))
    automated_detection: bool  # (c)
    automated_decision: bool  # (c)
    ground_type: str  # (d), (e)
    ground_ref: str
    ground_explanation: str
    redress: tuple[str, ...]  # (f), of the publisher
    redress_notifier: tuple[str, ...]  # art. 16(5)
    claims: tuple[dict[str, object], ...]  # each with its answer

    def as_dict(self) -> dict[str, object]:
        """Return the parts as they are stored with the decision."""
        lists = {name: list(getattr(self, name)) for name in ("beside", "redress", "redress_notifier", "claims")}
        return asdict(self) | lists


_WORDS = frozenset({"facts", "asked_by", "ground_explanation"})
_OF_CLAIM = ("number", "answer")


def skeleton(stored: Mapping[str, object]) -> dict[str, object]:
    """Return a stored statement without what anybody wrote in it: what was done, where, on what ground, by which means."""
    parts = {field.name for field in fields(Statement)} - _WORDS
    return {name: value for name, value in unclaimed(stored).items() if name in parts} | dict.fromkeys(_WORDS, "")


def unclaimed(stored: Mapping[str, object]) -> dict[str, object]:
    """Return a stored statement in which the claims have their numbers and answers, and no longer anybody's words."""
    claims = stored.get("claims")
    kept = [
        {name: claim[name] for name in _OF_CLAIM if name in claim}
        for claim in (claims if isinstance(claims, list) else ())
    ]
    return {**stored, "claims": kept}


def statement(
    case: int,
    draft: Draft,
    now: datetime,
    source: str = "notice",
    redress: tuple[str, ...] = REDRESS,
    redress_notifier: tuple[str, ...] = REDRESS,
    ended: MeasureKind | None = None,
    claims: Sequence[Claim] = (),
    *,
    notifier_disclosed: bool = False,
    asked_by: str = "",
) -> Statement:
    """Return the statement of reasons for a complete decision taken at `now`.

    `source` says what the case began with; `redress` what can be done about the decision, never nothing; `ended` what
    kind of measure stops with it, `claims` what was answered; `notifier_disclosed` whether the publisher learns who sent a
    notice (17(3)(b)), `asked_by` whose order it was.
    """
    starts_at = draft.starts_at or now
    return Statement(
        case=case,
        outcome=draft.outcome,
        measure=draft.kind,
        beside=draft.terms.beside,
        ended=ended,
        passages=len(draft.terms.passages),
        territorial_scope=", ".join(draft.terms.territory) or "global",
        starts_at=starts_at.isoformat() if draft.kind else None,
        ends_at=draft.ends_at.isoformat() if draft.ends_at else None,
        facts=draft.facts,
        source=source,
        notifier_disclosed=notifier_disclosed,
        asked_by=asked_by,
        publisher_told=not draft.is_silent,
        automated_detection=False,
        automated_decision=False,
        ground_type=draft.ground_type,
        ground_ref=draft.ground_ref,
        ground_explanation=draft.ground_explanation,
        redress=redress or REDRESS,
        redress_notifier=redress_notifier or REDRESS,
        claims=tuple(_said(claim) for claim in claims if claim.answer is not Answer.OPEN),
    )


def _said(claim: Claim) -> dict[str, object]:
    return {"number": claim.number, "ground": claim.ground, "answer": claim.answer, "reasons": claim.reasons}


def beside(stored: Mapping[str, Any]) -> list[str]:
    """Return how that is called which a decision with this stored statement did beside its measure."""
    return [KIND_LABELS[MeasureKind(kind)] for kind in stored.get("beside", ())]


def told(facts: str, explanation: str) -> str:
    """Return what a side is told when nothing was written for it alone."""
    return f"{facts}\n\n{explanation}"


def public(outcome: Outcome, ground_ref: str) -> str:
    """Return what everybody may read of a decision when nothing was written for them: never what was disputed."""
    return f"{OUTCOME_LABELS[outcome]}。依据：{ground_ref}。"


def own_words(stored: str, derived: str) -> str:
    """Return a stored text of a decision when somebody wrote it, or nothing when it is only what follows."""
    return "" if stored == derived else stored


def texts(draft: Draft) -> dict[str, str]:
    """Return the four texts of a decision as they are stored: for staff, for each side, for everybody.

    What was not written follows: both sides are told facts and explanation, everybody the outcome and its ground.
    """
    both = told(draft.facts, draft.ground_explanation)
    return {
        "rationale": draft.rationale,
        "to_notifier": draft.to_notifier or both,
        "to_publisher": draft.to_publisher or both,
        "public": draft.public or public(draft.outcome, draft.ground_ref),
    }
