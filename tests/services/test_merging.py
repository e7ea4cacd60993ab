"""Notices that go from case to case of an article: nobody loses a limit, a receipt or an answer, and it can be taken back."""

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests import factories
from tests.lines import check_all
from tests.notifier import publish
from tests.services.test_serving import send
from tests.staff import at_once, mails_leave, make_member, make_notice, signed_in
from tracker.cli.delivery import do_what_is_due
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Busy, Conflict, InvalidTransition, NotPermitted
from tracker.domain.lifecycle import ItemState, State
from tracker.mail.replies import Fate
from tracker.models import Account, AuditEntry, Case, Claim, Clock, Item, Mail, Message, Notice
from tracker.queries import colleagues, trail
from tracker.queries.receipts import receipt
from tracker.render.site import Site
from tracker.services import cases, decisions, exchange, leases, merging, publishers, reopening, undelivered
from tracker.services import mails as mails_of

R, P, T = CategoryName.REPUTATION, CategoryName.PERSONAL_DATA, CategoryName.TERMS


@pytest.fixture
def two(site: Site, now: datetime) -> tuple[Case, Case]:
    """Two open cases of one article: reputation, and three hours earlier personal data."""
    article = publish(site, "one", now)
    earlier = make_notice(site, article, now - timedelta(hours=3), "bob@example.com", category=P, data_right="delete")
    later = make_notice(site, article, now)
    return later.items[0].case, earlier.items[0].case


def merge(site: Site, by: Account, into: Case, other: Case, now: datetime, version: int | None = None) -> None:
    with transaction():
        merging.merge(site, by, into.id, version or into.version, other.id, now)


def everything(case_id: int) -> dict[str, Any]:
    """Return how a case and all that hangs on it stands, but for versions."""
    db.session.rollback()
    case = db.session.get_one(Case, case_id)
    clocks = select(Clock.kind, Clock.subject, Clock.starts_at, Clock.due_at, Clock.stopped_at).where(
        Clock.case_id == case_id
    )
    items = select(Item.id, Item.state, Item.answered_at).where(Item.case_id == case_id).order_by(Item.id)
    return {
        "state": (case.state, case.closed_at, case.category, case.assignee_id),
        "clocks": sorted(str(tuple(row)) for row in db.session.execute(clocks.where(Clock.kind != ClockKind.PURGE))),
        "items": [tuple(row) for row in db.session.execute(items)],
        "claims": list(db.session.scalars(select(Claim.id).where(Claim.case_id == case_id))),
        "messages": list(db.session.scalars(select(Message.id).where(Message.case_id == case_id).order_by(Message.id))),
    }


def mails() -> int:
    return db.session.scalar(select(func.count()).select_from(Mail)) or 0


def test_whose_case_somebody_else_merges_away_is_told_while_there_is_something_to_tell(
    app: Flask, site: Site, mei: Account, two: tuple[Case, Case], now: datetime, stopped_clock: None
) -> None:
    into, other = two
    lin, wu = make_member("lin@example.org", name="林"), make_member("wu@example.org", name="吴")
    with transaction():
        leases.claim(site, mei, other.id, now)
    merge(site, lin, into, other, now)
    told = [(it.case.id, it.who, it.at, it.has, it.into) for it in colleagues.lost(mei, now)]
    assert told == [(other.id, "林", now, None, into)]
    shown = unescape(re.sub(r"<[^>]+>", "", signed_in(app, mei).get("/desk/").text))
    assert re.search(rf"#{other.id} .* 原来由您审核，林于[^。]*把它并入#{into.id}。", shown)
    assert [colleagues.lost(one, now) for one in (lin, wu)] == [[], []]
    assert colleagues.lost(mei, now + colleagues.TOLD_FOR) == []
    with transaction():
        merging.unmerge(site, lin, other.id, other.version, now)
    assert colleagues.lost(mei, now) == []
    merge(site, lin, into, other, now)
    for whose, has in ((wu, ["吴"]), (mei, [])):  # it goes on to somebody, and then is theirs again
        with transaction():
            leases.claim(site, whose, into.id, now, "吴今天不在", f"{whose.id}" * 20)
        assert [it.has for it in colleagues.lost(mei, now)] == has


def test_a_merge_of_ones_own_case_tells_nobody(site: Site, mei: Account, two: tuple[Case, Case], now: datetime) -> None:
    into, other = two
    with transaction():
        leases.claim(site, mei, other.id, now)
    merge(site, mei, into, other, now)
    assert colleagues.lost(mei, now) == []


