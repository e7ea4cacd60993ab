"""The clauses of our rules, what changed in them, and the cases to look at again."""

from flask import Blueprint, Response, abort, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.errors import Conflict, DomainError, Incomplete
from tracker.domain.lifecycle import LABELS
from tracker.domain.roles import Permission
from tracker.domain.text import number
from tracker.forms.rules import ReviewForm
from tracker.queries import rules
from tracker.services import clauses
from tracker.views.access import needs
from tracker.views.http import gettext, page

blueprint = Blueprint("rules", __name__, url_prefix="/desk/rules")


@blueprint.get("")
@needs(Permission.READ_SETTINGS)
def overview() -> Response:
    return page("desk/rules.html", lines=rules.lines(clock.now()))


@blueprint.get("/<clause>")
@needs(Permission.READ_SETTINGS)
def clause(clause: str) -> Response:
    return _clause(clause, ReviewForm(formdata=None))


@blueprint.post("/<clause>/review")
@needs(Permission.MANAGE_SETTINGS)
def review(clause: str) -> AnyResponse:
    form = ReviewForm()
    if not form.validate_on_submit():
        return _clause(clause, form, 422)
    meant = form.listed.data if request.form.get("which") == "all" else form.case.data
    cases = [number(text) for text in meant or () if text]
    try:
        with transaction():
            noted = clauses.review(g.account, number(form.clause.data), cases, form.note.data or "", clock.now())
    except Incomplete as error:
        form.refuse(error.problems)
        return _clause(clause, form, 422)
    except Conflict as error:
        return _clause(clause, form, 409, error)
    return redirect(f"/desk/rules/{clause}?noted={noted}", 303)


def _clause(clause: str, form: ReviewForm, status: int = 200, refused: DomainError | None = None) -> Response:
    newest, now = clauses.newest(clause), clock.now()
    if newest is None:
        abort(404)
    form.clause.data = str(newest.id)
    return page(
        "desk/rule.html",
        status,
        clause=newest,
        title=rules.title(newest),
        editions=rules.editions(newest.number),
        affected=rules.affected(newest, now),
        outstanding=rules.outstanding(newest, now),
        reviewed=rules.reviewed(newest),
        states=LABELS,
        form=form,
        noted=request.args.get("noted", type=int),
        conflict=gettext(refused.message, **refused.values) if refused else "",
    )
