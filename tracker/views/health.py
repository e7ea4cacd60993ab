"""Whether the process runs, and whether it can serve."""

from flask import Blueprint, Response
from sqlalchemy import text

from tracker.db import db
from tracker.views.access import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def alive() -> Response:
    return Response("ok\n", mimetype="text/plain", headers={"Cache-Control": "no-store"})


@blueprint.get("/readyz")
@public
def ready() -> Response:
    db.session.execute(text("SELECT 1 FROM generation WHERE is_live")).one()
    return Response("ok\n", mimetype="text/plain", headers={"Cache-Control": "no-store"})
