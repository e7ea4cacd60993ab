"""Evidence, sent to staff as downloads."""

from io import BytesIO

from flask import Blueprint, Response, abort, send_file

from tracker.db import db
from tracker.domain.errors import N_, Gone
from tracker.domain.roles import Permission
from tracker.domain.text import reveal
from tracker.models import Attachment
from tracker.views.access import needs

blueprint = Blueprint("desk", __name__, url_prefix="/desk")

_NUMBER = "<int(max=2147483647):number>"


@blueprint.get(f"/attachments/{_NUMBER}")
@needs(Permission.READ_DESK)
def attachment(number: int) -> Response:
    """Send evidence as a file to save; no browser may look into it."""
    found = db.session.get(Attachment, number)
    if found is None:
        abort(404)
    if found.content is None:
        raise Gone(N_("文件已按规定删除，只留下大小和校验值。"))
    response = send_file(
        BytesIO(found.content),
        "application/octet-stream",
        as_attachment=True,
        download_name=reveal(found.name),
        etag=False,
        conditional=False,
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
