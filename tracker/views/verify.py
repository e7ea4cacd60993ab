"""Checking a proof of receipt, whoever has it, against the published keys."""

from flask import Blueprint, Response, request

from tracker.domain.errors import N_
from tracker.domain.proofs import LONGEST, Verdict
from tracker.render.site import everywhere
from tracker.services import proofs
from tracker.services.proofs import Finding
from tracker.views.access import public
from tracker.views.http import gettext, page, site

blueprint = Blueprint("verify", __name__)

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
