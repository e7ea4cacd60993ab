"""What everybody may know of a case."""

from flask import Blueprint, Response, abort, request

from tracker import clock
from tracker.render.article import told_of_case
from tracker.render.site import everywhere
from tracker.views.access import public
from tracker.views.http import packed, page, site

blueprint = Blueprint("transparency", __name__)


@blueprint.get("/transparency/cases/<int(max=2147483647):number>")
@public
def case(number: int) -> Response:
    measures = told_of_case(site(), number, clock.now())
    if not measures:
        abort(404)
    return packed(page("site/case.html", number=number, measures=measures, alternates=everywhere(request.path)))
