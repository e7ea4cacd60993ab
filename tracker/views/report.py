"""The notice form: choose a category, fill in, check, send. It works with cookies and scripts off."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, redirect, request
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import busy, db, transaction
from tracker.domain.attachments import MAX_FILES, Attachment
from tracker.domain.categories import BY_SLUG, CATEGORIES, Category
from tracker.domain.clocks import EVERY_CASE, RULES, due
from tracker.domain.elements import GROUP_LABELS, Group, Kind
from tracker.domain.errors import N_, Busy, Conflict, DomainError, Incomplete, TooMany
from tracker.domain.notices import in_our_words, slug_of
from tracker.forms import notice as forms
from tracker.forms.notice import NoticeForm
from tracker.models import Article, Draft, Notice
from tracker.queries.receipts import Target
from tracker.render import qr
from tracker.render.lists import path_of
from tracker.render.site import PREFIXES
from tracker.render.visible import visible
from tracker.services import drafts, limits, notices
from tracker.views.access import public
from tracker.views.errors import say_when
from tracker.views.http import gettext, language, page, site

blueprint = Blueprint("report", __name__, url_prefix="/report")

SHOWN_FOR = timedelta(hours=24)
"""How long the holder of a draft's key sees the code of the notice it became."""

_SAVES = (500, timedelta(days=1))
_UPLOADS = (40, timedelta(days=1))
_SENDS = (100, timedelta(days=1))


@blueprint.get("")
@public
def choose() -> Response:
    article = _article()
    options = _options(lambda category: f"/{category.slug}{_query(article)}")
    return _open("report/choose.html", article, article=article, options=options)


@blueprint.get("/<slug>")
@public
def start(slug: str) -> Response:
    article = _article()
    answers = {"addresses": site().base_url + path_of(article)} if article else {}
    return _open("report/form.html", article, **_form(NoticeForm(_category(slug), forms.new_key(), answers), None))


@blueprint.post("/<slug>")
@public
def save(slug: str) -> AnyResponse:
    form = forms.read(_category(slug), request.form)
    files, refused = forms.read_files(request.files.getlist("files"))
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
    return _closed("report/form.html", **_form(NoticeForm(category, key, draft.answers), draft))


@blueprint.get("/drafts/<key>/category")
@public
def change_category(key: str) -> AnyResponse:
    draft = drafts.find(key, clock.now())
    if draft is None:
        return _over(key)
    options = _options(lambda category: f"/drafts/{key}?category={category.slug}")
    return _closed("report/choose.html", article=None, options=options)


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
        return _closed("report/over.html", 410, was_sent=True)
    code = site().keys.secret("notice", notice.reference, notice.key_epoch)
    promised = [(RULES[kind], due(kind, notice.received_at, site().calendars).at) for kind in EVERY_CASE]
    targets = [Target(rule.label, rule.nature.label, at, None) for rule, at in promised]
    link = qr.of_receipt(site(), language(), notice.reference, code)
    return _closed("report/sent.html", notice=notice, code=code, qr=link, targets=targets, shown_for=SHOWN_FOR)


def _saved(form: NoticeForm, files: list[Attachment], refused: list[DomainError]) -> AnyResponse:
    now = clock.now()
    earlier = notices.sent(drafts.identify(form.key))
    if earlier is not None:
        if _says_the_same(earlier, form) and not files:
            return redirect(_at(form.key, "/sent"), 303)
        form = replace(form, key=forms.new_key())
    _count("draft", _SAVES)
    if files:
        _count("upload", _UPLOADS)
    with transaction():
        removed = request.form.getlist("remove_file")
        left_out = drafts.save(form.key, form.category.name, form.answers, files, removed, now)
    problems = _problems(form, refused, left_out)
    if request.form.get("then") == "category" and not problems.keys() & {"files"}:
        return redirect(_at(form.key, "/category"), 303)
    if problems:
        shown = _form(replace(form, problems=problems), drafts.find(form.key, now))
        return _closed("report/form.html", 422, path=f"/report/drafts/{form.key}", **shown)
    return redirect(_at(form.key, "/check" if earlier is None else "/check?again=1"), 303)


def _count(what: str, limit: tuple[int, timedelta]) -> None:
    """Count one from this network address, in a transaction of its own; raise TooMany over the limit."""
    with transaction():
        limits.hit(site(), f"{what} {limits.network(request.remote_addr or '')}", *limit, clock.now())


