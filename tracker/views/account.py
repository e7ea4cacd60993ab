"""One's own account: name, password, sessions, recusals; and the links that let people in."""

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.errors import Incomplete, TooMany
from tracker.domain.recusals import LABELS as ABOUT
from tracker.domain.recusals import About
from tracker.domain.roles import LABELS, Permission
from tracker.domain.text import clean_line
from tracker.forms.account import (
    ChangePasswordForm,
    FirstAdminForm,
    ForgottenForm,
    JoinForm,
    NameForm,
    NewPasswordForm,
    RecusalForm,
)
from tracker.forms.base import Form
from tracker.models import Link
from tracker.queries import concerns
from tracker.services import accounts, factors, links, recusals, sessions
from tracker.views import access
from tracker.views.access import needs, public
from tracker.views.errors import refuse
from tracker.views.http import page, site

blueprint = Blueprint("account", __name__, url_prefix="/account")

_NUMBER = "<int(max=2147483647):link_id>"


@blueprint.post("/sign-out")
@needs(Permission.OWN_ACCOUNT, sets_up=True)
def sign_out() -> AnyResponse:
    access.check_button()
    with transaction(while_read_only=True):
        sessions.sign_out(g.account, access.token(), clock.now())
    access.let_out()
    return redirect("/account/sign-in", 303)


@blueprint.post("/sign-out-everywhere")
@needs(Permission.OWN_ACCOUNT, sets_up=True)
def sign_out_everywhere() -> AnyResponse:
    access.check_button()
    with transaction(while_read_only=True):
        sessions.sign_out_everywhere(g.account, clock.now())
    access.let_out()
    return redirect("/account/sign-in", 303)


@blueprint.get("/")
@needs(Permission.OWN_ACCOUNT)
def overview() -> Response:
    return _overview()


@blueprint.post("/name")
@needs(Permission.OWN_ACCOUNT)
def rename() -> AnyResponse:
    form = NameForm()
    if not form.validate_on_submit():
        return _overview(422, name_form=form)
    try:
        with transaction():
            accounts.rename(g.account.id, form.name.data or "", clock.now())
    except Incomplete as error:
        return _overview(refuse(form, error), name_form=form)
    return redirect("/account/?done=name", 303)


@blueprint.post("/password")
@needs(Permission.OWN_ACCOUNT)
def change_password() -> AnyResponse:
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            token = _changed(form)
        except (Incomplete, TooMany) as error:
            return _overview(refuse(form, error), form=form)
        access.let_in(token)
        return redirect("/account/?done=password", 303)
    return _overview(422, form=form)


@blueprint.post("/sessions/end")
@needs(Permission.OWN_ACCOUNT)
def end_session() -> AnyResponse:
    access.check_button()
    with transaction(while_read_only=True):
        sessions.end(g.account, g.account.id, clean_line(request.form.get("session", "")), clock.now())
    return redirect("/account/?done=session#sessions", 303)


@blueprint.post("/recusals")
@needs(Permission.OWN_ACCOUNT)
def add_recusal() -> AnyResponse:
    form = RecusalForm()
    if not form.validate_on_submit():
        return _overview(422, recusal_form=form)
    try:
        with transaction():
            recusals.put(g.account, g.account.id, About(form.about.data), form.value.data or "", clock.now())
    except Incomplete as error:
        return _overview(refuse(form, error), recusal_form=form)
    return redirect("/account/?done=recusal#recusals", 303)


@blueprint.post("/recusals/<int(max=2147483647):number>/lift")
@needs(Permission.OWN_ACCOUNT)
def lift_recusal(number: int) -> AnyResponse:
    access.check_button()
    with transaction():
        recusals.lift(g.account, g.account.id, number, clock.now())
    return redirect("/account/?done=lifted#recusals", 303)


def _overview(
    status: int = 200,
    form: ChangePasswordForm | None = None,
    name_form: NameForm | None = None,
    recusal_form: RecusalForm | None = None,
) -> Response:
    now = clock.now()
    shown = (
        name_form or NameForm(formdata=None, name=g.account.name),
        form or ChangePasswordForm(formdata=None),
        recusal_form or RecusalForm(formdata=None),
    )
    return page(
        "account/overview.html",
        status,
        done=request.args.get("done"),
        name_form=shown[0],
        form=shown[1],
        recusal_form=shown[2],
        wrong=[wrong for each in shown for wrong in each.wrong()],
        roles=LABELS,
        about=ABOUT,
        factors=factors.of(g.account),
        is_required=factors.is_required(site(), g.account.role),
        sessions=sessions.of(g.account.id, now),
        this_session=g.session.id,
        recusals=concerns.declared_by(g.account.id),
        may_lift=recusals.may_lift,
    )


def _changed(form: ChangePasswordForm) -> str:
    now, address = clock.now(), request.remote_addr or ""
    password_hash = sessions.hashed(form.password.data)
    with transaction():
        sessions.count_attempt(site(), g.account.email, address, now)
    try:
        proof = sessions.identify(g.account.email, form.current.data)
    except Incomplete as error:
        raise Incomplete({"current": error.problems[""]}) from None
    with transaction():
        return sessions.change_password(site(), proof, password_hash, address, now, access.agent())


@blueprint.route("/forgotten", methods=["GET", "POST"])
@public
def forgotten() -> Response:
    form = ForgottenForm()
    if form.validate_on_submit():
        try:
            with transaction():
                links.request_reset(site(), form.email.data, request.remote_addr or "", clock.now())
        except TooMany as error:
            return page("account/forgotten.html", refuse(form, error), form=form, is_sent=False)
        return page("account/forgotten.html", form=form, is_sent=True)
    return page("account/forgotten.html", _status(form), form=form, is_sent=False)


@blueprint.get(f"/links/{_NUMBER}")
@public
def link(link_id: int) -> Response:
    found = links.open_link(site(), link_id, request.args.get("code", ""), clock.now())
    return page("account/link.html", form=_link_form(found), link=found)


@blueprint.post(f"/links/{_NUMBER}")
@public
def use_link(link_id: int) -> AnyResponse:
    now = clock.now()
    found = links.open_link(site(), link_id, request.args.get("code", ""), now)
    form = _link_form(found)
    try:
        entrant = accounts.entrant(found, *(_given(form, name) for name in ("password", "name", "email")))
        with transaction():
            token = accounts.use_link(site(), found, entrant, request.remote_addr or "", now, access.agent())
    except Incomplete as error:
        return page("account/link.html", refuse(form, error), form=form, link=found)
    access.let_in(token)
    return redirect("/desk/", 303)


def _link_form(link: Link) -> Form:
    if link.account_id is not None:
        return NewPasswordForm()
    return JoinForm() if link.email else FirstAdminForm()


def _given(form: Form, name: str) -> str:
    return str(form[name].data or "") if name in form else ""


def _status(form: Form) -> int:
    return 422 if form.errors else 200
