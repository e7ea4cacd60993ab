"""The dashboard: its numbers are those of the lists that they lead to."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import decide, make_account, open_case, publish
from tests.staff import make_member, make_notice, signed_in
from tracker import clock
from tracker.cli.delivery import count_figures
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.figures import week_of
from tracker.domain.roles import Role
from tracker.models import Account, Case, Figure
from tracker.queries import figures as board
from tracker.render.site import Site
from tracker.services import cases, exchange, figures, undo


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return signed_in(app, make_member("jia@example.org", Role.ADMIN, "贾"))


@pytest.fixture
def life(site: Site, browser: FlaskClient) -> Account:
    """Some weeks in the life of a desk, up to now."""
    mei, now = make_account(), clock.now()
    for n, (days, outcome) in enumerate(
        (
            (40, Outcome.WITHHELD),
            (33, Outcome.DECLINED),
            (15, Outcome.DECLINED),
            (9, Outcome.REMOVED),
            (2, None),
            (40, None),
        )
    ):
        at = now - timedelta(days=days)
        case = open_case(publish(site, f"a{n}", at), at)
        if outcome:
            decide(site, case, outcome, at + timedelta(days=1, hours=n), mei)
    notice = make_notice(site, publish(site, "asked", now), now - timedelta(days=8), category=CategoryName.TRADEMARK)
    case, item = notice.items[0].case, notice.items[0].id
    with transaction():
        cases.take_up(site, mei, case.id, case.version, now - timedelta(days=8))
    with transaction():
        exchange.ask_info(
            site, mei, item, db.session.get_one(Case, case.id).version, "还缺证明", now - timedelta(days=7), "k"
        )
    with transaction():
        exchange.supplement(site, notice, "补上", [], {}, now - timedelta(days=3), "l")
    decide(
        site, db.session.get_one(Case, case.id, populate_existing=True), Outcome.DECLINED, now - timedelta(days=2), mei
    )
    taken_back = open_case(publish(site, "undone", now), now - timedelta(days=1))
    decide(site, taken_back, Outcome.WITHHELD, now, mei)
    with transaction():
        version = db.session.get_one(Case, taken_back.id, populate_existing=True).version
        undo.undo(site, mei, taken_back.id, version, now)
    counted(site, now)
    return mei


def counted(site: Site, now: datetime) -> None:
    while figures.due(site, now):
        count_figures(site, now)
    db.session.rollback()


def rows_behind(browser: FlaskClient, href: str) -> int:
    number, path = 0, unescape(href)
    while path:
        html = browser.get(path).text
        number += len(re.findall(r'data-label="序号">|class="queue-title"', html))
        following = re.search(r'rel="next"\s+href="([^"]+)"', html)
        path = unescape(following[1]) if following else ""
    return number


def test_every_number_is_that_of_the_rows_it_leads_to(site: Site, browser: FlaskClient, life: Account) -> None:
    html = browser.get("/desk/figures").text
    links = re.findall(r'<a href="(/desk/audit[^"]+)">(\d+)</a>', html)
    assert len(links) > 40
    for href, number in links:
        assert rows_behind(browser, href) == int(number), href
    of_queue = re.findall(r'<a href="(/desk/(?:cases[^"]*)?)">(\d+)</a>', html)
    assert len(of_queue) > 8
    for href, number in of_queue:
        assert rows_behind(browser, href) == int(number), href


def test_the_numbers_are_what_happened(site: Site, browser: FlaskClient, life: Account) -> None:
    now = clock.now()
    shown = {panel.name: panel for panel in board.dashboard(site, now).panels}
    lately = {row[0].text: row[1].text for row in shown["outcomes"].rows}
    monday = week_of(now, site.zone) - timedelta(weeks=board.LATELY - 1)
    recent = [days for days in (15 - 1, 9 - 1, 2) if site.local(now - timedelta(days=days)).date() >= monday]
    assert lately["撤销刚作出的决定"] == "1"
    assert sum(int(lately[label]) for label in lately if label not in {"撤销刚作出的决定"}) >= len(recent)
    ages = [int(row[1].text) for row in shown["ages"].rows]
    assert sum(ages) == 3  # two never decided, one whose decision was taken back
    assert ages[-1] == 1
    assert sum(int(row[1].text) for row in shown["workload"].rows) == 3
    times = [row for row in shown["times"].rows if row[1].text != row[2].text]
    assert len(times) == 1  # the one week in which a notifier was asked


def test_a_median_leads_to_the_decisions_it_is_of(site: Site, browser: FlaskClient, life: Account) -> None:
    shown = board.dashboard(site, clock.now())
    times = next(panel for panel in shown.panels if panel.name == "times")
    medians = [cell for row in times.rows for cell in row[1:]] + [
        cell for label, cell in shown.top if "小时" in cell.text or "天" in cell.text
    ]
    assert len(medians) > 4
    for cell in medians:
        assert cell.href.startswith("/desk/audit?kind=case.decided&"), cell
        assert rows_behind(browser, cell.href) > 0


def test_net_time_leaves_out_the_wait_for_a_notifier(site: Site, browser: FlaskClient, life: Account) -> None:
    found = {(row.week, row.name): row.number for row in db.session.scalars(select(Figure))}
    case = db.session.scalars(select(Case).where(Case.category == CategoryName.TRADEMARK)).one()
    assert case.decided_at
    week = week_of(case.decided_at, site.zone)
    assert found[week, "median_raw"] > found[week, "median_net"]


def test_weeks_are_counted_once_and_the_running_one_again(site: Site, browser: FlaskClient, life: Account) -> None:
    now = clock.now()
    assert figures.due(site, now) == []
    assert figures.due(site, now + figures.STALE) == [week_of(now, site.zone)]
    later = now + timedelta(weeks=1)
    assert figures.due(site, later)[:2] == [week_of(later, site.zone), week_of(now, site.zone)]
    before = {(row.week, row.name, row.part): row.number for row in db.session.scalars(select(Figure))}
    count_figures(site, now + figures.STALE)
    db.session.rollback()
    assert {(row.week, row.name, row.part): row.number for row in db.session.scalars(select(Figure))} == before


def test_an_empty_desk_has_a_page_too(site: Site, browser: FlaskClient) -> None:
    assert figures.due(site, clock.now()) == []
    assert "后台还没有统计过" in browser.get("/desk/figures").text


def test_charts_are_drawn_without_style_or_script(browser: FlaskClient, life: Account) -> None:
    html = browser.get("/desk/figures").text
    drawn = "".join(re.findall(r"<svg.*?</svg>", html, re.DOTALL))
    assert drawn.count("<title") == drawn.count("<desc") == 3
    assert not re.search(r"\bstyle=|<style|<script|\bon\w+=|href=", drawn)
