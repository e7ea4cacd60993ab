"""Sharing work on a case: taking it up, handing it over, giving it back, and who is looking at it."""

import re
from contextlib import suppress
from datetime import datetime

from flask import Blueprint, Response, g, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import UNWRITTEN, db, transaction
from tracker.domain.errors import N_, Conflict, Incomplete, InvalidTransition
from tracker.domain.roles import Permission
from tracker.domain.text import number
from tracker.forms.sharing import HandOverForm, TakeUpForm
from tracker.models import Account
from tracker.queries import colleagues, queue_words
from tracker.queries.queue import leases as held_leases
from tracker.services import cases, leases, threads
from tracker.views import access, acting
from tracker.views.access import needs
from tracker.views.http import account, site

blueprint = Blueprint("sharing", __name__, url_prefix="/desk/cases")

_CASE = "<int(max=2147483647):case_id>"
_ACT = re.compile(r"/desk/cases/(\d{1,9})/[a-z-]+(?:/.*)?")


@blueprint.post(f"/{_CASE}/take-up")
@needs(Permission.DECIDE)
def take_up(case_id: int) -> AnyResponse:
    form = TakeUpForm()
    access.check_button()
    try:
        with transaction():
            leases.claim(site(), g.account, case_id, clock.now(), form.note.data or "", form.act_key())
    except (Conflict, InvalidTransition) as error:
        return acting.again(case_id, form, error.status, error)
    return redirect(f"/desk/cases/{case_id}", 303)


@blueprint.post(f"/{_CASE}/hand-over")
@needs(Permission.DECIDE)
def hand_over(case_id: int) -> AnyResponse:
    form = HandOverForm()
    form.offer(colleagues.whose(cases.found(case_id), g.account, clock.now()).others)
    access.check_button()
    key = form.act_key()
    try:
        with transaction():
            cases.reserved([case_id])
            if not threads.is_known(key):
                to, note = number(form.to.data), form.note.data or ""
                leases.hand_over(site(), g.account, case_id, to, note, clock.now(), key)
    except Incomplete as error:
        form.refuse(error.problems)
        return acting.again(case_id, form, 422)
    except InvalidTransition as error:
        return acting.again(case_id, form, error.status, error)
    return redirect("/desk/", 303)


@blueprint.post(f"/{_CASE}/release")
@needs(Permission.DECIDE)
def release(case_id: int) -> AnyResponse:
    access.check_button()
    with transaction():
        leases.release(site(), g.account, case_id, clock.now())
    return redirect("/desk/", 303)


@blueprint.post(f"/{_CASE}/presence")
@needs(Permission.DECIDE)
def presence(case_id: int) -> Response:
    """Take a sign of life from the page of a case; answer with who else is there and whether the case has changed."""
    access.check_button()
    version, now = cases.found(case_id).version, clock.now()
    with suppress(*UNWRITTEN), transaction():
        leases.see(g.account, case_id, now)
    lease = held_leases([case_id], now).get(case_id)
    held = queue_words.held(lease, now) if lease else ""
    return jsonify(said=_news(case_id, version, number(request.form.get("version")), now), held=held)


def _news(case_id: int, version: int, seen: int, now: datetime) -> str:
    """Return what somebody who has the page open should know, in one sentence each."""
    said = []
    if seen and version != seen:
        said.append(N_("案件刚刚有了变化，刷新后可见；您写的内容不会丢。"))
    viewers = colleagues.viewers(case_id, g.account, now)
    if viewers:
        said.append(f"{'、'.join(viewers)}也在看。")
    return "".join(said)


@blueprint.after_app_request
def _renew(response: Response) -> Response:
    """Working on a case renews its lease: every act on it that went through counts."""
    found = _ACT.fullmatch(request.path)
    who = account()
    if found and who and request.method == "POST" and response.status_code < 400 and request.blueprint != "sharing":
        with suppress(*UNWRITTEN), transaction():
            member = db.session.get(Account, who.id)
            if member is not None:
                leases.renew(member, int(found[1]), clock.now())
    return response
