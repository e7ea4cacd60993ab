"""What is done alike with every form of a notice that was sent, by its notifier or by staff: files, faults, counts, addresses."""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import transaction
from tracker.domain.attachments import MAX_FILES, Attachment
from tracker.domain.categories import Category
from tracker.domain.elements import Element, Kind
from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.notices import review
from tracker.domain.text import together
from tracker.forms import notice as forms
from tracker.forms.notice import NoticeForm
from tracker.models import Draft
from tracker.queries import reporting
from tracker.render import countries
from tracker.render.site import PREFIXES
from tracker.services import addresses, drafts, limits, notices
from tracker.views.http import closed_page, gettext, language, site

_NOW_ASKED = N_("根据您的回答，请再看一下这一项；不适用的选填项可以不填。")

Refused = Mapping[str, list[DomainError]]
"""What is wrong with files that were sent, by the question they were to answer."""

NO_FILES: Refused = {}


def purposes(category: Category, given: Mapping[str, str] | None = None) -> list[Element]:
    """Return the questions that files answer; with answers, those that are asked."""
    found = [element for element in category.questions if element.kind is Kind.FILES]
    return found if given is None else [element for element in found if element.is_asked_by(given)]


def files(category: Category) -> tuple[list[Attachment], dict[str, list[DomainError]]]:
    """Return the files that may enter, and what is wrong with the others by the question they were to answer."""
    taken: list[Attachment] = []
    refused: dict[str, list[DomainError]] = {}
    for element in purposes(category):
        found, wrong = forms.read_files(request.files.getlist(element.name), element.name)
        taken += found
        if wrong:
            refused[element.name] = wrong
    return taken, refused


def problems(
    form: NoticeForm,
    refused: Refused = NO_FILES,
    left_out: Collection[str] = (),
    required: Collection[str] | None = None,
) -> dict[str, str]:
    """Return what is wrong with a form by field, in the language of the reader, and what has come to be asked.

    `left_out` are the names of files that were one too many; `required` as `notices.check` takes it.
    """
    found: dict[str, DomainError] = {}
    try:
        notices.check(site(), form.category, form.answers, clock.now(), required)
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
    return said | {name: together(texts) for name, texts in about.items()}


def count(what: str, limit: tuple[int, timedelta]) -> None:
    """Count one from this network address, in a transaction of its own; raise TooMany over the limit."""
    with transaction():
        limits.hit(site(), f"{what} {limits.network(request.remote_addr or '')}", *limit, clock.now())


def at(key: str, page_name: str = "") -> str:
    """Return the address of a draft's page."""
    return f"{PREFIXES[language()]}/report/drafts/{key}{page_name}"


def over(key: str) -> AnyResponse:
    """Lead to the receipt of what was sent, or say that a draft is over."""
    if forms.is_key(key) and notices.sent(drafts.identify(key)) is not None:
        return redirect(at(key, "/sent"), 303)
    return closed_page("report/over.html", 410, was_sent=False)


def page_of(
    form: NoticeForm, draft: Draft | None, *, step: str = "", message: str = "", choose_again: Iterable[str] = ()
) -> dict[str, Any]:
    """Return what the page of the form shows; `message` is why nothing could be kept, `choose_again` the files that went."""
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
        "facts": [
            row for row in reporting.rows(form.category, given, language(), gettext) if row.name in facts - shown
        ],
        "errors": form.wrong(gettext),
        "draft": draft,
        "files": files,
        "others": [] if step else [file for file in files if file.purpose not in shown],
        "measured": reporting.measured(site(), form.category, given, files),
        "known": reporting.known(site(), form.category, given),
        "earlier": [] if message else _earlier(form),
        "countries": countries.choices(language()),
        "frequent": countries.FREQUENT,
        "message": message,
        "choose_again": choose_again,
        "privacy": site().fixed_page("privacy", language()),
    }


def _earlier(form: NoticeForm) -> list[tuple[addresses.Named, addresses.Earlier]]:
    """Return what there was before about the articles that are named so far, to be told before anything is typed."""
    typed = form.answers.get("addresses", "")
    if not typed or form.category.is_discreet:
        return []
    named = {name.article.id: name for name in addresses.resolve(site(), typed, clock.now()).named}
    found = addresses.earlier(form.category, named)
    return [(named[number], before) for number, before in found.items() if named[number].is_readable]
