"""Arranging the notices of an article: merging its cases, taking that back, splitting some off, another category."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, g, redirect
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.errors import N_, Conflict, DomainError, Incomplete, InvalidTransition
from tracker.domain.roles import Permission
from tracker.domain.text import number
from tracker.forms.case_acts import ActForm
from tracker.forms.sharing import CategoryForm, MergeForm, SplitForm, UnmergeForm
from tracker.models import Case
from tracker.services import merging
from tracker.views import acting
from tracker.views.access import needs
from tracker.views.http import site

blueprint = Blueprint("arranging", __name__, url_prefix="/desk/cases")

_CASE = "<int(max=2147483647):case_id>"
_CHOOSE = N_("请选择一个类别。")


@blueprint.post(f"/{_CASE}/merge")
@needs(Permission.DECIDE)
def merge(case_id: int) -> AnyResponse:
    form = MergeForm()

    def act(now: datetime) -> Case:
        return merging.merge(site(), g.account, case_id, form.seen_version(), number(form.other.data), now)

    return _done(case_id, form, act)


@blueprint.post(f"/{_CASE}/unmerge")
@needs(Permission.DECIDE)
def unmerge(case_id: int) -> AnyResponse:
    form = UnmergeForm()
    return _done(case_id, form, lambda now: merging.unmerge(site(), g.account, case_id, form.seen_version(), now))


@blueprint.post(f"/{_CASE}/split")
@needs(Permission.DECIDE)
def split(case_id: int) -> AnyResponse:
    form = SplitForm()

    def act(now: datetime) -> Case:
        category = form.chosen()
        if category is None:
            raise Incomplete({"category": DomainError(_CHOOSE)})
        items = [number(item) for item in form.items.data or []]
        return merging.split(site(), g.account, case_id, form.seen_version(), items, category, now)

    return _done(case_id, form, act)


@blueprint.post(f"/{_CASE}/category")
@needs(Permission.DECIDE)
def category(case_id: int) -> AnyResponse:
    form = CategoryForm()

    def act(now: datetime) -> Case:
        chosen = form.chosen()
        if chosen is None:
            raise Incomplete({"category": DomainError(_CHOOSE)})
        return merging.recategorise(site(), g.account, case_id, form.seen_version(), chosen, now)

    return _done(case_id, form, act)


def _done(case_id: int, form: ActForm, act: Callable[[datetime], Case]) -> AnyResponse:
    """Do one act and go to the case it leaves; what is refused shows the form again."""
    if not form.validate_on_submit():
        return acting.again(case_id, form, 422)
    try:
        with transaction():
            there = act(clock.now()).id
    except Incomplete as error:
        form.refuse(error.problems)
        return acting.again(case_id, form, 422)
    except (Conflict, InvalidTransition) as error:
        return acting.again(case_id, form, error.status, error)
    return redirect(f"/desk/cases/{there}", 303)
