"""What the holder of a receipt does: once for a key, only when it is possible, and never seeing what is another's."""

import re
from datetime import datetime, timedelta
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse

from tests import factories
from tests.factories import stored
from tests.notifier import publish, submit
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.attachments import accept
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Busy
from tracker.domain.lifecycle import Ending, ItemState, State
from tracker.domain.redress import AppealState
from tracker.domain.refusals import REFUSALS, Refusal
from tracker.domain.threads import MessageKind, Party
from tracker.forms.receipt import Act
from tracker.models import (
    Account,
    Appeal,
    Article,
    Attachment,
    Case,
    Clock,
    CounterNotice,
    Item,
    Mail,
    Mailbox,
    MailState,
    Message,
    Notice,
)
from tracker.render.site import Site
from tracker.services import appeals, cases, counters, exchange, retention, threads
from tracker.views import receipts as view

PNG = b"\x89PNG\r\n\x1a\nproof"
GROUNDS = "这个决定没有看我提交的公证书，请重新核对第二节的数字。"
PAIR = tuple[str, str]
COUNTER = {
    "counter_name": "发布者甲", "counter_phone": "13900000000", "counter_address": "上海市某路1号", "counter_in_us": "no",
    "addresses": "http://localhost/articles/alpha", "explanation": "这是我自己写的文章，没有抄袭任何人的作品。",
    "signature_name": "发布者甲", "stmt_truth": "1", "stmt_mistake_perjury": "1", "stmt_jurisdiction": "1",
    "stmt_accept_service": "1",
}  # fmt: skip


@pytest.fixture(autouse=True)
def alpha(site: Site, now: datetime, stopped_clock: None) -> Article:
    return publish(site, "alpha", now)


@pytest.fixture
def pair(client: FlaskClient) -> PAIR:
    return submit(client)


@pytest.fixture
def mei() -> Account:
    return factories.make_account()


def do(
    client: FlaskClient,
    pair: PAIR,
    act: str,
    key: str = "k" * 43,
    files: tuple[tuple[str, str, bytes], ...] = (),
    prefix: str = "",
    **typed: Any,
) -> TestResponse:
    """Send a form of the receipt; `files` are (field, name, bytes)."""
    data: MultiDict[str, Any] = MultiDict({"code": pair[1], "key": key})
    for name, value in typed.items():
        data.setlist(f"{act}_{name}", value if isinstance(value, list) else [value])
    for name, called, content in files:
        data.add(f"{act}_{name}", FileStorage(BytesIO(content), called))
    return client.post(f"{prefix}/receipts/{pair[0]}/{act}", data=data, content_type="multipart/form-data")


def page(client: FlaskClient, pair: PAIR, prefix: str = "") -> str:
    response = client.post(f"{prefix}/receipts/{pair[0]}", data={"code": pair[1]})
    assert response.status_code == 200
    db.session.rollback()
    return response.text


def notice(pair: PAIR) -> Notice:
    if not db.session.info.get("in_transaction"):
        db.session.rollback()  # what was read before belongs to an older snapshot
    return db.session.scalars(select(Notice).where(Notice.reference == pair[0])).one()


def messages(pair: PAIR, kind: MessageKind) -> list[Message]:
    return [message for message in notice(pair).messages if message.kind is kind]


def mailed(name: str) -> list[Mail]:
    return list(db.session.scalars(select(Mail).where(Mail.name == name)))


def decide(site: Site, pair: PAIR, outcome: Outcome, now: datetime) -> Case:
    case = notice(pair).items[0].case
    factories.decide(site, case, outcome, now)
    return notice(pair).items[0].case


def countered(site: Site, pair: PAIR, now: datetime) -> CounterNotice:
    case = decide(site, pair, Outcome.WITHHELD, now)
    with transaction():
        counters.send(site, db.session.get_one(Case, case.id), COUNTER, {}, (), "zh-Hans", now, "counter")
    return db.session.scalars(select(CounterNotice)).one()


def shows_an_error(response: TestResponse, status: int, *words: str) -> str:
    assert response.status_code == status, response.text
    html = response.text
    assert 'class="error-summary"' in html
    assert html.count("<h1") == 1
    for word in words:
        assert word in html, word
    for target in re.findall(r'<li>\s*<a href="#([^"]+)"', html):
        assert f'id="{target}"' in html
    return html