def test_a_merge_moves_notices_claims_limits_and_messages(
    site: Site, mei: Account, two: tuple[Case, Case], now: datetime
) -> None:
    into, other = two
    with transaction():
        exchange.ask_info(site, mei, other.items[0].id, 1, "请补充证据。", now, "k" * 20)
    sent = mails()
    merge(site, mei, into, other, now)
    assert (other.state, other.outcome, other.items) == (State.CLOSED, None, [])
    assert {item.mailbox for item in into.items} == {"anna@example.com", "bob@example.com"}
    assert into.state is State.RECEIVED
    moved = next(item for item in into.items if item.mailbox == "bob@example.com")
    assert moved.state is ItemState.NEEDS_INFO
    assert db.session.scalars(select(Claim.case_id).where(Claim.item_id == moved.id)).all() == [into.id]
    assert db.session.scalars(select(Message.case_id)).all() == [into.id]
    info = db.session.scalars(select(Clock).where(Clock.kind == ClockKind.INFO_WAIT)).one()
    assert (info.case_id, info.subject, info.stopped_at) == (into.id, f"item:{moved.id}", None)
    assert {
        c.kind for c in db.session.scalars(select(Clock).where(Clock.case_id == other.id, Clock.stopped_at.is_(None)))
    } == {ClockKind.PURGE}
    decide = next(clock for clock in into.clocks if clock.kind is ClockKind.DECIDE)
    assert decide.starts_at == now - timedelta(hours=3)  # nobody waits longer than they were promised
    assert mails() == sent
    kinds = db.session.scalars(select(AuditEntry.kind).order_by(AuditEntry.seq.desc()).limit(2)).all()
    assert kinds == ["case.gathered", "case.merged"]
    assert trail.fault() is None
    check_all(now)


def test_a_merged_case_is_not_reopened_but_unmerged(
    site: Site, mei: Account, two: tuple[Case, Case], now: datetime
) -> None:
    into, other = two
    merge(site, mei, into, other, now)
    with pytest.raises(InvalidTransition, match="撤销合并"), transaction():
        reopening.reopen(site, mei, other.id, other.version, "重新看看。", now, "r" * 20)
    with transaction():
        merging.unmerge(site, mei, other.id, other.version, now)
    assert (other.state, len(other.items)) == (State.RECEIVED, 1)


def test_everybody_is_answered_once_by_the_decision_on_the_merged_case(
    site: Site, mei: Account, two: tuple[Case, Case], now: datetime
) -> None:
    into, other = two
    again = make_notice(site, into.article, now, "anna@example.com", category=P, data_right="delete").items[0]
    assert again.case_id == other.id
    merge(site, mei, into, other, now)
    assert db.session.get_one(Item, again.id).answered_at is None  # it has an answer of its own to come
    before = mails()
    factories.decide(site, into, Outcome.DECLINED, now, mei)
    new = db.session.scalars(select(Mail).where(Mail.name == "decision").order_by(Mail.id)).all()
    assert sorted(mail.mailbox for mail in new) == ["anna@example.com", "bob@example.com"]
    assert mails() == before + 2
    for notice in db.session.scalars(select(Notice)):
        shown = receipt(site, "zh-Hans", notice.id, now)
        assert shown.lines[0].decided is not None
    with pytest.raises(InvalidTransition), transaction():
        merging.unmerge(site, mei, other.id, other.version, now)


def test_an_unmerge_brings_everything_back_as_it_was(
    site: Site, mei: Account, two: tuple[Case, Case], now: datetime
) -> None:
    into, other = two
    make_notice(site, into.article, now, "anna@example.com", category=P, data_right="delete")
    with transaction():
        leases.claim(site, mei, other.id, now)
    before = everything(other.id)
    numbers = everything(into.id)["items"]
    later = now + timedelta(minutes=5)
    merge(site, mei, into, other, later)
    with transaction():
        merging.unmerge(site, mei, other.id, other.version, later + timedelta(minutes=1))
    assert everything(other.id) == before
    assert everything(into.id)["items"] == numbers
    with pytest.raises(InvalidTransition), transaction():
        merging.unmerge(site, mei, other.id, other.version, later)
    merge(site, mei, into, other, later + timedelta(minutes=2))
    assert trail.fault() is None
    check_all(later)


def test_what_happened_to_a_notice_since_the_merge_stays(
    site: Site, mei: Account, two: tuple[Case, Case], now: datetime
) -> None:
    into, other = two
    merge(site, mei, into, other, now)
    moved = next(item for item in into.items if item.mailbox == "bob@example.com")
    with transaction():
        exchange.withdraw(site, moved.notice, [moved.id], now, "w" * 20)
    with transaction():
        merging.unmerge(site, mei, other.id, other.version, now)
    assert db.session.get_one(Item, moved.id).state is ItemState.CLOSED
    assert db.session.get_one(Item, moved.id).case_id == other.id


