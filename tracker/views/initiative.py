"""Opening a case without a notice: a moderator names the article, the category and why."""

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.categories import CategoryName
from tracker.domain.errors import Conflict, Incomplete
from tracker.domain.roles import Permission
from tracker.forms.base import new_key
from tracker.forms.initiative import InitiativeForm
from tracker.services import initiative
from tracker.views.access import needs
from tracker.views.http import gettext, page, site

blueprint = Blueprint("initiative", __name__, url_prefix="/desk/initiative")


@blueprint.get("")
@needs(Permission.DECIDE)
def start() -> Response:
    form = InitiativeForm(formdata=None, data={"key": new_key(), "address": request.args.get("article", "")})
    return page("desk/initiative.html", form=form)


@blueprint.post("")
@needs(Permission.DECIDE)
def open_case() -> AnyResponse:
    form = InitiativeForm()
    if not form.validate_on_submit():
        return page("desk/initiative.html", 422, form=form)
    category, said = CategoryName(form.category.data), (form.address.data or "", form.reason.data or "")
    try:
        with transaction():
            case = initiative.open_case(site(), g.account, said[0], category, said[1], clock.now(), form.act_key())
            number = case.id
    except Incomplete as error:
        form.refuse(error.problems)
        return page("desk/initiative.html", 422, form=form)
    except Conflict as error:
        form.form_errors.append(gettext(error.message, **error.values))
        return page("desk/initiative.html", error.status, form=form, other=error.values["number"])
    return redirect(f"/desk/cases/{number}", 303)
