"""Every page a notifier or a publisher meets, at 320 pixels with no script running: WCAG 2.2 AA in light and dark, nothing
to scroll sideways; and an appeal and a counter-notice that are really sent that way."""

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from weakref import WeakKeyDictionary

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, CDPSession, Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from config import Config
from tests import bounds, factories
from tests.journeys.conftest import free_port
from tests.notifier import WHOLE
from tests.services.test_counters import COUNTER, GROUNDS, US
from tests.staff import make_case, make_member
from tracker.app import create_app
from tracker.cli.articles import build
from tracker.db import db, transaction
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.roles import Role
from tracker.models import Account, Appeal, Case, CounterNotice, Notice
from tracker.render.site import PREFIXES, Site
from tracker.services import admission, cases, counters, erasure, exchange, proofs, publishers
from tracker.services.admission import Rate

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SCHEMES: tuple[tuple[Literal["light", "dark"], list[str]], ...] = (("light", WCAG), ("dark", ["color-contrast"]))
UK = {
    "country": "GB",
    "meaning": "读者会以为我们违法。",
    "share_name": "no",
    "share_email": "no",
    "stmt_no_poster_info": "1",
}
AGENT = {
    "notifier_role": "authorised_agent",
    "principal_name": "示例企业",
    "org_id_no": "91350100M000100Y43",
    "enterprise_kind": "rumour",
}
SWITCHES: WeakKeyDictionary[Page, CDPSession] = WeakKeyDictionary()
NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass
class House:
    """A site that runs in this process, with a case in every state; `at` holds the number of each."""

    url: str
    app: Flask
    at: dict[str, int] = field(default_factory=dict)

    def receipt(self, state: str) -> str:
        """Return the address that opens the receipt of a case, with its code."""
        with self.app.app_context():
            site: Site = self.app.extensions["site"]
            notice = db.session.get_one(Case, self.at[state]).items[0].notice
            code = site.keys.secret("notice", notice.reference, notice.key_epoch)
            return f"/receipts/{notice.reference}?code={code}"

    def publisher(self, state: str) -> str:
        """Return the address that opens the publisher's page of a case, with its code."""
        site: Site = self.app.extensions["site"]
        return f"/publisher/{self.at[state]}?code={site.keys.secret('publisher', str(self.at[state]), site.keys.epoch)}"


def furnish(site: Site) -> dict[str, int]:
    """Bring a case into every state in which a party has something to see or to do."""
    mei, jia = make_member(), make_member("jia@example.org", Role.ADMIN, "甲")
    made: dict[str, Case] = {}

    def new(name: str, category: CategoryName = CategoryName.COPYRIGHT, **said: Any) -> Case:
        made[name] = make_case(site, NOW, name, body=f"{name}的正文：{WHOLE['explanation']}", category=category, **said)
        return made[name]

    def withheld(name: str) -> Case:
        case = new(name, **US)
        factories.decide(site, case, Outcome.WITHHELD, NOW, mei)
        return case

    factories.publish(site, "other", NOW, body="另一篇。")
    new("fresh", **US, addresses="fresh\nother")
    ask(site, mei, new("asked", CategoryName.ENTERPRISE, **AGENT))
    for name in ("withheld", "to-counter"):
        withheld(name)
    for name in ("declined", "to-appeal"):  # who got what they asked for has nothing to appeal
        factories.decide(site, new(name, **US), Outcome.DECLINED, NOW, mei)
    counter(site, withheld("countered"))
    uk = new("british", CategoryName.REPUTATION, **UK)
    with transaction():
        cases.take_up(site, mei, uk.id, uk.version, NOW)
    with transaction():
        publishers.ask(site, mei, uk.id, uk.version, NOW, "ask-uk")
    gone = withheld("erased")
    with transaction():
        erasure.erase(site, jia, gone.id, gone.version, gone.items[0].id, "来信请求，已经核对。", NOW, "erase")
    build(site)
    return {name: case.id for name, case in made.items()}


def ask(site: Site, mei: Account, case: Case) -> None:
    with transaction():
        exchange.ask_info(site, mei, case.items[0].id, case.version, "请补充授权委托书。", NOW, "ask")


