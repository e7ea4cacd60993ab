"""What every view needs: the site, the language of the request, and the way to answer with a page."""

import gzip
from typing import Any

from flask import Response, current_app, g, make_response, request, session
from flask_wtf.csrf import generate_csrf
from sqlalchemy.exc import DBAPIError

from tracker.db import db
from tracker.domain import actions, keyboard
from tracker.domain.actions import ACTIONS, Place
from tracker.domain.care import LABELS as HARMS
from tracker.domain.roles import Permission, allows
from tracker.models import Account
from tracker.render.site import Site, everywhere
from tracker.services import settings


def site() -> Site:
    """Return the site that this application serves, with the settings in force when the request first asked."""
    if "site" not in g:
        base: Site = current_app.extensions["site"]
        try:
            g.site = settings.in_force(base)
        except DBAPIError:  # what is wrong is said with the settings that were known last
            if db.session.info.get("connection"):
                raise
            db.session.rollback()
            g.site = base.latest
    found: Site = g.site
    return found


def language() -> str:
    """Return the language of the address that was asked for."""
    return str(request.environ.get("tracker.language", "zh-Hans"))


def account() -> Account | None:
    """Return who is signed in; only routes that ask for a role know."""
    found: Account | None = g.get("account")
    return found


def may(permission: str) -> bool:
    """Say whether who is signed in has this permission: for the buttons and links of a page.

    Raises ValueError for a permission that there is not, so that a misspelt one hides nothing in silence.
    """
    wanted, signed_in = Permission(permission), account()
    return signed_in is not None and allows(signed_in.role, wanted)


def page(template: str, status: int = 200, **context: Any) -> Response:
    """Answer with a page that no cache may keep."""
    signed_in = account()
    known = (_care() | _keyboard(signed_in) if signed_in else {}) | context
    html = site().template(
        template,
        language(),
        status=status,
        account=signed_in,
        may=may,
        csrf_token=generate_csrf() if signed_in else "",
        **known,
    )
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _care() -> dict[str, Any]:
    """Return what the desk's pages need to mask what hurts and to keep what is typed; the page of a case says more."""
    shown = session.get("uncovered", [])
    return {
        "uncovered": shown,
        "harms": HARMS,
        "here": request.full_path.rstrip("?"),
        "uncover_at": "",
        "save_at": "",
        "draft_at": "",
        "drafted": frozenset(),
        "came_back": None,
    }


def _keyboard(signed_in: Account) -> dict[str, Any]:
    """Return what the desk's pages need to say what can be done on them, and by which key."""
    kept = keyboard.keys(signed_in.keys) if keyboard.is_on(signed_in.keys) else {}
    return {
        "key_of": lambda name: kept.get(ACTIONS[name].name, ""),
        "actions_at": lambda place: [
            (action, kept.get(action.name, "")) for action in actions.at(Place(place), signed_in.role)
        ],
    }


def open_page(template: str, path: str, **context: Any) -> Response:
    """Answer with a page that holds no secret twice: a browser may restore what was typed when somebody goes back."""
    response = packed(page(template, alternates=everywhere(path), **context))
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def packed(response: Response) -> Response:
    """Compress an answer for whoever takes it so.

    Never one that holds what another answer holds, too, and strangers must not know: put beside what they choose, its
    length would tell (the attack BREACH). The key of a new form is in no other.
    """
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"]:
        response.data = gzip.compress(response.data, 6, mtime=0)
        response.content_encoding = "gzip"
    return response


def closed_page(template: str, status: int = 200, *, path: str = "", **context: Any) -> Response:
    """Answer with a page behind a secret."""
    response = page(template, status, alternates=everywhere(path or request.path), **context)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def before() -> int | None:
    """Return below which number a list is to go on, as its address says; None for its beginning, and for a senseless one."""
    number = request.args.get("before", type=int)
    return number if number is not None and 0 < number < 2**31 else None


def gettext(message: str, **values: object) -> str:
    """Return a message in the language of the request."""
    return site().gettext(message, language(), **values)
