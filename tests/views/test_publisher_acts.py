"""What a publisher does about a case: replies, sends a counter-notice, appeals; each once, and nothing typed is lost."""

import html as entities
import re
from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from sqlalchemy import select

from tests import factories
from tests.publisher import PDF, UK, US, Holder, count, new_key, said, take_up
from tests.staff import make_case
from tracker.db import Base, db, transaction
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Busy
from tracker.domain.lifecycle import State
from tracker.domain.redress import AppealState, CounterState
from tracker.domain.regimes import RegimeName
from tracker.domain.threads import MessageKind, Party
from tracker.models import Account, Appeal, Case, CounterNotice, Mail, MailState, Message, Notice
from tracker.render.site import Site
from tracker.services import counters, publishers, undelivered
from tracker.views import publisher

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
def case(site: Site, now: datetime, mei: Account) -> Case:
    """A case under 民法典 1195 with one notice, undecided."""
    return make_case(site, now)


def reply_of_publisher() -> Message:
    """Return the one message that the publisher sent."""
    db.session.rollback()
    return db.session.scalars(select(Message).where(Message.party == Party.PUBLISHER)).one()


def only(model: type[Model]) -> Model:
    """Return the one row of a table as it stands now."""
    db.session.rollback()
    return db.session.scalars(select(model)).one()


def ask(site: Site, case: Case, mei: Account, now: datetime) -> None:
    """Forward the notices of a case to its publisher, who is then waited for."""
    take_up(site, case, mei, now)
    with transaction():
        publishers.ask(site, mei, case.id, case.version, now, new_key())


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
        assert ("会发到您的邮箱" in response.text, "没有设置邮件服务器" in response.text) == (False, True)
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
    words = "已收到，正在转送通知人" if state is not MailState.SENT else "已转送通知人"
    page = someone.page()
    assert words in page
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
    assert form.count("settles which court has jurisdiction") == 2
    assert "send you the receipt, questions and the outcome" not in form
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
