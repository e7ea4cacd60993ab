"""Second factors in a real browser: an app, recovery codes, and passkeys with Chromium's virtual authenticator."""

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import CDPSession, Page, expect

from config import ROOT
from tests.journeys.conftest import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EMAIL, PASSWORD = "jia@example.org", "five quiet lanterns by the river"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def host() -> str:
    """Browsers make passkeys for a name, not for a number."""
    return "localhost"


@pytest.fixture
def device(moderator: Page) -> Iterator[CDPSession]:
    """A device that makes passkeys and makes sure of its holder, plugged into the moderator's browser."""
    session = moderator.context.new_cdp_session(moderator)
    session.send("WebAuthn.enable")
    yield session
    session.detach()


def plug_in(device: CDPSession, **changes: Any) -> str:
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    } | changes  # fmt: skip
    return str(device.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"])


def test_a_passkey_is_set_up_and_signs_in_with_and_without_a_password(
    running: Running, moderator: Page, device: CDPSession
) -> None:
    authenticator = plug_in(device)
    _join(running, moderator)
    moderator.goto(running.url + "/account/second-factor")
    _accessible(moderator)
    moderator.get_by_label("名称").fill("办公桌上的钥匙")
    moderator.get_by_role("button", name="添加通行密钥").click()
    expect(moderator.get_by_role("heading", level=1)).to_have_text("请保存恢复码")
    assert len(moderator.locator("#codes li").all()) == 10
    _accessible(moderator)
    moderator.get_by_role("link", name="已经保存好了").click()
    expect(moderator.locator("[aria-labelledby=factors]")).to_contain_text("办公桌上的钥匙")
    _accessible(moderator)
    assert len(device.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]) == 1

    _sign_out(moderator)
    _accessible(moderator)
    moderator.get_by_role("button", name="用通行密钥登录").click()  # no address, no password
    expect(moderator.locator(".desk-bar")).to_be_visible()

    _sign_out(moderator)
    _enter_password(moderator)
    expect(moderator.get_by_role("heading", level=1)).to_have_text("登录的第二步")
    _accessible(moderator)
    moderator.get_by_role("button", name="用通行密钥继续").click()
    expect(moderator.locator(".desk-bar")).to_be_visible()

    moderator.goto(running.url + "/account/second-factor")
    moderator.get_by_role("button", name="添加通行密钥").click()  # the device has one already, and says so
    expect(moderator.locator("[data-failed]")).to_be_visible()
    _accessible(moderator)


def test_a_device_that_does_not_know_its_holder_is_no_more_than_a_second_step(
    running: Running, moderator: Page, device: CDPSession
) -> None:
    plug_in(
        device, protocol="u2f", transport="usb", hasResidentKey=False, hasUserVerification=False, isUserVerified=False
    )
    _join(running, moderator)
    moderator.goto(running.url + "/account/second-factor")
    moderator.get_by_role("button", name="添加通行密钥").click()
    expect(moderator.get_by_role("heading", level=1)).to_have_text("请保存恢复码")
    _sign_out(moderator)
    moderator.get_by_role("button", name="用通行密钥登录").click()
    expect(moderator.locator("[data-failed]")).to_be_visible()
    _enter_password(moderator)
    moderator.get_by_role("button", name="用通行密钥继续").click()
    expect(moderator.locator(".desk-bar")).to_be_visible()


def test_an_app_is_set_up_without_any_script_and_a_grave_act_asks_again(
    running: Running, plain: Page, reader: Page
) -> None:
    _join(running, plain)
    plain.goto(running.url + "/account/second-factor")
    expect(plain.get_by_role("button", name="添加通行密钥")).to_be_hidden()
    plain.get_by_role("button", name="设置验证器应用").click()
    _accessible(plain, reader)
    plain.get_by_text("不能扫描").click()
    app = pyotp.TOTP(plain.locator("#secret").inner_text().replace(" ", ""))
    spent = app.at(running.now())
    plain.get_by_label("应用显示的6位数字").fill(spent)
    plain.get_by_role("button", name="完成设置").click()
    code = plain.locator("#codes li").first.inner_text()
    _sign_out(plain)

    _enter_password(plain)
    plain.get_by_label("验证码或恢复码").fill(spent)
    plain.get_by_role("button", name="继续").click()
    expect(plain.get_by_role("alert")).to_contain_text("验证码不对")
    running.forward(31)
    plain.get_by_label("验证码或恢复码").fill(app.at(running.now()))
    plain.get_by_role("button", name="继续").click()
    expect(plain.locator(".desk-bar")).to_be_visible()

    running.forward(601)
    plain.goto(running.url + "/desk/people")
    plain.get_by_label("邮箱").fill("lin@example.org")
    plain.get_by_label("复核员").check()
    plain.get_by_role("button", name="发出邀请").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("请确认是您本人")
    plain.get_by_label("验证码或恢复码").fill(code)
    plain.get_by_role("button", name="确认", exact=True).click()
    plain.get_by_role("button", name="继续刚才的操作").click()
    expect(plain.locator(".queue")).to_contain_text("lin@example.org")
    assert running.postbox.take("lin@example.org")

    _sign_out(plain)
    link = _invited_again(running)
    plain.goto(link)
    plain.get_by_label("新密码").fill(PASSWORD + " again")
    plain.get_by_role("button", name="设定密码并登录").click()
    plain.goto(running.url + "/account/")  # whoever lost everything is back in, by the command line alone
    expect(plain.locator("[aria-labelledby=factors]")).to_contain_text("还没有设置")


def _invited_again(running: Running) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "tracker", "invite", EMAIL, "--role", "admin"],
        cwd=ROOT, env=running.environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"http\S+/account/links/\S+", ran.stdout)
    assert found, ran.stdout
    return found[0]


def _join(running: Running, page: Page) -> None:
    page.goto(running.admin_link)
    page.get_by_label("邮箱").fill(EMAIL)
    page.get_by_label("姓名").fill("甲")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="设定密码并登录").click()
    expect(page.locator(".desk-bar")).to_be_visible()


def _sign_out(page: Page) -> None:
    page.get_by_role("button", name="退出", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")


def _enter_password(page: Page) -> None:
    page.get_by_label("邮箱").fill(EMAIL)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()


def _accessible(page: Page, judge: Page | None = None) -> None:
    """Check the page with axe, which is a script itself: where none runs, what the page is made of is shown to a judge."""
    if judge is not None:
        judge.set_viewport_size(page.viewport_size or {"width": 0, "height": 0})
        judge.goto(page.url)
        judge.set_content(re.sub(r"<script.*?</script>", "", page.content()))
        page = judge
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
        assert found.violations_count == 0, found.generate_report()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= (page.viewport_size or {"width": 0})["width"]
