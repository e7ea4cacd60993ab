"""The form in a browser: a selected passage, what is typed kept by itself, the link by mail, the sum above the easy rate."""

import re
import urllib.parse
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Running, body_of
from tests.notifier import WHOLE
from tracker.services.admission import RATES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATH = "/articles/zhengxin-baogao-zenme-kan"
SELECT = """paragraph => {
  const range = document.createRange(), text = paragraph.firstChild;
  range.setStart(text, 2); range.setEnd(text, 12);
  getSelection().removeAllRanges(); getSelection().addRange(range);
  return range.toString();
}"""
SAVED = "已保存，还没有提交"


def test_a_selected_passage_and_what_is_typed_are_kept_by_themselves(
    running: Running, reader: Page, plain: Page
) -> None:
    reader.goto(running.url + PATH)
    chosen = reader.locator("#article .prose p").nth(2).evaluate(SELECT)
    reader.get_by_role("link", name="举报这段文字").click()
    reader.get_by_role("link", name="违反本站规则", exact=True).click()
    expect(reader.locator("#passage")).to_have_value(chosen)
    expect(reader.get_by_role("heading", name="齐不齐全")).to_be_visible()
    reader.locator("#explanation").fill("写到一半，手机没电了")
    reader.locator("#kept summary").first.focus()
    expect(reader.get_by_text(SAVED)).to_be_visible()
    expect(reader.locator("#kept :focus")).to_have_count(1)  # what is kept by itself takes nobody's place away
    link = reader.locator("#kept a[href*='/report/drafts/']").first.get_attribute("href")
    plain.goto(running.url + str(link))
    expect(plain.locator("#explanation")).to_have_value("写到一半，手机没电了")
    expect(plain.locator("#passage")).to_have_value(chosen)
    plain.locator("#explanation").fill("换了一台电脑，没有脚本")
    plain.get_by_role("button", name="保存，稍后继续").click()
    plain.locator("#email").fill("tired@example.net")
    plain.get_by_role("button", name="发送链接").click()
    mailed = re.search(r"http\S+/report/drafts/\S+", body_of(running.postbox.take("tired@example.net")))
    assert mailed
    plain.goto(mailed[0])
    expect(plain.locator("#explanation")).to_have_value("换了一台电脑，没有脚本")


def test_above_the_easy_rate_the_browser_does_a_sum_and_others_have_two_ways(
    running: Running, reader: Page, plain: Page
) -> None:
    for number in range(RATES["address"].easy or 0):
        check = _check(running, f"n{number}@example.net")
        seen = re.findall(r'name="seen" value="(\w+)"', _post(check)[1])
        assert _post(check.removesuffix("/check") + "/send", seen=seen[0])[0].endswith("/sent")
    check = _check(running, "tired@example.net")
    plain.goto(check)
    expect(plain.get_by_text("没有运行脚本的浏览器")).to_be_visible()
    plain.get_by_role("button", name="确认并提交").click()
    expect(plain.get_by_text("填写的内容都在").first).to_be_visible()
    reader.goto(check)
    reader.get_by_role("button", name="确认并提交").click()  # before the sum is done: it goes when it is
    expect(reader.get_by_role("heading", name="已收到您的通知")).to_be_visible(timeout=30_000)


def _check(running: Running, email: str) -> str:
    """Fill in the form without a browser; return the address of its check page."""
    answers = WHOLE | {"addresses": running.url + PATH, "email": email}
    return _post(f"{running.url}/report/terms", **answers)[0]


def _post(address: str, **data: str) -> tuple[str, str]:
    """Send a form, or only look; return where that led and what stands there."""
    sent = urllib.parse.urlencode(data).encode() if data else None
    with urllib.request.urlopen(address, sent, timeout=30) as response:
        return response.url, response.read().decode()
