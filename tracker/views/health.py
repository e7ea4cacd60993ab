"""Whether the process runs, and whether it can serve."""

from flask import Blueprint, Response, current_app
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tracker.db import db
from tracker.views.access import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def alive() -> Response:
    return _said("ok")


@blueprint.get("/readyz")
@public
def ready() -> Response:
    try:
        live = db.session.execute(text("SELECT 1 FROM generation WHERE is_live")).first()
    except DBAPIError as error:
        current_app.logger.warning("not ready: %s", error.orig)
        live = None
    return _said("ok") if live else _said("not ready", 503)


def _said(words: str, status: int = 200) -> Response:
    return Response(f"{words}\n", status, mimetype="text/plain", headers={"Cache-Control": "no-store"})
