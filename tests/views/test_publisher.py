"""The publisher's side of a case: opened by the code from our mail, each act once, nothing of the notifier but what may be shown."""

import html as entities
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, TypeVar

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from tests import factories
from tests.canaries import EVERYTHING, KINDS, NAMES
from tests.staff import PASSAGE, make_case, make_member, make_notice
from tracker.db import Base, db, transaction
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.elements import Kind
from tracker.domain.errors import Busy
from tracker.domain.lifecycle import Ending, ItemState, State
from tracker.domain.redress import AppealState, CounterState
from tracker.domain.regimes import RegimeName
from tracker.domain.threads import MessageKind, Party
from tracker.models import Account, Appeal, Case, CounterNotice, Limit, Mail, MailState, Message, Notice
from tracker.render.site import Site
from tracker.services import appeals, cases, counters, decisions, publishers, threads, undelivered
from tracker.views import publisher

PDF = b"%PDF-1.7 evidence"
US = {
    "category": CategoryName.COPYRIGHT, "country": "US", "stmt_authority_perjury": "1", "work_title": "A song of 2024",
    "signature_name": "Anna", "stmt_good_faith": "1", "stmt_accurate": "1",
}  # fmt: skip
UK = {"country": "GB", "meaning": "读者会以为我们违法催收。", "share_name": "no", "share_email": "no"}

Model = TypeVar("Model", bound=Base)

COUNTER_CN = {
    "explanation": "文章引用的是公开判决的原文，并注明了出处，不构成侵权。",
    "counter_name": "编辑部李四",
    "org_id_no": "91110000600037341L",
}
COUNTER_US = {
    "explanation": "The passage is a short quotation from a public judgment.",
    "counter_name": "Li Si",
    "counter_address": "1 Editors Road, Shanghai",
    "counter_phone": "+86 21 5555 0000",
    "counter_in_us": "no",
    "stmt_mistake_perjury": "1",
    "stmt_jurisdiction_abroad": "1",
    "stmt_accept_service": "1",
    "signature_name": "Li Si",
}

pytestmark = pytest.mark.usefixtures("stopped_clock")


@pytest.fixture
def mei(site: Site) -> Account:
    return make_member()


@pytest.fixture
def case(site: Site, now: datetime, mei: Account) -> Case:
    """A case under 民法典 1195 with one notice, undecided."""
    return make_case(site, now)


@pytest.fixture
def withheld(site: Site, now: datetime, case: Case) -> Case:
    factories.decide(site, case, Outcome.WITHHELD, now)
    return case


def code_of(site: Site, case: Case, epoch: str = "") -> str:
    return site.keys.secret("publisher", str(case.id), epoch or site.keys.epoch)


def said() -> int:
    """Return how many messages there are but for what we forwarded."""
    others = select(func.count()).select_from(Message).where(Message.kind != MessageKind.FORWARD)
    return db.session.scalar(others) or 0


class Publisher:
    """Somebody who holds the code of one case, in one language."""

    def __init__(self, client: FlaskClient, site: Site, case: Case, prefix: str = "") -> None:
        self.client, self.number, self.prefix = client, case.id, prefix
        self.code = code_of(site, case)

    def post(self, act: str = "", files: Iterable[tuple[str, str, bytes]] = (), **typed: str) -> TestResponse:
        uploads = [(field, FileStorage(BytesIO(content), name)) for field, name, content in files]
        data: MultiDict[str, Any] = MultiDict([*({"code": self.code} | typed).items(), *uploads])
        boundary, body = encode_multipart(data)
        return self.client.post(
            f"{self.prefix}/publisher/{self.number}{act}",
            data=body,
            content_type=f"multipart/form-data; boundary={boundary}",
        )

    def page(self) -> str:
        response = self.post()
        assert response.status_code == 200
        return response.text


Holder = Callable[..., Publisher]


@pytest.fixture
def holder(client: FlaskClient, site: Site) -> Holder:
    return lambda case, prefix="": Publisher(client, site, case, prefix)


