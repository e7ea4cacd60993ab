"""Decisions that wait for a second person: the list, a look at what one would do, approving it, sending it back."""

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import db, rehearsed, transaction
from tracker.domain.categories import CATEGORIES
from tracker.domain.claims import LABELS as ANSWERS
from tracker.domain.decisions import GROUND_LABELS, OUTCOME_LABELS
from tracker.domain.errors import N_, Conflict, DomainError, Incomplete, InvalidTransition, NotFound
from tracker.domain.refusals import REFUSALS
from tracker.domain.roles import Permission
from tracker.forms.base import seen
from tracker.forms.proposals import ReturnForm
from tracker.models import Proposal
from tracker.queries import concerns, labels
from tracker.queries import proposals as queries
from tracker.render.excerpt import main_part
from tracker.services import effects, guards, proposals
from tracker.services.effects import Effect
from tracker.views import access, due, proposing
from tracker.views.access import needs
from tracker.views.acting import done
from tracker.views.http import gettext, page, site

blueprint = Blueprint("proposals", __name__, url_prefix="/desk")

_PROPOSAL = "/cases/<int(max=2147483647):case_id>/proposals/<int(max=2147483647):number>"


@blueprint.get("/proposals")
@needs(Permission.READ_DESK)
def listed() -> Response:
    found = queries.waiting()
    return page(
        "desk/proposals.html",
        proposals=found,
        clocks=queries.clocks(each.id for each in found),
        labels=CATEGORIES,
        outcomes=OUTCOME_LABELS,
        now=clock.now(),
        due=due,
    )


@blueprint.post(f"{_PROPOSAL}/preview")
@needs(Permission.DECIDE)
def preview(case_id: int, number: int) -> Response:
    access.check_button()
    return _page(case_id, number)


@blueprint.post(f"{_PROPOSAL}/approve")
@needs(Permission.APPROVE)
def approve(case_id: int, number: int) -> AnyResponse:
    access.check_button()
    _found(case_id, number)
    try:
        with transaction():
            proposals.approve(site(), g.account, number, seen(request.form.get("version")), clock.now())
    except (Conflict, Incomplete, InvalidTransition) as error:
        return _page(case_id, number, error)
    return redirect(f"/desk/cases/{case_id}?decided=1", 303)


@blueprint.post(f"{_PROPOSAL}/return")
@needs(Permission.APPROVE)
def send_back(case_id: int, number: int) -> AnyResponse:
    _found(case_id, number)
    form = ReturnForm()
    return done(
        case_id,
        form,
        lambda now, _: proposals.send_back(site(), g.account, number, form.reason.data or "", now),
    )


@blueprint.post(f"{_PROPOSAL}/withdraw")
@needs(Permission.DECIDE)
def withdraw(case_id: int, number: int) -> AnyResponse:
    access.check_button()
    _found(case_id, number)
    with transaction():
        proposals.withdraw(site(), g.account, number, clock.now())
    return redirect(f"/desk/cases/{case_id}?withdrawn=1#deciding", 303)


def _found(case_id: int, number: int) -> Proposal:
    found = db.session.get(Proposal, number)
    if found is None or found.case_id != case_id:
        raise NotFound(N_("没有这个提出的决定。"))
    return found


def _page(case_id: int, number: int, refused: DomainError | None = None) -> Response:
    """Show what a proposal would do now, by trying it; or why it cannot be carried out as it is.

    The mails that it would send name who complains: whoever keeps out of the case is refused.
    """
    guards.require_unconcerned(g.account, concerns.cases_beside(_found(case_id, number).case))
    effect: Effect | None = None
    try:
        effect = _rehearsed(number)
    except (Incomplete, InvalidTransition) as error:
        proposal = _found(case_id, number)
        if proposal.ended_at is not None:
            raise refused or error from None  # it waits no more: whoever was first is named
        refused = error
    proposal = _found(case_id, number)
    waiting = proposing.waiting(proposal, clock.now())
    problems = list(refused.problems.values()) if isinstance(refused, Incomplete) else [refused] if refused else []
    return page(
        "desk/proposal.html",
        refused.status if refused else 200,
        number=case_id,
        case=proposal.case,
        waiting_for=waiting,
        draft=waiting.draft,
        effect=effect,
        readers=main_part(effect.page) if effect and effect.page else "",
        uncover_at=f"/desk/cases/{case_id}/uncover",
        refused=[gettext(problem.message, **problem.values) for problem in problems],
        outcomes=OUTCOME_LABELS,
        grounds=GROUND_LABELS,
        refusals=REFUSALS,
        answers=ANSWERS,
        labels=labels,
        grace=site().config.decision_grace,
        now=clock.now(),
        due=due,
    )


def _rehearsed(number: int) -> Effect:
    """Take the very same decision, look at what it did, and roll it back."""
    return rehearsed(lambda: effects.rehearse_proposal(site(), number, clock.now()))
