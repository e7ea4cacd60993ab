"""Sixteen moderators, one queue: each case is decided once, the others are told by whom and when, and no lease holds anybody up."""

import random
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import exc, func, insert, select

from tests import factories
from tests.bounds import within
from tests.notifier import publish
from tests.staff import at_once, make_member
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Busy, Conflict, InvalidTransition
from tracker.domain.lifecycle import Source, State
from tracker.models import Account, Article, AuditEntry, Case, CaseDraft, Decision, Line
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import case_drafts, decisions, leases, lines

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


def _typed(people: list[int], numbers: set[int]) -> dict[tuple[int, int], str]:
    """Have each of these people type something on each of these cases, and return what."""
    typed = {(number, who): f"审核员{who}写的关于{number}的事实" for number in numbers for who in people}
    with transaction():
        for (number, who), text in typed.items():
            account = db.session.get_one(Account, who)
            case_drafts.save(account, number, case_drafts.DECIDING, {"facts": text}, clock.now())
    return typed


def _deciders() -> set[tuple[int, int]]:
    """Return each case with who decided it."""
    return {(row[0], row[1]) for row in db.session.execute(select(Decision.case_id, Decision.decided_by_id))}


def _each_was_decided_once() -> None:
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Decision)) == CASES
    assert db.session.scalar(select(func.count(Decision.case_id.distinct()))) == CASES
    assert set(db.session.scalars(select(Case.state))) == {State.DECIDED}
    assert db.session.scalar(select(func.count()).where(Line.is_open)) == 0
    entries = select(func.count()).select_from(AuditEntry).where(AuditEntry.kind == "case.decided")
    assert db.session.scalar(entries) == CASES
    assert trail.fault() is None


T = TypeVar("T")


def sent(act: Callable[[], T]) -> T:
    """Do it, and again while the answer is that too many write at once, as the page asks a person to."""
    while True:
        with suppress(Busy, exc.TimeoutError):  # the pool of connections waits no longer, either
            return act()


def test_each_of_many_cases_is_decided_exactly_once(app: Flask, site: Site, numbers: list[int]) -> None:
    people = [make_member(f"m{n}@example.org", name=f"审核{n}").id for n in range(MODERATORS)]
    contested = set(random.Random(1).sample(numbers, TOGETHER))
    written = factories.draft(Outcome.DECLINED)
    refused: dict[tuple[int, int], str] = {}
    lock = threading.Lock()
    typed = _typed(people, contested)
    db.session.remove()

    def decide(who: int, number: int) -> bool:
        def act() -> None:
            with transaction():
                decisions.decide(site, db.session.get_one(Account, who), number, 1, written, clock.now())

        try:
            sent(act)
            return True
        except (Conflict, InvalidTransition) as error:
            with lock:
                refused[number, who] = str(error)
            return False

    def next_of(who: int) -> int | None:
        with transaction():
            case = leases.next_case(site, db.session.get_one(Account, who), clock.now())
            return case.id if case else None

    def work(who: int) -> int:
        """Take the next case and decide it until there is none; now and then decide what somebody else holds."""
        done, others = 0, sorted(contested, key=lambda number: (number * (who + 7)) % 997)
        while number := sent(lambda: next_of(who)):
            done += decide(who, number)
            if others:
                done += decide(who, others.pop())
        for number in others:
            done += decide(who, number)
        return done

    did = at_once(app, [lambda who=who: work(who) for who in people])  # type: ignore[misc]
    assert all(isinstance(n, int) for n in did), [one for one in did if not isinstance(one, int)][:3]
    assert sum(n for n in did if isinstance(n, int)) == CASES
    _each_was_decided_once()
    late = set(typed) - _deciders()
    assert late <= set(refused)
    for said in refused.values():
        assert re.search(r"审核\d+已在\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", said), said  # who, and when
    kept = {(draft.case_id, draft.account_id): draft.fields["facts"] for draft in db.session.scalars(select(CaseDraft))}
    assert kept == {one: typed[one] for one in late}