def counter(site: Site, case: Case) -> None:
    said = COUNTER | {"counter_in_us": "yes", "stmt_jurisdiction_abroad": ""}
    with transaction():
        counters.send(site, case, said, {"stmt_truth": "我确信以上内容真实。"}, (), "zh-Hans", NOW, "counter")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[House]:
    folder, port = tmp_path_factory.mktemp("house"), free_port()
    shutil.copy(sqlite_template, folder / "tracker.db")
    shutil.copytree(Path(__file__).parents[2] / "content" / "pages", folder / "content" / "pages")
    shutil.copy(Path(__file__).parents[2] / "content" / "categories.yml", folder / "content")
    settings = {
        "TRACKER_DATA": str(folder / "data"), "TRACKER_CONTENT": str(folder / "content"),
        "DATABASE_URL": f"sqlite:///{folder / 'tracker.db'}", "BASE_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": "a secret for tests only, never for a site",
    }  # fmt: skip
    app = create_app(Config.from_environment(settings))
    with app.app_context():
        at = furnish(app.extensions["site"])
        db.session.remove()
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield House(settings["BASE_URL"], app, at)
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.engine.dispose()
    app.extensions["edge"].close()


@pytest.fixture(scope="module")
def page(browser: Browser, house: House) -> Iterator[Page]:
    """A narrow window in which no script of a page runs."""
    context = browser.new_context(base_url=house.url, viewport={"width": 320, "height": 700}, locale="zh-CN")
    narrow = context.new_page()
    narrow.set_default_timeout(10_000)
    SWITCHES[narrow] = context.new_cdp_session(narrow)
    run_scripts(narrow, allowed=False)
    yield narrow
    context.close()


def run_scripts(page: Page, *, allowed: bool) -> None:
    """Let scripts run from now on, or none; those that a page brought before stay as they were: not run."""
    SWITCHES[page].send("Emulation.setScriptExecutionDisabled", {"value": not allowed})


def looked_at(page: Page, *, dark: bool = True) -> None:
    """Judge a page as it stands: all rules in the light; in the dark, where only colours differ, the contrast."""
    run_scripts(page, allowed=True)  # axe itself waits for promises
    try:
        _judge(page, SCHEMES if dark else SCHEMES[:1])
    finally:
        run_scripts(page, allowed=False)


def _judge(page: Page, schemes: Sequence[tuple[Literal["light", "dark"], list[str]]]) -> None:
    width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width[0] <= width[1], f"{page.url} is {width[0]} wide"
    for scheme, rules in schemes:
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
        assert not found.response["violations"], f"{page.url} {scheme}\n{found.generate_report()}"


def press(page: Page, action: str) -> None:
    """Send the form whose address ends with `action`, as it stands; what it leads to is there afterwards."""
    with page.expect_navigation():
        page.locator(f"main form[action$='{action}'] [type=submit]").first.click()


def opened(page: Page, address: str) -> None:
    """Open what a link in a mail leads to: a button that has to be pressed."""
    page.goto(address)
    with page.expect_response(lambda answer: answer.request.method == "POST") as landed:
        page.locator("main form [type=submit]").first.click()
    assert landed.value.status == 200, address
    expect(page.locator("main h1")).to_be_visible()


def fill(page: Page, answers: dict[str, str]) -> None:
    """Answer the questions that are on the page."""
    for name, answer in answers.items():
        for control in page.locator(f"main [name='{name}']:not([type=hidden])").all():
            kind = control.get_attribute("type")
            if kind == "radio":
                if control.get_attribute("value") == answer:
                    control.check()
            elif kind == "checkbox":
                control.set_checked(bool(answer))
            elif control.evaluate("control => control.tagName") == "SELECT":
                control.select_option(answer)
            elif kind != "file":
                control.fill(answer)


def form_of(category: str) -> Callable[[Page, House, str], None]:
    """Return the way to a category's form: its facts, all its groups, and all its errors."""

    def look(page: Page, house: House, prefix: str) -> None:
        page.goto(f"{prefix}/report/{category}?article=fresh")
        looked_at(page, dark=False)
        if page.locator("input[name=step]").count():
            press(page, f"/report/{category}")
            looked_at(page, dark=False)
            fill(page, WHOLE | {"country": "GB", "notifier_role": "authorised_agent", "minor_involved": "no"})
            press(page, f"/report/{category}")
            looked_at(page)
        fill(page, {"explanation": "短", "phone": "1", "email": "x", "addresses": "nothing"})
        press(page, f"/report/{category}")
        expect(page.get_by_role("alert")).to_be_visible()
        looked_at(page)

    return look


