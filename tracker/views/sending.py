"""The end of the notice form: check your answers, send, the receipt; or keep it for later under a private link."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock, contact, mail
from tracker.db import transaction
from tracker.domain.categories import CATEGORIES
from tracker.domain.errors import N_, Busy, Conflict, DomainError, Incomplete, TooMany
from tracker.domain.notices import signature_differs
from tracker.domain.text import mailbox
from tracker.forms.notice import NoticeForm
from tracker.models import Draft
from tracker.queries import reporting
from tracker.render import qr
from tracker.services import addresses, admission, drafts, notices, proof_of_work, quoting
from tracker.services.admission import ProofNeeded, Sender
from tracker.views import notice_form
from tracker.views.access import public
from tracker.views.errors import say_when
from tracker.views.http import closed_page, gettext, language, site

blueprint = Blueprint("sending", __name__, url_prefix="/report/drafts")

SHOWN_FOR = timedelta(hours=24)
"""How long the holder of a draft's key sees the code of the notice it became."""

_LINKS = (10, timedelta(hours=1))


@blueprint.get("/<key>/check")
@public
def check(key: str) -> AnyResponse:
    return _check(key)


@blueprint.post("/<key>/send")
@public
def send(key: str) -> AnyResponse:
    try:
        with transaction():
            _submit(key)
    except Incomplete as error:  # addresses are to be left out, or an article went while the draft lay
        return _check(key, error.problems.get("addresses"))
    except (Conflict, TooMany, Busy) as error:
        return _check(key, error)
    return redirect(notice_form.at(key, "/sent"), 303)


def _submit(key: str) -> None:
    """Send the draft if it still says what its sender has seen; without a draft it was sent before, or is over."""
    now = clock.now()
    draft = drafts.find(key, now)
    if draft is None:
        return
    submission = drafts.submission(site(), draft, language(), with_files=True)
    if submission.sha256() != request.form.get("seen"):
        raise Conflict(N_("内容在您核对之后有改动，所以还没有提交。请再核对一遍，然后确认。"))
    is_urgent = submission.category.is_urgent_with(submission.answers)
    sender = _sender(submission.answers.get("email", ""))
    admission.admit(site(), sender, draft.id, request.form.get("proof", ""), now, is_urgent=is_urgent)
    notices.submit(site(), replace(submission, leaves_out="leave_out" in request.form), now)


@blueprint.get("/<key>/sent")
@public
def sent(key: str) -> AnyResponse:
    notice = notices.sent(drafts.identify(key))
    if notice is None:
        return notice_form.over(key) if drafts.find(key, clock.now()) is None else redirect(notice_form.at(key), 303)
    if clock.now() >= notice.received_at + SHOWN_FOR:
        return closed_page("report/over.html", 410, was_sent=True, shown_for=SHOWN_FOR)
    code = site().keys.secret("notice", notice.reference, notice.key_epoch)
    targets = reporting.targets(site(), language(), notice, clock.now())
    link = qr.of_receipt(site(), language(), notice.reference, code)
    return closed_page("report/sent.html", notice=notice, code=code, qr=link, targets=targets, shown_for=SHOWN_FOR)


@blueprint.get("/<key>/later")
@public
def later(key: str) -> AnyResponse:
    """Show the private link of a draft: to keep, to copy, to have sent."""
    draft = drafts.find(key, clock.now())
    if draft is None:
        return notice_form.over(key)
    return _later(key, draft, draft.answers.get("email", ""), is_mailed="mailed" in request.args)


@blueprint.post("/<key>/mail")
@public
def send_link(key: str) -> AnyResponse:
    """Mail the private link of a draft to whoever wants to go on elsewhere."""
    draft, now = drafts.find(key, clock.now()), clock.now()
    if draft is None:
        return notice_form.over(key)
    address, problem = contact.mailable(request.form.get("email", "").strip())
    if problem is not None:
        return _later(key, draft, address, problem)
    try:
        notice_form.count("draft link", _LINKS)
        with transaction():
            mail.draft_link(site(), draft, key, address, language(), now)
    except (TooMany, Busy) as error:
        return _later(key, draft, address, error)
    return redirect(notice_form.at(key, "/later?mailed=1"), 303)


def _later(
    key: str, draft: Draft, address: str, problem: DomainError | None = None, *, is_mailed: bool = False
) -> AnyResponse:
    response = closed_page(
        "report/later.html",
        _status(problem),
        path=f"/report/drafts/{key}/later",
        key=key,
        draft=draft,
        address=address,
        problem=gettext(problem.message, **problem.values) if problem else "",
        is_mailed=is_mailed,
    )
    if problem:
        say_when(problem)
    return response


def _check(key: str, error: DomainError | None = None) -> AnyResponse:
    draft, now = drafts.find(key, clock.now()), clock.now()
    if draft is None:
        return notice_form.over(key)
    form = NoticeForm(CATEGORIES[draft.category], key, draft.answers)
    if problems := notice_form.problems(form):
        return closed_page("report/form.html", 422, **notice_form.page_of(replace(form, problems=problems), draft))
    given, resolved = notices.check(site(), form.category, draft.answers, now)
    going = drafts.going(form.category, given, draft.files)
    response = closed_page(
        "report/check.html",
        _status(error),
        path=f"/report/drafts/{key}/check",
        form=form,
        draft=draft,
        rows=reporting.rows(form.category, given, language(), gettext),
        facts={element.name for element in form.category.facts},
        files=[(e, [f for f in going if f.purpose == e.name]) for e in notice_form.purposes(form.category, given)],
        staying=[file for file in draft.files if file not in going],
        lines=resolved.lines,
        bad=resolved.bad,
        named={name.line: name for name in resolved.named},
        quotes=quoting.assigned(site(), resolved.named, given),
        earlier=addresses.earlier(form.category, [name.article.id for name in resolved.named]),
        measured=reporting.measured(site(), form.category, given, going),
        known=reporting.known(site(), form.category, given),
        is_signed_by_another=signature_differs(given),
        has_email="email" in given,
        seen=drafts.submission(site(), draft, language(), with_files=False).sha256(),
        message=gettext(error.message, **error.values) if error else "",
        is_about_addresses=error is not None and _status(error) == 422,
        proof=_proof(form, draft, error, now),
        is_again="again" in request.args,
        privacy=site().fixed_page("privacy", language()),
    )
    if error:
        say_when(error)
    return response


def _status(problem: DomainError | None) -> int:
    """Return the status of a page that is shown again; a fault in what was typed is one of the form."""
    if problem is None:
        return 200
    return 422 if problem.status == DomainError.status else problem.status


def _sender(email: str) -> Sender:
    return Sender(request.remote_addr or "", mailbox(email))


def _proof(form: NoticeForm, draft: Draft, error: DomainError | None, now: datetime) -> dict[str, Any] | None:
    """Return the sum a browser has to do before this notice is taken, and the ways round it; None when none is asked for."""
    if form.category.is_urgent_with(form.answers):
        return None
    needed = error if isinstance(error, ProofNeeded) else None
    needed = needed or admission.needs_proof(site(), _sender(form.answers.get("email", "")), now)
    if needed is None:
        return None
    link = site().base_url + notice_form.at(form.key)
    subject = quote(gettext(N_("请代为提交：没有写完的举报")))
    return {
        "challenge": proof_of_work.challenge(site(), draft.id, now),
        "when": needed.values["when"],
        "mail": f"mailto:{site().contact_email}?subject={subject}&body={quote(link)}",
    }
