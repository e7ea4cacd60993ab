"""Sixteen moderators, one queue: each case is decided once, the others are told by whom and when, and no lease holds anybody up."""

import random
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from html import unescape
from typing import TypeVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import exc, func, insert, select

from tests import factories
from tests.bounds import within
from tests.notifier import publish
from tests.staff import DECISION, at_once, make_member, signed_in, token_of
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Busy, Conflict, InvalidTransition
from tracker.domain.lifecycle import Source, State
from tracker.models import Account, Article, AuditEntry, Case, Decision, Line
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import decisions, leases, lines

pytestmark = pytest.mark.slow

MODERATORS = 16
CASES = within(30, 1000)
TOGETHER = within(16, 100)
"""Cases on which all sixteen press the button, whoever holds them."""


@pytest.fixture
def numbers(site: Site) -> list[int]:
    """Open cases on a few articles, bare: it is the moderators who are tested."""
    now = clock.now()
    for n in range(-(-CASES // len(CategoryName))):
        publish(site, f"article-{n}", now)
    articles = list(db.session.scalars(select(Article.id).order_by(Article.id)))
    pairs = [(article, name) for article in articles for name in CategoryName][:CASES]
    with transaction():
        values = [
            {
                "article_id": article, "category": name, "state": State.RECEIVED, "source": Source.OWN_INITIATIVE, "version": 1,
                "opened_at": now - timedelta(minutes=n), "changed_at": now, "changed_by": "系统", "is_urgent": False, "regimes": [],
            }
            for n, (article, name) in enumerate(pairs)
        ]  # fmt: skip
        db.session.execute(insert(Case), values)
        found = list(db.session.scalars(select(Case.id).order_by(Case.id)))
        lines.place(found, now)
    assert len(found) == CASES
    return found


T = TypeVar("T")


def sent(act: Callable[[], T]) -> T:
    """Do it, and again while the answer is that too many write at once, as the page asks a person to."""
    while True:
        with suppress(Busy, exc.TimeoutError):  # the pool of connections waits no longer, either
            return act()


def at_the_desk(app: Flask, who: int) -> tuple[FlaskClient, str]:
    """Return a browser in which somebody is signed in, with the token of its forms."""
    browser = signed_in(app, db.session.get_one(Account, who))
    return browser, token_of(browser.get("/account/").text)


def pressed(browser: FlaskClient, token: str, number: int) -> tuple[int, str, str]:
    """Press the button of a page that was opened before anybody had decided; return the answer, and what was typed."""
    facts = f"核对了第{number}号案件的材料（{token[-8:]}），没有找到不实之处。"
    form = DECISION | {"outcome": "declined", "refusal": "no_breach", "facts": facts, "version": "1"}
    while True:
        answer = browser.post(f"/desk/cases/{number}/decide", data={"csrf_token": token} | form)
        if answer.status_code != 503:
            assert answer.status_code in {303, 409}, answer.text
            return answer.status_code, unescape(answer.text), facts


def next_of(site: Site, who: int) -> int | None:
    with transaction():
        case = leases.next_case(site, db.session.get_one(Account, who), clock.now())
        return case.id if case else None


def decided(site: Site, who: int, number: int) -> bool:
    """Decide what somebody holds; somebody else may have pressed the button before."""
    with suppress(Conflict, InvalidTransition), transaction():
        decisions.decide(
            site, db.session.get_one(Account, who), number, 1, factories.draft(Outcome.DECLINED), clock.now()
        )
        return True
    return False


def test_each_of_many_cases_is_decided_exactly_once(app: Flask, site: Site, numbers: list[int]) -> None:
    people = [make_member(f"m{n}@example.org", name=f"审核{n}").id for n in range(MODERATORS)]
    contested = set(random.Random(1).sample(numbers, TOGETHER))
    browsers = {who: at_the_desk(app, who) for who in people}
    refused: list[tuple[str, str]] = []
    db.session.remove()

    def press(who: int, number: int) -> bool:
        status, *told = pressed(*browsers[who], number)
        refused.extend([(told[0], told[1])] if status == 409 else [])
        return status == 303

    def work(who: int) -> int:
        """Take the next case and decide it until there is none; now and then decide what somebody else holds."""
        done, others = 0, sorted(contested, key=lambda number: (number * (who + 7)) % 997)
        while number := sent(lambda: next_of(site, who)):
            done += sent(lambda: decided(site, who, number))
            if others:
                done += press(who, others.pop())
        for number in others:
            done += press(who, number)
        return done

    did = at_once(app, [lambda who=who: work(who) for who in people])  # type: ignore[misc]
    assert all(isinstance(n, int) for n in did), [one for one in did if not isinstance(one, int)][:3]
    assert sum(n for n in did if isinstance(n, int)) == CASES
    _all_is_decided()
    assert refused
    for said, kept in refused:
        assert re.search(r"审核\d+已在\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", said), said  # who, and when
        assert kept in said, "what they wrote is on the page that refuses it"


def _all_is_decided() -> None:
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Decision)) == CASES
    assert db.session.scalar(select(func.count(Decision.case_id.distinct()))) == CASES
    assert set(db.session.scalars(select(Case.state))) == {State.DECIDED}
    assert db.session.scalar(select(func.count()).where(Line.is_open)) == 0
    entries = select(func.count()).select_from(AuditEntry).where(AuditEntry.kind == "case.decided")
    assert db.session.scalar(entries) == CASES
    assert trail.fault() is None
