"""Who may do what, who is told until when, and whose notices come first."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests import factories
from tests.services.test_counters import COUNTER, GROUNDS, US, mails, send
from tests.services.test_serving import kinds, mail, running
from tests.services.test_serving import send as settled
from tests.staff import confirm, make_case, make_member, make_notice
from tracker import content
from tracker.cli.delivery import do_what_is_due
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import ClockKind, due
from tracker.domain.decisions import Outcome
from tracker.domain.errors import BadContent, InvalidTransition
from tracker.domain.lifecycle import OPEN, Ending, State
from tracker.domain.redress import CounterRule, CounterState
from tracker.domain.roles import Role
from tracker.domain.standing import Level, Side
from tracker.mail.replies import Fate
from tracker.models import Account, Article, Case, Item, Line, Mail
from tracker.queries import trail
from tracker.queries.case_life import limits
from tracker.render.moments import when
from tracker.render.site import LOCALES, PREFIXES, Site
from tracker.services import (
    appeals,
    articles,
    cases,
    corrections,
    counters,
    decisions,
    exchange,
    holds,
    notices,
    publishers,
    standings,
)

SAID = {"reason": "一年内多次提交明显没有根据的通知。", "gravity": "轻", "intent": "不明"}
ANNA = "anna@example.com"


@pytest.fixture
def mei(site: Site, stopped_clock: None) -> Account:
    return make_member()


@pytest.fixture
def jia(site: Site) -> Account:
    return make_member("jia@example.org", Role.ADMIN, name="甲")


def put(site: Site, jia: Account, recipient: str, side: Side, level: Level, now: datetime) -> None:
    with transaction():
        standings.put(site, jia, recipient, side, level, SAID, now)


def in_state(site: Site, mei: Account, now: datetime, state: State) -> Case:
    """Return a case of somebody else in one of the states in which it awaits our decision."""
    case = make_case(site, now, email="li@example.org")
    if state in {State.IN_REVIEW, State.AWAITING_REPLY}:
        with transaction():
            cases.take_up(site, mei, case.id, case.version, now)
    if state is State.AWAITING_REPLY:
        with transaction():
            publishers.ask(site, mei, case.id, case.version, now, "f")
    if state is State.NEEDS_INFO:
        with transaction():
            exchange.ask_info(site, mei, case.items[0].id, case.version, "请补充。", now, "q")
    assert case.state is state
    return case


@pytest.mark.parametrize("state", sorted(OPEN))
def test_who_is_suspended_gets_a_receipt_whatever_the_open_case_waits_for(
    site: Site, now: datetime, mei: Account, jia: Account, state: State
) -> None:
    case = in_state(site, mei, now, state)
    for level in (Level.WARNED, Level.SUSPENDED):
        put(site, jia, ANNA, Side.NOTIFIER, level, now)
    later = now + timedelta(seconds=1)
    (item,) = make_notice(site, case.article, later).items
    assert (item.case_id, item.ended) == (case.id, Ending.SUSPENDED)
    assert mails("rejected") == [ANNA]
    assert case.state is state
    assert trail.fault() is None


@pytest.mark.parametrize("state", sorted(OPEN))
def test_who_is_barred_gets_the_stored_reason_whatever_the_open_case_waits_for(
    site: Site, now: datetime, mei: Account, state: State
) -> None:
    said = US | {"country": "CN"}
    first = make_case(site, now, category=CategoryName.COPYRIGHT, **said)
    factories.decide(site, first, Outcome.WITHHELD, now, mei)
    send(site, first, now)
    with transaction():
        counters.restore(site, cases.locked([first.id], now, "x")[0], now)
    later = now + timedelta(hours=1)
    other = said | {"email": "li@example.org", "notifier_name": "李四", "work_title": "《另一部》"}
    notice = make_notice(site, first.article, later, category=CategoryName.COPYRIGHT, **other)
    case = notice.items[0].case
    if state in {State.IN_REVIEW, State.AWAITING_REPLY}:
        with transaction():
            cases.take_up(site, mei, case.id, case.version, later)
    if state is State.AWAITING_REPLY:
        with transaction():
            publishers.ask(site, mei, case.id, case.version, later, "f")
    if state is State.NEEDS_INFO:
        with transaction():
            exchange.ask_info(site, mei, case.items[0].id, case.version, "请补充。", later, "q")
    (item,) = make_notice(site, first.article, later, category=CategoryName.COPYRIGHT, **said).items
    assert (item.case_id, item.ended, case.state) == (case.id, Ending.BARRED, state)


def test_spam_is_rejected_while_the_publisher_is_asked(site: Site, now: datetime, mei: Account) -> None:
    case = in_state(site, mei, now, State.AWAITING_REPLY)
    with transaction():
        exchange.reject(site, mei, case.items[0].id, case.version, Ending.ABUSIVE, "垃圾信息。", now, "r")
    assert case.state is State.CLOSED
    assert mail("withdrawn").recipient == "editors@example.org"
    assert trail.fault() is None


def test_a_corrected_address_is_where_the_law_s_mails_go(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    notice = case.items[0].notice
    with transaction():
        corrections.correct(notice, {"email": "new@example.org"}, now)
    assert (notice.mailbox, case.items[0].mailbox) == ("new@example.org", "new@example.org")
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    send(site, case, now)
    assert mails("decision") == mails("counter_forwarded") == ["new@example.org"]
    again = make_notice(site, case.article, now, email="new@example.org").items[0]
    assert again.case_id != case.id  # decided: a successor
    with transaction():  # after the decision too
        corrections.correct(notice, {"email": "newer@example.org"}, now)
    do_what_is_due(site, now)
    with transaction():
        counters.restore(site, cases.locked([case.id], now, "x")[0], now)
    assert mails("restored") == ["editors@example.org", "newer@example.org"]


def test_a_corrected_address_makes_one_person_of_two_notices(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    other = make_notice(site, case.article, now, email="li@example.org")
    with transaction():
        corrections.correct(other, {"email": ANNA}, now)
    boxes = db.session.scalars(select(Item.mailbox).where(Item.case_id == case.id).order_by(Item.id)).all()
    assert boxes == [ANNA, ANNA]
    assert other.mailbox == ANNA
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    assert mails("decision") == [ANNA]  # one person, one mail
    with transaction():
        exchange.supplement(site, other, "新邮箱。", [], {"email": "wu@example.org"}, now, "s")
    assert (other.mailbox, other.items[0].mailbox) == ("wu@example.org", "wu@example.org")


def test_a_pause_and_a_late_delivery_outlast_a_new_calendar(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(
        site, datetime.fromisoformat("2026-12-20T04:00:00Z"), category=CategoryName.PERSONAL_DATA, data_right="delete"
    )
    opened = case.opened_at
    clock = next(each for each in case.clocks if each.kind is ClockKind.CN_PI)
    assert clock.is_provisional
    before = clock.due_at
    with transaction():
        holds.pause(site, mei, case.id, case.version, clock.id, "等材料", opened + timedelta(days=1), "p")
    with transaction():
        holds.resume(site, mei, case.id, case.version, clock.id, opened + timedelta(days=3), "r")
    assert (clock.paused_seconds, clock.due_at) == (2 * 86400, before + timedelta(days=2))
    do_what_is_due(site, opened + timedelta(days=4))  # counts what is provisional anew
    assert clock.due_at == before + timedelta(days=2)
    (limit,) = (limit for limit in limits(site, case) if limit.clock.id == clock.id)
    assert "其间暂停48小时" in limit.why


def test_nobody_puts_off_the_erasure_of_a_closed_case(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    with transaction():
        exchange.withdraw(site, case.items[0].notice, [case.items[0].id], now, "w")
    clock = running(case)["purge/case"]
    with pytest.raises(InvalidTransition, match="法律保全"), transaction():
        holds.pause(site, mei, case.id, case.version, clock.id, "以后再说", now, "p")
    assert clock.paused_at is None


def test_a_clock_that_stands_still_for_a_mail_is_not_paused_as_well(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    with transaction():
        exchange.ask_info(site, mei, case.items[0].id, case.version, "请补充材料。", now, "q")
    settled(site, mail("needs_info"), Fate.BOUNCE, now)
    clock = running(case)[f"info_wait/item:{case.items[0].id}"]
    assert clock.held_at is not None
    with pytest.raises(InvalidTransition, match="先送达邮件"), transaction():
        holds.pause(site, mei, case.id, case.version, clock.id, "等材料", now, "p")
    assert clock.paused_at is None


def test_a_long_pause_is_brought_to_mind_once_a_week(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    clock = next(each for each in case.clocks if each.kind is ClockKind.DECIDE)
    with transaction():
        holds.pause(site, mei, case.id, case.version, clock.id, "等材料", now, "p")
    said = select(Mail.subject).where(Mail.name == "attention", Mail.subject.contains("暂停了很久"))
    for days, number in ((6, 0), (7, 1), (8, 1), (15, 2)):
        do_what_is_due(site, now + timedelta(days=days))
        assert len(db.session.scalars(said).all()) == number


@pytest.mark.parametrize(
    ("outcome", "side"),
    [(Outcome.WITHHELD, "notifier"), (Outcome.DECLINED, "publisher"), (Outcome.RESTORED, "publisher")],
)
def test_who_got_what_they_wanted_has_nothing_to_appeal(
    site: Site, now: datetime, mei: Account, outcome: Outcome, side: str
) -> None:
    case = make_case(site, now)
    if outcome is Outcome.RESTORED:
        factories.decide(site, case, Outcome.WITHHELD, now, mei)
    factories.decide(site, case, outcome, now, mei)
    notice = case.items[0].notice if side == "notifier" else None
    with pytest.raises(InvalidTransition, match="没有对您不利"), transaction():
        appeals.send(site, case, notice, GROUNDS, [], "zh-Hans", now, "a")
    assert case.appeals == []


def test_a_stranger_and_who_took_their_notice_back_have_nothing_to_appeal(
    site: Site, now: datetime, mei: Account
) -> None:
    case = make_case(site, now)
    stranger = make_case(site, now, "er").items[0].notice
    factories.decide(site, case, Outcome.DECLINED, now, mei)
    mine = case.items[0].notice
    with transaction():
        exchange.withdraw(site, mine, [case.items[0].id], now, "w")
    for notice in (stranger, mine):
        with pytest.raises(InvalidTransition), transaction():
            appeals.send(site, case, notice, GROUNDS, [], "zh-Hans", now, f"a{notice.id}")


def until(site: Site, case: Case) -> str:
    window = running(case)["appeal_window/case"].due_at
    return when(site, window, "zh-Hans", LOCALES["zh-Hans"])


def test_the_mails_say_until_when_who_can_appeal(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    assert until(site, case) in mail("statement").text
    assert until(site, case) not in mail("decision").text  # they got what they asked for
    assert "请本站复核" not in mail("decision").text
    declined = make_case(site, now, "er", body="另一篇。")
    factories.decide(site, declined, Outcome.DECLINED, now, mei)
    assert until(site, declined) in mail("decision").text
    with transaction():
        appeals.send(site, case, None, GROUNDS, [], "zh-Hans", now, "a")
    wu = make_member("wu@example.org", name="吴")
    at = now + timedelta(days=9)
    with transaction():
        appeals.rule(site, wu, case.appeals[0].id, case.version, GROUNDS, at, factories.draft(Outcome.RESTORED))
    assert until(site, case) in mail("appeal_decided", ANNA).text  # the newly affected side
    assert until(site, case) not in mail("appeal_decided", "editors@example.org").text


def contributed(site: Site, now: datetime, slug: str = "tou-gao") -> Article:
    return factories.publish(
        site, slug, now, origin="contributed", publisher={"name": "作者甲", "email": "a@press.example"}
    )


def test_a_statement_tells_a_contributor_of_their_strikes(site: Site, now: datetime, mei: Account) -> None:
    for number, slug in ((1, "yi"), (2, "er")):
        case = make_notice(site, contributed(site, now, slug), now).items[0].case
        with transaction():
            draft = factories.draft(Outcome.WITHHELD, is_manifest=True)
            decisions.decide(site, mei, case.id, case.version, draft, now + timedelta(seconds=number))
        assert f"共{number}次" in mail("statement").text
    factories.decide(site, case, Outcome.RESTORED, now + timedelta(hours=1), mei)
    assert "重复侵权" not in mail("statement").text
    us = make_notice(site, contributed(site, now, "san"), now, category=CategoryName.COPYRIGHT, **US).items[0].case
    factories.decide(site, us, Outcome.WITHHELD, now + timedelta(hours=2), mei)
    assert "共2次" in mail("statement").text  # under 17 USC 512(i) every one counts
    own = make_case(site, now, "ben-zhan", body="自己的。")
    with transaction():
        decisions.decide(site, mei, own.id, own.version, factories.draft(Outcome.WITHHELD, is_manifest=True), now)
    assert "重复侵权" not in mail("statement").text


def test_an_interim_measure_goes_out_with_the_notice_it_rests_on(site: Site, now: datetime, mei: Account) -> None:
    case = make_notice(site, contributed(site, now), now, category=CategoryName.COPYRIGHT, **US).items[0].case
    factories.decide(site, case, Outcome.INTERIM, now, mei)
    sent = mail("forwarded")
    assert sent.recipient == "a@press.example"
    assert "谁在催收" in sent.text
    assert "第512条(g)(3)" in sent.text  # how to counter
    assert mails("statement") == ["a@press.example"]
    factories.decide(site, case, Outcome.WITHHELD, now + timedelta(hours=1), mei)
    assert len(mails("forwarded")) == 1  # not twice


def test_intimate_images_are_not_passed_on(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, category=CategoryName.NCII, stmt_no_consent="1", signature_name="安娜")
    factories.decide(site, case, Outcome.INTERIM, now, mei)
    assert mails("forwarded") == []
    assert mails("statement") == ["editors@example.org"]


def test_our_own_editors_are_asked_and_not_told_that_they_must(site: Site, now: datetime, mei: Account) -> None:
    case = in_state(site, mei, now, State.AWAITING_REPLY)
    assert "由您决定" in mail("forwarded").text
    assert "以及您那时可以做什么" not in mail("forwarded").text
    other = make_notice(site, contributed(site, now), now, email="x@example.org").items[0].case
    with transaction():
        cases.take_up(site, mei, other.id, other.version, now)
    with transaction():
        publishers.ask(site, mei, other.id, other.version, now, "g")
    assert "由您决定" not in mail("forwarded").text
    assert "以及您那时可以做什么" in mail("forwarded").text
    assert case.state is State.AWAITING_REPLY


def test_a_suspended_publisher_s_new_articles_are_held_back_and_named(site: Site, now: datetime, jia: Account) -> None:
    old = contributed(site, now, "jiu")
    for level in (Level.WARNED, Level.SUSPENDED):
        put(site, jia, "A+x@Press.example", Side.PUBLISHER, level, now)
    later = now + timedelta(seconds=1)

    def source(slug: str, body: str) -> content.Source:
        writer = {"name": "作者甲", "email": "a@press.example"}
        raw = factories.markdown(slug, body, origin="contributed", publisher=writer)
        return content.read_article(raw, site.category_texts, PREFIXES)

    with pytest.raises(BadContent) as refused, transaction():
        articles.put(site, source("xin", "新的。"), later)
    assert "作者甲" in str(refused.value)
    assert f"{site.local(now + timedelta(days=30)):%Y-%m-%d}" in str(refused.value)
    with transaction():
        assert (
            articles.put(site, source("jiu", "改过的。"), later).id == old.id
        )  # those that are up stay, and are corrected
    with transaction():
        articles.put(site, source("xin", "新的。"), later + timedelta(days=31))


def test_a_trusted_flagger_comes_first(site: Site, now: datetime, mei: Account, jia: Account) -> None:
    case = make_case(site, now, email="li@example.org")
    confirm(ANNA, now)
    put(site, jia, ANNA, Side.NOTIFIER, Level.TRUSTED, now)
    at = now + timedelta(days=2)
    (item,) = make_notice(site, case.article, at).items
    db.session.expire_all()
    clocks = running(case)
    assert [name for name, clock in clocks.items() if clock.is_trusted] == [f"decide/item:{item.id}"]
    assert clocks[f"decide/item:{item.id}"].due_at == at + timedelta(hours=24)
    assert clocks["decide/case"].due_at == due(ClockKind.DECIDE, now, site.calendars).at  # nobody else's is moved
    factories.decide(site, case, Outcome.DECLINED, at, mei)
    assert "decide" not in kinds(case)


def test_a_trusted_flagger_comes_first_once_the_address_is_theirs(
    site: Site, now: datetime, mei: Account, jia: Account
) -> None:
    """DSA art. 22(1) is for those on the list, not for whoever types their address."""
    put(site, jia, ANNA, Side.NOTIFIER, Level.TRUSTED, now)
    waiting, decided = make_case(site, now), make_case(site, now, "er", body="另一篇的正文。\n")
    other = make_case(site, now, "san", email="li@example.org", body="第三篇的正文。\n")
    factories.decide(site, decided, Outcome.DECLINED, now, mei)
    trusted = select(Line.case_id).where(Line.is_trusted)
    assert db.session.scalars(trusted).all() == []
    assert not [name for case in (waiting, decided) for name in running(case) if name.startswith("decide/item")]
    at = now + timedelta(days=2)
    for _ in range(2):
        with transaction():
            notices.confirm(site, waiting.items[0].notice, at)
    assert db.session.scalars(trusted).all() == [waiting.id]
    clock = running(waiting)[f"decide/item:{waiting.items[0].id}"]
    assert (clock.is_trusted, clock.due_at) == (True, at + timedelta(hours=24))
    assert not [name for case in (decided, other) for name in running(case) if name.startswith("decide/item")]
    make_notice(site, other.article, at)
    assert set(db.session.scalars(trusted)) == {waiting.id, other.id}
    assert trail.fault() is None


def test_what_runs_for_a_notice_ends_with_it(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    other = make_notice(site, case.article, now, email="li@example.org")
    number = other.items[0].id
    assert f"cn_act/item:{number}" in running(case)
    with transaction():
        exchange.withdraw(site, other, [number], now, "w")
    assert not [name for name in running(case) if name.endswith(f"item:{number}")]


@pytest.mark.parametrize("rule", CounterRule)
@pytest.mark.parametrize("country", ["CN", "US"])
def test_a_counter_notice_follows_the_rule_the_site_was_set_to(
    site: Site, now: datetime, mei: Account, rule: CounterRule, country: str
) -> None:
    site.config = replace(site.config, cn_copyright_counter=rule)  # of this test alone
    case = make_case(site, now, category=CategoryName.COPYRIGHT, **(US | {"country": country}))
    if country == "US":  # a moderator found that Chinese law applies as well
        with transaction():
            case.regimes = ["cn_copyright"]
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    counter = send(site, case, now)
    assert counter.rule is rule
    at_once = rule is CounterRule.REGULATION17 and country == "CN"
    assert (case.outcome is Outcome.RESTORED) is at_once
    assert counter.state is (CounterState.HONOURED if at_once else CounterState.FORWARDED)
    assert mails("counter_forwarded") == ["wang@example.org"]
    assert COUNTER["explanation"] in mail("counter_forwarded").text
    assert ("立即恢复" in mail("counter_forwarded").text) is at_once
    if at_once:
        assert "第十七条" in case.decisions[-1].ground_ref
        assert mails("restored") == ["editors@example.org", "wang@example.org"]
    else:  # and nobody may have it otherwise
        with pytest.raises(InvalidTransition, match="第十七条"), transaction():
            holds.restore_now(site, mei, case.id, case.version, "regulation17", now)
    assert trail.fault() is None
