"""Signing in: password or passkey, second step, and showing again who one is before a grave act."""

import re

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.errors import N_, DomainError, Incomplete, TooMany
from tracker.domain.roles import Permission
from tracker.forms.account import CodeForm, ConfirmForm, SignInForm
from tracker.models import Account, Session
from tracker.services import factors, passkeys, sessions
from tracker.views import access
from tracker.views.access import KEPT, needs, public
from tracker.views.errors import refuse
from tracker.views.http import page, site

blueprint = Blueprint("sign_in", __name__, url_prefix="/account")

_CASE_ACT = re.compile(r"(?P<case>/desk/cases/[0-9]+)/(?P<name>[a-z-]+)")
_PEOPLE = "/desk/people"
_DECIDING = frozenset({"preview", "decide", "edit"})
_NOT_TYPED = frozenset({"version", "key", "item", "clock", "appeal", "role"})
"""Fields that a page fills in by itself."""


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> AnyResponse:
    form, passkey = SignInForm(), request.form.get("credential")
    form.next.data = _next()
    if not passkey and not form.validate_on_submit():
        return _sign_in_page(form, 422 if form.errors else 200)
    try:
        token = _by_passkey(passkey) if passkey else _by_password(form)
    except (Incomplete, TooMany) as error:
        return _sign_in_page(form, refuse(form, error))
    access.let_in(token)
    return _go_on(token, form.next.data)


def _by_password(form: SignInForm) -> str:
    """Count the try, then look at the password, which is slow and must hold up nobody, then start the session."""
    now, address = clock.now(), request.remote_addr or ""
    with transaction(while_read_only=True):
        sessions.count_attempt(site(), form.email.data, address, now)
    proof = sessions.identify(form.email.data, form.password.data)
    with transaction(while_read_only=True):
        return sessions.sign_in(site(), proof, address, now, access.token(), access.agent())


def _by_passkey(answer: str) -> str:
    now, address = clock.now(), request.remote_addr or ""
    with transaction(while_read_only=True):
        factors.count_passkey(site(), address, now)
    with transaction(while_read_only=True):
        account = passkeys.holder(site(), None, answer, now)
        return sessions.enter(site(), account, address, now, access.token(), access.agent())


def _sign_in_page(form: SignInForm, status: int) -> Response:
    offered = passkeys.request(site(), None, clock.now()) if passkeys.is_available(site()) else ""
    return page("account/sign_in.html", status, form=form, kept=_kept(), passkey=offered)


def _go_on(token: str, path: str) -> AnyResponse:
    """Go to where somebody was going. What was typed before the session ran out is carried on, never done as it comes."""
    if not _kept():
        return redirect(path, 303)
    half = sessions.halfway(token, clock.now())
    if half:
        return _step_page(half, CodeForm(formdata=None), path)
    return _resume(token, path)


@blueprint.get("/second-step")
@public
def second_step() -> AnyResponse:
    half = sessions.halfway(access.token(), clock.now())
    if half is None:
        return redirect(_next(), 303)  # where somebody is let through who is in already, and others are sent to sign in
    return _step_page(half, CodeForm(formdata=None), _next())


@blueprint.post("/second-step")
@public
def take_second_step() -> AnyResponse:
    half = sessions.halfway(access.token(), clock.now())
    if half is None:
        form = SignInForm(formdata=None)
        form.next.data = _next()
        refuse(form, DomainError(N_("这次登录已经完成或者过期了。请重新登录。")))
        return _sign_in_page(form, 403)
    form, passkey = CodeForm(), request.form.get("credential")
    if not passkey and not form.validate_on_submit():
        return _step_page(half, form, _next(), 422)
    try:
        token = _second(half.account, passkey, form.code.data or "")
    except (Incomplete, TooMany) as error:
        return _step_page(half, form, _next(), refuse(form, error))
    access.let_in(token)
    return _go_on(token, _next())


