"""The life of a notice as people live it: counter-notice, anonymity, masks, questions, appeals, silence, two hundred addresses."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select

from config import Config
from tests import factories
from tests.bounds import within
from tests.journeys.conftest import Running, body_of, link_in, until
from tests.services.test_counters import COUNTER, GROUNDS
from tests.staff import make_member
from tracker import calendars
from tracker.app import create_app
from tracker.db import db
from tracker.domain.clocks import restore_window
from tracker.domain.decisions import OUTCOME_LABELS, Outcome
from tracker.models import Case, Mail, MailState

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ARTICLE = "wangdai-hetong-zenme-kan"
PATH = f"/articles/{ARTICLE}"
PUBLISHER = "shenhe@qinghe-reading.example.net"
NOTIFIER = "rights@example.net"
MAINTAINERS = "maintainers@example.org"
ADMIN, COLLEAGUE = "admin@example.org", "wu@example.org"
PASSWORD = "five quiet lanterns by the river"
ADDRESS = "1 Example Street, Springfield"
WHY = "这一段没有得到我们的许可，与事实也不符，请核实以后处理，谢谢。"
NOTICE = {
    "explanation": WHY, "notifier_role": "owner", "notifier_name": "示例出版社", "email": NOTIFIER, "stmt_truth": "1",
}  # fmt: skip
US = NOTICE | {
    "country": "US", "work_title": "《合同怎么读》，2024年5月", "postal_address": ADDRESS, "stmt_good_faith": "1",
    "stmt_accurate": "1", "stmt_authority_perjury": "1", "signature_name": "示例出版社",
}  # fmt: skip
GB = NOTICE | {
    "country": "GB", "passage": "合同", "inaccurate_parts": "文中说我们违法放贷，实际上我们从来没有放贷。",
    "meaning": "读者会以为我们违法放贷。", "stmt_no_poster_info": "1", "share_name": "no", "share_email": "no",
}  # fmt: skip
BY_AGENT = NOTICE | {
    "notifier_role": "authorised_agent", "principal_name": "示例企业", "org_id_no": "91350100M000100Y43",
    "enterprise_kind": "rumour",
}  # fmt: skip
PI = NOTICE | {"country": "CN", "data_right": "delete", "notifier_role": "person_concerned", "notifier_name": "李小明"}
HIDDEN = "来问的人大多已经逾期，合同却是第一次打开。"
DECISION = {
    "claim-1": "founded",
    "ground_type": "law",
    "ground_ref": "《中华人民共和国民法典》第一千一百九十五条",
    "ground_explanation": "该条规定接到通知以后，根据初步证据采取必要措施，或者说明为什么不采取。",
    "facts": "经核对文章与通知人提交的材料，按照材料能够证明的情况作出这个决定。",
}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def test_a_us_counter_notice_brings_the_article_back_by_itself_on_business_day_12(
    running: Running, reader: Page, moderator: Page
) -> None:
    before = running.get(PATH)
    reference, _ = _notify(running, reader, "copyright", US, checked=True)
    _follow(reader, running.postbox.take(NOTIFIER, reference), reference, look=_accessible)
    _join(running, moderator)
    _open_case(running, moderator)
    _decide(moderator, "withheld")
    assert running.get(PATH)[0] == 451

    reader.goto(running.url + "/receipts")
    _accessible(reader)
    reader.get_by_role("button", name="查看", exact=True).click()
    expect(reader.get_by_role("alert")).to_be_visible()
    _accessible(reader)
    _open_as_publisher(running, reader, running.postbox.take(PUBLISHER, "处理决定和理由"), look=_accessible)
    _accessible(reader)
    reader.get_by_role("button", name="填写反通知").click()
    _accessible(reader)
    reader.get_by_role("button", name="下一步：核对").click()
    expect(reader.get_by_role("alert")).to_be_visible()
    _accessible(reader)
    _fill(reader, COUNTER | {"counter_in_us": "no", "stmt_jurisdiction": ""})
    reader.get_by_role("button", name="下一步：核对").click()
    expect(reader.get_by_role("heading", name="请核对您的反通知")).to_be_visible()
    _accessible(reader)
    received_at = running.now()
    reader.get_by_role("button", name="确认并发送").dblclick()
    expect(reader.get_by_text("反通知已经收到", exact=True)).to_be_visible()
    _accessible(reader)

    told = running.postbox.take(NOTIFIER, "发布者提出了反通知")
    for passed_on in (COUNTER["counter_name"], COUNTER["counter_address"], COUNTER["counter_phone"]):
        assert passed_on in body_of(told)
    assert COUNTER["explanation"] in body_of(told)
    assert running.postbox.take(PUBLISHER, "已收到您的反通知")
    _follow(reader, told, reference)
    expect(reader.locator("#proceedings")).to_be_visible()
    _accessible(reader)

    window = restore_window(received_at, calendars.load(ZoneInfo("Asia/Shanghai")))
    running.forward((window.target - running.now() - timedelta(hours=1)).total_seconds())
    assert running.get(PATH)[0] == 451
    running.forward(timedelta(hours=1, minutes=1).total_seconds())
    until(lambda: running.get(PATH)[0] == 200)
    assert running.get(PATH)[2] == before[2]
    assert PATH.encode() in running.get("/sitemap.xml")[2] + running.get("/archive/1")[2]
    restored = running.postbox.take(NOTIFIER, "措施已经结束")
    assert "系统按照法律自动作出这个决定" in body_of(restored)
    assert NOTIFIER not in body_of(running.postbox.take(PUBLISHER, "措施已经结束"))
    _follow(reader, restored, reference)
    expect(reader.locator("main")).to_contain_text("恢复展示")


def test_a_minor_is_protected_without_a_name_an_address_or_a_script(
    running: Running, plain: Page, moderator: Page
) -> None:
    anonymous = {"explanation": "文章公开了一名未成年人的姓名和学校，请尽快处理。", "stmt_truth": "1"}
    reference, code = _notify(running, plain, "minor", anonymous)
    expect(plain.locator("main")).to_contain_text("您没有留邮箱")
    plain.goto(running.url + "/receipts")
    _fits(plain)
    plain.locator("#reference").fill(reference.lower())
    plain.locator("#code").fill(code.replace("-", " ").lower())
    plain.get_by_role("button", name="查看", exact=True).click()
    expect(plain.get_by_role("heading", name="您的通知")).to_be_visible()
    expect(plain.locator("main")).to_contain_text("您没有留邮箱，一切在这一页查看。")
    _fits(plain)

    _join(running, moderator)
    expect(moderator.locator(".queue-form").first).to_contain_text("紧急")
    _open_case(running, moderator)
    expect(moderator.locator(".case-head")).to_contain_text("紧急")
    _decide(moderator, "withheld")
    assert running.get(PATH)[0] == 451
    _open_as_publisher(running, plain, running.postbox.take(PUBLISHER, "处理决定和理由"))
    expect(plain.locator("main")).not_to_contain_text(anonymous["explanation"])
    _fits(plain)
    assert {mail["X-Envelope-To"] for mail in running.postbox.rest()} <= {MAINTAINERS}


def test_personal_information_is_masked_and_the_rest_goes_on_being_read(
    running: Running, reader: Page, moderator: Page
) -> None:
    before = running.get(PATH)
    assert HIDDEN.encode() in before[2]
    reference, _ = _notify(running, reader, "personal-data", PI | {"passage": HIDDEN})
    _follow(reader, running.postbox.take(NOTIFIER, reference), reference)
    expect(reader.locator("main")).to_contain_text("答复个人信息请求")
    _join(running, moderator)
    case = _open_case(running, moderator)
    assert "".join(moderator.locator(".case-article mark").all_inner_texts()) == HIDDEN
    _decide(moderator, "passage_withheld")

    etag = before[1]["etag"]
    for path, words in ((PATH, HIDDEN), (f"/zh-hant{PATH}", "來問的人大多已經逾期")):
        status, _, body = running.get(path, If_None_Match=etag)
        assert (status, words.encode() in body) == (200, False), path
        assert PATH.encode() in running.get(path.replace(PATH, "/archive/1"))[2]
    assert "我在社区做过几年合同阅读的志愿者".encode() in running.get(PATH)[2]
    assert PATH.encode() not in running.get(f"/search?q={quote(HIDDEN)}")[2]
    told = running.postbox.take(NOTIFIER, "举报处理结果")
    assert "部分内容不再展示" in body_of(told)
    assert "向履行个人信息保护职责的部门投诉、举报" in body_of(told)
    _follow(reader, told, reference)
    expect(reader.locator("main")).to_contain_text("遮盖部分内容")
    statement = running.postbox.take(PUBLISHER, "处理决定和理由")
    _open_as_publisher(running, reader, statement)
    for shown in (body_of(statement), reader.locator("main").inner_text()):
        for private in (PI["notifier_name"], NOTIFIER, PI["explanation"]):
            assert private not in shown

    moderator.goto(case)
    _decide(moderator, "restored")
    assert running.get(PATH)[2] == before[2]
    assert running.get(PATH, If_None_Match=etag)[0] == 304


def test_a_missing_authorisation_is_asked_for_and_added_and_an_appeal_is_decided_by_somebody_else(
    running: Running, reader: Page, moderator: Page, colleague: Page, tmp_path: Path
) -> None:
    files = {name: tmp_path / f"{name}.pdf" for name in ("files", "identity_files", "authority_files")}
    for name, file in files.items():
        file.write_bytes(f"%PDF-1.7\n% {name}\n".encode())
    uploads = {"files": str(files["files"]), "identity_files": str(files["identity_files"])}
    reference, _ = _notify(running, reader, "enterprise", BY_AGENT | uploads)
    _join(running, moderator)
    _open_case(running, moderator)
    expect(moderator.locator(".claim").first).to_contain_text("授权委托书")
    _uncover(moderator, "请通知人补充").locator("textarea").fill("请上传示例企业给您的授权委托书。")
    moderator.get_by_role("button", name="发出").click()
    expect(moderator.locator(".case-head")).to_contain_text("等待通知人补充")

    _follow(reader, running.postbox.take(NOTIFIER, "请补充您的举报"), reference)
    expect(reader.locator("main")).to_contain_text("请上传示例企业给您的授权委托书。")
    expect(reader.locator("main")).to_contain_text("授权委托书：上传授权委托书")
    _uncover(reader, "补充材料").locator("#supplement_authority_files").set_input_files(files["authority_files"])
    _accessible(reader)
    reader.locator("#supplement").locator("[type=submit]").click()
    expect(reader.get_by_text("已收到您的补充。")).to_be_visible()
    expect(reader.locator("main")).not_to_contain_text("授权委托书：上传授权委托书")
    _accessible(reader)
    assert running.postbox.take(NOTIFIER, "已收到您补充的内容")
    moderator.reload()
    expect(moderator.locator(".case-head")).not_to_contain_text("等待通知人补充")
    expect(moderator.locator(".claim").first).to_contain_text("等待处理")
    expect(moderator.get_by_text("authority_files.pdf").first).to_be_visible()

    _decide(moderator, "declined")
    _follow(reader, running.postbox.take(NOTIFIER, "举报处理结果"), reference)
    _uncover(reader, "申诉").locator("textarea").fill(GROUNDS)
    reader.locator("#appeal").locator("[type=submit]").click()
    expect(reader.get_by_text("已收到您的申诉")).to_be_visible()
    _accessible(reader)
    assert running.postbox.take(NOTIFIER, "已收到您的申诉")

    case = _open_case(running, moderator, "appealed")
    expect(moderator.locator("[aria-labelledby=appeals]")).to_contain_text("申诉在等另一个人")
    expect(moderator.locator("#main").get_by_text("处理申诉", exact=True)).to_have_count(0)
    _invite(running, moderator, colleague)
    moderator.goto(case)
    expect(moderator.locator("[aria-labelledby=appeals]")).to_contain_text("申诉要由另一位同事处理")
    colleague.goto(case)
    form = _uncover(colleague, "处理申诉")
    form.locator("input[name=verdict][value=dismiss]").check()
    form.locator("textarea[name=grounds]").fill("重新核对了全部材料，没有新的事实，原来的决定并无不当。")
    form.get_by_role("button", name="作出申诉决定").click()
    expect(colleague.locator("[aria-labelledby=appeals]")).to_contain_text("原来的决定并无不当")
    told = running.postbox.take(NOTIFIER, "申诉的结果")
    assert "原来的决定并无不当" in body_of(told)
    _follow(reader, told, reference)
    expect(reader.locator("main")).to_contain_text("维持原决定")
    assert running.get(PATH)[0] == 200


def test_a_publisher_appeals_and_the_article_comes_back(
    running: Running, reader: Page, moderator: Page, colleague: Page
) -> None:
    _notify(running, reader, "copyright", US)
    _join(running, moderator)
    case = _open_case(running, moderator)
    _decide(moderator, "withheld")
    _open_as_publisher(running, reader, running.postbox.take(PUBLISHER, "处理决定和理由"))
    form = reader.locator("form[action$='/appeal']")
    form.locator("[type=submit]").click()
    expect(reader.get_by_role("alert")).to_be_visible()
    _accessible(reader)
    form.locator("textarea").fill(GROUNDS)
    form.locator("[type=submit]").click()
    expect(reader.get_by_text("申诉已经收到")).to_be_visible()
    assert running.postbox.take(PUBLISHER, "已收到您的申诉")
    _invite(running, moderator, colleague)
    colleague.goto(case)
    ruling = _uncover(colleague, "处理申诉")
    ruling.locator("input[name=verdict][value=uphold]").check()
    ruling.locator("textarea[name=grounds]").fill("发布者提交的材料说明文章属于合理引用，申诉成立。")
    _fill(ruling, DECISION | {"outcome": "restored"})
    ruling.locator("[type=submit]").first.click()
    expect(colleague.locator(".case-head")).to_contain_text("恢复展示")
    assert running.get(PATH)[0] == 200
    for party in (PUBLISHER, NOTIFIER):
        assert "申诉成立" in body_of(running.postbox.take(party, "申诉的结果"))


def test_british_silence_gives_the_case_back_with_48_hours_to_act(
    running: Running, reader: Page, moderator: Page
) -> None:
    reference, _ = _notify(running, reader, "reputation", GB)
    _join(running, moderator)
    case = _open_case(running, moderator)
    moderator.get_by_role("button", name="由我审核").click()
    moderator.get_by_role("button", name="转送发布者").click()
    forwarded_at = running.now()
    expect(moderator.locator(".case-head")).to_contain_text("等待发布者答复")
    asked = running.postbox.take(PUBLISHER, "有人就您的文章提交了通知")
    assert NOTICE["notifier_name"] not in body_of(asked)
    assert "第5天的24时" in body_of(asked)
    assert running.postbox.take(NOTIFIER, "已经请发布者答复")
    _open_as_publisher(running, reader, asked)
    _accessible(reader)

    london = forwarded_at.astimezone(ZoneInfo("Europe/London"))
    midnight = (london + timedelta(days=6)).replace(hour=0, minute=0, second=0, microsecond=0)
    running.forward((midnight - running.now() + timedelta(minutes=1)).total_seconds())
    _sign_in(running, moderator)

    def is_back() -> bool:
        moderator.goto(case)
        return "等待发布者答复" not in moderator.locator(".case-head").inner_text()

    until(is_back)
    expect(moderator.locator(".case-head")).to_contain_text("审核中")
    expect(moderator.locator("[aria-labelledby=clocks]")).to_contain_text("停止展示，或把发布者的答复告知通知人")
    expect(moderator.locator("[aria-labelledby=clocks]")).to_contain_text("48小时")
    assert running.postbox.take(MAINTAINERS, "发布者没有在期限内答复")
    assert running.get(PATH)[0] == 200
    _decide(moderator, "withheld")
    assert running.get(PATH)[0] == 451
    _follow(reader, running.postbox.take(NOTIFIER, "举报处理结果"), reference)
    expect(reader.locator("main")).to_contain_text("依法停止展示")


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("more_articles", [within(30, 200)])
def test_many_addresses_are_one_notice_from_the_form_to_as_many_outcomes(
    running: Running, reader: Page, more_articles: int
) -> None:
    pasted = [f"{running.url}/articles/small-{number}" for number in range(more_articles)]
    said = US | {"addresses": "\n".join(pasted)}
    reference, _ = _notify(running, reader, "copyright", said)
    acknowledgement = running.postbox.take(NOTIFIER, reference)
    assert len(set(re.findall(r"/articles/small-\d+", body_of(acknowledgement)))) == more_articles
    assert f"{more_articles}篇文章" in running.postbox.take(MAINTAINERS, reference)["Subject"]
    _follow(reader, acknowledgement, reference)
    expect(reader.locator("dl").first.locator("a[href^='/articles/small-']")).to_have_count(more_articles)
    until(_all_is_sent)
    assert running.postbox.rest() == []
    _decide_all(running, lambda number: Outcome.DECLINED if number % 10 == 0 else Outcome.WITHHELD)
    assert running.get("/articles/small-0")[0] == 200
    assert running.get("/articles/small-1")[0] == 451
    told = running.postbox.take(NOTIFIER, "举报处理结果")
    assert f"{more_articles}篇文章" in told["Subject"]
    _follow(reader, told, reference)
    with reader.expect_download() as saved:
        reader.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(saved.value.path().read_text("utf-8-sig"))))
    assert [row["文章地址"] for row in rows] == pasted
    assert Counter(row["处理结果"] for row in rows) == {
        "依法停止展示": more_articles * 9 // 10,
        "不采取措施": more_articles // 10,
    }
    until(_all_is_sent)
    assert [each["Subject"] for each in running.postbox.rest() if each["X-Envelope-To"] == NOTIFIER] == []


def _all_is_sent() -> bool:
    """Say whether no mail waits for the worker."""
    db.session.rollback()
    return db.session.scalar(select(func.count(Mail.id)).where(Mail.state == MailState.QUEUED)) == 0


def _decide_all(running: Running, outcome: Callable[[int], Outcome]) -> None:
    """Decide every case as a moderator would, one act after the other, while the site runs."""
    app = create_app(Config.from_environment(running.environment))
    with app.app_context():
        by = make_member("qiu@example.org")
        for number, case in enumerate(db.session.scalars(select(Case).order_by(Case.id)).all()):
            factories.decide(app.extensions["site"], case, outcome(number), running.now(), by)
        db.session.remove()
        db.engine.dispose()
    app.extensions["edge"].close()


def _fits(page: Page) -> None:
    """Nothing has to be scrolled sideways."""
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url


def _accessible(page: Page) -> None:
    """WCAG 2.2 AA, in the light and in the dark; nothing to scroll sideways."""
    _fits(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = Axe().run(page, options={"runOnly": WCAG, "resultTypes": ["violations"]})
        assert not found.response["violations"], f"{page.url} {scheme}\n{found.generate_report()}"


def _notify(
    running: Running, page: Page, slug: str, answers: Mapping[str, str], *, checked: bool = False
) -> tuple[str, str]:
    """Go through the form from the article's page to the receipt; `checked`: with axe at every stop."""
    look = _accessible if checked else _fits
    page.goto(running.url + PATH)
    page.get_by_role("link", name="举报本文").first.click()
    look(page)
    page.locator(f"a[href^='/report/about/{slug}']").click()
    look(page)
    page.get_by_role("link", name="开始填写").first.click()
    look(page)
    _fill(page, answers)
    if page.get_by_role("button", name="继续", exact=True).count():
        page.get_by_role("button", name="继续", exact=True).click()
        look(page)
        if checked:
            page.get_by_role("button", name="保存并核对").click()
            expect(page.get_by_role("alert")).to_be_visible()
            look(page)
        _fill(page, answers)
    page.get_by_role("button", name="保存并核对").click()
    expect(page.get_by_role("heading", name="请核对您的通知")).to_be_visible()
    look(page)
    page.get_by_role("button", name="确认并提交").click()
    expect(page.get_by_role("heading", name="已收到您的通知")).to_be_visible()
    look(page)
    return page.locator("#reference").inner_text(), page.locator("#code").inner_text()


