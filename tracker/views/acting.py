"""Doing one act on a case, and going back to it or showing the form again."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from flask import Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.errors import Conflict, DomainError, Incomplete, InvalidTransition
from tracker.forms import filling
from tracker.forms.case_acts import ActForm
from tracker.services import case_drafts, cases, threads
from tracker.views.http import gettext, page, site


class Shown(Protocol):
    """Shows the form of an act again, after a refusal if there was one."""

    def __call__(self, case_id: int, form: ActForm, status: int, refused: DomainError | None = None, /) -> Response: ...


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


def done(
    case_id: int, form: ActForm, act: Callable[[datetime, str], object], said: str = "?did=1", show: Shown = again
) -> AnyResponse:
    """Do one act and return to the case, or to the page of it that `said` names; the same key again does nothing.

    What is refused is shown by `show`.
    """
    if filling.insert(form, site(), case_id, g.account, clock.now()):
        return show(case_id, form, 200)
    if not form.validate_on_submit():
        return show(case_id, form, 422)
    key = form.act_key()
    try:
        with transaction():
            cases.reserved([case_id])  # of the same form sent twice at once, the second waits and finds the first
            if not threads.is_known(key):
                act(clock.now(), key)
            case_drafts.discard(g.account, case_id, request.form.get("draft", "")[:60])
    except Incomplete as error:
        form.refuse(error.problems)
        return show(case_id, form, 422)
    except (Conflict, InvalidTransition) as error:
        return show(case_id, form, error.status, error)
    return redirect(f"/desk/cases/{case_id}{said}", 303)
