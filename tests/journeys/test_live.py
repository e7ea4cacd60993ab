"""The queue and a case while somebody has them open: what happened elsewhere shows, and takes nothing out of their hands."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests import factories
from tests.journeys.conftest import Running
from tests.journeys.keyboard import Keyboard, sign_in
from tests.notifier import submission
from tests.staff import make_member
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.models import Case
from tracker.services import leases, notices

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SLUGS = ("wangdai-hetong-zenme-kan", "zhengxin-baogao-zenme-kan")

HELD = """() => [document.activeElement.name, document.activeElement.value, document.activeElement.checked,
  Math.round(document.activeElement.getBoundingClientRect().top),
  [...document.querySelectorAll("[data-case]")].map(row => row.dataset.case).join()]"""
"""What somebody has in hand: the focus, what is ticked, where on the screen, and which rows stand there."""


def noticed(running: Running, desk: Flask, category: CategoryName) -> list[int]:
    """Send a notice of a category about each of the articles; return the cases."""
    found = []
    for slug in SLUGS:
        sent = submission(
            f"{category} {slug}", category, passage="", explanation="这一段与事实不符，损害了我们的名誉，请处理。",
            addresses=f"{running.url}/articles/{slug}", email=f"{slug}@example.com", country="CN",
        )  # fmt: skip
        with transaction():
            found.append(notices.submit(desk.extensions["site"], sent, running.now()).items[0].case_id)
    return found


def test_what_happens_elsewhere_shows_without_reload_and_takes_nothing_away(
    running: Running, moderator: Page, desk: Flask
) -> None:
    page, site = moderator, desk.extensions["site"]
    first, second = noticed(running, desk, CategoryName.REPUTATION)
    page.clock.install()
    sign_in(Keyboard(page), running, desk)
    page.set_viewport_size({"width": 1000, "height": 300})
    tick = page.locator(f"[data-case='{second}'] .line-pick input")
    tick.check()
    tick.focus()
    page.evaluate("scrollTo(0, 120)")
    before = page.evaluate(HELD)
    assert before[2] is True

    lin = make_member("lin@example.org", name="林")
    noticed(running, desk, CategoryName.TERMS)
    with transaction():
        leases.claim(site, lin, first, running.now())
    factories.decide(site, db.session.get_one(Case, second), Outcome.DECLINED, running.now(), lin)
    with page.expect_response("**/desk/live?**"):
        page.clock.fast_forward(21_000)
    expect(page.locator(".live-bar")).to_have_text("2个新案件，点此显示")
    expect(page.locator(f"[data-case='{first}']")).to_contain_text("林在处理")
    expect(page.locator(f"[data-case='{second}'] [data-news]")).to_have_text("林刚刚处理了")
    after = page.evaluate(HELD)
    assert after == before

    with page.expect_navigation():  # only who wants it sees the new list
        page.locator(".live-bar").click()
    expect(page.locator("[data-case]")).to_have_count(3)
    expect(page.locator(f"[data-case='{first}'] [data-lease]")).to_contain_text("林在处理")
    page.locator("[data-case]").last.locator("input").focus()
    before = page.evaluate(HELD)
    with transaction():
        leases.release(site, lin, first, running.now())
    with page.expect_response("**/desk/live?**"):
        page.clock.fast_forward(21_000)
    expect(page.locator(f"[data-case='{first}']")).not_to_contain_text("林在处理")
    assert page.evaluate(HELD) == before


def test_an_open_case_says_that_it_was_changed_and_leaves_what_is_typed(
    running: Running, moderator: Page, desk: Flask
) -> None:
    page, (number, _) = moderator, noticed(running, desk, CategoryName.REPUTATION)
    page.clock.install()
    sign_in(Keyboard(page), running, desk)
    page.goto(f"{running.url}/desk/cases/{number}")
    typed = page.locator("[name=facts]")
    typed.fill("写到一半的事实")
    typed.focus()
    name, value, _, top, _ = page.evaluate(HELD)
    lin = make_member("lin@example.org", name="林")
    factories.decide(desk.extensions["site"], db.session.get_one(Case, number), Outcome.DECLINED, running.now(), lin)
    page.clock.fast_forward(21_000)
    expect(page.locator("[data-presence]")).to_contain_text("您写的内容不会丢")
    after = page.evaluate(HELD)
    assert (after[:2], after[3]) == ([name, value], pytest.approx(top, abs=2))
    assert value == "写到一半的事实"
