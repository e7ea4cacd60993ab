"""Submitting a notice: state, trail and mail together, once, whole."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select, text

from tests import factories
from tests.notifier import PASSAGE, publish, submission
from tracker.db import db, transaction
from tracker.domain.attachments import accept
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.clocks import EVERY_CASE, due
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Incomplete
from tracker.domain.lifecycle import ItemState, State
from tracker.domain.notices import Submission
from tracker.models import Article, Attachment, AuditEntry, Case, Clock, DraftFile, Item, Mail, Mailbox, Notice
from tracker.queries import receipt_events, trail
from tracker.render.site import Site
from tracker.services import drafts, notices, retention

KEY = "k" * 43


@pytest.fixture
def alpha(site: Site, now: datetime) -> Article:
    return publish(site, "alpha", now)


def send(site: Site, now: datetime, key: str = KEY, **overrides) -> Notice:  # type: ignore[no-untyped-def]
    with transaction():
        return notices.submit(site, submission(key, **overrides), now)


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def problem(site: Site, now: datetime, **overrides) -> str:  # type: ignore[no-untyped-def]
    """Return what is said beside the addresses."""
    with pytest.raises(Incomplete) as refused:
        send(site, now, **overrides)
    assert list(refused.value.problems) == ["addresses"]
    return str(refused.value.problems["addresses"])


def test_a_notice_is_stored_whole(site: Site, alpha: Article, now: datetime) -> None:
    file = accept("证据.pdf", b"%PDF-1.7")
    with transaction():
        drafts.save(KEY, CategoryName.COPYRIGHT, {}, [file], [], now)
    notice = send(site, now, files=(file,), passage=PASSAGE)
    (item,) = notice.items
    assert (item.article_id, item.revision_id) == (alpha.id, alpha.revision_id)
    assert item.passage_found
    assert [(a.name, a.sha256, a.content) for a in notice.attachments] == [("证据.pdf", file.sha256, file.content)]
    assert notice.answers["explanation"].startswith("这篇文章")
    assert notice.statements.keys() >= {"stmt_good_faith", "stmt_authority_perjury", "stmt_truth"}
    assert notice.privacy_version == "2026-11-20"
    assert notice.reference.startswith("R-2026-")
    assert item.case.state is State.RECEIVED
    assert {(c.kind, c.due_at, c.stopped_at) for c in item.case.clocks if c.subject == "case"} == {
        (kind, due(kind, now, site.calendars).at, None) for kind in EVERY_CASE
    }
    assert count(DraftFile) == 0
    assert drafts.find(KEY, now) is None


def test_the_trail_has_one_entry_for_the_notice_and_one_for_each_new_case(site: Site, now: datetime) -> None:
    for slug in ("alpha", "beta"):
        publish(site, slug, now)
    notice = send(site, now, addresses="beta\nalpha")
    send(site, now, key="l" * 43, email="li@example.org", addresses="alpha")
    entries = db.session.scalars(
        select(AuditEntry).where(~AuditEntry.kind.startswith("article")).order_by(AuditEntry.seq)
    )
    assert [entry.kind for entry in entries] == [
        "notice.submitted", "case.opened", "case.opened", "notice.submitted",
    ]  # fmt: skip
    first = db.session.scalars(
        select(AuditEntry).where(AuditEntry.kind == "notice.submitted").order_by(AuditEntry.seq)
    ).first()
    assert first is not None
    assert first.facts["digest"] == site.keys.secret("notice-digest", notice.sha256, notice.key_epoch)
    assert notice.sha256 not in str(first.facts)
    assert first.facts["articles"] == sorted(item.article_id for item in notice.items)
    assert trail.fault() is None


def test_two_mails_are_queued_and_hold_neither_code(site: Site, alpha: Article, now: datetime) -> None:
    notice = send(site, now)
    mails = list(db.session.scalars(select(Mail).order_by(Mail.id)))
    assert [(mail.name, mail.recipient) for mail in mails] == [
        ("acknowledgement", "wang@example.org"), ("maintainers", site.maintainers[0]),
    ]  # fmt: skip
    assert all(mail.notice_id == notice.id for mail in mails)


def test_no_secret_stands_in_any_column_of_any_table(app: Flask, site: Site, alpha: Article, now: datetime) -> None:
    with transaction():
        drafts.save(KEY, CategoryName.COPYRIGHT, {}, [accept("a.txt", b"a")], [], now)
    notice = send(site, now, files=(accept("a.txt", b"a"),))
    secrets = [KEY] + [site.keys.secret(p, notice.reference, notice.key_epoch) for p in ("notice", "notice-mail")]
    for table in inspect(db.engine).get_table_names():
        quoted = db.engine.dialect.identifier_preparer.quote(table)
        stored = repr(db.session.execute(text(f"SELECT * FROM {quoted}")).all())
        for secret in secrets:
            assert secret not in stored, table
            assert secret.replace("-", "") not in stored, table


def test_the_same_draft_is_one_notice(site: Site, alpha: Article, now: datetime) -> None:
    first = send(site, now)
    again = send(site, now + timedelta(days=30))
    assert again.id == first.id
    assert (count(Notice), count(Item), count(Case), count(Mail)) == (1, 1, 1, 2)


def test_a_notice_that_was_taken_back_stands_in_nobody_s_way(site: Site, alpha: Article, now: datetime) -> None:
    held: list[Notice] = []

    def fail() -> None:
        with transaction():
            held.append(notices.submit(site, submission("k" * 43), now))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert count(Notice) == 0
    assert send(site, now) is not held.pop()


def test_what_is_stored_past_the_session_is_so_by_no_savepoint(site: Site, alpha: Article, now: datetime) -> None:
    with transaction(), db.session.begin_nested(), pytest.raises(RuntimeError, match="savepoint"):
        notices.submit(site, submission("k" * 43), now)


def test_another_draft_with_the_same_words_is_another_notice(site: Site, alpha: Article, now: datetime) -> None:
    assert send(site, now).id != send(site, now, key="l" * 43).id


def test_notices_on_the_same_article_and_category_join_one_case(site: Site, alpha: Article, now: datetime) -> None:
    send(site, now)
    later = now + timedelta(hours=1)
    joined = send(site, later, key="l" * 43, email="li@example.org").items[0]
    assert count(Case) == 1
    of_the_case = select(func.count()).select_from(Clock).where(Clock.subject == "case")
    assert db.session.scalar(of_the_case) == len(EVERY_CASE)  # those of the first go on
    assert joined.case.version == 2
    assert joined.case.changed_at == later
    assert joined.answered_at is None


def test_another_category_is_another_case(site: Site, alpha: Article, now: datetime) -> None:
    send(site, now)
    send(site, now, key="l" * 43, category=CategoryName.REPUTATION)
    assert count(Case) == 2


def test_a_second_notice_of_the_same_mailbox_waits_for_its_own_answer_and_one_mail_answers_both(
    site: Site, alpha: Article, now: datetime
) -> None:
    first = send(site, now)
    second = send(
        site,
        now,
        key="l" * 43,
        email="Wang+again@Example.org",
        explanation="补充说明：第三节也是逐字复制的，附上逐段对照。",
    )
    case = first.items[0].case
    assert [item.notice_id for item in case.items] == [first.id, second.id]
    assert [(item.state, item.answered_at) for item in case.items] == [(ItemState.OPEN, None)] * 2
    factories.decide(site, case, Outcome.WITHHELD, now + timedelta(hours=1))
    assert [item.state for item in case.items] == [ItemState.ANSWERED] * 2
    (mail,) = db.session.scalars(select(Mail).where(Mail.name == "decision"))
    assert first.reference in mail.text
    assert second.reference in mail.text
    for notice in (first, second):
        assert [sent.label for sent in receipt_events.mails(site, notice)] == ["收到通知的确认", "处理结果"]


def test_after_the_decision_a_new_notice_opens_a_new_case(site: Site, alpha: Article, now: datetime) -> None:
    case = send(site, now).items[0].case
    factories.decide(site, case, Outcome.DECLINED, now)
    later = send(site, now, key="l" * 43).items[0]
    assert later.case_id != case.id
    assert later.answered_at is None


def test_many_addresses_are_one_notice_each_article_once(site: Site, now: datetime) -> None:
    for number in range(5):
        publish(site, f"article-{number}", now)
    typed = "\n".join(
        [
            "http://localhost/articles/article-3",
            "/articles/article-1?x=1#y",
            "",
            "article-1",
            "www.localhost/articles/article-3/",
        ]
    )
    notice = send(site, now, addresses=typed)
    assert [item.article.slug for item in notice.items] == ["article-3", "article-1"]
    assert [item.address for item in notice.items] == [
        "http://localhost/articles/article-3",
        "/articles/article-1?x=1#y",
    ]


def test_each_line_that_names_no_article_of_ours_is_said(site: Site, alpha: Article, now: datetime) -> None:
    typed = "alpha\nhttps://elsewhere.example/articles/alpha\n\n/articles/nothing\nalpha"
    assert "第2, 4行" in problem(site, now, addresses=typed)
    assert count(Notice) == 0


def test_an_article_whose_file_is_gone_is_not_on_the_site(site: Site, alpha: Article, now: datetime) -> None:
    with transaction():
        db.session.get_one(Article, alpha.id).file_gone_at = now
    assert "第1行的文章已由发布者撤下" in problem(site, now)


def test_an_article_withheld_for_the_same_category_takes_a_notice_all_the_same(
    site: Site, alpha: Article, now: datetime
) -> None:
    factories.withhold(site, alpha, now)  # for reputation
    notice = send(site, now, category=CategoryName.REPUTATION)
    assert notice.items[0].article_id == alpha.id
    assert notice.items[0].case.predecessor_id is not None
    assert notice.items[0].case.decided_at is None


def test_the_revision_is_the_one_that_was_public(site: Site, alpha: Article, now: datetime) -> None:
    first = send(site, now, passage=PASSAGE).items[0]
    revised = publish(site, "alpha", now, body="全部改写过了。")
    second = send(site, now, key="l" * 43, email="li@example.org", passage=PASSAGE).items[0]
    assert first.revision_id != second.revision_id == revised.revision_id
    assert first.passage_found
    assert not second.passage_found


@pytest.mark.parametrize(
    "email", ["wang", "wang@", "@example.org", "a b@example.org", "wang@example", "王@example.org", "a@b.cn,c@d.cn"]
)
def test_an_address_that_no_mail_reaches_is_refused_by_its_field(
    site: Site, alpha: Article, now: datetime, email: str
) -> None:
    with pytest.raises(Incomplete) as refused:
        send(site, now, email=email)
    assert list(refused.value.problems) == ["email"]


def test_the_host_of_an_address_has_one_form(site: Site, alpha: Article, now: datetime) -> None:
    assert send(site, now, email="Wang@XN--FSQU00A.CN").mailbox == "wang@例子.cn"


def test_a_reference_that_is_taken_is_not_given_again(
    site: Site, alpha: Article, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = iter(["R-2026-AAAA-AAAA", "R-2026-AAAA-AAAA", "R-2026-BBBB-BBBB"])
    monkeypatch.setattr(notices, "new_reference", lambda year: next(given))
    assert send(site, now).reference == "R-2026-AAAA-AAAA"
    assert send(site, now, key="l" * 43).reference == "R-2026-BBBB-BBBB"


def test_the_year_of_a_reference_is_the_site_s(site: Site, alpha: Article, now: datetime) -> None:
    new_year = datetime.fromisoformat("2026-12-31T16:30:00Z")  # half past midnight in Shanghai
    assert send(site, new_year).reference.startswith("R-2027-")


def test_a_mailbox_is_confirmed_once(site: Site, alpha: Article, now: datetime) -> None:
    notice = send(site, now)
    for _ in range(2):
        with transaction():
            notices.confirm(site, notice, now)
    assert count(Mailbox) == 1
    assert [e.facts for e in db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "address.confirmed"))] == [
        {"notice": notice.id}
    ]


def test_of_an_erased_notice_there_is_no_mailbox_to_confirm(site: Site, alpha: Article, now: datetime) -> None:
    notice = send(site, now)
    with transaction():
        retention.erase(notice, now)
    with transaction():
        notices.confirm(site, notice, now)
    assert count(Mailbox) == 0


def test_a_refused_notice_leaves_nothing(
    site: Site, alpha: Article, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("the mail could not be rendered")

    monkeypatch.setattr(notices.mail, "maintainers", fails)
    with pytest.raises(RuntimeError):
        send(site, now, files=(accept("a.txt", b"a"),))
    assert [count(model) for model in (Notice, Item, Case, Clock, Attachment, Mail)] == [0] * 6
    assert count(AuditEntry) == 1  # the article's


def together(app: Flask, jobs: list[Callable[[], object]]) -> list[BaseException]:
    """Run the jobs at the same moment, each in a thread with a context of its own; return what failed."""
    ready, failed = threading.Barrier(len(jobs)), []

    def run(job: Callable[[], object]) -> None:
        with app.app_context():
            try:
                ready.wait()
                job()
            except BaseException as error:
                failed.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


def test_fifty_threads_with_one_key_make_one_notice(app: Flask, site: Site, alpha: Article, now: datetime) -> None:
    references: list[str] = []
    db.session.remove()
    failed = together(app, [lambda: references.append(send(site, now).reference)] * 50)
    assert failed == []
    assert len(references) == 50
    assert len(set(references)) == 1
    assert (count(Notice), count(Case), count(Item), count(Mail)) == (1, 1, 1, 2)


def test_sixteen_notifiers_at_once_share_one_case(app: Flask, site: Site, alpha: Article, now: datetime) -> None:
    db.session.remove()

    def job(number: int) -> Callable[[], object]:
        return lambda: send(site, now, key=f"{number:043}", email=f"n{number}@example.org")

    assert together(app, [job(number) for number in range(16)]) == []
    assert (count(Notice), count(Case), count(Item), count(Mail)) == (16, 1, 16, 32)
    assert db.session.scalars(select(Case)).one().version == 16
    assert trail.fault() is None


def test_notices_on_the_same_articles_in_any_order_never_wait_in_a_circle(
    app: Flask, site: Site, now: datetime
) -> None:
    slugs = [f"article-{number}" for number in range(6)]
    for slug in slugs:
        publish(site, slug, now)
    db.session.remove()

    def job(number: int) -> Callable[[], object]:
        turned = slugs[number % 6 :] + slugs[: number % 6]
        named = turned if number % 2 else turned[::-1]
        return lambda: send(
            site, now, key=f"{number:043}", email=f"n{number % 5}@example.org", addresses="\n".join(named)
        )

    assert together(app, [job(number) for number in range(16)]) == []
    assert (count(Notice), count(Case), count(Item)) == (16, 6, 96)
    open_items = select(func.count()).select_from(Item).where(Item.answered_at.is_(None))
    assert db.session.scalar(open_items) == 96  # nobody's is counted as answered by another's
    assert trail.fault() is None


def test_two_hundred_addresses_are_taken_in_one_go(site: Site, now: datetime) -> None:
    for number in range(3):
        publish(site, f"article-{number}", now)
    with transaction():
        pattern = db.session.scalars(select(Article)).first()
        assert pattern is not None
        copied = {c.name: getattr(pattern, c.name) for c in Article.__table__.columns if c.name not in {"id", "slug"}}
        db.session.add_all(Article(slug=f"copy-{number}", **copied) for number in range(200))
    notice = send(site, now, addresses="\n".join(f"copy-{number}" for number in range(200)), passage=PASSAGE)
    assert len(notice.items) == 200
    assert count(Case) == 200
    assert count(Mail) == 2


def test_a_submission_is_checked_again_when_it_is_sent(site: Site, alpha: Article, now: datetime) -> None:
    whole = submission(KEY)
    bad = Submission(**{**vars(whole), "answers": {**whole.answers, "explanation": "短"}})
    with pytest.raises(Incomplete), transaction():
        notices.submit(site, bad, now)


def test_every_category_can_be_sent(site: Site, alpha: Article, now: datetime) -> None:
    for number, category in enumerate(CATEGORIES):
        assert send(site, now, key=f"{number:043}", category=category).category is category
