"""The desk's lists: mails in trouble, the trail; and evidence as downloads."""

from enum import StrEnum
from io import BytesIO
from typing import TypeVar

from flask import Blueprint, Response, abort, g, redirect, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import db, transaction
from tracker.domain.errors import N_, Gone
from tracker.domain.roles import Permission
from tracker.domain.text import reveal
from tracker.models import Attachment, MailState
from tracker.queries import desk, trail
from tracker.queries.labels import ACTORS, KINDS, MAIL_STATES
from tracker.services import mails as mail_service
from tracker.views import access
from tracker.views.access import needs
from tracker.views.http import page

E = TypeVar("E", bound=StrEnum)

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


@blueprint.get("/mail")
@needs(Permission.READ_DESK)
def mail() -> Response:
    state = _word(MailState, request.args.get("state"))
    listed = desk.mails(state, _before())
    return page("desk/mail.html", listed=listed, state=state, states=MAIL_STATES, shown=desk.TROUBLED)


@blueprint.post(f"/mail/{_NUMBER}/requeue")
@needs(Permission.HANDLE_MAIL)
def requeue(number: int) -> AnyResponse:
    access.check_button()
    with transaction():
        mail_service.send_again(g.account, number, clock.now())
    return redirect("/desk/mail", 303)


@blueprint.get("/audit")
@needs(Permission.READ_AUDIT)
def audit() -> Response:
    listed = desk.entries(_before())
    names = ACTORS | desk.names(entry.actor for entry in listed.rows)
    return page("desk/audit.html", listed=listed, names=names, kinds=KINDS, head=trail.head())


def _before() -> int | None:
    number = request.args.get("before", type=int)
    return number if number is not None and 0 < number < 2**31 else None


def _word(enum: type[E], text: str | None) -> E | None:
    return enum(text) if text in set(enum) else None
