"""Who works here: accounts, invitations, roles."""

from flask import Blueprint, Response, g, redirect
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.errors import Incomplete
from tracker.domain.roles import LABELS as ROLES
from tracker.domain.roles import Permission, Role
from tracker.forms.account import InviteForm
from tracker.queries import desk
from tracker.services import accounts
from tracker.views import access
from tracker.views.access import needs
from tracker.views.http import page, site

blueprint = Blueprint("people", __name__, url_prefix="/desk/people")

_NUMBER = "<int(max=2147483647):number>"


@blueprint.get("")
@needs(Permission.READ_PEOPLE)
def people() -> Response:
    return _people(InviteForm())


@blueprint.post("/invite")
@needs(Permission.MANAGE_PEOPLE)
def invite() -> AnyResponse:
    form = InviteForm()
    if not form.validate_on_submit():
        return _people(form, 422)
    try:
        with transaction():
            accounts.invite(site(), g.account, form.email.data, Role(form.role.data), clock.now())
    except Incomplete as error:
        form.refuse(error.problems)
        return _people(form, 422)
    return redirect("/desk/people", 303)


@blueprint.post(f"/{_NUMBER}/disable")
@needs(Permission.MANAGE_PEOPLE)
def disable(number: int) -> AnyResponse:
    access.check_button()
    with transaction():
        accounts.disable(g.account, number, clock.now())
    return redirect("/desk/people", 303)


@blueprint.post(f"/{_NUMBER}/enable")
@needs(Permission.MANAGE_PEOPLE)
def enable(number: int) -> AnyResponse:
    access.check_button()
    with transaction():
        accounts.enable(g.account, number, clock.now())
    return redirect("/desk/people", 303)


def _people(form: InviteForm, status: int = 200) -> Response:
    return page(
        "desk/people.html",
        status,
        form=form,
        people=desk.people(),
        invitations=desk.invitations(clock.now()),
        roles=ROLES,
    )
