"""The page of a publisher: opened by the code from our mail, with nothing of the notifier but what may be shown."""

import html as entities
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories
from tests.canaries import EVERYTHING, KINDS, NAMES
from tests.publisher import PDF, UK, US, Holder, code_of, count, new_key, said, take_up
from tests.staff import PASSAGE, make_case, make_member, make_notice
from tracker.db import Base, db, transaction
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.elements import Kind
from tracker.domain.lifecycle import Ending, ItemState
from tracker.domain.threads import MessageKind, Party
from tracker.models import Account, Case, Limit, Mail
from tracker.render.site import Site
from tracker.services import appeals, decisions, publishers, threads
from tracker.views import publisher

pytestmark = pytest.mark.usefixtures("stopped_clock")


@pytest.fixture
def case(site: Site, now: datetime, mei: Account) -> Case:
    """A case under 民法典 1195 with one notice, undecided."""
    return make_case(site, now)


def everything() -> dict[str, list[tuple[object, ...]]]:
    db.session.rollback()
    return {name: list(map(tuple, db.session.execute(select(t)))) for name, t in Base.metadata.tables.items()}


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


def test_an_appeal_of_the_notifier_is_not_shown(
    site: Site, now: datetime, mei: Account, holder: Holder, withheld: Case
) -> None:
    factories.decide(site, withheld, Outcome.RESTORED, now, mei)
    notice = db.session.get_one(Case, withheld.id).items[0].notice
    with transaction():
        case = db.session.get_one(Case, withheld.id)
        appeals.send(site, case, notice, "通知人认为措施还不够，请求整篇移除这篇文章。", [], "zh-Hans", now, new_key())
    html = holder(withheld).page()
    for hidden in ("通知人认为措施还不够", "对申诉作出决定", "申诉处理中"):
        assert hidden not in html


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
