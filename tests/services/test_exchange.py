"""Asking a notifier, what they add and take back; asking a publisher; what time brings about."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from tests import factories
from tests.staff import mails_leave, make_case, make_member, make_notice
from tracker.cli.delivery import do_what_is_due
from tracker.db import db, transaction
from tracker.domain.attachments import accept
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import EVERY_CASE, ClockKind
from tracker.domain.clocks import due as counted
from tracker.domain.decisions import Outcome
from tracker.domain.errors import InvalidTransition, NotPermitted
from tracker.domain.lifecycle import Ending, ItemState, State
from tracker.domain.roles import Role
from tracker.domain.standing import Level, Side
from tracker.domain.threads import MessageKind
from tracker.models import Account, Case, Clock, Mail, Message, Notice
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import cases, decisions, exchange, measures, publishers, standings
from tracker.services.due import fire

ASKED = "请补充营业执照，以及原文发表的证明。"


@pytest.fixture
def mei(site: Site, stopped_clock: None) -> Account:
    return make_member()


@pytest.fixture
def case(site: Site, now: datetime, mei: Account) -> Case:
    return make_case(site, now)


def ask(site: Site, mei: Account, case: Case, now: datetime, notice: Notice | None = None, key: str = "q") -> None:
    item = next(item for item in case.items if notice is None or item.notice_id == notice.id)
    with transaction():
        exchange.ask_info(site, mei, item.id, case.version, ASKED, now, key)


def running(case: Case) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for clock in db.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.stopped_at.is_(None))):
        found.setdefault(clock.subject, []).append(clock.kind.value)
    return {subject: sorted(kinds) for subject, kinds in found.items()}


def mails(name: str) -> list[str]:
    return sorted(db.session.scalars(select(Mail.recipient).where(Mail.name == name)))


def due(kind: ClockKind) -> datetime:
    return db.session.scalars(select(Clock.due_at).where(Clock.kind == kind).order_by(Clock.id.desc())).first()  # type: ignore[return-value]


def test_who_is_asked_is_told_what_is_missing_and_until_when(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    ask(site, mei, case, now)
    assert case.state is State.NEEDS_INFO
    assert "info_wait" in running(case)[f"item:{case.items[0].id}"]
    (mail,) = db.session.scalars(select(Mail).where(Mail.name == "needs_info"))
    assert mail.recipient == "anna@example.com"
    assert ASKED in mail.text
    assert trail.fault() is None


def test_what_is_added_brings_the_case_back_once(site: Site, now: datetime, mei: Account, case: Case) -> None:
    ask(site, mei, case, now)
    notice = case.items[0].notice
    for _ in range(2):
        with transaction():
            exchange.supplement(site, notice, "补充如下。", [accept("a.txt", b"a")], {"phone": "139"}, now, "s")
    assert case.state is State.RECEIVED
    assert case.items[0].state is ItemState.OPEN
    (message,) = db.session.scalars(select(Message).where(Message.kind == MessageKind.SUPPLEMENT))
    assert [file.name for file in message.attachments] == ["a.txt"]
    assert notice.answers["phone"] == "139"
    assert mails("supplemented") == ["anna@example.com"]
    assert "info_wait" not in str(running(case))
    assert trail.fault() is None


SLUGS = ("yi-pian", "er", "san")


@pytest.fixture
def many(site: Site, now: datetime, mei: Account, monkeypatch: pytest.MonkeyPatch) -> Notice:
    """A notice about several articles, on a site with two maintainers."""
    monkeypatch.setattr(site, "maintainers", ("one@example.net", "two@example.net"))
    for slug in SLUGS[1:]:
        factories.publish(site, slug, now)
    return make_case(site, now, SLUGS[0], addresses="\n".join(SLUGS)).items[0].notice


def test_an_act_on_many_articles_is_one_mail_to_each_maintainer(site: Site, now: datetime, many: Notice) -> None:
    with transaction():
        exchange.supplement(site, many, "补充如下。", [], {}, now, "s")
    with transaction():
        exchange.withdraw(site, many, [item.id for item in many.items], now, "w")
    told = db.session.scalars(select(Mail).where(Mail.name == "attention").order_by(Mail.id)).all()
    assert [mail.recipient for mail in told] == ["one@example.net", "two@example.net"] * 2
    assert [mail.subject for mail in told[::2]] == ["3个案件：通知人补充了材料", "3个案件：通知人撤回了通知"]
    for item in many.items:
        assert f"http://localhost/desk/cases/{item.case_id}" in told[0].text
    other = make_notice(site, many.items[0].article, now, "bob@example.com")
    with transaction():  # of one, as ever
        exchange.supplement(site, other, "补充如下。", [], {}, now, "o")
    assert f"案件{other.items[0].case_id}：通知人补充了材料" in db.session.scalars(select(Mail.subject)).all()


def test_who_is_shut_out_gets_one_answer(site: Site, now: datetime, mei: Account, many: Notice) -> None:
    admin = make_member("admin@example.org", Role.ADMIN)
    said = {"reason": "一年内多次提交明显没有根据的通知。", "gravity": "轻", "intent": "不明"}
    for level in (Level.WARNED, Level.SUSPENDED):
        with transaction():
            standings.put(site, admin, many.mailbox, Side.NOTIFIER, level, said, now)
    turned = make_notice(site, many.items[0].article, now + timedelta(seconds=1), addresses="\n".join(SLUGS))
    assert {item.ended for item in turned.items} == {Ending.SUSPENDED}
    (told,) = db.session.scalars(select(Mail).where(Mail.name == "rejected"))
    for slug in SLUGS:
        assert f"/articles/{slug}" in told.text
    assert trail.fault() is None


def test_the_question_to_one_never_stops_the_other(site: Site, now: datetime, mei: Account, case: Case) -> None:
    other = make_notice(site, case.article, now, email="li@example.org")
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)
    ask(site, mei, case, now, other)
    assert case.state is State.IN_REVIEW
    assert {item.state for item in case.items} == {ItemState.OPEN, ItemState.NEEDS_INFO}
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    assert {item.state for item in case.items} == {ItemState.ANSWERED}
    assert mails("decision") == ["anna@example.com", "li@example.org"]


def test_a_new_notice_on_a_case_that_waits_for_others_waits_for_us(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    ask(site, mei, case, now)
    make_notice(site, case.article, now, email="li@example.org")
    assert case.state is State.RECEIVED
    assert trail.fault() is None


def test_what_is_not_added_in_time_ends_the_item_and_an_empty_case(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    ask(site, mei, case, now)
    mails_leave(site, now)
    do_what_is_due(site, due(ClockKind.INFO_WAIT) - timedelta(seconds=1))
    assert case.state is State.NEEDS_INFO
    for _ in range(2):
        do_what_is_due(site, due(ClockKind.INFO_WAIT))
    assert (case.state, case.items[0].ended) == (State.CLOSED, Ending.INCOMPLETE)
    assert mails("incomplete") == ["anna@example.com"]
    assert running(case) == {"case": ["purge"]}
    assert trail.fault() is None


def test_a_whole_notice_goes_on_when_nobody_answers_what_else_was_asked(
    site: Site, now: datetime, mei: Account
) -> None:
    """Law_standards §6.2, 2 and 4: only what fails the checklist ends for want of an answer."""
    case = make_case(site, now, category=CategoryName.FRAUD)
    ask(site, mei, case, now)
    (mail,) = db.session.scalars(select(Mail).where(Mail.name == "needs_info"))
    assert ("您的举报是完整的" in mail.text, "按材料不完整结束" in mail.text) == (True, False)
    mails_leave(site, now)
    for _ in range(2):
        do_what_is_due(site, due(ClockKind.INFO_WAIT))
    assert (case.state, case.items[0].state) == (State.RECEIVED, ItemState.OPEN)
    assert mails("incomplete") == []
    assert "info_wait" not in running(case).get(f"item:{case.items[0].id}", [])
    told = select(Mail.text).where(Mail.name == "attention", Mail.text.contains("但通知是完整的"))
    assert len(set(db.session.scalars(told))) == 1
    assert trail.fault() is None


def test_nobody_is_waited_for_any_more_once_it_is_decided(site: Site, now: datetime, mei: Account, case: Case) -> None:
    ask(site, mei, case, now)
    factories.decide(site, case, Outcome.DECLINED, now, mei)
    assert "info_wait" not in {kind for kinds in running(case).values() for kind in kinds}
    version = case.version
    do_what_is_due(site, due(ClockKind.INFO_WAIT))
    assert (case.state, case.version) == (State.DECIDED, version)


def test_a_notice_after_a_decision_opens_a_linked_successor(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    factories.decide(site, case, Outcome.DECLINED, now, mei)
    later = make_notice(site, case.article, now, email="li@example.org").items[0].case
    assert later.id != case.id
    assert later.predecessor_id == case.id


@pytest.mark.parametrize("way", ["withdrawn", "rejected"])
def test_a_reply_that_nobody_owes_any_more_is_not_waited_for(
    site: Site, now: datetime, mei: Account, case: Case, way: str
) -> None:
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)
    with transaction():
        publishers.ask(site, mei, case.id, case.version, now, "f")
    first = case.items[0]
    make_notice(site, case.article, now, email="li@example.org")
    assert case.state is State.AWAITING_REPLY
    with transaction():
        if way == "withdrawn":
            exchange.withdraw(site, first.notice, [first.id], now, "w")
        else:
            exchange.reject(site, mei, first.id, case.version, Ending.DUPLICATE, "重复。", now, "r")
    assert (case.state, case.asked_at) == (State.IN_REVIEW, None)
    assert trail.fault() is None


def test_a_reply_to_another_notice_is_still_waited_for(site: Site, now: datetime, mei: Account, case: Case) -> None:
    second = make_notice(site, case.article, now, email="li@example.org")
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)
    with transaction():
        publishers.ask(site, mei, case.id, case.version, now, "f")
    with transaction():
        exchange.withdraw(site, second, [second.items[0].id], now, "w")
    assert (case.state, case.asked_at) == (State.AWAITING_REPLY, now)


def test_one_takes_back_and_the_other_goes_on(site: Site, now: datetime, mei: Account, case: Case) -> None:
    first = case.items[0].notice
    second = make_notice(site, case.article, now, email="li@example.org")
    for notice, state in ((first, State.RECEIVED), (second, State.CLOSED)):
        for _ in range(2):
            with transaction():
                exchange.withdraw(site, notice, [item.id for item in notice.items], now, f"w{notice.id}")
        assert case.state is state
    assert {item.ended for item in case.items} == {Ending.WITHDRAWN}
    assert mails("withdrawn") == ["anna@example.com", "li@example.org"]
    again = make_notice(site, case.article, now, email="wu@example.org").items[0].case
    assert again.id != case.id
    assert trail.fault() is None


def test_taking_back_lifts_what_was_done_meanwhile(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, category=CategoryName.MINOR)
    before = factories.rows()
    with transaction():
        decisions.decide(site, mei, case.id, case.version, factories.draft(Outcome.INTERIM), now)
    assert case.state is State.IN_REVIEW
    assert measures.open_of(case, now) is not None
    assert mails("statement") == ["editors@example.org"]
    with transaction():
        exchange.withdraw(site, case.items[0].notice, [case.items[0].id], now, "w")
    assert measures.open_of(case, now + timedelta(seconds=1)) is None
    assert case.state is State.CLOSED
    assert {key: row[2] for key, row in factories.rows().items()} == {key: row[2] for key, row in before.items()}
    assert trail.fault() is None


def test_an_interim_measure_ends_with_the_decision(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, category=CategoryName.MINOR)
    with transaction():
        decisions.decide(site, mei, case.id, case.version, factories.draft(Outcome.INTERIM), now)
    factories.decide(site, case, Outcome.DECLINED, now + timedelta(hours=1), mei)
    assert case.state is State.DECIDED
    assert measures.open_of(case, now + timedelta(hours=2)) is None
    assert factories.stale_paths(site, now + timedelta(hours=2)) == []


def test_a_rejected_notice_is_told_why(site: Site, now: datetime, mei: Account, case: Case) -> None:
    with transaction():
        exchange.reject(site, mei, case.items[0].id, case.version, Ending.DUPLICATE, "与先前的通知相同。", now, "r")
    assert (case.state, case.items[0].ended) == (State.CLOSED, Ending.DUPLICATE)
    assert mails("rejected") == ["anna@example.com"]
    with pytest.raises(InvalidTransition), transaction():
        exchange.reject(site, mei, case.items[0].id, case.version, Ending.DUPLICATE, "", now, "r2")
    assert trail.fault() is None


def test_a_life_or_a_minor_brings_a_case_to_the_front_with_its_limits(site: Site, now: datetime) -> None:
    """Whatever the category, and also when the case is open already."""
    asked = {"category": CategoryName.PERSONAL_DATA, "data_right": "delete"}
    case = make_case(site, now, **asked)
    ends = {clock.kind: clock.due_at for clock in case.clocks if clock.kind in EVERY_CASE}
    assert case.is_urgent is False
    later = now + timedelta(days=2)
    notice = make_notice(site, case.article, later, "li@example.org", danger_to_life="yes", **asked)
    db.session.refresh(case)
    assert case.is_urgent is True
    for clock in case.clocks:
        if clock.kind in EVERY_CASE:
            found = counted(clock.kind, later, site.calendars, is_urgent=True).at
            assert clock.due_at == min(found, ends[clock.kind])
    assert min(ends.values()) < later < max(ends.values())  # one was late already and stays so, one comes sooner
    said = db.session.scalars(
        select(Mail.text).where(Mail.notice_id == notice.id, Mail.name == "acknowledgement")
    ).one()
    ends_at = site.local(counted(ClockKind.DECIDE, later, site.calendars, is_urgent=True).at)
    assert f"{ends_at.year}年{ends_at.month}月{ends_at.day}日 {ends_at:%H:%M}" in said


def test_an_urgent_notice_is_not_shut_out_as_abuse(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, category=CategoryName.MINOR)
    assert case.is_urgent
    with pytest.raises(InvalidTransition, match="紧急"), transaction():
        exchange.reject(site, mei, case.items[0].id, case.version, Ending.ABUSIVE, "", now, "r")


def test_a_publisher_is_asked_and_answers(site: Site, now: datetime, mei: Account, case: Case) -> None:
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)
    with transaction():
        publishers.ask(site, mei, case.id, case.version, now, "f")
    assert case.state is State.AWAITING_REPLY
    assert mails("forwarded") == ["editors@example.org"]
    assert mails("publisher_asked") == ["anna@example.com"]
    (mail,) = db.session.scalars(select(Mail).where(Mail.name == "forwarded"))
    for secret in ("anna@example.com", "138 0000 0000"):
        assert secret not in mail.text + mail.html
    for _ in range(2):
        with transaction():
            publishers.reply(site, case, "文章有采访记录。", {}, [], now, "a")
    assert case.state is State.IN_REVIEW
    assert db.session.scalar(select(func.count()).where(Message.kind == MessageKind.REPLY)) == 1
    assert trail.fault() is None


def test_a_publisher_who_does_not_answer_is_waited_for_no_longer(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)
    with transaction():
        publishers.ask(site, mei, case.id, case.version, now, "f")
    mails_leave(site, now)
    for _ in range(2):
        do_what_is_due(site, due(ClockKind.REPLY_WAIT))
    assert case.state is State.IN_REVIEW
    assert trail.fault() is None


def test_without_an_address_nobody_is_asked(site: Site, now: datetime, mei: Account, case: Case) -> None:
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)
    with transaction():
        db.session.get_one(Case, case.id).article.publisher_email = ""
    with pytest.raises(InvalidTransition, match="邮箱"), transaction():
        publishers.ask(site, mei, case.id, case.version, now, "f")


def test_in_the_uk_the_reply_is_awaited_to_the_end_of_the_fifth_day_and_48_hours_follow(
    site: Site, now: datetime, mei: Account
) -> None:
    case = make_case(
        site, now, country="GB", meaning="文章说我们违法。", stmt_no_poster_info="1", share_name="yes", share_email="no"
    )
    assert "uk_defamation" in case.items[0].notice.regimes
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)
    with transaction():
        publishers.ask(site, mei, case.id, case.version, now, "f")
    mails_leave(site, now)
    assert due(ClockKind.UK_POSTER) == datetime.fromisoformat("2026-11-29T00:00:00+00:00")
    do_what_is_due(site, due(ClockKind.UK_POSTER))
    assert case.state is State.IN_REVIEW
    assert "uk_after" in running(case)["case"]


def test_limits_that_pass_are_told_once_and_go_on(
    site: Site, now: datetime, mei: Account, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "maintainers", ("ops@example.org",))
    later = now + timedelta(days=30)
    for _ in range(3):
        do_what_is_due(site, later)
    told = mails("attention")
    expired = db.session.scalar(select(func.count()).where(Clock.expired_at.is_not(None)))
    assert len(told) == expired > 0
    assert "triage" in str(running(case))


def test_a_case_closes_when_the_window_for_appeals_is_over_and_is_purged_three_years_later(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    factories.decide(site, case, Outcome.DECLINED, now, mei)
    do_what_is_due(site, due(ClockKind.APPEAL_WINDOW))
    assert case.state is State.CLOSED
    notice = case.items[0].notice
    digest = notice.sha256
    do_what_is_due(site, due(ClockKind.PURGE))
    assert notice.erased_at is not None
    assert "安娜" not in str(notice.answers)
    assert notice.sha256 == digest
    kept = str([tuple(row) for row in db.session.execute(select(Mail.text, Mail.recipient, Mail.mailbox))])
    assert "anna@example.com" not in kept
    assert trail.fault() is None
    admin = make_member("admin@example.org", Role.ADMIN)
    assert admin.id


def test_an_act_that_comes_as_the_window_ends_leaves_it_for_later(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    factories.decide(site, case, Outcome.DECLINED, now, mei)
    over = due(ClockKind.APPEAL_WINDOW)
    number = db.session.scalars(select(Clock.id).where(Clock.kind == ClockKind.APPEAL_WINDOW)).one()
    with transaction():
        db.session.get_one(Case, case.id).state = State.APPEALED
    with transaction():
        fire(site, number, over)
    assert (case.state, db.session.get_one(Clock, number).expired_at) == (State.APPEALED, None)
    with transaction():
        db.session.get_one(Case, case.id).state = State.DECIDED
    do_what_is_due(site, over)
    assert case.state is State.CLOSED


def test_a_legal_hold_keeps_what_would_be_purged(site: Site, now: datetime, mei: Account, case: Case) -> None:
    factories.decide(site, case, Outcome.DECLINED, now, mei)
    do_what_is_due(site, due(ClockKind.APPEAL_WINDOW))
    over = due(ClockKind.PURGE)
    with transaction():
        db.session.get_one(Case, case.id).kept_until = over + timedelta(days=1)
    do_what_is_due(site, over)
    assert case.items[0].notice.erased_at is None
    do_what_is_due(site, over + timedelta(days=1))
    assert case.items[0].notice.erased_at is not None


def test_an_editor_decides_nothing_about_their_own_article(site: Site, now: datetime, case: Case) -> None:
    editor = make_member("Editors@example.org", name="编辑")
    with pytest.raises(NotPermitted, match="利害关系"):
        factories.decide(site, case, Outcome.DECLINED, now, editor)
