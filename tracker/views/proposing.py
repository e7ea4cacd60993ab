"""What the pages show of a decision that waits for a second person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import g

from tracker.domain import approval, reasoning
from tracker.domain.approval import Fate
from tracker.domain.claims import Answer
from tracker.domain.decisions import GROUND_LABELS, OUTCOME_LABELS, Draft
from tracker.domain.refusals import REFUSALS, Refusal
from tracker.domain.roles import Permission
from tracker.domain.visibility import KIND_LABELS, SPEAKERS, MeasureKind, Speaker
from tracker.forms.case_acts import ActForm, blank
from tracker.forms.proposals import ReturnForm
from tracker.models import Account, Case, Clock, Proposal
from tracker.queries import concerns
from tracker.queries import proposals as queries
from tracker.services import claims, measures, proposals
from tracker.views.http import gettext, may, site


@dataclass(frozen=True)
class Waiting:
    """A proposal as its case shows it: what it says, until when, who may answer it, and what happens if nobody does."""

    proposal: Proposal
    draft: Draft
    rows: list[tuple[str, str]]
    replies: list[reasoning.Claim]
    clock: Clock | None
    others: list[Account]  # who could approve it
    meanwhile: str  # the interim measure that would stand in, in words; empty for none
    is_own: bool
    is_impartial: bool
    may_approve: bool
    has_changed: bool
    returning: ActForm | None


def waiting(proposal: Proposal, now: datetime) -> Waiting:
    """Return a proposal that waits, as whoever is signed in sees it."""
    case, draft = proposal.case, approval.read(proposal.draft)
    is_own, is_impartial = proposal.proposed_by_id == g.account.id, concerns.is_impartial(g.account, case)
    may_approve = may(Permission.APPROVE) and is_impartial and not is_own
    stands_in = approval.meanwhile(draft, now)
    return Waiting(
        proposal=proposal,
        draft=draft,
        rows=_rows(draft),
        replies=[claim for claim in claims.stated(case, draft.replies) if claim.answer is not Answer.OPEN],
        clock=queries.clocks([proposal.id]).get(proposal.id),
        others=proposals.approvers(case, proposal.proposed_by_id),
        meanwhile=_said(stands_in) if stands_in and measures.open_of(case, now) is None else "",
        is_own=is_own,
        is_impartial=is_impartial,
        may_approve=may_approve,
        has_changed=proposal.case_version != case.version,
        returning=blank(ReturnForm, case) if may_approve else None,
    )


def _said(stands_in: Draft) -> str:
    return KIND_LABELS[MeasureKind.MASK] if stands_in.kind is MeasureKind.MASK else "暂停展示"


def parts(case: Case, now: datetime) -> dict[str, Any]:
    """Return what the page of a case shows: what waits on it, or was sent back and not taken up again."""
    last = queries.last(case)
    is_over = case.decided_at is not None or case.closed_at is not None
    return {
        "waiting_for": waiting(last, now) if last and last.state is Fate.OPEN else None,
        "returned": last if last and last.state is Fate.RETURNED and not is_over else None,
        "approved": queries.approved(case),
    }


def _rows(draft: Draft) -> list[tuple[str, str]]:
    """Return what a proposal says, each part with its name; what was left empty is left out."""
    terms = draft.terms
    said = [
        ("决定", gettext(OUTCOME_LABELS[draft.outcome])),
        ("依据", f"{gettext(GROUND_LABELS[draft.ground_type])}：{draft.ground_ref}"),
        ("为什么适用", draft.ground_explanation),
        ("事实", draft.facts),
        ("不采取措施的理由", gettext(REFUSALS[Refusal(draft.refusal)].label) if draft.refusal else ""),
        ("明显", "是" if draft.is_manifest else ""),
        ("说明", gettext(terms.label_words) if terms.label_words else ""),
        ("谁的回应", gettext(SPEAKERS[Speaker(terms.speaker)]) if terms.speaker else ""),
        ("回应人", terms.speaker_name),
        ("公开的话", terms.words),
        ("同时加注", gettext(terms.also_label_words) if terms.also_label_words else ""),
        ("同时附上的回应", terms.also_reply),
        *((f"原文 {n}", _passage(passage)) for n, passage in enumerate(terms.passages, 1)),
        ("从何时起", f"{site().local(draft.starts_at):%Y-%m-%d %H:%M}" if draft.starts_at else ""),
        ("到何时止", f"{site().local(draft.ends_at):%Y-%m-%d %H:%M}" if draft.ends_at else ""),
        ("地区", ", ".join(terms.territory)),
        ("暂不告知发布者", "是" if draft.is_silent else ""),
        ("内部理由", draft.rationale),
        ("只写给通知人", draft.to_notifier),
        ("只写给发布者", draft.to_publisher),
        ("公开说明", draft.public),
    ]
    return [(label, text) for label, text in said if text]


def _passage(passage: Any) -> str:
    return f"{passage.exact} → {passage.replacement}" if passage.replacement else str(passage.exact)
