"""Doing one act on a case, and going back to it or showing the form again."""

from collections.abc import Callable
from datetime import datetime

from flask import Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.errors import Conflict, DomainError, Incomplete, InvalidTransition
from tracker.forms import filling
from tracker.forms.case_acts import ActForm
from tracker.services import case_drafts, cases, threads
from tracker.views.http import gettext, page, site


def done(case_id: int, form: ActForm, act: Callable[[datetime, str], object], said: str = "?did=1") -> AnyResponse:
    """Do one act and return to the case; the same key again does nothing, what is refused shows the form again."""
    if filling.insert(form, site(), case_id, g.account, clock.now()):
        return again(case_id, form, 200)
    if not form.validate_on_submit():
        return again(case_id, form, 422)
    key = form.act_key()
    try:
        with transaction():
            cases.reserved([case_id])  # of the same form sent twice at once, the second waits and finds the first
            if not threads.is_known(key):
                act(clock.now(), key)
            case_drafts.discard(g.account, case_id, request.form.get("draft", "")[:60])
    except Incomplete as error:
        form.refuse(error.problems)
        return again(case_id, form, 422)
    except (Conflict, InvalidTransition) as error:
        return again(case_id, form, error.status, error)
    return redirect(f"/desk/cases/{case_id}{said}", 303)


def again(case_id: int, form: ActForm, status: int, refused: DomainError | None = None) -> Response:
    """Show the form of an act with all that was typed: to send against the newest version, or else only to read."""
    case = cases.found(case_id)
    if isinstance(refused, Conflict):
        form.version.data = str(case.version)
    return page(
        "desk/act.html",
        status,
        case=case,
        form=form,
        path=request.path,
        draft=request.form.get("draft", ""),
        conflict=gettext(refused.message, **refused.values) if refused else "",
        may_resend=not isinstance(refused, InvalidTransition),
    )
