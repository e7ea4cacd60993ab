"""Notices that come by phone, post or e-mail: staff type them in, and their senders get the same receipt."""

from dataclasses import dataclass, replace

from flask import Blueprint, Response, abort, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.attachments import MAX_FILES, Attachment
from tracker.domain.categories import BY_SLUG, CATEGORIES, Category
from tracker.domain.elements import Kind
from tracker.domain.errors import N_, DomainError, Gone, Incomplete
from tracker.domain.lifecycle import CHANNEL_LABELS, Channel
from tracker.domain.roles import Permission
from tracker.forms import notice as forms
from tracker.forms.notice import NoticeForm
from tracker.models import Notice
from tracker.render.site import PREFIXES
from tracker.services import drafts, notices
from tracker.views import access
from tracker.views.access import needs
from tracker.views.http import gettext, page, site

blueprint = Blueprint("intake", __name__, url_prefix="/desk/intake")

CHANNELS = (Channel.PHONE, Channel.POST, Channel.EMAIL)

_CHOOSE = N_("请选择一项。")
_LANGUAGES = {"zh-Hans": N_("简体中文"), "zh-Hant": N_("繁体中文"), "en": N_("英文")}


@dataclass(frozen=True)
class _Came:
    """By which way a notice came, in which language its sender is answered, and what is wrong with that."""

    channel: str
    language: str

    @property
    def problem(self) -> str:
        return "" if self.channel in CHANNELS and self.language in PREFIXES else _CHOOSE


@blueprint.get("")
@needs(Permission.RUN_INTAKE)
def choose() -> Response:
    return page("desk/intake_choose.html", options=CATEGORIES.values())


@blueprint.get("/<slug>")
@needs(Permission.RUN_INTAKE)
def start(slug: str) -> Response:
    return _form(NoticeForm(_category(slug), forms.new_key(), {}), _Came("", "zh-Hans"))


@blueprint.post("/<slug>")
@needs(Permission.RUN_INTAKE)
def submit(slug: str) -> AnyResponse:
    access.check_button()
    form = forms.read(_category(slug), request.form)
    came = _Came(request.form.get("channel", ""), request.form.get("language", ""))
    if notices.sent(drafts.identify(form.key)) is not None:
        return redirect(f"/desk/intake/sent/{form.key}", 303)
    files, refused = _files(form.category)
    with transaction():
        removed = request.form.getlist("remove_file")
        left_out = drafts.save(form.key, form.category.name, form.answers, files, removed, clock.now())
    problems = _problems(form, refused, left_out)
    if problems or came.problem:
        return _form(replace(form, problems=problems), came, 422)
    with transaction():
        _enter(form.key, came)
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
    return notices.submit(site(), submission, now, Channel(came.channel), g.account)


def _files(category: Category) -> tuple[list[Attachment], list[DomainError]]:
    """Return the files that may enter, each for the question under which it was chosen."""
    taken: list[Attachment] = []
    refused: list[DomainError] = []
    for name in _purposes(category):
        found, wrong = forms.read_files(request.files.getlist(name))
        taken += [replace(file, purpose=name) for file in found]
        refused += wrong
    return taken, refused


def _purposes(category: Category) -> list[str]:
    return [element.name for element in category.questions if element.kind is Kind.FILES]


def _problems(form: NoticeForm, refused: list[DomainError], left_out: list[str]) -> dict[str, str]:
    found: dict[str, DomainError] = {}
    try:
        notices.check(site(), form.category, form.answers, clock.now())
    except Incomplete as incomplete:
        found = incomplete.problems
    said = {name: gettext(error.message, **error.values) for name, error in found.items()}
    about_files = [gettext(error.message, **error.values) for error in refused]
    if left_out:
        message = N_("最多%(most)s个文件，下面这些没有保存：%(names)s。请先删去几个，或者合并后再上传。")
        about_files.append(gettext(message, most=MAX_FILES, names=", ".join(left_out)))
    return said | ({"files": " ".join(about_files)} if about_files else {})


def _form(form: NoticeForm, came: _Came, status: int = 200) -> Response:
    draft = drafts.find(form.key, clock.now())
    return page(
        "desk/intake.html",
        status,
        form=form,
        sections=form.sections(gettext),
        errors=form.wrong(gettext),
        came=came,
        came_problem=came.problem if status != 200 else "",
        channels=[(channel, CHANNEL_LABELS[channel]) for channel in CHANNELS],
        languages=[(spoken, _LANGUAGES.get(spoken, spoken)) for spoken in PREFIXES],
        files=list(draft.files) if draft else [],
    )


def _category(slug: str) -> Category:
    return BY_SLUG.get(slug) or abort(404)
