"""Work on a case that decides nothing: drafts, uncovered passages, the claim sheet, second opinions, letters."""

import re
from datetime import datetime

from flask import Blueprint, Response, g, make_response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.errors import DomainError
from tracker.domain.roles import Permission
from tracker.domain.text import number
from tracker.forms import case_page as forms
from tracker.services import case_drafts, claims, exposures, letters, opinions
from tracker.views import access
from tracker.views.access import needs
from tracker.views.acting import done
from tracker.views.case_page import offer, uncover
from tracker.views.http import site

blueprint = Blueprint("case_work", __name__, url_prefix="/desk")

_CASE = "<int(max=2147483647):case_id>"
_PASSAGE = re.compile(r"[a-z0-9-]{1,60}")


@blueprint.post(f"/cases/{_CASE}/draft")
@needs(Permission.DECIDE)
def draft(case_id: int) -> Response:
    """Keep what was typed so far; the script that asks shows when that was, or why it was not."""
    access.check_button()
    now = clock.now()
    try:
        with transaction():
            is_kept = case_drafts.save(g.account, case_id, _form(), request.form, now)
    except DomainError as error:
        return make_response(str(error), error.status)
    return make_response(f"{site().local(now):%H:%M}" if is_kept else "", 200)


@blueprint.post(f"/cases/{_CASE}/save-draft")
@needs(Permission.DECIDE)
def save_draft(case_id: int) -> AnyResponse:
    access.check_button()
    with transaction():
        case_drafts.save(g.account, case_id, _form(), request.form, clock.now())
    return redirect(f"/desk/cases/{case_id}?saved=1", 303)


@blueprint.post(f"/cases/{_CASE}/take-draft")
@needs(Permission.DECIDE)
def take_draft(case_id: int) -> AnyResponse:
    access.check_button()
    with transaction():
        case_drafts.take_over(g.account, case_id, number(request.form.get("account")), _form(), clock.now())
    return redirect(f"/desk/cases/{case_id}", 303)


@blueprint.post(f"/cases/{_CASE}/drop-draft")
@needs(Permission.DECIDE)
def drop_draft(case_id: int) -> AnyResponse:
    access.check_button()
    with transaction():
        case_drafts.discard(g.account, case_id, _form())
    return redirect(f"/desk/cases/{case_id}", 303)


@blueprint.post(f"/cases/{_CASE}/uncover")
@needs(Permission.DECIDE)
def uncover_beside(case_id: int) -> AnyResponse:
    """Show a masked passage of a case, and keep what was typed in the form beside which it stood."""
    access.check_button()
    now, key = clock.now(), _key()
    with transaction():
        if _form():  # on a decided case there is nothing to type in
            case_drafts.save(g.account, case_id, _form(), request.form, now)
        exposures.count(site(), g.account, now)
    uncover(key)
    return redirect(f"/desk/cases/{case_id}#{key}", 303)


@blueprint.post("/uncover")
@needs(Permission.OWN_ACCOUNT)
def uncover_anywhere() -> AnyResponse:
    """Show a masked passage on a page where nothing is typed."""
    access.check_button()
    with transaction():
        exposures.count(site(), g.account, clock.now())
    uncover(key := _key())
    return redirect(f"{access.own_path(request.form.get('next', ''))}#{key}", 303)


def _key() -> str:
    """Return which passage was asked for; a senseless key names none."""
    typed = request.form.get("reveal", "")
    return typed if _PASSAGE.fullmatch(typed) else ""


def _form() -> str:
    return request.form.get("draft", "")


@blueprint.post(f"/cases/{_CASE}/claims")
@needs(Permission.DECIDE)
def put_claim(case_id: int) -> AnyResponse:
    form = forms.ClaimForm()

    def act(now: datetime, key: str) -> None:
        item, claim, version = number(form.item.data), number(form.claim.data), form.seen_version()
        claims.put(site(), g.account, case_id, version, item, claim, form.words(), now, key)

    return done(case_id, form, act)


@blueprint.post(f"/cases/{_CASE}/merge-claims")
@needs(Permission.DECIDE)
def merge_claims(case_id: int) -> AnyResponse:
    form = forms.MergeForm()
    offer(form, case_id)

    def act(now: datetime, key: str) -> None:
        one, other = number(form.claim.data), number(form.into.data)
        claims.merge(site(), g.account, case_id, form.seen_version(), one, other, now, key)

    return done(case_id, form, act)


@blueprint.post(f"/cases/{_CASE}/letter")
@needs(Permission.DECIDE)
def letter(case_id: int) -> AnyResponse:
    form = forms.LetterForm()

    def act(now: datetime, key: str) -> None:
        letters.write(site(), g.account, case_id, number(form.item.data), form.text.data or "", now, key)

    return done(case_id, form, act)


@blueprint.post(f"/cases/{_CASE}/ask-opinion")
@needs(Permission.DECIDE)
def ask_opinion(case_id: int) -> AnyResponse:
    form = forms.OpinionForm()
    offer(form, case_id)

    def act(now: datetime, key: str) -> None:
        opinions.ask(site(), g.account, case_id, form.asked(), form.question.data or "", now, key)

    return done(case_id, form, act)
