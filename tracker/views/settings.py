"""What admins set while the site runs, and the two switches that stop things."""

from flask import Blueprint, Response, abort, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.errors import Conflict, DomainError, Incomplete
from tracker.domain.roles import Permission
from tracker.domain.settings import SETTINGS, Group, Switch
from tracker.forms import settings as forms
from tracker.forms.base import seen
from tracker.forms.settings import SettingsForm, SwitchForm
from tracker.queries import settings as queries
from tracker.services import generations, proposals, settings
from tracker.views import access
from tracker.views.access import needs
from tracker.views.http import gettext, page, site

GROUPS = {
    Group.CONTACT: "联系方式", Group.SITE: "网站", Group.MAINTAINERS: "通知谁", Group.APPROVAL: "第二个人",
    Group.AGENT: "美国版权法的指定代理人",
}  # fmt: skip

blueprint = Blueprint("settings", __name__, url_prefix="/desk")


@blueprint.get("/settings")
@needs(Permission.READ_SETTINGS)
def show() -> Response:
    return _page(forms.shown(site()))


@blueprint.post("/settings")
@needs(Permission.MANAGE_SETTINGS)
def save() -> AnyResponse:
    form = SettingsForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    typed = form.typed() | _reset()
    try:
        with transaction():
            is_changed = settings.put(site(), g.account, form.seen_version(), typed, clock.now())
    except Incomplete as error:
        form.refuse(error.problems)
        return _page(form, 422)
    except Conflict as error:
        return _page(form, 409, error)
    return redirect(f"/desk/settings?saved={is_changed:d}", 303)


def _reset() -> dict[str, str]:
    """Return the setting whose button says to let the environment speak again."""
    name = request.form.get("reset", "")
    return {name: forms.typed(site().default(name))} if name in SETTINGS else {}


@blueprint.post("/settings/restore/<int(max=2147483647):version>")
@needs(Permission.MANAGE_SETTINGS)
def restore(version: int) -> AnyResponse:
    access.check_button()
    with transaction():
        is_changed = settings.restore(site(), g.account, seen(request.form.get("version")), version, clock.now())
    return redirect(f"/desk/settings?saved={is_changed:d}", 303)


@blueprint.get("/switches")
@needs(Permission.READ_SETTINGS)
def switches() -> Response:
    return _switches({})


@blueprint.post("/switches/<name>")
@needs(Permission.MANAGE_SETTINGS)
def turn(name: str) -> AnyResponse:
    switch = next((switch for switch in Switch if switch.replace("_", "-") == name), None) or abort(404)
    form = SwitchForm()
    if not form.validate_on_submit():
        return _switches({switch: form}, 422)
    try:
        with transaction(while_read_only=True):
            if request.form.get("turn") == "off":
                settings.turn_off(g.account, switch, clock.now())
            else:
                settings.turn_on(g.account, switch, form.reason.data or "", clock.now())
    except Incomplete as error:
        form.refuse(error.problems)
        return _switches({switch: form}, 422)
    return redirect("/desk/switches", 303)


def _switches(sent: dict[Switch, SwitchForm], status: int = 200) -> Response:
    shown = {switch: sent.get(switch) or SwitchForm(formdata=None) for switch in Switch}
    return page("desk/switches.html", status, forms=shown, switches=Switch)


def _page(form: SettingsForm, status: int = 200, refused: DomainError | None = None) -> Response:
    if refused:
        g.pop("site")  # somebody was first, perhaps after this request began
        form.version.data = str(site().version)
    return page(
        "desk/settings.html",
        status,
        form=form,
        groups=GROUPS,
        rules=SETTINGS,
        limits=queries.limits(site()),
        sources=queries.sources(site()),
        versions=queries.versions(site()),
        approvers=proposals.permitted(),
        conflict=gettext(refused.message, **refused.values) if refused else "",
        saved=request.args.get("saved", ""),
        is_left_behind=generations.is_left_behind(site()),
    )
