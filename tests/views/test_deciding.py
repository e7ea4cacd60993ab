"""Deciding at the desk: every kind of measure through its form, seen before, taken back after."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.factories import publish, stored
from tests.publisher import Publisher
from tests.staff import BODY, DECISION, PASSAGE, make_member, make_notice, post, signed_in
from tracker import clock
from tracker.cli.proving import prove
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import RESTRICTIVE, Outcome
from tracker.domain.roles import Role
from tracker.models import Account, AuditEntry, Case, Decision, EffectProof, Mail, MailState, Measure
from tracker.render.site import Site
from tracker.services import appeals, proving

pytestmark = pytest.mark.usefixtures("stopped_clock")

PATH = "/articles/yi-pian"
NEW = "有人说起过这件事"
FORMS: dict[str, dict[str, str]] = {
    "labelled": {"label": "disputed", "words": "编辑部正在核对。"},
    "reply_attached": {"speaker": "concerned", "speaker_name": "安娜公司", "words": "我们没有拨打过任何亲友的电话。"},
    "corrected": {"passages": PASSAGE, "replacements": NEW, "words": "删去没有依据的说法。"},
    "passage_withheld": {"passages": PASSAGE, "words": "这一句涉及他人隐私。"},
    "withheld": {},
}
SHOWN = {
    "labelled": ["争议中：", "编辑部正在核对。"],
    "reply_attached": ["当事人的回应", "安娜公司", "我们没有拨打过任何亲友的电话。"],
    "corrected": [NEW, "删去没有依据的说法。"],
    "passage_withheld": ["此处有内容依法不展示", "这一句涉及他人隐私。"],
    "withheld": ["这篇文章已依法停止展示"],
}


@pytest.fixture
def case(site: Site, now: datetime) -> Case:
    article = publish(site, "yi-pian", now, BODY, title=f"{PASSAGE}的经过")
    return make_notice(site, article, now).items[0].case


def written(case: Case, outcome: str, **more: str) -> dict[str, str]:
    return {**DECISION, "outcome": outcome, "version": str(case.version), **FORMS.get(outcome, {}), **more}


@pytest.mark.parametrize("outcome", list(FORMS))
def test_the_preview_is_what_the_act_does(browser: FlaskClient, case: Case, outcome: str) -> None:
    form = written(case, outcome)
    before = stored("session", "account")
    preview = post(browser, f"/desk/cases/{case.id}/preview", **form)
    assert preview.status_code == 200
    assert stored("session", "account") == before
    text = unescape(preview.text)
    for said in SHOWN[outcome]:
        assert said in text
    assert "现在列表里" in text
    assert "以后列表里" in text
    assert post(browser, f"/desk/cases/{case.id}/decide", **form).location == f"/desk/cases/{case.id}?decided=1"
    page = browser.get(PATH)
    assert page.status_code == (451 if outcome == "withheld" else 200)
    for said in SHOWN[outcome]:
        assert said in page.text
    db.session.rollback()
    mails = db.session.scalars(select(Mail).where(Mail.cause.startswith("decision:"))).all()
    forwarded = ["forwarded"] if Outcome(outcome) in RESTRICTIVE else []  # what restricts brings its notice along
    assert sorted(mail.name for mail in mails) == ["decision", *forwarded, "statement"]
    assert preview.text.count('class="mail-body"') == len(mails)
    for mail in mails:
        assert mail.subject in text
        assert [line for line in mail.text.splitlines() if line not in text] == [], mail.name
    measure = db.session.scalars(select(Measure)).one()
    assert measure.kind == {"labelled": "label", "reply_attached": "reply", "corrected": "correct",
                            "passage_withheld": "mask", "withheld": "withhold"}[outcome]  # fmt: skip


ALSO = {
    "also_label": "under_review",
    "also_reply": "我们没有拨打过任何亲友的电话。",
    "also_speaker": "concerned",
    "also_name": "安娜公司",
}


@pytest.mark.parametrize("outcome", ["labelled", "reply_attached", "corrected", "passage_withheld"])
def test_one_decision_does_what_goes_together_and_takes_it_back_together(
    browser: FlaskClient, case: Case, site: Site, now: datetime, outcome: str
) -> None:
    page, also = browser.get(PATH), dict(ALSO)
    said = [*SHOWN[outcome], "审查中：", "当事人的回应", "安娜公司", ALSO["also_reply"]]
    if outcome == "labelled":
        said.remove("审查中：")  # it has a label of its own
    if outcome == "reply_attached":
        said.remove(ALSO["also_reply"])  # and an answer
        also["also_reply"] = "这一份不会附上，因为已经有一份。"
    preview = post(browser, f"/desk/cases/{case.id}/preview", **written(case, outcome, **also))
    text = unescape(preview.text)
    assert [words for words in said if words not in text] == []
    for name, value in also.items():
        assert f'name="{name}" value="{value}"' in text, name
    post(browser, f"/desk/cases/{case.id}/decide", **written(case, outcome, **also))
    shown = browser.get(PATH).text
    assert [words for words in said if words not in shown] == []
    assert shown.count('class="reply"') == 1
    assert "这一份不会附上" not in shown
    db.session.rollback()
    told = db.session.scalars(select(Mail).where(Mail.name.in_(("decision", "statement")))).all()
    assert len(told) == 2
    assert all(ALSO["also_reply"] in mail.text for mail in told)
    assert db.session.scalars(select(Measure)).one().kind is not None, "one measure, with one end"
    assert "我们没有拨打过任何亲友的电话。" in browser.get(f"/desk/cases/{case.id}").text
    prove(site, now)
    db.session.rollback()
    assert db.session.scalars(select(EffectProof)).one().findings == []
    post(browser, f"/desk/cases/{case.id}/undo", version=str(case.version), key="u" * 32)
    assert browser.get(PATH).data == page.data
    again = browser.get(f"/desk/cases/{case.id}").text
    assert outcome == "reply_attached" or f"{ALSO['also_reply']}</textarea>" in again


def test_what_is_put_beside_a_measure_is_named_wherever_the_measure_is(
    browser: FlaskClient, case: Case, site: Site
) -> None:
    form = written(case, "passage_withheld", **ALSO)
    pages = {"preview": post(browser, f"/desk/cases/{case.id}/preview", **form).text}
    post(browser, f"/desk/cases/{case.id}/decide", **form)
    notice = case.items[0].notice
    code = site.keys.secret("notice", notice.reference, notice.key_epoch)
    pages["receipt"] = browser.post(f"/receipts/{notice.reference}", data={"code": code}).text
    pages["table"] = browser.post(f"/receipts/{notice.reference}/outcomes", data={"code": code, "format": "csv"}).text
    pages["publisher"] = Publisher(browser, site, case).page()
    assert [name for name, text in pages.items() if "遮盖部分内容、加注说明、附上回应" not in text] == []
    assert "部分内容不展示、加注说明、附上回应" in browser.get(f"/transparency/cases/{case.id}").text
    assert "Passages withheld, " in browser.get(f"/en/transparency/cases/{case.id}").text


def test_the_preview_shows_lists_before_and_after(browser: FlaskClient, case: Case) -> None:
    text = unescape(post(browser, f"/desk/cases/{case.id}/preview", **written(case, "passage_withheld")).text)
    now, later = text.index("现在列表里"), text.index("以后列表里")
    assert f"{PASSAGE}的经过" in text[now:later]
    assert "〔此处不展示〕的经过" in text[later:]
    assert "更新于" not in text[now : text.index("有变化的页面")], "no list says when an article was changed"
    assert PASSAGE not in text[later : text.index("给发布者的邮件")]
    titles = [title for title in re.findall("<h3>(.+?)</h3>", text) if title.startswith("给")]
    assert sorted(titles) == ["给发布者的邮件：决定和理由", "给发布者的邮件：转给对方的通知", "给通知人的邮件"]
    for path in ("/feed.atom", "/archive/1", PATH):
        assert path in text
    hidden = unescape(post(browser, f"/desk/cases/{case.id}/preview", **written(case, "withheld")).text)
    assert "不列出这篇文章。" in hidden[hidden.index("以后列表里") :]


def test_the_preview_says_which_other_case_keeps_the_article_from_readers(
    browser: FlaskClient, case: Case, site: Site, now: datetime
) -> None:
    other = make_notice(site, case.article, now, "bo@example.com", category=CategoryName.PORTRAIT).items[0].case
    assert other.id != case.id
    form = written(case, "declined", refusal="true_or_opinion", **{"claim-0": "unfounded"})
    said = "文章已经因此停止展示，这里的决定不改变这一点。"
    for alone in (form, written(case, "withheld")):
        assert said not in post(browser, f"/desk/cases/{case.id}/preview", **alone).text
    assert post(browser, f"/desk/cases/{other.id}/decide", **written(other, "withheld")).status_code == 303
    db.session.rollback()
    text = post(browser, f"/desk/cases/{case.id}/preview", **form).text
    assert "HTTP 451" in text
    assert f'<a href="/desk/cases/{other.id}">#{other.id}</a>：{said}' in text


def test_the_preview_of_a_refusal_says_its_ground_as_its_mails_do(browser: FlaskClient, case: Case) -> None:
    form = written(case, "declined", refusal="true_or_opinion", **{"claim-0": "unfounded"})
    text = unescape(post(browser, f"/desk/cases/{case.id}/preview", **form).text)
    reasons = text[text.index("决定和理由") : text.index("读者会看到")]
    assert "不采取措施的理由" in reasons
    assert "内容属实，或属于意见" in reasons
    assert "《民法典》第一千零二十五条" in reasons
    assert "不采取措施的理由" not in post(browser, f"/desk/cases/{case.id}/preview", **written(case, "withheld")).text


def test_the_preview_carries_everything_that_was_written(browser: FlaskClient, case: Case) -> None:
    more = {"starts": "2026-12-01", "ends": "2026-12-31", "territory": "CN, GB", "quotes_old": "1", "is_manifest": "1"}
    text = post(browser, f"/desk/cases/{case.id}/preview", **written(case, "corrected", **more)).text
    for name, value in (FORMS["corrected"] | more).items():
        assert f'name="{name}" value="{value}"' in text, name
    back = post(browser, f"/desk/cases/{case.id}/edit", **written(case, "corrected", **more)).text
    for value in (FORMS["corrected"] | more).values():
        assert value in back


def test_a_measure_to_come_is_seen_as_of_its_day(browser: FlaskClient, case: Case, site: Site) -> None:
    when = {"starts": "2026-12-01", "ends": "2026-12-31", "territory": "cn"}
    form = written(case, "passage_withheld", **when)
    text = unescape(post(browser, f"/desk/cases/{case.id}/preview", **form).text)
    assert "2026年12月1日 00:00起：" in text
    assert "此处有内容依法不展示" in text
    post(browser, f"/desk/cases/{case.id}/decide", **form)
    db.session.rollback()
    measure = db.session.scalars(select(Measure)).one()
    assert site.local(measure.starts_at).isoformat() == "2026-12-01T00:00:00+08:00"
    assert measure.ends_at is not None
    assert site.local(measure.ends_at).isoformat() == "2027-01-01T00:00:00+08:00"
    assert PASSAGE in browser.get(PATH).text, "not yet"
    page = browser.get(f"/desk/cases/{case.id}").text
    assert "将要开始的措施" in page
    assert "CN" in page


@pytest.mark.parametrize(
    ("outcome", "wrong", "field"),
    [
        ("labelled", {"label": "", "words": ""}, "words"),
        ("labelled", {"label": "guilty"}, "label"),
        ("reply_attached", {"speaker": ""}, "speaker"),
        ("reply_attached", {"words": "短"}, "words"),
        ("corrected", {"replacements": ""}, "replacements"),
        ("corrected", {"words": f"原来说{PASSAGE}"}, "words"),
        ("passage_withheld", {"passages": ""}, "passages"),
        ("passage_withheld", {"passages": "文章里没有这一句话"}, "passages"),
        ("passage_withheld", {"passages": "字" * 2001}, "passages"),
        ("passage_withheld", {"starts": "明天"}, "starts"),
        ("passage_withheld", {"starts": "2026-11-23"}, "starts"),
        ("passage_withheld", {"ends": "2026-02-30"}, "ends"),
        ("passage_withheld", {"ends": "2026-11-22"}, "ends"),
        ("passage_withheld", {"ends": "9999-12-31"}, "ends"),
        ("withheld", {"territory": "全球"}, "territory"),
        ("corrected", {"also_reply": "我们没有拨打过任何亲友的电话。"}, "also_speaker"),
        ("corrected", {"also_reply": "短", "also_speaker": "concerned"}, "also_reply"),
        ("labelled", {"also_reply": "短", "also_speaker": "concerned"}, "also_reply"),
    ],
)
def test_what_is_wrong_is_named_beside_its_field_and_kept(
    browser: FlaskClient, case: Case, outcome: str, wrong: dict[str, str], field: str
) -> None:
    answer = post(browser, f"/desk/cases/{case.id}/preview", **written(case, outcome, **wrong))
    assert answer.status_code == 422
    text = unescape(answer.text)
    assert f'href="#{field}"' in text
    assert f'id="{field}-error"' in text
    assert all(value in text for name, value in (FORMS[outcome] | wrong).items() if name != "label")


def test_the_form_begins_with_the_passages_of_the_notices(browser: FlaskClient, case: Case) -> None:
    text = browser.get(f"/desk/cases/{case.id}").text
    assert f">\n{PASSAGE}</textarea>" in text


def test_what_is_in_force_is_shown_and_can_be_ended(
    app: Flask, browser: FlaskClient, case: Case, mei: Account, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = browser.get(PATH)
    post(browser, f"/desk/cases/{case.id}/decide", **written(case, "corrected"))
    text = browser.get(f"/desk/cases/{case.id}").text
    for said in ("正在执行的措施", "更正", NEW, "在原处", "结束措施"):
        assert said in text
    later = now + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    browser = signed_in(app, mei)
    db.session.rollback()
    ended = written(case, "restored", version=str(case.version))
    preview = post(browser, f"/desk/cases/{case.id}/preview", **ended).text
    assert PASSAGE in preview
    post(browser, f"/desk/cases/{case.id}/decide", **ended)
    assert browser.get(PATH).data == page.data
    db.session.rollback()
    last = db.session.scalar(select(func.max(Decision.id)))
    told = db.session.scalars(select(Mail.text).where(Mail.cause.startswith(f"decision:{last}:"))).all()
    assert len(told) == 2
    assert all("恢复原来的样子" in said and "恢复展示" not in said for said in told)


def test_the_effect_is_shown_once_it_was_looked_at(browser: FlaskClient, case: Case, site: Site, now: datetime) -> None:
    post(browser, f"/desk/cases/{case.id}/decide", **written(case, "passage_withheld"))
    assert "还没有核对；一分钟以内" in browser.get(f"/desk/cases/{case.id}").text
    db.session.rollback()
    prove(site, now)
    text = browser.get(f"/desk/cases/{case.id}").text
    assert "决定之后的核对" in text
    assert "以陌生读者的身份读了" in text
    assert "还没有核对" not in text


def test_no_look_is_promised_that_nobody_will_take(
    app: Flask,
    browser: FlaskClient,
    case: Case,
    mei: Account,
    site: Site,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    post(browser, f"/desk/cases/{case.id}/decide", **written(case, "passage_withheld"))
    db.session.rollback()
    prove(site, now)
    later = now + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    db.session.rollback()
    browser = signed_in(app, mei)
    post(browser, f"/desk/cases/{case.id}/decide", **written(case, "restored", version=str(case.version)))
    text = browser.get(f"/desk/cases/{case.id}").text
    assert "以陌生读者的身份读了" in text, "of the first decision"
    assert "最近的决定还没有核对；一分钟以内会有结果。" in text
    monkeypatch.setattr(clock, "now", lambda: later + proving.LOOKS_BACK)
    assert list(proving.effects_due(clock.now())) == []
    text = signed_in(app, mei).get(f"/desk/cases/{case.id}").text
    assert "一分钟以内" not in text
    assert "没有核对，也不再补做" in text


def test_a_decision_is_taken_back_by_a_button_while_there_is_time(
    browser: FlaskClient, case: Case, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = browser.get(PATH)
    post(browser, f"/desk/cases/{case.id}/decide", **written(case, "withheld"))
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=20))
    text = browser.get(f"/desk/cases/{case.id}?decided=1").text
    assert '撤销（还剩40秒） <kbd aria-hidden="true">u</kbd></button>' in text
    db.session.rollback()
    answer = post(browser, f"/desk/cases/{case.id}/undo", version=str(case.version), key="u" * 32)
    assert answer.location == f"/desk/cases/{case.id}?undone=1"
    text = browser.get(answer.location).text
    assert "决定已撤销" in text
    assert "撤销（还剩" not in text
    assert "作出决定" in text
    assert browser.get(PATH).data == page.data
    db.session.rollback()
    states = set(db.session.scalars(select(Mail.state).where(Mail.cause.startswith("decision:"))))
    assert states == {MailState.CANCELLED}
    assert "撤销决定" in browser.get("/desk/audit").text


def test_after_the_window_there_is_no_button_and_no_undoing(
    browser: FlaskClient, case: Case, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(browser, f"/desk/cases/{case.id}/decide", **written(case, "withheld"))
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=60))
    assert "撤销（还剩" not in browser.get(f"/desk/cases/{case.id}").text
    db.session.rollback()
    answer = post(browser, f"/desk/cases/{case.id}/undo", version=str(case.version), key="u" * 32)
    assert answer.status_code == 409
    assert "时间已经过了" in answer.text
    assert browser.get(PATH).status_code == 451


def test_a_stale_undo_is_told_who_was_there(browser: FlaskClient, case: Case) -> None:
    post(browser, f"/desk/cases/{case.id}/decide", **written(case, "withheld"))
    answer = post(browser, f"/desk/cases/{case.id}/undo", version="1", key="u" * 32)
    assert answer.status_code == 409
    assert "梅" in answer.text


def test_a_case_is_opened_without_a_notice(browser: FlaskClient, case: Case, now: datetime) -> None:
    assert "/desk/initiative" in browser.get("/desk/").text
    form = browser.get("/desk/initiative?article=yi-pian").text
    assert 'value="yi-pian"' in form
    said = {
        "address": "yi-pian",
        "category": "personal_data",
        "reason": "文中的人不是公众人物，不该点名。",
        "key": "i" * 32,
    }
    answer = post(browser, "/desk/initiative", **said)
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    assert "本站主动审查" in page
    assert "立案时的版本" in page
    assert "收到通知时的版本" not in page
    assert "没有通知可以转送" in page
    assert said["reason"] in page
    assert post(browser, "/desk/initiative", **said).location == answer.location
    again = post(browser, "/desk/initiative", **said | {"key": "j" * 32})
    assert again.status_code == 409
    assert "已有案件" in again.text
    empty = post(browser, "/desk/initiative", key="e" * 32).text
    for field in ("address", "category", "reason"):
        assert f'href="#{field}"' in empty, field
    for wrong in ({"address": "nowhere"}, {"category": ""}, {"category": "x"}, {"reason": ""}):
        answer = post(browser, "/desk/initiative", **said | {"key": "n" * 32} | wrong)
        assert answer.status_code == 422
        assert f'href="#{next(iter(wrong))}"' in answer.text


def test_an_upheld_appeal_may_mask_instead_of_hide(
    app: Flask, browser: FlaskClient, case: Case, site: Site, now: datetime
) -> None:
    post(browser, f"/desk/cases/{case.id}/decide", **written(case, "withheld"))
    db.session.rollback()
    with transaction():
        appeals.send(site, case, None, "整篇停止展示超出了必要的范围，请改为遮盖那一句。", [], "zh-Hans", now, "a" * 32)
    other = signed_in(app, make_member("lin@example.org", Role.REVIEWER, name="林"))
    db.session.rollback()
    form = written(case, "passage_withheld", verdict="uphold", appeal=str(case.appeals[0].id), key="r" * 32)
    form |= {"version": str(case.version), "grounds": "只有一句话有问题，遮盖它就够了，不必停止展示整篇文章。"}
    answer = post(other, f"/desk/cases/{case.id}/rule", **form)
    assert answer.status_code == 303
    page = browser.get(PATH)
    assert page.status_code == 200
    assert PASSAGE not in page.text
    db.session.rollback()
    kinds = db.session.scalars(select(AuditEntry.kind).where(AuditEntry.case_id == case.id)).all()
    assert "case.appeal_ruled" in kinds
    assert case.outcome is Outcome.PASSAGE_WITHHELD
