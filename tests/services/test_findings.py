"""First findings on a case: advice and what was chosen, plain illegality, laws added and taken away."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests import factories
from tests.services.test_counters import US
from tests.services.test_publishers import BRITISH
from tests.staff import make_case, make_member, make_notice
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Incomplete, InvalidTransition
from tracker.domain.regimes import FirstAction, RegimeName
from tracker.models import Account, AuditEntry, Case
from tracker.queries import applying, trail
from tracker.queries.advice import advice
from tracker.render.site import Site
from tracker.services import cases, exchange, findings, holds, publishers

WHY = "依两部法律的要求，取保护更强的一种。"


@pytest.fixture
def mei(site: Site, stopped_clock: None) -> Account:
    return make_member()


def running(case: Case) -> set[str]:
    return {clock.kind.value for clock in case.clocks if clock.stopped_at is None and clock.subject != "case"}


def set_regime(site: Site, mei: Account, case: Case, name: RegimeName, now: datetime, *, applies: bool) -> None:
    with transaction():
        key = f"r{case.id}-{case.version}"
        findings.set_regime(site, mei, case.id, case.version, name, WHY, now, key, applies=applies)


@pytest.mark.parametrize(
    ("category", "said", "action", "is_conflict"),
    [
        (CategoryName.COPYRIGHT, US, FirstAction.WITHHOLD, False),
        (CategoryName.COPYRIGHT, {"work_title": "《书》"}, FirstAction.ASSESS, False),  # not valid: nothing to do first
        (CategoryName.REPUTATION, BRITISH, FirstAction.ASK_PUBLISHER, False),
        (CategoryName.MINOR, {}, FirstAction.WITHHOLD_AT_ONCE, False),
        (CategoryName.CYBERBULLYING, {"minor_involved": "yes", "org_id_no": ""}, FirstAction.WITHHOLD_AT_ONCE, False),
    ],
)
def test_the_most_protective_of_what_is_valid_is_advised(
    site: Site,
    now: datetime,
    mei: Account,
    category: CategoryName,
    said: dict[str, str],
    action: FirstAction,
    is_conflict: bool,
) -> None:
    """law_standards §5, 1."""
    found = advice(make_case(site, now, category=category, **said))
    assert (found.action, found.is_conflict) == (action, is_conflict)


def test_two_laws_that_want_different_things_are_both_shown(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, category=CategoryName.REPUTATION, **BRITISH)
    set_regime(site, mei, case, RegimeName.GENERAL, now, applies=True)
    found = advice(case)
    assert found.is_conflict
    assert found.action is FirstAction.ASK_PUBLISHER
    assert dict(found.by)[RegimeName.GENERAL] is FirstAction.ASSESS


def test_what_was_chosen_stands_beside_what_was_advised(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, category=CategoryName.MINOR)
    with transaction():
        findings.assess(site, mei, case.id, case.version, FirstAction.ASSESS, True, WHY, now, "k")
    assert (case.first_action, case.facially_illegal, case.facially_illegal_reason) == ("assess", True, WHY)
    (entry,) = trail_of("case.assessed")
    assert entry.facts == {
        "case": case.id, "advised": "withhold_at_once", "chosen": "assess", "facially_illegal": "yes",
    }  # fmt: skip
    assert WHY in [message.text.partition("：")[2] for message in case.messages]
    with pytest.raises(Incomplete), transaction():
        findings.assess(site, mei, case.id, case.version, FirstAction.ASSESS, True, " ", now, "k2")
    assert trail.fault() is None


def trail_of(kind: str) -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.kind == kind).order_by(AuditEntry.seq)))


def test_a_law_that_is_added_starts_its_limits_from_receipt_and_taken_away_stops_them(
    site: Site, now: datetime, mei: Account
) -> None:
    case = make_case(site, now)
    before = running(case)
    later = now + timedelta(days=3)
    set_regime(site, mei, case, RegimeName.GDPR, later, applies=True)
    assert running(case) == before | {"gdpr_reply"}
    (clock,) = [clock for clock in case.clocks if clock.kind is ClockKind.GDPR_REPLY]
    assert clock.starts_at == now
    assert RegimeName.GDPR in applying.of(case.items[0])
    assert RegimeName.GDPR in {found.regime for found in exchange.assessments(case.items[0].notice)}
    with pytest.raises(InvalidTransition):
        set_regime(site, mei, case, RegimeName.GDPR, later, applies=True)
    set_regime(site, mei, case, RegimeName.GDPR, later, applies=False)
    assert running(case) == before
    assert [entry.facts["change"] for entry in trail_of("case.regimes_set")] == ["added", "removed"]
    assert trail.fault() is None


def test_a_law_of_the_notice_itself_can_be_taken_away_and_brought_back(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, **BRITISH)
    set_regime(site, mei, case, RegimeName.UK_DEFAMATION, now, applies=False)
    assert "uk_first" not in running(case)
    assert applying.of(case.items[0]) == (RegimeName.GENERAL,)  # never none
    shown = {told.label: told.text() for told in publishers.shown(case.items[0])}
    assert "安娜" not in str(shown)
    joined = make_notice(site, case.article, now, email="li@example.org", **BRITISH).items[0]
    assert RegimeName.UK_DEFAMATION not in applying.of(joined)
    set_regime(site, mei, case, RegimeName.UK_DEFAMATION, now, applies=True)
    assert RegimeName.UK_DEFAMATION in applying.of(joined)


def test_after_the_decision_nothing_is_found_first(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    factories.decide(site, case, Outcome.DECLINED, now, mei)
    with pytest.raises(InvalidTransition):
        set_regime(site, mei, case, RegimeName.GDPR, now, applies=True)
    with pytest.raises(InvalidTransition), transaction():
        findings.assess(site, mei, case.id, case.version, FirstAction.ASSESS, True, WHY, now, "k")


def test_redress_outside_the_site_depends_on_what_the_site_is(
    site: Site, now: datetime, mei: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DSA art. 21: only of online platforms that are neither micro nor small."""
    monkeypatch.setattr(site, "targets_eu", True)
    for is_platform in (False, True):
        monkeypatch.setattr(site, "is_platform", is_platform)
        case = make_case(
            site, now, f"a-{is_platform}".lower(), body=f"{is_platform} 一段话。\n", country="DE", passage=""
        )
        factories.decide(site, case, Outcome.DECLINED, now, mei)
        told = case.decisions[-1].statement["redress_notifier"]
        assert any("庭外争议解决" in way for way in told) is is_platform


