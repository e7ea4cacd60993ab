"""Pictures of articles for staff, whatever readers may see of them."""

from flask import Blueprint, Response, abort

from tracker.db import db
from tracker.domain.roles import Permission
from tracker.models import Picture
from tracker.render.illustrations import FOR_STAFF
from tracker.views.access import needs

blueprint = Blueprint("pictures", __name__, url_prefix=FOR_STAFF)


@blueprint.get("/<name>")
@needs(Permission.READ_DESK)
def picture(name: str) -> Response:
    found = db.session.get(Picture, name)
    if found is None:
        abort(404)
    return Response(found.content, mimetype=found.media_type, headers={"Cache-Control": "no-store"})
