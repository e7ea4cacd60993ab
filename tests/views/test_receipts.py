"""Receipts: the right pair opens one notice, everything else gets one answer."""

import re
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from tests import factories
from tests.notifier import PASSAGE, publish, submit
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.decisions import Outcome
from tracker.domain.errors import Busy
from tracker.models import Article, AuditEntry, Case, Limit, Mail, Mailbox, MailState, Notice
from tracker.queries import mail_states
from tracker.queries.opening import opening
from tracker.render.site import Site
from tracker.services import cases
from tracker.views import receipts

PNG = b"\x89PNG\r\n\x1a\nevidence"


@pytest.fixture(autouse=True)
def alpha(site: Site, now: datetime) -> Article:
    return publish(site, "alpha", now)


@pytest.fixture
def pair(client: FlaskClient) -> tuple[str, str]:
    """The reference and code of a notice with a passage and a file."""
    return submit(client, passage=PASSAGE, files=(("截图.png", PNG),))


def opened(client: FlaskClient, pair: tuple[str, str], prefix: str = "") -> str:
    """Return the living receipt."""
    response = client.post(f"{prefix}/receipts/{pair[0]}", data={"code": pair[1]})
    assert response.status_code == 200
    return response.text


def stage(html: str) -> str:
    """Return the step at which a receipt says that its one article is."""
    (found,) = re.findall(r'第\d步，共4步：.*?<strong aria-current="step">([^<]+)</strong>', html)
    return str(found)


def mailed_code(site: Site, reference: str) -> str:
    notice = db.session.scalars(select(Notice).where(Notice.reference == reference)).one()
    return site.keys.secret("notice-mail", reference, notice.key_epoch)


def test_a_receipt_shows_what_we_hold(client: FlaskClient, pair: tuple[str, str]) -> None:
    html = opened(client, pair)
    notice = db.session.scalars(select(Notice)).one()
    for shown in (
        pair[0], "关于alpha的文章", "/articles/alpha", PASSAGE, "王小明", "wang@example.org", "截图.png",
        notice.attachments[0].sha256, notice.sha256, notice.privacy_version, "权利人本人（含单位）", "我确信以上内容和证据真实",
        "待处理", "开始审核：不迟于", "作出决定：不迟于", "提交时，文中有您引用的原文", "收到您的通知",
    ):  # fmt: skip
        assert shown in html, shown
    assert html.count("<h1") == 1
    assert stage(html) == "收到"


@pytest.mark.parametrize(("prefix", "said"), [("", "16字节"), ("/zh-hant", "16位元組"), ("/en", "16 bytes")])
def test_the_size_of_a_small_file_is_said_in_the_language_of_the_page(
    client: FlaskClient, pair: tuple[str, str], prefix: str, said: str
) -> None:
    assert said in opened(client, pair, prefix)


def test_both_forms_open_it_however_the_pair_is_typed(client: FlaskClient, pair: tuple[str, str]) -> None:
    reference, code = pair
    typed = {"reference": f" {reference.lower()} ", "code": code.replace("-", " ").lower() + "\r\n"}
    response = client.post("/receipts", data=typed)
    assert response.status_code == 200
    assert "您提交的内容" in response.text
    assert "Set-Cookie" not in response.headers


def test_a_link_from_a_mail_changes_nothing_and_shows_a_button(
    client: FlaskClient, site: Site, pair: tuple[str, str]
) -> None:
    code = mailed_code(site, pair[0])
    response = client.get(f"/receipts/{pair[0]}?code={code}")
    assert response.status_code == 200
    assert f'value="{code}"' in response.text
    assert "王小明" not in response.text
    assert db.session.scalar(select(Mailbox)) is None


