"""Receipts: where a notice stands, and what its holder does about it, with reference and code; no account, no cookie."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from flask import Blueprint, Response, request
from sqlalchemy.exc import OperationalError

from tracker import clock
from tracker.db import UNWRITTEN, db, later, transaction
from tracker.domain import receipts as rules
from tracker.domain.categories import CATEGORIES
from tracker.domain.errors import N_, DomainError, Incomplete, InvalidTransition, TooMany
from tracker.domain.regimes import REGIMES, Assessment
from tracker.domain.text import clean, clean_line
from tracker.domain.threads import MessageKind
from tracker.forms import receipt as forms
from tracker.forms.base import Shown, Wrong
from tracker.forms.receipt import Act, ReceiptForm
from tracker.models import Item, Mailbox, Notice
from tracker.queries import receipts
from tracker.queries.opening import opened
from tracker.queries.receipts import STAGES, Receipt
from tracker.render import qr
from tracker.services import appeals, corrections, exchange, notices, serving, threads
from tracker.views import notice_form
from tracker.views.access import public
from tracker.views.errors import say_when
from tracker.views.http import closed_page, gettext, language, site

blueprint = Blueprint("receipts", __name__, url_prefix="/receipts")

_WRONG = (30, timedelta(hours=1))
_ACTS = (100, timedelta(days=1))
_UPLOADS = (40, timedelta(days=1))
_LONGEST_SHOWN = 200
_FILL_IN = N_("请填写")
_NO_PROBLEMS: Mapping[str, str] = {}

_DONE: dict[Act, str] = {
    Act.SUPPLEMENT: N_("已收到您的补充。"),
    Act.CONTACT: N_("联系方式已经更正。"),
    Act.WITHDRAW: N_("已收到您的撤回。"),
    Act.RECEIVED: N_("已记下您收到了反通知。"),
    Act.PROCEEDINGS: N_("已收到您提交的证明，我们会核对。"),
    Act.APPEAL: N_("已收到您的申诉，由没有参与过原决定的人处理。"),
}


@blueprint.get("")
@public
def find() -> Response:
    return _find_page("", "")


@blueprint.post("")
@public
def find_and_open() -> Response:
    reference, code = request.form.get("reference", ""), request.form.get("code", "")
    empty = [name for name, typed in (("reference", reference), ("code", code)) if not clean_line(typed)]
    if empty:
        return _find_page(reference, code, 422, dict.fromkeys(empty, gettext(_FILL_IN)))
    return _open(reference, code)


@blueprint.get("/<reference>")
@blueprint.get("/<reference>/<any(supplement, contact, withdraw, received, proceedings, appeal):act>")
@public
def follow(reference: str, act: str = "") -> Response:
    """Show a button: what a link in a mail does by itself, a scanner of mails does too."""
    known = rules.reference(reference) or ""
    code = clean_line(request.args.get("code", ""))[:_LONGEST_SHOWN]
    if known and code:
        path = f"/receipts/{known}"
        return closed_page("receipts/open.html", path=path, reference=known, code=code, opened_with=code)
    return _find_page(known, code)


@blueprint.post("/<reference>")
@public
def open_one(reference: str) -> Response:
    return _open(reference, request.form.get("code", ""))


@blueprint.post("/<reference>/<any(supplement, contact, withdraw, received, proceedings, appeal):act>")
@public
def do(reference: str, act: str) -> Response:
    """Do what the holder of a receipt asks; without the right code, answer as to anybody who opens it."""
    notice, now = _opened(reference, request.form.get("code", "")), clock.now()
    if notice is None:
        return _refused(reference, request.form.get("code", ""))
    blank = _offered(_receipt(notice, now)).get(Act(act)) or ReceiptForm(act=Act(act), elements=())
    form = forms.read(blank, request.form, request.files.getlist, gettext)
    try:
        _act(notice, form, now)
    except Incomplete as error:
        return _shown(notice, now, form.refused(error.problems, gettext), status=error.status)
    except (DomainError, OperationalError) as error:
        refusal = error if isinstance(error, DomainError) else later(error)
        say_when(refusal)
        return _shown(notice, now, form, status=refusal.status, message=gettext(refusal.message, **refusal.values))
    return _shown(notice, now, done=gettext(_DONE[form.act]))


def _act(number: int, form: ReceiptForm, now: datetime) -> None:
    """Do it in one transaction, once for a key; raise Incomplete or another refusal."""
    if threads.is_known(form.key):
        return
    if not form.elements:
        raise InvalidTransition(forms.IMPOSSIBLE[form.act])
    if form.problems:
        raise Incomplete({})
    notice_form.count("receipt act", _ACTS)
    if form.files:
        notice_form.count("upload", _UPLOADS)
    with transaction():
        _carry_out(db.session.get_one(Notice, number), form, now)


def _carry_out(notice: Notice, form: ReceiptForm, now: datetime) -> None:
    match form.act:
        case Act.SUPPLEMENT:
            exchange.supplement(site(), notice, form.text(gettext), form.files, form.added(), now, form.key)
        case Act.RECEIVED:
            serving.confirm(site(), notice, now)
        case Act.PROCEEDINGS:
            text = form.text(gettext)
            exchange.supplement(site(), notice, text, form.files, {}, now, form.key, kind=MessageKind.PROOF)
            serving.confirm(site(), notice, now)  # whoever answers a counter-notice has it
        case Act.CONTACT:
            _correct(notice, form, now)
        case Act.WITHDRAW:
            chosen = form.chosen if form.answers.get("what") == forms.SOME else {line.item for line in form.articles}
            exchange.withdraw(site(), notice, chosen, now, form.key)
        case Act.APPEAL:
            (item,) = form.chosen
            case, text = db.session.get_one(Item, item).case, form.answers["text"]
            appeals.send(site(), case, notice, text, form.files, language(), now, form.key)


def _correct(notice: Notice, form: ReceiptForm, now: datetime) -> None:
    """Change the contact data; what the notice lacked of them is an addition as well, which may complete it."""
    given, problems = notices.read(CATEGORIES[notice.category], {**notice.answers, **form.answers})
    wrong = {name: error for name, error in problems.items() if name in form.answers}
    if wrong:
        raise Incomplete(wrong)
    corrected = {name: given.get(name, "") for name in form.answers}
    lacked = {name for found in exchange.assessments(notice) for need in found.missing for name in need.any_of}
    if any(corrected[name] for name in lacked & corrected.keys()):
        said = gettext(_DONE[Act.CONTACT])
        exchange.supplement(site(), notice, said, (), corrected, now, form.key, kind=MessageKind.CORRECTION)
    corrections.correct(notice, corrected, now)


def _open(reference: str, code: str) -> Response:
    notice = _opened(reference, code)
    return _refused(reference, code) if notice is None else _shown(notice, clock.now())


def _opened(reference: str, code: str) -> int | None:
    """Return the notice that reference and code open, or None; the code of a mail confirms the mailbox it went to."""
    found = opened(site().keys, rules.reference(reference), code)
    if found and found.is_mailed:
        _confirm(found.notice)
    return found.notice if found else None


def _refused(reference: str, code: str) -> Response:
    """Answer alike for a wrong code and an unknown reference. Only failures count: a right code is never shut out."""
    error: DomainError = DomainError(
        N_("编号或查询码不对。请对照回执或邮件再核对一遍；查询码有52位，大小写和连字符都不要紧。")
    )
    status = 422
    try:
        with suppress(*UNWRITTEN):
            notice_form.count("receipt", _WRONG)
    except TooMany as too_many:
        error, status = too_many, too_many.status
        say_when(error)
    return _find_page(reference, code, status, {"reference": gettext(error.message, **error.values)})


def _confirm(notice_id: int) -> None:
    """The code stood in a mail alone: whoever typed it reads that mailbox. A busy database loses nothing by waiting.

    Nothing is proved of an address that was put in later: the code went to the one before.
    """
    notice = db.session.get_one(Notice, notice_id)
    if db.session.get(Mailbox, notice.mailbox) is None and not receipts.was_moved(notice):
        with suppress(*UNWRITTEN), transaction():
            notices.confirm(site(), db.session.get_one(Notice, notice_id), clock.now())


def _receipt(notice: int, now: datetime) -> Receipt:
    return receipts.receipt(site(), language(), notice, now)


def _assessed(receipt: Receipt) -> tuple[Assessment, ...]:
    """Return how complete the notice is by each regime; once its data are erased there is nothing left to say."""
    return () if receipt.notice.erased_at else exchange.assessments(receipt.notice)


def _offered(receipt: Receipt) -> dict[Act, ReceiptForm]:
    return forms.offered(receipt, [need for found in _assessed(receipt) for need in found.missing])


def _shown(
    number: int, now: datetime, form: ReceiptForm | None = None, *, status: int = 200, message: str = "", done: str = ""
) -> Response:
    """Answer with the receipt as it stands; a refused form has everything that was typed in it."""
    receipt = _receipt(number, now)
    offered = _offered(receipt)
    unsent = clean(request.form.get(form.name("text"), "")) if form else ""
    if form and form.elements:
        offered, unsent = offered | {form.act: form}, ""
    code = clean_line(request.form.get("code", ""))[:_LONGEST_SHOWN]
    return closed_page(
        "receipts/receipt.html",
        status,
        path=f"/receipts/{receipt.notice.reference}",
        opened_with=code,
        receipt=receipt,
        stages=STAGES,
        checklist=[] if receipt.is_granted else [(REGIMES[found.regime], found) for found in _assessed(receipt)],
        acts=[(each, each.questions(gettext)) for each in offered.values()],
        refused=form.act if form else "",
        errors=(form.wrong(gettext) if form else []) + ([Wrong("", message)] if message else []),
        choose_again=[file.name for file in form.files] if form else [],
        unsent=unsent,
        done=done,
        code=code,
        qr=qr.of_receipt(site(), language(), receipt.notice.reference, code),
    )


def _find_page(reference: str, code: str, status: int = 200, problems: Mapping[str, str] = _NO_PROBLEMS) -> Response:
    reference, code = clean_line(reference)[:_LONGEST_SHOWN], clean_line(code)[:_LONGEST_SHOWN]
    shown = {"reference": reference, "code": code, "problems": problems, "text": _text}
    return closed_page("receipts/find.html", status, path="/receipts", **shown)


def _text(name: str, label: str, about: str, value: str, error: str) -> Shown:
    return Shown(
        name, label, "text", value, error, True, about, [], maxlength=None, autocomplete="off", rows=0, accept=""
    )
