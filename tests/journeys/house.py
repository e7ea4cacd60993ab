"""A site that runs in the test's own process, for a browser to look at, and the addresses of all its pages for staff."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select
from werkzeug.serving import make_server

from config import ROOT, Config
from tests.journeys.conftest import free_port
from tracker import clock
from tracker.app import create_app
from tracker.db import db, transaction
from tracker.domain.categories import BY_SLUG
from tracker.models import Account, Batch, CannedText, Case, Clause, Mail, Sample
from tracker.render.site import Site
from tracker.services import sessions

STAFF_ONLY = ("/desk", "/account")

DOWNLOADS = frozenset({
    "/desk/attachments/<int(max=2147483647):number>", "/desk/cases/<int(max=2147483647):number>/canned", "/desk/live",
})  # fmt: skip
"""What a route gives that is no page: a file to download, what a script asks for."""


@contextmanager
def living(folder: Path, template: Path, furnish: Callable[[Site], None]) -> Iterator[tuple[str, Flask]]:
    """Serve a furnished site from a folder, on a copy of a migrated SQLite database; yield its address and application."""
    port = free_port()
    shutil.copy(template, folder / "tracker.db")
    shutil.copytree(ROOT / "content" / "pages", folder / "content" / "pages")
    shutil.copy(ROOT / "content" / "categories.yml", folder / "content")
    settings = {
        "TRACKER_DATA": str(folder / "data"), "TRACKER_CONTENT": str(folder / "content"),
        "DATABASE_URL": f"sqlite:///{folder / 'tracker.db'}", "BASE_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": "a secret for tests only, never for a site", "MAIL_REPLY": "reply@example.org",
    }  # fmt: skip
    app = create_app(Config.from_environment(settings))
    with app.app_context():
        furnish(app.extensions["site"])
        db.session.remove()
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield settings["BASE_URL"], app
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        with app.app_context():
            db.engine.dispose()
        app.extensions["edge"].close()


def session_of(app: Flask, email: str) -> str:
    """Return the cookie of a browser in which an account has just signed in."""
    with app.app_context(), transaction():
        account = db.session.scalars(select(Account).where(Account.email == email)).one()
        return sessions.start(app.extensions["site"], account, "127.0.0.1", clock.now())


def pages_of_staff(app: Flask) -> dict[str, list[str]]:
    """Return each route of the desk and the account that shows a page, with the addresses under which there is one.

    They come from the URL map and from what is stored; a route for which nothing is stored has none.
    """
    with app.app_context():
        stored = _stored()
        db.session.remove()
    return {
        rule.rule: stored.get(rule.rule, [] if "<" in rule.rule else [rule.rule])
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.rule.startswith(STAFF_ONLY) and rule.rule not in DOWNLOADS
    }


def _stored() -> dict[str, list[str]]:
    number = "<int(max=2147483647):number>"
    cases = _numbers(select(func.max(Case.id)).group_by(Case.state, Case.outcome, Case.source))
    mails = _numbers(select(func.max(Mail.id)).group_by(Mail.name))
    found: dict[str, list[str]] = {
        f"/desk/cases/{number}": cases,
        "/desk/cases/<int(max=2147483647):case_id>/data": cases,
        "/desk/cases/<int(max=2147483647):case_id>/redress": cases,
        f"/desk/mail/{number}": mails,
        f"/desk/people/{number}": _numbers(select(Account.id)),
        f"/desk/canned/{number}": _numbers(select(CannedText.id)),
        f"/desk/samples/{number}": _numbers(select(Sample.id).limit(3)),
        f"/desk/batches/{number}": _numbers(select(Batch.id)),
        "/desk/rules/<clause>": _numbers(select(func.min(Clause.number)).group_by(Clause.version)),
        "/desk/intake/<slug>": list(BY_SLUG),
    }
    return {rule: [re.sub(r"<[^>]+>", value, rule) for value in values] for rule, values in found.items() if values}


def _numbers(wanted: object) -> list[str]:
    return [str(value) for value in db.session.scalars(wanted)]  # type: ignore[call-overload]
