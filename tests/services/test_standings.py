"""Trust, warnings and suspensions: the factors of a year, who is told, what the trail keeps."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from tests.factories import decide, draft
from tests.plans import asked
from tests.services.test_counters import US
from tests.staff import PASSAGE, confirm, make_case, make_member, make_notice
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Incomplete, InvalidTransition
from tracker.domain.lifecycle import Ending
from tracker.domain.roles import Role
from tracker.domain.standing import Level, Side
from tracker.models import Account, AuditEntry, Decision, Mail, Standing
from tracker.queries import strikes
from tracker.render.site import Site
from tracker.services import decisions, exchange, standings
from tracker.services.standings import Factors

ANNA = "anna@example.com"
SAID = {"reason": "一年内三次明显没有依据的通知。", "gravity": "一般", "intent": ""}


@pytest.fixture
def admin(site: Site) -> Account:
    return make_member("jia@example.org", Role.ADMIN)


def put(site: Site, admin: Account, level: Level | None, now: datetime, side: Side = Side.NOTIFIER) -> Standing:
    with transaction():
        return standings.put(site, admin, "Anna+x@Example.com", side, level, SAID, now)


def declined(
    site: Site, admin: Account, now: datetime, slug: str, *, is_manifest: bool, outcome: Outcome = Outcome.DECLINED
) -> None:
    case = make_case(site, now, slug)
    with transaction():
        decisions.decide(site, admin, case.id, case.version, draft(outcome, is_manifest=is_manifest), now)


def test_what_was_manifestly_unfounded_counts_for_a_year(site: Site, admin: Account, now: datetime) -> None:
    confirm(ANNA, now)
    declined(site, admin, now, "yi", is_manifest=True)
    declined(site, admin, now, "er", is_manifest=False)
    declined(site, admin, now, "san", is_manifest=True, outcome=Outcome.WITHHELD)
    found = standings.factors(ANNA, Side.NOTIFIER, now + timedelta(days=1))
    assert (found, round(found.proportion, 2)) == (Factors(1, 3), 0.33)
    assert standings.factors(ANNA, Side.NOTIFIER, now + timedelta(days=366)) == Factors(0, 0)
    assert standings.factors("", Side.NOTIFIER, now) == Factors(0, 0)
    assert Factors(0, 0).proportion == 0


def test_what_anybody_may_have_typed_counts_against_nobody_until_its_owner_confirms_it(
    site: Site, admin: Account, now: datetime
) -> None:
    for slug in ("yi", "er", "san"):
        declined(site, admin, now, slug, is_manifest=True)
    assert standings.factors(ANNA, Side.NOTIFIER, now) == Factors(0, 0)
    assert standings.suggested(ANNA, Side.NOTIFIER, now) is None
    assert put(site, admin, Level.WARNED, now).factors["number"] == 0
    put(site, admin, Level.SUSPENDED, now)
    assert standings.level(ANNA, now) is Level.SUSPENDED  # nobody gets out of that by not confirming
    confirm(ANNA, now)
    assert standings.factors(ANNA, Side.NOTIFIER, now) == Factors(3, 3)


def test_who_took_a_notice_back_before_was_declined_nothing(site: Site, admin: Account, now: datetime) -> None:
    for mailbox in (ANNA, "bob@example.com"):
        confirm(mailbox, now)
    case = make_case(site, now)
    other = make_notice(site, case.article, now, "bob@example.com").items[0]
    with transaction():
        exchange.withdraw(site, other.notice, [other.id], now, "w")
    with transaction():
        decisions.decide(site, admin, case.id, case.version, draft(Outcome.DECLINED, is_manifest=True), now)
    assert standings.factors("bob@example.com", Side.NOTIFIER, now) == Factors(0, 1)
    assert standings.factors(ANNA, Side.NOTIFIER, now) == Factors(1, 1)


def struck(site: Site, admin: Account, now: datetime, slug: str, **said: Any) -> Decision:
    case = make_case(site, now, slug, body=f"## 甲\n\n引言一段，{slug}的正文：{PASSAGE}。\n", **said)
    return decide(site, case, Outcome.WITHHELD, now, admin)


def test_strikes_are_counted_by_the_database_however_many_there_are(site: Site, admin: Account, now: datetime) -> None:
    asks: list[int] = []
    for slug, strikes_so_far in (("yi", 1), ("er", 2), ("san", 3)):
        assert strikes.is_one(struck(site, admin, now, slug, category=CategoryName.COPYRIGHT, **US))
        db.session.expire_all()
        with asked() as statements:
            assert standings.factors("editors@example.org", Side.PUBLISHER, now) == Factors(
                strikes_so_far, strikes_so_far
            )
        asks.append(len(statements))
    assert len(set(asks)) == 1


def test_what_a_moderator_took_from_us_law_is_no_strike(site: Site, admin: Account, now: datetime) -> None:
    decision = struck(site, admin, now, "yi", category=CategoryName.COPYRIGHT, **US)
    with transaction():
        decision.case.regimes_removed = ["us_dmca"]
    assert not strikes.is_one(decision)
    with transaction():
        decision.case.regimes_removed, decision.case.items[0].notice.regimes = [], ["cn_copyright"]
    assert not strikes.is_one(decision)
    with transaction():
        decision.case.regimes = ["us_dmca"]
    assert strikes.is_one(decision)
    with transaction():
        decision.case.items[0].ended = Ending.WITHDRAWN
    assert not strikes.is_one(decision)


def test_a_reversed_decision_takes_its_strike_from_the_publisher(site: Site, admin: Account, now: datetime) -> None:
    case = make_case(site, now)
    with transaction():
        decisions.decide(site, admin, case.id, 1, draft(Outcome.REMOVED, is_manifest=True), now)
    later = now + timedelta(hours=1)
    assert standings.factors("editors@example.org", Side.PUBLISHER, later) == Factors(1, 1)
    decide(site, case, Outcome.RESTORED, later, admin)
    assert standings.factors("editors@example.org", Side.PUBLISHER, later) == Factors(0, 1)
    assert standings.factors(ANNA, Side.PUBLISHER, later) == Factors(0, 0)


def test_three_call_for_a_warning_and_after_it_for_a_suspension(site: Site, admin: Account, now: datetime) -> None:
    confirm(ANNA, now)
    for slug in ("yi", "er"):
        declined(site, admin, now, slug, is_manifest=True)
    assert standings.suggested(ANNA, Side.NOTIFIER, now) is None
    declined(site, admin, now, "san", is_manifest=True)
    assert standings.suggested(ANNA, Side.NOTIFIER, now) == (Level.WARNED, timedelta(days=365))
    warned = put(site, admin, Level.WARNED, now)
    assert warned.factors == {"number": 3, "total": 3, "proportion": 1.0, "gravity": "一般"}
    assert standings.suggested(ANNA, Side.NOTIFIER, now) == (Level.SUSPENDED, timedelta(days=30))


def test_a_warning_comes_first_and_each_suspension_is_longer(site: Site, admin: Account, now: datetime) -> None:
    with pytest.raises(InvalidTransition, match="先警告"):
        put(site, admin, Level.SUSPENDED, now)
    put(site, admin, Level.WARNED, now)
    for days in (30, 90, 180, 180):
        standing = put(site, admin, Level.SUSPENDED, now)
        assert standing.until == now + timedelta(days=days)
        assert standings.level(ANNA, now) is Level.SUSPENDED
        now += timedelta(days=days)
        assert standings.level(ANNA, now) is not Level.SUSPENDED
    assert db.session.scalars(select(Standing)).one().mailbox == ANNA


def test_who_is_warned_or_suspended_is_told_and_who_is_trusted_is_not(
    site: Site, admin: Account, now: datetime
) -> None:
    for minutes, level in enumerate((Level.WARNED, Level.SUSPENDED, None, Level.TRUSTED, None)):
        put(site, admin, level, now + timedelta(minutes=minutes))
    told = db.session.scalars(select(Mail).where(Mail.name == "misuse").order_by(Mail.id)).all()
    assert [mail.recipient for mail in told] == ["Anna+x@Example.com"] * 2
    assert all(SAID["reason"] in mail.text for mail in told)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "standing.set").order_by(AuditEntry.seq))
    assert [entry.facts["level"] for entry in entries] == ["warned", "suspended", "lapsed", "trusted", "lapsed"]
    assert standings.current(ANNA, Side.NOTIFIER, now + timedelta(hours=1)) is None


def test_trust_lasts_until_it_is_ended(site: Site, admin: Account, now: datetime) -> None:
    put(site, admin, Level.TRUSTED, now)
    found = standings.current(ANNA, Side.NOTIFIER, now + timedelta(days=4000))
    assert found
    assert found.level is Level.TRUSTED


def test_nothing_happens_without_a_reason_or_without_a_standing_to_end(
    site: Site, admin: Account, now: datetime
) -> None:
    with pytest.raises(InvalidTransition), transaction():
        standings.put(site, admin, ANNA, Side.NOTIFIER, None, SAID, now)
    with pytest.raises(Incomplete), transaction():
        standings.put(site, admin, ANNA, Side.NOTIFIER, Level.WARNED, {"reason": "短"}, now)
    assert db.session.scalars(select(Standing)).all() == []


def test_earlier_suspensions_are_counted_where_they_stand(site: Site, admin: Account, now: datetime) -> None:
    for mailbox in (ANNA, "bob@example.com"):
        for level in (Level.WARNED, Level.SUSPENDED):
            with transaction():
                standings.put(site, admin, mailbox, Side.NOTIFIER, level, SAID, now)
    number, loaded = admin.id, []
    db.session.expunge_all()
    note = lambda entry, _: loaded.append(entry)  # noqa: E731
    event.listen(AuditEntry, "load", note)
    with transaction():
        again = standings.put(
            site, db.session.get_one(Account, number), ANNA, Side.NOTIFIER, Level.SUSPENDED, SAID, now
        )
    event.remove(AuditEntry, "load", note)
    assert again.until == now + timedelta(days=90)
    assert loaded == []
