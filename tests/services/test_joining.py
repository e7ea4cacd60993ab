"""A notice that joins a case: nobody's is lost, and one about a life in danger brings the case to the front."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests import factories
from tests.staff import make_case, make_member, make_notice
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.errors import InvalidTransition
from tracker.domain.lifecycle import Ending, ItemState, State
from tracker.models import Account, AuditEntry, Case, Clock, Mail
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import cases, exchange

FIRM = "firm@example.org"


@pytest.fixture
def mei(site: Site, stopped_clock: None) -> Account:
    return make_member()


def due(case: Case, kind: ClockKind) -> datetime | None:
    found = select(Clock.due_at).where(Clock.case_id == case.id, Clock.kind == kind, Clock.stopped_at.is_(None))
    return db.session.scalar(found)


def test_two_clients_of_one_law_firm_both_get_their_decision(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, email=FIRM, notifier_name="甲公司")
    second = make_notice(site, case.article, now, email=FIRM, notifier_name="乙公司")
    with transaction():
        exchange.withdraw(site, case.items[0].notice, [case.items[0].id], now, "w")
    assert case.state is State.RECEIVED  # the second client still waits
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    (mail,) = db.session.scalars(select(Mail).where(Mail.name == "decision"))
    assert (mail.notice_id, mail.recipient) == (second.id, FIRM)
    assert second.reference in mail.text
    assert [item.state for item in case.items] == [ItemState.CLOSED, ItemState.ANSWERED]


@pytest.mark.parametrize("answer", ["minor_involved", "danger_to_life"])
def test_an_answer_makes_a_case_urgent(site: Site, now: datetime, mei: Account, answer: str) -> None:
    case = make_case(site, now, **{answer: "yes"})
    assert case.is_urgent
    assert due(case, ClockKind.TRIAGE) == now + timedelta(hours=4)
    assert due(case, ClockKind.DECIDE) == now + timedelta(hours=24)
    assert all(clock.is_urgent for clock in db.session.scalars(select(Clock)) if clock.subject == "case")
    with pytest.raises(InvalidTransition, match="紧急"), transaction():
        exchange.reject(site, mei, case.items[0].id, case.version, Ending.ABUSIVE, "垃圾。", now, "r")
    assert case.items[0].state is ItemState.OPEN


def test_an_urgent_notice_raises_the_case_it_joins(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    later = now + timedelta(days=3)
    urgent = make_notice(site, case.article, later, email="li@example.org", danger_to_life="yes")
    assert case.is_urgent
    assert due(case, ClockKind.TRIAGE) == now + timedelta(hours=24)  # it was late already: never later for that
    assert due(case, ClockKind.DECIDE) == later + timedelta(hours=24)
    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "case.raised"))
    assert entry.facts == {"case": case.id, "notice": urgent.id}
    make_notice(site, case.article, later, email="wu@example.org", danger_to_life="yes")
    assert len(list(db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "case.raised")))) == 1
    assert trail.fault() is None


def test_what_is_started_after_the_raise_is_urgent_and_what_ran_before_is_explained_as_it_was(
    site: Site, now: datetime, mei: Account
) -> None:
    case = make_case(site, now)
    make_notice(site, case.article, now + timedelta(days=3), email="li@example.org", minor_involved="yes")
    clocks = {clock.kind: clock.is_urgent for clock in db.session.scalars(select(Clock)) if clock.subject == "case"}
    assert clocks == {ClockKind.TRIAGE: False, ClockKind.DECIDE: True}


def test_a_spammer_gets_no_mail(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    with transaction():
        exchange.reject(site, mei, case.items[0].id, case.version, Ending.ABUSIVE, "广告。", now, "r")
    assert case.state is State.CLOSED
    assert db.session.scalars(select(Mail).where(Mail.name == "rejected")).all() == []


@pytest.mark.parametrize("how", ["reject", "lapse"])
def test_ending_one_item_stops_its_clocks_and_none_of_the_others(
    site: Site, now: datetime, mei: Account, how: str
) -> None:
    case = make_case(site, now)
    other = make_notice(site, case.article, now, email="li@example.org").items[0]
    first = case.items[0]
    if how == "reject":
        with transaction():
            exchange.reject(site, mei, first.id, case.version, Ending.DUPLICATE, "重复。", now, "r")
    else:
        with transaction():
            exchange.ask_info(site, mei, first.id, case.version, "请补充。", now, "q")
        with transaction():  # as if triage were still to be done: the question alone had ended it
            cases.start_clock(site, db.session.get_one(Case, case.id), ClockKind.TRIAGE, now)
        with transaction():
            exchange.lapse(site, first, now)
    running = {(c.kind, c.subject) for c in db.session.scalars(select(Clock).where(Clock.stopped_at.is_(None)))}
    assert {(ClockKind.TRIAGE, "case"), (ClockKind.DECIDE, "case")} <= running
    assert not [kind for kind, subject in running if subject == f"item:{first.id}"]
    assert [kind for kind, subject in running if subject == f"item:{other.id}"]
    assert trail.fault() is None


def test_a_copyright_notice_is_valid_by_each_law_from_its_own_moment(site: Site, now: datetime, mei: Account) -> None:
    """17 U.S.C. 512(c)(3)(B): the clock runs from when the notice had all of US law, whatever Chinese law still wants."""
    said = {
        "country": "US", "work_title": "《谁在催收》", "stmt_good_faith": "1", "stmt_authority_perjury": "1",
        "signature_name": "安娜", "stmt_accurate": "1",
    }  # fmt: skip
    lacking = said | {"signature_name": "", "country": "JP"}
    case = make_case(site, now, category=CategoryName.COPYRIGHT, **lacking)
    notice = case.items[0].notice
    assert notice.valid_by == {}
    with transaction():
        added = {"signature_name": "安娜"}
        exchange.supplement(site, notice, "补上签名。", [], added, now + timedelta(days=1), "s")
    assert list(notice.valid_by) == ["us_dmca"]
    started = select(Clock.starts_at).where(Clock.kind == ClockKind.DMCA_ACT, Clock.stopped_at.is_(None))
    assert db.session.scalar(started) == now + timedelta(days=1)
    with transaction():
        exchange.supplement(site, notice, "再补充。", [], {}, now + timedelta(days=2), "s2")
    assert db.session.scalar(started) == now + timedelta(days=1)  # once