def new_key() -> str:
    return secrets.token_urlsafe(32)


def count(model: type[Base]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def reply_of_publisher() -> Message:
    """Return the one message that the publisher sent."""
    db.session.rollback()
    return db.session.scalars(select(Message).where(Message.party == Party.PUBLISHER)).one()


def only(model: type[Model]) -> Model:
    """Return the one row of a table as it stands now."""
    db.session.rollback()
    return db.session.scalars(select(model)).one()


def everything() -> dict[str, list[tuple[object, ...]]]:
    db.session.rollback()
    return {name: list(map(tuple, db.session.execute(select(t)))) for name, t in Base.metadata.tables.items()}


def ask(site: Site, case: Case, mei: Account, now: datetime) -> None:
    """Forward the notices of a case to its publisher, who is then waited for."""
    take_up(site, case, mei, now)
    with transaction():
        publishers.ask(site, mei, case.id, case.version, now, new_key())


def take_up(site: Site, case: Case, mei: Account, now: datetime) -> None:
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now)


# opening it


def test_a_link_from_a_mail_shows_a_button_and_changes_nothing(client: FlaskClient, site: Site, withheld: Case) -> None:
    code, before = code_of(site, withheld), everything()
    response = client.get(f"/publisher/{withheld.id}?code={code}")
    assert response.status_code == 200
    assert f'value="{code}"' in response.text
    assert "打开案件页面" in response.text
    assert PASSAGE not in response.text
    assert withheld.article.title not in response.text
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert everything() == before


def test_without_a_code_the_page_asks_for_it(client: FlaskClient, case: Case) -> None:
    response = client.get(f"/publisher/{case.id}")
    assert response.status_code == 200
    assert 'id="code"' in response.text


@pytest.mark.parametrize(
    "act", ["", "/reply", "/counter-notice", "/counter-notice/check", "/counter-notice/send", "/appeal"]
)
def test_a_wrong_code_and_an_unknown_case_get_the_same_answer(
    client: FlaskClient, site: Site, withheld: Case, act: str
) -> None:
    right, unknown = code_of(site, withheld), withheld.id + 1
    answers = set()
    for number, code in [
        (withheld.id, ""), (withheld.id, "0000-" * 13), (withheld.id, "\0\ud800\u202e" * 500), (unknown, right),
        (unknown, site.keys.secret("publisher", str(unknown), site.keys.epoch)),
        (withheld.id, site.keys.secret("notice", str(withheld.id), site.keys.epoch)),
    ]:  # fmt: skip
        response = client.post(f"/publisher/{number}{act}", data={"code": code.encode("utf-8", "replace")})
        assert response.status_code == 422
        same = re.sub(r' value="[^"]*"', "", response.text).replace(f"/{number}", "/N").replace(f">{number}<", ">N<")
        answers.add(same)
    assert len(answers) == 1
    assert said() == 0


def test_wrong_codes_are_slowed_down_and_the_right_one_still_opens(
    client: FlaskClient, withheld: Case, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "_WRONG", (3, timedelta(hours=1)))
    codes = [client.post(f"/publisher/{withheld.id}", data={"code": "x"}).status_code for _ in range(5)]
    assert codes == [422, 422, 422, 429, 429]
    holder(withheld).page()
    assert count(Limit) > 0


def test_a_refused_code_keeps_what_was_typed(client: FlaskClient, case: Case) -> None:
    response = client.post(f"/publisher/{case.id}/reply", data={"code": "x", "text": "写了很久的答复"})
    assert response.status_code == 422
    assert "写了很久的答复" in response.text


def test_a_code_of_an_earlier_key_still_opens(client: FlaskClient, site: Site, case: Case) -> None:
    old = code_of(site, case)
    site.keys = type(site.keys)(["a newer key that is used from now on", site.config.secret_key])
    assert code_of(site, case) != old
    for code in (old, code_of(site, case), old.replace("-", " ").lower()):
        assert client.post(f"/publisher/{case.id}", data={"code": code}).status_code == 200
    site.keys = type(site.keys)(["a newer key that is used from now on"])
    assert client.post(f"/publisher/{case.id}", data={"code": old}).status_code == 422


