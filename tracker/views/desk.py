"""Evidence, sent to staff as downloads."""

from io import BytesIO

from flask import Blueprint, Response, abort, g, send_file

from tracker import clock
from tracker.db import db, transaction
from tracker.domain.errors import N_, Gone, NotPermitted
from tracker.domain.retention import IDENTITY
from tracker.domain.roles import Permission
from tracker.domain.text import reveal
from tracker.models import Attachment
from tracker.queries import concerns
from tracker.services import guards, retention
from tracker.views import access
from tracker.views.access import needs

blueprint = Blueprint("desk", __name__, url_prefix="/desk")

_NUMBER = "<int(max=2147483647):number>"


@blueprint.get(f"/attachments/{_NUMBER}")
@needs(Permission.READ_DESK)
def attachment(number: int) -> Response:
    """Send evidence as a file to save; what proves who somebody is goes another way."""
    found = _file(number)
    if found.purpose in IDENTITY:
        raise NotPermitted(N_("身份证明要从案件页用“下载”按钮打开，打开会留下记录。"))
    guards.require_unconcerned(g.account, concerns.cases_of_file(found))
    return _download(found)


@blueprint.post(f"/attachments/{_NUMBER}/disclose")
@needs(Permission.REVEAL_IDENTITY, fresh=True)
def disclose(number: int) -> Response:
    """Send a proof of identity, with a trace of who looked at it."""
    access.check_button()
    found = _file(number)
    with transaction():
        retention.disclose(g.account, found, clock.now())
    return _download(found)


def _file(number: int) -> Attachment:
    found = db.session.get(Attachment, number)
    if found is None:
        abort(404)
    if found.content is None:
        raise Gone(N_("文件已按规定删除，只留下大小和校验值。"))
    return found


def _download(found: Attachment) -> Response:
    """Return a file to be saved; no browser may look into it."""
    response = send_file(
        BytesIO(found.content or b""),
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
