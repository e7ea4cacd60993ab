"""What no page of ours sends, on both databases: never an error of ours."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.staff import make_case, make_member, signed_in, token_of
from tests.views.test_batches import DECLINE
from tracker import clock
from tracker.db import db
from tracker.domain.roles import Role
from tracker.models import Batch
from tracker.render.site import Site

ODD: list[tuple[str, dict[str, Any], int]] = [
    ("/desk/batches/decide", {**DECLINE, "case": "1-1", "key": "\0" * 24}, 303),
    ("/desk/people/1/sessions/end", {"session": "\0"}, 303),
    ("/account/sessions/end", {"session": "x\0"}, 303),
    ("/desk/cases/1/redress/register-proof", {"version": "1", "day": "2026-11-20", "text": "已起诉", "files": "no file"}, 409),
    ("/desk/rules/%00/review", {"clause": "1", "note": "措施继续。", "case": "1"}, 404),
]  # fmt: skip


@pytest.mark.parametrize(("path", "fields", "status"), ODD, ids=lambda part: part if isinstance(part, str) else "")
def test_an_odd_value_is_answered(app: Flask, site: Site, path: str, fields: dict[str, Any], status: int) -> None:
    make_case(site, clock.now())
    browser = signed_in(app, make_member("jia@example.org", Role.ADMIN))
    token = token_of(browser.get("/account/").text)
    assert browser.post(path, data=fields | {"csrf_token": token}).status_code == status
    assert all(batch.key.isprintable() for batch in db.session.scalars(select(Batch)))
    assert browser.get("/desk/rules/%00").status_code == 404
