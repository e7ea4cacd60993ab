"""Saved views: whose they are, who sees them, and the mail of the morning."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.notifier import publish
from tests.staff import make_member, make_notice
from tracker.cli.delivery import send_views
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.errors import Incomplete, NotFound, NotPermitted
from tracker.models import Account, Mail, View
from tracker.queries import queue
from tracker.queries.filters import Filters
from tracker.queries.views import views as shown
from tracker.render.site import Site
from tracker.services import leases, views

REPUTATION = Filters(category=CategoryName.REPUTATION)


@pytest.fixture
def lin(app: Flask) -> Account:
    return make_member("lin@example.org", name="林")


def save(
    who: Account, now: datetime, name: str = "名誉", filters: Filters = REPUTATION, *, is_shared: bool = False
) -> View:
    with transaction():
        return views.save(who, name, filters, now, is_shared=is_shared)


def names(who: Account, site: Site, now: datetime) -> list[tuple[str, int]]:
    db.session.rollback()
    return [(it.view.name, it.number) for it in shown(who, site.zone, now)]


def test_a_view_is_its_owners_until_it_is_shared(site: Site, mei: Account, lin: Account, now: datetime) -> None:
    make_notice(site, publish(site, "one", now), now)
    view = save(mei, now)
    assert (names(mei, site, now), names(lin, site, now)) == ([("名誉", 1)], [])
    for act in (views.share, views.discard):
        with pytest.raises(NotFound), transaction():
            act(lin, view.id, **({"is_shared": True} if act is views.share else {}))
    with transaction():
        views.share(mei, view.id, is_shared=True)
    assert names(lin, site, now) == [("名誉", 1)]
    with pytest.raises(NotPermitted), transaction():
        views.discard(lin, view.id)
    with transaction():
        views.subscribe(site, lin, view.id, now)
        views.discard(mei, view.id)
    assert names(mei, site, now) == names(lin, site, now) == []


def test_the_same_name_again_replaces_and_there_is_an_end(mei: Account, now: datetime) -> None:
    first = save(mei, now, " 我 的 ")
    again = save(mei, now, "我 的", Filters(mine=True), is_shared=True)
    assert (first.id, again.name, again.query, again.is_shared) == (again.id, "我 的", "mine=1", True)
    for name in ("", " \u0000", "长" * 61):
        with pytest.raises(Incomplete):
            save(mei, now, name)
    for n in range(views.MOST - 1):
        save(mei, now, f"视图{n}")
    with pytest.raises(Incomplete):
        save(mei, now, "再一个")
    save(mei, now, "视图1", Filters())


def test_mine_is_whoevers_looks(site: Site, mei: Account, lin: Account, now: datetime) -> None:
    case = make_notice(site, publish(site, "one", now), now).items[0].case_id
    save(mei, now, "我的", Filters(mine=True), is_shared=True)
    with transaction():
        leases.claim(site, lin, case, now)
    assert (names(mei, site, now), names(lin, site, now)) == ([("我的", 0)], [("我的", 1)])


def test_a_view_is_mailed_each_morning_once(site: Site, mei: Account, lin: Account, now: datetime) -> None:
    notice = make_notice(
        site, publish(site, "one", now), now, explanation="只有通知里才有的秘密说法，不应当出现在邮件里面。"
    )
    view = save(mei, now, is_shared=True)
    with transaction():
        views.subscribe(site, lin, view.id, now)
        views.subscribe(site, lin, view.id, now)
    morning = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)  # eight in Shanghai
    for at in (now, morning - timedelta(minutes=1)):
        send_views(site, at)
    assert mails() == []
    for at in (morning, morning + timedelta(hours=3), morning):
        send_views(site, at)
    (mail,) = mails()
    assert (mail.recipient, mail.cause) == ("lin@example.org", f"view:{view.id}:digest:2026-11-24")
    assert "名誉：1个案件" in mail.subject
    for said in (
        f"案件{notice.items[0].case_id}",
        "关于one的文章",
        "采取必要措施并转送通知：9小时后到期",
        "9小时后到期 +20",
        "/desk/cases?category=reputation",
    ):
        assert said in mail.text, said
    for unsaid in ("秘密", "安娜", "anna@"):
        assert unsaid not in mail.text + mail.html
    send_views(site, morning + timedelta(days=3))  # a worker that was away
    assert len(mails()) == 2
    with transaction():
        views.unsubscribe(lin, view.id)
    send_views(site, morning + timedelta(days=4))
    assert len(mails()) == 2


def test_no_mail_goes_for_an_empty_view_one_no_longer_shared_or_to_who_has_left(
    site: Site, mei: Account, lin: Account, now: datetime
) -> None:
    morning = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    empty, hidden = save(mei, now, "空"), save(mei, now, "藏", Filters(), is_shared=True)
    with transaction():
        views.subscribe(site, mei, empty.id, now)
        views.subscribe(site, lin, hidden.id, now)
    make_notice(site, publish(site, "one", now), now, category=CategoryName.TERMS)
    with transaction():
        views.share(mei, hidden.id, is_shared=False)
    send_views(site, morning)
    with transaction():
        views.share(mei, hidden.id, is_shared=True)
        db.session.get_one(Account, lin.id).disabled_at = now
    send_views(site, morning + timedelta(days=1))
    assert mails() == []


def test_who_subscribes_before_eight_gets_it_the_same_day(site: Site, mei: Account, now: datetime) -> None:
    make_notice(site, publish(site, "one", now), now)
    early = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    view = save(mei, now)
    with transaction():
        views.subscribe(site, mei, view.id, early)
    send_views(site, early + timedelta(hours=2))
    assert len(mails()) == 1


def mails() -> list[Mail]:
    db.session.rollback()
    return list(db.session.scalars(select(Mail).where(Mail.name == "digest").order_by(Mail.id)))


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "3000-01-01"])
def test_a_view_of_a_day_that_no_case_has_harms_nobody(site: Site, mei: Account, now: datetime, day: str) -> None:
    make_notice(site, publish(site, "one", now), now)
    with transaction():
        db.session.add(View(owner_id=mei.id, name="旧的", query=f"to={day}&from={day}", is_shared=True, created_at=now))
    save(mei, now)
    assert names(mei, site, now) == [("名誉", 1), ("旧的", 1)]  # what cannot be asked counts as not asked
    assert queue.counted([Filters(opened_to=date.max), REPUTATION], mei, site.zone, now) == [None, 1]


def test_a_view_that_cannot_be_mailed_leaves_the_others_their_turn(
    site: Site, mei: Account, lin: Account, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_notice(site, publish(site, "one", now), now)
    for who in (mei, lin):
        view = save(who, now)
        with transaction():
            views.subscribe(site, who, view.id, now)
    sent = views.send

    def send(site: Site, number: int, at: datetime) -> None:
        if number == 1:
            raise ZeroDivisionError("a fault of ours")
        sent(site, number, at)

    monkeypatch.setattr(views, "send", send)
    send_views(site, now + timedelta(days=1))
    assert list(db.session.scalars(select(Mail.recipient).where(Mail.name == "digest"))) == [lin.email]