def the_whole_way(page: Page, house: House, prefix: str) -> None:
    page.goto(f"{prefix}/report?article=fresh")
    looked_at(page)
    page.goto(f"{prefix}/report/about/fraud")
    looked_at(page)
    page.goto(f"{prefix}/report/fraud?article=fresh")
    fill(page, WHOLE | {"addresses": "fresh"})
    press(page, "/report/fraud")
    looked_at(page)  # check your answers
    place = page.url.removesuffix("/check")
    page.goto(f"{place}/category")
    looked_at(page)
    page.goto(f"{place}/check")
    press(page, "/send")
    looked_at(page)  # the receipt
    page.goto(f"{prefix}/report/drafts/{'x' * 43}")
    looked_at(page)  # over


def kept_for_later(page: Page, house: House, prefix: str) -> None:
    page.goto(f"{prefix}/report/fraud?article=fresh")
    fill(page, {"explanation": "写到一半"})
    page.locator("main button[value=later]").click()
    looked_at(page)
    fill(page, {"email": "nobody"})
    press(page, "/mail")
    expect(page.get_by_role("alert")).to_be_visible()
    looked_at(page)
    fill(page, {"email": "tired@example.org"})
    press(page, "/mail")
    looked_at(page)


@contextmanager
def rated(rate: Rate) -> Iterator[None]:
    """Let only so many notices through meanwhile."""
    usual = dict(admission.RATES)
    admission.RATES.update(dict.fromkeys(usual, rate))
    try:
        yield
    finally:
        admission.RATES.update(usual)


def too_many_notices(page: Page, house: House, prefix: str) -> None:
    """With a sum asked for, which no script can do here, and with none taken any more today."""
    page.goto(f"{prefix}/report/fraud?article=fresh")
    fill(page, WHOLE | {"addresses": "fresh"})
    press(page, "/report/fraud")
    for rate in (Rate(0, 10_000), Rate(None, 0)):
        with rated(rate):
            page.reload()
            looked_at(page)
            press(page, "/send")
            expect(page.get_by_role("alert")).to_be_visible()
            looked_at(page)
        page.go_back()


def finding_a_receipt(page: Page, house: House, prefix: str) -> None:
    page.goto(f"{prefix}/receipts")
    looked_at(page)
    press(page, "/receipts")
    expect(page.get_by_role("alert")).to_be_visible()
    looked_at(page)
    page.goto(prefix + house.receipt("fresh"))
    looked_at(page)


def wrong_codes(page: Page, house: House, prefix: str) -> None:
    for place, act in (("/receipts", "/receipts"), (f"/publisher/{house.at['withheld']}", str(house.at["withheld"]))):
        page.goto(prefix + place)
        fill(page, {"reference": "R-2026-AAAA-BBBB", "code": "AAAA-BBBB"})
        press(page, act)
        expect(page.get_by_role("alert")).to_be_visible()
        looked_at(page)


def receipt_in(state: str) -> Callable[[Page, House, str], None]:
    def look(page: Page, house: House, prefix: str) -> None:
        opened(page, prefix + house.receipt(state))
        unfold(page)
        looked_at(page)

    return look


def unfold(page: Page) -> None:
    folded = page.locator("main details:not([open]) > summary:visible")
    while folded.count():
        folded.first.click()


def refused_acts(page: Page, house: House, prefix: str) -> None:
    for state, act in (
        ("fresh", "supplement"),
        ("declined", "appeal"),
        ("countered", "proceedings"),
        ("fresh", "withdraw"),
    ):
        opened(page, prefix + house.receipt(state))
        unfold(page)
        press(page, f"/{act}")
        expect(page.get_by_role("alert")).to_be_visible()
        looked_at(page)


def publisher_in(state: str) -> Callable[[Page, House, str], None]:
    def look(page: Page, house: House, prefix: str) -> None:
        page.goto(prefix + house.publisher(state))
        looked_at(page)
        opened(page, prefix + house.publisher(state))
        looked_at(page)

    return look


def refused_reply(page: Page, house: House, prefix: str) -> None:
    opened(page, prefix + house.publisher("british"))
    press(page, "/reply")
    expect(page.get_by_role("alert")).to_be_visible()
    looked_at(page)


def refused_appeal_of_the_publisher(page: Page, house: House, prefix: str) -> None:
    opened(page, prefix + house.publisher("withheld"))
    press(page, "/appeal")
    expect(page.get_by_role("alert")).to_be_visible()
    looked_at(page)


def a_counter_notice(page: Page, house: House, prefix: str) -> None:
    opened(page, prefix + house.publisher("withheld"))
    press(page, "/counter-notice")
    looked_at(page)
    press(page, "/counter-notice/check")
    expect(page.get_by_role("alert")).to_be_visible()
    looked_at(page)
    fill(page, COUNTER | {"counter_in_us": "yes", "stmt_jurisdiction_abroad": ""})
    press(page, "/counter-notice/check")
    expect(page.get_by_role("alert")).to_have_count(0)
    looked_at(page)


