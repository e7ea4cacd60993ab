"""The keys of the desk: all of them on one page, to be read, changed and switched off."""

from collections.abc import Mapping

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain import keyboard
from tracker.domain.actions import ACTIONS, PLACES, Place
from tracker.domain.errors import DomainError, Incomplete
from tracker.domain.roles import Permission, allows
from tracker.forms.base import Wrong
from tracker.services import keys
from tracker.views import access
from tracker.views.access import needs
from tracker.views.http import gettext, page

blueprint = Blueprint("keys", __name__, url_prefix="/account/keys")


@blueprint.get("")
@needs(Permission.OWN_ACCOUNT)
def shown() -> Response:
    return _page(keyboard.keys(g.account.keys), is_on=keyboard.is_on(g.account.keys))


@blueprint.post("/save")
@needs(Permission.OWN_ACCOUNT)
def save() -> AnyResponse:
    access.check_button()
    typed = {name: request.form[name][:20] for name in ACTIONS if name in request.form}
    is_on = "on" in request.form
    try:
        with transaction():
            keys.choose(g.account, typed, is_on=is_on, now=clock.now())
    except Incomplete as error:
        return _page(keyboard.keys(g.account.keys) | typed, is_on=is_on, problems=error.problems)
    return redirect("/account/keys?done=saved", 303)


@blueprint.post("/reset")
@needs(Permission.OWN_ACCOUNT)
def reset() -> AnyResponse:
    access.check_button()
    with transaction():
        keys.reset(g.account, clock.now())
    return redirect("/account/keys?done=reset", 303)


def _named(places: frozenset[Place]) -> str:
    return "、".join(gettext(label) for place, label in PLACES.items() if place in places)


def _page(typed: Mapping[str, str], *, is_on: bool, problems: Mapping[str, DomainError] | None = None) -> Response:
    said = {name: gettext(problem.message, **problem.values) for name, problem in (problems or {}).items()}
    mine = [action for action in ACTIONS.values() if allows(g.account.role, action.permission)]
    groups = dict.fromkeys(action.places for action in mine)
    return page(
        "account/keys.html",
        422 if said else 200,
        groups=[(_named(places), [it for it in mine if it.places == places]) for places in groups],
        typed=typed,
        is_on=is_on,
        problems=said,
        wrong=[Wrong(f"k-{name}", f"{gettext(ACTIONS[name].label)}：{words}") for name, words in said.items()],
        done=request.args.get("done"),
    )
