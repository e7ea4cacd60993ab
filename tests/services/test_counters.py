"""Counter-notices and appeals: forwarded, held, honoured in the window; decided by somebody else."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from tests import factories
from tests.notifier import WHOLE
from tests.staff import make_case, make_member, make_notice
from tracker.cli.delivery import do_what_is_due
from tracker.db import db, transaction
from tracker.domain.attachments import accept
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import EVERY_CASE, ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Conflict, Gone, Incomplete, InvalidTransition, NotPermitted
from tracker.domain.lifecycle import Ending, ItemState, State
from tracker.domain.redress import PUBLISHER, AppealState, CounterState
from tracker.domain.roles import Role
from tracker.domain.standing import Level, Side
from tracker.domain.threads import MessageKind
from tracker.models import Account, Case, Clock, CounterNotice, Decision, Item, Mail, MailState, Message, Notice
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import (
    appeals,
    cases,
    corrections,
    counters,
    exchange,
    guards,
    holds,
    measures,
    proceedings,
    publishers,
    standings,
)
from tracker.services import mails as outgoing

US = {name: value for name, value in WHOLE.items() if name not in {"addresses", "inaccurate_parts", "data_right"}} | {
    "country": "US",
    "postal_address": "1 Example Street, Springfield",
    "stmt_accurate": "1",
}
COUNTER = {
    "counter_name": "作者甲",
    "counter_address": "示例市示例路1号",
    "counter_phone": "010 0000 0000",
    "counter_in_us": "no",
    "explanation": "文章是我自己写的，有草稿和发表记录为证，通知人弄错了。",
    "stmt_mistake_perjury": "1",
    "stmt_jurisdiction": "1",
    "stmt_jurisdiction_abroad": "1",
    "stmt_accept_service": "1",
    "stmt_truth": "1",
    "signature_name": "作者甲",
}
GROUNDS = "决定没有看到我提交的证据，请重新审查这一点，谢谢。"


@pytest.fixture
def mei(site: Site, stopped_clock: None) -> Account:
    return make_member()


@pytest.fixture
def case(site: Site, now: datetime, mei: Account) -> Case:
    """A US copyright case whose article is withheld."""
    case = make_case(site, now, category=CategoryName.COPYRIGHT, **US)
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    return case


def send(site: Site, case: Case, now: datetime, key: str = "c") -> CounterNotice:
    files = [accept("草稿.txt", b"draft"), accept("id.txt", b"id", "identity_files")]
    with transaction():
        counters.send(site, case, COUNTER, {}, files, "zh-Hans", now, key)
    return db.session.scalars(select(CounterNotice)).one()


def prove(site: Site, case: Case, now: datetime, key: str = "p", files: tuple[str, ...] = ("立案通知书.txt",)) -> None:
    """Send proof of proceedings from the receipt of the case's first notice."""
    sent = [accept(name, b"docket 1") for name in files]
    with transaction():
        notice = case.items[0].notice
        exchange.supplement(site, notice, "已经起诉。", sent, {}, now, key, kind=MessageKind.PROOF)


def notes(case: Case) -> list[str]:
    of = select(Message.text).where(Message.case_id == case.id, Message.kind == MessageKind.NOTE)
    return list(db.session.scalars(of))


def due(kind: ClockKind) -> datetime:
    found = db.session.scalars(select(Clock.due_at).where(Clock.kind == kind).order_by(Clock.id.desc())).first()
    assert found is not None
    return found


def mails(name: str) -> list[str]:
    return sorted(db.session.scalars(select(Mail.recipient).where(Mail.name == name)))


