"""The notice form: fill in, check, send. It works with cookies and scripts off."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, redirect, request
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import busy, transaction
from tracker.domain.attachments import MAX_FILES, Attachment
from tracker.domain.categories import BY_SLUG, CATEGORIES, Category
from tracker.domain.elements import Element, Kind
from tracker.domain.errors import N_, Busy, Conflict, DomainError, Incomplete, TooMany
from tracker.domain.notices import review
from tracker.forms import notice as forms
from tracker.forms.notice import NoticeForm
from tracker.models import Article, Draft
from tracker.queries import reporting
from tracker.render import qr
from tracker.render.lists import path_of
from tracker.render.site import PREFIXES
from tracker.services import addresses, drafts, limits, notices
from tracker.views.access import public
from tracker.views.errors import say_when
from tracker.views.http import closed_page, gettext, language, open_page, site

blueprint = Blueprint("report", __name__, url_prefix="/report")

SHOWN_FOR = timedelta(hours=24)
"""How long the holder of a draft's key sees the code of the notice it became."""

FACTS = "facts"
"""The step that asks only what other questions hang on."""

_SAVES = (500, timedelta(days=1))
_UPLOADS = (40, timedelta(days=1))
_SENDS = (100, timedelta(days=1))
_NOW_ASKED = N_("根据您的回答，请再看一下这一项；不适用的选填项可以不填。")


@blueprint.get("/<slug>")
@public
def start(slug: str) -> Response:
    category = _category(slug)
    article = reporting.article_of(site(), request.args.get("article", ""), clock.now())
    answers = _brought(article) if article else {}
    form = NoticeForm(category, forms.new_key(), {n: a for n, a in answers.items() if a})
    shown = _form(form, None, step=FACTS if category.facts else "") | {"article": article}
    return open_page("report/form.html", request.path + reporting.carried(article, request.args), **shown)


@blueprint.post("/<slug>")
@public
def save(slug: str) -> AnyResponse:
    form = forms.read(_category(slug), request.form)
    files, refused = _files(form.category)
    try:
        return _saved(form, files, refused)
    except (TooMany, Busy) as error:
        return _unsaved(form, files, error)
    except OperationalError:
        return _unsaved(form, files, busy())


@blueprint.get("/drafts/<key>")
@public
def edit(key: str) -> AnyResponse:
    draft = drafts.find(key, clock.now())
    if draft is None:
        return _over(key)
    category = BY_SLUG.get(request.args.get("category", ""), CATEGORIES[draft.category])
    form = NoticeForm(category, key, draft.answers)
    is_first = bool(category.facts) and (request.args.get("step") == FACTS or not form.is_settled)
    return closed_page("report/form.html", **_form(form, draft, step=FACTS if is_first else ""))


@blueprint.get("/drafts/<key>/category")
@public
def change_category(key: str) -> AnyResponse:
    draft = drafts.find(key, clock.now())
    if draft is None:
        return _over(key)
    parts = reporting.parts(lambda category: f"/report/drafts/{key}?category={category.slug}")
    return closed_page("report/choose.html", article=None, parts=parts, carried="")


@blueprint.get("/drafts/<key>/check")
@public
def check(key: str) -> AnyResponse:
    return _check(key)


@blueprint.post("/drafts/<key>/send")
@public
def send(key: str) -> AnyResponse:
    try:
        _count("notice", _SENDS)
        with transaction():
            _submit(key)
    except Incomplete:
        return _check(key)  # an article went while the draft lay; the form says which
    except (Conflict, TooMany, Busy) as error:
        return _check(key, error)
    return redirect(_at(key, "/sent"), 303)


def _submit(key: str) -> None:
    """Send the draft if it still says what its sender has seen; without a draft it was sent before, or is over."""
    now = clock.now()
    draft = drafts.find(key, now)
    if draft is None:
        return
    submission = drafts.submission(site(), draft, language(), with_files=True)
    if submission.sha256() != request.form.get("seen"):
        raise Conflict(N_("内容在您核对之后有改动，所以还没有提交。请再核对一遍，然后确认。"))
    notices.submit(site(), submission, now)


