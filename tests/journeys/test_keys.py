"""What keys do in a real browser, and what they leave alone; the palette, the help, one's own keys, no script."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Running
from tests.journeys.keyboard import Keyboard, sign_in
from tests.journeys.test_life import _accessible
from tests.notifier import submission
from tracker.db import transaction
from tracker.domain.categories import CategoryName
from tracker.services import notices

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def focused(page: Page) -> str:
    """Return what has the focus, in a word that a test can compare."""
    return str(
        page.evaluate(
            "(e => e.dataset.action?.split(' ')[0] || e.name || e.id || e.tagName.toLowerCase())(document.activeElement)"
        )
    )


@pytest.fixture
def few(running: Running, desk: Flask) -> list[int]:
    """Three cases about the articles that the site has anyway."""
    site, found = desk.extensions["site"], []
    for number, slug in enumerate(("wangdai-hetong-zenme-kan", "zhengxin-baogao-zenme-kan")):
        sent = submission(
            f"few {number}", CategoryName.REPUTATION, passage="", explanation="再不删掉，弄死你们这些傻逼编辑，这一段与事实不符。",
            addresses=f"{running.url}/articles/{slug}", email=f"few{number}@example.com", country="CN",
        )  # fmt: skip
        with transaction():
            found.append(notices.submit(site, sent, running.now()).items[0].case_id)
    return found


def test_keys_press_what_is_there_and_leave_fields_alone(
    running: Running, moderator: Page, plain: Page, desk: Flask, few: list[int]
) -> None:
    keys, page = Keyboard(moderator), moderator
    sign_in(keys, running, desk)
    _the_list(keys)
    _the_palette_and_the_help(keys)
    _the_case(keys)
    _changed_and_switched_off(keys, running)
    _without_a_script(page, plain, running)


def _the_list(keys: Keyboard) -> None:
    page = keys.page
    keys.press("j")
    assert focused(page) == "open"
    titles = page.locator(".queue-title")
    expect(titles.first).to_be_focused()
    keys.press("j", "j", "j")  # past the end it stays at the last
    expect(titles.last).to_be_focused()
    keys.press("ArrowUp", "x")
    expect(titles.first).to_be_focused()
    expect(page.locator(".line-pick input").first).to_be_checked()
    expect(page.locator("#said")).to_have_text("勾选的案件：1件")
    keys.press("x", "/")
    expect(page.locator(".line-pick input").first).not_to_be_checked()
    keys.write("jxn?gc")
    expect(page.locator("#q")).to_have_value("jxn?gc")  # a field gets what is typed
    expect(page).to_have_url(re.compile("/desk/$"))
    keys.press("Escape", "f")
    assert focused(page) == "state"
    keys.press("Escape", "u")
    expect(page.locator("#said")).to_have_text("撤销刚才的决定：这一页现在没有")


def _the_palette_and_the_help(keys: Keyboard) -> None:
    page = keys.page
    keys.press("?")
    expect(page.locator("#keys-help")).to_be_visible()
    _accessible(page)
    keys.press("j", "Escape")
    expect(page.locator("#keys-help")).to_be_hidden()
    keys.press("Control+k")
    palette = page.locator("#palette")
    expect(palette.get_by_role("combobox")).to_be_focused()
    _accessible(page)
    expect(palette.get_by_role("option", name="撤销刚才的决定")).to_have_count(0)  # not on this page, not now
    keys.write("统计")
    expect(palette.get_by_role("option")).to_have_count(1)
    keys.go("Enter")
    expect(page).to_have_url(re.compile("/desk/figures$"))
    keys.press("Control+k")
    keys.write("inta")  # the name in the table finds it too
    expect(palette.locator("[data-none]")).to_be_visible()
    keys.press("Escape")
    keys.press("Control+k")
    keys.write("1")
    keys.go("Enter")  # nothing is called so: it is searched for
    expect(page).to_have_url(re.compile("/desk/search"))
    keys.press("Control+k", "ArrowUp", "ArrowUp", "ArrowDown")
    chosen = palette.locator("[aria-selected=true]")
    assert palette.get_by_role("combobox").get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    expect(chosen).to_contain_text("退出")
    keys.press("Escape", "g")
    page.wait_for_timeout(3100)  # longer than two keys that belong together may be apart
    keys.press("c")
    page.wait_for_timeout(300)
    expect(page).to_have_url(re.compile("/desk/search"))
    keys.go("g", "c")
    expect(page).to_have_url(re.compile("/desk/$"))


def _the_case(keys: Keyboard) -> None:
    page = keys.page
    keys.press("j")
    keys.go("Enter")
    expect(page.locator(".case-head h1")).to_be_focused()
    keys.press("c")
    assert focused(page) == "text"  # the note is opened, and ready to be written
    keys.write("v看过了")
    keys.go("Control+Enter")
    expect(page.locator("[aria-labelledby=thread]")).to_contain_text("v看过了")
    keys.press(".")
    expect(page.locator(".uncovered").first).to_be_focused()
    keys.press("p")
    expect(page.locator("[name^=claim-][value=partly]").first).to_be_checked()
    keys.press("y", "r")  # the same claim, answered otherwise
    expect(page.locator("[name^=claim-][value=founded]").first).to_be_checked()
    assert focused(page) == "reasons"
    keys.press("Escape", "[")
    assert focused(page) == "article"
    _accessible(page)
    keys.go("v")  # not whole yet: what is missing is said, and has the focus
    expect(page.locator(".error-summary")).to_be_focused()
    keys.go("n")
    expect(page.locator(".case-head h1")).to_be_focused()


def _changed_and_switched_off(keys: Keyboard, running: Running) -> None:
    page = keys.page
    page.goto(f"{running.url}/account/keys")
    _accessible(page)
    page.locator("#k-row-next").focus()
    keys.press("Control+a")
    keys.write("n")
    keys.go("Control+Enter")
    expect(page.locator(".error-summary")).to_contain_text("冲突")
    _accessible(page)
    page.locator("#k-row-next").focus()
    keys.press("Control+a")
    keys.write("J")
    keys.go("Control+Enter")
    keys.go("g", "c")
    keys.press("j")
    assert focused(page) == "body"
    keys.press("Shift+J")
    assert focused(page) == "open"
    page.goto(f"{running.url}/account/keys")
    page.locator("#on").focus()
    keys.press("Space", "Tab")
    keys.go("Control+Enter")
    keys.press("g", "c", "J", "?")
    expect(page).to_have_url(re.compile("/account/keys"))
    expect(page.locator("#keys-help")).to_be_hidden()
    keys.press("Control+k")
    keys.write("案件列表")
    keys.go("Enter")
    expect(page).to_have_url(re.compile("/desk/$"))


def _without_a_script(page: Page, plain: Page, running: Running) -> None:
    plain.context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    for path in ("/desk/", "/account/keys"):
        plain.goto(running.url + path)
        expect(plain.get_by_role("button", name="命令面板")).to_be_hidden()
        expect(plain.locator("dialog:visible")).to_have_count(0)
        assert plain.evaluate("document.documentElement.scrollWidth") <= 320
    plain.goto(running.url + "/desk/")
    plain.get_by_role("link", name="快捷键").click()
    plain.locator("#k-undo").fill("z")
    plain.get_by_role("button", name="保存", exact=True).click()
    expect(plain.locator("main")).to_contain_text("和“已经改正：答复并结束”的“z”冲突")
    plain.get_by_role("button", name="恢复原来的快捷键").click()
    expect(plain.locator("#k-undo")).to_have_value("u")