def test_a_us_counter_notice_is_forwarded_and_honoured_on_business_day_12(
    site: Site, now: datetime, case: Case
) -> None:
    counter = send(site, case, now)
    assert (case.state, counter.state) == (State.COUNTERED, CounterState.FORWARDED)
    assert mails("counter_forwarded") == ["wang@example.org"]
    assert mails("counter_received") == ["editors@example.org"]
    assert f"{due(ClockKind.US_RESTORE).astimezone(site.calendars.us.zone):%Y-%m-%d}" == "2026-12-10"
    do_what_is_due(site, due(ClockKind.US_RESTORE) - timedelta(seconds=1))
    assert case.state is State.COUNTERED
    for _ in range(2):
        do_what_is_due(site, due(ClockKind.US_RESTORE))
    assert (case.state, case.outcome, counter.state) == (State.DECIDED, Outcome.RESTORED, CounterState.HONOURED)
    assert measures.open_of(case, due(ClockKind.US_RESTORE) + timedelta(seconds=1)) is None
    assert mails("restored") == ["editors@example.org", "wang@example.org"]
    assert case.decisions[-1].decided_by_id is None
    told = {mail.recipient: mail.text for mail in db.session.scalars(select(Mail).where(Mail.name == "restored"))}
    assert "六个月内提出" in told["wang@example.org"], "the way to a review is named with its limit"
    assert "六个月内提出" not in told["editors@example.org"]
    assert trail.fault() is None
    assert factories.stale_paths(site, due(ClockKind.US_RESTORE) + timedelta(seconds=1)) == []