def test_the_code_stands_in_no_title_and_no_address(holder: Holder, withheld: Case) -> None:
    someone = holder(withheld)
    for html in (someone.page(), someone.post("/counter-notice").text):
        assert someone.code in html
        assert not [a for a in re.findall(r'(?:href|src|action)="([^"]*)"', html) if someone.code in a]
        title = re.search(r"<title>(.*?)</title>", html, re.DOTALL)
        assert title
        assert someone.code not in title[1]


# what stands there


def test_the_page_shows_the_decision_with_all_its_reasons_and_the_running_clocks(
    holder: Holder, withheld: Case
) -> None:
    html = holder(withheld).page()
    for shown in (
        "关于yi-pian的文章", "目前已停止展示", PASSAGE, "我们从来没有拨打过亲友的电话", "依法停止展示", "全部地区", "没有设定，直到作出新的决定",
        "没有出处", "我们根据他人提交的通知进行审查", "没有使用自动化手段", "《中华人民共和国民法典》第一千一百九十五条", "文中所述与已核实的材料不符",
        "请本站复核", "提出申诉", "本站规则", "个月", "提交反通知", "申诉由没有参与过本案决定的人处理",
    ):  # fmt: skip
        assert shown in html, shown
    assert "anna@example.com" not in html
    assert "138 0000 0000" not in html
    assert "梅" not in html


@pytest.mark.parametrize("targets_eu", [False, True])
def test_the_six_months_of_an_appeal_are_the_eus_only_where_the_site_is_aimed_at_it(
    site: Site, now: datetime, holder: Holder, case: Case, monkeypatch: pytest.MonkeyPatch, targets_eu: bool
) -> None:
    """DSA art. 20(1) binds platforms aimed at the EU; elsewhere the six months are the house's, in its own time."""
    monkeypatch.setattr(site, "targets_eu", targets_eu)
    factories.decide(site, case, Outcome.WITHHELD, now)
    mailed = db.session.scalars(select(Mail.text).where(Mail.name == "statement")).one()
    page = entities.unescape(holder(case).page())
    assert ("欧盟《数字服务法》第20条第1款" in page) is ("时间按爱尔兰时间计算" in page) is targets_eu
    said = "2027年5月24日 24:00（爱尔兰时间）" if targets_eu else "2027年5月23日 24:00（中国时间）"
    assert said in page
    assert said in mailed


def test_earlier_decisions_can_still_be_read_with_their_reasons(
    site: Site, now: datetime, holder: Holder, withheld: Case
) -> None:
    draft = replace(factories.draft(Outcome.RESTORED), facts="编辑部补上了数字的出处，我们逐项核对，全部属实。")
    wu = make_member("wu@example.org")
    with transaction():
        decisions.decide(site, wu, withheld.id, withheld.version, draft, now + timedelta(days=1))
    page = holder(withheld).page()
    newest, earlier = page.split('<details class="fold">')
    assert "更早的处理结果（1）" in earlier
    for shown, where in (("恢复展示", newest), ("全部属实", newest), ("依法停止展示", earlier), ("没有出处", earlier)):
        assert shown in where
    assert "没有出处" not in newest
    assert "如果您不同意" not in earlier  # the time for it is that of the newest


def test_an_interim_measure_is_said_to_be_one_and_knows_no_counter_notice(
    site: Site, now: datetime, holder: Holder, mei: Account
) -> None:
    case = make_case(site, now, category=CategoryName.MINOR)
    take_up(site, case, mei, now)
    draft = replace(factories.draft(Outcome.WITHHELD), outcome=Outcome.INTERIM)
    with transaction():
        decisions.decide(site, mei, case.id, case.version, draft, now)
    html = holder(case).page()
    assert "审核期间暂停展示" in html
    assert "对暂时停止展示的内容作出决定" in html
    assert "/counter-notice" not in html
    assert "/appeal" not in html


