"""Who may use a route. Every route carries exactly one rule; without one it refuses everybody."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request
from werkzeug.wrappers import Response

from tracker import clock
from tracker.domain.errors import N_, NotPermitted
from tracker.domain.roles import INCLUDES, Role
from tracker.services import accounts

View = TypeVar("View", bound=Callable[..., Any])

COOKIE = "session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


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


def _check() -> Response | None:
    if request.endpoint is None:
        return None  # no such route: 404 or 405 follows
    view = current_app.view_functions[request.endpoint]
    if not hasattr(view, "access"):
        abort(403)
    if request.method not in SAFE_METHODS:
        _check_origin()
    if view.access is None:
        return None
    g.account = accounts.signed_in(request.cookies.get(COOKIE, ""), clock.now())
    if g.account is None:
        return redirect(f"/account/sign-in?next={request.full_path.rstrip('?')}" if _may_return() else "/account/sign-in")
    if view.access not in INCLUDES[g.account.role]:
        raise NotPermitted(N_("您的账号没有这项权限。如果需要，请联系管理员。"))
    return None


def _may_return() -> bool:
    return request.method in SAFE_METHODS


def _check_origin() -> None:
    """Refuse a form sent from another site; browsers say where a form comes from, with or without cookies."""
    where = request.headers.get("Sec-Fetch-Site")
    if where in {"same-origin", "none"}:
        return
    origin = request.headers.get("Origin")
    if where is None and (origin is None or urlsplit(origin).netloc == request.host):
        return
    raise NotPermitted(N_("这份表单不是从本站页面发出的，因此没有受理。请在本站打开表单再提交。"))
