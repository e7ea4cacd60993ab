"""What the maintainers read about limits: which one it is, and none that nobody has to keep."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import exc, func, select

from tests import factories
from tests.services.test_counters import GROUNDS, US, send
from tests.services.test_defamation import UK
from tests.staff import at_once, mails_leave, make_case, make_member
from tracker.cli.delivery import do_what_is_due
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Busy
from tracker.models import Account, AuditEntry, Case, Clock, Mail
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import appeals, cases, exchange, holds, publishers


@pytest.fixture
def mei(site: Site, stopped_clock: None) -> Account:
    return make_member()


@pytest.fixture
def case(site: Site, now: datetime, mei: Account) -> Case:
    return make_case(site, now, category=CategoryName.COPYRIGHT, **US)


def told() -> list[Mail]:
    return list(db.session.scalars(select(Mail).where(Mail.name.in_(("maintainers", "attention"))).order_by(Mail.id)))


def test_an_alarm_names_the_limit_that_has_passed_and_marks_the_others(site: Site, now: datetime, case: Case) -> None:
    started = len(told())
    do_what_is_due(site, now + timedelta(days=1))
    alarms = told()[started:]
    subjects = [each.subject for each in alarms]
    assert f"案件{case.id}：“开始审核”的期限已经过了" in subjects
    assert len(set(subjects)) == len(subjects)
    for each in alarms:
        assert each.subject in each.text
    text = alarms[0].text
    assert "开始审核（已过）：2026年11月24日" in text
    assert "\n作出决定：2026年11月30日" in text


def test_a_reminder_names_the_limit_that_is_near_or_stands_still(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    clock = db.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.kind == "decide")).one()
    do_what_is_due(site, clock.due_at - timedelta(hours=3))
    assert f"案件{case.id}：“作出决定”的期限快到了" in [each.subject for each in told()]
    with transaction():
        holds.pause(site, mei, case.id, case.version, clock.id, "等一份鉴定意见，两周内到。", now, "p")
    do_what_is_due(site, now + timedelta(days=15))
    still = next(each for each in told() if "“作出决定”的期限已经暂停了很久" in each.subject)
    assert "作出决定：" not in still.text


def test_nobody_is_reminded_of_a_short_limit_before_half_of_it_is_over(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, category=CategoryName.NCII, stmt_no_consent="1")
    near = f"案件{case.id}：“作出决定”的期限快到了"
    for at, is_told in ((timedelta(minutes=1), False), (timedelta(hours=11), False), (timedelta(hours=13), True)):
        do_what_is_due(site, now + at)
        assert (near in [each.subject for each in told()]) is is_told


def test_no_duty_is_listed_that_is_done_or_another_s(site: Site, now: datetime, mei: Account, case: Case) -> None:
    assert "作出决定：" in told()[-1].text
    assert "确认收到通知" not in told()[-1].text
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    send(site, case, now)
    assert "收到反通知" in told()[-1].subject
    assert "把反通知转给通知人" not in told()[-1].text
    with transaction():
        appeals.send(site, case, None, GROUNDS, [], "zh-Hans", now, "a")
    assert "提出申诉：" not in told()[-1].text
    assert "对申诉作出决定：" in told()[-1].text


@pytest.mark.parametrize("asked", ["notifier", "publisher", "poster"])
def test_nobody_has_let_a_time_pass_to_answer_what_was_not_sent_to_them(
    site: Site, now: datetime, mei: Account, asked: str
) -> None:
    """A worker that was away, or a mail server: the time runs from the day of sending (SI 2013/3028, Schedule)."""
    case = make_case(site, now, **(UK if asked == "poster" else {}))
    item, back = case.items[0], now + timedelta(days=9)
    with transaction():
        if asked == "notifier":
            exchange.ask_info(site, mei, item.id, case.version, "请补充营业执照。", now, "q")
        else:
            cases.take_up(site, mei, case.id, case.version, now)
            publishers.ask(site, mei, case.id, case.version, now, "f")
    kind = {"notifier": "info_wait", "publisher": "reply_wait", "poster": "uk_poster"}[asked]
    clock = db.session.scalars(select(Clock).where(Clock.kind == kind)).one()
    state, length = case.state, clock.due_at - now
    do_what_is_due(site, back)  # the limits first, as the worker does
    assert (case.state, item.ended, clock.stopped_at) == (state, None, None)
    mails_leave(site, back)
    do_what_is_due(site, back)
    assert (case.state, clock.starts_at, clock.due_at - back) == (state, back, length)
    do_what_is_due(site, clock.due_at)
    assert clock.stopped_at == clock.due_at
    assert case.state is not state


def test_intimate_images_are_brought_to_mind_after_12_24_and_36_hours(site: Site, now: datetime, mei: Account) -> None:
    """law_standards §4.1, ncii_48; a moderator who took the case up is reminded too."""
    case = make_case(site, now, category=CategoryName.NCII, stmt_no_consent="1", signature_name="安娜")
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)
    near = f"案件{case.id}：“停止展示私密影像”的期限快到了"
    rung = []
    for hour in range(48):
        before = len(told())
        do_what_is_due(site, now + timedelta(hours=hour))
        rung += [hour] * sum(each.subject == near for each in told()[before:])
    assert rung == [12, 24, 36]


def counted(kind: str) -> dict[int | None, int]:
    """Return how often the trail has an act, by case."""
    of = select(AuditEntry.case_id, func.count()).where(AuditEntry.kind == kind).group_by(AuditEntry.case_id)
    return {row[0]: row[1] for row in db.session.execute(of)}


def test_after_weeks_without_a_worker_six_at_once_do_everything_once(
    app: Flask, site: Site, now: datetime, mei: Account, case: Case
) -> None:
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    send(site, case, now)
    asked, unanswered, left = (make_case(site, now, slug, body=f"{slug}。", **UK) for slug in ("er", "san", "si"))
    lacking = make_case(site, now, "wu", body="五。")
    with transaction():
        exchange.ask_info(site, mei, lacking.items[0].id, lacking.version, "请补充。", now, "ask")
    for each in (asked, unanswered):
        with transaction():
            cases.take_up(site, mei, each.id, each.version, now)
        with transaction():
            publishers.ask(site, mei, each.id, each.version, now, f"ask-{each.id}")
    mails_leave(site, now)
    numbers, later = [case.id, asked.id, unanswered.id, left.id, lacking.id], now + timedelta(days=30)
    db.session.remove()

    def work() -> None:
        while True:
            try:
                return do_what_is_due(site, later)
            except (Busy, exc.OperationalError):  # as the worker does: the next round finds what is left
                db.session.remove()

    assert at_once(app, [work] * 6) == [None] * 6
    db.session.rollback()
    restored, first, second, _, lapsed = numbers
    assert counted("case.restored") == {restored: 1}
    assert counted("case.reply_lapsed") == {first: 1, second: 1}
    assert counted("case.info_lapsed") == {lapsed: 1}
    expired = [
        (entry.facts["clock"], entry.at)
        for entry in db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "clock.expired"))
    ]
    assert len(expired) == len(set(expired)) > len(numbers)
    letters = db.session.execute(select(Mail.cause, Mail.recipient)).all()
    assert len(letters) == len(set(letters))
    told = select(Mail.name, func.count()).where(Mail.name.in_(("restored", "incomplete"))).group_by(Mail.name)
    assert {row[0]: row[1] for row in db.session.execute(told)} == {"restored": 2, "incomplete": 1}
    assert trail.fault() is None
    before = factories.stored()
    do_what_is_due(site, later)
    assert factories.stored() == before