def _fill(form: Page | Locator, answers: Mapping[str, str]) -> None:
    """Answer those of the questions that the page shows, as their controls want it; an empty answer is none."""
    for name, answer in answers.items():
        control = form.locator(f"[name={name}]:not([type=hidden])")
        if not answer or not control.count() or not control.first.is_visible():
            continue
        match control.first.get_attribute("type"):
            case "radio":
                form.locator(f"[name={name}][value={answer}]").check()
            case "checkbox":
                control.check()
            case "file":
                control.set_input_files(answer)
            case _ if control.evaluate("control => control.tagName") == "SELECT":
                control.select_option(answer)
            case _:
                control.fill(answer)


def _follow(page: Page, message: EmailMessage, reference: str, look: Callable[[Page], None] = _fits) -> None:
    """Open the receipt from the link in a mail."""
    page.goto(link_in(message, f"/receipts/{reference}"))
    look(page)
    page.get_by_role("button", name="查看进度").click()
    expect(page.get_by_role("heading", name="您的通知")).to_be_visible()


def _open_as_publisher(
    running: Running, page: Page, message: EmailMessage, look: Callable[[Page], None] = _fits
) -> None:
    page.goto(link_in(message, "/publisher/"))
    assert page.url.startswith(running.url)
    look(page)
    page.get_by_role("button", name="打开案件页面").click()
    expect(page.get_by_text("您现在可以做的事")).to_be_visible()


