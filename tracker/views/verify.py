"""Proofs of receipt: download one with reference and code; check one, whoever has it, against the published keys."""

from urllib.parse import quote

from flask import Blueprint, Response, make_response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker.db import db
from tracker.domain import receipts as rules
from tracker.domain.errors import N_
from tracker.domain.proofs import LONGEST, Verdict
from tracker.domain.text import clean_line
from tracker.models import Notice
from tracker.queries import receipts
from tracker.render.site import PREFIXES, everywhere
from tracker.services import proofs
from tracker.services.proofs import Finding
from tracker.views.access import public
from tracker.views.http import gettext, language, page, site

blueprint = Blueprint("verify", __name__)

_LONGEST_SHOWN = 200

EMPTY = N_("请粘贴收件证明的全文，或者选择下载的文件。")


@blueprint.get("/verify")
@blueprint.get("/receipts/verify")
@public
def form() -> Response:
    return _page(None, "")


@blueprint.post("/verify")
@blueprint.post("/receipts/verify")
@public
def check() -> Response:
    typed = request.form.get("proof", "")
    file = request.files.get("file")
    content = file.read(LONGEST + 1) if file else b""
    content = content or typed.encode("utf-8", "replace")
    if not content.strip():
        return _page(None, typed, gettext(EMPTY))
    return _page(proofs.verify(site().keys, content), typed)


@blueprint.post("/receipts/<reference>/proof")
@public
def download(reference: str) -> AnyResponse:
    """Give the proof to whoever can open the receipt; to others the page that opens receipts says what is wrong."""
    opening = receipts.opened(site().keys, rules.reference(reference), request.form.get("code", ""))
    if opening is None:
        tried = quote(clean_line(reference)[:_LONGEST_SHOWN])
        return redirect(f"{PREFIXES[language()]}/receipts/{tried}", 307)  # sends the form there as it is
    proof = proofs.issue(site(), db.session.get_one(Notice, opening.notice), language())
    response = make_response(proof)
    response.mimetype = "application/json"
    response.headers["Content-Disposition"] = f'attachment; filename="receipt-{opening.reference}.json"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _page(finding: Finding | None, typed: str, message: str = "") -> Response:
    is_fine = finding is None or finding.verdict is Verdict.VALID
    return page(
        "verify/verify.html",
        200 if is_fine and not message else 422,
        alternates=everywhere("/verify"),
        finding=finding,
        typed=typed[:LONGEST],
        message=message,
        keys=proofs.public_keys(site().keys),
    )
