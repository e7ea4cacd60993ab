"""What a moderator finds before deciding a case: written down, each in one act."""

from datetime import datetime

from flask import Blueprint, g
from werkzeug.wrappers import Response as AnyResponse

from tracker.domain.regimes import FirstAction, RegimeName
from tracker.domain.roles import Permission
from tracker.domain.text import number
from tracker.forms import findings as forms
from tracker.services import defamation, findings, holds
from tracker.views.access import needs
from tracker.views.acting import done
from tracker.views.http import site

blueprint = Blueprint("findings", __name__, url_prefix="/desk/cases")

_CASE = "<int(max=2147483647):case_id>"


@blueprint.post(f"/{_CASE}/assess")
@needs(Permission.DECIDE)
def assess(case_id: int) -> AnyResponse:
    form = forms.AssessForm()

    def act(now: datetime, key: str) -> None:
        action, is_illegal = FirstAction(form.action.data), form.illegal.data == "yes"
        said = form.reason.data or ""
        findings.assess(site(), g.account, case_id, form.seen_version(), action, is_illegal, said, now, key)

    return done(case_id, form, act)


@blueprint.post(f"/{_CASE}/regimes")
@needs(Permission.DECIDE)
def set_regime(case_id: int) -> AnyResponse:
    form = forms.RegimesForm()

    def act(now: datetime, key: str) -> None:
        name, said = RegimeName(form.regime.data), form.reason.data or ""
        applies = form.applies.data == "yes"
        findings.set_regime(site(), g.account, case_id, form.seen_version(), name, said, now, key, applies=applies)

    return done(case_id, form, act)


@blueprint.post(f"/{_CASE}/repeat")
@needs(Permission.DECIDE)
def find_repeat(case_id: int) -> AnyResponse:
    form = forms.RepeatForm()

    def act(now: datetime, _: str) -> None:
        item = holds.belongs(number(form.item.data), case_id)
        is_repeat = form.repeat.data == "yes"
        defamation.find_repeat(site(), g.account, item.id, form.seen_version(), now, is_repeat=is_repeat)

    return done(case_id, form, act)
