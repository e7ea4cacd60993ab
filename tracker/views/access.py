"""Who may use a route. Every route carries exactly one rule; without one it refuses everybody.

The rule names a permission; which roles have it stands in `domain.roles.PERMISSIONS` alone."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from flask import Flask, Response, abort, after_this_request, current_app, g, redirect, request, session
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import UNWRITTEN, transaction
from tracker.domain.errors import N_, NotPermitted
from tracker.domain.factors import agent as agent_of
from tracker.domain.roles import Permission, allows
from tracker.forms.account import ConfirmForm, SignInForm
from tracker.services import factors, passkeys, sessions
from tracker.views.http import page, site

View = TypeVar("View", bound=Callable[..., Any])

COOKIE = "session"
SIGN_IN = "/account/sign-in"
SECOND_STEP = "/account/second-step"
SET_UP = "/account/second-factor"
CONFIRM = "/account/confirm"
MAX_FIELDS = 500
KEPT = "kept:"
"""Marks the fields of a form whose sender has to sign in again before it can be taken."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_STAFF = ("/desk", "/account")
"""Where the pages of staff are: they speak the site's own language."""

_OWN_PATH = re.compile(r"/(?:desk|account)(?:/[A-Za-z0-9/_-]*)?(?:\?[A-Za-z0-9=&%.:~+_-]*)?")


def public(view: View) -> View:
    """Let anybody use the route."""
    view.access = None  # type: ignore[attr-defined]
    return view


def needs(permission: Permission, *, fresh: bool = False, sets_up: bool = False) -> Callable[[View], View]:
    """Let those signed in use the route whose role has this permission.

    `fresh`: only who showed lately who they are; others are asked again, and what they typed is kept. `sets_up`: also
    who has yet to set up the second factor that their role requires.
    """

    def rule(view: View) -> View:
        view.access = permission  # type: ignore[attr-defined]
        view.is_fresh, view.sets_up = fresh, sets_up  # type: ignore[attr-defined]
        return view

    return rule


def install(app: Flask) -> None:
    """Check every request before its view runs."""
    app.before_request(_check)


def cookie_name() -> str:
    """Return the name of the session's cookie; `__Host-` makes browsers refuse one set by another host or path."""
    return f"__Host-{COOKIE}" if _is_https() else COOKIE


def token() -> str:
    """Return the token of the session that the browser sent, or nothing."""
    return request.cookies.get(cookie_name(), "")


def let_in(new_token: str) -> None:
    """Give the browser a new session, and forms a new secret: nothing from before it signed in stays good."""
    session.clear()

    @after_this_request
    def _give(response: Response) -> Response:
        response.set_cookie(
            cookie_name(), new_token, max_age=sessions.LONGEST, secure=_is_https(), httponly=True, samesite="Lax"
        )
        return response


def agent() -> str | None:
    """Return in two words what browser this is."""
    return agent_of(request.user_agent.string)


def let_out() -> None:
    """Take the session from the browser."""
    session.clear()

    @after_this_request
    def _take(response: Response) -> Response:
        response.delete_cookie(cookie_name(), secure=_is_https(), httponly=True, samesite="Lax")
        return response


def own_path(path: str) -> str:
    """Return `path` when it leads to a page of the desk or the account, else the queue's."""
    return path if _OWN_PATH.fullmatch(path) else "/desk/"


def check_button() -> None:
    """Refuse a form of nothing but a button when it does not carry the token of this session."""
    if not FlaskForm().validate_on_submit():
        raise NotPermitted(N_("这个页面放得太久，按钮已经失效。请返回上一页，刷新后再按一次。"))


def _is_https() -> bool:
    return site().base_url.startswith("https")


def _check() -> AnyResponse | None:
    _check_fields()
    if request.endpoint is None:
        return None  # no such route: 404 or 405 follows
    if request.script_root and str(request.url_rule).startswith(_STAFF):
        return redirect(_without_language(), 308)
    view = current_app.view_functions[request.endpoint]
    if not hasattr(view, "access"):
        abort(403)
    if request.method not in SAFE_METHODS:
        _check_origin()
    return None if view.access is None else _check_person(view, clock.now())


def _without_language() -> str:
    """Return the address that was asked for without its prefix, written as an address: a line's end in it ends no header."""
    query = request.query_string.decode("latin-1")
    return quote(request.path) + (f"?{query}" if query else "")


