"""Who may use a route. Every route carries exactly one rule; without one it refuses everybody."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, abort, after_this_request, current_app, g, redirect, request, session
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.errors import N_, Busy, NotPermitted
from tracker.domain.roles import INCLUDES, Role
from tracker.forms.account import SignInForm
from tracker.services import sessions
from tracker.views.http import page, site

View = TypeVar("View", bound=Callable[..., Any])

COOKIE = "session"
SIGN_IN = "/account/sign-in"
MAX_FIELDS = 500
KEPT = "kept:"
"""Marks the fields of a form whose sender has to sign in again before it can be taken."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_STAFF = frozenset({"account", "case_acts", "cases", "desk", "intake", "redress"})
_OWN_PATH = re.compile(r"/(?:desk|account)(?:/[A-Za-z0-9/_-]*)?(?:\?[A-Za-z0-9=&%.:~+_-]*)?")


def public(view: View) -> View:
    """Let anybody use the route."""
    view.access = None  # type: ignore[attr-defined]
    return view


def moderator(view: View) -> View:
    """Let signed-in moderators, and admins, use the route."""
    view.access = Role.MODERATOR  # type: ignore[attr-defined]
    return view


def admin(view: View) -> View:
    """Let signed-in admins use the route."""
    view.access = Role.ADMIN  # type: ignore[attr-defined]
    return view


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


def let_out() -> None:
    """Take the session from the browser."""
    session.clear()

    @after_this_request
    def _take(response: Response) -> Response:
        response.delete_cookie(cookie_name(), secure=_is_https(), httponly=True, samesite="Lax")
        return response


def own_path(path: str, otherwise: str = "/desk/") -> str:
    """Return `path` when it leads to a page of the desk or the account, else `otherwise`."""
    return path if _OWN_PATH.fullmatch(path) else otherwise


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
    if request.script_root and request.blueprint in _STAFF:  # the desk speaks the site's own language
        return redirect(request.full_path.rstrip("?"), 308)
    view = current_app.view_functions[request.endpoint]
    if not hasattr(view, "access"):
        abort(403)
    if request.method not in SAFE_METHODS:
        _check_origin()
    if view.access is None:
        return None
    if not _recognise(clock.now()):
        return _ask_to_sign_in()
    if view.access not in INCLUDES[g.account.role]:
        raise NotPermitted(N_("您的账号没有这项权限。如果需要，请联系管理员。"))
    return None


def _check_fields() -> None:
    """Refuse a huge form, or one of very many fields, before it is taken apart: a field costs a thousand times its bytes."""
    if request.mimetype != "application/x-www-form-urlencoded":
        return
    most = current_app.config["MAX_FORM_MEMORY_SIZE"]  # Werkzeug holds it against the parts of a multipart form only
    if (request.content_length or 0) > most or request.get_data().count(b"&") >= MAX_FIELDS:
        abort(413)


def _recognise(now: datetime) -> bool:
    """Find who is signed in, and note at most once a minute that they are here."""
    found = sessions.signed_in(token(), now)
    if found is None:
        return False
    g.account = found.account
    if found.seen_at <= now - sessions.SEEN_EVERY:
        with suppress(Busy), transaction():  # reading goes on while the database is busy writing
            sessions.see(found.id, now)
    return True


def _ask_to_sign_in() -> AnyResponse:
    """Send a reader to sign in and back; give back what somebody typed whose session ran out meanwhile."""
    if request.method in SAFE_METHODS:
        return redirect(f"{SIGN_IN}?{urlencode({'next': own_path(request.full_path.rstrip('?'))})}", 303)
    fields = [(f"{KEPT}{name}", value) for name, value in request.form.items(multi=True) if _may_keep(name)]
    form = SignInForm(formdata=None)
    form.next.data = own_path(request.path) if fields else ""
    return page("account/expired.html", 403, kept=fields, form=form)


def _may_keep(name: str) -> bool:
    return name not in {"csrf_token", "current"} and "password" not in name


def _check_origin() -> None:
    """Refuse a form sent from another site; browsers say where a form comes from, with or without cookies."""
    where = request.headers.get("Sec-Fetch-Site")
    if where in {"same-origin", "none"}:
        return
    origin = request.headers.get("Origin")
    if where is None and (origin is None or urlsplit(origin).netloc == request.host):
        return
    raise NotPermitted(N_("这份表单不是从本站页面发出的，因此没有受理。请在本站打开表单再提交。"))
