"""Limits follow the laws of a case: gone with a law that is taken away, back with it, and with the notices that come and go."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests import factories
from tests.services.test_counters import US, send
from tests.services.test_findings import set_regime
from tests.services.test_publishers import BRITISH, DAY, REFUSAL, ask, taken
from tests.services.test_serving import running
from tests.staff import mails_leave, make_case, make_member, make_notice
from tracker.cli.delivery import do_what_is_due
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import ClockKind, due
from tracker.domain.decisions import Outcome
from tracker.domain.defamation import Branch
from tracker.domain.errors import InvalidTransition
from tracker.domain.lifecycle import Ending, State
from tracker.domain.regimes import RegimeName
from tracker.domain.threads import MessageKind
from tracker.models import Account, Case, Line, Mail
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import cases, counters, exchange, merging, publishers
from tracker.services.defamation import branch_of

UK = RegimeName.UK_DEFAMATION
HOUR = timedelta(hours=1)


@pytest.fixture
def mei(site: Site, stopped_clock: None) -> Account:
    return make_member()


@pytest.fixture
def case(site: Site, now: datetime, mei: Account) -> Case:
    """A British case whose publisher was asked."""
    case = taken(site, mei, make_case(site, now, **BRITISH), now)
    ask(site, mei, case, now)
    mails_leave(site, now)
    return case


def of_law(case: Case) -> dict[str, datetime]:
    """Return what runs on a case by some law, or instead of it, by when."""
    every = {"triage", "decide", "ack"}
    return {name: clock.due_at for name, clock in running(case).items() if name.partition("/")[0] not in every}


def take_away(site: Site, mei: Account, case: Case, now: datetime) -> None:
    set_regime(site, mei, case, UK, now, applies=False)


def give_back(site: Site, mei: Account, case: Case, now: datetime) -> None:
    set_regime(site, mei, case, UK, now, applies=True)


def reply(site: Site, case: Case, answers: dict[str, str], now: datetime, key: str = "r") -> None:
    with transaction():
        publishers.reply(site, case, "文章有采访记录。", answers, [], now, key)


def test_without_british_law_the_publisher_has_the_time_of_the_house_and_with_it_their_own_again(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    before = of_law(case)
    assert set(before) == {"uk_poster/item:1"}
    take_away(site, mei, case, now + HOUR)
    assert of_law(case) == {"reply_wait/item:1": due(ClockKind.REPLY_WAIT, now, site.calendars).at}
    give_back(site, mei, case, now + 2 * HOUR)
    assert of_law(case) == before
    take_away(site, mei, case, now + 3 * HOUR)
    assert case.state is State.AWAITING_REPLY
    do_what_is_due(site, now + 8 * DAY)
    assert (case.state, of_law(case)) == (State.IN_REVIEW, {})  # nothing follows in a law that does not apply
    assert trail.fault() is None


def test_the_two_days_after_the_time_to_answer_go_and_come_back_with_their_law(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    do_what_is_due(site, over := of_law(case)["uk_poster/item:1"])
    before = of_law(case)
    assert before == {"uk_after/case": due(ClockKind.UK_AFTER, over, site.calendars).at}
    take_away(site, mei, case, over + HOUR)
    assert of_law(case) == {}
    do_what_is_due(site, over + 8 * DAY)
    give_back(site, mei, case, over + 8 * DAY)
    assert of_law(case) == before  # and is overdue, as if it had never been gone
    assert trail.fault() is None


def test_what_was_no_full_reply_is_an_answer_once_british_law_is_gone(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    reply(site, case, {}, now + HOUR)
    assert case.state is State.AWAITING_REPLY
    take_away(site, mei, case, now + 2 * HOUR)
    assert (case.state, case.asked_at, of_law(case)) == (State.IN_REVIEW, None, {})
    assert trail.fault() is None


@pytest.mark.parametrize("way", ["full", "none"])
def test_an_answer_without_british_law_is_no_full_one_when_it_is_back(
    site: Site, now: datetime, mei: Account, case: Case, way: str
) -> None:
    before = of_law(case)
    take_away(site, mei, case, now + HOUR)
    reply(site, case, {}, now + 2 * HOUR)
    assert (case.state, of_law(case)) == (State.IN_REVIEW, {})
    give_back(site, mei, case, now + 3 * HOUR)
    assert (case.state, of_law(case), branch_of(case.items[0])) == (State.IN_REVIEW, before, Branch.WAITING)
    if way == "full":
        reply(site, case, REFUSAL, now + 4 * HOUR, "r2")
        since, found = now + 4 * HOUR, Branch.REFUSED
    else:
        do_what_is_due(site, before["uk_poster/item:1"] + HOUR)
        since, found = before["uk_poster/item:1"], Branch.NO_REPLY
    assert of_law(case) == {"uk_after/case": due(ClockKind.UK_AFTER, since, site.calendars).at}
    assert branch_of(case.items[0]) is found
    assert trail.fault() is None


def test_who_was_asked_without_british_law_is_asked_again_as_it_wants(site: Site, now: datetime, mei: Account) -> None:
    """SI 2013/3028, Schedule: what a full reply is, and that the words may be removed without one, has to be told."""
    case = taken(site, mei, make_case(site, now), now)
    ask(site, mei, case, now)
    give_back(site, mei, case, now + HOUR)
    assert set(of_law(case)) == {"cn_act/item:1", "reply_wait/item:1", "uk_first/item:1"}
    with transaction():
        exchange.supplement(site, case.items[0].notice, "补充。", [], BRITISH, now + HOUR, "s")
    assert branch_of(case.items[0]) is Branch.ASK
    assert of_law(case)["uk_first/item:1"] == due(ClockKind.UK_FIRST, now + HOUR, site.calendars).at  # whole since then
    assert publishers.may_ask(case)
    ask(site, mei, case, now + 2 * HOUR, "g")
    assert set(of_law(case)) == {"cn_act/item:1", "uk_poster/item:1"}
    told = db.session.scalars(select(Mail.text).where(Mail.name == "forwarded").order_by(Mail.id)).all()
    assert ["诽谤" in text for text in told] == [False, True]
    assert [message.kind for message in case.messages].count(MessageKind.FORWARD) == 1  # on their page it stands once
    with pytest.raises(InvalidTransition, match="都已经转送"):
        ask(site, mei, case, now + 2 * HOUR, "h")
    assert trail.fault() is None


def test_a_law_that_comes_late_asks_for_nothing_that_was_done_already(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, category=CategoryName.COPYRIGHT, **US)
    (act,) = [name for name in of_law(case) if name.startswith("dmca_act")]
    set_regime(site, mei, case, RegimeName.US_DMCA, now + HOUR, applies=False)
    assert act not in of_law(case)
    with transaction():
        db.session.get_one(Case, case.id).regimes = [RegimeName.NCII]  # one by which it may be withheld meanwhile
    factories.decide(site, case, Outcome.INTERIM, now + 2 * HOUR, mei)
    set_regime(site, mei, case, RegimeName.US_DMCA, now + 3 * HOUR, applies=True)
    set_regime(site, mei, case, RegimeName.CN_CIVIL, now + 3 * HOUR, applies=True)
    assert {name.partition("/")[0] for name in of_law(case)} == {"interim"}


def test_a_notice_that_joins_has_the_limits_of_the_laws_of_its_case(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, **BRITISH)
    take_away(site, mei, case, now)
    set_regime(site, mei, case, RegimeName.GDPR, now, applies=True)
    joined = make_notice(site, case.article, now + HOUR, "li@example.org", **BRITISH).items[0]
    assert joined.case_id == case.id
    assert set(of_law(case)) == {"gdpr_reply/item:1", f"gdpr_reply/item:{joined.id}"}
    give_back(site, mei, case, now + 2 * HOUR)
    first = of_law(case)[f"uk_first/item:{joined.id}"]
    assert first == due(ClockKind.UK_FIRST, now + HOUR, site.calendars).at
    with transaction():  # it was whole from the start: nothing that is added later gives more time
        exchange.supplement(site, joined.notice, "补充一句。", [], {}, now + 20 * HOUR, "s")
    assert of_law(case)[f"uk_first/item:{joined.id}"] == first


def test_a_notice_that_goes_to_another_case_has_the_limits_of_the_laws_there_and_its_own_when_it_comes_back(
    site: Site, now: datetime, mei: Account
) -> None:
    into = make_case(site, now)
    item = make_notice(site, into.article, now, "li@example.org", category=CategoryName.TERMS, **BRITISH).items[0]
    other = item.case
    set_regime(site, mei, other, UK, now, applies=True)
    before = of_law(other)
    assert f"uk_first/item:{item.id}" in before
    set_regime(site, mei, into, UK, now, applies=True)
    set_regime(site, mei, into, UK, now + HOUR, applies=False)
    with transaction():
        merging.merge(site, mei, into.id, into.version, other.id, now + 2 * HOUR)
    assert not [name for name in of_law(into) if name.startswith("uk_")]
    give_back(site, mei, into, now + 3 * HOUR)
    assert of_law(into)[f"uk_first/item:{item.id}"] == before[f"uk_first/item:{item.id}"]
    take_away(site, mei, into, now + 4 * HOUR)
    with transaction():
        merging.unmerge(site, mei, other.id, other.version, now + 5 * HOUR)
    assert of_law(other) == before
    assert trail.fault() is None


def test_a_british_complaint_stays_where_its_publisher_answered(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    make_notice(site, case.article, now, "li@example.org")
    reply(site, case, REFUSAL, now + HOUR)
    other = make_notice(site, case.article, now, "wu@example.org", category=CategoryName.TERMS).items[0].case
    british = case.items[0].id
    with pytest.raises(InvalidTransition, match="都在本案里"), transaction():
        merging.split(site, mei, case.id, case.version, [british], CategoryName.TERMS, now + 2 * HOUR)
    with pytest.raises(InvalidTransition, match="都在本案里"), transaction():
        merging.merge(site, mei, other.id, other.version, case.id, now + 2 * HOUR)
    with transaction():
        merging.merge(site, mei, case.id, case.version, other.id, now + 2 * HOUR)
    assert (set(of_law(case)) >= {"uk_after/case"}, branch_of(case.items[0])) == (True, Branch.REFUSED)


def test_the_queue_names_what_a_notice_lacks_by_the_laws_that_it_is_under(
    site: Site, now: datetime, mei: Account
) -> None:
    case = make_case(site, now, **BRITISH | {"meaning": ""})
    number, lacks = case.id, "这些话是什么意思、为什么损害名誉"
    assert lacks in db.session.get_one(Line, number).missing
    take_away(site, mei, case, now + HOUR)
    assert lacks not in db.session.get_one(Line, number).missing
    give_back(site, mei, case, now + 2 * HOUR)
    assert lacks in db.session.get_one(Line, number).missing


def test_a_repeated_notice_is_turned_away_only_where_the_law_that_bars_it_applies(
    site: Site, now: datetime, mei: Account
) -> None:
    said = US | {"country": "CN", "category": CategoryName.COPYRIGHT}
    first = make_case(site, now, **said)
    factories.decide(site, first, Outcome.WITHHELD, now, mei)
    send(site, first, now)
    with transaction():
        counters.restore(site, cases.locked([first.id], now, "x")[0], now)
    other = said | {"email": "li@example.org", "notifier_name": "李四", "work_title": "《另一部》"}
    case = make_notice(site, first.article, now + HOUR, **other).items[0].case
    for applies, ended in ((False, None), (True, Ending.BARRED)):
        at = now + (3 if applies else 2) * HOUR
        set_regime(site, mei, case, RegimeName.CN_COPYRIGHT, at, applies=applies)
        assert make_notice(site, first.article, at, **said).items[0].ended is ended
