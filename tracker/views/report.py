"""The notice form: fill in, keep, come back. It works with cookies and scripts off."""

from dataclasses import replace
from datetime import timedelta

from flask import Blueprint, Response, abort, redirect, request
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import later, transaction
from tracker.domain.attachments import Attachment
from tracker.domain.categories import BY_SLUG, CATEGORIES, Category
from tracker.domain.errors import Busy, DomainError, TooMany
from tracker.domain.notices import review
from tracker.forms import notice as forms
from tracker.forms.notice import NoticeForm
from tracker.queries import reporting
from tracker.render.lists import Entry
from tracker.services import drafts, notices
from tracker.views import notice_form
from tracker.views.access import public
from tracker.views.errors import say_when
from tracker.views.http import closed_page, gettext, open_page, page, site
from tracker.views.notice_form import Refused

blueprint = Blueprint("report", __name__, url_prefix="/report")

FACTS = "facts"
"""The step that asks only what other questions hang on."""

_SAVES = (500, timedelta(days=1))
_AUTOSAVES = (5000, timedelta(days=1))
_UPLOADS = (40, timedelta(days=1))


@blueprint.get("/<slug>")
@public
def start(slug: str) -> Response:
    category = _category(slug)
    article = reporting.article_of(site(), request.args.get("article", ""), clock.now())
    answers = _brought(article) if article else {}
    form = NoticeForm(category, forms.new_key(), {n: a for n, a in answers.items() if a})
    shown = notice_form.page_of(form, None, step=FACTS if category.facts else "") | {"article": article}
    return open_page("report/form.html", request.path + reporting.carried(article, request.args), **shown)


@blueprint.post("/<slug>")
@public
def save(slug: str) -> AnyResponse:
    form = forms.read(_category(slug), request.form)
    files, refused = notice_form.files(form.category)
    try:
        return _saved(form, files, refused)
    except (TooMany, Busy) as error:
        return _unsaved(form, files, error)
    except OperationalError as error:
        return _unsaved(form, files, later(error))


@blueprint.post("/<slug>/autosave")
@public
def autosave(slug: str) -> AnyResponse:
    """Keep what is being typed, files aside; answer with the piece of the page that says so, and how complete it is."""
    form, now = forms.read(_category(slug), request.form), clock.now()
    if form.key != request.form.get("key") or notices.sent(drafts.identify(form.key)) is not None:
        abort(410)
    notice_form.count("autosave", _AUTOSAVES)
    with transaction():
        drafts.save(form.key, form.category.name, form.answers, (), (), now)
    draft = drafts.find(form.key, now)
    given = review(form.category, form.answers)[0]
    measured = reporting.measured(site(), form.category, given, draft.files if draft else ())
    known = reporting.known(site(), form.category, given)
    return page("report/kept.html", form=form, draft=draft, measured=measured, known=known, path=request.path)


@blueprint.get("/drafts/<key>")
@public
def edit(key: str) -> AnyResponse:
    draft = drafts.find(key, clock.now())
    if draft is None:
        return notice_form.over(key)
    category = BY_SLUG.get(request.args.get("category", ""), CATEGORIES[draft.category])
    form = NoticeForm(category, key, draft.answers)
    is_first = bool(category.facts) and (request.args.get("step") == FACTS or not form.is_settled)
    return closed_page("report/form.html", **notice_form.page_of(form, draft, step=FACTS if is_first else ""))


@blueprint.get("/drafts/<key>/category")
@public
def change_category(key: str) -> AnyResponse:
    draft = drafts.find(key, clock.now())
    if draft is None:
        return notice_form.over(key)
    parts = reporting.parts(lambda category: f"/report/drafts/{key}?category={category.slug}")
    return closed_page("report/choose.html", article=None, parts=parts, carried="")


def _saved(form: NoticeForm, files: list[Attachment], refused: Refused) -> AnyResponse:
    now = clock.now()
    earlier = notices.sent(drafts.identify(form.key))
    if earlier is not None:
        if notices.says_the_same(earlier, form.category, form.answers, files):
            return redirect(notice_form.at(form.key, "/sent"), 303)
        form = replace(form, key=forms.new_key())
    notice_form.count("draft", _SAVES)
    if files:
        notice_form.count("upload", _UPLOADS)
    with transaction():
        removed = request.form.getlist("remove_file")
        left_out = drafts.save(form.key, form.category.name, form.answers, files, removed, now)
    problems = notice_form.problems(form, refused, left_out)
    about_files = problems.keys() & {e.name for e in notice_form.purposes(form.category)}
    if request.form.get("then") in {"category", "later"} and not about_files:
        return redirect(notice_form.at(form.key, f"/{request.form['then']}"), 303)
    step = _step(form.category)
    if step:
        facts = {element.name for element in form.category.facts}
        problems = {name: said for name, said in problems.items() if name in facts}
    if problems:
        shown = notice_form.page_of(replace(form, problems=problems), drafts.find(form.key, now), step=step)
        return closed_page("report/form.html", 422, path=f"/report/drafts/{form.key}", **shown)
    if step:
        return redirect(notice_form.at(form.key), 303)
    return redirect(notice_form.at(form.key, "/check" if earlier is None else "/check?again=1"), 303)


def _step(category: Category) -> str:
    return FACTS if category.facts and request.form.get("step") == FACTS else ""


def _unsaved(form: NoticeForm, files: list[Attachment], error: DomainError) -> Response:
    """Give the form back with everything typed, without asking the database for anything."""
    message = gettext(error.message, **error.values)
    shown = notice_form.page_of(
        form, None, step=_step(form.category), message=message, choose_again=[f.name for f in files]
    )
    response = closed_page("report/form.html", error.status, path=f"/report/{form.category.slug}", **shown)
    say_when(error)
    return response


def _category(slug: str) -> Category:
    return BY_SLUG.get(slug) or abort(404)


def _brought(article: Entry) -> dict[str, str]:
    return {"addresses": site().base_url + article.url} | reporting.quote_in(request.args)
