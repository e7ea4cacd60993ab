"""What the holder of a receipt does: adds, corrects, takes back; once for a key, only when it is possible, only with the code."""

import re
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from tests import factories
from tests.factories import stored
from tests.holder import GROUNDS, PAIR, PNG, countered, do, mailed, messages, notice, page, shows_an_error
from tests.notifier import publish, submit
from tracker.db import db, transaction
from tracker.domain.errors import Busy
from tracker.domain.lifecycle import Ending, ItemState, State
from tracker.domain.threads import MessageKind
from tracker.forms.receipt import Act
from tracker.models import Account, Article, Attachment, Mailbox, Message, Notice
from tracker.render.site import Site
from tracker.services import exchange, retention
from tracker.views import receipts as view


@pytest.fixture(autouse=True)
def alpha(site: Site, now: datetime, stopped_clock: None) -> Article:
    return publish(site, "alpha", now)


@pytest.fixture
def mei() -> Account:
    return factories.make_account()


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


# every act


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


def test_whoever_left_no_address_follows_on_the_page(client: FlaskClient) -> None:
    pair = submit(client, "minor", notifier_name="", email="", notifier_role="")
    html = page(client, pair)
    assert "您没有留邮箱" in html
    assert do(client, pair, "supplement", text="补充一句").status_code == 200
    assert do(client, pair, "contact", key="c" * 43, email="late@example.org").status_code == 200
    assert notice(pair).mailbox == "late@example.org"
