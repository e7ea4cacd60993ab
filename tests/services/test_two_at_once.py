"""Two acts at the same time: the second one begins before the first is committed, and what both leave is as if they had followed."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests import factories, notifier, staff
from tracker.db import db, transaction
from tracker.domain.canned import Purpose
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Busy, Incomplete, InvalidTransition
from tracker.domain.lifecycle import ItemState
from tracker.domain.roles import Role
from tracker.domain.standing import Level, Side
from tracker.domain.threads import MessageKind
from tracker.models import Account, Article, AuditEntry, CannedText, Case, Item, Line, Mail, Message, Notice, ReaderText
from tracker.queries import trail
from tracker.render import visible
from tracker.render.site import Site
from tracker.services import (
    audit,
    canned,
    cases,
    decisions,
    erasure,
    exchange,
    merging,
    notices,
    publication,
    standings,
)

pytestmark = pytest.mark.usefixtures("stopped_clock")


@contextmanager
def meanwhile(app: Flask, second: Callable[[], object], then: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Do the block's act in a transaction that is committed only when `second` has begun, and waits as it must.

    `then` is the rest of the first act, done while the second waits.
    """

    def run() -> None:
        with app.app_context():
            try:
                with transaction():
                    second()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(1) as pool:
        with transaction():
            yield
            came: Future[None] = pool.submit(run)
            with pytest.raises(TimeoutError):
                came.result(timeout=0.5)
            then()
        came.result()
    db.session.rollback()


def decide(site: Site, number: int, outcome: Outcome, now: datetime) -> None:
    """Decide a case, as part of a transaction."""
    case = db.session.get_one(Case, number)
    by = db.session.scalars(select(Account).order_by(Account.id)).first()
    assert by is not None
    decisions.decide(site, by, number, case.version, factories.draft(outcome), now)


def hidden_and_open(site: Site, now: datetime) -> tuple[int, int, int]:
    """Return the number of a case that hides an article, of one about the same that is open, and of the article."""
    factories.make_account()
    article = factories.publish(site, "yi", now)
    number = article.id
    old = factories.withhold(site, article, now).id
    return old, factories.open_case(article, now, CategoryName.COPYRIGHT).id, number


def test_the_last_two_of_a_tag_that_are_withheld_take_it_out_of_the_sitemap(
    app: Flask, site: Site, now: datetime
) -> None:
    factories.make_account()
    factories.publish(site, "san", now)
    articles = [factories.publish(site, slug, now, tags=["利息"]) for slug in ("yi", "er")]
    one, two = (factories.open_case(article, now).id for article in articles)
    with meanwhile(app, lambda: decide(site, two, Outcome.WITHHELD, now)):
        decide(site, one, Outcome.WITHHELD, now)
    assert factories.stale_paths(site, now) == []


def test_an_article_that_one_case_hides_is_not_found_because_another_restores_it(
    app: Flask, site: Site, now: datetime
) -> None:
    old, new, _ = hidden_and_open(site, now)
    with meanwhile(app, lambda: decide(site, old, Outcome.RESTORED, now)):
        decide(site, new, Outcome.WITHHELD, now)
    assert db.session.scalars(select(ReaderText.article_id)).all() == []
    assert factories.stale_paths(site, now) == []


def test_of_two_cases_the_page_names_the_one_that_still_hides_the_article(
    app: Flask, site: Site, now: datetime
) -> None:
    old, new, _ = hidden_and_open(site, now)
    with meanwhile(app, lambda: decide(site, new, Outcome.WITHHELD, now)):
        decide(site, old, Outcome.RESTORED, now)
    assert factories.stale_paths(site, now) == []


def test_two_cases_that_restore_the_same_article_leave_none_that_hides_it(
    app: Flask, site: Site, now: datetime
) -> None:
    old, new, number = hidden_and_open(site, now)
    with transaction():
        decide(site, new, Outcome.WITHHELD, now)

    def with_measures_read_before() -> None:
        read = visible.standing([number])[number]
        decide(site, new, Outcome.RESTORED, now)
        assert len(read) == 2

    with meanwhile(app, with_measures_read_before):
        decide(site, old, Outcome.RESTORED, now)
    assert len(db.session.scalars(select(ReaderText.article_id)).all()) == 1
    assert factories.stale_paths(site, now) == []


def test_a_page_that_the_worker_drops_while_its_article_comes_back_is_there(
    app: Flask, site: Site, now: datetime
) -> None:
    factories.make_account()
    case = factories.open_case(factories.publish(site, "alone", now, tags=["只此一篇"]), now).id
    shown = {path for _, path in factories.rows()}
    with transaction():
        decide(site, case, Outcome.WITHHELD, now)
    with meanwhile(app, lambda: decide(site, case, Outcome.RESTORED, now)):
        publication.write(site, publication.stale(site, now)[1], now)
    factories.refresh(site, now)
    assert {path for _, path in factories.rows()} == shown
    assert factories.stale_paths(site, now) == []


def test_who_is_trusted_while_their_notice_comes_in_is_trusted_on_its_line(
    app: Flask, site: Site, now: datetime
) -> None:
    admin = factories.make_account(role=Role.ADMIN).id
    article = notifier.publish(site, "yi", now)
    staff.confirm("anna@example.com", now)

    address, email = f"{site.base_url}/articles/{article.slug}", "anna@example.com"
    sent = notifier.submission("k" * 43, addresses=address, email=email)
    with meanwhile(app, lambda: notices.submit(site, sent, now)):
        by, said = db.session.get_one(Account, admin), {"reason": "名单上的机构，见公告第三号。"}
        standings.put(site, by, email, Side.NOTIFIER, Level.TRUSTED, said, now)
    assert db.session.scalars(select(Line.is_trusted)).all() == [True]


