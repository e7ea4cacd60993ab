"""What stands on the pages for each action, the keys people choose, and going from one decided case to the next."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.factories import decide, draft
from tests.services.test_counters import COUNTER, GROUNDS, US
from tests.staff import BODY, DECISION, make_member, make_notice, publish, signed_in, token_of
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.actions import ACTIONS, Action, Target
from tracker.domain.attachments import accept
from tracker.domain.categories import CategoryName
from tracker.domain.clocks import RULES
from tracker.domain.decisions import Outcome
from tracker.domain.lifecycle import State
from tracker.domain.roles import Permission, Role, allows
from tracker.domain.threads import MessageKind
from tracker.models import Account, AuditEntry, Case
from tracker.queries import queue
from tracker.render.site import Site
from tracker.services import appeals, counters, exchange, proceedings, proposals
from tracker.services import cases as services

HURTING = "再不删掉，弄死你们这些傻逼编辑，打我电话13812345678，这一段与事实不符。"
DECLINE = DECISION | {"outcome": "declined", "refusal": "no_breach", "claim-0": "unfounded"}
CONTROLS = {"input", "textarea", "select", "summary"}


@dataclass
class Marked:
    """An element that does something: for which actions, and where pressing it leads."""

    tag: str
    names: list[str]
    attributes: dict[str, str]
    method: str
    path: str


@dataclass
class Reader(HTMLParser):
    """Reads from a page what it marks with actions, and what its palette offers."""

    marked: list[Marked] = field(default_factory=list)
    offered: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    forms: dict[str, dict[str, str]] = field(default_factory=dict)
    rows: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = self.forms[found.get("id", "")] = found
        self.rows += "data-row" in found
        if "data-name" in found:
            self.offered[found["data-name"]] = found["data-key"]
        if "data-action" in found:
            path = found.get("href") or found.get("formaction") or self.form.get("action", "")
            method = "GET" if tag == "a" else self.form.get("method", "get").upper()
            self.marked.append(Marked(tag, found["data-action"].split(), found, method, path))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = {}


def read(answer: TestResponse) -> Reader:
    assert answer.status_code == 200
    reader = Reader()
    reader.feed(answer.text)
    for mark in reader.marked:
        if named := mark.attributes.get("form"):
            mark.method = reader.forms[named]["method"].upper()
    return reader


def fresh(case: Case) -> Case:
    db.session.rollback()
    return db.session.get_one(Case, case.id, populate_existing=True)


def post(browser: FlaskClient, path: str, **fields: Any) -> TestResponse:
    token = token_of(browser.get("/account/").text)
    return browser.post(path, data={"csrf_token": token, "key": "k" * 24} | fields)


@pytest.fixture
def cases(site: Site) -> list[Case]:
    """Three open cases; of the first the passage is gone from the article since, and what is said about it hurts."""
    now = clock.now()
    found = []
    for number in range(3):
        article = publish(site, f"article-{number}", now, BODY)
        said = {"explanation": HURTING, "category": CategoryName.MINOR} if number == 0 else {}
        found.append(make_notice(site, article, now, f"n{number}@example.com", **said).items[0].case)
    publish(site, "article-0", now, "这里已经改过了，什么也不再说。\n")
    return found


def later(site: Site, account: Account) -> dict[str, int]:
    """Return cases further on, each with acts of its own; `account` proposes too, if its role may."""
    now, wu = clock.now(), make_member("wu@example.org", Role.REVIEWER, name="吴")
    us = {name: answer for name, answer in US.items() if name != "email"} | {"category": CategoryName.COPYRIGHT}
    gdpr = {"category": CategoryName.PERSONAL_DATA, "country": "DE", "data_right": "delete"}
    said: dict[str, dict[str, Any]] = {
        "theirs": {},
        "own": {},
        "asked": gdpr,
        "countered": us,
        "held": us,
        "appealed": {},
    }
    found = {
        slug: make_notice(site, publish(site, slug, now, BODY), now, f"{slug}@example.com", **its).items[0].case
        for slug, its in said.items()
    }
    for who, slug in ((wu, "theirs"), (account, "own")):
        if allows(who.role, Permission.DECIDE):
            with transaction():
                proposals.propose(site, who, found[slug].id, found[slug].version, draft(Outcome.DECLINED), DECLINE, now)
    with transaction():
        services.take_up(site, wu, found["asked"].id, found["asked"].version, now)
    for slug, outcome in (("countered", Outcome.WITHHELD), ("held", Outcome.WITHHELD), ("appealed", Outcome.DECLINED)):
        decide(site, found[slug], outcome, now, wu)
    for slug in ("countered", "held"):
        with transaction():
            counters.send(site, found[slug], COUNTER, {}, [], "zh-Hans", now, slug)
    with transaction():
        proof, notice = accept("docket.txt", b"1"), found["held"].items[0].notice
        exchange.supplement(site, notice, "已起诉。", [proof], {}, now, "proof", MessageKind.PROOF)
    held = fresh(found["held"])
    with transaction():
        proceedings.confirm(site, wu, held.id, held.version, held.counter_notices[0].proceedings[0].id, now)
    with transaction():
        appealed = found["appealed"]
        appeals.send(site, appealed, appealed.items[0].notice, GROUNDS, [], "zh-Hans", now, "appeal")
    return {slug: case.id for slug, case in found.items()}


def pausable(case: Case) -> str:
    """Return the number of a limit of a case that may stand still."""
    return next(str(limit.id) for limit in case.clocks if RULES[limit.kind].may_pause and limit.stopped_at is None)


def pages(
    browser: FlaskClient, cases: list[Case], monkeypatch: pytest.MonkeyPatch, further: dict[str, int]
) -> list[Reader]:
    """Return the pages of the desk on which something can be done, as whoever is signed in sees them."""
    monkeypatch.setattr(queue, "PER_PAGE", 2)
    first, *others = cases
    ticks = [f"{case.id}-{case.version}" for case in others]
    shown = [browser.get(path) for path in ("/desk/", "/desk/search?q=article", f"/desk/cases/{first.id}")]
    if post(browser, f"/desk/cases/{first.id}/take-up").status_code != 403:
        shown.append(browser.get(f"/desk/cases/{first.id}"))
        said = {"clock": pausable(fresh(first)), "version": str(fresh(first).version), "reason": "等一份材料"}
        assert post(browser, f"/desk/cases/{first.id}/pause", **said).status_code == 303
        shown.append(browser.get(f"/desk/cases/{first.id}"))
        shown.append(post(browser, f"/desk/cases/{further['theirs']}/proposals/1/preview"))
        version = str(fresh(first).version)
        shown.append(post(browser, f"/desk/cases/{first.id}/preview", version=version, **DECLINE))
        shown.append(post(browser, "/desk/batches/choose", case=ticks))
        shown.append(post(browser, "/desk/batches/check", case=ticks, **DECLINE))
        shown.append(browser.get(post(browser, "/desk/batches/decide", case=ticks, **DECLINE).location))
    shown += [browser.get(f"/desk/cases/{number}") for number in further.values()]
    return [read(answer) for answer in shown]


def access_of(app: Flask, mark: Marked) -> Permission:
    endpoint, _ = app.url_map.bind("localhost").match(re.split("[?#]", mark.path)[0], mark.method)
    found = app.view_functions[endpoint].access  # type: ignore[attr-defined]
    assert isinstance(found, Permission), mark
    return found


def is_of_kind(mark: Marked, action: Action, reader: Reader) -> bool:
    match action.target:
        case Target.LINK:
            return mark.tag == "a"
        case Target.BUTTON:
            return mark.tag == "button"
        case Target.ROW:
            return reader.rows > 0
    return mark.tag in CONTROLS or "tabindex" in mark.attributes


def test_each_action_has_what_does_it_and_asks_for_what_its_route_asks(
    app: Flask, site: Site, cases: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_member("lin@example.org", name="林")
    account = make_member(role=Role.ADMIN)
    browser = signed_in(app, account)
    done = set()
    for reader in pages(browser, cases, monkeypatch, later(site, account)):
        for mark in reader.marked:
            for action in [ACTIONS[name] for name in mark.names]:  # a name that is not in the table fails here
                done.add(action.name)
                assert is_of_kind(mark, action, reader), mark
                assert action.chord or action.name in reader.offered, (action.name, "is not for this kind of page")
                if action.target in {Target.LINK, Target.BUTTON} and not action.chord:
                    assert access_of(app, mark) is action.permission, mark
    assert done == set(ACTIONS)


@pytest.mark.parametrize("role", Role)
def test_no_page_marks_or_offers_what_a_role_may_not_do(
    app: Flask, site: Site, cases: list[Case], monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    account = make_member(role=role)
    browser = signed_in(app, account)
    for reader in pages(browser, cases, monkeypatch, later(site, account)):
        assert all(allows(role, ACTIONS[name].permission) for mark in reader.marked for name in mark.names)
        assert all(allows(role, ACTIONS[name].permission) for name in reader.offered)
        assert reader.offered


def test_a_name_that_is_not_in_the_table_is_caught() -> None:
    reader = Reader()
    reader.feed('<form method="post" action="/desk/next"><button data-action="planted">x</button></form>')
    (mark,) = reader.marked
    assert (mark.names[0] in ACTIONS, mark.method, mark.path) == (False, "POST", "/desk/next")


# the keys somebody chooses


def stored(account: Account) -> dict[str, Any]:
    db.session.rollback()
    return db.session.get_one(Account, account.id, populate_existing=True).keys or {}


def audited() -> list[str]:
    kinds = db.session.scalars(select(AuditEntry.kind).order_by(AuditEntry.seq))
    return [kind for kind in kinds if kind == "account.keys_set"]


def test_a_key_is_changed_and_works_on_every_page(app: Flask, browser: FlaskClient, mei: Account) -> None:
    assert read(browser.get("/desk/")).offered["undo"] == "u"
    saved = post(browser, "/account/keys/save", on="1", undo="U", pick="")
    assert saved.location == "/account/keys?done=saved"
    assert "快捷键已保存" in browser.get(saved.location).text
    offered = read(browser.get("/desk/")).offered
    assert (offered["undo"], offered["pick"], offered["next"]) == ("U", "", "n")
    assert stored(mei) == {"off": False, "own": {"undo": "U", "pick": ""}}
    assert audited() == ["account.keys_set"]
    post(browser, "/account/keys/save", on="1", undo="U", pick="")
    assert audited() == ["account.keys_set"]  # nothing changed, nothing to say
    other = signed_in(app, make_member("lin@example.org", Role.AUDITOR))
    assert read(other.get("/desk/")).offered["help"] == "?"
    assert post(browser, "/account/keys/reset").location == "/account/keys?done=reset"
    assert stored(mei) == {}
    assert read(browser.get("/desk/")).offered["undo"] == "u"


def test_keys_of_one_character_can_be_switched_off(browser: FlaskClient, mei: Account) -> None:
    assert '<kbd aria-hidden="true">?</kbd>' in browser.get("/desk/").text
    post(browser, "/account/keys/save")
    reader = read(browser.get("/desk/"))
    assert set(reader.offered.values()) == {""}  # the palette has all the same
    assert '<kbd aria-hidden="true">?</kbd>' not in browser.get("/desk/").text
    assert stored(mei)["off"]
    assert not re.search(r'id="on" name="on" value="1" checked', browser.get("/account/keys").text)


def test_a_clash_is_told_and_what_was_typed_stays(browser: FlaskClient, mei: Account) -> None:
    refused = post(browser, "/account/keys/save", on="1", undo="n", note="键")
    assert refused.status_code == 422
    assert "和“下一件”的“n”冲突" in refused.text
    assert "请填一个或两个英文字符" in refused.text
    assert re.search(r'name="undo"\s+value="n"', refused.text)
    assert re.search(r'name="note"\s+value="键"', refused.text)
    assert refused.text.count('aria-invalid="true"') == 3  # both that clash, and what is no key
    assert stored(mei) == {}


@pytest.mark.parametrize("junk", [{"undo": "x" * 5000}, {"undo": "\0\ud7ff"}, {"planted": "u"}, {"next": "<b>"}])
def test_whatever_is_sent_is_answered(browser: FlaskClient, mei: Account, junk: dict[str, str]) -> None:
    answer = post(browser, "/account/keys/save", on="1", **junk)
    assert answer.status_code in {303, 422}
    assert stored(mei).get("own", {}) == {}


def test_all_keys_stand_on_a_page_that_needs_no_script(browser: FlaskClient) -> None:
    html = browser.get("/account/keys").text
    for action in ACTIONS.values():
        if not action.chord and allows(Role.MODERATOR, action.permission):
            assert f'id="k-{action.name}"' in html
    assert 'id="k-go-people"' not in html  # not for a moderator
    assert "Ctrl和Enter" in html


# from one case to the next


def decide_and_go_on(browser: FlaskClient, case: Case, **fields: str) -> TestResponse:
    return post(
        browser, f"/desk/cases/{case.id}/decide", **(DECLINE | {"version": str(case.version), "then": "next"} | fields)
    )


def test_a_decision_leads_to_the_next_case_and_back(
    browser: FlaskClient, cases: list[Case], mei: Account, now: datetime
) -> None:
    first, second, _ = cases
    answer = decide_and_go_on(browser, first)
    assert (answer.status_code, answer.location) == (303, f"/desk/cases/{second.id}?done={first.id}")
    assert fresh(second).assignee_id == mei.id
    html = browser.get(answer.location).text
    assert re.search(rf'<h1 tabindex="-1" autofocus>#{second.id} ', html)
    assert re.search(rf"#{first.id}</a> 不采取措施</b> 决定已经生效。邮件还没有发出", html)
    undo = re.search(r'action="(/desk/cases/\d+/undo)".*?</form>', html, re.DOTALL)
    assert undo
    assert undo[1] == f"/desk/cases/{first.id}/undo"
    version = re.search(r'name="version" value="(\d+)"', undo[0])
    assert version
    back = post(browser, undo[1], version=version[1])
    assert back.location == f"/desk/cases/{first.id}?undone=1"
    assert fresh(first).decided_at is None
    assert "决定已撤销" in browser.get(back.location).text
    again = browser.get(f"/desk/cases/{second.id}?done={first.id}").text  # an old address says nothing that is not so
    assert "决定已经生效" not in again


def test_after_the_last_case_the_list_says_what_was_done(browser: FlaskClient, cases: list[Case]) -> None:
    for case in cases[:2]:
        assert f"?done={case.id}" in str(decide_and_go_on(browser, case).location)
    last = fresh(cases[2])
    answer = decide_and_go_on(browser, last)
    assert answer.location == f"/desk/?none=1&done={last.id}"
    html = browser.get(answer.location).text
    assert "没有空闲的案件" in html
    assert re.search(rf"#{last.id}</a> 不采取措施</b> 决定已经生效。", html)
    assert f'action="/desk/cases/{last.id}/undo"' in html


def test_a_decision_that_is_refused_goes_nowhere(browser: FlaskClient, cases: list[Case]) -> None:
    first = cases[0]
    answer = decide_and_go_on(browser, first, facts="短")
    assert answer.status_code == 422
    assert first.state is State.RECEIVED
    stale = post(browser, f"/desk/cases/{first.id}/decide", version="9", then="next", **DECLINE)
    assert stale.status_code == 409


@pytest.mark.parametrize("done", ["", "0", "x", "99999999999999999999", "1", "2"])
def test_the_address_alone_claims_nothing(app: Flask, browser: FlaskClient, cases: list[Case], done: str) -> None:
    colleague = signed_in(app, make_member("lin@example.org", name="林"))
    post(colleague, f"/desk/cases/{cases[0].id}/decide", version="1", **DECLINE)  # decided, but by somebody else
    for path in (f"/desk/cases/{cases[2].id}", "/desk/"):
        answer = browser.get(f"{path}?done={done}")
        assert answer.status_code == 200
        assert "决定已经生效" not in answer.text
