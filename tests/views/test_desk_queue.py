"""The queue as a moderator meets it: its order, its pages, and what narrows it."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import open_case, publish
from tests.staff import make_notice, post
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import ClockKind
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import State
from tracker.models import Account, Case, Clock
from tracker.queries import queue
from tracker.render.site import Site


def test_the_queue_puts_first_what_runs_out_first(site: Site, browser: FlaskClient) -> None:
    now = clock.now()
    for days, slug in ((1, "second"), (3, "first"), (0, "third")):
        open_case(publish(site, slug, now), now - timedelta(days=days))
    html = browser.get("/desk/").text
    order = re.findall(r"关于(\w+)的文章", html)
    assert order == ["first", "second", "third"]
    assert "开始审核已超过2天" in html
    assert "开始审核还有23小时" in html


def test_the_queue_is_paged_without_gaps_or_repeats(
    site: Site, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PER_PAGE", 2)
    now = clock.now()
    article = publish(site, "one", now)
    for category in list(CategoryName)[:6]:  # all due at the same instant
        open_case(article, now, category)
    open_case(publish(site, "two", now), now)
    assert follow_pages(browser, "/desk/") == [1, 2, 3, 4, 5, 6, 7]
    with transaction():
        for number in (3, 5, 6):
            db.session.get_one(Case, number).is_urgent = True
    assert follow_pages(browser, "/desk/") == [3, 5, 6, 1, 2, 4, 7]  # what is urgent comes first, on every page
    with transaction():
        for case in db.session.scalars(select(Case)):
            case.state, case.outcome = State.DECIDED, Outcome.DECLINED
            case.decided_at = now + timedelta(minutes=case.id % 2)
    assert follow_pages(browser, "/desk/cases?state=decided") == [7, 5, 3, 1, 6, 4, 2]
    with transaction():
        for case in db.session.scalars(select(Case)):
            case.closed_at, case.state = now, State.CLOSED
    assert follow_pages(browser, "/desk/cases?state=closed") == [7, 6, 5, 4, 3, 2, 1]
    for senseless in (
        "x",
        "20269999T000000000000-1",
        "20260101T000000000000-99999999999",
        "\0",
        "9" * 500,
        "1.1.1",
        f"{-(10**18)}.{10**17}.{2**33}",
    ):
        assert browser.get("/desk/", query_string={"after": senseless}).status_code == 200


def follow_pages(browser: FlaskClient, path: str) -> list[int]:
    numbers: list[int] = []
    while path:
        html = browser.get(path).text
        numbers += map(int, re.findall(r'class="queue-title"\s+href="/desk/cases/(\d+)"', html))
        found = re.search(r'rel="next"\s+href="([^"]+)"', html)
        path = found[1].replace("&amp;", "&") if found else ""
    return numbers


def test_the_queue_is_narrowed_by_category_state_and_assignee(
    site: Site, browser: FlaskClient, case: Case, mei: Account
) -> None:
    other = make_notice(site, case.article, clock.now(), category=CategoryName.OTHER_ILLEGAL).items[0].case_id
    number = case.id
    post(browser, f"/desk/cases/{other}/take-up", version=1)

    def found(query: str) -> list[int]:
        return follow_pages(browser, f"/desk/cases?{query}")

    assert found("category=other_illegal") == [other]
    assert found("state=received") == [number]
    assert found("state=in_review") == [other]
    assert found("mine=1") == [other]
    assert found("state=nonsense&category=nonsense") == [number, other]
    assert browser.get(f"/desk/cases?number={other}").location == f"/desk/cases/{other}"
    assert "这里没有案件" in browser.get("/desk/cases?state=decided").text


def test_the_queue_shows_what_goes_on_after_a_decision(
    site: Site, browser: FlaskClient, case: Case, mei: Account
) -> None:
    other = make_notice(site, case.article, clock.now(), category=CategoryName.OTHER_ILLEGAL).items[0].case_id
    number = case.id
    with transaction():
        case.state, case.decided_at, case.outcome = State.APPEALED, clock.now(), Outcome.DECLINED
    assert follow_pages(browser, "/desk/") == [other]
    assert follow_pages(browser, "/desk/cases?state=appealed") == [number]
    assert follow_pages(browser, "/desk/cases?state=countered") == []
    assert follow_pages(browser, "/desk/cases?state=needs_info") == []
    assert re.search(r"申诉处理中 <b>1</b>", browser.get("/desk/").text)


def test_a_paused_clock_and_one_that_ends_by_itself_do_not_bring_a_case_forward(
    site: Site, browser: FlaskClient
) -> None:
    now = clock.now()
    cases = [
        open_case(publish(site, slug, now), now - timedelta(days=days)) for days, slug in ((2, "late"), (1, "soon"))
    ]
    with transaction():
        for limit in cases[0].clocks:
            limit.paused_at = now
        db.session.add(Clock(case=cases[0], kind=ClockKind.INFO_WAIT, starts_at=now, due_at=now - timedelta(days=9)))
    html = browser.get("/desk/").text
    assert re.findall(r"关于(\w+)的文章", html) == ["soon", "late"]
    assert "通知人补充材料" not in html
