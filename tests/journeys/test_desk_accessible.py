"""Every page of the desk and the account, as an admin meets it: WCAG 2.2 AA in light and dark, nothing to scroll sideways
on a narrow screen. The pages come from the URL map; a route for which the site here has nothing to show fails."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from tests.bounds import within
from tests.factories import draft
from tests.journeys.house import living, pages_of_staff, posts_of_staff, send, session_of
from tests.journeys.test_accessible import SCHEMES
from tests.notifier import publish, submission
from tests.staff import DECISION, make_member
from tracker import clock
from tracker.cli.articles import build
from tracker.cli.delivery import check_trail, count_figures
from tracker.cli.demo import lives, words
from tracker.cli.demo.stage import Stage
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import Channel, Ending
from tracker.domain.roles import Role
from tracker.models import Account, Case
from tracker.queries.filters import Filters
from tracker.render.site import Site
from tracker.services import (
    accounts,
    batches,
    canned,
    clauses,
    figures,
    initiative,
    links,
    notices,
    proposals,
    samples,
    settings,
    verification,
    views,
)  # fmt: skip

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ADMIN = words.STAFF[0][0]
KEY = "k" * 43
LONG = "这一句很长，用来看看页面在窄屏上怎样换行，" * 3 + "以及" + "verylongwordwithoutanyspaces" * 6
BODY = (
    "\n\n".join(f"第{n}段：{LONG}" for n in range(3))
    + "\n\n这里有一段足够长的文字，说明第一件事情的经过，编号{slug}，这一段没有别处说过，所以可以被引用。\n"
)
LINKS: dict[str, str] = {}

COVERED = """() => { const has = document.activeElement, box = has.getBoundingClientRect();
  const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  const bar = at?.closest(".panel-acts, .bulk-bar, .case-jumps, .queue thead");
  return bar && !bar.contains(has) ? has.id || has.outerHTML : null; }"""
"""Says in a browser what has the focus when a bar that sticks to an end of the page lies over its middle."""


def furnish(site: Site) -> None:
    """Bring the desk to life: cases in many states, and something of everything an admin can look at."""
    stage = Stage(site, clock.now() - timedelta(days=30), clock.now())
    for email, name, role in words.STAFF:
        stage.staff[email] = make_member(email, role, name).id
    for number in range(24):
        publish(site, f"demo-{number:03}", stage.now, BODY.replace("{slug}", f"{number:03}"))
    with transaction():
        clauses.put(site, stage.now)
    for days, life in cast(stage):
        stage.begin(stage.end - timedelta(days=days), life)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(samples, "SHARE", 100)
        stage.play()
    with transaction():
        run_the_site(site, db.session.get_one(Account, stage.staff[ADMIN]), stage)
    while check_trail(site, stage.end):
        pass
    while figures.due(site, stage.end):
        count_figures(site, stage.end)
    build(site)


def cast(stage: Stage) -> Iterator[tuple[float, Iterator[timedelta]]]:
    """Yield lives that together leave a case in every state, each with how many days ago it begins."""
    c, o, who = CategoryName, Outcome, iter(words.PEOPLE)
    yield 0.3, lives.received(stage, c.REPUTATION, next(who), explanation=LONG)
    yield 0.4, lives.received(stage, c.CSAM, words.ANONYMOUS)
    yield 1.5, lives.received(stage, c.INACCURATE, words.BOUNCING)
    for extra in ("note", "pause", "draft", "answered", "interim", "kept"):
        yield 4, lives.in_review(stage, c.MINOR if extra == "interim" else c.PERSONAL_DATA, next(who), extra)
    yield 3, lives.asked(stage, c.REPUTATION, next(who))
    yield 3, lives.forwarded(stage, c.ENTERPRISE, next(who))
    yield 12, lives.decided(stage, c.PORTRAIT, next(who), o.WITHHELD)
    yield 12, lives.decided(stage, c.ENTERPRISE, next(who), o.REPLY_ATTACHED, "forwarded")
    yield 12, lives.joined(stage, c.MISLEADING_CONSUMER, words.PEOPLE[:3], None)
    yield 13, lives.countered(stage, words.PEOPLE[15])
    yield 25, lives.countered(stage, words.PEOPLE[2], "held")
    yield 14, lives.appealed(stage, c.REPUTATION, words.PEOPLE[3], o.DECLINED)
    yield 20, lives.withdrawn(stage, c.PERSONAL_DATA, words.PEOPLE[4])
    yield 20, lives.rejected(stage, c.ENTERPRISE, words.PEOPLE[5], Ending.NOT_OURS)


def run_the_site(site: Site, admin: Account, stage: Stage) -> None:
    """Do what an admin does: settings, texts, views, a batch, a case of their own, an order by post, an invitation."""
    now = stage.end
    settings.put(site, admin, 0, {"contact_address": LONG[:100]}, now)
    for title, purpose, texts in words.CANNED[:2]:
        canned.put(admin, None, 0, title, purpose, texts, now)
    views.save(admin, "逾期的名誉案件", Filters(), now, is_shared=True)
    initiative.open_case(site, admin, "demo-020", CategoryName.FRAUD, LONG, now, "own")
    link = accounts.invite(site, admin, "new@example.org", admin.role, now)
    LINKS["/account/links/<int(max=2147483647):link_id>"] = (
        urlsplit(links.address_of(site, link))._replace(scheme="", netloc="").geturl()
    )
    order = submission(
        KEY, CategoryName.COURT_OR_AUTHORITY, addresses="demo-021", notifier_type="authority", authority_name="某法院"
    )
    notices.submit(site, order, now, Channel.POST, admin)
    verification.ask(admin, now)
    chosen = list(db.session.scalars(select(Case).where(Case.decided_at.is_(None), Case.closed_at.is_(None)).limit(3)))
    batch = batches.begin(
        admin, secrets.token_hex(16), {"outcome": "declined"}, [(case.id, case.version) for case in chosen], now
    )
    batches.carry_out(site, admin, batch.rows[0].id, draft(Outcome.DECLINED), now)
    batches.refuse(batch.rows[1].id, LONG)
    mei = db.session.scalars(select(Account).where(Account.role == Role.MODERATOR)).first()
    assert mei
    proposals.propose(site, mei, chosen[2].id, chosen[2].version, draft(Outcome.DECLINED), DECISION, now)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[tuple[str, Flask]]:
    with living(tmp_path_factory.mktemp("desk"), sqlite_template, furnish) as served:
        yield served


@pytest.fixture(scope="module")
def admin(browser: Browser, desk: tuple[str, Flask]) -> Iterator[Page]:
    """A narrow window in which the admin has just signed in."""
    url, app = desk
    context = browser.new_context(base_url=url, viewport={"width": 320, "height": 700}, locale="zh-CN")
    context.add_cookies([{"name": "session", "value": session_of(app, ADMIN), "url": url}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()


def addresses(app: Flask) -> dict[str, list[str]]:
    """Return every route of staff with what to open of it."""
    found = pages_of_staff(app) | {rule: [address] for rule, address in LINKS.items()}
    return found | {"/desk/intake/sent/<key>": [f"/desk/intake/sent/{KEY}"]}


def faults(page: Page) -> Iterator[str]:
    """Yield what is wrong with a page as it stands."""
    wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    if wide[0] > wide[1]:
        yield f"{wide[0]} wide"
    for scheme, rules in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
        if found.response["violations"]:
            yield f"{scheme}: {found.generate_report()}"


def test_every_page_can_be_used_by_everybody(desk: tuple[str, Flask], admin: Page) -> None:
    found: dict[str, list[str]] = {}
    wanted = addresses(desk[1])
    assert not [rule for rule, opened in wanted.items() if not opened], "routes for which there is nothing to see"
    for opened in wanted.values():
        for address in opened[: within(1, 1000)]:
            answer = admin.goto(address)
            assert answer is not None
            assert answer.status == 200, address
            admin.evaluate("document.querySelectorAll('main details').forEach(folded => folded.open = true)")
            if wrong := list(faults(admin)):
                found[address] = wrong
    assert not found, "\n".join(f"{address}: {fault}" for address, wrong in found.items() for fault in wrong)


def test_every_page_that_answers_a_form_can_be_used_by_everybody(desk: tuple[str, Flask], admin: Page) -> None:
    found: dict[str, list[str]] = {}
    for sent in list(posts_of_staff(desk[1]))[:: within(2, 1)]:
        admin.goto("/account/")
        assert send(admin, sent.path, sent.fields) == sent.status, sent
        admin.evaluate("document.querySelectorAll('main details').forEach(folded => folded.open = true)")
        if wrong := [*faults(admin), *loose_ends(admin)]:
            found[f"{sent.status} {sent.path}"] = wrong
    assert not found, "\n".join(f"{address}: {fault}" for address, wrong in found.items() for fault in wrong)


def test_the_page_of_a_session_that_ran_out_can_be_used_by_everybody(desk: tuple[str, Flask], browser: Browser) -> None:
    context = browser.new_context(base_url=desk[0], viewport={"width": 320, "height": 700}, locale="zh-CN")
    page = context.new_page()
    page.goto("/account/sign-in")
    assert send(page, "/desk/cases/1/preview", {"facts": LONG}) == 403
    assert list(faults(page)) == []
    context.close()


def test_no_bar_lies_over_what_has_the_focus(desk: tuple[str, Flask], admin: Page) -> None:
    found: list[str] = []
    for address in ("/desk/settings", "/desk/routes"):
        admin.goto(address)
        stops = admin.locator("main :is(a, button, input:not([type=hidden]), select, textarea)").count()
        for key in ("Tab", "Shift+Tab"):
            for _ in range(stops):
                admin.keyboard.press(key)
                if covered := admin.evaluate(COVERED):
                    found.append(f"{address}, {key}: {covered}")
    assert found == []


def loose_ends(page: Page) -> list[str]:
    """Return the links of the page's summary of errors that lead nowhere."""
    links = page.locator(".error-summary a").evaluate_all("found => found.map(link => link.getAttribute('href'))")
    return [f"{link} leads nowhere" for link in links if not page.locator(f"[id='{link[1:]}']").count()]


def test_what_is_planted_is_found(desk: tuple[str, Flask], admin: Page) -> None:
    """The control: a picture without words, grey on grey in the dark, something too wide."""
    admin.goto("/desk/health")
    for markup, style, fault in (
        ("<img src='/static/x'>", "", "light"),
        ("<p>grey</p>", "color: #777; background: #888", "dark"),
        ("<p>wide</p>", "width: 900px", "wide"),
    ):
        admin.evaluate(
            """([markup, style]) => { const main = document.querySelector("main"); main.innerHTML = "<h1>x</h1>" + markup;
            main.lastChild.style.cssText = style; }""",
            [markup, style],
        )
        assert any(fault in said for said in faults(admin)), markup