def test_no_limit_for_unconfirmed_addresses_holds_back_what_the_publisher_s_own_act_sends(
    site: Site, now: datetime, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """17 U.S.C. 512(g)(2)(B): promptly. The notifier's own mails of that day had used up what an address may get."""
    monkeypatch.setattr(outgoing, "PER_WINDOW", 1)
    send(site, case, now)
    later = now + timedelta(hours=1)
    with transaction():
        while outgoing.claim(later):
            pass
    to_notifier = db.session.scalars(select(Mail).where(Mail.mailbox == "wang@example.org"))
    states = {mail.name: mail.state for mail in to_notifier}
    assert states == {
        "acknowledgement": MailState.QUEUED,
        "decision": MailState.HELD,
        "counter_forwarded": MailState.QUEUED,
    }


def test_proof_that_came_in_time_keeps_the_measure_until_somebody_looks(site: Site, now: datetime, case: Case) -> None:
    """17 U.S.C. 512(g)(2)(C): what counts is that the notice of an action was received."""
    counter = send(site, case, now)
    notice = case.items[0].notice
    with transaction():
        proof = MessageKind.PROOF
        exchange.supplement(site, notice, "起诉状见附件。", [], {}, now + timedelta(days=2), "p", kind=proof)
    for _ in range(2):
        do_what_is_due(site, due(ClockKind.US_RESTORE))
    assert (case.state, counter.state) == (State.COUNTERED, CounterState.FORWARDED)
    assert measures.open_of(case, due(ClockKind.US_RESTORE)) is not None
    clock = db.session.scalars(select(Clock).where(Clock.kind == ClockKind.US_RESTORE)).one()
    assert (clock.held_at, clock.expired_at, clock.stopped_at) == (now + timedelta(days=2), None, None)
    told = select(func.count()).where(Mail.name == "attention", Mail.cause.contains(f"proof:{counter.id}:"))
    assert db.session.scalar(told) == 1
    assert mails("restored") == []


def test_a_proof_that_proves_nothing_brings_the_article_back_after_the_time_only(
    site: Site, now: datetime, case: Case, mei: Account
) -> None:
    counter = send(site, case, now)
    ends = due(ClockKind.US_RESTORE)
    for key, at in (("a", ends - timedelta(days=2)), ("b", ends - timedelta(days=1))):
        with transaction():
            proof = MessageKind.PROOF
            exchange.supplement(site, case.items[0].notice, "已经起诉。", [], {}, at, key, kind=proof)
    for reason in ("withdrawn", guards.REGULATION17):
        with pytest.raises(InvalidTransition), transaction():
            holds.restore_now(site, mei, case.id, case.version, reason, ends)
    first, second = (proof.id for proof in counter.proceedings)
    with transaction():
        proceedings.refuse(site, mei, case.id, case.version, first, "不是证明。", ends - timedelta(days=1), "r" * 20)
    do_what_is_due(site, ends + timedelta(days=1))
    assert case.state is State.COUNTERED
    with transaction():
        proceedings.refuse(site, mei, case.id, case.version, second, "也不是。", ends + timedelta(days=1), "s" * 20)
    assert (case.state, case.outcome) == (State.DECIDED, Outcome.RESTORED)
    said = db.session.scalars(
        select(Mail.text).where(Mail.name == "restored", Mail.recipient == "wang@example.org")
    ).one()
    assert "不能证明" in said


def test_who_withdrew_or_invoked_no_such_law_does_not_get_the_address(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, category=CategoryName.COPYRIGHT, **US)
    said = {name: value for name, value in US.items() if name != "email"} | {"category": CategoryName.COPYRIGHT}
    make_notice(site, case.article, now, "gone@example.org", **said)
    other = make_notice(site, case.article, now, "german@example.org", **said)
    db.session.refresh(case, ["items"])
    gone = next(item for item in case.items if item.mailbox == "gone@example.org")
    with transaction():
        exchange.withdraw(site, gone.notice, [gone.id], now, "w")
    with transaction():
        db.session.get_one(Notice, other.id).regimes = ["eu_dsa"]
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    send(site, case, now)
    assert mails("counter_forwarded") == ["german@example.org", "wang@example.org"]
    copies = select(Mail.text).where(Mail.name == "counter_forwarded")
    full = db.session.scalar(copies.where(Mail.recipient == "wang@example.org")) or ""
    little = db.session.scalar(copies.where(Mail.recipient == "german@example.org")) or ""
    for secret in ("counter_address", "counter_phone", "counter_name"):
        assert COUNTER[secret] in full
        assert COUNTER[secret] not in little
    do_what_is_due(site, due(ClockKind.US_RESTORE))
    assert mails("restored") == ["editors@example.org", "german@example.org", "wang@example.org"]


def test_who_withdrew_is_not_told_of_a_decision_that_brings_the_article_back(
    site: Site, now: datetime, mei: Account
) -> None:
    said = {name: value for name, value in US.items() if name != "email"} | {"category": CategoryName.COPYRIGHT}
    other = make_case(site, now, **said, email="a@example.org")
    gone = make_notice(site, other.article, now, "gone@example.org", **said)
    with transaction():
        exchange.withdraw(site, db.session.get_one(Notice, gone.id), [gone.items[0].id], now, "w")
    db.session.refresh(other)
    factories.decide(site, other, Outcome.WITHHELD, now, mei)
    factories.decide(site, other, Outcome.RESTORED, now, mei)
    told = select(Mail.recipient).where(Mail.name == "decision", Mail.case_id == other.id).order_by(Mail.id)
    assert list(db.session.scalars(told)) == ["a@example.org"] * 2


def test_a_copy_goes_to_the_address_as_it_was_corrected(site: Site, now: datetime, case: Case) -> None:
    notice = case.items[0].notice
    with transaction():
        corrections.correct(db.session.get_one(Notice, notice.id), {"email": "new@example.org"}, now)
    send(site, case, now)
    assert mails("counter_forwarded") == ["new@example.org"]


def test_a_fault_in_one_limit_stops_no_other(
    site: Site, now: datetime, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(site, case, now)
    other = make_case(site, now, "er-pian", body="另一篇文章，说的是征信异议。")
    monkeypatch.setattr(counters, "restore", lambda *_: 1 / 0)
    do_what_is_due(site, due(ClockKind.US_RESTORE))
    clock = db.session.scalars(select(Clock).where(Clock.kind == ClockKind.US_RESTORE)).one()
    assert (clock.expired_at is not None, clock.stopped_at) == (True, None)  # overdue, and told of once
    assert all(limit.expired_at for limit in other.clocks if limit.kind in EVERY_CASE)
    told = len(mails("attention"))
    do_what_is_due(site, due(ClockKind.US_RESTORE))
    assert (case.state, len(mails("attention"))) == (State.COUNTERED, told)


def test_the_same_again_and_another_meanwhile(site: Site, now: datetime, case: Case) -> None:
    send(site, case, now)
    send(site, case, now)
    with pytest.raises(Conflict, match="不需要再发"), transaction():
        counters.send(site, case, COUNTER, {}, [], "zh-Hans", now, "another")


def test_an_incomplete_one_is_refused_with_what_it_lacks(site: Site, now: datetime, case: Case) -> None:
    with pytest.raises(Incomplete) as refused, transaction():
        counters.send(site, case, {"counter_name": "作者甲"}, {}, [], "zh-Hans", now, "c")
    assert list(refused.value.problems) == [""]
    assert case.state is State.DECIDED
    assert db.session.scalars(select(CounterNotice)).all() == []
    send(site, case, now)
    assert trail.fault() is None


def test_proof_of_proceedings_keeps_the_measure_until_a_ruling(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    counter = send(site, case, now)
    prove(site, case, now)
    with transaction():
        proceedings.confirm(site, mei, case.id, case.version, counter.proceedings[0].id, now)
    assert (case.state, counter.state) == (State.ON_HOLD, CounterState.HELD)
    assert mails("proof_received") == ["editors@example.org"]
    do_what_is_due(site, now + timedelta(days=60))
    assert case.state is State.ON_HOLD
    assert measures.open_of(case, now + timedelta(days=60)) is not None
    with transaction():
        counters.ruling(site, mei, case.id, case.version, now, restores=True)
    assert case.state is State.DECIDED
    assert measures.open_of(case, now + timedelta(days=60)) is None
    assert trail.fault() is None


def test_without_a_measure_there_is_nothing_to_counter(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    with pytest.raises(InvalidTransition, match="没有对文章采取措施"), transaction():
        counters.send(site, case, COUNTER, {}, [], "zh-Hans", now, "c")


def test_the_chinese_period_starts_when_the_statement_arrived(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    send(site, case, now)
    later = now + timedelta(days=2)
    (mail,) = db.session.scalars(select(Mail).where(Mail.name == "counter_forwarded"))
    with transaction():
        counters.reached(site, db.session.get_one(Mail, mail.id), later)
    assert f"{due(ClockKind.CN_REASONABLE).astimezone(site.zone):%Y-%m-%d %H:%M}" == "2026-12-11 00:00"
    do_what_is_due(site, due(ClockKind.CN_REASONABLE))
    assert case.outcome is Outcome.RESTORED
    assert trail.fault() is None


@pytest.mark.parametrize("side", ["notifier", "publisher"])
def test_either_side_appeals_once_and_somebody_else_decides(
    site: Site, now: datetime, mei: Account, case: Case, side: str
) -> None:
    if side == "notifier":  # a decision against them
        factories.decide(site, case, Outcome.RESTORED, now, mei)
    notice = case.items[0].notice if side == "notifier" else None
    for _ in range(2):
        with transaction():
            appeals.send(site, case, notice, GROUNDS, [], "zh-Hans", now, "p")
    (appeal,) = case.appeals
    assert (case.state, appeal.state) == (State.APPEALED, AppealState.OPEN)
    assert mails("appeal_received") == ["wang@example.org" if notice else "editors@example.org"]
    told = db.session.scalars(select(Mail.text).where(Mail.name == "appeal_received")).one()
    assert "17 U.S.C. § 512(f)" in told  # what else they can do, by the laws of the case
    with pytest.raises(Conflict, match="已经"), transaction():
        appeals.send(site, case, notice, GROUNDS, [], "zh-Hans", now, "p2")
    with pytest.raises(NotPermitted), transaction():
        appeals.rule(site, mei, appeal.id, case.version, GROUNDS, now)
    other = make_member("wu@example.org", name="吴")
    with transaction():
        appeals.rule(site, other, appeal.id, case.version, GROUNDS, now)
    assert (case.state, appeal.state) == (State.DECIDED, AppealState.DISMISSED)
    assert mails("appeal_decided") == ["editors@example.org", "wang@example.org"]
    assert trail.fault() is None


def test_an_appeal_that_is_upheld_brings_the_article_back_and_may_be_appealed_by_the_other_side(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    with transaction():
        appeals.send(site, case, None, GROUNDS, [], "zh-Hans", now, "p")
    wu, he = make_member("wu@example.org", name="吴"), make_member("he@example.org", name="何")
    with transaction():
        appeals.rule(site, wu, case.appeals[0].id, case.version, GROUNDS, now, factories.draft(Outcome.RESTORED))
    assert case.outcome is Outcome.RESTORED
    assert case.appeals[0].state is AppealState.UPHELD
    assert measures.open_of(case, now + timedelta(seconds=1)) is None
    told = db.session.scalars(select(Mail).where(Mail.name == "decision").order_by(Mail.id.desc())).first()
    assert told is not None
    assert (told.recipient, "文章恢复展示" in told.text) == ("wang@example.org", True)
    with transaction():
        appeals.send(site, case, case.items[0].notice, GROUNDS, [], "zh-Hans", now, "n")
    for account in (mei, wu):
        with pytest.raises(NotPermitted), transaction():
            appeals.rule(site, account, case.appeals[1].id, case.version, GROUNDS, now)
    with transaction():
        appeals.rule(
            site, he, case.appeals[1].id, case.version, GROUNDS, now + timedelta(hours=1),
            factories.draft(Outcome.WITHHELD),
        )  # fmt: skip
    assert measures.open_of(case, now + timedelta(hours=2)) is not None
    assert trail.fault() is None


@pytest.mark.parametrize(
    ("is_asked", "outcome", "told"),
    [
        (False, None, []),
        (False, Outcome.DECLINED, []),
        (False, Outcome.LABELLED, ["statement", "appeal_decided"]),
        (True, None, ["forwarded", "appeal_decided"]),
        (True, Outcome.DECLINED, ["forwarded", "statement", "appeal_decided"]),
    ],
)
def test_an_appeal_tells_the_publisher_only_of_what_they_know_or_what_changes(
    site: Site, now: datetime, mei: Account, is_asked: bool, outcome: Outcome | None, told: list[str]
) -> None:
    case = make_case(site, now)
    if is_asked:
        with transaction():
            cases.take_up(site, mei, case.id, case.version, now)
            publishers.ask(site, mei, case.id, case.version, now, "f")
    factories.decide(site, case, Outcome.DECLINED, now, mei)
    with transaction():
        appeals.send(site, case, case.items[0].notice, GROUNDS, [], "zh-Hans", now, "a")
    wu, draft = make_member("wu@example.org", name="吴"), factories.draft(outcome) if outcome else None
    with transaction():
        appeals.rule(site, wu, case.appeals[0].id, case.version, GROUNDS, now, draft)
    sent = db.session.scalars(select(Mail).where(Mail.recipient == "editors@example.org").order_by(Mail.id)).all()
    assert [mail.name for mail in sent] == told
    answers = db.session.scalars(select(Mail.text).where(Mail.name == "appeal_decided")).all()
    assert {"新的决定和理由在另一封信里" in text for text in answers} == {outcome is not None}


@pytest.mark.parametrize("is_known", [True, False])
def test_a_measure_taken_on_appeal_forwards_the_notice_as_any_other_does(
    site: Site, now: datetime, mei: Account, is_known: bool
) -> None:
    """民法典 1195, 信息网络传播权保护条例 15: with the measure, whatever led to it."""
    case = make_case(site, now, category=CategoryName.COPYRIGHT, **US | {"country": "CN"})
    with transaction():
        db.session.get_one(Case, case.id).article.publisher_email = "editors@example.org" if is_known else ""
    factories.decide(site, case, Outcome.DECLINED, now, mei)
    with transaction():
        appeals.send(site, case, case.items[0].notice, GROUNDS, [], "zh-Hans", now, "a")
    assert mails("forwarded") == []
    wu = make_member("wu@example.org", name="吴")
    with transaction():
        appeals.rule(site, wu, case.appeals[0].id, case.version, GROUNDS, now, factories.draft(Outcome.WITHHELD))
    assert mails("forwarded") == ["editors@example.org"] * is_known
    task = cases.running_clock(case, ClockKind.DELIVER, PUBLISHER)
    assert (task is None) is is_known


def test_where_no_law_knows_counter_notices_there_is_none(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, category=CategoryName.TERMS)
    factories.decide(site, case, Outcome.REMOVED, now, mei)
    with pytest.raises(InvalidTransition, match="没有规定反通知"), transaction():
        counters.send(site, case, COUNTER, {}, [], "zh-Hans", now, "c")


def test_grounds_are_asked_for_and_the_window_ends(site: Site, now: datetime, case: Case) -> None:
    with pytest.raises(Incomplete), transaction():
        appeals.send(site, case, None, "太短", [], "zh-Hans", now, "p")
    with pytest.raises(Gone), transaction():
        appeals.send(site, case, None, GROUNDS, [], "zh-Hans", due(ClockKind.APPEAL_WINDOW), "p")


def test_an_appeal_of_one_never_stops_anothers_counter_notice(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    with transaction():
        appeals.send(site, case, None, GROUNDS, [], "zh-Hans", now, "p")
    send(site, case, now)
    assert case.state is State.COUNTERED
    do_what_is_due(site, due(ClockKind.US_RESTORE))
    assert case.outcome is Outcome.RESTORED
    assert case.state is State.APPEALED
    assert trail.fault() is None


def test_a_restored_article_ends_the_counter_notice(site: Site, now: datetime, mei: Account, case: Case) -> None:
    counter = send(site, case, now)
    with transaction():
        appeals.send(site, case, None, GROUNDS, [], "zh-Hans", now, "p")
    wu = make_member("wu@example.org", name="吴")
    with transaction():
        appeals.rule(site, wu, case.appeals[0].id, case.version, GROUNDS, now, factories.draft(Outcome.RESTORED))
    assert counter.state is CounterState.ENDED
    do_what_is_due(site, now + timedelta(days=40))
    assert len(db.session.scalars(select(Decision).where(Decision.outcome == Outcome.RESTORED)).all()) == 1
    with pytest.raises(InvalidTransition), transaction():
        counters.restore(site, cases.locked([case.id], now, "x")[0], now)


def test_after_a_chinese_restoration_the_same_right_holder_is_answered_with_the_stored_reason(
    site: Site, now: datetime, mei: Account
) -> None:
    said = US | {"country": "CN", "email": "wang@example.org"}
    case = make_case(site, now, category=CategoryName.COPYRIGHT, **said)
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    counter = send(site, case, now)
    assert "cn_copyright" in counter.regimes
    with transaction():
        counters.restore(site, cases.locked([case.id], now, "x")[0], now)

    def again(**changed: str) -> Item:
        return make_notice(site, case.article, now, category=CategoryName.COPYRIGHT, **(said | changed)).items[0]

    barred = again()
    assert (barred.ended, barred.case.state) == (Ending.BARRED, State.CLOSED)
    (told,) = db.session.scalars(select(Mail).where(Mail.name == "rejected"))
    assert "第十七条" in told.text
    # the same right holder and work from another mailbox, by an agent too
    assert again(email="li@example.org").ended is Ending.BARRED
    agent = {"notifier_role": "authorised_agent", "principal_name": "王小明", "notifier_name": "李律师"}
    assert again(email="firm@example.org", **agent).ended is Ending.BARRED
    # another work is another claim, from the same mailbox too
    other = again(work_title="《还款指南》，2025年1月")
    assert (other.state, notes(other.case)) == (ItemState.OPEN, [])
    # the same work of another name: somebody has to look
    doubt = again(email="zhao@example.org", notifier_name="赵六", signature_name="赵六")
    assert doubt.state is ItemState.OPEN
    (note,) = notes(doubt.case)
    assert f"案件{case.id}" in note
    assert trail.fault() is None


def test_a_suspended_notifier_gets_a_receipt_and_keeps_the_urgent_lanes(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    admin = make_member("admin@example.org", Role.ADMIN)
    said = {"reason": "一年内多次提交明显没有根据的通知。", "gravity": "轻", "intent": "不明"}
    for level in (Level.WARNED, Level.SUSPENDED):
        with transaction():
            standings.put(site, admin, "anna@example.com", Side.NOTIFIER, level, said, now)
    later = now + timedelta(seconds=1)
    turned = make_notice(site, case.article, later)
    assert (turned.items[0].ended, turned.reference[:2]) == (Ending.SUSPENDED, "R-")
    assert mails("acknowledgement").count("anna@example.com") == 1
    urgent = make_notice(site, case.article, later, category=CategoryName.MINOR)
    assert urgent.items[0].state is ItemState.OPEN
    assert make_notice(site, case.article, later + timedelta(days=31)).items[0].state is ItemState.OPEN
    assert trail.fault() is None
