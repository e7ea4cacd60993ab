"""The statement of reasons that the answers to the claims make, for a moderator to send or to write anew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tracker.domain.claims import ANSWERS, LABELS, SUPPORTS, Answer
from tracker.domain.decisions import MEASURES, OUTCOME_LABELS, Draft, Outcome
from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.text import bare, nested

_QUOTED = 40


@dataclass(frozen=True)
class Claim:
    """A claim as the statement of reasons sees it; `number` is its place on the sheet, from 1."""

    number: int
    passage: str
    ground: str
    answer: Answer
    reasons: str


def agree(outcome: Outcome, answers: Iterable[Answer]) -> None:
    """Raise Incomplete when a measure shall rest on claims of which none holds."""
    given = list(answers)
    if outcome in MEASURES and outcome is not Outcome.INTERIM and given and not SUPPORTS & set(given):
        problem = DomainError(N_("没有一项主张成立，不能以此采取措施。请改变决定，或者改变对主张的答复。"))
        raise Incomplete({"outcome": problem})


def facts(claims: Sequence[Claim]) -> str:
    """Return the facts that a statement of reasons states when its writer leaves them to the answers.

    Quotes the article at most, never the notifier: it goes to both sides. Of answers without reasons it states what was looked at.
    """
    said = [_fact(claim, is_only=len(claims) == 1) for claim in claims if claim.reasons]
    rest = [claim for claim in claims if not claim.reasons]
    looked_at = _about(rest[0]) if len(claims) == len(rest) == 1 else "这篇文章"
    found = [f"{_named(some, claims)}{LABELS[answer]}" for answer in ANSWERS if (some := _having(rest, answer))]
    return "\n".join([*said, *([f"本站对照通知审查了{looked_at}，{'，'.join(found)}。"] if found else [])])


def _fact(claim: Claim, *, is_only: bool) -> str:
    if is_only:
        return f"关于{_about(claim)}：{claim.reasons}"
    return f"第{claim.number}项，关于{_about(claim)}：{LABELS[claim.answer]}。{claim.reasons}"


def _about(claim: Claim) -> str:
    plain = " ".join(bare(claim.passage).split())
    short = plain if len(plain) <= _QUOTED else f"{plain[:_QUOTED]}……"
    return f"文中“{nested(short)}”" if claim.passage else "这篇文章"


def explanation(claims: Sequence[Claim], outcome: Outcome, ground_ref: str) -> str:
    """Return why the ground applies, as far as it follows from the answers; nothing without both."""
    if not claims or not ground_ref:
        return ""
    said = [f"{_named(some, claims)}{LABELS[answer]}" for answer in ANSWERS if (some := _having(claims, answer))]
    what = "，".join(said)
    grounds = [
        f"第{claim.number}项另依据{claim.ground}。" for claim in claims if claim.ground and claim.ground != ground_ref
    ]
    return f"依照{ground_ref}，{what}，因此{OUTCOME_LABELS[outcome]}。{''.join(grounds)}"


def _having(claims: Sequence[Claim], answer: Answer) -> list[Claim]:
    return [claim for claim in claims if claim.answer is answer]


def _named(some: Sequence[Claim], claims: Sequence[Claim]) -> str:
    numbers = "、".join(str(claim.number) for claim in some)
    return "所提的主张" if len(some) == len(claims) else f"第{numbers}项主张"


def composed(claims: Sequence[Claim], outcome: Outcome, ground_ref: str) -> tuple[str, str]:
    """Return facts and explanation as they follow from the answers; an interim measure answers no claim, whatever is typed."""
    if outcome is Outcome.INTERIM and claims:
        why = f"依照{ground_ref}，{OUTCOME_LABELS[outcome]}。" if ground_ref else ""
        return "本站收到了关于这篇文章的通知，正在审查，还没有作出结论。", why
    return facts(claims), explanation(claims, outcome, ground_ref)


def filled(draft: Draft, claims: Sequence[Claim]) -> Draft:
    """Return the draft with its facts and explanation from the answers where nobody wrote any."""
    found, why = composed(claims, draft.outcome, draft.ground_ref.strip())
    return replace(
        draft, facts=draft.facts.strip() or found, ground_explanation=draft.ground_explanation.strip() or why
    )
