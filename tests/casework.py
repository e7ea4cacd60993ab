"""A moderator at the page of a case, for tests: reads it, and presses its buttons."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import staff
from tracker.db import db
from tracker.models import Case

KEY = "a-key-of-an-act-of-this-test"


def post(browser: FlaskClient, path: str, **fields: Any) -> TestResponse:
    """Send a form that carries a key, and read what it left anew."""
    answer = staff.post(browser, path, **({"key": KEY} | fields))
    db.session.rollback()
    return answer


def page(browser: FlaskClient, case: Case) -> str:
    db.session.rollback()
    return browser.get(f"/desk/cases/{case.id}").text


def part(html: str, name: str) -> str:
    """Return the section of a page with this heading, without tags."""
    found = re.search(rf'<section[^>]*aria-labelledby="{name}">(.*?)</section>', html, re.DOTALL)
    assert found, name
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[1]))


def act(browser: FlaskClient, case: Case, name: str, **fields: Any) -> TestResponse:
    """Press the button of an act against the newest version."""
    db.session.rollback()
    return post(browser, f"/desk/cases/{case.id}/{name}", **({"version": case.version} | fields))
