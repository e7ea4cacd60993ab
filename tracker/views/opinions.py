"""A second opinion: the page that a link in a mail opens, and the answer."""

from datetime import datetime

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.categories import CATEGORIES
from tracker.domain.errors import Incomplete
from tracker.domain.opinions import LABELS, View
from tracker.domain.roles import Permission
from tracker.forms.case_page import AnswerForm, AnswerOnCaseForm
from tracker.models import Opinion
from tracker.services import opinions
from tracker.views.access import needs, public
from tracker.views.acting import done
from tracker.views.http import closed_page, site

blueprint = Blueprint("opinions", __name__)

_NUMBER = "<int(max=2147483647):number>"


@blueprint.get(f"/opinions/{_NUMBER}")
@public
def opinion(number: int) -> Response:
    found = opinions.opened(site(), number, request.args.get("code", ""), clock.now())
    return _shown(found, AnswerForm(formdata=None))


@blueprint.post(f"/opinions/{_NUMBER}")
@public
def answer(number: int) -> AnyResponse:
    """Take the answer of whoever holds the link; the colleague who was asked need not sign in."""
    now = clock.now()
    found = opinions.opened(site(), number, request.args.get("code", ""), now)
    form = AnswerForm()
    if not form.validate_on_submit():
        return _shown(found, form, 422)
    try:
        with transaction():
            opinions.give(site(), number, found.asked_of_id, View(form.view.data), form.remark.data or "", now)
    except Incomplete as error:
        form.refuse(error.problems)
        return _shown(found, form, 422)
    return redirect(request.full_path, 303)


@blueprint.post(f"/desk/cases/<int(max=2147483647):case_id>/opinions/{_NUMBER}")
@needs(Permission.DECIDE)
def answer_on_case(case_id: int, number: int) -> AnyResponse:
    form = AnswerOnCaseForm()

    def act(now: datetime, _: str) -> None:
        opinions.give(site(), number, g.account.id, View(form.view.data), form.remark.data or "", now)

    return done(case_id, form, act, "#opinions")


def _shown(found: Opinion, form: AnswerForm, status: int = 200) -> Response:
    return closed_page(
        "opinions/answer.html",
        status,
        opinion=found,
        case=found.case,
        category=CATEGORIES[found.case.category].label,
        form=form,
        views=LABELS,
    )