def verifying(page: Page, house: House, prefix: str) -> None:
    page.goto(f"{prefix}/verify")
    looked_at(page)
    press(page, "/verify")
    looked_at(page)
    with house.app.app_context():
        site: Site = house.app.extensions["site"]
        notice = db.session.scalars(select(Notice).limit(1)).one()
        proof = proofs.issue(site, notice, "zh-Hans").decode()
    page.locator("[name=proof]").fill(proof)
    press(page, "/verify")
    looked_at(page)


OTHERS: dict[str, Callable[[Page, House, str], None]] = {
    "the whole way": the_whole_way,
    "kept for later": kept_for_later,
    "too many": too_many_notices,
    "finding a receipt": finding_a_receipt,
    "wrong codes": wrong_codes,
    **{f"receipt, {state}": receipt_in(state) for state in ("fresh", "asked", "withheld", "countered", "erased")},
    "refused acts": refused_acts,
    **{f"publisher, {state}": publisher_in(state) for state in ("british", "withheld", "countered")},
    "refused reply": refused_reply,
    "refused appeal": refused_appeal_of_the_publisher,
    "counter-notice": a_counter_notice,
    "verify": verifying,
}
FORMS = {f"form, {category.slug}": form_of(category.slug) for category in CATEGORIES.values()}
IN_ENGLISH = OTHERS | {name: look for name, look in FORMS.items() if name.split(", ")[1] in {"reputation", "ncii"}}
if not bounds.IS_FULL:  # the longest words are English ones; the pages are the same
    IN_ENGLISH = {
        name: IN_ENGLISH[name] for name in ("the whole way", "receipt, withheld", "publisher, withheld", "form, ncii")
    }
IN_TRADITIONAL = {name: OTHERS[name] for name in ("the whole way", "receipt, withheld", "publisher, withheld")}
PAGES = [
    *(("zh-Hans", name, look) for name, look in (OTHERS | FORMS).items()),
    *(("en", name, look) for name, look in IN_ENGLISH.items()),
    *(("zh-Hant", name, look) for name, look in IN_TRADITIONAL.items()),
]


def test_no_script_runs(page: Page) -> None:
    page.goto("data:text/html,<title>no</title><script>document.title = 'ran'</script>")
    assert page.title() == "no"


@pytest.mark.parametrize(("language", "name", "look"), PAGES, ids=[f"{language}-{name}" for language, name, _ in PAGES])
def test_without_a_script_on_a_narrow_screen_it_can_be_used_by_everybody(
    page: Page, house: House, language: str, name: str, look: Callable[[Page, House, str], None]
) -> None:
    look(page, house, PREFIXES[language])


def stored(house: House, table: type[Appeal] | type[CounterNotice], state: str) -> list[Any]:
    with house.app.app_context():
        found = list(db.session.scalars(select(table).where(table.case_id == house.at[state])))
        db.session.remove()
        return found


def test_a_notifier_s_appeal_is_really_sent(page: Page, house: House) -> None:
    opened(page, house.receipt("to-appeal"))
    unfold(page)
    fill(page, {"appeal_text": GROUNDS})
    press(page, "/appeal")
    expect(page.get_by_text("已收到您的申诉")).to_be_visible()
    looked_at(page)
    (appeal,) = stored(house, Appeal, "to-appeal")
    assert appeal.party.startswith("notice:")


def test_a_publisher_s_appeal_and_counter_notice_are_really_sent(page: Page, house: House) -> None:
    opened(page, house.publisher("to-counter"))
    fill(page, {"grounds": GROUNDS})
    press(page, "/appeal")
    expect(page.get_by_text("申诉已经收到")).to_be_visible()
    (appeal,) = stored(house, Appeal, "to-counter")
    assert appeal.party == "publisher"
    press(page, "/counter-notice")
    fill(page, COUNTER | {"counter_in_us": "no", "stmt_jurisdiction": ""})
    press(page, "/counter-notice/check")
    press(page, "/counter-notice/send")
    expect(page.get_by_text("反通知已经收到", exact=True)).to_be_visible()
    looked_at(page)
    (sent,) = stored(house, CounterNotice, "to-counter")
    assert sent.answers["explanation"] == COUNTER["explanation"]
    assert sent.state == "forwarded"