@blueprint.get("/drafts/<key>/sent")
@public
def sent(key: str) -> AnyResponse:
    notice = notices.sent(drafts.identify(key))
    if notice is None:
        return _over(key) if drafts.find(key, clock.now()) is None else redirect(_at(key), 303)
    if clock.now() >= notice.received_at + SHOWN_FOR:
        return closed_page("report/over.html", 410, was_sent=True)
    code = site().keys.secret("notice", notice.reference, notice.key_epoch)
    targets = reporting.targets(site(), notice)
    link = qr.of_receipt(site(), language(), notice.reference, code)
    return closed_page("report/sent.html", notice=notice, code=code, qr=link, targets=targets, shown_for=SHOWN_FOR)


def _saved(form: NoticeForm, files: list[Attachment], refused: Mapping[str, list[DomainError]]) -> AnyResponse:
    now = clock.now()
    earlier = notices.sent(drafts.identify(form.key))
    if earlier is not None:
        if notices.says_the_same(earlier, form.category, form.answers, files):
            return redirect(_at(form.key, "/sent"), 303)
        form = replace(form, key=forms.new_key())
    _count("draft", _SAVES)
    if files:
        _count("upload", _UPLOADS)
    with transaction():
        removed = request.form.getlist("remove_file")
        left_out = drafts.save(form.key, form.category.name, form.answers, files, removed, now)
    problems = _problems(form, refused, left_out)
    if request.form.get("then") == "category" and not problems.keys() & {e.name for e in _purposes(form.category)}:
        return redirect(_at(form.key, "/category"), 303)
    step = _step(form.category)
    if step:
        facts = {element.name for element in form.category.facts}
        problems = {name: said for name, said in problems.items() if name in facts}
    if problems:
        shown = _form(replace(form, problems=problems), drafts.find(form.key, now), step=step)
        return closed_page("report/form.html", 422, path=f"/report/drafts/{form.key}", **shown)
    if step:
        return redirect(_at(form.key), 303)
    return redirect(_at(form.key, "/check" if earlier is None else "/check?again=1"), 303)


def _step(category: Category) -> str:
    return FACTS if category.facts and request.form.get("step") == FACTS else ""


def _count(what: str, limit: tuple[int, timedelta]) -> None:
    """Count one from this network address, in a transaction of its own; raise TooMany over the limit."""
    with transaction():
        limits.hit(site(), f"{what} {limits.network(request.remote_addr or '')}", *limit, clock.now())


def _purposes(category: Category, given: Mapping[str, str] | None = None) -> list[Element]:
    """Return the questions that files answer; with answers, those that are asked."""
    found = [element for element in category.questions if element.kind is Kind.FILES]
    return found if given is None else [element for element in found if element.is_asked_by(given)]


def _files(category: Category) -> tuple[list[Attachment], dict[str, list[DomainError]]]:
    """Return the files that may enter, and what is wrong with the others by the question they were to answer."""
    taken: list[Attachment] = []
    refused: dict[str, list[DomainError]] = {}
    for element in _purposes(category):
        found, wrong = forms.read_files(request.files.getlist(element.name), element.name)
        taken += found
        if wrong:
            refused[element.name] = wrong
    return taken, refused


def _problems(form: NoticeForm, refused: Mapping[str, list[DomainError]], left_out: list[str]) -> dict[str, str]:
    """Return what is wrong with a form by field, in the language of the reader, and what has come to be asked."""
    found: dict[str, DomainError] = {}
    try:
        notices.check(site(), form.category, form.answers, clock.now())
    except Incomplete as incomplete:
        found = incomplete.problems
    unseen = request.form.getlist("unseen")
    asked = [e.name for e in form.category.questions if e.name in unseen and e.is_asked_by(form.answers)]
    said = {name: gettext(_NOW_ASKED) for name in asked}
    said |= {name: gettext(error.message, **error.values) for name, error in found.items()}
    about = {name: [gettext(e.message, **e.values) for e in errors] for name, errors in refused.items()}
    if left_out:
        message = N_("最多%(most)s个文件，下面这些没有保存：%(names)s。请先删去几个，或者合并后再上传。")
        about.setdefault("files", []).append(gettext(message, most=MAX_FILES, names=", ".join(left_out)))
    return said | {name: " ".join(texts) for name, texts in about.items()}


