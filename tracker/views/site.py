"""Public pages that the edge did not answer: a row past its time, or before the first sync."""

from http import HTTPStatus

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
    live, address, now = publication.live(site()), request.script_root + request.path, clock.now()
    answer = pages.answer(live, address, now)
    if answer is None:
        if place := pages.elsewhere(live, address, now):
            # asked anew each time; and without a body, as no page names what is withheld
            status = HTTPStatus.MOVED_PERMANENTLY if place.is_for_good else HTTPStatus.FOUND
            return Response(status=status, headers={"Location": place.path, "Cache-Control": "no-store"})
        abort(404)
    response = Response(answer.body, answer.status)
    response.headers.clear()
    response.headers.extend(answer.headers)
    if answer.etag:
        response.set_etag(answer.etag)
        response.make_conditional(request)
    return response
