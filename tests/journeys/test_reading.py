"""An article in a browser: nothing moves, nothing is refused, the contents follow, and a passage over a picture is found again."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import Running
from tracker import content
from tracker.domain.passages import locate

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATH = "/articles/zhengxin-yiyi-zenme-ti"
WATCH = """window.moved = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.moved += entry.value;
}).observe({ type: "layout-shift", buffered: true });"""
SELECT = """() => {
  const figure = document.querySelector("figure"), range = document.createRange();
  const before = document.createTreeWalker(figure.previousElementSibling, NodeFilter.SHOW_TEXT);
  let last; while (before.nextNode()) if (before.currentNode.data.trim()) last = before.currentNode;
  range.setStart(last, 2); range.setEnd(figure.nextElementSibling.firstChild, 6);
  getSelection().removeAllRanges(); getSelection().addRange(range);
}"""
MARKED = """() => {
  const mark = document.querySelector(".fn-mark"), range = document.createRange();
  range.setStart(mark.previousSibling, mark.previousSibling.length - 4); range.setEnd(mark.nextSibling, 5);
  getSelection().removeAllRanges(); getSelection().addRange(range);
}"""


@pytest.mark.parametrize("width", [320, 1440])
def test_an_article_is_read_on_any_screen(running: Running, browser: Browser, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(WATCH)
    page.goto(running.url + PATH)
    page.locator("figure img").scroll_into_view_if_needed()
    expect(page.locator("figure img")).to_have_js_property("complete", True)
    assert page.evaluate("document.querySelector('figure img').naturalWidth") == 840
    page.locator(".footnotes").scroll_into_view_if_needed()
    assert page.evaluate("window.moved") <= 0.01
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == [], "the policy refuses nothing on our own page"
    assert all(url.startswith(running.url) for url in asked)
    page.close()


def test_the_contents_follow_and_a_passage_is_found_again(running: Running, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 800})
    text = content.text_of((running.content / "zhengxin-yiyi-zenme-ti.md").read_bytes())
    page.goto(running.url + PATH)
    here = page.locator(".toc-side [aria-current=location]")
    page.get_by_role("heading", name="4.2").evaluate("heading => heading.scrollIntoView()")
    expect(here).to_have_text(re.compile("^4.2"))
    page.get_by_role("heading", name="2.1").evaluate("heading => heading.scrollIntoView()")
    expect(here).to_have_text(re.compile("^2.1"))
    page.locator("figure").evaluate("figure => figure.scrollIntoView({ block: 'center' })")
    expect(here).to_have_text(re.compile("^3.3"))
    for select, words in ((MARKED, r"答复你。答复大致"), (SELECT, r"20日内.*两段期限\s*异议期间")):
        page.goto(running.url + PATH)
        page.evaluate(select)
        page.get_by_role("link", name="举报这段文字").click()
        page.get_by_role("link", name="违反本站规则", exact=True).click()
        expect(page.locator("#passage")).to_have_value(re.compile(words, re.DOTALL))
        assert locate(page.locator("#passage").input_value(), text) is not None
    page.close()
