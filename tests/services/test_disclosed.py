"""The statement of reasons says whether the publisher may know who sent the notice, as their page shows it."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from tests import factories
from tests.staff import make_case, make_member, make_notice
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import Ending
from tracker.models import Case, Decision, Mail
from tracker.render.site import Site
from tracker.services import exchange, publishers

KNOWN, HIDDEN = "您可以知道通知人是谁", "不提供通知人的身份"


@pytest.mark.parametrize(
    ("category", "answers", "is_disclosed"),
    [
        (CategoryName.REPUTATION, {}, True),  # 民法典: by name
        (CategoryName.REPUTATION, {"country": "GB", "share_name": "no", "share_email": "no"}, False),
        (CategoryName.REPUTATION, {"country": "GB", "share_name": "no", "share_email": "yes"}, True),
        (CategoryName.PERSONAL_DATA, {"data_right": "delete"}, False),
        (CategoryName.MINOR, {}, False),
        (CategoryName.FRAUD, {}, False),
    ],
)
def test_it_says_what_the_publisher_is_shown(
    app: Flask, site: Site, now: datetime, category: CategoryName, answers: dict[str, str], is_disclosed: bool
) -> None:
    make_member()
    case = make_case(site, now, category=category, **answers)
    decision = factories.decide(site, case, Outcome.WITHHELD, now)
    assert decision.statement["notifier_disclosed"] is is_disclosed
    shown = " ".join(told.text() for told in publishers.shown(case.items[0]))
    assert ("安娜" in shown or "anna@example.com" in shown) is is_disclosed
    told = db.session.scalars(select(Mail).where(Mail.name == "statement")).one()
    for body in (told.text, told.html):
        assert (KNOWN in body, HIDDEN in body) == (is_disclosed, not is_disclosed)
        assert "安娜" not in body


def test_a_notice_that_was_taken_back_discloses_nobody(app: Flask, site: Site, now: datetime) -> None:
    mei = make_member()
    case = make_case(site, now)
    make_notice(site, case.article, now, "bob@example.com", country="GB", share_name="no", share_email="no")
    with transaction():
        exchange.reject(site, mei, case.items[0].id, case.version, Ending.DUPLICATE, "与先前的通知重复。", now, "k1")
    decision = _decided(site, case, now)
    assert decision.statement["notifier_disclosed"] is False


def test_one_who_may_be_known_is_enough(app: Flask, site: Site, now: datetime) -> None:
    make_member()
    case = make_case(site, now, country="GB", share_name="no", share_email="no")
    make_notice(site, case.article, now, "bob@example.com")
    assert _decided(site, case, now).statement["notifier_disclosed"] is True


def _decided(site: Site, case: Case, now: datetime) -> Decision:
    db.session.expire_all()
    return factories.decide(site, case, Outcome.WITHHELD, now)
