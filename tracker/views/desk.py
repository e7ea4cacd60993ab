"""The desk's lists: mails in trouble, the trail, people; and evidence as downloads."""

from enum import StrEnum
from io import BytesIO
from typing import TypeVar

from flask import Blueprint, Response, abort, g, redirect, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import db, transaction
from tracker.domain.errors import N_, Gone, Incomplete
from tracker.domain.roles import LABELS as ROLES
from tracker.domain.roles import Role
from tracker.domain.text import reveal
from tracker.forms.account import InviteForm
from tracker.models import Attachment, MailState
from tracker.queries import desk, trail
from tracker.queries.labels import ACTORS, KINDS, MAIL_STATES
from tracker.services import accounts
from tracker.services import mails as mail_service
from tracker.views import access
from tracker.views.access import admin, moderator
from tracker.views.http import page, site

E = TypeVar("E", bound=StrEnum)

blueprint = Blueprint("desk", __name__, url_prefix="/desk")

_NUMBER = "<int(max=2147483647):number>"


@blueprint.get(f"/attachments/{_NUMBER}")
@moderator
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
@moderator
def mail() -> Response:
    state = _word(MailState, request.args.get("state"))
    listed = desk.mails(state, _before())
    return page("desk/mail.html", listed=listed, state=state, states=MAIL_STATES, shown=desk.TROUBLED)


@blueprint.post(f"/mail/{_NUMBER}/requeue")
@moderator
def requeue(number: int) -> AnyResponse:
    access.check_button()
    with transaction():
        mail_service.send_again(g.account, number, clock.now())
    return redirect("/desk/mail", 303)


@blueprint.get("/audit")
@moderator
def audit() -> Response:
    listed = desk.entries(_before())
    names = ACTORS | desk.names(entry.actor for entry in listed.rows)
    return page("desk/audit.html", listed=listed, names=names, kinds=KINDS, head=trail.head())


@blueprint.get("/people")
@admin
def people() -> Response:
    return _people(InviteForm())


@blueprint.post("/people/invite")
@admin
def invite() -> AnyResponse:
    form = InviteForm()
    if not form.validate_on_submit():
        return _people(form, 422)
    try:
        with transaction():
            accounts.invite(site(), g.account, form.email.data, Role(form.role.data), clock.now())
    except Incomplete as error:
        form.refuse(error.problems)
        return _people(form, 422)
    return redirect("/desk/people", 303)


@blueprint.post(f"/people/{_NUMBER}/disable")
@admin
def disable(number: int) -> AnyResponse:
    access.check_button()
    with transaction():
        accounts.disable(g.account, number, clock.now())
    return redirect("/desk/people", 303)


@blueprint.post(f"/people/{_NUMBER}/enable")
@admin
def enable(number: int) -> AnyResponse:
    access.check_button()
    with transaction():
        accounts.enable(g.account, number, clock.now())
    return redirect("/desk/people", 303)


def _people(form: InviteForm, status: int = 200) -> Response:
    return page(
        "desk/people.html",
        status,
        form=form,
        people=desk.people(),
        invitations=desk.invitations(clock.now()),
        roles=ROLES,
    )


def _before() -> int | None:
    number = request.args.get("before", type=int)
    return number if number is not None and 0 < number < 2**31 else None


def _word(enum: type[E], text: str | None) -> E | None:
    return enum(text) if text in set(enum) else None