def _says_the_same(notice: Notice, form: NoticeForm) -> bool:
    return notice.category == form.category.name and notice.answers == notices.read(form.category, form.answers)[0]


def _problems(form: NoticeForm, refused: list[DomainError], left_out: list[str]) -> dict[str, str]:
    """Return what is wrong with a form by field, in the language of the reader."""
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


def _unsaved(form: NoticeForm, files: list[Attachment], error: DomainError) -> Response:
    """Give the form back with everything typed, without asking the database for anything."""
    shown = _form(form, None, message=gettext(error.message, **error.values), choose_again=[f.name for f in files])
    response = _closed("report/form.html", error.status, path=f"/report/{form.category.slug}", **shown)
    say_when(error)
    return response


def _check(key: str, error: DomainError | None = None) -> AnyResponse:
    draft = drafts.find(key, clock.now())
    if draft is None:
        return _over(key)
    form = NoticeForm(CATEGORIES[draft.category], key, draft.answers)
    if problems := _problems(form, [], []):
        return _closed("report/form.html", 422, **_form(replace(form, problems=problems), draft))
    given, named = notices.check(site(), form.category, draft.answers, clock.now())
    response = _closed(
        "report/check.html",
        error.status if error else 200,
        path=f"/report/drafts/{key}/check",
        form=form,
        draft=draft,
        rows=_rows(form.category, given),
        named=named,
        passage=given.get("passage", ""),
        seen=drafts.submission(site(), draft, language(), with_files=False).sha256(),
        message=gettext(error.message, **error.values) if error else "",
        is_again="again" in request.args,
        privacy=site().fixed_page("privacy", language()),
    )
    if error:
        say_when(error)
    return response


def _rows(category: Category, given: dict[str, str]) -> list[tuple[str, str, str]]:
    """Return what was answered as (name, question, answer), options and statements in full words."""
    rows = []
    for element in category.elements:
        if answer := given.get(element.name):
            ours = in_our_words(element, answer)
            label = GROUP_LABELS[element.group] if element.kind is Kind.STATEMENT else element.label
            rows.append((element.name, gettext(label), gettext(ours) if ours else answer))
    return rows


def _form(
    form: NoticeForm, draft: Draft | None, *, message: str = "", choose_again: Iterable[str] = ()
) -> dict[str, Any]:
    return {
        "form": form,
        "sections": form.sections(gettext),
        "errors": form.wrong(gettext),
        "draft": draft,
        "message": message,
        "choose_again": choose_again,
        "privacy": site().fixed_page("privacy", language()),
    }


def _options(address: Callable[[Category], str]) -> list[tuple[Category, str, list[str]]]:
    """Return each category with its address and the labels of what somebody should have at hand."""
    options = []
    for category in CATEGORIES.values():
        asked = [e for e in category.elements if e.group in {Group.WHAT, Group.WHY} and e.name in category.required]
        options.append((category, f"/report{address(category)}", [element.label for element in asked]))
    return options


def _category(slug: str) -> Category:
    return BY_SLUG.get(slug) or abort(404)


def _article() -> Article | None:
    """Return the article that the address names, while readers may see it."""
    slug = slug_of(request.args.get("article", ""), site().base_url)
    return db.session.scalar(visible(clock.now()).where(Article.slug == slug)) if slug else None


def _at(key: str, page_name: str = "") -> str:
    return f"{PREFIXES[language()]}/report/drafts/{key}{page_name}"


def _over(key: str) -> AnyResponse:
    """Lead to the receipt of what was sent, or say that a draft is over."""
    if forms.is_key(key) and notices.sent(drafts.identify(key)) is not None:
        return redirect(_at(key, "/sent"), 303)
    return _closed("report/over.html", 410, was_sent=False)


def _query(article: Article | None) -> str:
    return f"?article={article.slug}" if article else ""


def _open(template: str, about: Article | None, **context: Any) -> Response:
    """Answer with a page that holds nothing secret: a browser may restore what was typed when somebody goes back."""
    response = _page(template, 200, request.path + _query(about), context)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _closed(template: str, status: int = 200, *, path: str = "", **context: object) -> Response:
    """Answer with a page behind a secret."""
    response = _page(template, status, path or request.path, context)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _page(template: str, status: int, path: str, context: dict[str, object]) -> Response:
    other = next(prefix for code, prefix in PREFIXES.items() if code != language())
    return page(template, status, alternate=other + path, **context)
