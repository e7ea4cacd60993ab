"""The desk's lists: the queue and decided cases; and evidence as downloads."""

from enum import StrEnum
from io import BytesIO
from typing import TypeVar

from flask import Blueprint, Response, abort, g, redirect, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import db
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.clocks import RULES
from tracker.domain.decisions import OUTCOME_LABELS
from tracker.domain.errors import N_, Gone
from tracker.domain.lifecycle import LABELS, State
from tracker.domain.roles import Permission
from tracker.domain.text import reveal
from tracker.models import Attachment
from tracker.queries import desk
from tracker.views import due
from tracker.views.access import needs
from tracker.views.http import page

E = TypeVar("E", bound=StrEnum)

blueprint = Blueprint("desk", __name__, url_prefix="/desk")

_NUMBER = "<int(max=2147483647):number>"
_PAST = {State.DECIDED: desk.decided_cases, State.CLOSED: desk.closed_cases}


@blueprint.get("/")
@needs(Permission.READ_DESK)
def queue() -> Response:
    return _queue(None)


@blueprint.get("/cases")
@needs(Permission.READ_DESK)
def cases() -> AnyResponse:
    number = request.args.get("number", type=int)
    if number is not None:
        return redirect(f"/desk/cases/{number}", 303)
    state = _word(State, request.args.get("state"))
    return _past(state) if state in _PAST else _queue(state)


def _queue(state: State | None) -> Response:
    category = _word(CategoryName, request.args.get("category"))
    is_mine = request.args.get("mine") == "1"
    listed = desk.open_cases(
        desk.cursor(request.args.get("after", "")), state, category, g.account if is_mine else None
    )
    view = state if state in desk.AFTERWARDS else "mine" if is_mine else "open"
    return _cases(view, listed, category, state)


def _past(state: State) -> Response:
    category = _word(CategoryName, request.args.get("category"))
    listed = _PAST[state](desk.cursor(request.args.get("after", "")), category)
    return _cases(state, listed, category, state)


def _cases(view: str, listed: desk.Listed, category: CategoryName | None, state: State | None) -> Response:
    return page(
        "desk/queue.html",
        view=view,
        listed=listed,
        category=category,
        state=state,
        is_first="after" not in request.args,
        numbers=desk.numbers(),
        afterwards=[State.APPEALED, State.COUNTERED, State.ON_HOLD],
        number_open=desk.number_open(),
        number_mine=desk.number_open(g.account),
        labels=CATEGORIES,
        states=LABELS,
        outcomes=OUTCOME_LABELS,
        rules=RULES,
        now=clock.now(),
        due=due,
    )


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


def _word(enum: type[E], text: str | None) -> E | None:
    return enum(text) if text in set(enum) else None
