"""Proof of proceedings: what came in time holds the law's own clock until somebody has judged it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests import factories
from tests.services.test_counters import COUNTER, US, mails, notes, prove, send
from tests.staff import make_case, make_member, make_notice
from tracker.cli.delivery import do_what_is_due
from tracker.db import db, transaction
from tracker.domain.attachments import accept
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import ClockKind, restore_window
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Incomplete, InvalidTransition, NotFound
from tracker.domain.lifecycle import State
from tracker.domain.redress import CounterState
from tracker.domain.threads import MessageKind, Party
from tracker.mail.headers import Head
from tracker.models import Account, AuditEntry, Case, Clock, CounterNotice, Mail, Measure
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import counters, exchange, holds, inbound, measures, proceedings

DOCKET = accept("docket.txt", b"Case 1:26-cv-1")


@pytest.fixture
def mei(site: Site, stopped_clock: None) -> Account:
    return make_member()


@pytest.fixture
def case(site: Site, now: datetime, mei: Account) -> Case:
    """A US copyright case whose article is withheld and countered."""
    case = make_case(site, now, category=CategoryName.COPYRIGHT, **US)
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    send(site, case, now)
    return case


def clock(case: Case, kind: ClockKind) -> Clock:
    db.session.expire_all()
    return db.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.kind == kind)).one()


def counter(case: Case) -> CounterNotice:
    return case.counter_notices[-1]


def expired(case: Case, kind: ClockKind) -> int:
    """Return how often the maintainers were told that a limit had passed."""
    of = select(AuditEntry).where(AuditEntry.case_id == case.id, AuditEntry.kind == "clock.expired")
    return sum(entry.facts["limit"] == kind for entry in db.session.scalars(of))


def told() -> list[str]:
    return list(db.session.scalars(select(Mail.subject).where(Mail.name == "attention").order_by(Mail.id)))


def test_proof_in_time_holds_the_restoration_however_late_it_is_judged(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    window = restore_window(now, site.calendars)
    prove(site, case, window.target - timedelta(hours=1))
    for later in (window.target, window.hard_alarm, window.latest + timedelta(days=30)):
        do_what_is_due(site, later)
        assert (case.state, counter(case).state) == (State.COUNTERED, CounterState.FORWARDED)
        assert measures.open_of(case, later) is not None
    assert [subject for subject in told() if "起诉或投诉的证明" in subject]  # moderators were told
    assert clock(case, ClockKind.PROOF_CHECK).expired_at is not None  # and told again when nobody looked
    with transaction():
        proceedings.confirm(site, mei, case.id, case.version, counter(case).proceedings[0].id, window.latest)
    assert case.state is State.ON_HOLD
    assert clock(case, ClockKind.PROOF_CHECK).stopped_at is not None
    assert trail.fault() is None


def test_alarms_ring_on_business_day_13_and_in_the_evening_of_day_14(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    window = restore_window(now, site.calendars)
    prove(site, case, window.target - timedelta(hours=1))

    def rung() -> int:
        return sum("还没有恢复" in subject for subject in told())

    for at, number in (
        (window.target, 0),
        (window.alarm, 1),
        (window.alarm, 1),
        (window.hard_alarm, 2),
        (window.latest, 2),
    ):
        do_what_is_due(site, at)
        assert rung() == number


@pytest.mark.parametrize("days", [2, 40])
def test_a_refused_proof_lets_the_time_go_on_and_restores_when_it_is_over(
    site: Site, now: datetime, mei: Account, case: Case, days: int
) -> None:
    window = restore_window(now, site.calendars)
    prove(site, case, now + timedelta(days=1))
    at = now + timedelta(days=days)
    proof = counter(case).proceedings[0]
    with transaction():
        proceedings.refuse(site, mei, case.id, case.version, proof.id, "只是一封律师函，没有起诉。", at, "r")
    (mail,) = db.session.scalars(select(Mail).where(Mail.name == "proof_refused"))
    assert (mail.recipient, "律师函" in mail.text) == ("wang@example.org", True)
    if days == 2:
        assert case.state is State.COUNTERED
        do_what_is_due(site, window.target - timedelta(seconds=1))
        assert case.state is State.COUNTERED
        do_what_is_due(site, window.target)
    assert (case.state, case.outcome, counter(case).state) == (State.DECIDED, Outcome.RESTORED, CounterState.HONOURED)
    assert counter(case).ended_at is not None
    assert counter(case).ended_at >= window.earliest  # type: ignore[operator]
    assert trail.fault() is None


def test_one_refused_proof_leaves_another_waiting(site: Site, now: datetime, mei: Account, case: Case) -> None:
    for key in ("p1", "p2"):
        prove(site, case, now + timedelta(days=1), key)
    first, second = counter(case).proceedings
    late = now + timedelta(days=60)
    with transaction():
        proceedings.refuse(site, mei, case.id, case.version, first.id, "不是起诉。", late, "r1")
    do_what_is_due(site, late)
    assert case.state is State.COUNTERED
    with pytest.raises(InvalidTransition, match="已经核对"), transaction():
        proceedings.refuse(site, mei, case.id, case.version, first.id, "不是起诉。", late, "r2")
    with transaction():
        proceedings.refuse(site, mei, case.id, case.version, second.id, "不是起诉。", late, "r3")
    assert case.outcome is Outcome.RESTORED


@pytest.mark.parametrize("by", ["page", "mail"])
def test_whatever_a_notifier_sends_while_the_time_runs_is_held_as_the_proof_it_may_be(
    site: Site, now: datetime, case: Case, by: str
) -> None:
    """17 U.S.C. 512(g)(2)(C) asks for our having received it, not for a form of ours."""
    window, notice = restore_window(now, site.calendars), case.items[0].notice
    at = window.target - timedelta(hours=1)
    with transaction():
        if by == "page":
            exchange.supplement(site, notice, "我们昨天已经起诉，案号1:26-cv-1。", [], {}, at, "s")
        else:
            found = inbound.Found((Party.NOTIFIER, notice.id), notice.mailbox, "en", is_signed=True)
            head = Head(notice.mailbox, (), "", "", (), "", is_report=False)
            inbound.add(site, found, head, inbound.Message("We have sued.", ()), at, "m")
    do_what_is_due(site, window.latest)
    assert (case.state, counter(case).state) == (State.COUNTERED, CounterState.FORWARDED)
    assert measures.open_of(case, window.latest) is not None
    assert [proof.judged_at for proof in counter(case).proceedings] == [None]


def test_another_address_is_no_word_on_proceedings(site: Site, now: datetime, case: Case) -> None:
    notice, new = case.items[0].notice, {"email": "wang.two@example.org"}
    with transaction():
        exchange.supplement(site, notice, "", [], new, now, "s", kind=MessageKind.CORRECTION)
    assert counter(case).proceedings == []
    assert told()[-1].endswith("通知人更正了联系方式")


@pytest.mark.parametrize("reason", ["window", "withdrawn"])
def test_a_measure_that_ended_by_its_own_date_leaves_nothing_to_restore(
    site: Site, now: datetime, mei: Account, case: Case, reason: str
) -> None:
    window = restore_window(now, site.calendars)
    with transaction():
        db.session.scalars(select(Measure)).one().ends_at = now + timedelta(days=3)
    if reason == "window":
        for _ in range(2):
            do_what_is_due(site, window.target)
    else:
        with transaction():
            holds.restore_now(site, mei, case.id, case.version, reason, now + timedelta(days=4))
    db.session.expire_all()
    assert (case.state, case.outcome, counter(case).state) == (State.DECIDED, Outcome.WITHHELD, CounterState.ENDED)
    assert clock(case, ClockKind.US_RESTORE).stopped_at is not None
    assert (mails("restored"), mails("ruled")) == ([], ["editors@example.org", "wang@example.org"])
    for sent in db.session.scalars(select(Mail).where(Mail.name == "ruled")):
        assert "反通知已经处理完毕" in sent.subject
        assert "措施在此之前已经结束" in sent.text
    assert trail.fault() is None


def test_nothing_restores_over_a_proof_that_waits(site: Site, now: datetime, mei: Account, case: Case) -> None:
    prove(site, case, now + timedelta(days=1))
    with pytest.raises(InvalidTransition, match="先核对证明"), transaction():
        holds.restore_now(site, mei, case.id, case.version, "withdrawn", now + timedelta(days=2))


def test_a_proof_needs_a_document(site: Site, now: datetime, mei: Account, case: Case) -> None:
    prove(site, case, now, files=())
    with pytest.raises(InvalidTransition, match="没有文件"), transaction():
        proceedings.confirm(site, mei, case.id, case.version, counter(case).proceedings[0].id, now)
    with pytest.raises(NotFound), transaction():
        proceedings.confirm(site, mei, case.id, case.version, 999, now)


def test_what_came_by_post_counts_from_its_day(site: Site, now: datetime, mei: Account, case: Case) -> None:
    window, came = restore_window(now, site.calendars), now + timedelta(days=3)
    at = came + timedelta(hours=30)
    for wrong in (now - timedelta(days=1), at + timedelta(days=1)):
        with pytest.raises(Incomplete), transaction():
            proceedings.register(site, mei, case.id, case.version, wrong, "", [DOCKET], at, f"k{wrong}")
    with transaction():
        proceedings.register(site, mei, case.id, case.version, came, "信件", [DOCKET], at, "k")
    assert counter(case).proceedings[0].received_at == came
    do_what_is_due(site, window.latest)
    assert case.state is State.COUNTERED
    with transaction():
        proceedings.confirm(site, mei, case.id, case.version, counter(case).proceedings[0].id, window.latest)
    assert case.state is State.ON_HOLD


def test_only_whom_the_decision_answered_can_hold_it(site: Site, now: datetime, mei: Account, case: Case) -> None:
    notice = case.items[0].notice
    with transaction():
        exchange.withdraw(site, notice, [case.items[0].id], now, "w")
    prove(site, case, now + timedelta(days=1))
    assert counter(case).proceedings == []
    do_what_is_due(site, restore_window(now, site.calendars).target)
    assert case.outcome is Outcome.RESTORED


def test_a_ruling_that_restores_nothing_is_told_to_both_sides(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    prove(site, case, now)
    with transaction():
        proceedings.confirm(site, mei, case.id, case.version, counter(case).proceedings[0].id, now)
    with transaction():
        counters.ruling(site, mei, case.id, case.version, now + timedelta(days=9), restores=False)
    assert (case.state, counter(case).state) == (State.DECIDED, CounterState.ENDED)
    assert mails("ruled") == ["editors@example.org", "wang@example.org"]
    assert trail.fault() is None


@pytest.mark.parametrize("restores", [True, False])
def test_a_ruling_says_what_it_asks_for_when_the_measure_had_ended_before(
    site: Site, now: datetime, mei: Account, case: Case, restores: bool
) -> None:
    prove(site, case, now)
    with transaction():
        proceedings.confirm(site, mei, case.id, case.version, counter(case).proceedings[0].id, now)
        db.session.scalars(select(Measure)).one().ends_at = now + timedelta(days=3)
    with transaction():
        counters.ruling(site, mei, case.id, case.version, now + timedelta(days=9), restores=restores)
    told = db.session.execute(select(Mail.subject, Mail.text).where(Mail.name == "ruled")).all()
    assert len(told) == 2
    for subject, text in told:
        assert "措施继续" not in subject
        assert "措施在此之前已经结束" in text
        assert ("结果要求恢复" in text, "结果没有要求恢复" in text) == (restores, not restores)


def test_a_hold_is_looked_at_every_ninety_days(site: Site, now: datetime, mei: Account, case: Case) -> None:
    prove(site, case, now)
    with transaction():
        proceedings.confirm(site, mei, case.id, case.version, counter(case).proceedings[0].id, now)
    (mail,) = db.session.scalars(select(Mail).where(Mail.name == "proof_received"))
    first = clock(case, ClockKind.HOLD_REVIEW).due_at
    assert f"{site.local(first - timedelta(seconds=1)):%Y-%m-%d}" == "2027-02-21"
    assert "下次复查" in mail.text
    for _ in range(2):
        do_what_is_due(site, first)
    assert expired(case, ClockKind.HOLD_REVIEW) == 1
    again = clock(case, ClockKind.HOLD_REVIEW)
    assert (again.stopped_at, again.due_at > first + timedelta(days=89)) == (None, True)
    do_what_is_due(site, again.due_at)
    assert expired(case, ClockKind.HOLD_REVIEW) == 2
    with transaction():
        counters.ruling(site, mei, case.id, case.version, again.due_at, restores=False)
    assert clock(case, ClockKind.HOLD_REVIEW).stopped_at is not None


def test_the_whole_copy_goes_to_a_notice_under_us_law_alone(site: Site, now: datetime, mei: Account) -> None:
    """A home address reaches nobody whose own law does not ask for it, and nobody who is out of the case."""
    case = make_case(site, now, category=CategoryName.COPYRIGHT, **US)
    said = US | {"country": "CN", "notifier_name": "陈七", "signature_name": "陈七", "stmt_authority_perjury": ""}
    chinese = make_notice(
        site, case.article, now, category=CategoryName.COPYRIGHT, **(said | {"email": "cn@example.org"})
    )
    gone = make_notice(site, case.article, now, category=CategoryName.COPYRIGHT, **(US | {"email": "gone@example.org"}))
    assert "us_dmca" not in chinese.regimes
    with transaction():
        exchange.withdraw(site, gone, [item.id for item in gone.items], now, "w")
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    later = make_notice(site, case.article, now, category=CategoryName.COPYRIGHT, **(US | {"email": "new@example.org"}))
    assert later.items[0].case_id != case.id
    send(site, case, now)
    copies = {
        mail.recipient: mail.text for mail in db.session.scalars(select(Mail).where(Mail.name == "counter_forwarded"))
    }
    assert set(copies) == {"wang@example.org", "cn@example.org"}
    for value in (COUNTER["counter_address"], COUNTER["counter_phone"]):
        assert value in copies["wang@example.org"]
        assert value not in copies["cn@example.org"]
    do_what_is_due(site, restore_window(now, site.calendars).target)
    assert case.outcome is Outcome.RESTORED
    assert set(mails("restored")) == {"editors@example.org", "wang@example.org", "cn@example.org"}


def test_who_took_their_notice_back_hears_nothing_more(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, category=CategoryName.COPYRIGHT, **US)
    other = make_notice(
        site, case.article, now, category=CategoryName.COPYRIGHT, **(US | {"email": "gone@example.org"})
    )
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    with transaction():
        exchange.withdraw(site, other, [item.id for item in other.items], now + timedelta(days=1), "w")
    factories.decide(site, case, Outcome.RESTORED, now + timedelta(days=2), mei)
    assert mails("decision").count("gone@example.org") == 1
    assert mails("decision").count("wang@example.org") == 2


def test_the_law_s_own_clocks_cannot_be_paused(site: Site, now: datetime, mei: Account, case: Case) -> None:
    window = clock(case, ClockKind.US_RESTORE)
    with pytest.raises(InvalidTransition, match="法定期限"), transaction():
        holds.pause(site, mei, case.id, case.version, window.id, "再等等", now, "k")
    assert notes(case) == []


def test_a_hold_is_brought_to_mind_each_time_its_review_is_due(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    prove(site, case, now)
    with transaction():
        proceedings.confirm(site, mei, case.id, case.version, counter(case).proceedings[0].id, now)
    at = now
    for times in (1, 2, 3):
        at = clock(case, ClockKind.HOLD_REVIEW).due_at
        do_what_is_due(site, at)
        assert expired(case, ClockKind.HOLD_REVIEW) == times
        keys = select(Mail.cause).where(Mail.cause.contains(f"expired:{clock(case, ClockKind.HOLD_REVIEW).id}:"))
        assert len(set(db.session.scalars(keys))) == times