def _check_person(view: Any, now: datetime) -> AnyResponse | None:
    if not _recognise(now):
        return _ask_to_sign_in()
    if not allows(g.account.role, view.access):
        raise NotPermitted(N_("您的账号没有这项权限。如果需要，请联系管理员。"))
    if not view.sets_up and lacks_factor():
        return _lead_to_set_up()
    if view.is_fresh and not sessions.is_fresh(g.session, now):
        return _ask_again(now)
    return None


def lacks_factor() -> bool:
    """Say whether who is signed in has yet to set up the second factor that their role requires."""
    return factors.is_required(site(), g.account.role) and not sessions.has_factor(g.account.id)


def _check_fields() -> None:
    """Refuse a huge form, or one of very many fields, before it is taken apart: a field costs a thousand times its bytes."""
    if request.mimetype != "application/x-www-form-urlencoded":
        return
    most: int = current_app.config["MAX_FORM_MEMORY_SIZE"]  # Werkzeug holds it against what a form says of its length
    request.max_content_length = most + 1  # of one that does not say, it would leave off the rest without a word
    sent = request.get_data()
    if len(sent) > most or sent.count(b"&") >= MAX_FIELDS:
        abort(413)


def _recognise(now: datetime) -> bool:
    """Find who is signed in, and note at most once a minute that they are here."""
    found = sessions.signed_in(token(), now)
    if found is None:
        return False
    g.account, g.session = found.account, found
    if found.seen_at <= now - sessions.SEEN_EVERY:
        with suppress(*UNWRITTEN), transaction():  # reading goes on while the database is busy writing
            sessions.see(found, now)
    return True


def _ask_to_sign_in() -> AnyResponse:
    """Send a reader to sign in and back; give back what somebody typed whose session ran out meanwhile."""
    if request.method in SAFE_METHODS:
        return _sent_to(SECOND_STEP if sessions.halfway(token(), clock.now()) else SIGN_IN)
    fields = _typed()
    form = SignInForm(formdata=None)
    form.next.data = own_path(request.path) if fields else ""
    return page("account/expired.html", 403, kept=fields, form=form)


def _lead_to_set_up() -> AnyResponse:
    if request.method in SAFE_METHODS:
        return redirect(SET_UP, 303)
    raise NotPermitted(N_("您的角色需要两步验证。请先在“我的账号”页设置，再提交。"))


def _ask_again(now: datetime) -> AnyResponse:
    """Ask who this is before a grave act, and keep what was typed. A form that another site made gets no further."""
    if request.method in SAFE_METHODS:
        return _sent_to(CONFIRM)
    check_button()
    return confirm_page(ConfirmForm(formdata=None), own_path(request.path), _typed(), now, 403)


def confirm_page(
    form: ConfirmForm, path: str, kept: list[tuple[str, str]], now: datetime, status: int = 200
) -> Response:
    """Show the page on which somebody shows again who they are, on the way to `path`."""
    held = factors.of(g.account)
    options = passkeys.request(site(), g.account, now) if held.passkeys and passkeys.is_available(site()) else ""
    return page(
        "account/confirm.html", status, form=form, next=path, kept=kept, has_code=held.has_code, passkey=options
    )


def _sent_to(path: str) -> AnyResponse:
    """Send a reader elsewhere, to come back to this page afterwards."""
    return redirect(f"{path}?{urlencode({'next': own_path(request.full_path.rstrip('?'))})}", 303)


def _typed() -> list[tuple[str, str]]:
    """Return what was typed in the form that was sent, to be carried on."""
    return [(f"{KEPT}{name}", value) for name, value in request.form.items(multi=True) if _may_keep(name)]


def _may_keep(name: str) -> bool:
    return name not in {"csrf_token", "current", "code", "credential"} and "password" not in name


def _check_origin() -> None:
    """Refuse a form sent from another site; browsers say where a form comes from, with or without cookies."""
    where = request.headers.get("Sec-Fetch-Site")
    if where in {"same-origin", "none"}:
        return
    origin = request.headers.get("Origin")
    if where is None and (origin is None or origin.partition("://")[2] == request.host):
        return
    raise NotPermitted(N_("这份表单不是从本站页面发出的，因此没有受理。请在本站打开表单再提交。"))
