"""Who may use which route: every route of the URL map by every role, as the one permission table says."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.factories import draft, stored
from tests.staff import DECISION, make_case, make_member, make_notice, signed_in, token_of
from tracker import clock
from tracker.db import db, transaction
from tracker.domain.canned import Purpose
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.recusals import About
from tracker.domain.roles import DUTIES, LABELS, PERMISSIONS, Permission, Role
from tracker.models import Case, Notice
from tracker.queries.filters import Filters
from tracker.render.site import Site
from tracker.services import accounts, batches, canned, clauses, drafts, opinions, proposals, recusals, settings, views

ANYBODY = (None, *Role)
KEY = "k" * 43
NAMED = {
    "/desk/rules/": "2.10", "/desk/intake/sent/": KEY, "/desk/intake/": "reputation", "/desk/switches/": "intake",
    "/report/drafts/": KEY, "/report/": "reputation", "/articles/": "yi-pian", "/categories/": "debt-collection",
    "/pages/": "rules",
}  # fmt: skip
"""What stands in an address that is no number, by how the address begins."""

_N = "<int(max=2147483647):number>"
NOWHERE = {f"/desk/samples/{_N}", f"/desk/cases/{_N}/canned", "/desk/intake/sent/<key>", "/desk/pictures/<name>"}
"""What is shown to nobody but whom it is for, or who chose something first; and pictures, of which the article has none."""

REFUSED, SENT_TO_SIGN_IN, LET_THROUGH = "refused", "sent to sign in", "let through"


def routes(app: Flask) -> Iterator[tuple[Rule, str, Permission | None]]:
    """Return each route with each of its methods, and the permission that it asks for; one without a rule fails."""
    for rule in app.url_map.iter_rules():
        access = app.view_functions[rule.endpoint].access  # type: ignore[attr-defined]
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield rule, method, access


def path_of(rule: Rule) -> str:
    """Return an address of a route on a furnished site: everything there is has the number 1."""
    name = next((value for start, value in NAMED.items() if rule.rule.startswith(start)), "1")

    def value(found: re.Match[str]) -> str:
        return found[1] or ("1" if found[0].startswith("<int") else name)

    return re.sub(r"<(?:any\(([a-z-]+)[^>]*|[^>]*)>", value, rule.rule)


@pytest.fixture
def furnished(site: Site) -> Case:
    """Something behind every number that stands in an address."""
    now = clock.now()
    jia, lin = make_member("first@example.org", Role.ADMIN), make_member("second@example.org", name="林")
    case = make_case(site, now, files=[("a.txt", b"text")])
    with transaction():
        clauses.put(site, now)
        accounts.invite(site, jia, "new@example.org", Role.MODERATOR, now)
        canned.put(jia, None, 0, "缺少证明", Purpose.ASK, {"zh-Hans": "请补充。"}, now)
        views.save(jia, "名誉", Filters(), now, is_shared=True)
        opinions.ask(site, jia, case.id, lin.id, "这一段算不算有依据的评价？", now, "k" * 20)
        recusals.put(jia, jia.id, About.DOMAIN, "elsewhere.example", now)
        batches.begin(jia, "k" * 24, {"outcome": "declined"}, [(case.id, case.version)], now)
        settings.put(site, jia, 0, {"contact_name": "联系人"}, now)
        drafts.save(KEY, CategoryName.REPUTATION, {"explanation": "写到一半"}, (), (), now)
    with transaction():
        proposals.propose(site, lin, case.id, case.version, draft(Outcome.DECLINED), DECISION, now)
    return case


def browser_of(app: Flask, role: Role | None) -> FlaskClient:
    return app.test_client() if role is None else signed_in(app, make_member(f"{role}@example.org", role))


def verdict(answer: TestResponse) -> str:
    """Say what the access rules made of a request; what the view makes of it is no matter here."""
    if (answer.location or "").startswith("/account/sign-in") or "登录已经过期" in answer.text:
        return SENT_TO_SIGN_IN
    return REFUSED if answer.status_code == 403 and "您的账号没有这项权限" in answer.text else LET_THROUGH


def expected(role: Role | None, access: Permission | None) -> str:
    if access is None:
        return LET_THROUGH
    if role is None:
        return SENT_TO_SIGN_IN
    return LET_THROUGH if role in PERMISSIONS[access] else REFUSED


def test_there_is_something_behind_every_address(app: Flask, furnished: Case) -> None:
    browser = browser_of(app, Role.ADMIN)
    shown = {rule.rule: path_of(rule) for rule, method, access in routes(app) if method == "GET" and access}
    assert {rule for rule, path in shown.items() if browser.get(path).status_code == 404} == NOWHERE


@pytest.mark.parametrize("role", ANYBODY)
def test_every_route_answers_as_the_table_says(app: Flask, furnished: Case, role: Role | None) -> None:
    browser = browser_of(app, role)
    checked = 0
    for rule, method, access in routes(app):
        answer = browser.open(path_of(rule), method=method)  # without its token, no form changes anything
        assert verdict(answer) == expected(role, access), (rule, method)
        assert answer.status_code < 500, (rule, method)
        checked += 1
    assert checked > 70


@pytest.mark.parametrize("role", ANYBODY)
def test_a_route_without_a_rule_refuses_everybody(own_app: Flask, role: Role | None) -> None:
    own_app.add_url_rule("/desk/planted", "planted", lambda: "nobody reads this", methods=["GET", "POST"])
    browser = browser_of(own_app, role)
    for method in ("GET", "POST"):
        answer = browser.open("/desk/planted", method=method)
        assert (answer.status_code, "nobody reads this" in answer.text) == (403, False)


@pytest.mark.parametrize("role", ANYBODY)
def test_reading_changes_nothing(app: Flask, site: Site, furnished: Case, role: Role | None) -> None:
    """Not even what a link in a mail opens: programs that look at mails follow it first."""
    make_notice(site, furnished.article, clock.now(), "bob@example.com", files=[("a.txt", b"text")])
    browser = browser_of(app, role)
    links = [opened_by(site, subject) for subject in ("opinion", "publisher", "notice")]
    before = stored()
    for rule, method, _ in routes(app):
        if method == "GET":
            for query in ("", "?article=yi-pian&code=X&q=1&next=/desk/&state=decided&before=9&done=1"):
                assert browser.get(path_of(rule) + query).status_code < 500, rule
            browser.head(path_of(rule))
    for link in links:
        assert (browser.get(link).status_code, browser.head(link).status_code) == (200, 200), link
    assert stored() == before


def opened_by(site: Site, subject: str) -> str:
    """Return an address of a furnished site with the code that opens what it is of."""
    notice = db.session.scalars(select(Notice)).first()
    assert notice
    path, of = {
        "opinion": ("/opinions/1", "1"), "publisher": ("/publisher/1", "1"), "notice": (f"/receipts/{notice.reference}", notice.reference),
    }[subject]  # fmt: skip
    return f"{path}?code={site.keys.secret(subject, of, site.keys.epoch)}"


def test_an_auditor_changes_nothing_but_their_own_account(app: Flask, furnished: Case) -> None:
    case, browser = furnished, browser_of(app, Role.AUDITOR)
    token = token_of(browser.get("/account/").text)
    fields = {"csrf_token": token, "version": str(case.version), "text": "说明" * 20, "item": "1", **DECISION}
    own = {permission for permission in PERMISSIONS if Role.AUDITOR in PERMISSIONS[permission]}
    before = stored()
    posted = [(rule, access) for rule, method, access in routes(app) if method == "POST" and access is not None]
    assert {access for _, access in posted} & own == {Permission.OWN_ACCOUNT}
    for rule, access in posted:
        if access not in own:
            assert browser.post(path_of(rule), data=fields).status_code == 403, rule
    assert stored() == before


def test_an_auditor_reads_the_desk_without_a_button_on_it(app: Flask, site: Site) -> None:
    case = make_case(site, clock.now(), files=[("a.txt", b"text")])
    browser = browser_of(app, Role.AUDITOR)
    for path in ("/desk/", f"/desk/cases/{case.id}", "/desk/mail", "/desk/audit", "/desk/people"):
        page = browser.get(path)
        assert page.status_code == 200
        shown = set(re.findall(r'method="post"\s+action="([^"]+)"', page.text))
        assert shown == {"/account/sign-out", "/desk/uncover"}, path  # the second counts what they themselves look at
    assert browser.get("/desk/attachments/1").data == b"text"


def test_a_page_offers_what_the_role_may_do(app: Flask, site: Site) -> None:
    number = make_case(site, clock.now()).id
    for role in Role:
        browser = browser_of(app, role)
        case, queue = browser.get(f"/desk/cases/{number}").text, browser.get("/desk/").text
        assert ("/preview" in case) is (role in PERMISSIONS[Permission.DECIDE])
        assert ("/standing" in case) is (role in PERMISSIONS[Permission.SET_STANDING])
        assert ("/desk/intake" in queue) is (role in PERMISSIONS[Permission.RUN_INTAKE])
        assert ("/desk/people" in queue) is (role in PERMISSIONS[Permission.READ_PEOPLE])


def test_the_table_is_whole() -> None:
    assert set(PERMISSIONS) == set(Permission)
    assert all(PERMISSIONS.values())
    assert set(LABELS) == set(DUTIES) == set(Role)
