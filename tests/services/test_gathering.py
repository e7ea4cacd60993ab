"""Decisions on many articles of one notice are one mail, whenever they were taken, and never late for one alone."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests import factories
from tests.staff import at_once, make_case, make_notice
from tracker.cli.delivery import deliver
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import Ending
from tracker.mail.outbox import SECRET
from tracker.models import Account, Case, Mail, MailState, Notice
from tracker.queries import receipt_events
from tracker.render.site import PREFIXES, Site
from tracker.services import decisions, exchange, gathering, mails, merging, notices, serving, undo
from tracker.services.gathering import WAIT

SLUGS = ("yi", "er", "san")


@pytest.fixture
def notice(site: Site, now: datetime) -> Notice:
    for slug in SLUGS[1:]:
        factories.publish(site, slug, now)
    notice = make_case(site, now, SLUGS[0], addresses="\n".join(SLUGS)).items[0].notice
    with transaction():
        notices.confirm(site, notice, now)
        for mail in db.session.scalars(select(Mail)):
            mail.state, mail.sent_at = MailState.SENT, now
    return notice


def decide(
    site: Site, mei: Account, case: Case, now: datetime, outcome: Outcome = Outcome.DECLINED, **text: Any
) -> None:
    db.session.expire_all()
    with transaction():
        decisions.decide(site, mei, case.id, case.version, factories.draft(outcome, **text), now)


def cases(notice: Notice) -> list[Case]:
    return [item.case for item in notice.items]


def told(*states: MailState) -> list[Mail]:
    db.session.rollback()
    found = select(Mail).where(Mail.name.in_(("decision", "decisions"))).order_by(Mail.id)
    return [mail for mail in db.session.scalars(found) if not states or mail.state in states]


def grace(site: Site) -> timedelta:
    return timedelta(seconds=site.config.decision_grace)


def test_decisions_taken_together_leave_in_one_mail(site: Site, now: datetime, mei: Account, notice: Notice) -> None:
    decide(site, mei, cases(notice)[0], now, Outcome.WITHHELD)
    for case in cases(notice)[1:]:
        decide(site, mei, case, now, facts="通知人提交的材料没有说明哪一处不属实，也没有证据。")
    assert [mail.state for mail in told()] == [MailState.QUEUED] * 3
    deliver(site, now + grace(site))
    one, *rest = told()
    assert (one.name, one.state, one.case_id) == ("decisions", MailState.SENT, None)
    assert [(mail.name, mail.state, mail.gathered_into) for mail in rest] == [
        ("decision", MailState.GATHERED, one.id)
    ] * 2
    assert one.subject == f"举报处理结果 {notice.reference}（3篇文章）"
    for body in (one.text, one.html):
        assert [len(re.findall(rf"/articles/{slug}\b", body)) > 0 for slug in SLUGS] == [True] * 3
        assert body.count("通知人提交的材料没有说明哪一处不属实") == 1  # the same reasons once
        assert body.count("依法停止展示（1篇）") == body.count("不采取措施（2篇）") == 1
        assert "向有管辖权的法院提起诉讼。" in body
        assert SECRET in body
    files = list((Path(site.config.data) / "mail").glob("*.eml"))
    sent = [file for file in files if f"{one.id}.eml" in file.name]
    assert len(sent) == 1
    assert not [file for mail in rest for file in files if file.name.endswith(f"-{mail.id}.eml")]


def test_another_notice_of_the_same_mailbox_is_named_and_shows_the_mail(
    site: Site, now: datetime, mei: Account, notice: Notice
) -> None:
    other = make_notice(site, cases(notice)[0].article, now, email=notice.mailbox)
    for case in cases(notice):
        decide(site, mei, case, now)
    deliver(site, now + grace(site))
    one = told()[0]
    assert one.name == "decisions"
    assert f"{notice.reference}、{other.reference}" in one.text
    for each in (notice, other):
        assert [mail.label for mail in receipt_events.mails(site, each)].count("处理结果") == 1


def test_a_decision_waits_a_little_while_other_articles_are_undecided(
    site: Site, now: datetime, mei: Account, notice: Notice
) -> None:
    decide(site, mei, cases(notice)[0], now)
    deliver(site, now + grace(site))
    assert told(MailState.SENT) == []
    later = now + timedelta(minutes=10)
    decide(site, mei, cases(notice)[1], later)
    deliver(site, later + grace(site))
    assert told(MailState.SENT) == []
    deliver(site, now + WAIT)
    (sent,) = told(MailState.SENT)
    assert (sent.name, "2篇文章" in sent.subject) == ("decisions", True)
    decide(site, mei, cases(notice)[2], now + WAIT)
    deliver(site, now + WAIT + grace(site))  # nothing more to wait for
    assert [mail.name for mail in told(MailState.SENT)] == ["decisions", "decision"]


def test_one_that_can_still_be_taken_back_is_waited_for(
    site: Site, now: datetime, mei: Account, notice: Notice
) -> None:
    for number, case in enumerate(cases(notice)):
        decide(site, mei, case, now + number * grace(site) / 2)
    last = now + grace(site)
    deliver(site, last + grace(site) / 2)
    assert told(MailState.SENT) == []
    with transaction():
        undo.undo(site, mei, cases(notice)[2].id, cases(notice)[2].version, last + grace(site) / 2)
    deliver(site, now + WAIT)
    (sent,) = told(MailState.SENT)
    assert "2篇文章" in sent.subject
    assert "/articles/san" not in sent.text
    assert len(told(MailState.CANCELLED)) == 1


def test_one_article_alone_waits_for_nothing(site: Site, now: datetime, mei: Account) -> None:
    case = make_case(site, now, category=CategoryName.MINOR)
    decide(site, mei, case, now, Outcome.INTERIM)
    deliver(site, now + grace(site))
    assert [mail.name for mail in told(MailState.SENT)] == ["decision"]


def test_an_article_that_was_taken_back_is_not_waited_for(
    site: Site, now: datetime, mei: Account, notice: Notice
) -> None:
    first, second, third = notice.items
    with transaction():
        exchange.reject(site, mei, second.id, second.case.version, Ending.DUPLICATE, "重复。", now, "r")
    with transaction():
        exchange.withdraw(site, db.session.get_one(Notice, notice.id), [third.id], now, "w")
    decide(site, mei, first.case, now)
    deliver(site, now + grace(site))
    assert [mail.name for mail in told(MailState.SENT)] == ["decision"]


def test_each_notifier_gets_their_own(site: Site, now: datetime, mei: Account, notice: Notice) -> None:
    make_notice(site, notice.items[0].article, now, "bob@example.com")
    for case in cases(notice):
        decide(site, mei, case, now)
    deliver(site, now + grace(site))
    sent = {mail.recipient: mail.name for mail in told(MailState.SENT)}
    assert sent == {"anna@example.com": "decisions", "bob@example.com": "decision"}


def test_those_held_back_by_the_limit_are_taken_along(site: Site, now: datetime, mei: Account, notice: Notice) -> None:
    for case in cases(notice):
        decide(site, mei, case, now)
    with transaction():
        held = told()[1]
        held.state, held.due_at = MailState.HELD, now + timedelta(days=1)
    deliver(site, now + grace(site))
    assert [mail.state for mail in told()] == [MailState.SENT, MailState.GATHERED, MailState.GATHERED]


def test_a_mail_that_was_tried_before_keeps_its_words(site: Site, now: datetime, mei: Account, notice: Notice) -> None:
    """Under its Message-ID it may have arrived already."""
    decide(site, mei, cases(notice)[0], now)
    with transaction():
        tried = told()[0]
        tried.attempts = 1
    for case in cases(notice)[1:]:
        decide(site, mei, case, now)
    deliver(site, now + grace(site))
    assert [(mail.name, mail.state) for mail in told()] == [
        ("decision", MailState.SENT), ("decisions", MailState.SENT), ("decision", MailState.GATHERED),
    ]  # fmt: skip


def test_two_workers_at_once_send_one(app: Flask, site: Site, now: datetime, mei: Account, notice: Notice) -> None:
    for case in cases(notice):
        decide(site, mei, case, now)
    db.session.remove()
    results = at_once(app, [lambda: deliver(site, now + grace(site))] * 3)
    assert not [result for result in results if isinstance(result, Exception)]
    assert sorted(mail.state for mail in told()) == [MailState.GATHERED, MailState.GATHERED, MailState.SENT]


def test_a_bounced_one_is_sent_again_whole(site: Site, now: datetime, mei: Account, notice: Notice) -> None:
    for case in cases(notice):
        decide(site, mei, case, now)
    deliver(site, now + grace(site))
    sent = told(MailState.SENT)[0].message_id
    with transaction():
        assert serving.bounced(site, [sent], "no such user", now)
    bounced = told(MailState.BOUNCED)[0].id
    with transaction():
        mails.send_again(mei, bounced, now)
    deliver(site, now + grace(site) + timedelta(minutes=1))
    (sent,) = told(MailState.SENT)
    assert "3篇文章" in sent.subject


def test_an_item_that_was_split_off_meanwhile_is_told_with_the_others(site: Site, now: datetime, mei: Account) -> None:
    factories.publish(site, "er", now)
    notice = make_case(site, now, "yi", addresses="yi\ner", category=CategoryName.MINOR).items[0].notice
    first, second = cases(notice)
    make_notice(site, first.article, now, "bob@example.com", category=CategoryName.MINOR)
    decide(site, mei, first, now, Outcome.INTERIM)
    with transaction():
        merging.split(site, mei, first.id, first.version, [notice.items[0].id], CategoryName.CSAM, now)
    decide(site, mei, second, now)
    deliver(site, now + WAIT)
    (one,) = [mail for mail in told(MailState.SENT) if mail.recipient == notice.mailbox]
    assert one.name == "decisions"
    assert "/articles/yi" in one.text
    assert "/articles/er" in one.text


def test_what_cannot_be_gathered_goes_alone_and_stops_nothing(
    site: Site, now: datetime, mei: Account, notice: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        db.session.execute(update(Mail).values(subject="half done"))
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(gathering, "gather", fails)
    for case in cases(notice):
        decide(site, mei, case, now)
    make_notice(site, notice.items[0].article, now, "bob@example.com")
    deliver(site, now + grace(site))
    assert [(mail.name, mail.state) for mail in told()] == [("decision", MailState.SENT)] * 3
    states = db.session.scalars(select(Mail.state).where(Mail.mailbox == "bob@example.com"))
    assert set(states) == {MailState.SENT}
    assert db.session.scalar(select(Mail.id).where(Mail.subject == "half done")) is None


@pytest.mark.parametrize("language", PREFIXES)
def test_it_speaks_the_language_of_the_notice(
    site: Site, now: datetime, mei: Account, notice: Notice, language: str
) -> None:
    with transaction():
        db.session.get_one(Notice, notice.id).language = language
    for case in cases(notice):
        decide(site, mei, case, now)
    deliver(site, now + grace(site))
    (sent,) = told(MailState.SENT)
    said = site.gettext("举报处理结果 %(reference)s（%(count)s篇文章）", language, reference=notice.reference, count=3)
    assert (sent.language, sent.subject) == (language, said)


@pytest.mark.parametrize(
    ("is_sending", "said"),
    [(True, "对方邮件服务器已接收"), (False, "没有发出：本站没有设置邮件服务器，邮件只存成文件")],
)
def test_the_receipt_lists_one_mail_and_says_how_far_it_got(
    app: Flask, site: Site, now: datetime, mei: Account, notice: Notice, monkeypatch: pytest.MonkeyPatch,
    is_sending: bool, said: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(site, "sends_mail", is_sending)
    for case in cases(notice):
        decide(site, mei, case, now)
    deliver(site, now + grace(site))
    code = site.keys.secret("notice", notice.reference, notice.key_epoch)
    html = app.test_client().post(f"/receipts/{notice.reference}", data={"code": code}).text
    part = html[html.index("我们发给您的邮件") : html.index("您提交的内容")]
    assert part.count("<dt>处理结果</dt>") == 1
    assert part.count(said) == 2  # with the acknowledgement
