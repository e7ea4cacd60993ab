"""Counter-notices and appeals on a receipt: read, proved, confirmed, appealed once and in time."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories
from tests.holder import GROUNDS, PAIR, PNG, countered, decide, do, mailed, messages, notice, page, shows_an_error
from tests.notifier import publish, submit
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.decisions import Outcome
from tracker.domain.refusals import REFUSALS, Refusal
from tracker.domain.threads import MessageKind
from tracker.models import Account, Appeal, Article, Case, MailState
from tracker.render.site import Site
from tracker.services import appeals, counters


@pytest.fixture(autouse=True)
def alpha(site: Site, now: datetime, stopped_clock: None) -> Article:
    return publish(site, "alpha", now)


@pytest.fixture
def mei() -> Account:
    return factories.make_account()


# proof of proceedings


def test_proof_of_proceedings_is_sent_when_a_counter_notice_waits(
    client: FlaskClient, site: Site, pair: PAIR, now: datetime
) -> None:
    countered(site, pair, now)
    html = page(client, pair)
    assert "收到发布者的反通知" in html
    assert "已收到反通知" in html
    assert "不迟于" in html  # until when
    for _ in range(2):
        response = do(
            client, pair, "proceedings", files=(("files", "受理通知.png", PNG),), text="某区人民法院，（2026）民初1号"
        )
        assert "已收到您提交的证明" in response.text
    (message,) = messages(pair, MessageKind.PROOF)
    assert [file.name for file in message.attachments] == ["受理通知.png"]
    shows_an_error(do(client, pair, "proceedings", key="p" * 43), 422, 'href="#proceedings_text"')


@pytest.mark.parametrize(("country", "is_whole"), [("US", True), ("CN", False)])
def test_a_counter_notice_that_was_passed_on_stands_on_the_receipt(
    client: FlaskClient, site: Site, now: datetime, country: str, is_whole: bool
) -> None:
    """17 USC 512(g)(2)(B): a copy is provided; 民法典 1196: the statement is passed on, which names who made it at most."""
    answers = {} if country == "US" else {"stmt_good_faith": None, "stmt_authority_perjury": None}
    pair = submit(client, country=country, **answers)
    assert "转给您的反通知" not in page(client, pair)
    counter = countered(site, pair, now)
    html = page(client, pair)
    section = html.split("转给您的反通知</h2>")[1].split("<h2>")[0]
    for shown in (
        "可以提交证明",
        "2026年11月23日 17:30",
        "发布者甲",
        "没有抄袭任何人的作品",
        "请不要公开",
        'href="#proceedings"',
    ):
        assert shown in section, shown
    for kept in ("13900000000", "上海市某路1号"):
        assert (kept in section) is is_whole
    due = "没有收到证明的话，我们计划在2026年12月10日 12:00（北美东部时间）恢复展示"
    assert (due in section) is is_whole
    assert ("期限还没有开始" in section) is not is_whole  # 民法典 1196: from when it has come
    with transaction():
        counters.restore(site, db.session.get_one(Case, counter.case_id), now, "withdrawn")
    section = page(client, pair).split("转给您的反通知</h2>")[1].split("<h2>")[0]
    assert "文章已恢复" in section
    assert "没有抄袭任何人的作品" in section  # what was said stays to be read
    assert "没有收到证明的话" not in section


def test_a_counter_notice_says_nothing_to_who_took_their_notice_back(
    client: FlaskClient, site: Site, pair: PAIR, now: datetime
) -> None:
    other = submit(client, email="li@example.org", explanation="另一个人的通知，说明也不一样，长度超过二十个字了。")
    assert "已收到您的撤回" in do(client, other, "withdraw", sure="1").text
    db.session.rollback()
    countered(site, pair, now)
    assert "转给您的反通知" in page(client, pair)
    assert "转给您的反通知" not in page(client, other)


def test_a_counter_notice_that_did_not_arrive_is_read_and_confirmed_here(
    client: FlaskClient, site: Site, pair: PAIR, now: datetime
) -> None:
    countered(site, pair, now)
    assert 'id="received"' not in page(client, pair)  # it is on its way
    with transaction():
        (sent,) = mailed("counter_forwarded")
        sent.state, sent.error = MailState.BOUNCED, "550"
    html = page(client, pair)
    assert "发布者甲" in html
    assert "[[secret]]" not in html
    (before,) = mailed("counter_forwarded")
    assert client.get(f"/receipts/{pair[0]}?code={pair[1]}").status_code == 200
    assert before.reached_at is None  # looking at an address confirms nothing
    shows_an_error(do(client, pair, "received"), 422, 'href="#received_read"')
    assert "已记下您收到了反通知" in do(client, pair, "received", read="1").text
    db.session.rollback()
    (after,) = mailed("counter_forwarded")
    assert (after.reached_at, after.reached_by) == (now, "button")
    assert 'id="received"' not in page(client, pair)
    shows_an_error(do(client, pair, "received", key="r" * 43, read="1"), 409, "没有等您确认的反通知")


def test_without_a_counter_notice_there_is_nothing_to_prove(client: FlaskClient, pair: PAIR) -> None:
    assert 'id="proceedings"' not in page(client, pair)
    html = shows_an_error(do(client, pair, "proceedings", text="我已起诉"), 409, "没有等待证明的反通知")
    assert "我已起诉" in html


# appeals


def test_a_decision_is_appealed_once(client: FlaskClient, site: Site, mei: Account, pair: PAIR, now: datetime) -> None:
    decide(site, pair, Outcome.DECLINED, now)
    html = page(client, pair)
    assert "之前申诉" in html
    assert f"不采取措施的理由：{REFUSALS[Refusal.NO_BREACH].label}" in html
    for _ in range(2):
        response = do(client, pair, "appeal", files=(("files", "公证书.png", PNG),), text=GROUNDS)
        assert "已收到您的申诉" in response.text
    appeal = db.session.scalars(select(Appeal)).one()
    assert appeal.party == f"notice:{notice(pair).id}"
    html = page(client, pair)
    for shown in ("申诉处理中", "您的申诉：等待复核", "对申诉作出决定：不迟于", "收到申诉的确认", "公证书.png"):
        assert shown in html, shown
    assert 'id="appeal"' not in html
    shows_an_error(do(client, pair, "appeal", key="a" * 43, text=GROUNDS), 409, "没有可以申诉的决定")
    other = factories.make_account("wu@example.org", name="吴")
    case = db.session.get_one(Case, appeal.case_id)
    with transaction():
        appeals.rule(site, other, appeal.id, case.version, "复核后认为原决定没有问题，理由如前所述。", now)
    html = page(client, pair)
    assert "您的申诉：维持原决定" in html
    assert "复核后认为原决定没有问题，理由如前所述。" in html
    assert "申诉的结果" in html
    assert "吴" not in html


@pytest.mark.parametrize("text", ["", "太短了", "长" * 5001])
def test_grounds_too_short_or_long_are_kept(
    client: FlaskClient, site: Site, pair: PAIR, now: datetime, text: str
) -> None:
    decide(site, pair, Outcome.DECLINED, now)
    html = shows_an_error(do(client, pair, "appeal", text=text), 422, 'href="#appeal_text"')
    assert text in html
    assert db.session.scalar(select(Appeal)) is None


def test_nothing_decided_or_too_late_cannot_be_appealed(
    client: FlaskClient, site: Site, pair: PAIR, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    shows_an_error(do(client, pair, "appeal", text=GROUNDS), 409, "没有可以申诉的决定", GROUNDS)
    decide(site, pair, Outcome.DECLINED, now)
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=200))
    assert 'id="appeal"' not in page(client, pair)
    shows_an_error(do(client, pair, "appeal", text=GROUNDS), 409, "没有可以申诉的决定")


def test_of_several_decisions_the_one_appealed_is_chosen(client: FlaskClient, site: Site, now: datetime) -> None:
    publish(site, "beta", now)
    pair = submit(client, addresses="/articles/alpha\n/articles/beta")
    for item in notice(pair).items:
        factories.decide(site, item.case, Outcome.DECLINED, now)
    first, second = notice(pair).items
    shows_an_error(do(client, pair, "appeal", text=GROUNDS), 422, 'href="#appeal_articles"')
    assert do(client, pair, "appeal", text=GROUNDS, articles=[str(second.id)]).status_code == 200
    db.session.rollback()
    assert db.session.scalars(select(Appeal.case_id)).all() == [second.case_id]
    assert do(client, pair, "appeal", key="b" * 43, text=GROUNDS).status_code == 200  # only the first is left
    db.session.rollback()
    assert set(db.session.scalars(select(Appeal.case_id))) == {first.case_id, second.case_id}
