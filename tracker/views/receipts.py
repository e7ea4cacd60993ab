"""Receipts: where a notice stands, for whoever has its reference and code; no account, no cookie."""

from contextlib import suppress
from datetime import timedelta

from flask import Blueprint, Response, request

from tracker import clock
from tracker.db import db, transaction
from tracker.domain import receipts as rules
from tracker.domain.errors import N_, Busy, DomainError, TooMany
from tracker.domain.reasons import REDRESS
from tracker.domain.text import clean_line
from tracker.forms.base import Shown
from tracker.models import Mailbox, Notice
from tracker.queries import receipts
from tracker.render.site import PREFIXES
from tracker.services import limits, notices
from tracker.views.access import public
from tracker.views.errors import say_when
from tracker.views.http import gettext, language, page, site

blueprint = Blueprint("receipts", __name__, url_prefix="/receipts")

_WRONG = (30, timedelta(hours=1))
_LONGEST_SHOWN = 200


@blueprint.get("")
@public
def find() -> Response:
    return _find_page("", "")


@blueprint.post("")
@public
def find_and_open() -> Response:
    return _open(request.form.get("reference", ""), request.form.get("code", ""))


@blueprint.get("/<reference>")
@public
def follow(reference: str) -> Response:
    """Show a button: what a link in a mail does by itself, a scanner of mails does too."""
    known = rules.reference(reference) or ""
    code = clean_line(request.args.get("code", ""))[:_LONGEST_SHOWN]
    if known and code:
        return _closed("receipts/open.html", reference=known, code=code)
    return _find_page(known, code)


@blueprint.post("/<reference>")
@public
def open_one(reference: str) -> Response:
    return _open(reference, request.form.get("code", ""))


def _open(reference: str, code: str) -> Response:
    now = clock.now()
    opening = receipts.opening(rules.reference(reference), site().keys.epoch)
    fits = [site().keys.opens(code, purpose, opening.reference, opening.epoch) for purpose in ("notice", "notice-mail")]
    if opening.notice is None or not any(fits):
        return _refused(reference, code)
    if fits[1]:
        _confirm(opening.notice)
    return _closed("receipts/receipt.html", receipt=receipts.receipt(opening.notice, now), redress=REDRESS)


def _refused(reference: str, code: str) -> Response:
    """Answer alike for a wrong code and an unknown reference. Only failures count: a right code is never shut out."""
    error: DomainError = DomainError(
        N_("编号或查询码不对。请对照回执或邮件再核对一遍；查询码有52位，大小写和连字符都不要紧。")
    )
    status = 422
    try:
        with suppress(Busy), transaction():
            limits.hit(site(), f"receipt {limits.network(request.remote_addr or '')}", *_WRONG, clock.now())
    except TooMany as too_many:
        error, status = too_many, too_many.status
        say_when(error)
    message = gettext(error.message, **error.values)
    return _find_page(clean_line(reference)[:_LONGEST_SHOWN], clean_line(code)[:_LONGEST_SHOWN], status, message)


def _confirm(notice_id: int) -> None:
    """The code stood in a mail alone: whoever typed it reads that mailbox. A busy database loses nothing by waiting."""
    notice = db.session.get_one(Notice, notice_id)
    if db.session.get(Mailbox, notice.mailbox) is None:
        with suppress(Busy), transaction():
            notices.confirm(db.session.get_one(Notice, notice_id), clock.now())


def _find_page(reference: str, code: str, status: int = 200, message: str = "") -> Response:
    return _closed("receipts/find.html", status, reference=reference, code=code, message=message, text=_text)


def _text(name: str, label: str, about: str, value: str, error: str) -> Shown:
    return Shown(
        name, label, "text", value, error, True, about, [], maxlength=None, autocomplete="off", rows=0, accept=""
    )


def _closed(template: str, status: int = 200, **context: object) -> Response:
    other = next(prefix for spoken, prefix in PREFIXES.items() if spoken != language())
    response = page(template, status, alternate=f"{other}/receipts", **context)
    response.headers["X-Robots-Tag"] = "noindex"
    return response
