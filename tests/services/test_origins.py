"""Cases that begin with an order, or with nobody but ourselves: what they start, whom they tell, how they end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import draft, publish
from tests.staff import BODY, at_once, make_member, make_notice
from tracker import clock
from tracker.cli.delivery import deliver
from tracker.db import db, transaction
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import OUTCOME_LABELS, Draft, Outcome
from tracker.domain.errors import Conflict, Gone, Incomplete, InvalidTransition, NotPermitted
from tracker.domain.lifecycle import Channel, Source, State
from tracker.domain.notices import Submission
from tracker.domain.regimes import RegimeName
from tracker.domain.roles import Role
from tracker.domain.visibility import Terms
from tracker.models import Account, Article, AuditEntry, Case, Clock, Mail, Message, Notice
from tracker.queries import askers, trail
from tracker.queries import publisher as queries
from tracker.render.site import Site
from tracker.services import (
    appeals,
    counters,
    decisions,
    disputes,
    exchange,
    findings,
    initiative,
    letters,
    notices,
    publishers,
)

ORDER = CategoryName.COURT_OR_AUTHORITY
REASON = "编辑部复查时发现文中点名的人不是公众人物。"


@pytest.fixture
def article(site: Site, now: datetime) -> Article:
    return publish(site, "yi-pian", now, BODY)


def order(site: Site, article: Article, by: Account | None, now: datetime, **said: Any) -> Notice:
    """Enter an order of a court, as it came by post."""
    answers = {
        "addresses": f"{site.base_url}/articles/{article.slug}",
        "explanation": "法院命令停止展示这篇文章，见所附裁定书，请在收到后执行。",
        "notifier_role": "public", "notifier_name": "王书记员", "notifier_org": "某市中级人民法院",
        "authority_name": "某市中级人民法院", "legal_basis": "民事诉讼法第一百零三条", "territory": "CN",
        "email": "court@example.com", "stmt_truth": "1",
    } | said  # fmt: skip
    key = said.pop("key", "o" * 64)
    submission = Submission(CATEGORIES[ORDER], "zh-Hans", answers, {"stmt_truth": "属实。"}, (), "2026-11-20", key)
    with transaction():
        return notices.submit(site, submission, now, Channel.POST, by)


def decide(site: Site, by: Account, case: Case, outcome: Outcome, now: datetime, **said: Any) -> None:
    with transaction():
        decisions.decide(site, by, case.id, case.version, draft(outcome, **said), now)


def names(*like: str) -> list[str]:
    return sorted(db.session.scalars(select(Mail.name)))


def running(case: Case) -> set[ClockKind]:
    return set(db.session.scalars(select(Clock.kind).where(Clock.case_id == case.id, Clock.stopped_at.is_(None))))


def kinds() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.kind).order_by(AuditEntry.seq)))


def test_an_order_is_under_review_at_once_and_its_authority_is_told(
    site: Site, now: datetime, mei: Account, article: Article
) -> None:
    notice = order(site, article, mei, now)
    (case,) = [item.case for item in notice.items]
    assert (case.source, case.state, case.assignee_id, case.accepted_at) == (Source.ORDER, State.IN_REVIEW, mei.id, now)
    assert running(case) == {ClockKind.ACK, ClockKind.DECIDE, ClockKind.ORDER_EFFECT}
    assert names() == ["maintainers", "order_received"]
    assert "case.ordered" in kinds()
    deliver(site, now)
    assert running(case) == {ClockKind.DECIDE, ClockKind.ORDER_EFFECT}  # they know that it came
    assert trail.fault() is None


def test_effect_is_given_with_its_territory_and_told_to_authority_and_publisher(
    site: Site, now: datetime, mei: Account, article: Article
) -> None:
    (case,) = [item.case for item in order(site, article, mei, now).items]
    deliver(site, now)
    decide(site, mei, case, Outcome.WITHHELD, now, terms=Terms(territory=("CN", "HK")))
    assert case.state is State.DECIDED
    assert running(case) == {ClockKind.APPEAL_WINDOW}
    told = {mail.name: mail for mail in db.session.scalars(select(Mail).where(Mail.cause.startswith("decision:")))}
    assert set(told) == {"order_effect", "order_executed"}
    assert told["order_effect"].recipient == "court@example.com"
    assert told["order_executed"].recipient == "editors@example.org"
    assert all("CN, HK" in mail.text for mail in told.values())
    assert case.decisions[-1].statement["asked_by"] == "某市中级人民法院"
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "case.decided")).one()
    assert entry.facts["territory"] == "CN-HK"
    assert trail.fault() is None


def test_an_order_that_takes_effect_later_is_not_told_as_executed(
    site: Site, now: datetime, mei: Account, article: Article
) -> None:
    (case,) = [item.case for item in order(site, article, mei, now).items]
    decide(site, mei, case, Outcome.WITHHELD, now, starts_at=now + timedelta(days=3))
    for name in ("order_effect", "order_executed"):
        text = db.session.scalars(select(Mail.text).where(Mail.name == name)).one()
        assert ("将从2026年11月26日" in text, "已经" in text) == (True, False), text


def test_an_order_may_forbid_telling_the_publisher(site: Site, now: datetime, mei: Account, article: Article) -> None:
    (case,) = [item.case for item in order(site, article, mei, now).items]
    decide(site, mei, case, Outcome.PASSAGE_WITHHELD, now, is_silent=True)
    assert names() == ["maintainers", "order_effect", "order_received"]
    assert case.decisions[-1].statement["publisher_told"] is False


def test_the_page_of_a_publisher_shows_no_order_that_they_may_not_know(
    client: FlaskClient, site: Site, now: datetime, mei: Account, article: Article
) -> None:
    (case,) = [item.case for item in order(site, article, mei, now).items]
    number, code = case.id, site.keys.secret("publisher", str(case.id), site.keys.epoch)

    def shown() -> bool:
        answer = client.post(f"/publisher/{number}", data={"code": code})
        assert answer.status_code == 200
        return "法院命令停止展示这篇文章" in answer.text

    assert not shown()
    decide(site, mei, case, Outcome.PASSAGE_WITHHELD, now, is_silent=True)
    assert not shown()


def test_the_page_of_a_publisher_shows_an_order_that_was_carried_out(
    client: FlaskClient, site: Site, now: datetime, mei: Account, article: Article
) -> None:
    (case,) = [item.case for item in order(site, article, mei, now).items]
    decide(site, mei, case, Outcome.WITHHELD, now)
    code = site.keys.secret("publisher", str(case.id), site.keys.epoch)
    assert "法院命令停止展示这篇文章" in client.post(f"/publisher/{case.id}", data={"code": code}).text


def rule(site: Site, by: Account, case: Case, now: datetime, upheld: Draft | None = None) -> None:
    """Let the authority appeal, and somebody else rule on it."""
    notice = case.items[0].notice
    with transaction():
        appeals.send(site, case, notice, REASON * 2, [], "zh-Hans", now, f"a{case.version}")
    with transaction():
        appeals.rule(site, by, case.appeals[-1].id, case.version, REASON * 2, now, upheld)


def test_what_a_publisher_must_not_know_no_later_act_tells(
    site: Site, now: datetime, mei: Account, article: Article
) -> None:
    (case,) = [item.case for item in order(site, article, mei, now).items]
    decide(site, mei, case, Outcome.PASSAGE_WITHHELD, now, is_silent=True)
    wu = make_member("wu@example.org", Role.ADMIN, "吴")
    rule(site, wu, case, now)
    with transaction():
        disputes.open_one(site, wu, case.id, case.version, f"notice:{case.items[0].notice_id}", "机构", "2026-1", now)
    with transaction():
        counters.ruling(site, wu, case.id, case.version, now, restores=False)
    for refused, error in (
        (lambda: letters.write(site, mei, case.id, 0, "您好，请看一下。", now, "l"), InvalidTransition),
        (lambda: appeals.send(site, case, None, REASON * 2, [], "zh-Hans", now, "p"), Gone),
        (lambda: counters.send(site, case, {}, {}, [], "zh-Hans", now, "c"), InvalidTransition),
    ):
        with pytest.raises(error), transaction():
            refused()
    shown = queries.page(site, case, (RegimeName.ORDER,), "zh-Hans", now)
    assert (shown.state, shown.decision, shown.measure, shown.limits, shown.appeal) == ("", None, None, [], None)
    assert shown.no_counter
    decide(site, mei, case, Outcome.RESTORED, now + timedelta(days=1))
    to_publisher = select(Mail.name).where(Mail.recipient == article.publisher_email)
    assert db.session.scalars(to_publisher).all() == []
    assert trail.fault() is None


def test_a_measure_that_may_be_told_ends_the_silence(site: Site, now: datetime, mei: Account, article: Article) -> None:
    (case,) = [item.case for item in order(site, article, mei, now).items]
    decide(site, mei, case, Outcome.PASSAGE_WITHHELD, now, is_silent=True)
    wu = make_member("wu@example.org", name="吴")
    rule(site, wu, case, now, draft(Outcome.WITHHELD))
    to_publisher = select(Mail.name).where(Mail.recipient == article.publisher_email)
    assert set(db.session.scalars(to_publisher)) == {"statement", "appeal_decided"}
    page = queries.page(site, case, (RegimeName.ORDER,), "zh-Hans", now)
    assert page.measure is not None
    assert page.earlier == []  # what was kept from them then is not told now


def test_a_publisher_reads_what_they_were_told_before_the_silence(
    site: Site, now: datetime, mei: Account, article: Article
) -> None:
    (case,) = [item.case for item in order(site, article, mei, now).items]
    decide(site, mei, case, Outcome.LABELLED, now, terms=Terms(label="disputed"))
    wu, li = make_member("wu@example.org", name="吴"), make_member("li@example.org", name="李")
    rule(site, wu, case, now, replace(draft(Outcome.PASSAGE_WITHHELD), is_silent=True))
    assert queries.page(site, case, (RegimeName.ORDER,), "zh-Hans", now).decision is None
    rule(site, li, case, now, draft(Outcome.WITHHELD))
    page = queries.page(site, case, (RegimeName.ORDER,), "zh-Hans", now)
    assert [each.done for each in page.earlier] == [[OUTCOME_LABELS[Outcome.LABELLED]]]


def test_nobody_is_asked_who_must_not_know(site: Site, now: datetime, mei: Account, article: Article) -> None:
    (case,) = [item.case for item in order(site, article, mei, now).items]
    decide(site, mei, case, Outcome.INTERIM, now, is_silent=True)
    assert not publishers.may_ask(case)
    with pytest.raises(InvalidTransition), transaction():
        publishers.ask(site, mei, case.id, case.version, now, "f")
    with transaction():
        exchange.withdraw(site, case.items[0].notice, [case.items[0].id], now, "w")
    assert db.session.scalar(select(Mail.id).where(Mail.recipient == article.publisher_email)) is None


def test_an_order_that_is_not_followed_is_answered(site: Site, now: datetime, mei: Account, article: Article) -> None:
    (case,) = [item.case for item in order(site, article, mei, now).items]
    decide(site, mei, case, Outcome.DECLINED, now)
    assert names() == ["maintainers", "order_effect", "order_received"]
    assert "没有对文章采取措施" in db.session.scalars(select(Mail.text).where(Mail.name == "order_effect")).one()


def test_what_comes_over_the_web_is_a_notice_until_staff_enter_the_order(
    site: Site, now: datetime, mei: Account, article: Article
) -> None:
    (case,) = [item.case for item in order(site, article, None, now).items]
    assert (case.source, case.state) == (Source.NOTICE, State.RECEIVED)
    assert askers.authority(case) == "", "anybody can call themselves a court"
    assert names() == ["acknowledgement", "maintainers"]
    (joined,) = [item.case for item in order(site, article, mei, now, key="p" * 64, email="c2@example.com").items]
    assert joined is case
    assert case.source is Source.ORDER
    decide(site, mei, case, Outcome.WITHHELD, now)
    assert {"order_effect", "order_executed"} <= set(names())
    assert "decision" not in names()
    assert trail.fault() is None


def test_an_order_over_the_web_is_answered_as_a_notice_and_nothing_of_it_runs_on(
    site: Site, now: datetime, mei: Account, article: Article
) -> None:
    (case,) = [item.case for item in order(site, article, None, now).items]
    assert ClockKind.ORDER_EFFECT in running(case)
    deliver(site, now)
    decide(site, mei, case, Outcome.DECLINED, now)
    assert running(case) == {ClockKind.APPEAL_WINDOW}


def own(
    site: Site, by: Account, now: datetime, address: str = "yi-pian", reason: str = REASON, key: str = "k" * 32
) -> Case:
    with transaction():
        return initiative.open_case(site, by, address, CategoryName.OTHER_ILLEGAL, reason, now, key)


@pytest.mark.parametrize("address", ["yi-pian", "http://localhost/articles/yi-pian", " /articles/yi-pian "])
def test_a_moderator_opens_a_case_without_a_notice(
    site: Site, now: datetime, mei: Account, article: Article, address: str
) -> None:
    case = own(site, mei, now, address)
    assert (case.source, case.state, case.assignee_id) == (Source.OWN_INITIATIVE, State.IN_REVIEW, mei.id)
    assert running(case) == {ClockKind.DECIDE}
    note = db.session.scalars(select(Message)).one()
    assert (note.text, note.account_id, note.kind) == (REASON, mei.id, "note")
    assert kinds()[-1] == "case.own_initiative"
    decide(site, mei, case, Outcome.PASSAGE_WITHHELD, now)
    assert names() == ["statement"]
    text = db.session.scalars(select(Mail.text)).one()
    assert "我们主动进行审查" in text
    assert REASON not in text
    assert trail.fault() is None


def test_the_same_form_twice_is_one_case(site: Site, now: datetime, mei: Account, article: Article) -> None:
    case = own(site, mei, now)
    assert own(site, mei, now) is case
    decide(site, mei, case, Outcome.DECLINED, now)
    assert own(site, mei, now) is case
    successor = own(site, mei, now + timedelta(days=1), key="n" * 32)
    assert successor.predecessor_id == case.id


def test_a_case_that_is_open_is_named(site: Site, now: datetime, mei: Account, article: Article) -> None:
    other = make_notice(site, article, now, category=CategoryName.OTHER_ILLEGAL).items[0].case
    with pytest.raises(Conflict, match=f"#{other.id}"):
        own(site, mei, now)


@pytest.mark.parametrize(
    ("address", "reason", "fields"),
    [
        ("no-such", REASON, {"address"}),
        ("", REASON, {"address"}),
        ("https://example.org/articles/yi-pian", REASON, {"address"}),
        ("yi-pian", "短", {"reason"}),
        ("../", "", {"address", "reason"}),
    ],
)
def test_what_is_missing_is_named(
    site: Site, now: datetime, mei: Account, article: Article, address: str, reason: str, fields: set[str]
) -> None:
    with pytest.raises(Incomplete) as refused:
        own(site, mei, now, address, reason)
    assert set(refused.value.problems) == fields


def test_editors_open_no_case_about_their_own_article(site: Site, now: datetime, article: Article) -> None:
    with pytest.raises(NotPermitted):
        own(site, make_member("editors@example.org"), now)
    assert db.session.scalars(select(Case)).all() == []


def test_of_eight_at_once_one_opens_the_case(app: Flask, site: Site, article: Article, mei: Account) -> None:
    now, number = clock.now(), mei.id

    def attempt(key: str) -> Callable[[], int]:
        def work() -> int:
            with transaction():
                by = db.session.get_one(Account, number)
                return initiative.open_case(site, by, "yi-pian", CategoryName.TERMS, REASON, now, key).id

        return work

    came = at_once(app, [attempt(str(n) * 32) for n in range(8)])
    assert sum(isinstance(answer, int) for answer in came) == 1
    assert sum(isinstance(answer, Conflict) for answer in came) == 7


@pytest.mark.parametrize("law", [RegimeName.GDPR, RegimeName.UK_DEFAMATION, RegimeName.CN_PI, RegimeName.CN_MINOR])
def test_what_another_law_asks_in_the_case_of_an_order_is_done_when_effect_is_given(
    site: Site, now: datetime, mei: Account, article: Article, law: RegimeName
) -> None:
    (case,) = [item.case for item in order(site, article, mei, now).items]
    with transaction():
        findings.set_regime(site, mei, case.id, case.version, law, "命令也依这部法律作出。", now, "k", applies=True)
    db.session.expire_all()
    assert len(running(case)) > 3
    deliver(site, now)
    decide(site, mei, case, Outcome.WITHHELD, now)
    assert running(case) == {ClockKind.APPEAL_WINDOW}
