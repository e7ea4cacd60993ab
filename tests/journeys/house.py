"""A site that runs in the test's own process, for a browser to look at; the addresses of all its pages for staff, and the
forms that are answered by a page."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import func, select
from werkzeug.serving import make_server

from config import ROOT, Config
from tests.journeys.conftest import free_port
from tests.staff import DECISION, PASSWORD
from tracker import clock
from tracker.app import create_app
from tracker.db import db, transaction
from tracker.domain.categories import BY_SLUG
from tracker.domain.roles import Role
from tracker.domain.urgency import DEFAULTS
from tracker.models import Account, Batch, CannedText, Case, Clause, Mail, Proposal, Sample
from tracker.queries import rules
from tracker.render.site import Site
from tracker.services import sessions

STAFF_ONLY = ("/desk", "/account")

DOWNLOADS = frozenset({
    "/desk/attachments/<int(max=2147483647):number>", "/desk/cases/<int(max=2147483647):number>/canned", "/desk/live",
    "/desk/pictures/<name>",
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


@dataclass(frozen=True)
class Sent:
    """A form that is answered by a page, with the status of the answer to an admin of a furnished site."""

    path: str
    status: int
    fields: dict[str, str] = field(default_factory=dict)


def posts_of_staff(app: Flask) -> list[Sent]:
    """Return a form for each page that answers one, filled in well where that shows a page, and wrongly."""
    with app.app_context():
        case = _first(select(Case).where(Case.decided_at.is_(None), Case.closed_at.is_(None))) or _first(select(Case))
        sample, proposal = _first(select(Sample).where(Sample.read_at.is_(None))), _first(select(Proposal))
        member = _first(select(Account).where(Account.role != Role.ADMIN))
        at, version = f"/desk/cases/{case.id}", str(case.version)
        found = [
            *_about_a_case(at, version, case.items[0].id),
            *_about_many(f"{case.id}-{version}"),
            *_of_the_site(),
            *_of_oneself(),
        ]
        found += [Sent(f"/desk/samples/{sample.id}/read", 422)] if sample else []
        found += [Sent(f"/desk/cases/{proposal.case_id}/proposals/{proposal.id}/preview", 200)] if proposal else []
        swept = [
            clause.number for clause in db.session.scalars(select(Clause)) if rules.outstanding(clause, clock.now())
        ]
        found += [Sent(f"/desk/rules/{number}/review", 422) for number in swept[:1]]
        found += [Sent(f"/desk/people/{member.id}/{act}", 422) for act in ("role", "recusals")]
        db.session.remove()
    return found


def _first(wanted: Any) -> Any:
    return db.session.scalars(wanted.limit(1)).first()


def _about_a_case(at: str, version: str, item: int) -> Iterator[Sent]:
    whole = {**DECISION, "version": version, "draft": "decide"}
    yield Sent(f"{at}/preview", 200, whole)
    yield Sent(f"{at}/edit", 200, whole)
    yield Sent(f"{at}/preview", 422, {"version": version})
    yield Sent(f"{at}/decide", 422, {"version": version, "facts": "短"})
    yield Sent(f"{at}/preview", 409, whole | {"version": "0"})
    for act in ("note", "letter", "keep", "ask-opinion", "claims", "hand-over", "category"):
        yield Sent(f"{at}/{act}", 422, {"version": version, "item": "0", "until": "x"})
    yield Sent(f"{at}/erase", 422, {"version": version, "item": str(item)})
    yield Sent(f"{at}/tell", 422, {"version": version, "email": "nobody"})
    yield Sent(f"{at}/release", 403, {"csrf_token": "forged", "note": "写好的话"})


def _about_many(chosen: str) -> Iterator[Sent]:
    whole = {name: text for name, text in DECISION.items() if name != "claim-0"} | {
        "claim-0": "founded",
        "key": "k" * 24,
    }
    yield Sent("/desk/batches/choose", 200, {"case": chosen})
    yield Sent("/desk/batches/edit", 200, whole | {"case": chosen})
    yield Sent("/desk/batches/check", 200, whole | {"case": chosen})
    yield Sent("/desk/batches/check", 422, whole | {"listed": chosen, "facts": ""})
    yield Sent("/desk/batches/hand-over", 200, {"case": chosen})


def _of_the_site() -> Iterator[Sent]:
    points = {name: str(number) for name, number in DEFAULTS.items()}
    yield Sent("/desk/weights/replay", 200, points)
    yield Sent("/desk/weights/replay", 422, points | {"minor": "很多"})
    yield Sent("/desk/weights/save", 409, points | {"seal": "x"})
    yield Sent("/desk/routes/save", 422, {"category-0": "copyright", "language-0": "", "order-0": "1"})
    yield Sent("/desk/settings", 422, {"contact_email": "nobody"})
    yield Sent("/desk/switches/intake", 422, {"turn": "on"})
    yield Sent("/desk/canned/new", 422)
    yield Sent("/desk/views/save", 422)
    yield Sent("/desk/people/invite", 422, {"email": "nobody"})
    yield Sent("/desk/people/handle", 422, {"case": "x", "handle": "K417"})
    yield Sent("/desk/intake/reputation", 422, {"addresses": "x"})
    yield Sent("/desk/initiative", 422)


def _of_oneself() -> Iterator[Sent]:
    yield Sent("/account/name", 422)
    yield Sent("/account/password", 422, {"current": "x", "password": "y"})
    yield Sent("/account/recusals", 422)
    yield Sent("/account/keys/save", 422, {"reveal": "??"})
    kept = {"next": "/desk/people/invite", "kept:email": "new@example.org", "kept:role": "auditor"}
    yield Sent("/account/confirm", 422, kept | {"password": "no"})
    yield Sent("/account/confirm", 200, kept | {"password": PASSWORD})
    yield Sent("/account/sign-in", 422, {"email": "nobody@example.org", "password": "no"})


SEND = """([path, fields]) => {
  const token = document.querySelector("input[name=csrf_token]"), form = document.createElement("form");
  Object.assign(form, {method: "post"}); form.setAttribute("action", path);
  for (const [name, value] of [...(fields.some(([name]) => name === "csrf_token") ? [] : [["csrf_token", token ? token.value : ""]]), ...fields]) {
    const typed = document.createElement("textarea"); typed.name = name; typed.value = value; form.append(typed); }
  document.body.append(form); form.submit(); }"""
"""Sends a form from the page that is open, with its token unless another is given."""


def send(page: Page, path: str, fields: dict[str, str]) -> int:
    """Send a form from the page that is open; return the status of the page that answers."""
    with page.expect_navigation() as landed:
        page.evaluate(SEND, [path, list(fields.items())])
    return landed.value.status if landed.value else 0