def test_what_cannot_be_merged_says_so_and_changes_nothing(
    site: Site, mei: Account, two: tuple[Case, Case], now: datetime
) -> None:
    into, other = two
    elsewhere = make_notice(site, publish(site, "two", now), now).items[0].case
    for wrong in (into, elsewhere):
        with pytest.raises(InvalidTransition):
            merge(site, mei, into, wrong, now)
    with pytest.raises(Conflict):
        merge(site, mei, into, other, now, version=7)
    editor = make_member("editors@example.org", name="编辑")
    with pytest.raises(NotPermitted):
        merge(site, editor, into, other, now)
    with transaction():
        leases.claim(site, mei, other.id, now)
        publishers.ask(site, mei, other.id, other.version, now, "p" * 20)
    with pytest.raises(InvalidTransition):
        merge(site, mei, into, other, now)
    merge(site, mei, other, into, now)  # the other way round
    assert into.state is State.CLOSED


def test_one_that_withholds_meanwhile_cannot_be_merged_away(
    site: Site, mei: Account, two: tuple[Case, Case], now: datetime
) -> None:
    into = two[0]
    other = make_notice(site, into.article, now, "carol@example.com", category=CategoryName.MINOR).items[0].case
    factories.decide(site, other, Outcome.INTERIM, now, mei)
    with pytest.raises(InvalidTransition):
        merge(site, mei, into, other, now)
    merge(site, mei, other, into, now)


def test_an_unmerge_waits_for_no_case_in_its_place(
    site: Site, mei: Account, two: tuple[Case, Case], now: datetime
) -> None:
    into, other = two
    merge(site, mei, into, other, now)
    new = make_notice(site, into.article, now, "cy@example.com", category=P, data_right="delete").items[0].case
    with pytest.raises(InvalidTransition) as refused, transaction():
        merging.unmerge(site, mei, other.id, other.version, now)
    assert refused.value.values == {"number": new.id}


def test_some_notices_are_split_off_into_another_category(
    site: Site, mei: Account, two: tuple[Case, Case], now: datetime
) -> None:
    case, other = two
    second = make_notice(site, case.article, now + timedelta(hours=1), "cy@example.com").items[0]
    third = make_notice(site, case.article, now + timedelta(hours=2), "dan@example.com").items[0]
    later, sent = now + timedelta(hours=5), mails()
    with transaction():
        new = merging.split(site, mei, case.id, case.version, [second.id], T, later)
    assert (new.category, new.state, [item.id for item in new.items]) == (T, State.RECEIVED, [second.id])
    assert {c.starts_at for c in new.clocks if c.subject == "case"} == {now + timedelta(hours=1)}
    assert second.id not in {item.id for item in case.items}
    with transaction():
        joined = merging.split(site, mei, case.id, case.version, [third.id, 999], P, later)
    assert (joined.id, len(joined.items)) == (other.id, 2)
    assert mails() == sent
    shown = receipt(site, "zh-Hans", second.notice_id, later)
    assert shown.lines[0].is_active
    for wrong, category in (([], T), ([case.items[0].id], T), ([999], T)):
        with pytest.raises(InvalidTransition), transaction():
            merging.split(site, mei, case.id, case.version, wrong, category, later)
    factories.decide(site, new, Outcome.DECLINED, later, mei)
    told = db.session.scalars(select(Mail.mailbox).where(Mail.name == "decision")).all()
    assert told == ["cy@example.com"]
    assert trail.fault() is None
    check_all(later)


def test_a_case_changes_its_category_with_its_limits(
    site: Site, mei: Account, two: tuple[Case, Case], now: datetime
) -> None:
    case, other = two
    later = now + timedelta(hours=1)
    with pytest.raises(InvalidTransition) as refused, transaction():
        merging.recategorise(site, mei, case.id, case.version, P, later)
    assert refused.value.values == {"number": other.id}
    with transaction():
        merging.recategorise(site, mei, case.id, case.version, CategoryName.MINOR, later)
    assert (case.category, case.is_urgent) == (CategoryName.MINOR, True)
    triage = next(clock for clock in case.clocks if clock.kind is ClockKind.TRIAGE)
    assert (triage.starts_at, triage.due_at) == (now, now + timedelta(hours=4))
    entry = db.session.scalars(select(AuditEntry.facts).where(AuditEntry.kind == "case.recategorised")).one()
    assert entry == {"case": case.id, "category": "minor", "before": "reputation"}
    with pytest.raises(InvalidTransition), transaction():
        merging.recategorise(site, mei, case.id, case.version, CategoryName.MINOR, later)
    with transaction():
        decisions.decide(site, mei, case.id, case.version, factories.draft(Outcome.DECLINED), later)
    with pytest.raises(InvalidTransition), transaction():
        merging.recategorise(site, mei, case.id, case.version, T, later)


