"""How the work is ordered and shared out: the weights of urgency with their replay, and the rules that assign cases."""

from flask import Blueprint, Response, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.categories import CATEGORIES
from tracker.domain.errors import Conflict, Incomplete
from tracker.domain.roles import Permission
from tracker.domain.urgency import FACTORS, LAW_FIRST, MOST_POINTS
from tracker.forms import ordering as forms
from tracker.forms.base import Wrong
from tracker.forms.ordering import RouteRow
from tracker.queries import queue_words, weights
from tracker.queries.labels import LANGUAGES
from tracker.queries.people import deciders
from tracker.queries.people import people as all_people
from tracker.services import routing
from tracker.services import weights as service
from tracker.views import access
from tracker.views.access import needs
from tracker.views.http import gettext, page

blueprint = Blueprint("ordering", __name__, url_prefix="/desk")


@blueprint.get("/weights")
@needs(Permission.READ_SETTINGS)
def show_weights() -> Response:
    return _weights({name: str(n) for name, n in weights.counting()[1].items()})


@blueprint.post("/weights/replay")
@needs(Permission.MANAGE_SETTINGS)
def replay_weights() -> Response:
    """Show what these weights would have changed; nothing is saved."""
    access.check_button()
    typed = {name: request.form.get(name, "")[:10] for name in FACTORS}
    points, problems = forms.points(typed)
    if problems:
        return _weights(typed, problems, 422)
    now = clock.now()
    return page(
        "desk/replay.html",
        points=points,
        before=weights.counting()[1],
        factors=FACTORS,
        found=weights.effects(weights.counting()[1], points, now),
        seal=service.seal(points),
        shown=weights.SHOWN,
        days=weights.WINDOW.days,
        words=queue_words,
        now=now,
    )


@blueprint.post("/weights/edit")
@needs(Permission.MANAGE_SETTINGS)
def edit_weights() -> Response:
    access.check_button()
    return _weights({name: request.form.get(name, "")[:10] for name in FACTORS})


@blueprint.post("/weights/save")
@needs(Permission.MANAGE_SETTINGS)
def save_weights() -> AnyResponse:
    access.check_button()
    typed = {name: request.form.get(name, "")[:10] for name in FACTORS}
    points, problems = forms.points(typed)
    if problems:
        return _weights(typed, problems, 422)
    try:
        with transaction():
            service.save(g.account, points, request.form.get("seal", ""), clock.now())
    except Conflict as error:
        return _weights(typed, {}, error.status, gettext(error.message, **error.values))
    return redirect("/desk/weights?saved=1", 303)


def _weights(
    typed: dict[str, str], problems: dict[str, str] | None = None, status: int = 200, refused: str = ""
) -> Response:
    return page(
        "desk/weights.html",
        status,
        typed=typed,
        problems=problems or {},
        errors=[Wrong(f"w-{name}", f"{FACTORS[name].label}：{said}") for name, said in (problems or {}).items()],
        refused=refused,
        factors=FACTORS,
        most=MOST_POINTS,
        law_hours=int(LAW_FIRST.total_seconds() // 3600),
        history=weights.history(),
        is_saved="saved" in request.args,
    )


@blueprint.get("/routes")
@needs(Permission.READ_SETTINGS)
def show_routes() -> Response:
    return _routes(forms.rows(routing.rules()))


@blueprint.post("/routes/save")
@needs(Permission.MANAGE_SETTINGS)
def save_routes() -> AnyResponse:
    access.check_button()
    sent = forms.received(request.form)
    try:
        with transaction():
            is_changed = routing.put(g.account, request.form.get("seen", ""), list(forms.wanted(sent)), clock.now())
    except Incomplete as error:
        places = forms.ordered(sent)
        said = {place: gettext(p.message, **p.values) for place, p in error.problems.items()}
        return _routes(sent, 422, {places[int(place)] if place else None: text for place, text in said.items()})
    except Conflict as error:
        return _routes(sent, error.status, refused=gettext(error.message, **error.values))
    return redirect(f"/desk/routes?saved={is_changed:d}", 303)


def _routes(
    rows: list[RouteRow], status: int = 200, problems: dict[int | None, str] | None = None, refused: str = ""
) -> Response:
    """Show the rules and their form; what is wrong stands by the place of its row, or by None for all of them."""
    known = routing.rules()
    people = {account.id: account.name for account in deciders()}
    everybody = {account.id: account.name for account in all_people()}
    return page(
        "desk/routes.html",
        status,
        rows=rows,
        rules=known,
        seal=routing.seal(known),
        people=people,
        everybody=everybody,
        categories={name: category.label for name, category in CATEGORIES.items()},
        spoken=LANGUAGES,
        problems=problems or {},
        errors=[Wrong(f"rule-{n}" if n is not None else "", said) for n, said in (problems or {}).items()],
        refused=refused,
        saved=request.args.get("saved", ""),
    )