def test_an_article_that_goes_while_a_notice_waits_for_its_case_is_not_named_in_a_mail(
    app: Flask, backend: str, site: Site, now: datetime
) -> None:
    article = notifier.publish(site, "yi", now)
    number, title, address = article.id, article.title, f"{site.base_url}/articles/{article.slug}"
    with transaction():
        notices.submit(site, notifier.submission("j" * 43, addresses=address), now)
    before = db.session.scalars(select(Mail.id)).all()
    sent = notifier.submission("k" * 43, addresses=address)
    # SQLite's second act begins after the first; PostgreSQL's has found the article by then, and waits for its case
    refused = pytest.raises(Incomplete) if backend == "sqlite" else nullcontext()
    with refused, meanwhile(app, lambda: notices.submit(site, sent, now)):
        db.session.scalars(select(Case).where(Case.article_id == number).with_for_update()).one()
        db.session.get_one(Article, number).file_gone_at = now
    db.session.rollback()
    mails = db.session.scalars(select(Mail.text).where(Mail.name == "acknowledgement", Mail.id.not_in(before))).all()
    assert len(mails) == (0 if backend == "sqlite" else 1)
    assert not any(title in text for text in mails)


@pytest.mark.parametrize("act", ["ask", "erase"])
def test_who_adds_to_a_notice_waits_in_no_circle_with_who_acts_on_its_case(
    app: Flask, site: Site, now: datetime, act: str
) -> None:
    """Whatever is said to a notifier hangs on the notice as much as on the case."""
    by, case = factories.make_account(role=Role.ADMIN).id, staff.make_case(site, now)
    if act == "erase":
        factories.decide(site, case, Outcome.DECLINED, now)
    number, version, item, notice = case.id, case.version, case.items[0].id, case.items[0].notice_id
    db.session.rollback()

    def rest() -> None:
        account = db.session.get_one(Account, by)
        if act == "ask":
            exchange.ask_info(site, account, item, version, "请补充。", now, "q")
        else:
            erasure.erase(site, account, number, version, item, "来信请求删除，已经核对。", now, "e")

    def add() -> None:
        exchange.supplement(site, db.session.get_one(Notice, notice), "补充一句。", [], {}, now, "s")

    refused = pytest.raises(InvalidTransition) if act == "erase" else nullcontext()  # nothing comes to what is erased
    with refused, meanwhile(app, add, rest):
        cases.reserved([number])
    db.session.rollback()
    said = set(db.session.scalars(select(Message.kind)))
    assert said == ({MessageKind.NOTE} if act == "erase" else {MessageKind.QUESTION, MessageKind.SUPPLEMENT})
    assert db.session.get_one(Item, item).state is (ItemState.ANSWERED if act == "erase" else ItemState.OPEN)
    assert trail.fault() is None


def test_what_is_added_while_a_notice_goes_to_another_case_reaches_that_one(
    app: Flask, site: Site, now: datetime
) -> None:
    into = staff.make_case(site, now)
    notice = staff.make_notice(site, into.article, now, "bob@example.com", category=CategoryName.TERMS)
    by, number, other = factories.make_account(role=Role.ADMIN), into.id, notice.items[0].case_id
    added, version = notice.id, into.version

    def add() -> None:
        exchange.supplement(site, db.session.get_one(Notice, added), "补充一句。", [], {}, now, "s")

    with meanwhile(app, add):
        merging.merge(site, by, number, version, other, now)
    told = select(AuditEntry.case_id).where(AuditEntry.kind == "case.supplemented")
    assert db.session.scalars(told).all() == [number]
    assert trail.fault() is None


def test_of_two_texts_of_one_name_that_come_together_the_second_is_to_be_sent_again(app: Flask, now: datetime) -> None:
    number = factories.make_account(role=Role.ADMIN).id

    def keep() -> None:
        canned.put(db.session.get_one(Account, number), None, 0, "收到", Purpose.NOTE, {"zh-Hans": "已经收到。"}, now)

    with pytest.raises((Busy, Incomplete)), meanwhile(app, keep):
        keep()
    db.session.rollback()
    assert db.session.scalars(select(CannedText.name)).all() == ["收到"]
    with pytest.raises(Incomplete), transaction():
        keep()


def test_what_a_savepoint_takes_back_leaves_no_entry_and_takes_none_along(app: Flask, now: datetime) -> None:
    with transaction():
        audit.record(audit.SYSTEM, "account.signed_in", now, account=1)
        tried = db.session.begin_nested()
        audit.record(audit.SYSTEM, "account.signed_in", now, account=2)
        tried.rollback()
        kept = db.session.begin_nested()
        audit.record(audit.SYSTEM, "account.signed_in", now, account=3)
        kept.commit()
        failed = db.session.begin_nested()
        db.session.add(Account(email=None, name="", role=Role.ADMIN, password_hash="", created_at=now))
        with pytest.raises(IntegrityError):
            db.session.flush()
        failed.rollback()
    said = db.session.scalars(select(AuditEntry.facts).order_by(AuditEntry.seq)).all()
    assert [facts["account"] for facts in said] == [1, 3]
    assert trail.fault() is None
