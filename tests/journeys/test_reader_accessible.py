"""Every public page as its readers meet it, in each language: lines as Chinese is set (clreq), WCAG 2.2 AA in light and dark, and nothing to scroll sideways
on a narrow screen. The pages are those that are stored, and those that a search makes."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from config import ROOT
from tests import factories
from tests.bounds import within
from tests.journeys.house import living
from tests.journeys.test_desk_accessible import faults
from tracker import clock
from tracker.cli import articles as syncing
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.passages import Passage
from tracker.domain.visibility import Terms
from tracker.models import Article
from tracker.models import Page as Row
from tracker.render.site import PREFIXES, Site
from tracker.services import decisions, heat

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOTES = "zhengxin-yiyi-zenme-ti"  # it has a table, a picture and a footnote
WORDS = "机构要在规定的期限内核查"
MEASURES: tuple[tuple[str, Outcome, Terms], ...] = (
    ("shui-zai-cuishou", Outcome.WITHHELD, Terms()),
    ("tousu-tiaojie-susong", Outcome.REMOVED, Terms()),
    ("wangdai-hetong-zenme-kan", Outcome.INTERIM, Terms()),
    ("how-debt-collection-works-in-china", Outcome.WITHHELD, Terms(territory=("CN",))),
    (NOTES, Outcome.LABELLED, Terms(label="disputed")),
    (NOTES, Outcome.REPLY_ATTACHED, Terms(words="我们核对过，与事实不符。", speaker="concerned", speaker_name="安娜")),
    (
        NOTES,
        Outcome.CORRECTED,
        Terms(words="改正。", passages=(Passage(WORDS, replacement="机构要核查"),), quotes_old=True),
    ),
    (NOTES, Outcome.PASSAGE_WITHHELD, Terms(passages=(Passage("从没办过的信用卡出现在名下"),))),
    ("reading-your-chinese-credit-report", Outcome.LABELLED, Terms(words="Under review.")),
)
MADE = (
    "/search",
    "/search?q=征信",
    "/search?q=榴莲征信",
    "/search?q=credit",
    "/search?q=，。",
    "/transparency/cases/1",
    "/nowhere",
)

LINES = """() => {
  const blocks = "main, header, footer, nav, section, article, div, ul, ol, dl, table, tbody, thead, tr, figure, blockquote, form, details";
  const wrong = [];
  for (const block of document.querySelectorAll("body *:not(.visually-hidden)")) {
    if (block.matches(blocks) || !block.checkVisibility() || block.querySelector("p, li, sup, .covered, .note-ref")) continue;
    if (getComputedStyle(block).display.startsWith("inline")) continue;
    const lines = new Map(), walk = document.createTreeWalker(block, NodeFilter.SHOW_TEXT), range = document.createRange();
    for (let text = walk.nextNode(); text; text = walk.nextNode()) {
      for (let at = 0; at < text.length; at++) {
        range.setStart(text, at); range.setEnd(text, at + 1);
        const box = range.getBoundingClientRect(), line = Math.round((box.top + box.bottom) / 16);
        if (text.data[at].trim()) lines.set(line, (lines.get(line) ?? "") + text.data[at]);
      }
    }
    const said = [...lines].sort(([a], [b]) => a - b).map(([, line]) => line);
    const isAlone = said.length > 1 && !block.matches("td, th") && // a cell may be too narrow
       /^\\p{Script=Han}?\\p{P}*$/u.test(said.at(-1));
    if (isAlone || said.some((line) => /^[，。、；：！？）》」』”’]/.test(line)) || said.slice(0, -1).some((line) => /[（《「『“‘]$/.test(line)))
      wrong.push(said.join(" | "));
  }
  return wrong;
}"""
"""Says in a browser which blocks end in a line of a single character, or have a mark where no line may begin or end with it."""


def furnish(site: Site) -> None:
    """Publish what ships and as much again as needs a second page; read it; take every kind of measure."""
    now = clock.now()
    shutil.copytree(ROOT / "content", site.config.content, dirs_exist_ok=True)
    for number in range(22):
        factories.write_article(site.config.content, f"small-{number:02}", tags=["征信"], heat=number)
    assert syncing.run(site).problems == []
    with transaction():
        heat.follow(site, now)
    by, kinds = factories.make_account(), list(CategoryName)
    for number, (slug, outcome, terms) in enumerate(MEASURES):
        article = db.session.scalars(select(Article).where(Article.slug == slug)).one()
        case = factories.open_case(article, now, CategoryName.MINOR if outcome is Outcome.INTERIM else kinds[number])
        with transaction():
            decisions.decide(site, by, case.id, case.version, factories.draft(outcome, terms=terms), now)
    factories.refresh(site, now)


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[tuple[str, Flask]]:
    with living(tmp_path_factory.mktemp("public"), sqlite_template, furnish) as served:
        yield served


@pytest.fixture(scope="module")
def reader_page(browser: Browser, public: tuple[str, Flask]) -> Iterator[Page]:
    context = browser.new_context(base_url=public[0], viewport={"width": 320, "height": 700}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()


def addresses(app: Flask, language: str) -> list[str]:
    """Return every page of a language: those stored, one small article and two tags of many, and those made."""
    own, others = PREFIXES[language], tuple(f"{prefix}/" for prefix in PREFIXES.values() if prefix)
    with app.app_context():
        stored = db.session.scalars(select(Row.path).where(Row.headers.contains("text/html")).order_by(Row.path)).all()
        db.session.remove()
    pages = [path for path in stored if path.startswith(f"{own}/") and (own or not path.startswith(others))]
    alike = [*[path for path in pages if "small-" in path][1:], *[path for path in pages if "/tags/" in path][2:]]
    return [*(quote(path) for path in pages if path not in alike[:: within(1, 1000)]), *(own + path for path in MADE)]


@pytest.mark.parametrize("language", PREFIXES)
def test_every_public_page_can_be_used_by_everybody(
    public: tuple[str, Flask], reader_page: Page, language: str
) -> None:
    found: dict[str, list[str]] = {}
    opened = addresses(public[1], language)
    statuses = set()
    for address in opened:
        answer = reader_page.goto(address)
        assert answer is not None
        statuses.add(answer.status)
        if wrong := list(faults(reader_page)):
            found[address] = wrong
    assert len(opened) > 20
    assert statuses == {200, 404, 451} | ({410} if language != "en" else set())
    assert not found, "\n".join(f"{address}: {fault}" for address, wrong in found.items() for fault in wrong)


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_no_line_ends_or_begins_as_no_line_of_chinese_may(
    public: tuple[str, Flask], browser: Browser, width: int
) -> None:
    page = browser.new_page(base_url=public[0], viewport={"width": width, "height": 900})
    slugs = ("shui-zai-cuishou", "tousu-tiaojie-susong", NOTES, "cuishou-hefa-bianjie", "xieshang-huankuan-zenme-tan")
    found = {}
    for prefix in ("", "/zh-hant"):
        for path in (
            "/",
            *(f"/articles/{slug}" for slug in slugs),
            "/pages/rules",
            "/tags",
            "/search?q=没有",
            "/search?q=征信",
        ):
            page.goto(prefix + path)
            found[prefix + path] = page.evaluate(LINES)
    page.close()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("width", [320, 768, 1000, 1440])
def test_everything_about_an_article_ends_at_one_edge(public: tuple[str, Flask], browser: Browser, width: int) -> None:
    page = browser.new_page(base_url=public[0], viewport={"width": width, "height": 900})
    page.goto(f"/articles/{NOTES}")
    edges = """[...document.querySelectorAll(".article-bar, .notes, .article, .toc-fold, .prose, .sources, .reply, .record, .after")]
      .filter(part => part.checkVisibility()).map(part => Math.round(part.getBoundingClientRect().right))"""
    assert len(set(page.evaluate(edges))) == 1
    page.close()