def test_a_law_that_was_taken_away_by_mistake_comes_back_with_its_limit(
    site: Site, now: datetime, mei: Account
) -> None:
    """GDPR art. 12(3): the month runs from receipt, whatever was clicked meanwhile."""
    case = make_case(site, now, category=CategoryName.PERSONAL_DATA, country="DE", data_right="delete")
    before = {clock.due_at for clock in case.clocks if clock.kind is ClockKind.GDPR_REPLY}
    for hours in range(3):
        set_regime(site, mei, case, RegimeName.GDPR, now + timedelta(hours=2 * hours), applies=False)
        db.session.expire_all()
        assert "gdpr_reply" not in running(case)
        set_regime(site, mei, case, RegimeName.GDPR, now + timedelta(hours=2 * hours + 1), applies=True)
        db.session.expire_all()
        assert {clock.due_at for clock in case.clocks if clock.kind == "gdpr_reply" and not clock.stopped_at} == before


def test_the_longer_time_of_a_law_goes_and_comes_back_with_it(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, category=CategoryName.PERSONAL_DATA, country="DE", data_right="delete")
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)
    with transaction():
        holds.extend(site, mei, case.id, case.version, "案情复杂，还要核对原始材料。", now, "longer")
    assert "gdpr_extended" in running(case)
    set_regime(site, mei, case, RegimeName.GDPR, now + timedelta(hours=1), applies=False)
    db.session.expire_all()
    assert "gdpr_extended" not in running(case)
    set_regime(site, mei, case, RegimeName.GDPR, now + timedelta(hours=2), applies=True)
    db.session.expire_all()
    assert "gdpr_extended" in running(case)
    assert "gdpr_reply" not in running(case)
