"""Cases taken up again, and decisions taken to an out-of-court body."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests import factories
from tests.services.test_counters import mails, notes
from tests.services.test_serving import FAR, kinds, running
from tests.staff import make_case, make_member, make_notice
from tracker.cli.delivery import do_what_is_due
from tracker.db import db, transaction
from tracker.domain.clocks import ClockKind, due
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Incomplete, InvalidTransition
from tracker.domain.lifecycle import Ending, ItemState, State
from tracker.domain.roles import Role
from tracker.models import Account, Case, Dispute, Mail
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import counters, disputes, exchange, measures, reopening

WHY = "法院判决要求重新处理。"


@pytest.fixture
def jia(site: Site, stopped_clock: None) -> Account:
    return make_member("jia@example.org", Role.ADMIN, name="甲")


@pytest.fixture
def case(site: Site, now: datetime, jia: Account) -> Case:
    """A case that was decided, and closed when the window for appeals was over."""
    case = make_case(site, now)
    factories.decide(site, case, Outcome.WITHHELD, now, jia)
    do_what_is_due(site, now + timedelta(days=200))
    assert case.state is State.CLOSED
    return case


def reopen(site: Site, jia: Account, case: Case, now: datetime, key: str = "k") -> None:
    with transaction():
        reopening.reopen(site, jia, case.id, case.version, WHY, now, key)


def test_a_reopened_case_is_decided_anew_and_everybody_is_told(
    site: Site, now: datetime, jia: Account, case: Case
) -> None:
    at = now + timedelta(days=300)
    with pytest.raises(Incomplete), transaction():
        reopening.reopen(site, jia, case.id, case.version, " ", at, "k0")
    reopen(site, jia, case, at)
    assert (case.state, case.outcome, case.assignee_id) == (State.IN_REVIEW, Outcome.WITHHELD, jia.id)
    assert measures.open_of(case, at) is not None  # until there is a new decision
    assert kinds(case) == {"decide"}
    assert [WHY in note for note in notes(case)] == [True]
    do_what_is_due(site, at + timedelta(hours=1))
    factories.decide(site, case, Outcome.DECLINED, at + timedelta(hours=1), jia)
    assert (case.state, measures.open_of(case, at + timedelta(hours=2))) == (State.DECIDED, None)
    assert mails("decision") == ["anna@example.com", "anna@example.com"]
    assert mails("statement") == ["editors@example.org", "editors@example.org"]
    assert trail.fault() is None


def test_what_we_ended_wrongly_waits_again_and_what_was_taken_back_does_not(
    site: Site, now: datetime, jia: Account
) -> None:
    case = make_case(site, now)
    other = make_notice(site, case.article, now, email="li@example.org")
    with transaction():
        exchange.reject(site, jia, case.items[0].id, case.version, Ending.NOT_OURS, "不归我们管。", now, "r")
    with transaction():
        exchange.withdraw(site, other, [item.id for item in other.items], now, "w")
    assert case.state is State.CLOSED
    reopen(site, jia, case, now + timedelta(days=1))
    assert [item.state for item in case.items] == [ItemState.OPEN, ItemState.CLOSED]
    assert trail.fault() is None


def test_some_cases_stay_closed(site: Site, now: datetime, jia: Account, case: Case) -> None:
    later = make_notice(site, case.article, now + timedelta(days=201), email="li@example.org").items[0].case
    with pytest.raises(InvalidTransition, match=f"案件{later.id}"), transaction():
        reopening.reopen(site, jia, case.id, case.version, WHY, now + timedelta(days=202), "k1")
    with pytest.raises(InvalidTransition, match="已经结案"), transaction():
        reopening.reopen(site, jia, later.id, later.version, WHY, now + timedelta(days=202), "k2")
    factories.decide(site, later, Outcome.DECLINED, now + timedelta(days=203), jia)
    do_what_is_due(site, now + 4 * FAR)
    with pytest.raises(InvalidTransition, match="已经删除"), transaction():
        reopening.reopen(site, jia, case.id, case.version, WHY, now + 4 * FAR, "k3")


@pytest.mark.parametrize("restores", [True, False])
def test_a_body_s_outcome_is_waited_for_and_carried_out(
    site: Site, now: datetime, jia: Account, restores: bool
) -> None:
    case = make_case(site, now)
    factories.decide(site, case, Outcome.WITHHELD, now, jia)
    cut_short = ("publisher", "某机构", "1" * 201)  # nothing that was typed is thrown away unsaid
    for said in (("publisher", "", "1"), ("publisher", "某机构", ""), ("notice:999", "某机构", "1"), cut_short):
        with pytest.raises(Incomplete), transaction():
            disputes.open_one(site, jia, case.id, case.version, *said, now)
    with transaction():
        disputes.open_one(site, jia, case.id, case.version, "publisher", "某机构", "ODS-1", now)
    assert case.state is State.ON_HOLD
    assert running(case)["ods/case"].due_at == due(ClockKind.ODS, now, site.calendars).at
    assert mails("dispute") == ["anna@example.com", "editors@example.org"]
    do_what_is_due(site, now + FAR)
    assert case.state is State.ON_HOLD  # the window for appeals ends nothing meanwhile
    at = now + FAR
    with transaction():
        counters.ruling(site, jia, case.id, case.version, at, restores=restores)
    dispute = db.session.scalars(select(Dispute)).one()
    assert (dispute.ended_at, dispute.is_restored) == (at, restores)
    assert case.state is State.DECIDED
    assert (measures.open_of(case, at + timedelta(seconds=1)) is None) is restores
    assert mails("restored" if restores else "ruled") == ["anna@example.com", "editors@example.org"]
    if restores:
        assert "art. 21" in db.session.scalars(select(Mail.text).where(Mail.name == "restored")).first()  # type: ignore[operator]
    assert {"ods", "hold_review"}.isdisjoint(kinds(case))
    assert trail.fault() is None
