"""Saved views: keeping one, sharing it, having it mailed, throwing it away."""

from collections.abc import Callable

from flask import Blueprint, Response, g, redirect
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.errors import Incomplete
from tracker.domain.roles import Permission
from tracker.forms.views import ViewForm
from tracker.queries import queue
from tracker.queries.filters import Filters
from tracker.queries.views import views
from tracker.render.site import PREFIXES
from tracker.services import views as service
from tracker.views import access
from tracker.views.access import needs
from tracker.views.http import page, site

blueprint = Blueprint("saved", __name__, url_prefix="/desk/views")

_NUMBER = "<int(max=2147483647):number>"


@blueprint.get("")
@needs(Permission.READ_DESK)
def listed() -> Response:
    return _listed(ViewForm(formdata=None))


@blueprint.post("/save")
@needs(Permission.DECIDE)
def save() -> AnyResponse:
    form = ViewForm()
    if not form.validate_on_submit():
        return _listed(form, 422)
    filters = Filters.parse(form.query.data or "", PREFIXES)
    try:
        with transaction():
            service.save(g.account, form.name.data or "", filters, clock.now(), is_shared=bool(form.is_shared.data))
    except Incomplete as error:
        form.refuse(error.problems)
        return _listed(form, 422)
    return redirect(f"/desk/cases?{filters.query}", 303)


@blueprint.post(f"/{_NUMBER}/share")
@needs(Permission.DECIDE)
def share(number: int) -> AnyResponse:
    return _done(lambda: service.share(g.account, number, is_shared=True))


@blueprint.post(f"/{_NUMBER}/unshare")
@needs(Permission.DECIDE)
def unshare(number: int) -> AnyResponse:
    return _done(lambda: service.share(g.account, number, is_shared=False))


@blueprint.post(f"/{_NUMBER}/subscribe")
@needs(Permission.DECIDE)
def subscribe(number: int) -> AnyResponse:
    return _done(lambda: service.subscribe(site(), g.account, number, clock.now()))


@blueprint.post(f"/{_NUMBER}/unsubscribe")
@needs(Permission.DECIDE)
def unsubscribe(number: int) -> AnyResponse:
    return _done(lambda: service.unsubscribe(g.account, number))


@blueprint.post(f"/{_NUMBER}/discard")
@needs(Permission.DECIDE)
def discard(number: int) -> AnyResponse:
    return _done(lambda: service.discard(g.account, number))


def _done(act: Callable[[], None]) -> AnyResponse:
    access.check_button()
    with transaction():
        act()
    return redirect("/desk/views", 303)


def _listed(form: ViewForm, status: int = 200) -> Response:
    return page(
        "desk/views.html",
        status,
        form=form,
        views=views(g.account, site().zone, clock.now()),
        most=queue.MOST_COUNTED,
        morning=f"{service.MORNING:%H:%M}",
    )
