"""Who works here: accounts, invitations, roles, factors, sessions, recusals; and who stands behind a handle."""

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import db, transaction
from tracker.domain.errors import N_, Incomplete, NotFound
from tracker.domain.recusals import LABELS as ABOUT
from tracker.domain.recusals import About
from tracker.domain.roles import LABELS as ROLES
from tracker.domain.roles import Permission, Role
from tracker.domain.text import clean_line
from tracker.forms.account import HandleForm, InviteForm, RecusalForm, RoleForm
from tracker.models import Account
from tracker.queries import concerns
from tracker.queries import people as query
from tracker.services import accounts, factors, handles, links, recusals, sessions
from tracker.views import access
from tracker.views.access import needs
from tracker.views.errors import refuse
from tracker.views.http import page, site

blueprint = Blueprint("people", __name__, url_prefix="/desk/people")

_NUMBER = "<int(max=2147483647):number>"


@blueprint.get("")
@needs(Permission.READ_PEOPLE)
def people() -> Response:
    return _people(InviteForm(formdata=None))


@blueprint.post("/invite")
@needs(Permission.MANAGE_PEOPLE, fresh=True)
def invite() -> AnyResponse:
    form = InviteForm()
    if not form.validate_on_submit():
        return _people(form, 422)
    try:
        with transaction():
            accounts.invite(site(), g.account, form.email.data, Role(form.role.data), clock.now())
    except Incomplete as error:
        return _people(form, refuse(form, error))
    return redirect("/desk/people?done=invited", 303)


@blueprint.post(f"/invitations/{_NUMBER}/take-back")
@needs(Permission.MANAGE_PEOPLE, fresh=True)
def take_back(number: int) -> AnyResponse:
    access.check_button()
    with transaction(while_read_only=True):
        links.take_back(g.account, number, clock.now())
    return redirect("/desk/people?done=taken-back", 303)


@blueprint.post("/handle")
@needs(Permission.MANAGE_PEOPLE, fresh=True)
def resolve_handle() -> Response:
    form = HandleForm()
    if not form.validate_on_submit():
        return _people(InviteForm(formdata=None), 422, handle_form=form)
    try:
        with transaction():
            found = handles.resolve(site(), g.account, form.case_number(), form.handle.data or "", clock.now())
    except Incomplete as error:
        return _people(InviteForm(formdata=None), refuse(form, error), handle_form=form)
    return _people(InviteForm(formdata=None), handle_form=form, resolved=found)


@blueprint.get(f"/{_NUMBER}")
@needs(Permission.READ_PEOPLE)
def person(number: int) -> Response:
    return _person(number)


@blueprint.post(f"/{_NUMBER}/role")
@needs(Permission.MANAGE_PEOPLE, fresh=True)
def change_role(number: int) -> AnyResponse:
    form = RoleForm()
    if not form.validate_on_submit():
        return _person(number, 422, role_form=form)
    with transaction():
        accounts.change_role(g.account, number, Role(form.role.data), clock.now())
    return redirect(f"/desk/people/{number}?done=role", 303)


@blueprint.post(f"/{_NUMBER}/factors/reset")
@needs(Permission.MANAGE_PEOPLE, fresh=True)
def reset_factors(number: int) -> AnyResponse:
    access.check_button()
    with transaction():
        factors.reset(site(), g.account, number, clock.now())
    return redirect(f"/desk/people/{number}?done=factors", 303)


@blueprint.post(f"/{_NUMBER}/sessions/end")
@needs(Permission.MANAGE_PEOPLE)
def end_sessions(number: int) -> AnyResponse:
    access.check_button()
    one = request.form.get("session")
    with transaction(while_read_only=True):
        if one:
            sessions.end(g.account, number, clean_line(one), clock.now())
        else:
            sessions.end_every(g.account, number, clock.now())
    return redirect(f"/desk/people/{number}?done=sessions", 303)


@blueprint.post(f"/{_NUMBER}/recusals")
@needs(Permission.MANAGE_PEOPLE)
def add_recusal(number: int) -> AnyResponse:
    form = RecusalForm()
    if not form.validate_on_submit():
        return _person(number, 422, recusal_form=form)
    try:
        with transaction():
            recusals.put(g.account, number, About(form.about.data), form.value.data or "", clock.now())
    except Incomplete as error:
        return _person(number, refuse(form, error), recusal_form=form)
    return redirect(f"/desk/people/{number}?done=recusal", 303)


@blueprint.post(f"/{_NUMBER}/recusals/<int(max=2147483647):recusal>/lift")
@needs(Permission.MANAGE_PEOPLE)
def lift_recusal(number: int, recusal: int) -> AnyResponse:
    access.check_button()
    with transaction():
        recusals.lift(g.account, number, recusal, clock.now())
    return redirect(f"/desk/people/{number}?done=lifted", 303)


@blueprint.post(f"/{_NUMBER}/disable")
@needs(Permission.MANAGE_PEOPLE)
def disable(number: int) -> AnyResponse:
    access.check_button()
    with transaction(while_read_only=True):
        accounts.disable(g.account, number, clock.now())
    return redirect("/desk/people", 303)


@blueprint.post(f"/{_NUMBER}/enable")
@needs(Permission.MANAGE_PEOPLE)
def enable(number: int) -> AnyResponse:
    access.check_button()
    with transaction():
        accounts.enable(g.account, number, clock.now())
    return redirect("/desk/people", 303)


def _people(
    form: InviteForm, status: int = 200, handle_form: HandleForm | None = None, resolved: Account | None = None
) -> Response:
    now, shown = clock.now(), handle_form or HandleForm(formdata=None)
    return page(
        "desk/people.html",
        status,
        done=request.args.get("done"),
        form=form,
        handle_form=shown,
        resolved=resolved,
        wrong=[*form.wrong(), *shown.wrong()],
        people=query.people(),
        invitations=query.invitations(now),
        held=query.factors(),
        required=site().config.second_factor_roles,
        roles=ROLES,
    )


def _person(
    number: int, status: int = 200, role_form: RoleForm | None = None, recusal_form: RecusalForm | None = None
) -> Response:
    account = db.session.get(Account, number)
    if account is None:
        raise NotFound(N_("没有这个账号。"))
    shown = (
        role_form or RoleForm(formdata=None, role=account.role.value),
        recusal_form or RecusalForm(formdata=None),
    )
    return page(
        "desk/person.html",
        status,
        done=request.args.get("done"),
        person=account,
        role_form=shown[0],
        recusal_form=shown[1],
        wrong=[wrong for each in shown for wrong in each.wrong()],
        factors=factors.of(account),
        is_required=factors.is_required(site(), account.role),
        sessions=sessions.of(number, clock.now()),
        recusals=concerns.declared_by(number),
        may_lift=recusals.may_lift,
        roles=ROLES,
        about=ABOUT,
    )
