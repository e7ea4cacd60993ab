"""Three hundred payloads in every field that strangers fill, opened by everybody in a real browser: nothing runs, nothing is
made of them; and what is planted beside them is seen."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, groupby, islice
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import func, select

from tests import bounds
from tests.journeys import stuffing
from tests.journeys.house import living, pages_of_staff, posts_of_staff, send, session_of
from tests.payloads import PAYLOADS
from tracker.db import db
from tracker.domain.element import Element, Format, Kind
from tracker.domain.elements import ELEMENTS
from tracker.domain.publisher_elements import COUNTER_ELEMENTS
from tracker.domain.roles import Role
from tracker.domain.text import reveal
from tracker.models import Attachment, Case, CounterNotice, Mail, Message, Notice
from tracker.render.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WATCH = """(() => {
  const fired = what => window.witness(String(what));
  for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = (...said) => fired(`${name} ${said}`);
  addEventListener("securitypolicyviolation", event => fired(`policy ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  const foreign = new Set(["iframe", "frame", "object", "embed", "base", "applet", "style", "marquee", "math", "image", "template",
    "noscript", "plaintext", "xmp", "listing", "animate", "set", "audio", "video", "source", "x-y", "mglyph", "noembed"]);
  const addresses = new Set(["href", "src", "action", "formaction", "data", "xlink:href", "srcdoc", "poster", "background", "ping"]);
  const runs = /^(javascript|data|vbscript|blob):/i;
  const look = element => {
    const name = element.localName;
    if (foreign.has(name) || name.startsWith("x-p")) fired(`element ${element.outerHTML.slice(0, 200)}`);
    if (name === "script" && element.type !== "application/ld+json" && (element.textContent || !element.getAttribute("src").startsWith("/static/"))) fired(`script ${element.outerHTML}`);
    if (name === "meta" && element.httpEquiv || name === "link" && element.rel === "stylesheet" && !element.getAttribute("href").startsWith("/static/"))
      fired(`head ${element.outerHTML}`);
    for (const {name, value} of element.attributes) {
      if (name.startsWith("on") || name.includes("x-p") || name === "style") fired(`attribute ${name}=${value}`);
      if (addresses.has(name) && runs.test(value.replace(/[\\u0000-\\u0020]/g, ""))) fired(`address ${name}=${value}`);
    }
  };
  const over = node => { if (node.nodeType === 1) { look(node); node.querySelectorAll("*").forEach(look); } };
  new MutationObserver(records => records.forEach(record => record.type === "childList" ? record.addedNodes.forEach(over) : look(record.target)))
    .observe(document, {subtree: true, childList: true, attributes: true});
})()"""
"""Says through `witness` what a page runs, what it is made of that no page of ours is made of, and what the policy stopped."""

SEEN = """() => [document.body.innerText, ...Array.from(document.querySelectorAll("textarea, input"), field => field.value),
  ...Array.from(document.querySelectorAll("details:not([open])"), folded => folded.textContent)].join("\\n")"""

TAKES_NONE = frozenset(
    {Kind.CHOICE, Kind.STATEMENT, Kind.ADDRESSES, Kind.HIDDEN, Kind.FILES, Format.COUNTRY, Format.ORG_ID, Format.DATE}
)


@dataclass
class Window:
    """A browser's window, what it witnessed, and all the text that its pages showed."""

    page: Page
    fired: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    def look(self, path: str) -> None:
        """Open an address; fail at once with what ran."""
        answer = self.page.goto(path, wait_until="load")
        assert answer is not None
        assert answer.status < 500, path
        self._judge(path)

    def post(self, path: str, **fields: str) -> None:
        """Send a form and look at the answer."""
        assert send(self.page, path, fields) < 500, path
        self._judge(path)

    def _judge(self, path: str) -> None:
        self.shown.append(self.page.evaluate(SEEN))
        scripts = self.page.evaluate("Array.from(document.scripts, script => script.getAttribute('src'))")
        assert not self.fired, (path, self.fired[:5])
        assert len(scripts) == len(set(scripts)), (path, scripts)

    def text(self) -> str:
        """Return all that was shown, blanks made one."""
        return " ".join("\n".join(self.shown).split())


@dataclass(frozen=True)
class Stuffed:
    """A stuffed site that is served."""

    url: str
    app: Flask
    browser: Browser

    @property
    def site(self) -> Site:
        found: Site = self.app.extensions["site"]
        return found

    @contextmanager
    def window(self, email: str = "", *, policy: bool = False) -> Iterator[Window]:
        """Open a window for somebody; without `policy` the browser runs whatever a page holds."""
        context = self.browser.new_context(base_url=self.url, bypass_csp=not policy, locale="zh-CN")
        window = Window(context.new_page())
        context.expose_binding("witness", lambda _, what: window.fired.append(what))
        context.add_init_script(WATCH)
        context.on(
            "request",
            lambda asked: window.fired.append(f"request {asked.url}") if self._is_foreign(asked.url) else None,
        )
        window.page.on("dialog", lambda dialog: (window.fired.append(f"dialog {dialog.message}"), dialog.dismiss()))
        if email:
            context.add_cookies([{"name": "session", "value": session_of(self.app, email), "url": self.url}])
        yield window
        context.close()

    def _is_foreign(self, url: str) -> bool:
        return not url.startswith((f"{self.url}/", "about:blank"))


@pytest.fixture(scope="module")
def stuffed(browser: Browser, tmp_path_factory: pytest.TempPathFactory, sqlite_template: Any) -> Iterator[Stuffed]:
    folder = tmp_path_factory.mktemp("stuffed")
    with living(folder, sqlite_template, stuffing.stuff) as (url, app):
        yield Stuffed(url, app, browser)


def texts() -> Iterator[tuple[str, str]]:
    """Yield every answer and text that is stored of a party, with the name of its field."""
    for answers in db.session.scalars(select(Notice.answers)):
        yield from answers.items()
    for answers in db.session.scalars(select(CounterNotice.answers)):
        yield from answers.items()
    for kind, text in db.session.execute(select(Message.kind, Message.text)):
        yield str(kind), text
    for name in db.session.scalars(select(Attachment.name)):
        yield "name of a file", name


def test_every_field_of_a_stranger_holds_payloads(stuffed: Stuffed) -> None:
    assert len(set(PAYLOADS)) >= 300
    elements: list[Element] = [*ELEMENTS.values(), *COUNTER_ELEMENTS.values()]
    assert {e.name for e in elements if not stuffing.taken(e)} == {
        e.name for e in elements if {e.kind, e.format} & TAKES_NONE
    }
    held: dict[str, set[str]] = {}
    with stuffed.app.app_context():
        for name, text in texts():
            held.setdefault(name, set()).update(p for p in PAYLOADS if p in text)
        db.session.remove()
    for element in elements:
        if {element.kind, element.format} & (TAKES_NONE | {Kind.EMAIL, Kind.PHONE, Format.LINK}):
            continue
        share = stuffing.SHARE if element.most <= stuffing.SHORT else 1
        least = (
            len(PAYLOADS) / share - 1 if element.name in ELEMENTS else 5
        )  # one counter-notice to a case fills a line once
        assert len(held[element.name]) >= least, element.name
    for kind in ("supplement", "reply", "appeal", "counter"):
        assert len(held[kind]) >= 300, (kind, len(held[kind]))


ADDRESSES = (
    "/search?q={}",
    "/receipts/{}",
    "/articles/{}",
    "/categories/{}",
    "/report/copyright?article={}",
    "/report?article={}",
    "/{}?{}",
)
"""Where an address itself may be what a stranger made up."""


def anonymous(window: Window, house: Stuffed) -> None:
    """Read every article and list, a form in which all is typed, and addresses that are payloads."""
    with house.app.app_context():
        slugs = [case.article.slug for case in db.session.scalars(select(Case))]
        db.session.remove()
    for path in (
        "/",
        "/en/",
        "/zh-hant/articles/by-a-publisher",
        "/articles/by-a-publisher",
        "/categories/debt-collection",
    ):
        window.look(path)
    for slug in dict.fromkeys(slugs):
        window.look(f"/articles/{slug}")
    for payload in PAYLOADS[:: len(PAYLOADS) // 4]:
        for address in ADDRESSES:
            window.look(address.format(*[quote(payload, safe="")] * 2))
    for place in ("", "/category", "/check", "/later"):
        window.look(f"/report/drafts/{stuffing.DRAFT}{place}")
    window.look(f"/report/drafts/{stuffing.DRAFT}")
    window.post("/report/copyright", **dict.fromkeys((*ELEMENTS, "key", "step"), "\n".join(PAYLOADS)))
    window.look("/receipts")
    window.post("/receipts", reference=PAYLOADS[0], code=PAYLOADS[40])
    window.look("/verify")
    window.post("/verify", proof=json.dumps({"proof": PAYLOADS}))


def notifiers(window: Window, house: Stuffed) -> None:
    """Open receipts, as whoever has their codes: the first of each category, which hold most, and some of the others."""
    with house.app.app_context():
        by_category = groupby(
            db.session.scalars(select(Notice).order_by(Notice.category, Notice.id)), key=lambda n: n.category
        )
        some = [n for _, of in by_category for at, n in enumerate(of) if at < 9 or at % 5 == 0]
        found = [(n.reference, house.site.keys.secret("notice", n.reference, n.key_epoch)) for n in some]
        db.session.remove()
    window.look(f"/receipts/{found[0][0]}?code={quote(PAYLOADS[0])}")
    for reference, code in found:
        window.post(f"/receipts/{reference}", code=code)
    for act in ("supplement", "contact", "appeal"):
        typed = dict.fromkeys(("text", "appeal_text", "email", "phone", "postal_address"), "\n".join(PAYLOADS))
        window.post(f"/receipts/{found[0][0]}/{act}", code=found[0][1], **typed)


def publisher(window: Window, house: Stuffed) -> None:
    """Open every case as its publisher, and send what will not do."""
    with house.app.app_context():
        cases = [
            (n, house.site.keys.secret("publisher", str(n), house.site.keys.epoch))
            for n in db.session.scalars(select(Case.id))
        ]
        db.session.remove()
    window.look(f"/publisher/{cases[0][0]}?code={quote(PAYLOADS[0])}")
    for number, code in cases:
        window.post(f"/publisher/{number}", code=code)
    typed = dict.fromkeys(("text", "grounds", *COUNTER_ELEMENTS), "\n".join(PAYLOADS))
    for act in ("reply", "appeal", "counter-notice", "counter-notice/check"):
        window.post(f"/publisher/{cases[0][0]}/{act}", **(typed | {"code": cases[0][1]}))


def staff() -> Callable[[Window, Stuffed], None]:
    """Return how somebody of the desk opens every page there, and every case."""

    def look(window: Window, house: Stuffed) -> None:
        with house.app.app_context():
            every = [f"/desk/cases/{number}" for number in db.session.scalars(select(Case.id))]
            bounced = [
                f"/desk/mail/{number}"
                for number in db.session.scalars(select(func.min(Mail.id)).group_by(Mail.name).limit(6))
            ]
            db.session.remove()
        found = {
            address
            for addresses in pages_of_staff(house.app).values()
            for address in addresses
            if not address.startswith("/desk/intake/")
        }
        for path in sorted(found | {*every, *bounced}):
            window.look(path)
        for sent in posts_of_staff(house.app):
            window.page.goto("/account/")
            window.post(sent.path, **sent.fields)
        for payload in PAYLOADS[::80]:
            for address in (
                "/desk/search?q={}",
                "/desk/?q={}&category={}",
                "/desk/mail?q={}",
                "/desk/audit?kind={}",
                "/desk/live?q={}",
            ):
                window.look(address.format(*[quote(payload, safe="")] * 2))

    return look


EVERYBODY: dict[str, Callable[[Window, Stuffed], None]] = {
    "anonymous": anonymous, "notifiers": notifiers, "publisher": publisher, **dict.fromkeys(Role, staff()),
}  # fmt: skip
SHOWN = {"notifiers": 300, "publisher": 300, **dict.fromkeys(Role, len(PAYLOADS)), "anonymous": 300}
"""How many payloads somebody must have had before their eyes, in words, for the rest to mean anything."""

LOOKING = [who for who in EVERYBODY if bounds.IS_FULL or who not in {*Role} - {Role.ADMIN}]
"""What the other roles see is a part of an admin's pages, so every run leaves them to the admin."""


@pytest.mark.parametrize("who", LOOKING)
def test_nothing_of_what_strangers_write_runs_or_becomes_part_of_a_page(stuffed: Stuffed, who: str) -> None:
    with stuffed.window(stuffing.STAFF.get(who, "")) as window:  # type: ignore[call-overload]
        EVERYBODY[who](window, stuffed)
        text = window.text()
        assert not window.fired
        assert sum(payload in text or reveal(payload) in text for payload in PAYLOADS) >= SHOWN[who]


@pytest.mark.parametrize("who", ["anonymous", "publisher", *([Role.ADMIN] if bounds.IS_FULL else [])])
def test_the_policy_of_our_pages_has_nothing_to_report(stuffed: Stuffed, who: str) -> None:
    with stuffed.window(stuffing.STAFF.get(who, ""), policy=True) as window:  # type: ignore[call-overload]
        EVERYBODY[who](window, stuffed)
        assert not window.fired


def test_nothing_of_it_runs_in_a_mail(stuffed: Stuffed) -> None:
    with stuffed.app.app_context():
        longest = select(Mail.name, Mail.id, Mail.html).order_by(Mail.name, func.length(Mail.html).desc())
        by_name = groupby(db.session.execute(longest).all(), key=lambda row: row.name)
        mails = {name: list(islice(rows, 4)) for name, rows in by_name}
        db.session.remove()
    assert len(mails) > 10
    bodies = [(number, html) for _, number, html in chain.from_iterable(mails.values())]
    sent = iter([html for _, html in bodies])
    with stuffed.window() as window:
        window.page.route("**/mail", lambda route: route.fulfill(body=next(sent), content_type="text/html"))
        for number, _ in bodies:
            window.page.goto("/mail")
            window.shown.append(window.page.evaluate(SEEN))
            assert window.fired, f"{number}: nobody watches; every mail has styles"
            assert [said for said in window.fired if not said.startswith(("attribute style=", "head "))] == [], number
            window.fired.clear()
        assert sum(payload in window.text() for payload in PAYLOADS) >= 300


PLANTED = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<a href='java\tscript:alert(1)'>x</a>", "<x-p1>",
    "<p x-p1=1>", "<iframe srcdoc=x>", "<p style=color:red>", "<form action=javascript:1>", "<meta http-equiv=refresh content=9>",
)  # fmt: skip


@pytest.mark.parametrize("markup", PLANTED)
def test_what_is_planted_is_seen(stuffed: Stuffed, markup: str) -> None:
    """The control: one fault of each kind on a page of ours, by the server or by a script."""
    with stuffed.window() as window:
        window.page.route("**/pages/rules", lambda route: _with(route, markup))
        with pytest.raises(AssertionError):
            window.look("/pages/rules")
        assert window.fired
        window.fired.clear()
        window.look("/pages/contact")
        window.page.evaluate("markup => document.querySelector('main').innerHTML = markup", markup)
        window.page.wait_for_function("() => true")
        assert window.fired


def _with(route: Any, markup: str) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace("</main>", f"{markup}</main>"))


def test_what_the_policy_stops_is_seen(stuffed: Stuffed) -> None:
    with stuffed.window(policy=True) as window:
        window.page.route("**/pages/rules", lambda route: _with(route, "<button onclick=alert(1)>x</button>"))
        with pytest.raises(AssertionError):
            window.look("/pages/rules")
        window.page.wait_for_function("() => true")
        assert any(said.startswith("policy script-src") for said in window.fired)
        assert not any(said.startswith("alert") for said in window.fired)
