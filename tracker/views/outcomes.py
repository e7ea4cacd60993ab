"""What the holder of a receipt downloads with reference and code: the outcomes as CSV or JSON, the proof of receipt."""

from collections.abc import Callable
from urllib.parse import quote

from flask import Blueprint, make_response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import db
from tracker.domain import receipts as rules
from tracker.domain.text import clean_line
from tracker.models import Notice
from tracker.queries import outcomes
from tracker.queries.opening import opened
from tracker.render.site import PREFIXES
from tracker.services import proofs
from tracker.views.access import public
from tracker.views.http import language, site

blueprint = Blueprint("outcomes", __name__, url_prefix="/receipts")

_LONGEST_SHOWN = 200


@blueprint.post("/<reference>/outcomes")
@public
def download(reference: str) -> AnyResponse:
    def made(notice: Notice) -> tuple[bytes, str, str]:
        rows = outcomes.outcomes(site(), notice, language(), clock.now())
        if request.form.get("format") == "json":
            return outcomes.as_json(notice.reference, rows), "application/json", f"outcomes-{notice.reference}.json"
        body = outcomes.as_csv(site(), rows, language())
        return body, "text/csv; charset=utf-8", f"outcomes-{notice.reference}.csv"

    return _sent(reference, made)


@blueprint.post("/<reference>/proof")
@public
def proof(reference: str) -> AnyResponse:
    def made(notice: Notice) -> tuple[bytes, str, str]:
        return proofs.issue(site(), notice, language()), "application/json", f"receipt-{notice.reference}.json"

    return _sent(reference, made)


def _sent(reference: str, made: Callable[[Notice], tuple[bytes, str, str]]) -> AnyResponse:
    """Give a file to whoever can open the receipt; others are sent to the page that says what is wrong.

    `made` returns its bytes, type and name.
    """
    found = opened(site().keys, rules.reference(reference), request.form.get("code", ""))
    if found is None:
        tried = quote(clean_line(reference)[:_LONGEST_SHOWN])
        return redirect(f"{PREFIXES[language()]}/receipts/{tried}", 307)  # sends the form there as it is
    body, media_type, name = made(db.session.get_one(Notice, found.notice))
    response = make_response(body)
    response.headers["Content-Type"] = media_type
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
