"""Nothing is too odd to be taken in, sent on and shown: three hundred texts join a few cases and come out everywhere as they went in."""

import html
import re
from collections.abc import Container
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.notifier import publish, submission, submit
from tests.odd import NUMBER, SIZES, odd_texts
from tests.staff import signed_in
from tracker.db import db, transaction
from tracker.domain.disclosure import disclosed
from tracker.domain.regimes import RegimeName
from tracker.domain.text import clean, reveal
from tracker.models import Account, Case, Mail, Message, Notice
from tracker.render.site import Site
from tracker.services import cases, notices, publishers

pytestmark = pytest.mark.slow


def lines(text: str) -> list[str]:
    """Return the lines of a text, without what a browser or a mail leaves out around them."""
    return [line.strip() for line in text.split("\n") if line.strip()]


def shown_by(page: str) -> frozenset[str]:
    """Return the lines that a page of HTML shows, whole: to look for each among all of three hundred texts takes minutes."""
    return frozenset(lines(html.unescape(re.sub(r"<[^>]*>", "\n", page))))


def missing(text: str, page: Container[str]) -> list[str]:
    """Return the lines of a text that a page, or its lines, do not hold."""
    return [line for line in lines(text) if line not in page]


ARTICLES = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")


def send_all(site: Site, now: datetime) -> list[Case]:
    """Send every text in a notice of its own about one of some articles by turns; return the cases they join."""
    for slug in ARTICLES:
        publish(site, slug, now)
    for number, text in enumerate(odd_texts()):
        slug, email = ARTICLES[number % len(ARTICLES)], f"{number}@example.org"
        with transaction():
            notices.submit(site, submission(f"{number:043}", explanation=text, email=email, addresses=slug), now)
    return list(db.session.scalars(select(Case).order_by(Case.id)))


def test_they_come_out_of_the_database_mails_and_pages_as_they_went_in(
    app: Flask, site: Site, client: FlaskClient, now: datetime, mei: Account
) -> None:
    joined = send_all(site, now)
    assert len(joined) == len(ARTICLES)
    wanted = [clean(text) for text in odd_texts()]
    assert [len(text) for text in wanted] == [SIZES[number % len(SIZES)] for number in range(NUMBER)]
    found = db.session.scalars(select(Notice).order_by(Notice.id)).all()
    assert [notice.answers["explanation"] for notice in found] == wanted
    for case in joined:
        with transaction():
            cases.take_up(site, mei, case.id, case.version, now)
        with transaction():
            publishers.ask(site, mei, case.id, case.version, now, f"ask {case.id}")
    check_mails({notice.id: forwarded(notice) for notice in db.session.scalars(select(Notice))})
    desk = signed_in(app, mei)
    for case in joined:
        theirs = [item.notice for item in case.items]
        code = site.keys.secret("publisher", str(case.id), site.keys.epoch)
        page = shown_by(client.post(f"/publisher/{case.id}", data={"code": code}).text)
        assert not [missing(forwarded(notice), page) for notice in theirs if missing(forwarded(notice), page)]
        page = shown_by(desk.get(f"/desk/cases/{case.id}").text)
        assert not [notice.id for notice in theirs if missing(reveal(notice.answers["explanation"]), page)]
    for number, notice in enumerate(found):
        code = site.keys.secret("notice", notice.reference, notice.key_epoch)
        receipt = shown_by(client.post(f"/receipts/{notice.reference}", data={"code": code}).text)
        assert not missing(wanted[number], receipt)


def forwarded(notice: Notice) -> str:
    """Return what its publisher may see of an explanation."""
    return disclosed([RegimeName(name) for name in notice.regimes], notice.answers)["explanation"]


def check_mails(shown: dict[int, str]) -> None:
    """Assert that both forms of every mail that carries a text have all of it, and so has the thread."""
    mails = {
        int(mail.cause.split(":")[4]): mail for mail in db.session.scalars(select(Mail).where(Mail.name == "forwarded"))
    }
    assert set(mails) == set(shown)
    for number, text in shown.items():
        mail = mails[number]
        assert not missing(text, mail.text), number
        assert not missing(text, html.unescape(mail.html)), number
    said = "\n".join(db.session.scalars(select(Message.text).where(Message.kind == "forward")))
    assert not [number for number, text in shown.items() if text not in said]
    assert db.session.scalar(select(func.count()).where(Mail.name == "acknowledgement")) == NUMBER


def test_an_odd_notice_is_typed_and_shown_as_it_was_sent(site: Site, client: FlaskClient, now: datetime) -> None:
    """The whole way through the form, one text of each size and kind."""
    publish(site, "alpha", now)
    for text in odd_texts()[: 2 * len(SIZES)]:
        reference, code = submit(client, "copyright", explanation=text)
        receipt = html.unescape(client.post(f"/receipts/{reference}", data={"code": code}).text)
        assert not missing(clean(text), receipt)
