"""The publisher's side of a case, for whoever has the code from our mail: see, reply, counter-notice, appeal."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy.exc import OperationalError

from tracker import clock
from tracker.db import UNWRITTEN, db, later, transaction
from tracker.domain.errors import N_, DomainError, Incomplete, InvalidTransition, TooMany
from tracker.domain.regimes import REGIMES, RegimeName
from tracker.domain.text import clean_line
from tracker.forms import publisher as forms
from tracker.forms.base import Shown
from tracker.forms.publisher import PublisherForm
from tracker.models import Case
from tracker.queries import publisher as queries
from tracker.render.lists import path_of
from tracker.services import appeals, cases, counters, limits, publishers
from tracker.views.access import public
from tracker.views.errors import say_when
from tracker.views.http import closed_page, gettext, language, site

blueprint = Blueprint("publisher", __name__, url_prefix="/publisher")

_CASE = "/<int(max=2147483647):number>"
_WRONG = (30, timedelta(hours=1))
_ACTS = (100, timedelta(days=1))
_LONGEST_SHOWN = 200
_FORM, _CHECK = "publisher/counter.html", "publisher/check.html"

_REFUSED = N_("案件编号或查询码不对。请用邮件里的链接重新打开；查询码有52位，大小写和连字符都不要紧。")
_REPLIED = N_("答复已经收到")
_COUNTERED = N_("反通知已经收到")
_APPEALED = N_("申诉已经收到")


@blueprint.get(_CASE)
@public
def follow(number: int) -> Response:
    """Show a button: what a link in a mail does by itself, a scanner of mails does too."""
    return _ask(number, clean_line(request.args.get("code", ""))[:_LONGEST_SHOWN])


@blueprint.post(_CASE)
@public
def see(number: int) -> Response:
    return _see(number) if _opened(number) else _refused(number)


@blueprint.post(f"{_CASE}/reply")
@public
def reply(number: int) -> Response:
    case = _opened(number)
    if case is None:
        return _refused(number)
    names = cases.regimes(case)
    form = forms.reply_form(is_uk=_is_uk(case, names), typed=request.form)
    files, refused = forms.read_all({"files": request.files.getlist("files")}, {"files": "files"})
    form = form.judged(gettext, forms.reply_problems(names, form), refused)

    def act(case: Case, now: datetime, key: str) -> None:
        given = form.given()
        publishers.reply(site(), case, given.pop(forms.TEXT, ""), given, files, now, key)

    form, error = _do(number, "reply", form, act)
    if not error:
        return _see(number, done=_REPLIED)
    return _see(number, error, reply=form, again=request.files.getlist("files"))


@blueprint.post(f"{_CASE}/appeal")
@public
def appeal(number: int) -> Response:
    if _opened(number) is None:
        return _refused(number)
    form = forms.appeal_form(request.form)
    uploads = request.files.getlist(forms.APPEAL_FILES)
    files, refused = forms.read_all({forms.APPEAL_FILES: uploads}, {forms.APPEAL_FILES: "files"})
    form = form.judged(gettext, form.faults(), refused)

    def act(case: Case, now: datetime, key: str) -> None:
        appeals.send(site(), case, None, form.given()[forms.GROUNDS_TEXT], files, language(), now, key)

    form, error = _do(number, "appeal", form, act)
    if not error:
        return _see(number, done=_APPEALED)
    return _see(number, error, appeal=form, again=uploads)


@blueprint.post(f"{_CASE}/counter-notice")
@public
def counter(number: int) -> Response:
    """Show the form of a counter-notice, empty or as it was left to be changed."""
    case = _opened(number)
    if case is None:
        return _refused(number)
    return _not_possible(case) or _counter(_FORM, case, forms.counter_form(cases.regimes(case), request.form))


@blueprint.post(f"{_CASE}/counter-notice/check")
@public
def check_counter(number: int) -> Response:
    """Show what was answered before it is sent; the files are chosen there, beside the button that sends them."""
    case = _opened(number)
    if case is None:
        return _refused(number)
    names = cases.regimes(case)
    form = forms.counter_form(names, request.form)
    later = frozenset(forms.COUNTER_FILES)
    form = form.judged(gettext, forms.counter_problems(names, form, _address(case), later), {})
    return _not_possible(case) or _counter(_FORM if form.problems else _CHECK, case, form)


@blueprint.post(f"{_CASE}/counter-notice/send")
@public
def send_counter(number: int) -> Response:
    case = _opened(number)
    if case is None:
        return _refused(number)
    names = cases.regimes(case)
    uploads = {name: request.files.getlist(name) for name in forms.COUNTER_FILES}
    files, refused = forms.read_all(uploads, {name: name for name in forms.COUNTER_FILES})
    form = forms.counter_form(names, request.form)
    held = frozenset(file.purpose for file in files)
    form = form.judged(gettext, forms.counter_problems(names, form, _address(case), held), refused)

    def act(case: Case, now: datetime, key: str) -> None:
        answers, agreed = form.given() | {"addresses": _address(case)}, form.statements(gettext)
        counters.send(site(), case, answers, agreed, files, language(), now, key)

    form, error = _do(number, "counter", form, act)
    if not error:
        return _see(number, done=_COUNTERED)
    case = db.session.get_one(Case, number)
    if not form.problems and (refusal := _not_possible(case)):
        return refusal
    chosen = [upload for sent in uploads.values() for upload in sent]
    is_about_files = set(form.problems) <= set(forms.COUNTER_FILES)
    return _counter(_CHECK if is_about_files else _FORM, case, form, error, chosen)


def _opened(number: int) -> Case | None:
    """Return the case when the form carries its code; a code of an earlier key is as good as a new one."""
    fits = site().keys.opens_any(request.form.get("code", ""), "publisher", str(number))
    case = db.session.get(Case, number)
    return case if fits else None


def _refused(number: int) -> Response:
    """Answer alike for a wrong code and an unknown case. Only failures count: a right code is never shut out."""
    error: DomainError = DomainError(_REFUSED)
    status = 422
    try:
        with suppress(*UNWRITTEN), transaction():
            limits.hit(site(), f"publisher {limits.network(request.remote_addr or '')}", *_WRONG, clock.now())
    except TooMany as too_many:
        error, status = too_many, too_many.status
        say_when(error)
    kept = [value for name, value in request.form.items() if name not in {"code", "key"} and value]
    code = clean_line(request.form.get("code", ""))[:_LONGEST_SHOWN]
    return _ask(number, code, status, gettext(error.message, **error.values), kept)


def _ask(number: int, code: str, status: int = 200, message: str = "", kept: Iterable[str] = ()) -> Response:
    field = Shown(
        "code", gettext(N_("查询码")), "text", code, message, True,
        gettext(N_("52位字母和数字，在我们的邮件里。可以直接粘贴，连字符和大小写不影响。")),
        [], maxlength=None, autocomplete="off", rows=0, accept="",
    )  # fmt: skip
    right = "" if message else code
    return _page(
        "publisher/open.html", number, status, code=code, opened_with=right, field=field, message=message, kept=kept
    )


def _do(
    number: int, what: str, form: PublisherForm, act: Callable[[Case, datetime, str], None]
) -> tuple[PublisherForm, DomainError | None]:
    """Carry out an act in one transaction; return the form with what a rule found wrong, and the refusal if there is one."""
    now = clock.now()
    try:
        if form.problems:
            raise Incomplete({})
        with transaction():
            limits.hit(site(), f"publisher-act {number}", *_ACTS, now)
        with transaction():
            act(db.session.get_one(Case, number), now, f"publisher:{number}:{what}:{form.key}")
    except Incomplete as incomplete:
        return form.judged(gettext, incomplete.problems, {}) if incomplete.problems else form, incomplete
    except DomainError as error:
        return form, error
    except OperationalError as error:
        return form, later(error)
    return form, None


def _see(
    number: int,
    error: DomainError | None = None,
    *,
    done: str = "",
    reply: PublisherForm | None = None,
    appeal: PublisherForm | None = None,
    again: Iterable[Any] = (),
) -> Response:
    """Answer with the whole page; a form that was refused stands in it as it was sent."""
    case = db.session.get_one(Case, number)
    names = cases.regimes(case)
    reply = reply or forms.reply_form(is_uk=_is_uk(case, names))
    appeal = appeal or forms.appeal_form()
    return _with_errors(
        "publisher/case.html",
        case,
        [reply, appeal],
        error,
        again,
        file=queries.page(site(), case, names, language(), clock.now()),
        claims=[(item.notice.received_at, publishers.shown(item)) for item in queries.items(case)],
        done=done,
        is_uk=_is_uk(case, names),
        reply=reply,
        appeal=appeal,
        say=gettext,
    )


def _counter(
    template: str, case: Case, form: PublisherForm, error: DomainError | None = None, again: Iterable[Any] = ()
) -> Response:
    """Answer with one of the two steps of a counter-notice: its questions, or the answers and the files."""
    names = cases.regimes(case)
    return _with_errors(
        template,
        case,
        [form],
        error or (Incomplete({}) if form.problems else None),
        again,
        form=form,
        questions=form.questions(gettext),
        rows=form.rows(gettext),
        laws=[REGIMES[name] for name in names if REGIMES[name].counter],
        passed_on=forms.passed_on(names, form),
        is_us=RegimeName.US_DMCA in names,
        address=_address(case),
    )


def _with_errors(
    template: str,
    case: Case,
    shown: list[PublisherForm],
    error: DomainError | None,
    again: Iterable[Any],
    **context: object,
) -> Response:
    """Answer with a page that says what is wrong, and names the files that have to be chosen again."""
    wrong = [line for form in shown for line in form.wrong(gettext)]
    message = gettext(error.message, **error.values) if error and not wrong else ""
    if error:
        say_when(error)
    files = [clean_line(upload.filename or "")[:_LONGEST_SHOWN] for upload in again]
    code = request.form.get("code", "")[:_LONGEST_SHOWN]
    context |= {"case": case, "code": code, "opened_with": code, "errors": wrong}
    names = [name for name in files if name]
    return _page(template, case.id, error.status if error else 200, message=message, again=names, **context)


def _not_possible(case: Case) -> Response | None:
    """Answer with the page when no counter-notice can be sent now, and say why."""
    reason = queries.page(site(), case, cases.regimes(case), language(), clock.now()).no_counter
    return _see(case.id, InvalidTransition(reason)) if reason else None


def _is_uk(case: Case, names: Iterable[RegimeName]) -> bool:
    """Say whether the questions of SI 2013/3028 are to be answered: until the case is decided."""
    return RegimeName.UK_DEFAMATION in names and case.decided_at is None


def _address(case: Case) -> str:
    return site().base_url + path_of(case.article)


def _page(template: str, number: int, status: int, **context: object) -> Response:
    return closed_page(template, status, path=f"/publisher/{number}", number=number, **context)