def test_the_thread_holds_their_messages_and_ours_to_them_and_no_others(
    site: Site, now: datetime, holder: Holder, case: Case, mei: Account
) -> None:
    notice = case.items[0].notice
    said = [
        (Party.STAFF, MessageKind.FORWARD, None, "转给您的话"),
        (Party.STAFF, MessageKind.QUESTION, None, "请您补充出处"),
        (Party.STAFF, MessageKind.NOTE, None, "只给同事看的备注"),
        (Party.STAFF, MessageKind.QUESTION, notice, "问通知人的话"),
        (Party.NOTIFIER, MessageKind.SUPPLEMENT, notice, "通知人补充的话"),
        (Party.NOTIFIER, MessageKind.PROOF, None, "通知人的证明"),
        (Party.PUBLISHER, MessageKind.REPLY, None, "发布者自己的话"),
    ]
    with transaction():
        for party, kind, about, text in said:
            threads.add(new_key(), now, case=case, notice=about, party=party, kind=kind, text=text, account=None)
    html = holder(case).page()
    assert [text for *_, text in said if text in html] == ["转给您的话", "请您补充出处", "发布者自己的话"]


def test_a_withdrawn_notice_is_shown_no_longer(site: Site, now: datetime, holder: Holder, case: Case) -> None:
    make_notice(
        site, case.article, now, "second@example.com", explanation="第二份通知的说明，写得够长，超过二十个字了。"
    )
    assert "第二份通知的说明" in holder(case).page()
    with transaction():
        item = db.session.get_one(Case, case.id).items[-1]
        item.state, item.ended, item.answered_at = ItemState.CLOSED, Ending.WITHDRAWN, now
    assert "第二份通知的说明" not in holder(case).page()


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_both_languages(site: Site, holder: Holder, withheld: Case, prefix: str) -> None:
    someone = holder(withheld, prefix)
    for html in (someone.page(), someone.post("/counter-notice").text):
        assert f'<html lang="{"en" if prefix else "zh-Hans"}">' in html
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'<label for="([^"]+)"', html)) <= set(ids)
        assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)
    if prefix:
        own = re.sub(r"(?s)<(header|footer).*?</\1>", "", someone.page())
        for shown in (
            "A case about your article",
            "What you can do now",
            "Decision and reasons",
            "Send a counter-notice",
        ):
            assert shown in own


# replying


def test_a_reply_in_time_gives_the_case_back(
    site: Site, now: datetime, holder: Holder, case: Case, mei: Account
) -> None:
    ask(site, case, mei, now)
    someone = holder(case)
    html = someone.page()
    assert "发布者答复" in html
    assert "等待发布者答复" in html
    typed = {"text": "数字来自公开的判决。\n\n见第三页。", "key": new_key()}
    for _ in range(2):  # the same form sent twice is one reply
        response = someone.post("/reply", [("files", "判决.pdf", PDF)], **typed)
        assert response.status_code == 200
        assert "答复已经收到" in response.text
    message = reply_of_publisher()
    assert message.text == "数字来自公开的判决。\n\n见第三页。"
    assert [file.name for file in message.attachments] == ["判决.pdf"]
    assert case.asked_at is None
    assert case.state is State.IN_REVIEW
    html = someone.page()
    assert "数字来自公开的判决。" in html
    assert "判决.pdf" in html


def test_an_empty_reply_is_refused_with_its_files_named(holder: Holder, case: Case) -> None:
    response = holder(case).post("/reply", [("files", "判决.pdf", PDF), ("files", "坏.exe", b"MZ\0\0")], text="  ")
    assert response.status_code == 422
    assert 'href="#text"' in response.text
    assert 'href="#files"' in response.text
    assert "判决.pdf" in response.text
    assert "需要重新选择" in response.text
    assert count(Message) == 0


