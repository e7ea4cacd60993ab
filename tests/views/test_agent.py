"""The page of the agent designated under US law: there once all of it is known, and told of before its registration ends."""

from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask

from tests.staff import make_member, signed_in
from tests.views.test_settings import save
from tracker import clock
from tracker.cli import articles as sync
from tracker.db import transaction
from tracker.domain.agent import Agent
from tracker.domain.roles import Role
from tracker.queries import health
from tracker.render.site import Site
from tracker.services import settings

AGENT = {
    "agent_provider": "示例科技有限公司 (Example Technology Ltd.)", "agent_also": "普惠金融观察", "agent_name": "Copyright Agent",
    "agent_address": "1 Example Road, Singapore 000000", "agent_phone": "+1 202 555 0100", "agent_email": "dmca@example.org",
    "agent_number": "DMCA-0000000", "agent_renew_by": "2029-05-31",
}  # fmt: skip
PATHS = ("/pages/dmca-agent", "/zh-hant/pages/dmca-agent", "/en/pages/dmca-agent")
LAST = date(2029, 5, 31)


def told(site: Site, now: datetime) -> list[tuple[str, str]]:
    """Return what the health page says of the agent."""
    return [(check.tone.value, check.said) for check in health.checks(site, now) if check.name == "DMCA代理人"]


def put(site: Site, typed: dict[str, str]) -> Site:
    """Have an admin set this, and make the pages anew; return the site with it."""
    admin = make_member("jia@example.org", Role.ADMIN, "贾")
    with transaction():
        settings.put(site, admin, site.version, typed, clock.now())
    found = settings.in_force(site)
    sync.build(found)
    return found


def test_a_site_without_an_agent_says_nothing_of_one(app: Flask, site: Site) -> None:
    sync.build(site)
    client = app.test_client()
    assert [client.get(path).status_code for path in PATHS] == [404, 404, 404]
    assert "dmca-agent" not in client.get("/").text + client.get("/sitemaps/site.xml").text
    assert told(site, clock.now()) == []


def test_half_an_agent_is_not_shown_and_the_health_page_says_what_lacks(app: Flask, site: Site) -> None:
    found = put(site, {name: said for name, said in AGENT.items() if name != "agent_phone"})
    assert app.test_client().get(PATHS[0]).status_code == 404
    [(tone, said)] = told(found, clock.now())
    assert (tone, "代理人的电话" in said, "邮箱" in said) == ("warning", True, False)


def test_an_agent_stands_on_a_page_in_every_language_that_every_page_leads_to(app: Flask, site: Site) -> None:
    put(site, AGENT)
    client = app.test_client()
    for path, title in zip(PATHS, ("指定代理人", "指定代理人", "Designated agent"), strict=True):
        page = client.get(path)
        assert page.status_code == 200
        assert title in page.text
        for name in AGENT.keys() - {"agent_renew_by"}:
            assert AGENT[name] in page.text, (path, name)
    assert "dmca-agent" in client.get("/").text
    listed = client.get("/sitemaps/site.xml").text
    assert all(f"{path}</loc>" in listed for path in PATHS)


@pytest.mark.parametrize(
    ("days", "tone"), [(91, "success"), (90, "warning"), (8, "warning"), (7, "danger"), (0, "danger"), (-1, "danger")]
)
def test_the_end_of_a_registration_is_told_before_it_comes(site: Site, days: int, tone: str) -> None:
    site = site.with_settings(settings.Settings(values=AGENT))
    now = datetime.combine(LAST - timedelta(days=days), time(9), site.zone)
    [(found, said)] = told(site, now)
    assert found == tone
    assert (f"还有{days}天" if days >= 0 else "已过期1天") in said


def test_an_agent_without_an_end_is_asked_for_one(site: Site) -> None:
    site = site.with_settings(settings.Settings(values=AGENT | {"agent_renew_by": ""}))
    assert [tone for tone, _ in told(site, clock.now())] == ["warning"]


def test_what_is_no_day_and_no_address_is_refused(app: Flask, site: Site) -> None:
    browser = signed_in(app, make_member("jia@example.org", Role.ADMIN, "贾"))
    for name, typed in (("agent_renew_by", "2029-02-30"), ("agent_renew_by", "明年"), ("agent_email", "没有")):
        answer = save(browser, **{name: typed})
        assert (answer.status_code, f'id="{name}-error"' in answer.text) == (422, True)
    assert '<input type="tel" id="agent_phone"' in answer.text
    assert save(browser, agent_email="", agent_renew_by=" 2029-05-31 ").status_code == 303


def test_what_is_set_is_what_is_read() -> None:
    assert Agent.of(AGENT) == Agent(*AGENT.values())
    assert (Agent.of({}).missing, Agent.of({}).is_shown) == ([], False)
