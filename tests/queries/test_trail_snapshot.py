"""Reading the whole trail while others write to it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from flask import Flask

from tests import factories
from tracker.db import db, transaction
from tracker.domain.lifecycle import State
from tracker.models import Case
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import audit


def test_an_act_while_the_trail_is_read_is_not_tampering(
    app: Flask, site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = factories.open_case(factories.publish(site, "lixi", now), now).id
    read, before = trail.head, trail.head()

    def act() -> None:
        with app.app_context():
            with transaction():
                db.session.get_one(Case, number).state = State.IN_REVIEW
                facts = {"case": number, "from": State.RECEIVED.value, "to": State.IN_REVIEW.value}
                audit.record("account:1", "case.claimed", now, **facts)
            db.session.remove()

    def head_after_an_act() -> tuple[int, str]:
        with ThreadPoolExecutor() as pool:
            pool.submit(act).result()
        return read()

    monkeypatch.setattr(trail, "head", head_after_an_act)
    trail.snapshot()
    assert trail.fault() is None
    db.session.rollback()
    monkeypatch.setattr(trail, "head", read)
    assert trail.head()[0] == before[0] + 1
    assert trail.fault() is None
