"""What must hold besides the state: each guard of the table, and who may do what."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from tests import factories
from tests.services.test_counters import COUNTER, US
from tests.staff import make_case, make_member
from tracker.db import db, transaction
from tracker.domain.attachments import accept
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Incomplete, InvalidTransition, NotPermitted
from tracker.domain.lifecycle import TRANSITIONS, Event, Guard, State, Transition, Who
from tracker.domain.redress import CounterRule
from tracker.models import Account, Case, Mail
from tracker.render.site import Site
from tracker.services import cases, counters, decisions, guards, holds, measures, publishers


@pytest.fixture
def mei(site: Site, stopped_clock: None) -> Account:
    return make_member()


def interim(site: Site, mei: Account, case: Case, now: datetime) -> None:
    with transaction():
        decisions.decide(site, mei, case.id, case.version, factories.draft(Outcome.INTERIM), now)


def test_every_guard_is_evaluated_and_used() -> None:
    assert set(guards._CHECKS) == set(Guard) == {guard for row in TRANSITIONS for guard in row.guards}


def test_a_refusal_names_its_ground(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    with pytest.raises(Incomplete) as refused, transaction():
        decisions.decide(site, mei, case.id, case.version, factories.draft(Outcome.DECLINED, refusal=""), now)
    assert set(refused.value.problems) == {"refusal"}
    assert case.state is State.RECEIVED


def test_the_ground_of_a_refusal_is_told(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    with transaction():
        draft = factories.draft(Outcome.DECLINED, refusal="official_record")
        decisions.decide(site, mei, case.id, case.version, draft, now)
    (mail,) = db.session.scalars(select(Mail).where(Mail.name == "decision"))
    assert "如实转述官方文书" in mail.text


@pytest.mark.parametrize(
    ("category", "said", "may"),
    [
        (CategoryName.REPUTATION, {}, False),
        (CategoryName.REPUTATION, {"minor_involved": "yes"}, False),  # reputation is not a lane for minors
        (CategoryName.CYBERBULLYING, {"minor_involved": "yes"}, True),
        (CategoryName.MINOR, {}, True),
        (CategoryName.NCII, {}, True),
        (CategoryName.CSAM, {}, True),
        (CategoryName.COURT_OR_AUTHORITY, {}, True),
        (CategoryName.COPYRIGHT, US, True),
        (CategoryName.COPYRIGHT, US | {"signature_name": "", "country": "JP"}, False),  # sworn, unsigned
        (CategoryName.COPYRIGHT, {"work_title": "《书》"}, False),  # no address, no proof: not all of 条例 14
    ],
)
def test_an_article_is_withheld_meanwhile_only_on_what_the_law_names(
    site: Site, now: datetime, mei: Account, category: CategoryName, said: dict[str, str], may: bool
) -> None:
    case = make_case(site, now, category=category, **said)
    if may:
        interim(site, mei, case, now)
        assert measures.restricting(case, now) is not None
        return
    with pytest.raises(InvalidTransition, match="暂停展示"):
        interim(site, mei, case, now)
    assert measures.restricting(case, now) is None


def test_it_can_be_withheld_while_the_publisher_is_asked(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, category=CategoryName.MINOR)
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)
    with transaction():
        publishers.ask(site, mei, case.id, case.version, now, "f")
    interim(site, mei, case, now)
    assert case.state is State.AWAITING_REPLY


def test_an_editor_takes_up_nothing_about_their_own_article(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    editor = make_member("Editors@example.org", name="编辑")
    with pytest.raises(NotPermitted, match="利害关系"), transaction():
        cases.take_up(site, editor, case.id, case.version, now)
    assert case.assignee_id is None
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)
    with pytest.raises(NotPermitted, match="利害关系"), transaction():
        publishers.ask(site, editor, case.id, case.version, now, "f")


@pytest.mark.parametrize(
    ("country", "rule", "may"),
    [
        ("US", CounterRule.REGULATION17, False),
        ("CN", CounterRule.CIVIL_CODE, False),
        ("CN", CounterRule.REGULATION17, True),
    ],
)
def test_under_us_law_nothing_is_restored_before_its_time_for_article_17(
    site: Site, now: datetime, mei: Account, country: str, rule: CounterRule, may: bool
) -> None:
    site.config = replace(site.config, cn_copyright_counter=rule)  # of this test alone
    said = US | {"country": country, "stmt_authority_perjury": "1" if country == "US" else ""}
    case = make_case(site, now, category=CategoryName.COPYRIGHT, **said)
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    with transaction():
        counters.send(site, case, COUNTER, {}, [accept("a.txt", b"a")], "zh-Hans", now, "c")
    if may:  # the law does it as the counter-notice comes; nothing is left for a moderator to do
        assert (case.state, case.outcome) == (State.DECIDED, Outcome.RESTORED)
        assert "第十七条" in case.decisions[-1].ground_ref
        return
    assert (case.state, case.outcome) == (State.COUNTERED, Outcome.WITHHELD)
    with pytest.raises(InvalidTransition, match="第十七条"), transaction():
        holds.restore_now(site, mei, case.id, case.version, "regulation17", now)
    with transaction():
        holds.restore_now(site, mei, case.id, case.version, "withdrawn", now)
    assert case.outcome is Outcome.RESTORED


@pytest.mark.parametrize(
    "row",
    [r for r in TRANSITIONS if r.source and r.who not in {Who.ANYONE, Who.HOUSE}],
    ids=lambda r: f"{r.source}-{r.event}",
)
def test_only_whom_the_table_names_can_cause_an_event(site: Site, now: datetime, mei: Account, row: Transition) -> None:
    case = make_case(site, now)
    case.state = row.source
    staff = {Who.MODERATOR, Who.ADMIN}
    if row.who in staff:
        with pytest.raises(NotPermitted):
            cases.move(case, row.event, now)
    if row.who not in staff:
        with pytest.raises(NotPermitted):
            cases.move(case, row.event, now, by=mei)
    if row.who is Who.ADMIN:
        with pytest.raises(NotPermitted):
            cases.move(case, row.event, now, by=mei)
    db.session.rollback()


def test_a_refusal_names_the_state_in_the_readers_language(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    with pytest.raises(InvalidTransition) as refused:
        cases.move(case, Event.LAPSE, now)
    english = site.gettext(refused.value.message, "en", **refused.value.values)
    assert "待处理" not in english
