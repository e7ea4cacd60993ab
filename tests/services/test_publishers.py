"""Forwarding to a publisher: each notice once, with its own time to be answered; repeats under British law."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests import factories
from tests.staff import BODY, mails_leave, make_case, make_member, make_notice
from tracker.cli.delivery import do_what_is_due
from tracker.db import db, transaction
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.errors import InvalidTransition
from tracker.domain.lifecycle import State
from tracker.models import Account, AuditEntry, Case, Clock, Mail
from tracker.queries import trail
from tracker.render.site import Site
from tracker.services import cases, defamation, exchange, publishers

BRITISH = {
    "country": "GB", "meaning": "文章说我们违法。", "stmt_no_poster_info": "1", "share_name": "no", "share_email": "no",
}  # fmt: skip
REFUSAL = {"wants_removal": "no", "full_name": "作者甲", "postal_address": "示例市示例路1号", "share_consent": "no"}
DAY = timedelta(days=1)


@pytest.fixture
def mei(site: Site, stopped_clock: None) -> Account:
    return make_member()


def ask(site: Site, mei: Account, case: Case, now: datetime, key: str = "f") -> None:
    with transaction():
        publishers.ask(site, mei, case.id, case.version, now, key)


def taken(site: Site, mei: Account, case: Case, now: datetime) -> Case:
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)
    return case


def running() -> dict[str, datetime]:
    found = db.session.scalars(select(Clock).where(Clock.stopped_at.is_(None)))
    wanted = {ClockKind.UK_POSTER, ClockKind.REPLY_WAIT, ClockKind.UK_FIRST, ClockKind.UK_AFTER}
    return {f"{clock.kind} {clock.subject}": clock.due_at for clock in found if clock.kind in wanted}


def mails(name: str) -> list[str]:
    return list(db.session.scalars(select(Mail.recipient).where(Mail.name == name).order_by(Mail.id)))


def test_who_joins_late_is_forwarded_alone_and_has_their_own_five_days(site: Site, now: datetime, mei: Account) -> None:
    case = taken(site, mei, make_case(site, now), now)
    ask(site, mei, case, now)
    assert list(running()) == ["reply_wait item:1"]
    make_notice(site, case.article, now + DAY, email="li@example.org", **BRITISH)
    assert set(running()) == {"reply_wait item:1", "uk_first item:2"}
    ask(site, mei, case, now + DAY, "g")
    assert case.state is State.AWAITING_REPLY
    assert mails("forwarded") == ["editors@example.org"] * 2
    assert mails("publisher_asked") == ["anna@example.com", "li@example.org"]
    assert set(running()) == {"reply_wait item:1", "uk_poster item:2"}
    with pytest.raises(InvalidTransition, match="都已经转送"):
        ask(site, mei, case, now + DAY, "h")
    mails_leave(site, now)
    mails_leave(site, now + DAY)
    first = running()["reply_wait item:1"]
    do_what_is_due(site, first)
    assert case.state is State.AWAITING_REPLY  # the second is still waited for
    do_what_is_due(site, running()["uk_poster item:2"])
    assert case.state is State.IN_REVIEW
    assert "uk_after case" in running()
    assert trail.fault() is None


def test_two_notices_of_one_mailbox_are_forwarded_each_and_told_of_once(
    site: Site, now: datetime, mei: Account
) -> None:
    case = make_case(site, now)
    second = make_notice(site, case.article, now)
    ask(site, mei, taken(site, mei, case, now), now)
    assert len(mails("forwarded")) == 2
    (mail,) = db.session.scalars(select(Mail).where(Mail.name == "publisher_asked"))
    assert second.reference in mail.text
    assert case.items[0].notice.reference in mail.text


def test_a_reply_ends_the_wait_for_all(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, **BRITISH)
    make_notice(site, case.article, now, email="li@example.org")
    ask(site, mei, taken(site, mei, case, now), now)
    with transaction():
        publishers.reply(site, case, "文章有采访记录。", REFUSAL, [], now + DAY, "a")
    assert case.state is State.IN_REVIEW
    assert list(running()) == ["uk_after case"]


@pytest.mark.parametrize("way", ["never asked", "lapses", "withdraws"])
def test_what_is_no_full_reply_keeps_only_british_complaints_waiting(
    site: Site, now: datetime, mei: Account, way: str
) -> None:
    """SI 2013/3028 asks for a full reply to a complaint under it; any other notice is answered by whatever was said."""
    case = taken(site, mei, make_case(site, now), now)
    if way == "never asked":  # the publisher was, before there was a complaint
        ask(site, mei, case, now)
    british = make_notice(site, case.article, now, email="li@example.org", **BRITISH | {"meaning": ""})
    item = british.items[0].id
    with transaction():
        exchange.ask_info(site, mei, item, case.version, "这些话是什么意思？", now, "q")
    mails_leave(site, now)
    if way != "never asked":
        ask(site, mei, case, now + 3 * DAY)
        mails_leave(site, now + 3 * DAY)
    with transaction():
        publishers.reply(site, case, "文章有采访记录。", {}, [], now + 4 * DAY, "a")
    if way == "never asked":
        assert not mails("reply_incomplete")
    else:
        assert case.state is State.AWAITING_REPLY
        assert list(running()) == [f"uk_poster item:{item}"]
    if way == "withdraws":
        with transaction():
            exchange.withdraw(site, british, [item], now + 4 * DAY, "w")
    elif way == "lapses":
        do_what_is_due(site, now + 7 * DAY + timedelta(hours=12))  # of eight days, the last had not come
    assert (case.state, case.asked_at) == (State.IN_REVIEW, None)
    assert "reply_wait item:1" not in running()
    assert trail.fault() is None


def test_the_two_days_of_british_law_begin_with_its_own_time_to_answer(site: Site, now: datetime, mei: Account) -> None:
    case = taken(site, mei, make_case(site, now), now)
    ask(site, mei, case, now)
    make_notice(site, case.article, now + DAY, email="li@example.org", **BRITISH)
    ask(site, mei, case, now + DAY, "g")
    for at in (now, now + DAY):
        mails_leave(site, at)
    do_what_is_due(site, running()["reply_wait item:1"])
    assert list(running()) == ["uk_poster item:2"]


def removed(site: Site, mei: Account, now: datetime, slug: str, publisher: str = "", **said: str) -> str:
    """Have a notice on an article of its own end in removal; return its reference."""
    case = make_case(site, now, slug, body=f"{BODY}\n{slug}\n", **(BRITISH | said))
    if publisher:
        with transaction():
            db.session.get_one(Case, case.id).article.publisher_email = publisher
    factories.decide(site, case, Outcome.WITHHELD, now, mei)
    return case.items[0].notice.reference


@pytest.mark.parametrize(
    ("second", "is_candidate"),
    [
        ({}, True),
        ({"country": "CN"}, False),  # removed, but not by the regulations
        ({"publisher": "others@example.org"}, False),
        ({"email": "li@example.org"}, False),
    ],
)
def test_a_repeat_is_of_the_same_sender_and_publisher_removed_twice_by_the_regulations(
    site: Site, now: datetime, mei: Account, second: dict[str, str], is_candidate: bool
) -> None:
    """SI 2013/3028, Schedule; whether the imputation is the same is for a moderator to say."""
    named = " ".join([removed(site, mei, now, "one"), removed(site, mei, now, "two", **second)])
    case = make_case(site, now, "three", body=f"{BODY}\nthree\n", **BRITISH, prior_receipts=named)
    (item,) = case.items
    assert bool(defamation.removed_before(item)) is is_candidate
    taken(site, mei, case, now)
    if not is_candidate:
        ask(site, mei, case, now)
        with pytest.raises(InvalidTransition, match="两次以上"), transaction():
            defamation.find_repeat(site, mei, item.id, case.version, now, is_repeat=True)
        return
    with pytest.raises(InvalidTransition, match="核对说法"):
        ask(site, mei, case, now)


@pytest.mark.parametrize("is_repeat", [True, False])
def test_a_moderator_says_whether_the_imputation_is_the_same(
    site: Site, now: datetime, mei: Account, is_repeat: bool
) -> None:
    named = " ".join(removed(site, mei, now, slug) for slug in ("one", "two"))
    case = taken(site, mei, make_case(site, now, "three", body=f"{BODY}\n3\n", **BRITISH, prior_receipts=named), now)
    with transaction():
        defamation.find_repeat(site, mei, case.items[0].id, case.version, now, is_repeat=is_repeat)
    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "case.repeat_found"))
    assert entry.facts["repeat"] == ("yes" if is_repeat else "no")
    if is_repeat:
        with pytest.raises(InvalidTransition, match="48小时"):
            ask(site, mei, case, now)
    else:
        ask(site, mei, case, now)
        assert case.state is State.AWAITING_REPLY
    assert trail.fault() is None