def test_only_the_code_from_the_mail_confirms_the_mailbox_and_once(
    client: FlaskClient, site: Site, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "本站没有设置邮件服务器" in opened(client, pair)
    monkeypatch.setattr(site, "sends_mail", True)
    assert "邮箱还没有确认" in opened(client, pair)
    assert db.session.scalar(select(Mailbox)) is None
    for _ in range(2):
        assert "邮箱已确认" in opened(client, (pair[0], mailed_code(site, pair[0])))
    db.session.rollback()
    assert db.session.scalars(select(Mailbox.mailbox)).one() == "wang@example.org"
    assert len(db.session.scalars(select(AuditEntry).where(AuditEntry.kind == "address.confirmed")).all()) == 1


def test_what_was_held_until_the_mailbox_is_confirmed_goes_out_then(
    client: FlaskClient, site: Site, pair: tuple[str, str]
) -> None:
    with transaction():
        held = db.session.scalars(select(Mail).where(Mail.mailbox == "wang@example.org")).one()
        held.state, held.due_at = MailState.HELD, clock.now() + timedelta(days=1)
        number = held.id
    opened(client, pair)
    db.session.rollback()
    assert db.session.get_one(Mail, number).state is MailState.HELD
    assert "稍后发送" not in opened(client, (pair[0], mailed_code(site, pair[0])))
    db.session.rollback()
    mail = db.session.get_one(Mail, number)
    assert (mail.state, mail.due_at <= clock.now()) == (MailState.QUEUED, True)


@pytest.mark.parametrize("fault", [Busy("busy"), OperationalError("INSERT", {}, Exception("disk full"))])
def test_a_database_that_takes_nothing_still_shows_the_receipt(
    client: FlaskClient, site: Site, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def refused() -> None:
        raise fault

    monkeypatch.setattr(site, "sends_mail", True)
    monkeypatch.setattr(receipts, "transaction", refused)
    assert "邮箱还没有确认" in opened(client, (pair[0], mailed_code(site, pair[0])))
    assert client.post("/receipts", data={"reference": pair[0], "code": "x"}).status_code == 422


def test_a_wrong_code_and_an_unknown_reference_get_the_same_answer(client: FlaskClient, pair: tuple[str, str]) -> None:
    code = pair[1]
    tried = [
        (pair[0], "0000-" * 13),
        (pair[0], code[:-1] + ("0" if code[-1] != "0" else "1")),
        ("R-2026-0000-0000", code),
        ("nonsense\0\ud800", "\u202e" * 1000),
        ("R-2026-" + "9" * 1_000_000, "长" * 1_000_000),
    ]
    answers = set()
    for number, (reference, wrong) in enumerate(tried):
        sent = {"reference": reference.encode("utf-8", "replace"), "code": wrong}
        response = client.post("/receipts", data=sent)
        html = re.sub(r'(id="(?:reference|code)"[^>]*?)value="[^"]*"', r"\1", response.text, flags=re.DOTALL)
        answers.add((response.status_code, response.headers["Cache-Control"], re.sub(r"\s+", " ", html)))
        assert "王小明" not in response.text, number
    assert len(answers) == 1
    assert next(iter(answers))[0] == 422


@pytest.mark.parametrize(
    ("reference", "code", "empty"),
    [("", "", ["reference", "code"]), ("R-2026-7K3Q-9F2D", " ", ["code"]), ("\u3000", "X", ["reference"])],
)
def test_an_empty_field_is_asked_for_beside_it(
    client: FlaskClient, reference: str, code: str, empty: list[str]
) -> None:
    response = client.post("/receipts", data={"reference": reference, "code": code})
    assert response.status_code == 422
    assert re.findall(r'<a href="#(reference|code)">', response.text) == empty
    assert response.text.count("请填写") == 2 * len(empty)
    assert "不对" not in response.text
    assert db.session.scalar(select(Limit)) is None  # nothing was guessed
    assert "Fill this in" in client.post("/en/receipts", data={}).text


def test_what_was_typed_is_given_back(client: FlaskClient) -> None:
    html = client.post("/receipts", data={"reference": "R-2026", "code": '"><b>'}).text
    assert 'value="R-2026"' in html
    assert 'value="&#34;&gt;&lt;b&gt;"' in html
    assert '<a href="#reference">' in html


def test_an_unknown_reference_takes_the_same_work(site: Site, client: FlaskClient, pair: tuple[str, str]) -> None:
    known, unknown = opening(pair[0], site.keys.epoch), opening("R-2026-0000-0000", site.keys.epoch)
    assert len(known.reference) == len(unknown.reference)
    assert unknown.notice is None
    assert not site.keys.opens(pair[1], "notice", unknown.reference, unknown.epoch)


def test_the_stand_in_for_an_unknown_reference_opens_nothing(site: Site, client: FlaskClient) -> None:
    stand_in = opening(None, site.keys.epoch)
    for purpose in ("notice", "notice-mail"):
        code = site.keys.secret(purpose, stand_in.reference, stand_in.epoch)
        assert client.post(f"/receipts/{stand_in.reference}", data={"code": code}).status_code == 422


def test_wrong_codes_are_slowed_down_and_the_right_one_still_opens(
    client: FlaskClient, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "_WRONG", (3, timedelta(hours=1)))
    codes = [client.post("/receipts", data={"reference": pair[0], "code": "x"}).status_code for _ in range(5)]
    assert codes == [422, 422, 422, 429, 429]
    opened(client, pair)
    assert len(db.session.scalars(select(Limit)).all()) > 0


@pytest.mark.parametrize(
    "path", ["/receipts", "/receipts/R-2026-7K3Q-9F2D", "/receipts/x?code=y", "/receipts/%00?code=%ED%A0%80"]
)
def test_every_page_is_neither_kept_nor_indexed(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Robots-Tag"] == "noindex"


def test_the_code_stands_in_no_title_and_no_address(client: FlaskClient, pair: tuple[str, str]) -> None:
    pages = [client.get(f"/receipts/{pair[0]}?code={pair[1]}").text, opened(client, pair)]
    for html in pages:
        title = re.search(r"<title>(.*?)</title>", html, re.DOTALL)
        assert title
        assert pair[1] not in title[1]
        assert not [a for a in re.findall(r'(?:href|src|action)="([^"]*)"', html) if pair[1] in a]


@pytest.mark.parametrize("prefix", ["", "/zh-hant", "/en"])
def test_another_language_opens_the_same_receipt(client: FlaskClient, pair: tuple[str, str], prefix: str) -> None:
    languages = {"": "zh-Hans", "/zh-hant": "zh-Hant", "/en": "en"}
    for html in (client.get(f"{prefix}/receipts/{pair[0]}?code={pair[1]}").text, opened(client, pair, prefix)):
        forms = re.findall(
            r'<form method="post" action="([^"]*)">\s*<input type="hidden" name="code" value="(.*?)">', html
        )
        assert forms == [(f"{other}/receipts/{pair[0]}", pair[1]) for other in languages if other != prefix]
    for action, code in forms:
        assert (
            f'<html lang="{languages[action.partition("/receipts")[0]]}"'
            in client.post(action, data={"code": code}).text
        )
    assert 'name="code"' not in client.get(f"{prefix}/receipts").text.partition("<main")[0]


# the life of a case


def test_a_decision_shows_with_its_ground_and_reasons_and_without_a_name(
    client: FlaskClient, site: Site, pair: tuple[str, str]
) -> None:
    case = db.session.scalars(select(Case)).one()
    mei = factories.make_account(name="梅审核")
    at = case.opened_at
    with transaction():
        cases.take_up(site, mei, case.id, case.version, at)
    html = opened(client, pair)
    assert stage(html) == "审核"
    assert "审核中" in html
    assert "通知齐全吗" in html
    assert html.count("开始审核") == 1  # in the timeline; its target is met
    factories.decide(site, case, Outcome.WITHHELD, at, mei)
    html = opened(client, pair)
    assert stage(html) == "处理结果"
    for shown in (
        "已处理", "依法停止展示", "法律规定：《中华人民共和国民法典》第一千一百九十五条",
        "文中所述与已核实的材料不符，损害他人权益。", "在本站以外，您还可以", "目前已停止展示", "处理结果",
    ):  # fmt: skip
        assert shown in html, shown
    assert "通知齐全吗" not in html  # who got all they asked for need add nothing
    assert "不迟于" not in html
    assert "关于alpha的文章" not in html  # its title may be what the measure is about
    assert "梅审核" not in html
    assert "没有出处" in html  # the facts
    factories.decide(site, case, Outcome.RESTORED, at, mei)
    html = opened(client, pair)
    assert "不同意处理结果？" in html
    assert "恢复展示" in html
    assert "关于alpha的文章" in html
    earlier = html.split("更早的处理结果（1）")[1].split("</details>")[0]
    for shown in (
        "依法停止展示",
        "《中华人民共和国民法典》第一千一百九十五条",
        "文中所述与已核实的材料不符",
        "没有出处",
    ):
        assert shown in earlier, shown


def test_a_notice_shows_nothing_that_was_decided_before_it_came(
    client: FlaskClient, site: Site, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A measure until a decision is on its way already when somebody else joins the case: they read what came of it."""
    case = db.session.scalars(select(Case)).one()
    at = case.opened_at + timedelta(hours=1)
    mei = factories.make_account()
    with transaction():
        cases.take_up(site, mei, case.id, case.version, at)
    factories.decide(site, case, Outcome.INTERIM, at)
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(hours=1))
    second = submit(client, email="li@example.org", explanation="另一个人的通知，说明也不一样，长度超过二十个字了。")
    factories.decide(site, case, Outcome.WITHHELD, at + timedelta(hours=2))
    assert "更早的处理结果（1）" in opened(client, pair)
    assert "更早的处理结果" not in opened(client, second)


def test_a_second_notice_of_the_same_mailbox_sees_the_same_and_says_nothing_of_the_first(
    client: FlaskClient, site: Site, pair: tuple[str, str]
) -> None:
    """Whoever types somebody's address must not learn that they sent a notice too."""
    second = submit(client, explanation="另一份通知，说明也不一样，长度超过二十个字了。")
    html = opened(client, second)
    assert "待处理" in html
    assert pair[0] not in html
    assert "截图.png" not in html
    case = db.session.scalars(select(Case)).one()
    factories.decide(site, case, Outcome.DECLINED, case.changed_at)
    for each in (pair, second):
        assert "不采取措施" in opened(client, each)
    assert "处理结果</dt>" in re.sub(r"\s+", "", opened(client, second))  # one mail answers both
    assert pair[0] not in opened(client, second)


@pytest.mark.parametrize("state", MailState)
def test_how_far_a_mail_got_is_said(
    client: FlaskClient,
    site: Site,
    pair: tuple[str, str],
    state: MailState,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(site, "sends_mail", True)
    with transaction():
        for mail in db.session.scalars(select(Mail)):
            mail.state = state
    html = opened(client, pair)
    is_shown = state not in {MailState.CANCELLED, MailState.GATHERED}  # these went to nobody
    assert (
        html.count(mail_states.for_notifier(site)[state]) == is_shown
    )  # the mail to the maintainers is none of theirs


def test_in_english_the_receipt_is_english(client: FlaskClient, site: Site, pair: tuple[str, str]) -> None:
    html = opened(client, pair, "/en")
    for shown in (
        "Your notice",
        "Received",
        "The right holder (a person or an organisation)",
        "Review begins",
        "E-mails to you",
    ):
        assert shown in html
    for path in ("/en/receipts", f"/en/receipts/{pair[0]}?code=x"):
        assert '<html lang="en">' in client.get(path).text


def test_a_million_characters_in_a_path_are_answered(client: FlaskClient) -> None:
    assert client.post(f"/receipts/{'R' * 100_000}", data={"code": "x"}).status_code == 422


@pytest.mark.parametrize("path", ["/receipts", "/account/sign-in", "/nope", "/report/copyright"])
def test_a_form_of_very_many_fields_is_refused_before_it_is_taken_apart(client: FlaskClient, path: str) -> None:
    body = "a=&" * 700_000
    answer = client.post(path, data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert len(answer.data) < 20_000