def test_a_life_in_danger_stays_urgent_under_any_category(
    site: Site, mei: Account, two: tuple[Case, Case], now: datetime
) -> None:
    case, _ = two
    named = make_notice(site, case.article, now, "dan@example.com", danger_to_life="yes").items[0]
    with transaction():
        new = merging.split(site, mei, case.id, case.version, [named.id], T, now)
    assert new.is_urgent
    triage = next(clock for clock in new.clocks if clock.kind is ClockKind.TRIAGE)
    assert triage.due_at == now + timedelta(hours=4)
    with transaction():
        merging.recategorise(site, mei, new.id, new.version, CategoryName.INACCURATE, now)
    assert new.is_urgent


def test_two_who_merge_the_same_two_in_opposite_ways_wait_for_each_other(
    app: Flask, site: Site, mei: Account, two: tuple[Case, Case], now: datetime
) -> None:
    numbers, by = [case.id for case in two], mei.id
    db.session.remove()

    def work(into: int, other: int) -> str:
        with transaction():
            account = db.session.get_one(Account, by)
            return merging.merge(site, account, into, 1, other, now).state

    done = at_once(app, [lambda: work(*numbers), lambda: work(*numbers[::-1])])
    assert sum(isinstance(one, str) for one in done) == 1, done
    assert not any(isinstance(one, Busy) for one in done)
    db.session.rollback()
    states = sorted(db.session.scalars(select(Case.state)))
    assert states == [State.CLOSED, State.RECEIVED]
    for case in db.session.scalars(select(Case)):
        assert case.state is cases.fold(cases._standing(case))


def waits(case: Case) -> list[str]:
    """Return what stands still or is somebody's task on a case, by kind and subject."""
    kinds = (ClockKind.INFO_WAIT, ClockKind.DELIVER, ClockKind.ACK)
    found = select(Clock).where(Clock.case_id == case.id, Clock.kind.in_(kinds), Clock.stopped_at.is_(None))
    return sorted(f"{clock.kind}/{clock.subject}/{clock.held_at is not None}" for clock in db.session.scalars(found))


@pytest.mark.parametrize("way", ["split", "merge"])
def test_what_waits_for_a_mail_that_came_back_goes_along(
    site: Site, mei: Account, two: tuple[Case, Case], now: datetime, way: str
) -> None:
    into, other = two
    make_notice(site, other.article, now, "carol@example.com", category=P, data_right="delete")
    item = other.items[0]
    with transaction():
        exchange.ask_info(site, mei, item.id, other.version, "请补充证据。", now, "k" * 20)
    asked = db.session.scalars(select(Mail).where(Mail.name == "needs_info")).one()
    send(site, asked, Fate.BOUNCE, now)
    before = [f"ack/notice:{item.notice_id}/False", f"deliver/mail:{asked.id}/False", f"info_wait/item:{item.id}/True"]
    assert set(before) <= set(waits(other))
    if way == "split":
        with transaction():
            merging.split(site, mei, other.id, other.version, [item.id], R, now)
    else:
        merge(site, mei, into, other, now)
    assert set(before) <= set(waits(into))
    assert [sent.id for sent in undelivered.failed(into)] == [asked.id]
    assert undelivered.failed(other) == []
    at = now + timedelta(days=1)
    with transaction():
        mails_of.send_again(mei, asked.id, at)
    send(site, asked, Fate.SENT, at)
    own = select(Mail).where(Mail.name == "acknowledgement", Mail.notice_id == item.notice_id)
    send(site, db.session.scalars(own).one(), Fate.SENT, at)
    assert f"info_wait/item:{item.id}/False" in waits(into)
    assert {f"deliver/mail:{asked.id}/False", f"ack/notice:{item.notice_id}/False"}.isdisjoint(waits(into))
    do_what_is_due(site, at + timedelta(days=60))
    assert db.session.get_one(Item, item.id).state is ItemState.OPEN  # a whole notice goes on, here too
    assert f"info_wait/item:{item.id}/False" not in waits(into)
    assert trail.fault() is None


def test_what_its_publisher_is_to_answer_stays_where_they_answer(
    site: Site, mei: Account, two: tuple[Case, Case], now: datetime
) -> None:
    case = two[0]
    make_notice(site, case.article, now, "carol@example.com")
    item = case.items[0]
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)
    with transaction():
        publishers.ask(site, mei, case.id, case.version, now, "f")
    with pytest.raises(InvalidTransition, match="答复"), transaction():
        merging.split(site, mei, case.id, case.version, [item.id], T, now)
    mails_leave(site, now)
    do_what_is_due(site, now + timedelta(days=7))
    with transaction():
        merging.split(site, mei, case.id, case.version, [item.id], T, now + timedelta(days=7))
    db.session.expire_all()
    assert item.case.category is T
    forwarded = db.session.scalars(select(Mail.case_id).where(Mail.name == "forwarded").order_by(Mail.id)).all()
    assert forwarded == [item.case_id, case.id]
    assert trail.fault() is None
