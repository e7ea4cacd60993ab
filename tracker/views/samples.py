"""Second readings: what waits to be read, a case without its decision, and afterwards both side by side."""

from flask import Blueprint, Response, g, redirect
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.categories import CATEGORIES
from tracker.domain.decisions import OUTCOME_LABELS
from tracker.domain.errors import Incomplete
from tracker.domain.roles import Permission
from tracker.forms.samples import SampleForm
from tracker.queries.case_file import case_file
from tracker.services import samples
from tracker.views.access import needs
from tracker.views.http import page, site

blueprint = Blueprint("samples", __name__, url_prefix="/desk/samples")

_NUMBER = "<int(max=2147483647):number>"


@blueprint.get("")
@needs(Permission.DECIDE)
def overview() -> Response:
    return page("desk/samples.html", waiting=samples.waiting(g.account), labels=CATEGORIES)


@blueprint.get(f"/{_NUMBER}")
@needs(Permission.DECIDE)
def one(number: int) -> Response:
    return _sample(number, SampleForm(formdata=None))


@blueprint.post(f"/{_NUMBER}/read")
@needs(Permission.DECIDE)
def read(number: int) -> AnyResponse:
    form = SampleForm()
    if not form.validate_on_submit():
        return _sample(number, form, 422)
    try:
        with transaction():
            samples.read(g.account, number, form.chosen(), form.note.data or "", clock.now())
    except Incomplete as error:
        form.refuse(error.problems)
        return _sample(number, form, 422)
    return redirect(f"/desk/samples/{number}", 303)


def _sample(number: int, form: SampleForm, status: int = 200) -> Response:
    sample = samples.readable(g.account, number)
    file = case_file(site(), sample.decision.case_id, clock.now())
    return page(
        "desk/sample.html",
        status,
        sample=sample,
        file=file,
        form=form,
        category=CATEGORIES[file.case.category].label,
        outcomes=OUTCOME_LABELS,
    )
