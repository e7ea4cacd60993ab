"""Notices that come by phone, post or e-mail: staff type them in, and their senders get the same receipt."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from flask import Blueprint, Response, abort, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.calendars import instant
from tracker.domain.categories import BY_SLUG, CATEGORIES, Category
from tracker.domain.errors import N_, Gone, Incomplete
from tracker.domain.lifecycle import CHANNEL_LABELS, Channel
from tracker.domain.notices import is_date
from tracker.domain.roles import Permission
from tracker.domain.text import clean_line
from tracker.forms import notice as forms
from tracker.forms.notice import NoticeForm
from tracker.models import Notice
from tracker.render import countries
from tracker.render.site import LANGUAGES, PREFIXES
from tracker.services import drafts, notices
from tracker.views import access, notice_form
from tracker.views.access import needs
from tracker.views.http import gettext, page, site

blueprint = Blueprint("intake", __name__, url_prefix="/desk/intake")

CHANNELS = (Channel.PHONE, Channel.POST, Channel.EMAIL)

_CHOOSE = N_("请选择一项。")
_WHEN = N_("请按年-月-日填写收到的日期，例如 2026-03-15；不晚于今天，不早于一年前。")
_OLDEST, _LONGEST = timedelta(), timedelta(days=365)


@dataclass(frozen=True)
class _Came:
    """By which way a notice came, on which day, in which language its sender is answered; and what is wrong with that."""

    channel: str = ""
    received_on: str = ""
    language: str = next(iter(PREFIXES))

    @property
    def problems(self) -> dict[str, str]:
        """Return what is wrong, by field."""
        found = {}
        if self.channel not in CHANNELS:
            found["channel"] = _CHOOSE
        if self.language not in PREFIXES:
            found["language"] = _CHOOSE
        if not is_date(self.received_on) or not _OLDEST <= _today() - date.fromisoformat(self.received_on) <= _LONGEST:
            found["received_on"] = _WHEN
        return found

    def at(self, now: datetime) -> datetime:
        """Return when the notice came: the start of an earlier day, the earliest it can have been; or now."""
        day = date.fromisoformat(self.received_on)
        return now if day == _today() else instant(day, time(), site().zone)


def _today() -> date:
    return site().local(clock.now()).date()


@blueprint.get("")
@needs(Permission.RUN_INTAKE)
def choose() -> Response:
    return page("desk/intake_choose.html", options=CATEGORIES.values())


@blueprint.get("/<slug>")
@needs(Permission.RUN_INTAKE)
def start(slug: str) -> Response:
    return _form(NoticeForm(_category(slug), forms.new_key(), {}), _Came(received_on=_today().isoformat()))


@blueprint.post("/<slug>")
@needs(Permission.RUN_INTAKE)
def submit(slug: str) -> AnyResponse:
    access.check_button()
    form = forms.read(_category(slug), request.form)
    came = _Came(*(clean_line(request.form.get(name, "")) for name in ("channel", "received_on", "language")))
    if notices.sent(drafts.identify(form.key)) is not None:
        return redirect(f"/desk/intake/sent/{form.key}", 303)
    files, refused = notice_form.files(form.category)
    with transaction():
        removed = request.form.getlist("remove_file")
        left_out = drafts.save(form.key, form.category.name, form.answers, files, removed, clock.now())
    problems = notice_form.problems(form, refused, left_out, notices.ESSENTIAL)
    if problems or came.problems:
        return _form(replace(form, problems=problems), came, 422)
    try:
        with transaction():
            _enter(form.key, came)
    except Incomplete as error:  # some addresses are not ours: whoever types them in is asked whether to go on
        said = {name: gettext(problem.message, **problem.values) for name, problem in error.problems.items()}
        return _form(replace(form, problems=said), came, 422, may_leave_out=True)
    return redirect(f"/desk/intake/sent/{form.key}", 303)


@blueprint.get("/sent/<key>")
@needs(Permission.RUN_INTAKE)
def sent(key: str) -> Response:
    """Show the receipt to whoever typed the notice in, to be read out or sent on."""
    found = notices.sent(drafts.identify(key))
    if found is None or found.entered_by_id != g.account.id:
        abort(404)
    code = site().keys.secret("notice", found.reference, found.key_epoch)
    return page("desk/intake_sent.html", notice=found, code=code, channels=CHANNEL_LABELS)


def _enter(key: str, came: _Came) -> Notice:
    now = clock.now()
    draft = drafts.find(key, now)
    if draft is None:
        raise Gone(N_("这份草稿已经失效，请重新录入。"))
    submission = drafts.submission(site(), draft, came.language, with_files=True)
    submission = replace(submission, leaves_out="leave_out" in request.form)
    return notices.submit(site(), submission, now, Channel(came.channel), g.account, came.at(now))


def _form(form: NoticeForm, came: _Came, status: int = 200, *, may_leave_out: bool = False) -> Response:
    draft = drafts.find(form.key, clock.now())
    return page(
        "desk/intake.html",
        status,
        form=form,
        sections=form.sections(gettext, notices.ESSENTIAL),
        errors=form.wrong(gettext),
        came=came,
        came_problems=came.problems if status != 200 else {},
        channels=[(channel, CHANNEL_LABELS[channel]) for channel in CHANNELS],
        languages=LANGUAGES.items(),
        countries=countries.choices(next(iter(PREFIXES))),
        frequent=countries.FREQUENT,
        files=list(draft.files) if draft else [],
        may_leave_out=may_leave_out,
    )


def _category(slug: str) -> Category:
    return BY_SLUG.get(slug) or abort(404)
