"""Two acts at the same time: the second one begins before the first is committed, and what both leave is as if they had followed."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests import factories, notifier
from tracker.db import db, transaction
from tracker.domain.canned import Purpose
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Busy, Incomplete
from tracker.domain.roles import Role
from tracker.domain.standing import Level, Side
from tracker.models import Account, AuditEntry, CannedText, Case, Line, ReaderText
from tracker.queries import trail
from tracker.render import visible
from tracker.render.site import Site
from tracker.services import audit, canned, decisions, notices, publication, standings

pytestmark = pytest.mark.usefixtures("stopped_clock")


@contextmanager
def meanwhile(app: Flask, second: Callable[[], object]) -> Iterator[None]:
    """Do the block's act in a transaction that is committed only when `second` has begun, and waits as it must."""

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

    address, email = f"{site.base_url}/articles/{article.slug}", "anna@example.com"
    sent = notifier.submission("k" * 43, addresses=address, email=email)
    with meanwhile(app, lambda: notices.submit(site, sent, now)):
        by, said = db.session.get_one(Account, admin), {"reason": "名单上的机构，见公告第三号。"}
        standings.put(site, by, email, Side.NOTIFIER, Level.TRUSTED, said, now)
    assert db.session.scalars(select(Line.is_trusted)).all() == [True]


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