def _unsaved(form: NoticeForm, files: list[Attachment], error: DomainError) -> Response:
    """Give the form back with everything typed, without asking the database for anything."""
    message = gettext(error.message, **error.values)
    shown = _form(form, None, step=_step(form.category), message=message, choose_again=[f.name for f in files])
    response = closed_page("report/form.html", error.status, path=f"/report/{form.category.slug}", **shown)
    say_when(error)
    return response


def _check(key: str, error: DomainError | None = None) -> AnyResponse:
    draft = drafts.find(key, clock.now())
    if draft is None:
        return _over(key)
    form = NoticeForm(CATEGORIES[draft.category], key, draft.answers)
    if problems := _problems(form, {}, []):
        return closed_page("report/form.html", 422, **_form(replace(form, problems=problems), draft))
    given, named = notices.check(site(), form.category, draft.answers, clock.now())
    going = drafts.going(form.category, given, draft.files)
    response = closed_page(
        "report/check.html",
        error.status if error else 200,
        path=f"/report/drafts/{key}/check",
        form=form,
        draft=draft,
        rows=reporting.rows(form.category, given, gettext),
        facts={element.name for element in form.category.facts},
        files=[(e, [f for f in going if f.purpose == e.name]) for e in _purposes(form.category, given)],
        staying=[file for file in draft.files if file not in going],
        named=named,
        earlier=addresses.earlier(form.category, named),
        measured=reporting.measured(form.category, given, going),
        passage=given.get("passage", ""),
        has_email="email" in given,
        seen=drafts.submission(site(), draft, language(), with_files=False).sha256(),
        message=gettext(error.message, **error.values) if error else "",
        is_again="again" in request.args,
        privacy=site().fixed_page("privacy", language()),
    )
    if error:
        say_when(error)
    return response


def _form(
    form: NoticeForm, draft: Draft | None, *, step: str = "", message: str = "", choose_again: Iterable[str] = ()
) -> dict[str, Any]:
    sections = form.first(gettext) if step else form.rest(gettext)
    given = review(form.category, form.answers)[0]
    files = list(draft.files) if draft else []
    shown = {question.name for section in sections for question in section.questions}
    facts = {element.name for element in form.category.facts}
    return {
        "article": None,
        "form": form,
        "step": step,
        "sections": sections,
        "hanging": {} if step else form.hanging(),
        "carried": form.carried(sections),
        "facts": [row for row in reporting.rows(form.category, given, gettext) if row.name in facts - shown],
        "errors": form.wrong(gettext),
        "draft": draft,
        "files": files,
        "others": [] if step else [file for file in files if file.purpose not in shown],
        "measured": reporting.measured(form.category, given, files) if draft and not step else [],
        "countries": reporting.countries(language()),
        "message": message,
        "choose_again": choose_again,
        "privacy": site().fixed_page("privacy", language()),
    }


def _category(slug: str) -> Category:
    return BY_SLUG.get(slug) or abort(404)


def _brought(article: Article) -> dict[str, str]:
    return {"addresses": site().base_url + path_of(article), "passage": reporting.passage_in(request.args)}


def _at(key: str, page_name: str = "") -> str:
    return f"{PREFIXES[language()]}/report/drafts/{key}{page_name}"


def _over(key: str) -> AnyResponse:
    """Lead to the receipt of what was sent, or say that a draft is over."""
    if forms.is_key(key) and notices.sent(drafts.identify(key)) is not None:
        return redirect(_at(key, "/sent"), 303)
    return closed_page("report/over.html", 410, was_sent=False)
