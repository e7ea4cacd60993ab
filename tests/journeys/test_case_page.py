"""The page of a case in a real browser: by keys alone, with what is typed kept, what hurts masked, with and without scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Running, link_in
from tests.journeys.test_life import (
    COLLEAGUE,
    GB,
    PATH,
    _accessible,
    _fits,
    _invite,
    _join,
    _notify,
    _open_case,
    _uncover,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HURTING = GB | {
    "passage": "合同",
    "explanation": "再不删掉，弄死你们这些傻逼编辑，打我电话13812345678，这一段与事实不符。",
}
GROUND = "《中华人民共和国民法典》第一千零二十四条"
REASONS = "核对了通知人提交的材料，文中所说的情形有公开的判决书为证。"


def test_a_case_is_decided_by_keys_alone_from_its_claim(running: Running, reader: Page, moderator: Page) -> None:
    _notify(running, reader, "reputation", GB)
    _join(running, moderator)
    case = _open_case(running, moderator)
    _accessible(moderator)
    press = moderator.keyboard.press
    moderator.locator("#deciding").evaluate("heading => { heading.tabIndex = -1; heading.focus() }")
    press("Tab")
    expect(moderator.locator("#claim-1")).to_be_focused()
    press("ArrowRight")  # 部分成立
    press("ArrowRight")  # 不成立
    expect(moderator.locator("#claim-1-unfounded")).to_be_checked()
    press("Tab")
    moderator.keyboard.type(REASONS)
    press("Tab")
    press("ArrowUp")  # of the outcomes the last
    while not moderator.locator("input[name=outcome][value=declined]").is_checked():
        press("ArrowUp")
    while not moderator.locator("input[name=ground_type]").first.evaluate("field => field === document.activeElement"):
        press("Tab")
    press("Space")
    press("Tab")
    moderator.keyboard.type(GROUND)
    while not moderator.locator("#refusal").evaluate("field => field === document.activeElement"):
        press("Tab")
    press("ArrowDown")
    press("Control+Enter")  # the form's first button: the preview
    expect(moderator.get_by_role("heading", level=1)).to_contain_text("不采取措施")
    expect(moderator.locator("main")).to_contain_text(f"关于文中“合同”：{REASONS}")
    expect(moderator.locator("main")).to_contain_text("所提的主张不成立，因此不采取措施")
    _accessible(moderator)
    moderator.get_by_role("button", name="确认").focus()
    press("Enter")
    expect(moderator.locator(".case-head")).to_contain_text("不采取措施")
    assert moderator.url.startswith(case)
    expect(moderator.locator("[aria-labelledby=sheet]")).to_contain_text(REASONS)
    _accessible(moderator)


def test_what_is_typed_is_kept_and_what_hurts_is_shown_without_losing_it(
    running: Running, reader: Page, moderator: Page, colleague: Page
) -> None:
    _notify(running, reader, "reputation", HURTING)
    _join(running, moderator)
    case = _open_case(running, moderator)
    expect(moderator.locator("main")).not_to_contain_text("13812345678")
    moderator.locator("#facts").fill("写了一半的事实")
    expect(moderator.locator("[data-saved]")).to_contain_text("草稿存于")
    note = _uncover(moderator, "内部备注").locator("textarea")
    note.fill("备注写了一半")
    moderator.locator("button[name=reveal]").first.click()
    expect(moderator.locator(".uncovered")).to_contain_text("打我电话13812345678")
    expect(moderator.locator(".uncovered")).to_be_focused()
    expect(note).to_have_value("备注写了一半")  # nothing was loaded anew
    expect(moderator.locator("#facts")).to_have_value("写了一半的事实")
    expect(moderator.get_by_text(re.compile("^草稿存于"))).to_have_count(2)
    moderator.goto(case)
    expect(moderator.locator("#facts")).to_have_value("写了一半的事实")
    expect(moderator.locator("[id='note-text']")).to_have_value("备注写了一半")
    _accessible(moderator)

    with moderator.expect_response(lambda answer: answer.url.endswith("/preview")):
        moderator.locator("#ground_ref").fill(GROUND)
        moderator.locator("#ground_ref").press("Control+Enter")  # sooner than it would be saved by itself
    moderator.wait_for_load_state()
    moderator.goto(case)
    expect(moderator.locator("#ground_ref")).to_have_value(GROUND)

    _invite(running, moderator, colleague)
    colleague.set_viewport_size({"width": 390, "height": 844})
    colleague.goto(case)
    expect(colleague.locator("main")).not_to_contain_text("13812345678")  # seen by one is not seen by all
    expect(colleague.locator(".drafts")).to_contain_text("林审核的草稿（作出决定）")
    _accessible(colleague)
    colleague.locator(".draft", has_text="作出决定").get_by_role("button").click()
    expect(colleague.locator("#facts")).to_have_value("写了一半的事实")


def test_a_second_opinion_is_given_from_the_mail(
    running: Running, reader: Page, moderator: Page, colleague: Page, plain: Page
) -> None:
    _notify(running, reader, "reputation", GB)
    _join(running, moderator)
    _invite(running, moderator, colleague)
    case = _open_case(running, moderator)
    form = _uncover(moderator, "请一位同事给意见")
    form.locator("textarea").fill("这一段算不算有事实依据的评价？")
    form.locator("[type=submit]").first.click()
    expect(moderator.locator("[aria-labelledby=opinions]")).to_contain_text("还没有回答。")
    plain.goto(link_in(running.postbox.take(COLLEAGUE, "请给一个意见"), "/opinions/"))
    expect(plain.locator("main")).to_contain_text("这一段算不算有事实依据的评价？")
    _fits(plain)
    plain.locator("#remark").fill("有判决书。")
    plain.locator("#remark").press("Enter")
    expect(plain.locator(".error-summary")).to_contain_text("请选择一项")
    plain.get_by_label("是", exact=True).check()
    plain.get_by_role("button", name="回答").click()
    expect(plain.locator("main")).to_contain_text("您已经回答：是")
    moderator.goto(case)
    expect(moderator.locator("[aria-labelledby=opinions]")).to_contain_text("有判决书。")


def test_without_scripts_nothing_is_lost_and_what_changed_is_closed_in_one_step(
    running: Running, reader: Page, plain: Page
) -> None:
    file = running.content / f"{PATH.rpartition('/')[2]}.md"
    passage = next(
        line for line in file.read_text().split("---", 2)[2].splitlines() if len(line) > 30 and "*" not in line
    )
    _notify(running, reader, "reputation", HURTING | {"passage": passage[:20]})
    _join(running, plain)
    case = _open_case(running, plain)
    _fits(plain)
    plain.locator("#facts").fill("没有脚本也写了一半")
    plain.locator("button[name=reveal]").first.click()
    expect(plain.locator(".uncovered")).to_contain_text("打我电话13812345678")
    expect(plain.locator("#facts")).to_have_value("没有脚本也写了一半")
    plain.locator("#facts").fill("又写了一点")
    plain.get_by_role("button", name="存草稿").last.click()
    expect(plain.locator("#facts")).to_have_value("又写了一点")

    file.write_text(file.read_text().replace(passage[:20], "这一段已经改过"))
    running.sync()
    plain.goto(case)
    expect(plain.locator("ins")).to_contain_text("这一段已经改过")
    _fits(plain)
    plain.get_by_role("button", name="已经改正，答复并结束").click()
    expect(plain.locator("main")).to_contain_text("您所指的内容已经改正")
    plain.get_by_role("button", name="确认").click()
    expect(plain.locator(".case-head")).to_contain_text("不采取措施")
    _fits(plain)
