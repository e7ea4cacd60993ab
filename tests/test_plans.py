"""What is done each minute, and in the write turn, reads no table that grows for ever from end to end."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import aliased

from tests.factories import draft
from tests.notifier import publish
from tests.plans import asked, scans, steps
from tests.services.test_counters import COUNTER, US
from tests.staff import make_case, make_member
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.retention import IDENTITY
from tracker.models import Account, Case, Mail
from tracker.models.notice import IDENTITY_LEFT
from tracker.queries import case_life, health, queue, records
from tracker.queries.filters import Filters
from tracker.render import pages
from tracker.render.site import PREFIXES, Site
from tracker.services import (
    batches,
    counters,
    decisions,
    due,
    effects,
    mails,
    measures,
    proving,
    retention,
    samples,
    undo,
    upkeep,
)

GROWS = ("attachment", "case", "clock", "decision", "effect_proof", "item", "mail", "message", "notice")
"""The tables that grow for ever."""


def test_a_scan_is_found_whatever_its_table_is_called(site: Site) -> None:
    other = aliased(Mail)
    plain, renamed = select(Mail.id).where(Mail.text == "x"), select(other.id).where(other.text == "x")
    for query in (plain, renamed, select(Case.id).outerjoin(Mail, Mail.text == Case.changed_by)):
        with asked() as statements:
            db.session.execute(query)
        assert scans(statements, "mail") != [], query


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
def test_a_decision_finds_all_by_an_index(act: Act, site: Site, mei: Account, case: Case, now: datetime) -> None:
    with transaction(), asked() as statements:
        act(site, mei, case, now)
    assert scans(statements, *GROWS) == []


def test_taking_a_decision_back_finds_all_by_an_index(site: Site, mei: Account, case: Case, now: datetime) -> None:
    with transaction():
        _decide(site, mei, case, now)
    with transaction(), asked() as statements:
        undo.undo(site, mei, case.id, case.version, now + timedelta(seconds=5))
    assert scans(statements, *GROWS) == []


def test_a_counter_notice_that_came_finds_all_by_an_index(site: Site, mei: Account, now: datetime) -> None:
    case = make_case(site, now, category=CategoryName.COPYRIGHT, **US)
    with transaction():
        _decide(site, mei, case, now)
    with transaction():
        counters.send(site, case, COUNTER, {}, [], "zh-Hans", now, "c" * 20)
    (copy,) = db.session.scalars(select(Mail).where(Mail.name == "counter_forwarded"))
    with transaction(), asked() as statements:
        counters.reached(site, copy, now)
    assert scans(statements, *GROWS) == []


MINUTELY: dict[str, Callable[[Site, datetime], object]] = {
    "tidy": upkeep.tidy,
    "recount": lambda site, _: due.recount(site),
    "identities": lambda _, now: retention.erase_old_identities(now),
    "sweep": lambda _, now: retention.sweep(now),
    "near": due.near,
    "expired": lambda _, now: due.expired(now),
    "draw": samples.draw,
    "effects": lambda _, now: proving.effects_due(now),
}


@pytest.mark.parametrize("work", MINUTELY.values(), ids=MINUTELY)
def test_what_is_done_each_minute_finds_all_by_an_index(
    work: Callable[[Site, datetime], object], site: Site, case: Case, now: datetime
) -> None:
    with transaction(), asked() as statements:
        work(site, now)
    assert statements != []
    assert scans(statements, *GROWS) == []


LOOKED_AT: dict[str, Callable[[Site, Case, datetime], object]] = {
    "numbers of mails": lambda *_: records.numbers(),
    "health": lambda site, _, now: health.checks(site, now),
    "neighbours": lambda _, case, __: case_life.neighbours(case),
    "measures": lambda _, case, now: measures.open_of(case, now),
}


@pytest.mark.parametrize("look", LOOKED_AT.values(), ids=LOOKED_AT)
def test_pages_find_all_by_an_index(
    look: Callable[[Site, Case, datetime], object], site: Site, case: Case, now: datetime
) -> None:
    with asked() as statements:
        look(site, case, now)
    assert statements != []
    assert scans(statements, *GROWS, "measure") == []


VIEWS = (
    "from=2020-01-01&to=2029-12-31", "overdue=1", "channel=web", "publisher=编辑部", "language=zh-Hans", "source=notice",
    "passage=1", "state=received&sort=newest", "category=reputation&sort=due", "unassigned=1&sort=oldest", "channel=web&sort=notices",
    "notice={reference}", "notifier={reference}",
)  # fmt: skip


@pytest.mark.parametrize("view", VIEWS)
def test_the_queue_sorts_nothing_that_many_cases_fit(
    view: str, site: Site, mei: Account, case: Case, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "FEW", 0)
    filters = Filters.parse(view.format(reference=case.items[0].notice.reference), PREFIXES)
    with asked() as statements:
        found = queue.page(filters, mei, site.zone, now + timedelta(days=90))
    assert [line.case_id for line in found.lines] == [case.id]
    assert [step for statement in statements for step in steps(statement) if "ORDER BY" in step] == []


@pytest.mark.parametrize(
    "view",
    [
        "publisher=nobody",
        "channel=post",
        "source=order",
        "language=en",
        "urgent=1",
        "trusted=1",
        "notice=R",
        "notifier=R",
    ],
)
def test_the_queue_finds_by_an_index_what_few_cases_fit(
    view: str, site: Site, mei: Account, case: Case, now: datetime
) -> None:
    with asked() as statements:
        assert queue.page(Filters.parse(view, PREFIXES), mei, site.zone, now).lines == []
    assert [step for statement in statements for step in steps(statement) if step.startswith("SCAN line")] == []


def test_the_index_of_proofs_of_identity_holds_every_kind_of_them() -> None:
    assert f"purpose IN {IDENTITY}" in str(IDENTITY_LEFT)


def test_a_mail_is_claimed_without_sorting_what_is_due(site: Site, case: Case, now: datetime) -> None:
    with transaction(), asked() as statements:
        assert mails.claim(now) is not None
        while mails.claim(now) is not None:
            pass
    assert scans(statements, *GROWS) == []
    claims = [statement for statement in statements if statement[0].startswith("UPDATE mail")]
    assert claims != []
    assert [step for claim in claims for step in steps(claim) if "ORDER BY" in step] == []


def test_what_stands_beside_an_article_is_found_without_sorting_all_there_are(site: Site, now: datetime) -> None:
    for slug in ("yi", "er", "san"):
        publish(site, slug, now)
    db.session.rollback()
    with asked() as statements:
        assert pages.answer(site, "/articles/er", now) is not None
    beside = [statement for statement in statements if "FROM article AS article_1" in statement[0]]
    assert len(beside) == 2
    assert [step for each in beside for step in steps(each) if "ORDER BY" in step] == []
