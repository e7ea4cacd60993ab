"""Setting up second factors: an authenticator app, passkeys, recovery codes."""

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.errors import N_, Incomplete, TooMany
from tracker.domain.roles import Permission
from tracker.forms.account import AppForm
from tracker.render import qr
from tracker.services import factors, passkeys, totp
from tracker.views import access
from tracker.views.access import needs
from tracker.views.errors import refuse
from tracker.views.http import page, site

blueprint = Blueprint("factors", __name__, url_prefix="/account/second-factor")

_DONE = "/account/?done=factor#factors"


@blueprint.get("")
@needs(Permission.OWN_ACCOUNT, fresh=True, sets_up=True)
def choose() -> Response:
    return _choose()


@blueprint.post("/app")
@needs(Permission.OWN_ACCOUNT, fresh=True, sets_up=True)
def begin_app() -> AnyResponse:
    access.check_button()
    with transaction():
        totp.begin(site(), g.account, clock.now())
    return redirect("/account/second-factor/app", 303)


@blueprint.get("/app")
@needs(Permission.OWN_ACCOUNT, fresh=True, sets_up=True)
def app() -> AnyResponse:
    return _app(AppForm(formdata=None))


@blueprint.post("/app/confirm")
@needs(Permission.OWN_ACCOUNT, fresh=True, sets_up=True)
def confirm_app() -> AnyResponse:
    form = AppForm()
    if not form.validate_on_submit():
        return _app(form, 422)
    try:
        with transaction():
            factors.count(site(), g.account, clock.now())
        with transaction():
            codes = factors.add_app(site(), g.account, form.code.data or "", clock.now())
    except (Incomplete, TooMany) as error:
        return _app(form, refuse(form, error))
    return _codes(codes)


@blueprint.post("/app/remove")
@needs(Permission.OWN_ACCOUNT, fresh=True)
def remove_app() -> AnyResponse:
    access.check_button()
    with transaction():
        factors.remove_app(site(), g.account, clock.now())
    return redirect(_DONE, 303)


@blueprint.post("/passkeys")
@needs(Permission.OWN_ACCOUNT, fresh=True, sets_up=True)
def add_passkey() -> AnyResponse:
    access.check_button()
    answer, name = request.form.get("credential", ""), request.form.get("label") or access.agent() or ""
    try:
        with transaction():
            codes = factors.add_passkey(site(), g.account, answer, name, clock.now())
    except Incomplete as error:
        return _choose(str(error.problems[""]), error.status)
    return _codes(codes)


@blueprint.post("/passkeys/<int(max=2147483647):number>/remove")
@needs(Permission.OWN_ACCOUNT, fresh=True)
def remove_passkey(number: int) -> AnyResponse:
    access.check_button()
    with transaction():
        factors.remove_passkey(site(), g.account, number, clock.now())
    return redirect(_DONE, 303)


@blueprint.post("/codes")
@needs(Permission.OWN_ACCOUNT, fresh=True)
def make_codes() -> AnyResponse:
    access.check_button()
    with transaction():
        codes = factors.make_codes(g.account, clock.now())
    return _codes(codes, are_new=True)


def _choose(problem: str = "", status: int = 200) -> Response:
    is_available = passkeys.is_available(site())
    return page(
        "account/factors.html",
        status,
        problem=problem,
        held=factors.of(g.account),
        must=access.lacks_factor(),
        passkey=passkeys.creation(site(), g.account, clock.now()) if is_available else "",
        label=access.agent() or "",
    )


def _app(form: AppForm, status: int = 200) -> AnyResponse:
    found = totp.pending(site(), g.account)
    if found is None and status == 200:
        return redirect("/account/second-factor", 303)
    if found is None:
        return _choose(N_("这次设置已经失效。请重新开始设置验证器应用。"), 410)
    groups = [found.secret[start : start + 4] for start in range(0, len(found.secret), 4)]
    return page("account/app.html", status, form=form, secret=groups, code=qr.drawn(found.address))


def _codes(codes: list[str], *, are_new: bool = False) -> AnyResponse:
    """Show recovery codes, this once; without any to show, what was done is done."""
    if not codes:
        return redirect(_DONE, 303)
    return page("account/codes.html", codes=codes, are_new=are_new, made_at=clock.now())
