"""Fifty cases of ten kinds without a mouse: signed in with a code, decided by keys, many at once, taken back."""

import re
import statistics
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests import factories
from tests.bounds import within
from tests.journeys.conftest import Running
from tests.journeys.keyboard import EMAIL, Keyboard, sign_in
from tests.notifier import submission
from tracker.db import db, transaction
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.visibility import MeasureKind
from tracker.models import Account, Case, Decision, Mail, MailState, Measure
from tracker.services import notices

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EACH = within(1, 5)
"""How many cases there are of each kind."""

LAW = "《中华人民共和国民法典》第一千零二十四条"
RULE = "本站规则 2.10"
CHECKED = "核对了通知人交来的材料和文章的出处，情形属实。"
NOT_SO = "核对了通知人交来的材料和文章的出处，情形不实。"


def answered(keys: Keyboard, answer: str, reasons: str) -> None:
    """Answer the only claim, and why; leave the field again."""
    keys.press(answer, "r")
    keys.write(reasons)
    keys.press("Escape")


def grounded(keys: Keyboard, ground: str, reference: str) -> None:
    keys.press(ground, "Tab")
    keys.write(reference)


def withheld(keys: Keyboard) -> None:
    answered(keys, "y", CHECKED)
    keys.press("5")
    grounded(keys, "l", LAW)


def masked(keys: Keyboard) -> None:
    answered(keys, "y", CHECKED)
    keys.press("4")  # the passage that was complained of stands there already
    grounded(keys, "l", LAW)


def corrected(keys: Keyboard) -> None:
    answered(keys, "p", CHECKED)
    keys.press("3", "Tab", "Tab")
    keys.write(factories.NEW)
    keys.press("Tab", "Tab")
    keys.write("把引言的说法改准确。")
    keys.press("Escape")
    grounded(keys, "l", LAW)


def labelled(keys: Keyboard) -> None:
    answered(keys, "p", CHECKED)
    keys.press("1", "Tab", "ArrowDown", "Escape")
    grounded(keys, "m", RULE)


def replied(keys: Keyboard) -> None:
    answered(keys, "y", CHECKED)
    keys.press("2", "Tab", "ArrowDown", "Tab")
    keys.write("安娜公司")
    keys.press("Tab")
    keys.write("我们没有做过文章所说的事。")
    keys.press("Escape")
    grounded(keys, "l", LAW)


def removed(keys: Keyboard) -> None:
    answered(keys, "y", CHECKED)
    keys.press("6")
    grounded(keys, "m", RULE)


def declined(keys: Keyboard) -> None:
    answered(keys, "w", NOT_SO)
    keys.press("7")
    grounded(keys, "m", RULE)
    keys.press("Escape", "e", "ArrowDown")


@dataclass(frozen=True)
class Kind:
    """Cases of one category, what is said in them, how they are decided, and what becomes of them."""

    explanation: str
    outcome: Outcome
    measure: MeasureKind | None
    decide: Callable[[Keyboard], None] | None
    """None: not by the form on the page of the case."""


