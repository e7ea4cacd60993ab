"""What a receipt shows of a case that goes on, and that nothing of another's is there."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories
from tests.holder import COUNTER, PAIR, PNG, decide, do, mailed, notice, page
from tests.notifier import publish, submit
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.attachments import accept
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.redress import AppealState
from tracker.domain.threads import MessageKind, Party
from tracker.models import Account, Appeal, Article, Attachment, Case, Clock, Item, Notice
from tracker.render.site import Site
from tracker.services import cases, counters, exchange, retention, threads


@pytest.fixture(autouse=True)
def alpha(site: Site, now: datetime, stopped_clock: None) -> Article:
    return publish(site, "alpha", now)


@pytest.fixture
def mei() -> Account:
    return factories.make_account()


def appealed(case: Case, of: Notice, text: str, now: datetime) -> None:
    """Store an appeal of a notifier, whatever the decision was."""
    made = threads.add("appeal", now, party=Party.NOTIFIER, kind=MessageKind.APPEAL, text=text, case=case, notice=of)
    appeal = Appeal(case=case, decision=case.decisions[-1], party=f"notice:{of.id}", message=made, language="zh-Hans",
                    state=AppealState.OPEN, received_at=now, reasons="")  # fmt: skip
    db.session.add(appeal)


def notice_item(case: Case) -> int:
    return db.session.scalars(select(Item.id).where(Item.case_id == case.id)).one()


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_very_long_text_is_folded_and_stands_there_whole(client: FlaskClient, prefix: str) -> None:
    words = "说明" * 1000
    assert 'class="whole"' not in page(client, submit(client, explanation=words), prefix)
    long = submit(client, explanation=f"{words}末")
    html = page(client, long, prefix)
    assert html.count(f"{words}末</p>") == 1
    after = html.split(f"{words}末</p>")[1]
    assert after.lstrip().startswith('<details class="whole">')
    assert ("Show all (2001 characters)" if prefix else "展开全文（2001字）") in after


def test_nothing_of_another_notifier_or_of_the_publisher_is_shown(
    client: FlaskClient, site: Site, mei: Account, pair: PAIR, now: datetime
) -> None:
    """Canaries in everything that another notifier, the publisher and staff put into the same case."""
    other = submit(
        client, email="canary-mail@example.org", notifier_name="金丝雀姓名", phone="19912345678",
        explanation="金丝雀说明：这里写的内容只有第二位通知人自己可以看到。", work_title="金丝雀作品", passage="金丝雀原文",
        files=(("金丝雀文件.png", PNG),),
    )  # fmt: skip
    do(client, other, "supplement", key="o" * 43, files=(("files", "金丝雀补充.png", PNG + b"2"),), text="金丝雀补充")
    item = notice(other).items[0]
    case = item.case_id
    with transaction():
        exchange.ask_info(site, mei, item.id, item.case.version, "金丝雀问题", now, "canary-question")
    with transaction():
        shared, held = db.session.get_one(Case, case), db.session.get_one(Notice, notice(other).id)
        staff = db.session.get_one(Account, mei.id)
        note: dict[str, Any] = {"case": shared, "text": "金丝雀备注", "account": staff}
        threads.add("note", now, party=Party.STAFF, kind=MessageKind.NOTE, **note)
        mine = db.session.get_one(Notice, notice(pair).id)
        threads.add("note-2", now, party=Party.STAFF, kind=MessageKind.NOTE, notice=mine, **note)
        threads.add("reply", now, party=Party.PUBLISHER, kind=MessageKind.REPLY, case=shared, text="金丝雀答复",
                    files=[accept("金丝雀答复.png", PNG)])  # fmt: skip
        cases.start_clock(site, shared, ClockKind.CN_PI, now, f"item:{held.items[0].id}")
        cases.start_clock(site, shared, ClockKind.PURGE, now)
    assert "答复个人信息请求" in page(client, other)
    html = page(client, pair)
    assert "答复个人信息请求" not in html
    assert "删除个人信息：" not in html
    do(client, other, "supplement", key="p" * 43, text="金丝雀又一句")
    decide(site, pair, Outcome.WITHHELD, now)
    with transaction():
        answers = COUNTER | {"org_id_no": "金丝雀证号"}  # the copy that the law has them get holds no such thing
        counters.send(site, db.session.get_one(Case, case), answers, {}, (), "zh-Hans", now, "counter")
        appealed(db.session.get_one(Case, case), notice(other), "金丝雀申诉", now)
    for answer in (page(client, pair), do(client, pair, "supplement", text="我的一句").text, page(client, pair, "/en")):
        assert re.findall(r".{0,30}(?:金丝雀|canary|19912345678).{0,30}", answer) == []
        assert other[0] not in answer
        assert "梅" not in answer
        assert "对申诉作出决定" not in answer
    assert "金丝雀补充" in page(client, other)


def test_a_clock_says_how_it_was_counted_and_that_it_stands_still(
    client: FlaskClient, site: Site, pair: PAIR, now: datetime
) -> None:
    with transaction():
        case = db.session.get_one(Case, notice(pair).items[0].case_id)
        item = f"item:{notice_item(case)}"
        cases.start_clock(site, case, ClockKind.CN_PI, now + timedelta(days=30), item)
    html = page(client, pair)
    for shown in (
        "答复个人信息请求：不迟于",
        "日期暂定",
        "放假安排尚未公布",
        "中国工作日",
        "法律要求及时，本站目标",
        "本站目标",
    ):
        assert shown in html, shown
    assert "暂停计时" not in html
    with transaction():
        for running in db.session.scalars(select(Clock)):
            running.paused_at, running.pause_reason, running.paused_by = now, "内部理由", "梅"
    html = page(client, pair)
    assert "暂停计时" in html
    assert "内部理由" not in html


def test_a_limit_that_has_passed_says_so(
    client: FlaskClient, pair: PAIR, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "已经超过" not in page(client, pair)
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=60))
    assert "已经超过" in page(client, pair)


def test_a_restored_case_says_so_while_another_withholds_the_article(
    client: FlaskClient,
    site: Site,
    alpha: Article,
    pair: PAIR,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=5))
    decide(site, pair, Outcome.WITHHELD, now)
    second = factories.withhold(site, db.session.get_one(Article, alpha.id), now)
    decide(site, pair, Outcome.RESTORED, now + timedelta(minutes=1))
    html = page(client, pair)
    assert html.count("本案的措施已经解除；文章因别的原因仍未恢复展示") == 2
    assert ">恢复展示<" not in html
    factories.decide(site, second, Outcome.RESTORED, now + timedelta(minutes=2))
    html = page(client, pair)
    assert html.count("本案的措施已经解除") == 1  # in the timeline: that was so then


def test_a_mail_of_an_unknown_name_is_shown(client: FlaskClient, pair: PAIR) -> None:
    with transaction():
        for mail in mailed("acknowledgement"):
            mail.name = "tomorrow"
    assert "关于这份通知的邮件" in page(client, pair)


def test_what_goes_when_is_said(client: FlaskClient, site: Site, pair: PAIR, now: datetime) -> None:
    files = (("identity_files", "证件.png", PNG),)
    do(client, pair, "supplement", files=files)
    assert "全部结案后3年" in page(client, pair)
    with transaction():
        retention.check_identity("account:1", db.session.scalars(select(Attachment)).one(), now)
        case = db.session.get_one(Case, notice(pair).items[0].case_id)
        case.kept_until = now + timedelta(days=365)
    html = page(client, pair)
    assert "已于2026年11月23日" in html
    assert "依法保全：在2027年11月23日" in html
    do(client, pair, "withdraw", key="w" * 43, sure="1")
    assert "2029年11月" in page(client, pair)