def test_a_reply_to_a_british_complaint_answers_the_questions_of_its_regulations(
    site: Site, now: datetime, holder: Holder, mei: Account
) -> None:
    case = make_case(site, now, **UK)
    ask(site, case, mei, now)
    someone = holder(case)
    html = someone.page()
    for name in ("wants_removal", "full_name", "postal_address", "share_consent"):
        assert f'id="{name}"' in html
    short = someone.post("/reply", text="不同意删除。", wants_removal="no", full_name="李四")
    assert short.status_code == 422
    for name in ("postal_address", "share_consent"):
        assert f'href="#{name}"' in short.text
    assert "不同意删除。" in short.text
    assert 'value="李四"' in short.text
    whole = someone.post(
        "/reply", wants_removal="no", full_name="李四", postal_address="上海市某路1号", share_consent="no"
    )
    assert whole.status_code == 200, whole.text
    assert reply_of_publisher().kind is MessageKind.REPLY


def test_a_busy_database_keeps_what_was_typed(holder: Holder, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        raise Busy("系统正忙")

    monkeypatch.setattr(publisher, "transaction", refused)
    response = holder(case).post("/reply", [("files", "判决.pdf", PDF)], text="不能丢的答复")
    assert response.status_code == 503
    assert "不能丢的答复" in response.text
    assert "判决.pdf" in response.text
    assert response.headers["Retry-After"]


def test_acts_are_limited_and_nothing_typed_is_lost(
    holder: Holder, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "_ACTS", (1, timedelta(days=1)))
    assert holder(case).post("/reply", text="第一次答复").status_code == 200
    response = holder(case).post("/reply", text="第二次答复")
    assert response.status_code == 429
    assert "第二次答复" in response.text


# counter-notices


def key_in(html: str) -> str:
    found = re.search(r'name="key" value="([A-Za-z0-9_-]{43})"', html)
    assert found
    return found[1]


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_chinese_counter_notice_is_filled_in_checked_and_sent(
    site: Site, holder: Holder, withheld: Case, prefix: str
) -> None:
    someone = holder(withheld, prefix)
    form = someone.post("/counter-notice")
    assert form.status_code == 200
    asked = set(re.findall(r'<(?:input|textarea)[^>]*?\sname="([^"]+)"', form.text)) - {"q", "code", "key"}
    assert asked == {"explanation", "evidence_urls", "counter_name", "org_id_no"}
    checked = someone.post("/counter-notice/check", key=key_in(form.text), **COUNTER_CN)
    assert checked.status_code == 200
    assert COUNTER_CN["explanation"] in checked.text
    key = key_in(checked.text)
    assert key == key_in(form.text)
    assert count(CounterNotice) == 0
    for _ in range(2):
        sent = someone.post("/counter-notice/send", [("files", "判决.pdf", PDF)], key=key, **COUNTER_CN)
        assert sent.status_code == 200, sent.text
    counter = only(CounterNotice)
    assert counter.state is CounterState.FORWARDED
    assert counter.answers["addresses"] == "http://localhost/articles/yi-pian"
    assert counter.answers["explanation"] == COUNTER_CN["explanation"]
    assert [file.name for file in counter.message.attachments] == ["判决.pdf"]
    html = someone.page()
    assert ("Received and being passed on" if prefix else "已收到，正在转送通知人") in html
    assert ("民法典" if not prefix else "Civil Code") in html
    assert "/counter-notice" not in html


@pytest.mark.parametrize("state", [MailState.QUEUED, MailState.HELD, MailState.BOUNCED, MailState.SENT])
def test_a_counter_notice_is_said_to_be_passed_on_once_it_has_come_to_the_notifier(
    site: Site, now: datetime, holder: Holder, withheld: Case, state: MailState
) -> None:
    someone = holder(withheld)
    key = key_in(someone.post("/counter-notice").text)
    answer = someone.post("/counter-notice/send", [("files", "判决.pdf", PDF)], key=key, **COUNTER_CN).text
    assert "反通知已经收到" in answer
    with transaction():
        copy = db.session.scalars(select(Mail).where(Mail.name == "counter_forwarded")).one()
        copy.state = state
        if state is MailState.SENT:
            counters.reached(site, copy, now)
        if state is MailState.BOUNCED:
            undelivered.task(site, copy, now)
    said = "已收到，正在转送通知人" if state is not MailState.SENT else "已转送通知人"
    page = someone.page()
    assert said in page
    for text in (answer, page) if state is not MailState.SENT else ():
        assert not re.search("已转送|已经转送|并转送", text)
    assert not db.session.scalar(select(Mail.subject).where(Mail.name == "attention", Mail.subject.contains("已转送")))


def test_an_american_counter_notice_keeps_its_statements_in_the_words_shown(
    site: Site, now: datetime, holder: Holder, mei: Account
) -> None:
    case = make_case(site, now, **US)
    factories.decide(site, case, Outcome.WITHHELD, now)
    someone = holder(case, "/en")
    form = someone.post("/counter-notice").text
    assert "Your name, address and telephone number" in form
    assert "512(f)" in form
    for which in ("For an address in the United States", "For an address outside the United States"):
        assert f"{which} (17 U.S.C. § 512(g)(3)(D))" in form
    checked = someone.post("/counter-notice/check", **COUNTER_US, stmt_truth="1")
    assert checked.status_code == 200, checked.text
    sent = someone.post("/counter-notice/send", [("files", "a.pdf", PDF)], **COUNTER_US, stmt_truth="1")
    assert sent.status_code == 200, sent.text
    counter = only(CounterNotice)
    assert counter.state is CounterState.FORWARDED
    assert counter.language == "en"
    shown = {entities.unescape(label) for label in re.findall(r"<label[^>]*>([^<]+)", form)}
    assert {"stmt_mistake_perjury", "stmt_jurisdiction_abroad", "stmt_accept_service"} <= set(counter.statements)
    assert "stmt_jurisdiction" not in counter.statements
    assert set(counter.statements.values()) <= shown
    assert "perjury" in counter.statements["stmt_mistake_perjury"]


def test_what_is_missing_stands_beside_its_question_and_nothing_is_kept_of_it(
    site: Site, now: datetime, holder: Holder, mei: Account
) -> None:
    case = make_case(site, now, **US)
    factories.decide(site, case, Outcome.WITHHELD, now)
    someone = holder(case)
    typed = {name: answer for name, answer in COUNTER_US.items() if name not in {"counter_phone", "counter_in_us"}}
    typed |= {"stmt_accept_service": "", "counter_name": "<李四>"}
    for act in ("/counter-notice/check", "/counter-notice/send"):
        response = someone.post(act, [("files", "a.pdf", PDF)] if "send" in act else [], **typed)
        assert response.status_code == 422
        for name in ("counter_phone", "counter_in_us", "stmt_accept_service"):
            assert f'href="#{name}"' in response.text, name
        assert 'value="&lt;李四&gt;"' in response.text
        assert 'id="stmt_mistake_perjury"' in response.text
        assert "checked" in response.text
        assert ("a.pdf" in response.text) == ("send" in act)
        assert "<title>错误：" in response.text
    assert count(CounterNotice) == 0
    assert said() == 0


def test_identity_is_proved_by_a_code_or_a_file(holder: Holder, withheld: Case) -> None:
    someone = holder(withheld)
    typed = COUNTER_CN | {"org_id_no": ""}
    checked = someone.post("/counter-notice/check", **typed)
    assert checked.status_code == 200
    assert 'name="identity_files"' in checked.text
    bare = someone.post("/counter-notice/send", [("files", "判决.pdf", PDF)], **typed)
    assert bare.status_code == 422
    assert 'href="#identity_files"' in bare.text
    assert "判决.pdf" in bare.text
    whole = someone.post("/counter-notice/send", [("identity_files", "身份.pdf", PDF)], **typed)
    assert whole.status_code == 200
    files = only(CounterNotice).message.attachments
    assert [file.purpose for file in files] == ["identity_files"]


def test_going_back_to_change_something_loses_nothing(holder: Holder, withheld: Case) -> None:
    key = new_key()
    back = holder(withheld).post("/counter-notice", key=key, **COUNTER_CN)
    assert back.status_code == 200
    for answer in COUNTER_CN.values():
        assert answer in back.text
    assert key_in(back.text) == key


@pytest.mark.parametrize("act", ["", "/check", "/send"])
@pytest.mark.parametrize("outcome", [None, Outcome.DECLINED])
def test_a_case_without_a_measure_refuses_a_counter_notice(
    site: Site, now: datetime, holder: Holder, case: Case, outcome: Outcome | None, act: str
) -> None:
    if outcome:
        factories.decide(site, case, outcome, now)
    response = holder(case).post(f"/counter-notice{act}", **COUNTER_CN)
    assert response.status_code == 409
    assert "没有什么可反对" in response.text
    assert count(CounterNotice) == 0


@pytest.mark.parametrize("act", ["", "/check", "/send"])
def test_a_second_counter_notice_is_refused_while_the_first_runs(holder: Holder, withheld: Case, act: str) -> None:
    assert holder(withheld).post("/counter-notice/send", **COUNTER_CN).status_code == 200
    response = holder(withheld).post(f"/counter-notice{act}", **COUNTER_CN)
    assert response.status_code == 409
    assert "不需要再发一份" in response.text
    assert count(CounterNotice) == 1


@pytest.mark.parametrize("act", ["", "/check", "/send"])
def test_where_no_law_knows_a_counter_notice_none_is_taken(
    site: Site, now: datetime, holder: Holder, mei: Account, act: str
) -> None:
    case = make_case(site, now)
    with transaction():
        db.session.get_one(Notice, case.items[0].notice_id).regimes = [RegimeName.GENERAL]
    factories.decide(site, case, Outcome.WITHHELD, now)
    assert "适用的法律没有规定反通知" in holder(case).page()
    response = holder(case).post(f"/counter-notice{act}", **COUNTER_CN)
    assert response.status_code == 409
    assert count(CounterNotice) == 0


# appeals


def test_an_appeal_is_taken_once(holder: Holder, withheld: Case) -> None:
    someone = holder(withheld)
    typed = {"grounds": "决定认定的事实有误：数字的出处写在文章末尾的注释里。", "key": new_key()}
    for _ in range(2):
        response = someone.post("/appeal", [("appeal_files", "注释.png", b"\x89PNG\r\n\x1a\n1")], **typed)
        assert response.status_code == 200, response.text
        assert "申诉已经收到" in response.text
    appeal = only(Appeal)
    assert (appeal.party, appeal.state) == ("publisher", AppealState.OPEN)
    assert [file.name for file in appeal.message.attachments] == ["注释.png"]
    html = someone.page()
    assert "等待复核" in html
    assert "对申诉作出决定" in html
    assert 'id="grounds"' not in html
    second = someone.post("/appeal", **(typed | {"key": new_key()}))
    assert second.status_code == 409
    assert "已经对这个决定提出过申诉" in second.text
    assert count(Appeal) == 1


@pytest.mark.parametrize("grounds", ["", "太短了", "字" * 5001])
def test_grounds_too_short_or_long_are_refused_and_kept(holder: Holder, withheld: Case, grounds: str) -> None:
    response = holder(withheld).post("/appeal", [("appeal_files", "a.pdf", PDF)], grounds=grounds)
    assert response.status_code == 422
    assert 'href="#grounds"' in response.text
    assert grounds in response.text
    assert "a.pdf" in response.text
    assert count(Appeal) == 0


def test_an_appeal_before_a_decision_is_refused(holder: Holder, case: Case) -> None:
    assert 'id="grounds"' not in holder(case).page()
    response = holder(case).post("/appeal", grounds="决定认定的事实有误：数字的出处写在文章末尾。")
    assert response.status_code == 410
    assert count(Appeal) == 0


def test_an_appeal_of_the_notifier_is_not_shown(
    site: Site, now: datetime, mei: Account, holder: Holder, withheld: Case
) -> None:
    factories.decide(site, withheld, Outcome.RESTORED, now, mei)
    notice = db.session.get_one(Case, withheld.id).items[0].notice
    with transaction():
        case = db.session.get_one(Case, withheld.id)
        appeals.send(site, case, notice, "通知人认为措施还不够，请求整篇移除这篇文章。", [], "zh-Hans", now, new_key())
    html = holder(withheld).page()
    assert "通知人认为措施还不够" not in html
    assert "对申诉作出决定" not in html


# what of the notifier may be seen

SITUATIONS: dict[str, dict[str, Any]] = {
    "us": US,
    "cn_copyright": US | {"country": "CN", "stmt_authority_perjury": ""},
    "cn_civil": {"country": "CN"},
    "uk, no consent": UK,
    "uk, name": UK | {"share_name": "yes"},
    "uk, both": UK | {"share_name": "yes", "share_email": "yes"},
    "eu": {"country": "DE"},
    "personal data": {"category": CategoryName.PERSONAL_DATA, "country": "CN", "data_right": "delete"},
}


NAMED = {"us", "cn_copyright", "cn_civil", "uk, name", "uk, both"}
"""Where the publisher learns who sent the notice."""


def canaries_everywhere(category: CategoryName) -> dict[str, str]:
    """Return an answer with a mark of its own to every question in words, all the personal data in each of the long ones."""
    answers = {}
    for element in CATEGORIES[category].elements:
        if element.kind in {Kind.LINE, Kind.EMAIL, Kind.PHONE, Kind.TEXT}:
            answers[element.name] = f"金丝雀{element.name}栏"
        if element.kind is Kind.TEXT:
            answers[element.name] += "\n" + "；\n".join(EVERYTHING)
    return answers | {"notifier_name": NAMES["name"][0], "email": "jinsique@example.org", "phone": "+86 139-9999-8888"}


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_of_the_notifier_exactly_what_may_be_disclosed_is_seen(
    site: Site,
    now: datetime,
    holder: Holder,
    mei: Account,
    situation: str,
    prefix: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(site, "targets_eu", situation == "eu")
    files = [(f"金丝雀证据{values[0]}.pdf", PDF + kind.encode()) for kind, values in KINDS.items()]
    case = make_case(site, now, files=files, **SITUATIONS[situation])
    said = canaries_everywhere(case.category)
    with transaction():
        notice = db.session.get_one(Case, case.id).items[0].notice
        notice.answers = notice.answers | said  # past what the form would check
    factories.decide(site, case, Outcome.WITHHELD, now)
    allowed = "\n".join(told.text() for told in publishers.shown(notice.items[0]))
    marks = {answer.partition("\n")[0] for answer in said.values()} | set(EVERYTHING)
    someone = holder(case, prefix)
    seen = entities.unescape(someone.page())
    assert {mark for mark in marks if mark in seen} == {mark for mark in marks if mark in allowed}
    for response in (someone.post("/counter-notice"), someone.post("/appeal", grounds="x"), someone.post("/reply")):
        html = entities.unescape(response.text)
        assert {mark for mark in marks if mark in html} <= {mark for mark in marks if mark in allowed}
    assert said["phone"] not in seen
    assert "金丝雀证据" not in seen
    assert (said["email"] in seen) == (situation == "uk, both")
    assert (said["notifier_name"] in seen) == (situation in NAMED)


def test_mails_to_the_publisher_lead_here(site: Site, withheld: Case) -> None:
    mails = db.session.scalars(select(Mail).where(Mail.recipient == "editors@example.org")).all()
    assert mails
    for sent in mails:
        assert f"/publisher/{withheld.id}?code=" in sent.text
        assert sent.secret_purpose == "publisher"
