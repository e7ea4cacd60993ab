"""What the parties of a case answer each other: proof, replies, mails that did not arrive, disputes, taking up again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import db
from tracker.domain.defamation import NEXT, REMOVES
from tracker.domain.lifecycle import LABELS, Event
from tracker.domain.redress import CounterState
from tracker.domain.roles import Permission
from tracker.domain.serving import Way
from tracker.domain.text import number
from tracker.forms import redress_acts as forms
from tracker.forms.case_acts import ActForm, blank
from tracker.models import Case, CounterNotice, Notice, Proceedings, Reply
from tracker.queries import case_life, labels, redress
from tracker.services import (
    cases,
    defamation,
    disputes,
    guards,
    proceedings,
    public_notices,
    reopening,
    replies,
    serving,
    undelivered,
)
from tracker.views.access import needs
from tracker.views.acting import done
from tracker.views.http import may, page, site

blueprint = Blueprint("redress", __name__, url_prefix="/desk/cases")

_CASE = "<int(max=2147483647):case_id>"


@blueprint.get(f"/{_CASE}/redress")
@needs(Permission.READ_DESK)
def show(case_id: int) -> Response:
    case = cases.found(case_id)
    guards.require_unconcerned(g.account, {case.id})
    possible, may_act = case_life.events(case.state), may(Permission.DECIDE)
    return page(
        "desk/redress.html",
        case=case,
        states=LABELS,
        labels=labels,
        undelivered=[
            (mail, _blank(forms.ServedForm, case, mail=mail.id) if may_act else None)
            for mail in undelivered.failed(case)
        ],
        public_notice=public_notices.standing(case),
        proofs=_proofs(case),
        register=_if(
            may_act and any(_waits(counter) for counter in case.counter_notices), forms.RegisterProofForm, case
        ),
        put_up=_put_up(case, clock.now()) if may_act else None,
        replies=_replies(case),
        tell=_if(may_act and bool(replies.refused(case)), forms.TellForm, case),
        branches=_branches(case),
        disputes=case.disputes,
        dispute=_dispute(case) if may(Permission.REOPEN) and Event.ODS_OPENED in possible else None,
        reopen=_if(may(Permission.REOPEN) and Event.REOPEN in possible, forms.ReopenForm, case),
    )


def _blank(kind: type[Any], case: Case, **values: object) -> Any:
    return blank(kind, case, **{name: str(value) for name, value in values.items()})


def _if(holds: bool, kind: type[ActForm], case: Case, **values: object) -> ActForm | None:
    return _blank(kind, case, **values) if holds else None


def _waits(counter: CounterNotice) -> bool:
    return counter.state is CounterState.FORWARDED


def _proofs(case: Case) -> list[tuple[Proceedings, list[tuple[str, ActForm]]]]:
    """Return each proof that came, with the two ways to judge it while that is open."""
    rows: list[tuple[Proceedings, list[tuple[str, ActForm]]]] = []
    kinds = (("confirm-proof", forms.ConfirmProofForm), ("refuse-proof", forms.RefuseProofForm))
    for proof in (proof for counter in case.counter_notices for proof in counter.proceedings):
        is_open = proof.judged_at is None and _waits(proof.counter) and may(Permission.DECIDE)
        rows.append((proof, [(name, _blank(kind, case, proof=proof.id)) for name, kind in kinds] if is_open else []))
    return rows


def _replies(case: Case) -> list[tuple[Reply, list[tuple[str, str]], ActForm | None]]:
    """Return each reply with its answers in words, and the form to find it false while that matters."""
    rows: list[tuple[Reply, list[tuple[str, str]], ActForm | None]] = []
    for reply in case.replies:
        matters = reply.false_at is None and reply.told_at is None and case.decided_at is None
        form = _if(matters and may(Permission.DECIDE), forms.FalseForm, case, reply=reply.id)
        rows.append((reply, redress.answers(reply), form))
    return rows


def _branches(case: Case) -> list[tuple[Notice, str, bool]]:
    """Return where each British complaint of an undecided case stands, and whether it ends in removal."""
    found = [(item.notice, defamation.branch_of(item)) for item in case.items if item.ended is None]
    return [(notice, NEXT[branch], branch in REMOVES) for notice, branch in found if branch is not None]


def _put_up(case: Case, now: datetime) -> ActForm | None:
    if not public_notices.may_put_up(case, now):
        return None
    return blank(forms.PublicNoticeForm, case, text=public_notices.proposal(case))


def _dispute(case: Case) -> forms.DisputeForm:
    form = blank(forms.DisputeForm, case)
    form.offer([(party, redress.party(party)) for party in disputes.parties(case)])
    return form


def _done(case_id: int, form: ActForm, act: Callable[[datetime, str], object]) -> AnyResponse:
    return done(case_id, form, act, "/redress")


@blueprint.post(f"/{_CASE}/redress/confirm-proof")
@needs(Permission.DECIDE)
def confirm_proof(case_id: int) -> AnyResponse:
    form = forms.ConfirmProofForm()

    def act(now: datetime, _: str) -> None:
        proceedings.confirm(site(), g.account, case_id, form.seen_version(), number(form.proof.data), now)

    return _done(case_id, form, act)


@blueprint.post(f"/{_CASE}/redress/refuse-proof")
@needs(Permission.DECIDE)
def refuse_proof(case_id: int) -> AnyResponse:
    form = forms.RefuseProofForm()

    def act(now: datetime, key: str) -> None:
        chosen, text = number(form.proof.data), form.text.data or ""
        proceedings.refuse(site(), g.account, case_id, form.seen_version(), chosen, text, now, key)

    return _done(case_id, form, act)


@blueprint.post(f"/{_CASE}/redress/register-proof")
@needs(Permission.DECIDE)
def register_proof(case_id: int) -> AnyResponse:
    form = forms.RegisterProofForm()

    def act(now: datetime, key: str) -> None:
        at, text, files = form.at(site().zone), form.text.data or "", form.attachments()
        proceedings.register(site(), g.account, case_id, form.seen_version(), at, text, files, now, key)

    return _done(case_id, form, act)


@blueprint.post(f"/{_CASE}/redress/served")
@needs(Permission.DECIDE)
def served(case_id: int) -> AnyResponse:
    form = forms.ServedForm()

    def act(now: datetime, key: str) -> None:
        mail, way, at = number(form.mail.data), Way(form.way.data), form.at(site().zone)
        text = form.text.data or ""
        serving.by_hand(site(), g.account, case_id, form.seen_version(), mail, way, at, text, now, key)

    return _done(case_id, form, act)


@blueprint.post(f"/{_CASE}/redress/public-notice")
@needs(Permission.DECIDE)
def public_notice(case_id: int) -> AnyResponse:
    form = forms.PublicNoticeForm()

    def act(now: datetime, _: str) -> None:
        public_notices.put_up(site(), g.account, case_id, form.seen_version(), form.text.data or "", now)

    return _done(case_id, form, act)


@blueprint.post(f"/{_CASE}/redress/tell")
@needs(Permission.DECIDE)
def tell(case_id: int) -> AnyResponse:
    form = forms.TellForm()
    return _done(case_id, form, lambda now, _: replies.tell(site(), g.account, case_id, form.seen_version(), now))


@blueprint.post(f"/{_CASE}/redress/false-reply")
@needs(Permission.DECIDE)
def false_reply(case_id: int) -> AnyResponse:
    form = forms.FalseForm()

    def act(now: datetime, key: str) -> None:
        chosen, reason = number(form.reply.data), form.reason.data or ""
        replies.find_false(site(), g.account, case_id, form.seen_version(), chosen, reason, now, key)

    return _done(case_id, form, act)


@blueprint.post(f"/{_CASE}/redress/dispute")
@needs(Permission.REOPEN)
def dispute(case_id: int) -> AnyResponse:
    form = forms.DisputeForm()
    case = db.session.get(Case, case_id)
    form.offer([(party, redress.party(party)) for party in disputes.parties(case)] if case else [])

    def act(now: datetime, _: str) -> None:
        said = (form.party.data or "", form.body.data or "", form.reference.data or "")
        disputes.open_one(site(), g.account, case_id, form.seen_version(), *said, now)

    return _done(case_id, form, act)


@blueprint.post(f"/{_CASE}/redress/reopen")
@needs(Permission.REOPEN)
def reopen(case_id: int) -> AnyResponse:
    form = forms.ReopenForm()

    def act(now: datetime, key: str) -> None:
        reopening.reopen(site(), g.account, case_id, form.seen_version(), form.reason.data or "", now, key)

    return _done(case_id, form, act)
