"""Public pages that the edge did not answer: a row past its time, or before the first sync."""

from flask import Blueprint, Response, abort, request

from tracker import clock
from tracker.render import pages
from tracker.services import publication
from tracker.views.access import public
from tracker.views.http import site

blueprint = Blueprint("site", __name__)


@blueprint.get("/", defaults={"path": ""})
@blueprint.get("/<path:path>")
@public
def any_page(path: str) -> Response:
    answer = pages.answer(publication.live(site()), request.script_root + request.path, clock.now())
    if answer is None:
        abort(404)
    response = Response(answer.body, answer.status)
    response.headers.clear()
    response.headers.extend(answer.headers)
    if answer.etag:
        response.set_etag(answer.etag)
        response.make_conditional(request)
    return response
