"""How what we have to tell arrives, and what it means when it does not."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests import factories
from tests.services.test_counters import COUNTER, US, notes
from tests.services.test_origins import order
from tests.staff import make_case, make_member, make_notice
from tracker.cli.delivery import do_what_is_due
from tracker.db import db, transaction
from tracker.domain.attachments import accept
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import ClockKind, due, restore_window
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Gone, Incomplete, InvalidTransition, NotFound
from tracker.domain.lifecycle import ItemState, State
from tracker.domain.redress import HELD_AT_MOST
from tracker.domain.serving import LEGAL, WAITS, Way
from tracker.mail.replies import Fate
from tracker.models import Account, Article, Case, Clock, CounterNotice, Mail, MailState
from tracker.queries import receipts, trail
from tracker.queries.redress import Window, window
from tracker.render.site import Site
from tracker.services import (
    appeals,
    cases,
    corrections,
    counters,
    exchange,
    mails,
    measures,
    public_notices,
    publishers,
    serving,
    undelivered,
)

FAR = timedelta(days=400)


@pytest.fixture
def mei(site: Site, stopped_clock: None) -> Account:
    return make_member()


@pytest.fixture
def case(site: Site, now: datetime, mei: Account) -> Case:
    """A Chinese reputation case, decided and countered."""
    case = make_case(site, now)
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    counter(site, case, now)
    return case


def counter(site: Site, case: Case, now: datetime) -> CounterNotice:
    files = [accept("draft.txt", b"draft"), accept("id.txt", b"id", "identity_files")]
    with transaction():
        counters.send(site, case, COUNTER, {}, files, "zh-Hans", now, f"c{case.id}")
    return case.counter_notices[-1]


def mail(name: str, recipient: str | None = None) -> Mail:
    found = select(Mail).where(Mail.name == name).order_by(Mail.id.desc())
    if recipient is not None:
        found = found.where(Mail.recipient == recipient)
    first = db.session.scalars(found).first()
    assert first is not None
    return first


def send(site: Site, sent: Mail, fate: Fate, at: datetime) -> None:
    """Let an attempt to send a mail end in a way, as the worker does."""
    with transaction():
        sent = db.session.get_one(Mail, sent.id)
        sent.attempts += 1
    db.session.refresh(sent)
    db.session.expunge(sent)
    with transaction():
        serving.settle(site, sent, fate, "550 no such user" if fate is Fate.BOUNCE else "", at)


def running(case: Case) -> dict[str, Clock]:
    db.session.expire_all()
    found = select(Clock).where(Clock.case_id == case.id, Clock.stopped_at.is_(None))
    return {f"{clock.kind}/{clock.subject}": clock for clock in db.session.scalars(found)}


def kinds(case: Case) -> set[str]:
    return {name.partition("/")[0] for name in running(case)}


def told() -> str:
    return "\n".join(db.session.scalars(select(Mail.subject).where(Mail.name == "attention")))


def test_the_reasonable_period_waits_until_the_statement_arrived(
    site: Site, now: datetime, mei: Account, case: Case
) -> None:
    assert "cn_reasonable" not in kinds(case)
    do_what_is_due(site, now + FAR)
    assert case.state is State.COUNTERED  # nothing arrived, so nothing is over
    later = now + timedelta(days=2)
    send(site, mail("counter_forwarded"), Fate.SENT, later)
    clock = running(case)[f"cn_reasonable/counter:{case.counter_notices[0].id}"]
    assert clock.due_at == due(ClockKind.CN_REASONABLE, later, site.calendars).at
    do_what_is_due(site, clock.due_at - timedelta(seconds=1))
    assert case.state is State.COUNTERED
    do_what_is_due(site, clock.due_at)
    assert case.outcome is Outcome.RESTORED
    assert trail.fault() is None


@pytest.mark.parametrize("fate", ["bounced", "reported", "given up"])
def test_a_statement_that_did_not_arrive_ends_nothing_and_is_somebody_s_task(
    site: Site, now: datetime, mei: Account, case: Case, fate: str
) -> None:
    sent = mail("counter_forwarded")
    if fate == "reported":  # the mail server took it, and could not deliver it after all
        send(site, sent, Fate.SENT, now)
        assert "cn_reasonable" in kinds(case)
        for _ in range(2):
            with transaction():
                assert serving.bounced(site, [sent.message_id], "5.1.1", now)
    elif fate == "bounced":
        send(site, sent, Fate.BOUNCE, now)
    else:
        with transaction():
            db.session.get_one(Mail, sent.id).attempts = len(mails.RETRIES) + 1
        send(site, sent, Fate.RETRY, now + mails.HORIZON)
    assert "cn_reasonable" not in kinds(case)
    assert f"deliver/mail:{sent.id}" in running(case)
    assert "没有送达" in told()
    assert [failed.id for failed in undelivered.failed(case)] == [sent.id]
    do_what_is_due(site, now + FAR)
    assert case.state is State.COUNTERED
    assert measures.open_of(case, now + FAR) is not None
    assert trail.fault() is None


def test_delivered_by_post_the_period_runs_from_that_day(site: Site, now: datetime, mei: Account, case: Case) -> None:
    sent = mail("counter_forwarded")
    send(site, sent, Fate.BOUNCE, now)
    came, at = now + timedelta(days=6), now + timedelta(days=7)
    for wrong in (now - timedelta(days=1), at + timedelta(days=1)):
        with pytest.raises(Incomplete), transaction():
            serving.by_hand(site, mei, case.id, case.version, sent.id, Way.POST, wrong, "", at, f"k{wrong}")
    with pytest.raises(NotFound), transaction():
        serving.by_hand(site, mei, case.id, case.version, 999, Way.POST, came, "", at, "k0")
    with pytest.raises(Incomplete), transaction():
        serving.by_hand(site, mei, case.id, case.version, sent.id, Way.PUBLIC_NOTICE, came, "", at, "k0")
    with transaction():
        serving.by_hand(site, mei, case.id, case.version, sent.id, Way.POST, came, "挂号信", at, "k")
    clocks = running(case)
    assert f"deliver/mail:{sent.id}" not in clocks
    clock = clocks[f"cn_reasonable/counter:{case.counter_notices[0].id}"]
    assert clock.due_at == due(ClockKind.CN_REASONABLE, came, site.calendars).at
    assert ["信件" in note and "挂号信" in note for note in notes(case)] == [True]
    with pytest.raises(InvalidTransition, match="已经送达"), transaction():
        serving.by_hand(site, mei, case.id, case.version, sent.id, Way.POST, came, "", at, "k2")
    assert trail.fault() is None


def test_a_button_on_the_receipt_is_an_arrival(site: Site, now: datetime, mei: Account, case: Case) -> None:
    at = now + timedelta(days=1)
    send(site, mail("counter_forwarded"), Fate.BOUNCE, now)
    for _ in range(2):
        with transaction():
            serving.confirm(site, case.items[0].notice, at)
    sent = mail("counter_forwarded")
    assert (sent.reached_at, sent.reached_by) == (at, Way.BUTTON)
    assert "cn_reasonable" in kinds(case)
    assert "deliver" not in kinds(case)


def test_of_several_right_holders_each_has_the_whole_period(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    make_notice(site, case.article, now, email="li@example.org")
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    counter(site, case, now)
    send(site, mail("counter_forwarded", "anna@example.com"), Fate.SENT, now)
    assert "cn_reasonable" not in kinds(case)
    later = now + timedelta(days=4)
    send(site, mail("counter_forwarded", "li@example.org"), Fate.SENT, later)
    (clock,) = (clock for name, clock in running(case).items() if name.startswith("cn_reasonable"))
    assert clock.due_at == due(ClockKind.CN_REASONABLE, later, site.calendars).at


def reached_by(case: Case, way: str) -> Case:
    """Take from the notifier of a case every way to reach them but one."""
    with transaction():
        notice = case.items[0].notice
        gone = {"email", "phone", "postal_address"} - {way}
        notice.answers = {name: value for name, value in notice.answers.items() if name not in gone}
        notice.mailbox = case.items[0].mailbox = ""
    return case


def test_who_has_no_mailbox_gets_a_letter_and_who_cannot_be_reached_holds_nobody_up(
    site: Site, now: datetime, mei: Account
) -> None:
    by_phone = reached_by(make_case(site, now, "dian-hua"), "phone")
    factories.decide(site, by_phone, Outcome.WITHHELD, now, mei)
    counter(site, by_phone, now)
    letter = mail("counter_forwarded")
    assert (letter.recipient, letter.state) == ("", MailState.GIVEN_UP)
    assert f"deliver/mail:{letter.id}" in running(by_phone)
    with transaction():
        serving.by_hand(site, mei, by_phone.id, by_phone.version, letter.id, Way.PHONE, now, "", now, "k")
    assert "cn_reasonable" in kinds(by_phone)
    nobody = reached_by(make_case(site, now, "wu-ming", body="另一篇。"), "")
    factories.decide(site, nobody, Outcome.WITHHELD, now, mei)
    counter(site, nobody, now)
    assert "cn_reasonable" in kinds(nobody)


def test_an_american_window_is_not_moved_by_a_mail_that_came_back(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, category=CategoryName.COPYRIGHT, **US)
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    counter(site, case, now)
    assert {"us_restore", "dmca_fwd"} <= kinds(case)
    late = now + timedelta(days=2)
    send(site, mail("counter_forwarded"), Fate.SENT, late)
    window = restore_window(now, site.calendars, late)
    assert "dmca_fwd" not in kinds(case)
    subject = f"us_restore/counter:{case.counter_notices[0].id}"
    assert running(case)[subject].due_at == window.target
    with transaction():
        serving.bounced(site, [mail("counter_forwarded").message_id], "5.1.1", late)
    assert running(case)[subject].due_at == restore_window(now, site.calendars).target
    do_what_is_due(site, window.latest)
    assert case.outcome is Outcome.RESTORED


def test_a_question_that_did_not_arrive_ends_no_notice(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    item = case.items[0]
    with transaction():
        exchange.ask_info(site, mei, item.id, case.version, "请补充。", now, "q")
    send(site, mail("needs_info"), Fate.BOUNCE, now)
    do_what_is_due(site, now + FAR)
    assert (case.state, item.state) == (State.NEEDS_INFO, ItemState.NEEDS_INFO)
    at = now + timedelta(days=3)
    with transaction():
        serving.by_hand(site, mei, case.id, case.version, mail("needs_info").id, Way.PHONE, at, "", at, "k")
    clock = running(case)[f"info_wait/item:{item.id}"]
    assert (clock.held_at, clock.due_at) == (None, due(ClockKind.INFO_WAIT, at, site.calendars).at)


def test_a_publisher_who_was_not_reached_is_not_taken_to_be_silent(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)
    with transaction():
        publishers.ask(site, mei, case.id, case.version, now, "k")
    send(site, mail("forwarded"), Fate.BOUNCE, now)
    do_what_is_due(site, now + FAR)
    assert case.state is State.AWAITING_REPLY
    with transaction():  # sent again, and this time it arrives
        mails.send_again(mei, mail("forwarded").id, now + timedelta(days=1))
    send(site, mail("forwarded"), Fate.SENT, now + timedelta(days=1))
    clock = running(case)[f"reply_wait/item:{case.items[0].id}"]
    assert clock.due_at == due(ClockKind.REPLY_WAIT, now + timedelta(days=1), site.calendars).at
    do_what_is_due(site, clock.due_at)
    assert case.state is State.IN_REVIEW


def test_the_window_for_appeals_waits_for_who_was_not_told(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    factories.decide(site, case, Outcome.DECLINED, now, mei)
    send(site, mail("decision"), Fate.BOUNCE, now)
    far = due(ClockKind.APPEAL_WINDOW, now, site.calendars).at + HELD_AT_MOST - timedelta(seconds=1)
    do_what_is_due(site, far)
    assert case.state is State.DECIDED
    assert window(case, far) == Window(far + timedelta(seconds=1), is_held=True)
    assert receipts.receipt(site, "zh-Hans", case.items[0].notice_id, far).appealable != []
    with transaction():
        serving.by_hand(site, mei, case.id, case.version, mail("decision").id, Way.POST, far, "", far, "k")
    clock = running(case)["appeal_window/case"]
    assert clock.due_at == due(ClockKind.APPEAL_WINDOW, far, site.calendars).at
    do_what_is_due(site, clock.due_at)
    assert case.state is State.CLOSED


def test_a_window_is_not_held_for_ever_for_who_cannot_be_found(site: Site, now: datetime, mei: Account) -> None:
    """GDPR art. 5(1)(e): the case ends, and the time after which personal data go begins."""
    case = make_case(site, now)
    factories.decide(site, case, Outcome.DECLINED, now, mei)
    send(site, mail("decision"), Fate.BOUNCE, now)
    over = due(ClockKind.APPEAL_WINDOW, now, site.calendars).at + HELD_AT_MOST
    notice = case.items[0].notice
    assert receipts.receipt(site, "zh-Hans", notice.id, over).appealable == []
    with pytest.raises(Gone), transaction():
        appeals.send(site, case, notice, "请重新审查这个决定，证据没有看到，谢谢。", [], "zh-Hans", over, "a")
    do_what_is_due(site, over)
    assert (case.state, kinds(case)) == (State.CLOSED, {"purge"})
    assert trail.fault() is None


def test_a_window_for_appeals_begins_when_the_last_of_those_concerned_was_informed(
    site: Site, now: datetime, mei: Account
) -> None:
    """DSA art. 20(2): not with the decision."""
    case = make_case(site, now)
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    for name, days, counts in (("decision", 4, 4), ("statement", 2, 4)):
        send(site, mail(name), Fate.SENT, now + timedelta(days=days))
        clock = running(case)["appeal_window/case"]
        assert clock.starts_at == now + timedelta(days=counts)
        assert clock.due_at == due(ClockKind.APPEAL_WINDOW, clock.starts_at, site.calendars).at
    with (
        transaction()
    ):  # the statement came back after all, and was brought by hand on a day before the other mail came
        serving.bounced(site, [mail("statement").message_id], "no such user", now + timedelta(days=5))
    assert running(case)["appeal_window/case"].held_at is not None
    at, day = now + timedelta(days=6), now + timedelta(days=3)
    with transaction():
        serving.by_hand(site, mei, case.id, case.version, mail("statement").id, Way.POST, day, "", at, "k")
    clock = running(case)["appeal_window/case"]
    assert (clock.held_at, clock.starts_at) == (None, now + timedelta(days=4))


def test_so_does_that_of_an_order(site: Site, now: datetime, mei: Account) -> None:
    case = order(site, factories.publish(site, "yi", now), mei, now).items[0].case
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    send(site, mail("order_executed"), Fate.SENT, now + timedelta(days=2))
    assert running(case)["appeal_window/case"].starts_at == now + timedelta(days=2)


def test_a_mail_that_comes_back_again_is_told_again(
    site: Site, now: datetime, mei: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "maintainers", ("ops@example.org",))
    case = make_case(site, now)
    factories.decide(site, case, Outcome.DECLINED, now, mei)
    for times in (1, 2):
        send(site, mail("decision"), Fate.BOUNCE, now + timedelta(days=times))
        assert told().count("一封法律要求的邮件没有送达") == times
        with transaction():
            mails.send_again(mei, mail("decision").id, now + timedelta(days=times, hours=1))


def test_a_mail_that_is_sent_again_goes_to_the_address_of_today(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, email="typo@example.com")
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    for name in ("decision", "statement"):
        send(site, mail(name), Fate.BOUNCE, now)
    with transaction():
        corrections.correct(case.items[0].notice, {"email": "Right@example.com"}, now)
    for name, recipient in (("decision", "Right@example.com"), ("statement", "editors@example.org")):
        with transaction():
            mails.send_again(mei, mail(name).id, now)
        again = mail(name)
        assert (again.recipient, again.mailbox) == (recipient, recipient.lower())


def test_an_acknowledgement_that_does_not_go_out_is_noticed(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now)
    assert "ack" in kinds(case)
    send(site, mail("acknowledgement"), Fate.SENT, now)
    assert "ack" not in kinds(case)
    other = make_case(site, now, "er")
    do_what_is_due(site, now + timedelta(hours=25))
    (clock,) = (clock for name, clock in running(other).items() if name.startswith("ack"))
    assert clock.expired_at is not None
    assert "ack" not in kinds(make_case(site, now, "san", email="", category=CategoryName.MINOR))


def nobody(site: Site, now: datetime) -> Article:
    """Publish an article whose publisher has no address."""
    article = factories.publish(site, "wu", now)
    with transaction():
        article.publisher_email = ""
    return article


def test_what_cannot_be_forwarded_is_put_up_cleared_of_names(site: Site, now: datetime, mei: Account) -> None:
    said = US | {"country": "CN", "stmt_authority_perjury": "", "addresses": "http://localhost/articles/wu"}
    article = nobody(site, now)
    case = make_notice(site, article, now, category=CategoryName.COPYRIGHT, **said).items[0].case
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    assert "deliver/publisher" in running(case)
    assert "联系不上发布者" in told()
    assert public_notices.may_put_up(case, now)
    text = public_notices.proposal(case)
    assert "王小明" not in text
    assert "谁在催收" in text
    for wrong in ("短", text + "，联系 wang@example.org", text + "，王小明"):
        with pytest.raises(Incomplete), transaction():
            public_notices.put_up(site, mei, case.id, case.version, wrong, now)
    with transaction():
        public_notices.put_up(site, mei, case.id, case.version, text, now)
    assert "deliver" not in kinds(case)
    assert public_notices.standing(case) is not None
    other = make_case(site, now, "ling")
    with pytest.raises(InvalidTransition), transaction():
        public_notices.put_up(site, mei, other.id, other.version, text, now)
    assert trail.fault() is None


def test_a_mail_that_waits_for_nobody_is_not_counted_on() -> None:
    assert set(WAITS) <= LEGAL
    assert LEGAL.isdisjoint({"acknowledgement", "attention", "maintainers", "invitation", "password_reset"})
