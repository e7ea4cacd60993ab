"""What is done each minute, and in the write turn, reads no table that grows for ever from end to end."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import draft
from tests.plans import asked, scans
from tests.services.test_counters import COUNTER, US
from tests.staff import make_case, make_member
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.models import Account, Case, Mail
from tracker.render.site import Site
from tracker.services import batches, counters, decisions, effects, undo


@pytest.fixture
def site(sqlite_app: Flask) -> Site:
    found: Site = sqlite_app.extensions["site"]
    return found


@pytest.fixture
def mei(sqlite_app: Flask) -> Account:
    return make_member()


@pytest.fixture
def case(site: Site, now: datetime) -> Case:
    return make_case(site, now)


Act = Callable[[Site, Account, Case, datetime], object]


def _decide(site: Site, mei: Account, case: Case, now: datetime) -> None:
    decisions.decide(site, mei, case.id, case.version, draft(Outcome.WITHHELD), now)


def _preview(site: Site, mei: Account, case: Case, now: datetime) -> None:
    effects.rehearse(site, mei, case.id, case.version, draft(Outcome.WITHHELD), now)


def _try(site: Site, mei: Account, case: Case, now: datetime) -> None:
    batches.rehearse(site, mei, case.id, case.version, draft(Outcome.WITHHELD), now)


@pytest.mark.parametrize("act", [_decide, _preview, _try])
def test_a_decision_finds_its_mails_by_an_index(act: Act, site: Site, mei: Account, case: Case, now: datetime) -> None:
    with transaction(), asked() as statements:
        act(site, mei, case, now)
    assert scans(statements, "mail") == []


def test_taking_a_decision_back_finds_its_mails_by_an_index(
    site: Site, mei: Account, case: Case, now: datetime
) -> None:
    with transaction():
        _decide(site, mei, case, now)
    with transaction(), asked() as statements:
        undo.undo(site, mei, case.id, case.version, now + timedelta(seconds=5))
    assert scans(statements, "mail") == []


def test_a_counter_notice_that_came_finds_its_copies_by_an_index(site: Site, mei: Account, now: datetime) -> None:
    case = make_case(site, now, category=CategoryName.COPYRIGHT, **US)
    with transaction():
        _decide(site, mei, case, now)
    with transaction():
        counters.send(site, case, COUNTER, {}, [], "zh-Hans", now, "c" * 20)
    (copy,) = db.session.scalars(select(Mail).where(Mail.name == "counter_forwarded"))
    with transaction(), asked() as statements:
        counters.reached(site, copy, now)
    assert scans(statements, "mail") == []
