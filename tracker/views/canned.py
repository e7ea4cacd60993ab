"""Texts kept ready: the list, writing one, seeing it filled in, retiring it; and one filled in for a case."""

from flask import Blueprint, Response, abort, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import db, transaction
from tracker.domain.canned import LANGUAGES, PURPOSES, VARIABLES, Purpose, fill, unfilled
from tracker.domain.errors import Conflict, DomainError, Incomplete
from tracker.domain.roles import Permission
from tracker.forms import canned as forms
from tracker.forms import filling
from tracker.forms.base import seen
from tracker.forms.canned import CannedForm
from tracker.models import CannedText, Case
from tracker.queries import canned as texts
from tracker.services import canned
from tracker.views import access
from tracker.views.access import needs
from tracker.views.http import gettext, page, site

blueprint = Blueprint("canned", __name__, url_prefix="/desk")

_NUMBER = "<int(max=2147483647):number>"


@blueprint.get("/canned")
@needs(Permission.READ_SETTINGS)
def overview() -> Response:
    return page("desk/canned.html", texts=texts.everything(), purposes=PURPOSES, languages=LANGUAGES)


@blueprint.get("/canned/new")
@needs(Permission.MANAGE_SETTINGS)
def new() -> Response:
    return _text(None, CannedForm(formdata=None))


@blueprint.get(f"/canned/{_NUMBER}")
@needs(Permission.READ_SETTINGS)
def text(number: int) -> Response:
    found = _found(number)
    return _text(found, forms.shown(found))


@blueprint.post("/canned/new")
@needs(Permission.MANAGE_SETTINGS)
def add() -> AnyResponse:
    return _put(None)


@blueprint.post(f"/canned/{_NUMBER}")
@needs(Permission.MANAGE_SETTINGS)
def change(number: int) -> AnyResponse:
    return _put(_found(number))


@blueprint.post(f"/canned/{_NUMBER}/retire")
@needs(Permission.MANAGE_SETTINGS)
def retire(number: int) -> AnyResponse:
    access.check_button()
    act = canned.bring_back if _found(number).retired_at else canned.retire
    with transaction():
        act(g.account, number, seen(request.form.get("version")), clock.now())
    return redirect("/desk/canned", 303)


@blueprint.get(f"/cases/{_NUMBER}/canned")
@needs(Permission.DECIDE)
def for_case(number: int) -> Response:
    """Give one text filled in for a case, for the script that puts it where the cursor is."""
    case = db.session.get(Case, number) or abort(404)
    value, clause = request.args.get("text", ""), request.args.get("clause", "")
    said = texts.filled(site(), value, case, filling.item_of(case), g.account, clause, clock.now())
    if said is None:
        abort(404)
    return Response(said, mimetype="text/plain", headers={"Cache-Control": "no-store"})


def _put(known: CannedText | None) -> AnyResponse:
    form = CannedForm()
    if not form.validate_on_submit():
        return _text(known, form, 422)
    if request.form.get("then") == "preview":
        return _text(known, form)
    number = known.id if known else None
    try:
        with transaction():
            purpose = Purpose(form.purpose.data)
            version = form.seen_version() if known else 0
            canned.put(g.account, number, version, form.name.data or "", purpose, form.texts(), clock.now())
    except Incomplete as error:
        form.refuse(error.problems)
        return _text(known, form, 422)
    except Conflict as error:
        return _text(_found(number or 0), form, 409, error)
    return redirect("/desk/canned", 303)


def _found(number: int) -> CannedText:
    return db.session.get(CannedText, number, populate_existing=True) or abort(404)


def _text(
    known: CannedText | None, form: CannedForm, status: int = 200, refused: DomainError | None = None
) -> Response:
    if refused and known:
        form.version.data = str(known.version)
    now = clock.now()
    written = {language: said for language, said in form.texts().items() if said.strip()}
    filled = {language: fill(said, texts.sample(site(), language, now)) for language, said in written.items()}
    return page(
        "desk/canned_text.html",
        status,
        known=known,
        form=form,
        variables=VARIABLES,
        languages=LANGUAGES,
        previews=filled,
        left={language: unfilled(said) for language, said in filled.items()},
        conflict=gettext(refused.message, **refused.values) if refused else "",
    )