KINDS: dict[CategoryName, Kind] = {
    CategoryName.REPUTATION: Kind(
        "文中说我们拨打亲友电话催债，从来没有这回事，名声因此受损。", Outcome.WITHHELD, MeasureKind.WITHHOLD, withheld
    ),
    CategoryName.COPYRIGHT: Kind(
        "全文照抄自我社去年出版的图书第三章，没有得到任何许可。", Outcome.WITHHELD, MeasureKind.WITHHOLD, withheld
    ),
    CategoryName.MINOR: Kind(
        "登出了一名小学生的班级、照片和家里住址，请马上处理。", Outcome.WITHHELD, MeasureKind.WITHHOLD, withheld
    ),
    CategoryName.PERSONAL_DATA: Kind(
        "这里写着本人的身份信息和银行账户，本人不同意公开。", Outcome.PASSAGE_WITHHELD, MeasureKind.MASK, masked
    ),
    CategoryName.INACCURATE: Kind(
        "利率的数字算错了一位，以监管部门公布的表格为准。", Outcome.CORRECTED, MeasureKind.CORRECT, corrected
    ),
    CategoryName.MISLEADING_CONSUMER: Kind(
        "标题让人以为这款产品保本，其实合同里写明有风险。", Outcome.LABELLED, MeasureKind.LABEL, labelled
    ),
    CategoryName.TRADEMARK: Kind(
        "把我们的注册商标用在别家的贷款广告旁边，易混淆。", Outcome.REPLY_ATTACHED, MeasureKind.REPLY, replied
    ),
    CategoryName.TERMS: Kind(
        "评论式的辱骂夹在正文里，不符合贵站自己的内容规则。", Outcome.REMOVED, MeasureKind.REMOVE, removed
    ),
    CategoryName.PORTRAIT: Kind(
        "配图里似乎有我的背影，可是我也不能肯定那就是我。", Outcome.DECLINED, None, declined
    ),
    CategoryName.ENTERPRISE: Kind(
        "凡是提到我们公司的文章都请删掉，理由以后再补充。", Outcome.DECLINED, None, None
    ),
}  # fmt: skip


@pytest.fixture
def more_articles() -> int:
    return len(KINDS) * EACH


@pytest.fixture
def grace() -> int:
    """Nothing is told while the test runs: everything in it could still be taken back."""
    return 3600


@pytest.fixture
def kinds(running: Running, desk: Flask) -> dict[int, CategoryName]:
    """Fifty cases, by number: their category. In the list they are as mixed as they came."""
    site, found = desk.extensions["site"], {}
    for number in range(len(KINDS) * EACH):
        category = list(KINDS)[number % len(KINDS)]
        sent = submission(
            f"number {number}", category, passage=factories.OLD, explanation=KINDS[category].explanation, country="CN",
            addresses=f"{running.url}/articles/small-{number}", email=f"n{number}@example.com",
        )  # fmt: skip
        with transaction():
            notice = notices.submit(site, sent, running.now())
        found[notice.items[0].case_id] = category
    return found


def bulk_decision(keys: Keyboard) -> None:
    """Narrow the list down to one category, choose all of it, decline, look at what will happen, confirm."""
    page = keys.page
    keys.press("f", "Tab")
    place = page.locator("#f-category option").evaluate_all("all => all.map(option => option.value)")
    for _ in range(place.index(CategoryName.ENTERPRISE)):
        keys.press("ArrowDown")
    keys.go("Control+Enter")
    keys.press("X")
    expect(page.locator("[data-picked]")).to_contain_text(f"{EACH}件")
    keys.go("b")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    keys.press("7", "w", "m", "Tab")
    keys.write(RULE)
    keys.press("Tab")
    keys.write("该条要求指明具体的段落和不实之处。")
    while not page.evaluate("document.activeElement.name === 'facts'"):
        keys.press("Tab")
    keys.write("通知没有指明哪一处不实，逐段核对以后，也没有找到与来源不符的地方。")
    keys.press("Escape", "e", "ArrowDown", "Escape")
    keys.go("v")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{EACH}件")
    keys.go("c")


def state_of(desk: Flask, cases: list[int]) -> list[Case]:
    db.session.rollback()
    return [db.session.get_one(Case, number, populate_existing=True) for number in cases]


def number_of(page: Page) -> int:
    found = re.search(r"/desk/cases/(\d+)", page.url)
    assert found, page.url
    return int(found[1])


