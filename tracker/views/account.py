"""Signing in and out, links that let people in, and one's own password."""

import re

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.errors import DomainError, Incomplete, TooMany
from tracker.domain.roles import LABELS
from tracker.forms.account import (
    ChangePasswordForm,
    FirstAdminForm,
    ForgottenForm,
    JoinForm,
    NewPasswordForm,
    SignInForm,
)
from tracker.forms.base import Form
from tracker.models import Link
from tracker.services import accounts, sessions
from tracker.services.accounts import Entrant
from tracker.views import access
from tracker.views.access import KEPT, moderator, public
from tracker.views.errors import say_when
from tracker.views.http import page, site

blueprint = Blueprint("account", __name__, url_prefix="/account")

_CASE_ACT = re.compile(r"(?P<case>/desk/cases/[0-9]+)/(?P<name>[a-z-]+)")
_PEOPLE = "/desk/people"
_DECIDING = frozenset({"preview", "decide", "edit"})
_NOT_TYPED = frozenset({"version", "key", "item", "clock", "appeal", "role"})
"""Fields that a page fills in by itself."""
_NUMBER = "<int(max=2147483647):link_id>"


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> AnyResponse:
    form = SignInForm()
    form.next.data = access.own_path(request.values.get("next", ""))
    kept = [(name, value) for name, value in request.form.items(multi=True) if name.startswith(KEPT)]
    if form.validate_on_submit():
        try:
            token = _session_for(form.email.data, form.password.data)
        except (Incomplete, TooMany) as error:
            return page("account/sign_in.html", _refuse(form, error), form=form, kept=kept)
        access.let_in(token)
        return _resume(token, form.next.data, kept) if kept else redirect(form.next.data, 303)
    return page("account/sign_in.html", _status(form), form=form, kept=kept)


def _session_for(email: str, password: str) -> str:
    """Count the try, then look at the password, which is slow and must hold up nobody, then start the session."""
    now, address = clock.now(), request.remote_addr or ""
    with transaction():
        sessions.count_attempt(site(), email, address, now)
    proof = sessions.identify(email, password)
    with transaction():
        return sessions.sign_in(site(), proof, address, now, replaces=access.token())


def _resume(token: str, path: str, kept: list[tuple[str, str]]) -> AnyResponse:
    """Give back what was typed before the session ran out: a decision in its form, all else to be read and then sent.

    Signing in never does the act itself.
    """
    act = _CASE_ACT.fullmatch(path)
    fields = [(name.removeprefix(KEPT), value) for name, value in kept]
    typed = [value for name, value in fields if name not in _NOT_TYPED and value.strip()]
    is_decision = act is not None and act["name"] in _DECIDING
    if not is_decision and not typed:
        page_of_it = act["case"] if act else _PEOPLE if path.startswith(_PEOPLE) else access.own_path("")
        return redirect(page_of_it, 303)
    session = sessions.signed_in(token, clock.now())
    g.account = session.account if session else None
    if act is not None and is_decision:
        return page("account/resume.html", path=f"{act['case']}/edit", kept=fields, shown=[])
    return page("account/resume.html", path=path, kept=fields, shown=typed)


@blueprint.post("/sign-out")
@moderator
def sign_out() -> AnyResponse:
    access.check_button()
    with transaction():
        sessions.sign_out(g.account, access.token(), clock.now())
    access.let_out()
    return redirect("/account/sign-in", 303)


@blueprint.post("/sign-out-everywhere")
@moderator
def sign_out_everywhere() -> AnyResponse:
    access.check_button()
    with transaction():
        sessions.sign_out_everywhere(g.account, clock.now())
    access.let_out()
    return redirect("/account/sign-in", 303)


@blueprint.get("/")
@moderator
def overview() -> Response:
    return _overview(ChangePasswordForm(), 200, request.args.get("done"))


@blueprint.post("/password")
@moderator
def change_password() -> AnyResponse:
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            token = _changed(form)
        except (Incomplete, TooMany) as error:
            return _overview(form, _refuse(form, error))
        access.let_in(token)
        return redirect("/account/?done=password", 303)
    return _overview(form, _status(form))


def _overview(form: ChangePasswordForm, status: int, done: str | None = None) -> Response:
    return page("account/overview.html", status, form=form, done=done, roles=LABELS)


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
        return sessions.change_password(site(), proof, password_hash, address, now)


@blueprint.route("/forgotten", methods=["GET", "POST"])
@public
def forgotten() -> Response:
    form = ForgottenForm()
    if form.validate_on_submit():
        try:
            with transaction():
                accounts.request_reset(site(), form.email.data, request.remote_addr or "", clock.now())
        except TooMany as error:
            return page("account/forgotten.html", _refuse(form, error), form=form, is_sent=False)
        return page("account/forgotten.html", form=form, is_sent=True)
    return page("account/forgotten.html", _status(form), form=form, is_sent=False)


@blueprint.get(f"/links/{_NUMBER}")
@public
def link(link_id: int) -> Response:
    found = accounts.open_link(site(), link_id, request.args.get("code", ""), clock.now())
    return page("account/link.html", form=_link_form(found), link=found)


@blueprint.post(f"/links/{_NUMBER}")
@public
def use_link(link_id: int) -> AnyResponse:
    now = clock.now()
    found = accounts.open_link(site(), link_id, request.args.get("code", ""), now)
    form = _link_form(found)
    if form.validate_on_submit():
        try:
            entrant = Entrant(sessions.hashed(form.password.data), _given(form, "name"), _given(form, "email"))
            with transaction():
                token = accounts.use_link(site(), found, entrant, request.remote_addr or "", now)
        except Incomplete as error:
            return page("account/link.html", _refuse(form, error), form=form, link=found)
        access.let_in(token)
        return redirect("/desk/", 303)
    return page("account/link.html", _status(form), form=form, link=found)


def _link_form(link: Link) -> Form:
    if link.account_id is not None:
        return NewPasswordForm()
    return JoinForm() if link.email else FirstAdminForm()


def _given(form: Form, name: str) -> str:
    return str(form[name].data or "") if name in form else ""


def _refuse(form: Form, error: DomainError) -> int:
    say_when(error)
    form.refuse(error.problems if isinstance(error, Incomplete) else {"": error})
    return error.status


def _status(form: Form) -> int:
    return 422 if form.errors else 200
