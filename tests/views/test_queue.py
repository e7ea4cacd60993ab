"""The queue as a moderator meets it: what a line says, narrowing, sharing work, news without reload, arranging notices."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.staff import make_member, make_notice, post, publish, signed_in
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.lifecycle import State
from tracker.domain.roles import Role
from tracker.models import Account, Case, Lease, Presence
from tracker.queries import queue
from tracker.queries.filters import Filters
from tracker.render.site import PREFIXES, Site
from tracker.services import leases


@pytest.fixture
def case(site: Site) -> Case:
    now = clock.now()
    return make_notice(site, publish(site, "one", now), now, passage="逾期不等于违法，但会产生利息").items[0].case


def shown(browser: FlaskClient, query: str) -> list[int]:
    html = browser.get(f"/desk/cases?{query}").text
    return [int(n) for n in re.findall(r'class="queue-title"\s+href="/desk/cases/(\d+)"', html)]


def test_a_line_says_enough_to_decide_on(site: Site, browser: FlaskClient) -> None:
    now = clock.now()
    article = publish(site, "one", now)
    said = {"passage": "电话是13912345678的那段原文", "notifier_type": "organisation", "minor_involved": "yes"}
    make_notice(site, article, now, **said)
    make_notice(site, article, now, "bob@example.com")
    html = " ".join(browser.get("/desk/").text.split())
    for words in (
        "关于one的文章",
        "名誉、荣誉",
        "单位 · 权利人本人（含单位）",
        "2份通知",
        "电话是█████的那段原文",
        "缺：",
        "紧急",
    ):
        assert words in html, words
    assert re.search(
        r"第一：涉及未成年人 \+40；紧急事由 \+30；\d小时后到期 \+30；引文含电话、证件号等个人信息 \+10；2份通知 \+10",
        html,
    )
    for hidden in ("13912345678", "anna@example.com", "安娜"):
        assert hidden not in html


@pytest.mark.parametrize("few", [queue.FEW, 0], ids=["few", "many"])
def test_every_filter_narrows_and_what_is_not_on_the_list_does_nothing(
    site: Site, browser: FlaskClient, case: Case, mei: Account, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "FEW", few)
    now = clock.now()
    english = publish(site, "two", now, language="en", publisher={"name": "法务部", "email": "law@example.org"})
    other = (
        make_notice(site, english, now - timedelta(days=3), category=CategoryName.MINOR, passage="").items[0].case_id
    )
    one = case.id
    with transaction():
        leases.claim(site, mei, other, now)
    day = f"{site.local(now - timedelta(days=3)):%Y-%m-%d}"
    expected = {
        "category=minor": [other], "language=en": [other], "language=zh-Hans": [one], "urgent=1": [other], "mine=1": [other],
        f"assignee={mei.id}": [other], "unassigned=1": [one], "overdue=1": [other], "passage=1": [one], "trusted=1": [],
        "channel=web": [other, one], "channel=phone": [], "source=notice": [other, one], "source=order": [],
        f"from={day}&to={day}": [other], "article=two": [other], "article=none": [], "publisher=法务部": [other],
        "state=in_review": [other], "mine=1&unassigned=1": [], "category=minor&language=zh-Hans": [],
        "state=received&sort=newest": [one], "channel=web&passage=1&language=zh-Hans": [one],
        f"from={day}&sort=oldest": [other, one], "overdue=1&sort=due": [other],
        "sort=newest": [one, other], "sort=oldest": [other, one], "sort=due": [other, one],
    }  # fmt: skip
    for query, numbers in expected.items():
        assert shown(browser, query) == numbers, query
    for senseless in (
        "state=x",
        "category=' OR 1=1",
        "sort=id;drop",
        "assignee=x",
        "from=2026-99-99",
        "channel=\0",
        "urgent=yes",
    ):
        assert shown(browser, senseless) == [other, one], senseless


@pytest.mark.parametrize("few", [queue.FEW, 0], ids=["few", "many"])
def test_the_cases_of_one_notice_and_of_one_sender_are_listed_and_nobody_is_named(
    site: Site, browser: FlaskClient, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "FEW", few)
    now, slugs = clock.now(), ("one", "two", "three")
    articles = [publish(site, slug, now) for slug in slugs]
    many = make_notice(site, articles[0], now, addresses="\n".join(f"{site.base_url}/articles/{s}" for s in slugs))
    again = make_notice(site, articles[0], now, category=CategoryName.TERMS)
    nobody = [make_notice(site, article, now, "", category=CategoryName.CSAM) for article in articles[:2]]
    of_many = sorted(item.case_id for item in many.items)
    every = sorted([*of_many, again.items[0].case_id])
    assert sorted(shown(browser, f"notice={many.reference}")) == of_many
    assert sorted(shown(browser, f"notice={many.reference.lower()}&category=reputation")) == of_many
    for reference in (many.reference, again.reference):
        assert sorted(shown(browser, f"notifier={reference}")) == every
    assert shown(browser, f"notice={again.reference}") == [again.items[0].case_id]
    assert shown(browser, f"notifier={nobody[0].reference}") == []  # who left no address is nobody's other notice
    for wrong in ("notice=R-2026-0000-0000", "notice=nonsense", "notifier=nonsense"):
        assert shown(browser, wrong) == [], wrong
    page = browser.get(f"/desk/cases/{of_many[0]}").text
    assert "同一份通知涉及3个案件" in page
    for view in (f"notice={many.reference}", f"notifier={many.reference}"):
        assert f'href="/desk/cases?{view}"' in page
        assert "anna@example.com" not in browser.get(f"/desk/cases?{view}").text
    assert "同一份通知涉及" not in browser.get(f"/desk/cases/{again.items[0].case_id}").text


def test_a_view_is_the_same_however_it_is_written() -> None:
    asked = {
        "notice": "R-2026-7K3Q-9F2D",
        "mine": "1",
        "category": "minor",
        "from": "2026-11-01",
        "sort": "newest",
        "nonsense": "1",
        "urgent": "0",
    }
    view = Filters.read(asked, PREFIXES)
    assert Filters.parse(view.query, PREFIXES) == view
    assert view.without("from").without("mine").without("notice").said() == {"category": "minor", "sort": "newest"}
    assert view.without("nonsense") == view
    assert Filters.read({}, PREFIXES).query == ""


def test_work_is_shared_and_seen(app: Flask, site: Site, browser: FlaskClient, case: Case, mei: Account) -> None:
    lin = make_member("lin@example.org", name="林")
    colleague, number = signed_in(app, lin), case.id
    assert post(browser, "/desk/next").location == f"/desk/cases/{number}"
    assert "梅在处理，还有" in colleague.get("/desk/").text
    assert post(colleague, "/desk/next").location == "/desk/?none=1"
    assert "没有空闲的案件" in colleague.get("/desk/?none=1").text
    refused = post(colleague, f"/desk/cases/{number}/take-up", note="x")
    assert (refused.status_code, 'value="x"' in refused.text) == (409, True)
    assert re.search(r"梅正在处理这个案件，到\d\d:\d\d为止", refused.text)
    assert post(colleague, f"/desk/cases/{number}/take-up", note="梅下班了").status_code == 303
    for path, is_told in (("/desk/", True), ("/desk/cases?mine=1", True), ("/desk/cases?overdue=1", False)):
        assert ("原来由您审核，林于" in browser.get(path).text) == is_told
    assert "原来由您审核" not in colleague.get("/desk/").text
    assert post(colleague, f"/desk/cases/{number}/hand-over", to=mei.id, note="还给你").location == "/desk/"
    assert '<select id="hand-over-to" name="to" required>' in browser.get(f"/desk/cases/{number}").text
    queue = browser.get("/desk/").text  # browsers hold a hand-over to nobody at its field, and no other button
    assert 'id="bulk-to" name="to" required' in queue
    assert '<button class="button" type="submit" formnovalidate data-action="bulk">' in queue
    wrong = post(browser, f"/desk/cases/{number}/hand-over", to="", note="给谁好呢")
    assert (wrong.status_code, "给谁好呢" in wrong.text) == (422, True)
    assert post(browser, f"/desk/cases/{number}/release").status_code == 303
    db.session.rollback()
    assert db.session.get_one(Case, number).assignee_id is None


def test_an_act_renews_the_lease(site: Site, browser: FlaskClient, case: Case, mei: Account) -> None:
    number, now = case.id, clock.now()
    with transaction():
        leases.claim(site, mei, number, now - timedelta(minutes=20))
    post(browser, f"/desk/cases/{number}/note", text="看过合同了", key="n" * 24, version="1")
    db.session.rollback()
    assert db.session.get_one(Lease, number).until > now + timedelta(minutes=29)


def test_who_looks_is_told_who_else_does(app: Flask, site: Site, browser: FlaskClient, case: Case) -> None:
    number = case.id
    colleague = signed_in(app, make_member("lin@example.org", name="林"))
    assert post(browser, f"/desk/cases/{number}/presence", version=1).json == {"said": "", "held": ""}
    assert post(colleague, f"/desk/cases/{number}/presence", version=1).json == {"said": "梅也在看。", "held": ""}
    assert "梅也在看。" in colleague.get(f"/desk/cases/{number}").text
    make_notice(site, case.article, clock.now(), "bob@example.com")
    told = post(colleague, f"/desk/cases/{number}/presence", version=1).json
    assert told == {"said": "案件刚刚有了变化，刷新后可见；您写的内容不会丢。梅也在看。", "held": ""}
    with transaction():
        leases.claim(site, db.session.scalars(select(Account).where(Account.name == "梅")).one(), number, clock.now())
    told = post(colleague, f"/desk/cases/{number}/presence", version=1).json
    assert told
    assert (told["said"].count("梅"), told["held"][:5]) == (0, "梅在处理，"), "who holds it looks at it, too"
    assert browser.post(f"/desk/cases/{number}/presence").status_code == 403
    assert post(browser, "/desk/cases/999/presence").status_code == 404
    assert len(db.session.scalars(select(Presence)).all()) == 2


def test_the_page_is_told_what_is_new_without_reload(app: Flask, site: Site, browser: FlaskClient, case: Case) -> None:
    number = case.id
    html = browser.get("/desk/").text
    found = re.search(r'data-live="([^"]+)"', html)
    assert found
    address = found[1].replace("&amp;", "&") + f"&shown={number}.x.999999999999"
    assert browser.get(address).json == {"said": "", "held": {}, "rows": {}}
    new = make_notice(site, case.article, clock.now(), category=CategoryName.TERMS).items[0].case_id
    lin = make_member("lin@example.org", name="林")
    with transaction():
        leases.claim(site, lin, number, clock.now())
    news = browser.get(address)
    assert news.headers["Cache-Control"] == "no-store"
    assert news.json is not None
    assert news.json["said"] == "1个新案件，点此显示"
    assert news.json["held"][str(number)].startswith("林在处理，还有")
    assert browser.get(address.replace("seen=", "category=fraud&seen=")).json["said"] == ""  # type: ignore[index]
    with transaction():
        done = db.session.get_one(Case, number)
        done.state, done.decided_at, done.changed_by = State.DECIDED, clock.now(), "林"
    gone = browser.get(address).json
    assert gone is not None
    assert gone["rows"] == {str(number): "林刚刚处理了"}
    assert str(new) not in gone["rows"]


def test_notices_are_arranged_from_the_page_of_the_case(site: Site, browser: FlaskClient, case: Case) -> None:
    number, article, now = case.id, case.article, clock.now()
    other = make_notice(site, article, now, "bob@example.com", category=CategoryName.TERMS).items[0].case_id
    assert f"把#{other}并入本案" in browser.get(f"/desk/cases/{number}").text
    stale = post(browser, f"/desk/cases/{number}/merge", other=other, version=9)
    assert stale.status_code == 409
    assert post(browser, f"/desk/cases/{number}/merge", other=other, version=1).location == f"/desk/cases/{number}"
    assert "已经并入案件" in browser.get(f"/desk/cases/{other}").text
    assert post(browser, f"/desk/cases/{other}/unmerge", version=2).location == f"/desk/cases/{other}"
    cy = make_notice(site, article, now, "cy@example.com").items[0].id
    version = db.session.get_one(Case, number, populate_existing=True).version
    again = post(browser, f"/desk/cases/{number}/split", items=[cy], version=version)
    assert (again.status_code, f'name="items" value="{cy}"' in again.text) == (422, True)
    moved = post(browser, f"/desk/cases/{number}/split", items=[cy], category="fraud", version=version)
    assert re.fullmatch(r"/desk/cases/\d+", moved.location or "")
    db.session.rollback()
    version = db.session.get_one(Case, number).version
    assert post(browser, f"/desk/cases/{number}/category", category="", version=version).status_code == 422
    taken = post(browser, f"/desk/cases/{number}/category", category="fraud", version=version)
    assert (taken.status_code, "请与它合并" in taken.text) == (409, True)
    assert post(browser, f"/desk/cases/{number}/category", category="portrait", version=version).status_code == 303


def test_an_auditor_reads_the_queue_and_is_offered_nothing_to_do(app: Flask, case: Case) -> None:
    auditor = signed_in(app, make_member("shen@example.org", Role.AUDITOR, name="审"))
    html = auditor.get("/desk/").text + auditor.get(f"/desk/cases/{case.id}").text
    for act in ("/desk/next", "/desk/batches/choose", "take-up", "hand-over", "/merge", "/category", "data-presence"):
        assert act not in html, act
    assert post(auditor, "/desk/next").status_code == 403