def _join(running: Running, page: Page) -> None:
    page.goto(running.admin_link)
    _fill(page, {"email": ADMIN, "name": "林审核", "password": PASSWORD})
    page.get_by_role("button", name="设定密码并登录").click()
    page.goto(running.url + "/desk/")


def _sign_in(running: Running, page: Page) -> None:
    """Sign in again: sessions end long before the limits of the law."""
    page.goto(running.url + "/account/sign-in")
    _fill(page, {"email": ADMIN, "password": PASSWORD})
    page.locator("main").get_by_role("button", name="登录").click()
    expect(page.locator(".queue-head")).to_be_visible()


def _invite(running: Running, admin: Page, invited: Page) -> None:
    admin.goto(running.url + "/desk/people")
    _fill(admin, {"email": COLLEAGUE, "role": "reviewer"})
    admin.get_by_role("button", name="发出邀请").click()
    invited.goto(link_in(running.postbox.take(COLLEAGUE), "/account/links/"))
    _fill(invited, {"name": "吴复核", "password": PASSWORD})
    invited.get_by_role("button", name="设定密码并登录").click()
    expect(invited.get_by_role("button", name="设定密码并登录")).to_have_count(0)


def _open_case(running: Running, page: Page, state: str = "") -> str:
    """Open the only case there is; return its address."""
    page.goto(running.url + (f"/desk/cases?state={state}" if state else "/desk/"))
    page.locator(".queue-title").click()
    expect(page.locator(".case-head")).to_be_visible()
    return page.url


def _decide(page: Page, outcome: str) -> None:
    _fill(page.locator("[aria-labelledby=deciding]"), DECISION | {"outcome": outcome})
    if outcome == "declined":
        page.locator("#refusal").select_option(index=1)
    page.get_by_role("button", name="预览后果").click()
    page.get_by_role("button", name="确认").click()
    expect(page.locator(".case-head")).to_contain_text(OUTCOME_LABELS[Outcome(outcome)])


def _uncover(page: Page, title: str) -> Locator:
    """Open what is folded away under a title and return it."""
    summary = page.locator("summary", has_text=title)
    summary.click()
    return page.locator("details", has=summary)