# adding


def test_words_and_files_are_added_to_the_notice(client: FlaskClient, pair: PAIR) -> None:
    files = (("files", "公证书.png", PNG), ("identity_files", "证件.png", PNG + b"2"))
    response = do(client, pair, "supplement", files=files, text="补充一份公证书。")
    assert response.status_code == 200
    assert re.search(r'role="status"[^>]*>\s*<p class="banner-title">已收到您的补充。', response.text)
    (message,) = messages(pair, MessageKind.SUPPLEMENT)
    assert message.text == "补充一份公证书。"
    assert {(file.name, file.purpose) for file in message.attachments} == {
        ("公证书.png", "files"), ("证件.png", "identity_files"),
    }  # fmt: skip
    for shown in ("您补充", "补充一份公证书。", "公证书.png", "证件.png", "核对后删除，最迟", "收到补充的确认"):
        assert shown in response.text, shown
    assert len(mailed("supplemented")) == 1


def test_the_same_key_adds_nothing_and_says_the_same(client: FlaskClient, pair: PAIR) -> None:
    answers = [do(client, pair, "supplement", text="只说一次。") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    assert all("已收到您的补充。" in answer.text for answer in answers)
    assert len(messages(pair, MessageKind.SUPPLEMENT)) == 1
    assert len(mailed("supplemented")) == 1


def test_a_question_is_answered(client: FlaskClient, site: Site, mei: Account, pair: PAIR, now: datetime) -> None:
    item = notice(pair).items[0]
    with transaction():
        exchange.ask_info(site, mei, item.id, item.case.version, "请补充作品的登记号。", now, "q1")
    html = page(client, pair)
    for shown in ("等您补充", "请补充作品的登记号。", "通知人补充材料：不迟于", "本站写给您", "请您补充材料"):
        assert shown in html, shown
    assert do(client, pair, "supplement", text="登记号：2024-F-0001").status_code == 200
    assert notice(pair).items[0].state is ItemState.OPEN
    assert "等您补充" not in page(client, pair)


def test_what_is_missing_is_asked_for_and_completes_the_notice(client: FlaskClient, site: Site, now: datetime) -> None:
    pair = submit(client, "enterprise", notifier_role="authorised_agent", principal_name="某公司",
                  enterprise_kind="rumour", org_id_no="91350100M000100Y43")  # fmt: skip
    html = page(client, pair)
    for shown in ("涉企侵权信息举报", "可以补充", "授权委托书", "上传授权委托书。", 'href="#supplement"'):
        assert shown in html, shown
    assert notice(pair).valid_at is None
    files = (
        ("files", "a.png", PNG), ("identity_files", "b.png", PNG + b"b"), ("authority_files", "c.png", PNG + b"c"),
    )  # fmt: skip
    assert do(client, pair, "supplement", files=files).status_code == 200
    assert notice(pair).valid_at == now
    assert "还缺下面这些" not in page(client, pair)


def test_a_missing_answer_is_given_with_an_addition(client: FlaskClient) -> None:
    pair = submit(client, "reputation")
    assert "org_id_no" not in notice(pair).answers
    assert 'name="supplement_org_id_no"' in page(client, pair)
    shows_an_error(do(client, pair, "supplement", org_id_no="123"), 422, 'href="#supplement_org_id_no"')
    assert do(client, pair, "supplement", org_id_no="91350100M000100Y43").status_code == 200
    assert notice(pair).answers["org_id_no"] == "91350100M000100Y43"
    assert "统一社会信用代码：91350100M000100Y43" in messages(pair, MessageKind.SUPPLEMENT)[0].text
    assert 'name="supplement_org_id_no"' not in page(client, pair)


def test_nothing_at_all_is_refused(client: FlaskClient, pair: PAIR) -> None:
    response = do(client, pair, "supplement", text=" \u200b ")
    shows_an_error(response, 422, 'href="#supplement_text"', "请写说明，或者选择文件。", "<title>错误：")
    assert messages(pair, MessageKind.SUPPLEMENT) == []


def test_a_text_too_long_is_kept(client: FlaskClient, pair: PAIR) -> None:
    html = shows_an_error(do(client, pair, "supplement", text="长" * 20_001), 422, "最多20000个字")
    assert "长" * 20_001 in html
    assert 'value="kkkkkkkkk' in html  # the key stays: the next press is the same form


def test_bad_files_are_named_and_good_ones_to_choose_again(client: FlaskClient, pair: PAIR) -> None:
    files = (("files", "程序.exe", b"MZ\0\0"), ("files", "好的.png", PNG))
    html = shows_an_error(do(client, pair, "supplement", files=files, text="见附件"), 422, "程序.exe", "好的.png")
    assert "见附件" in html
    assert "需要重新选择" in html
    assert db.session.scalar(select(Attachment)) is None
    many = tuple(("files", f"{n}.png", PNG + bytes([n])) for n in range(11))
    shows_an_error(do(client, pair, "supplement", files=many), 422, "一次最多10个文件", "10.png")


def test_after_the_end_nothing_is_added_and_nothing_typed_is_lost(client: FlaskClient, pair: PAIR) -> None:
    assert do(client, pair, "withdraw", sure="1").status_code == 200
    assert 'id="supplement"' not in page(client, pair)
    html = shows_an_error(
        do(client, pair, "supplement", key="s" * 43, text="还有一句"), 409, "另外提交一份通知", "没有提交的内容"
    )
    assert "还有一句" in html
    assert messages(pair, MessageKind.SUPPLEMENT) == []


# contact data


def test_contact_data_are_corrected_and_a_new_address_is_unconfirmed(
    client: FlaskClient, site: Site, pair: PAIR, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "sends_mail", True)
    held = notice(pair)
    mail_code = site.keys.secret("notice-mail", held.reference, held.key_epoch)
    assert "邮箱已确认" in page(client, (pair[0], mail_code))
    response = do(client, pair, "contact", email="New@Example.ORG", phone="13800000000", postal_address="北京市某街2号")
    assert "联系方式已经更正。" in response.text
    changed = notice(pair)
    assert (changed.answers["email"], changed.mailbox) == ("New@example.org", "new@example.org")
    assert changed.answers["phone"] == "+8613800000000"
    assert changed.sha256 == held.sha256
    assert "新邮箱还没有确认" in response.text
    assert "收到通知的确认" in response.text  # what went to the address before is still listed
    assert "新邮箱还没有确认" in page(client, (pair[0], mail_code))  # the code went to the address before
    assert db.session.scalars(select(Mailbox.mailbox)).all() == ["wang@example.org"]


def test_contact_data_that_were_missing_complete_the_notice(client: FlaskClient, now: datetime) -> None:
    pair = submit(client, country="CN", evidence_urls="https://example.org/a")
    assert "写上通信地址。" in page(client, pair)
    assert do(client, pair, "contact", email="wang@example.org", postal_address="北京市某街2号").status_code == 200
    assert "写上通信地址。" not in page(client, pair)
    assert len(messages(pair, MessageKind.CORRECTION)) == 1
    do(client, pair, "contact", email="wang@example.org", postal_address="北京市某街2号")
    assert len(messages(pair, MessageKind.CORRECTION)) == 1


@pytest.mark.parametrize(("email", "word"), [("", "请填写这一栏"), ("keine", "邮箱地址要像"), ("a" * 300, "最多254")])
def test_a_bad_address_is_kept_and_refused(client: FlaskClient, pair: PAIR, email: str, word: str) -> None:
    html = shows_an_error(
        do(client, pair, "contact", email=email, phone="12345678"), 422, 'href="#contact_email"', word
    )
    assert 'value="12345678"' in html
    assert notice(pair).mailbox == "wang@example.org"


def test_erased_data_cannot_be_corrected(client: FlaskClient, pair: PAIR, now: datetime) -> None:
    with transaction():
        retention.erase(db.session.get_one(Notice, notice(pair).id), now)
    html = page(client, pair)
    assert "已于2026年11月23日" in html
    assert 'id="contact"' not in html
    assert "王小明" not in html
    shows_an_error(do(client, pair, "contact", email="a@example.org"), 409, "个人信息已经删除")


# taking back


def test_one_article_is_withdrawn_once_it_is_meant(client: FlaskClient, pair: PAIR) -> None:
    shows_an_error(do(client, pair, "withdraw"), 422, 'href="#withdraw_sure"', "要撤回，请先勾选")
    for _ in range(2):
        assert "已收到您的撤回。" in do(client, pair, "withdraw", sure="1").text
    item = notice(pair).items[0]
    assert (item.state, item.ended, item.case.state) == (ItemState.CLOSED, Ending.WITHDRAWN, State.CLOSED)
    html = page(client, pair)
    assert "通知人撤回" in html
    assert "不迟于" not in html
    assert len(messages(pair, MessageKind.WITHDRAWAL)) == 1
    shows_an_error(do(client, pair, "withdraw", key="w" * 43, sure="1"), 409, "没有可以撤回的内容")


def test_a_notice_is_narrowed_to_some_articles(client: FlaskClient, site: Site, now: datetime) -> None:
    publish(site, "beta", now)
    pair = submit(client, addresses="/articles/alpha\n/articles/beta")
    first, second = (item.id for item in notice(pair).items)
    shows_an_error(do(client, pair, "withdraw"), 422, "请选择一项")
    shows_an_error(do(client, pair, "withdraw", what="some"), 422, 'href="#withdraw_articles"', "请选择文章")
    shows_an_error(do(client, pair, "withdraw", what="some", articles=["999", "x"]), 422, "请选择文章")
    assert do(client, pair, "withdraw", what="some", articles=[str(second)]).status_code == 200
    assert [item.state for item in notice(pair).items] == [ItemState.OPEN, ItemState.CLOSED]
    assert do(client, pair, "withdraw", key="w" * 43, sure="1").status_code == 200
    assert [item.state for item in notice(pair).items] == [ItemState.CLOSED, ItemState.CLOSED]
    assert first != second


def test_a_whole_notice_is_withdrawn(client: FlaskClient, site: Site, now: datetime) -> None:
    publish(site, "beta", now)
    pair = submit(client, addresses="/articles/alpha\n/articles/beta")
    assert do(client, pair, "withdraw", what="all").status_code == 200
    assert {item.state for item in notice(pair).items} == {ItemState.CLOSED}


def test_nobody_withdraws_another_notice(client: FlaskClient, pair: PAIR) -> None:
    other = submit(client, email="li@example.org", notifier_name="李四")
    number = str(notice(other).items[0].id)
    do(client, pair, "withdraw", what="some", articles=[number])
    do(client, pair, "withdraw", sure="1", articles=[number])
    assert notice(other).items[0].state is ItemState.OPEN
    html = page(client, pair)
    assert "待处理" not in html  # the case goes on for the other; that is none of theirs


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


@pytest.mark.parametrize("fault", [Busy("系统正忙"), OperationalError("x", {}, Exception("gone"))])
def test_a_busy_database_keeps_the_words_and_names_the_files_to_choose_again(
    client: FlaskClient, site: Site, pair: PAIR, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def fail(*_: object) -> None:
        raise fault

    files = (("files", "受理通知.png", PNG),)
    with monkeypatch.context() as broken:
        broken.setattr(view, "_carry_out", fail)
        html = shows_an_error(do(client, pair, "supplement", files=files, text="写了很久的话"), 503, "正忙")
    assert "写了很久的话" in html
    assert "需要重新选择" in html
    assert "受理通知.png" in html
    assert messages(pair, MessageKind.SUPPLEMENT) == []
    assert "已收到您的补充" in do(client, pair, "supplement", files=files, text="写了很久的话").text


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


# every act


@pytest.mark.parametrize("act", list(Act))
def test_a_wrong_code_gets_the_answer_of_every_wrong_code(client: FlaskClient, pair: PAIR, act: str) -> None:
    def answer(reference: str, code: str, path: str) -> tuple[int, str]:
        response = client.post(
            f"/receipts/{reference}{path}", data={"code": code, f"{act}_text": GROUNDS, "key": "k" * 43}
        )
        shown = re.sub(r'(id="(?:reference|code)"[^>]*?)value="[^"]*"', r"\1", response.text, flags=re.DOTALL)
        return response.status_code, re.sub(r"\s+", " ", shown)

    wrong = "0000-" * 13
    answers = {
        answer(pair[0], wrong, f"/{act}"), answer("R-2026-0000-0000", pair[1], f"/{act}"), answer(pair[0], wrong, ""),
        answer(pair[0], "", f"/{act}"),
    }  # fmt: skip
    assert len(answers) == 1
    assert next(iter(answers))[0] == 422
    assert db.session.scalar(select(Message)) is None


@pytest.mark.parametrize("act", list(Act))
def test_asking_by_get_shows_a_button_and_changes_nothing(client: FlaskClient, pair: PAIR, act: str) -> None:
    before = stored()
    for query in (f"?code={pair[1]}", "", f"?code=x&{act}_text=y"):
        response = client.get(f"/receipts/{pair[0]}/{act}{query}")
        assert response.status_code == 200
        assert "王小明" not in response.text
    assert stored() == before
    assert client.get(f"/receipts/{pair[0]}/nothing").status_code == 404
    assert client.post(f"/receipts/{pair[0]}/nothing").status_code in {404, 405}


def test_acts_are_limited_and_looking_is_not(client: FlaskClient, pair: PAIR, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "_ACTS", (2, timedelta(days=1)))
    codes = [do(client, pair, "supplement", key=str(n) * 43, text="一句").status_code for n in range(4)]
    assert codes == [200, 200, 429, 429]
    response = do(client, pair, "supplement", key="z" * 43, files=(("files", "图.png", PNG),), text="还有")
    assert response.headers["Retry-After"]
    for kept in ("还有", "图.png", "尝试得太频繁了"):
        assert kept in response.text
    for _ in range(5):
        page(client, pair)


def test_the_code_stands_in_no_address_and_no_cookie_is_set(client: FlaskClient, pair: PAIR) -> None:
    response = do(client, pair, "supplement", text="一句")
    assert "Set-Cookie" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"
    assert not [a for a in re.findall(r'(?:href|src|action)="([^"]*)"', response.text) if pair[1] in a]
    assert f'action="/receipts/{pair[0]}/proof"' in response.text
    assert "<svg" in response.text


def test_no_two_fields_of_a_page_are_one(client: FlaskClient, site: Site, now: datetime) -> None:
    publish(site, "beta", now)
    pair = submit(client, addresses="/articles/alpha\n/articles/beta")
    countered(site, pair, now)
    html = page(client, pair)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    labelled = set(re.findall(r'<label for="([^"]+)"', html))
    typed = re.findall(r"<(?:input|textarea)[^>]*>", html[html.index('id="main"') :])
    for control in (c for c in typed if 'type="hidden"' not in c):
        found = re.search(r'\sid="([^"]+)"', control)
        assert found, control
        assert found[1] in labelled
    levels = [int(level) for level in re.findall(r"<h([1-6])", html[html.index('id="main"') : html.index("<footer")])]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_in_english_the_acts_are_english(client: FlaskClient, site: Site, pair: PAIR, now: datetime) -> None:
    html = page(client, pair, "/en")
    for shown in ("What you can do", "Withdraw the notice", "Is the notice complete?", "What is kept how long"):
        assert shown in html, shown
    assert "Your addition has been received." in do(client, pair, "supplement", prefix="/en", text="One more").text
    response = do(client, pair, "supplement", key="e" * 43, prefix="/en")
    shows_an_error(response, 422, "Write something, or choose a file.")
    main = response.text[response.text.index('id="main"') : response.text.index("<footer")]
    for ours in ("齐全", "不迟于", "待处理", "撤回", "补充", "申诉", "删除", "法定", "自然日"):
        assert ours not in main


# what is another's


def appealed(case: Case, of: Notice, text: str, now: datetime) -> None:
    """Store an appeal of a notifier, whatever the decision was."""
    made = threads.add("appeal", now, party=Party.NOTIFIER, kind=MessageKind.APPEAL, text=text, case=case, notice=of)
    appeal = Appeal(case=case, decision=case.decisions[-1], party=f"notice:{of.id}", message=made, language="zh-Hans",
                    state=AppealState.OPEN, received_at=now, reasons="")  # fmt: skip
    db.session.add(appeal)


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


def notice_item(case: Case) -> int:
    return db.session.scalars(select(Item.id).where(Item.case_id == case.id)).one()


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


def test_whoever_left_no_address_follows_on_the_page(client: FlaskClient) -> None:
    pair = submit(client, "minor", notifier_name="", email="", notifier_role="")
    html = page(client, pair)
    assert "您没有留邮箱" in html
    assert do(client, pair, "supplement", text="补充一句").status_code == 200
    assert do(client, pair, "contact", key="c" * 43, email="late@example.org").status_code == 200
    assert notice(pair).mailbox == "late@example.org"
