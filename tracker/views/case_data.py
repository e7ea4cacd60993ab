"""The personal data of a case: what is kept until when, erasure at somebody's request, and who was told."""

from datetime import datetime

from flask import Blueprint, Response, g
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.domain.errors import DomainError
from tracker.domain.roles import Permission
from tracker.domain.text import number
from tracker.forms.case_acts import ActForm, blank
from tracker.forms.case_data import EraseForm, TellForm
from tracker.queries.case_data import case_data
from tracker.services import erasure
from tracker.views.access import needs
from tracker.views.acting import done
from tracker.views.http import gettext, may, page, site

blueprint = Blueprint("case_data", __name__, url_prefix="/desk/cases")

_CASE = "<int(max=2147483647):case_id>"


@blueprint.get(f"/{_CASE}/data")
@needs(Permission.READ_DESK)
def show(case_id: int) -> Response:
    return _page(case_id)


@blueprint.post(f"/{_CASE}/erase")
@needs(Permission.ERASE_DATA)
def erase(case_id: int) -> AnyResponse:
    form = EraseForm()

    def act(now: datetime, key: str) -> None:
        item, why = number(form.item.data), form.reason.data or ""
        erasure.erase(site(), g.account, case_id, form.seen_version(), item, why, now, key)

    return done(case_id, form, act, "/data", _page)


@blueprint.post(f"/{_CASE}/tell")
@needs(Permission.DECIDE)
def tell(case_id: int) -> AnyResponse:
    form = TellForm()

    def act(now: datetime, key: str) -> None:
        said = {name: form[name].data or "" for name in ("name", "email", "language")}
        erasure.tell(site(), g.account, case_id, form.seen_version(), said, now, key)

    return done(case_id, form, act, "/data", _page)


def _page(case_id: int, form: ActForm | None = None, status: int = 200, refused: DomainError | None = None) -> Response:
    data = case_data(site(), case_id, clock.now())
    erasing, scope = {}, ""
    if may(Permission.ERASE_DATA):
        left = [held.item for held in data.held if held.notice.erased_at is None]
        erasing = {item.id: blank(EraseForm, data.case, item=str(item.id)) for item in left}
    telling = blank(TellForm, data.case, language="zh-Hans") if may(Permission.DECIDE) else None
    if isinstance(form, TellForm):
        telling, scope = form, "tell-"
    elif isinstance(form, EraseForm) and (item := number(form.item.data)) in erasing:
        erasing[item], scope = form, f"erase-{item}-"
    if form is not None:
        form.version.data = str(data.case.version)
    return page(
        "desk/data.html",
        status,
        data=data,
        case=data.case,
        errors=form.wrong(scope) if form else [],
        refused=gettext(refused.message, **refused.values) if refused else "",
        came_back=scope or None,
        erasing=erasing,
        telling=telling,
    )
