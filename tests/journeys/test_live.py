"""What changes by itself on a page of the desk that somebody has open, and what does not: the place, the focus, the ticks."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.factories import draft
from tests.journeys.conftest import Running
from tests.journeys.keyboard import Keyboard, sign_in
from tests.notifier import submission
from tests.staff import make_member
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.roles import Role
from tracker.models import Case
from tracker.services import decisions, leases, notices

pytestmark = [pytest.mark.browser, pytest.mark.slow]

A_LOOK = 21_000
"""Milliseconds after which an open page has asked for news."""


def place(page: Page) -> tuple[str, float]:
    """Return what has the focus, and how far from the top of the window it stands."""
    name, top = page.evaluate("(e => [e.name || e.textContent, e.getBoundingClientRect().top])(document.activeElement)")
    return name, pytest.approx(top, abs=2)


@pytest.fixture
def more_articles() -> int:
    return 14


def opened(running: Running, desk: Flask, slugs: list[str]) -> list[int]:
    """Send a notice about each article; return the numbers of the cases."""
    found = []
    for slug in slugs:
        sent = submission(
            f"live {slug}", CategoryName.REPUTATION, addresses=f"{running.url}/articles/{slug}",
            email="n@example.com", country="CN",
        )  # fmt: skip
        with transaction():
            found.append(notices.submit(desk.extensions["site"], sent, running.now()).items[0].case_id)
    return found


def test_an_open_list_tells_what_is_new_and_leaves_its_reader_alone(
    running: Running, moderator: Page, desk: Flask
) -> None:
    numbers = opened(running, desk, [f"small-{n}" for n in range(12)])
    moderator.clock.install()
    sign_in(Keyboard(moderator), running, desk)
    rows = {number: moderator.locator(f"[data-case='{number}']") for number in numbers}
    taken, decided, ticked = (rows.pop(numbers[n]) for n in (2, 4, 6))
    ticked.locator("input").check()
    next(iter(reversed(rows.values()))).locator(".queue-title").focus()
    before = place(moderator)
    assert moderator.evaluate("scrollY") > 0, "the list is to be scrolled"
    order = moderator.locator("[data-case]").evaluate_all("all => all.map(row => row.dataset.case)")

    lin = make_member("lin@example.org", Role.MODERATOR, name="林")
    with transaction():
        leases.claim(desk.extensions["site"], lin, numbers[2], running.now())
        case = db.session.get_one(Case, numbers[4])
        decisions.decide(desk.extensions["site"], lin, case.id, case.version, draft(Outcome.DECLINED), running.now())
    opened(running, desk, ["small-12", "small-13"])
    moderator.clock.fast_forward(A_LOOK)

    expect(moderator.locator(".live-bar")).to_contain_text("2")
    expect(taken.locator("[data-lease]")).to_contain_text("林")
    expect(decided.locator("[data-news]")).to_contain_text("林")
    expect(ticked.locator("input")).to_be_checked()
    assert place(moderator) == before
    assert moderator.locator("[data-case]").evaluate_all("all => all.map(row => row.dataset.case)") == order


def test_an_open_case_tells_that_somebody_changed_it_and_leaves_what_is_typed(
    running: Running, moderator: Page, desk: Flask
) -> None:
    [number] = opened(running, desk, ["small-0"])
    moderator.clock.install()
    sign_in(Keyboard(moderator), running, desk)
    moderator.goto(f"{running.url}/desk/cases/{number}")
    typed = moderator.locator("[name=facts]")
    typed.fill("写到一半的事实")
    typed.focus()
    before = place(moderator)
    lin = make_member("lin@example.org", Role.MODERATOR, name="林")
    with transaction():
        case = db.session.get_one(Case, number)
        decisions.decide(desk.extensions["site"], lin, case.id, case.version, draft(Outcome.DECLINED), running.now())
    moderator.clock.fast_forward(A_LOOK)
    expect(moderator.locator("[data-presence]")).to_contain_text("您写的内容不会丢")
    expect(typed).to_have_value("写到一半的事实")
    assert place(moderator) == before
