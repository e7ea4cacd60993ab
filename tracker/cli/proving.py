"""Looking at the site as a stranger does: through the edge and the application, from within the worker."""

import gzip
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

import brotli
from flask import current_app
from werkzeug.test import Client

from tracker.db import db, transaction
from tracker.domain.effects import ProofKind
from tracker.models import Decision
from tracker.render.site import Site
from tracker.services import proving, surfaces
from tracker.services.surfaces import Found, Got, Read

_UNPACK: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "br": brotli.decompress}

log = logging.getLogger(__name__)


def reader(site: Site) -> Read:
    """Return what asks this process for an address, without a cookie."""
    client = Client(current_app.wsgi_app, use_cookies=False)

    def read(path: str, headers: Mapping[str, str]) -> Got:
        answer = client.get(path, base_url=site.base_url, headers=dict(headers))
        body = _UNPACK.get(answer.headers.get("Content-Encoding", ""), bytes)(answer.data)
        named = {name.lower(): value for name, value in answer.headers.items()}
        return Got(answer.status_code, named, body.decode("utf-8", "replace"))

    return read


def prove(site: Site, now: datetime, is_over: Callable[[], bool] = lambda: False) -> None:
    """Take the looks that are due, each filed in a transaction of its own; any number of workers may do it at once."""
    read = reader(site)
    due = [(number, ProofKind.EFFECT) for number in proving.effects_due(now)]
    due += [(number, ProofKind.RECHECK) for number in proving.rechecks_due(site, now)]
    for number, kind in due:
        if is_over():
            return
        found = look(site, number, read, now)
        if found.findings:
            log.error("decision %d: %s", number, "; ".join(found.findings))
        with transaction():
            proving.file(site, number, kind, found.surfaces, found.findings, now)
    for number in proving.restorations_due(site, now):
        if is_over():
            return
        with transaction():
            proving.rehearse_restoration(site, number, now)


def look(site: Site, decision_id: int, read: Read, now: datetime) -> Found:
    """Read every surface on which a decision shows."""
    db.session.rollback()
    decision = db.session.get_one(Decision, decision_id)
    return surfaces.look(site, decision.case.article, proving.old_etag(decision), read, now)