def test_fifty_cases_of_ten_kinds_are_decided_without_a_mouse(
    running: Running,
    moderator: Page,
    desk: Flask,
    kinds: dict[int, CategoryName],
    record_property: Callable[[str, object], None],
) -> None:
    measured = partial(record_property, "measured")
    keys, spent = Keyboard(moderator), dict[int, tuple[int, int, float]]()
    sign_in(keys, running, desk)
    measured(f"signed in: {keys.commands} keys and {keys.characters} characters")

    many = [number for number, category in kinds.items() if KINDS[category].decide is None]
    counted = keys.commands, keys.characters, len(keys.server)
    bulk_decision(keys)
    expect(moderator.get_by_role("heading", level=1)).to_be_focused()
    expect(moderator.locator("#said")).to_contain_text(f"已作出决定{EACH}件")
    assert {case.outcome for case in state_of(desk, many)} == {Outcome.DECLINED}
    keys.go("u")
    expect(moderator.locator("#said")).to_contain_text(f"已撤销{EACH}件")
    assert {(case.outcome, case.decided_at) for case in state_of(desk, many)} == {(None, None)}
    keys.go("g", "c")
    bulk_decision(keys)
    share = 1 / len(many) / 2  # it was done twice
    for number in many:
        spent[number] = (
            round((keys.commands - counted[0]) * share),
            round((keys.characters - counted[1]) * share),
            sum(keys.server[counted[2] :]) * share,
        )

    keys.go("g", "c")
    keys.go("n")
    undone = False
    while "/desk/cases/" in moderator.url:
        number, before = number_of(moderator), (keys.commands, keys.characters, len(keys.server))
        expect(moderator.locator(".case-head h1")).to_be_focused()
        decide = KINDS[kinds[number]].decide
        assert decide, number
        decide(keys)
        keys.go("Control+Enter")
        assert not moderator.locator(".error-summary, .conflict").count(), moderator.locator("main").inner_text()[:600]
        expect(moderator.get_by_role("heading", level=1)).to_contain_text("预览：")
        keys.go("y")
        expect(moderator.locator("#said")).to_contain_text(f"#{number} ")
        spent[number] = (
            keys.commands - before[0], keys.characters - before[1], sum(keys.server[before[2] :]),
        )  # fmt: skip
        if not undone:  # one of them is taken back from the page of the next, and decided again
            undone = True
            keys.go("u")
            assert number_of(moderator) == number
            expect(moderator.locator("#said")).to_contain_text("决定已撤销")
            assert [case.decided_at for case in state_of(desk, [number])] == [None]
            keys.go("v")  # what was written is still there
            keys.go("y")
    expect(moderator.locator("main")).to_contain_text("没有空闲的案件")
    _all_is_decided(desk, kinds)
    _report(kinds, spent, measured)


def _all_is_decided(desk: Flask, kinds: dict[int, CategoryName]) -> None:
    mei = db.session.scalars(select(Account).where(Account.email == EMAIL)).one()
    for case in state_of(desk, list(kinds)):
        kind, decision = KINDS[kinds[case.id]], case.decisions[-1]
        assert (case.outcome, decision.decided_by_id) == (kind.outcome, mei.id), case.id
        assert decision.undone_at is None
        standing = select(Measure.kind).join(Decision, Measure.decision_id == Decision.id)
        standing = standing.where(Decision.case_id == case.id, Measure.ends_at.is_(None))
        assert list(db.session.scalars(standing)) == ([kind.measure] if kind.measure else []), case.id
    sent = Counter(db.session.scalars(select(Mail.state).where(Mail.cause.startswith("decision:"))))
    assert sent[MailState.CANCELLED] >= EACH
    assert MailState.SENT not in sent


def _report(
    kinds: dict[int, CategoryName], spent: dict[int, tuple[int, int, float]], measured: Callable[[str], None]
) -> None:
    assert set(spent) == set(kinds)
    for number, (commands, characters, milliseconds) in sorted(spent.items()):
        measured(
            f"#{number} {kinds[number]}: {commands} keys, {characters} characters of text, {milliseconds:.0f} ms of server"
        )
    middle = [statistics.median(column) for column in zip(*spent.values(), strict=True)]
    measured(f"median: {middle[0]:.0f} keys, {middle[1]:.0f} characters, {middle[2]:.0f} ms")
    assert middle[0] <= 20
