"""Personal data of forty kinds in every field and every file name turn up where the law lets them, and nowhere else."""

import contextlib
import html
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import quote, unquote_plus

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests import factories
from tests.canaries import CANARIES, EVERYTHING, KINDS, NAMES
from tests.mail.conftest import Post
from tests.notifier import fill
from tests.staff import make_case, make_member
from tracker.cli.articles import build
from tracker.cli.delivery import deliver, do_what_is_due
from tracker.db import db, transaction
from tracker.domain.attachments import accept
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.decisions import Outcome
from tracker.domain.disclosure import disclosed
from tracker.domain.elements import Element, Format, Kind
from tracker.domain.errors import InvalidTransition
from tracker.domain.regimes import RegimeName
from tracker.domain.roles import Role
from tracker.models import Account, AuditEntry, Case, Line, Mail, Notice, Page
from tracker.render.site import Site
from tracker.services import cases, erasure, exchange, publishers

_C = CategoryName
SOME = (_C.COPYRIGHT, _C.REPUTATION, _C.PERSONAL_DATA, _C.FRAUD, _C.NCII)
"""Under which a country decides who is told of whom."""

EMAIL, PHONE = "jinsique@example.org", "+86 139-9999-8888"
SECRET = {*EVERYTHING, EMAIL, PHONE}
NAMED = {"notifier_name": NAMES["name"][0], "email": EMAIL, "phone": PHONE}
WHO = (
    "notifier_org",
    "principal_name",
    "signature_name",
    "postal_address",
    "org_id_no",
    "authority_name",
    "report_back_to",
)
VALID: dict[Format | None, str] = {
    Format.COUNTRY: "CN", Format.ORG_ID: "91110000600037341L", Format.DATE: "2024-05-03",
    Format.LINK: f"https://example.org/?who={quote(CANARIES[0])}",
    Format.LINKS: "\n".join(f"https://example.org/?who={quote(canary)}" for canary in CANARIES),
}  # fmt: skip
SITUATIONS: dict[str, dict[str, str]] = {
    "CN": {"country": "CN"},
    "US": {"country": "US", "stmt_authority_perjury": "1"},
    "DE": {"country": "DE"},
    "GB": {"country": "GB", "share_name": "no", "share_email": "no"},
    "GB, by consent": {"country": "GB", "share_name": "yes", "share_email": "yes"},
}


def answer(element: Element) -> str:
    """Answer a question: who somebody is with a mark, everything else in words with a mark and all that there is."""
    if element.kind is Kind.CHOICE:
        values = [value for value, _ in element.options]
        return "no" if "no" in values else values[0]
    if element.kind is Kind.STATEMENT:
        return "1"
    if element.kind not in {Kind.LINE, Kind.TEXT}:
        return ""
    if element.format in VALID:
        return VALID[element.format]
    mark = f"金丝雀{element.name}栏"
    return mark if element.name in WHO else "；".join((mark, *EVERYTHING))[: element.most].rpartition("；")[0] or mark


def everywhere(category: CategoryName) -> dict[str, str]:
    """Return an answer to every question of a category, as full of them as the form takes."""
    asked = CATEGORIES[category].elements
    return {element.name: said for element in asked if (said := answer(element))} | NAMED


def bodies(mail: Mail) -> str:
    return "\n".join((mail.subject, mail.text, html.unescape(mail.html)))


def among(marks: Iterable[str], text: str) -> set[str]:
    return {mark for mark in marks if mark in text}


def rows() -> str:
    """Return every page that readers can be given."""
    db.session.rollback()
    return "\n".join(html.unescape(body.decode(errors="replace")) for body in db.session.scalars(select(Page.body)))


def send(site: Site, now: datetime, category: CategoryName, **said: str) -> Case:
    """Send a notice full of them, with a file of each kind, and a supplement as full."""
    files = [(f"证据{values[0]}.txt", kind.encode()) for kind, values in KINDS.items()]
    answers = everywhere(category) | said
    slug, body = f"{category}".replace("_", "-"), f"{category}：这里说明经过。"
    case = make_case(site, now, slug, **(answers | {"category": category, "body": body, "files": files}))
    more = [accept(f"补充{values[0]}.txt", values[0].encode()) for values in KINDS.values()]
    with transaction():
        notice = db.session.get_one(Notice, case.items[0].notice_id)
        exchange.supplement(site, notice, "；".join(EVERYTHING), more, {}, now, f"key-{category}")
    return case


@pytest.mark.slow
@pytest.mark.parametrize("situation", SITUATIONS)
def test_they_reach_nobody_but_whom_the_law_lets_know(
    app: Flask,
    posted: Site,
    post: Post,
    now: datetime,
    mei: Account,
    situation: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, "tracker")
    site, jia = posted, make_member("jia@example.org", Role.ADMIN, "甲")
    post.replies[EMAIL] = f"550 <{EMAIL}> is not known here"
    told: dict[int, str] = {}
    for category in CategoryName if situation == "CN" else SOME:
        case = send(site, now, category, **SITUATIONS[situation])
        notice = case.items[0].notice
        allowed = disclosed([RegimeName(name) for name in notice.regimes], notice.answers)
        told[case.id] = unquote_plus("\n".join(allowed.values()))
        with transaction():
            cases.take_up(site, mei, case.id, case.version, now)
        with contextlib.suppress(InvalidTransition), transaction():
            publishers.ask(site, mei, case.id, case.version, now, f"ask-{case.id}")
    for number in told:
        case = db.session.get_one(Case, number)
        factories.decide(site, case, Outcome.WITHHELD, now, mei)
        with transaction():
            partner = {"name": "示例搜索引擎", "email": "index@example.net", "language": "zh-Hans"}
            erasure.tell(site, jia, number, case.version, partner, now, f"tell-{number}")
    do_what_is_due(site, now + timedelta(days=4))
    while deliver(site, now + timedelta(days=4)):
        pass
    build(site)
    check_mails(told)
    assert "内容侵权" in rows()  # every page has the contact
    assert among(SECRET, rows()) == set()
    assert among(SECRET, str([entry.facts for entry in db.session.scalars(select(AuditEntry))])) == set()
    assert among(CANARIES, "\n".join(db.session.scalars(select(Line.quote)))) == set()
    own = [record for record in caplog.records if record.name != "mail.log"]  # that is the other server's
    assert among(SECRET, "\n".join(map(caplog.handler.format, own))) == set()
    assert own
    assert post.taken


def check_mails(told: dict[int, str]) -> None:
    """Assert what each mail may hold: the notifier's all, the publisher's what `told` says of its case, others nothing."""
    forwarded: set[int] = set()
    for mail in db.session.scalars(select(Mail).where(Mail.recipient != EMAIL)):
        found = among(SECRET, unquote_plus(bodies(mail)))
        if mail.name == "forwarded":
            assert mail.case_id
            forwarded.add(mail.case_id)
            assert found == among(SECRET, told[mail.case_id])
            assert among(SECRET, mail.text) == found
        else:
            assert not found, (mail.name, mail.recipient)
    assert len(forwarded) > len(told) // 2


def test_what_is_typed_into_the_form_stands_in_no_log(
    client: FlaskClient, site: Site, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    factories.publish(site, "alpha", now)
    for category in CATEGORIES.values():
        answers = everywhere(CategoryName(category.name))
        assert fill(client, category.slug, **answers).status_code in {303, 422}
        assert fill(client, category.slug, **(answers | {"addresses": CANARIES[0]})).status_code == 422
    assert among(SECRET, caplog.text) == set()
