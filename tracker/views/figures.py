"""The dashboard."""

from flask import Blueprint, Response

from tracker import clock
from tracker.domain.roles import Permission
from tracker.queries import figures
from tracker.views.access import needs
from tracker.views.http import page, site

blueprint = Blueprint("figures", __name__, url_prefix="/desk/figures")


@blueprint.get("")
@needs(Permission.READ_DESK)
def show() -> Response:
    return page("desk/figures.html", board=figures.dashboard(site(), clock.now()))