def _second(account: Account, passkey: str | None, code: str) -> str:
    now, address = clock.now(), request.remote_addr or ""
    with transaction(while_read_only=True):
        factors.count(site(), account, now)
    with transaction(while_read_only=True):
        _show_factor(account, passkey, code)
        return sessions.finish(site(), account, access.token(), address, now, access.agent())


def _show_factor(account: Account, passkey: str | None, code: str) -> None:
    if passkey:
        passkeys.holder(site(), account, passkey, clock.now())
    else:
        factors.accept(site(), account, code, clock.now())


def _step_page(half: Session, form: CodeForm, path: str, status: int = 200) -> Response:
    held = factors.of(half.account)
    can_use_passkey = held.passkeys and passkeys.is_available(site())
    return page(
        "account/second_step.html",
        status,
        form=form,
        next=path,
        kept=_kept(),
        has_code=held.has_code,
        passkey=passkeys.request(site(), half.account, clock.now()) if can_use_passkey else "",
    )


def _resume(token: str, path: str) -> AnyResponse:
    """Give back what was typed before the session ran out: a decision in its form, all else to be read and then sent.

    Signing in never does the act itself.
    """
    act, fields = _CASE_ACT.fullmatch(path), _kept_fields()
    typed = [value for name, value in fields if name not in _NOT_TYPED and value.strip()]
    is_decision = act is not None and act["name"] in _DECIDING
    if not is_decision and not typed:
        page_of_it = act["case"] if act else _PEOPLE if path.startswith(_PEOPLE) else access.own_path("")
        return redirect(page_of_it, 303)
    session = sessions.signed_in(token, clock.now())
    g.account = session.account if session else None
    if act is not None and is_decision:
        return page("account/resume.html", path=f"{act['case']}/edit", kept=fields, shown=[], is_confirmed=False)
    return page("account/resume.html", path=path, kept=fields, shown=typed, is_confirmed=False)


@blueprint.get("/confirm")
@needs(Permission.OWN_ACCOUNT)
def confirm() -> Response:
    return access.confirm_page(ConfirmForm(formdata=None), _next(), [], clock.now())


@blueprint.post("/confirm")
@needs(Permission.OWN_ACCOUNT)
def take_confirmation() -> AnyResponse:
    form, passkey = ConfirmForm(), request.form.get("credential")
    try:
        if form.validate_on_submit():
            _shown_again(form, passkey)
    except (Incomplete, TooMany) as error:
        return access.confirm_page(form, _next(), _kept(), clock.now(), refuse(form, error))
    if form.errors:
        return access.confirm_page(form, _next(), _kept(), clock.now(), 422)
    if _kept():
        return page("account/resume.html", path=_next(), kept=_kept_fields(), shown=[], is_confirmed=True)
    return redirect(_next(), 303)


def _shown_again(form: ConfirmForm, passkey: str | None) -> None:
    """Check what was shown, each count before the try and a password outside any transaction; raise Incomplete, TooMany."""
    now, code, password = clock.now(), form.code.data or "", form.password.data or ""
    if passkey or code:
        with transaction(while_read_only=True):
            factors.count(site(), g.account, now)
        with transaction(while_read_only=True):
            _show_factor(g.account, passkey, code)
            sessions.prove(g.session.id, now)
    elif password:
        with transaction(while_read_only=True):
            sessions.count_attempt(site(), g.account.email, request.remote_addr or "", now)
        _check_password(password)
        with transaction(while_read_only=True):
            sessions.prove(g.session.id, now)
    else:
        raise Incomplete({"password": DomainError(N_("请填写密码，或者用另一种方式确认。"))})


def _check_password(password: str) -> None:
    try:
        sessions.identify(g.account.email, password)
    except Incomplete:
        raise Incomplete({"password": DomainError(N_("密码不对。请检查后再试。"))}) from None


def _next() -> str:
    return access.own_path(request.values.get("next", ""))


def _kept() -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.form.items(multi=True) if name.startswith(KEPT)]


def _kept_fields() -> list[tuple[str, str]]:
    return [(name.removeprefix(KEPT), value) for name, value in _kept()]
