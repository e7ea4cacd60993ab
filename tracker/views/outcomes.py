"""The outcomes of a notice to download, with reference and code, as CSV or JSON."""

from urllib.parse import quote

from flask import Blueprint, make_response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tracker import clock
from tracker.db import db
from tracker.domain import receipts as rules
from tracker.domain.text import clean_line
from tracker.models import Notice
from tracker.queries import outcomes, receipts
from tracker.render.site import PREFIXES
from tracker.views.access import public
from tracker.views.http import language, site

blueprint = Blueprint("outcomes", __name__, url_prefix="/receipts")

_LONGEST_SHOWN = 200


@blueprint.post("/<reference>/outcomes")
@public
def download(reference: str) -> AnyResponse:
    """Give the outcomes to whoever can open the receipt; others are sent to the page that says what is wrong."""
    opened = receipts.opened(site().keys, rules.reference(reference), request.form.get("code", ""))
    if opened is None:
        tried = quote(clean_line(reference)[:_LONGEST_SHOWN])
        return redirect(f"{PREFIXES[language()]}/receipts/{tried}", 307)  # sends the form there as it is
    notice = db.session.get_one(Notice, opened.notice)
    rows = outcomes.outcomes(site(), notice, language(), clock.now())
    if request.form.get("format") == "json":
        kind, mimetype, body = "json", "application/json", outcomes.as_json(notice.reference, rows)
    else:
        kind, mimetype, body = "csv", "text/csv; charset=utf-8", outcomes.as_csv(site(), rows, language())
    response = make_response(body)
    response.headers["Content-Type"] = mimetype
    response.headers["Content-Disposition"] = f'attachment; filename="outcomes-{notice.reference}.{kind}"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
