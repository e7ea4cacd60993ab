"""The holder of a receipt, for tests: what they send, and what they see."""

import re
from datetime import datetime
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse

from tests import factories
from tracker.db import db, transaction
from tracker.domain.decisions import Outcome
from tracker.domain.threads import MessageKind
from tracker.models import Case, CounterNotice, Mail, Message, Notice
from tracker.render.site import Site
from tracker.services import counters

PNG = b"\x89PNG\r\n\x1a\nproof"
GROUNDS = "这个决定没有看我提交的公证书，请重新核对第二节的数字。"
PAIR = tuple[str, str]
COUNTER = {
    "counter_name": "发布者甲", "counter_phone": "13900000000", "counter_address": "上海市某路1号", "counter_in_us": "no",
    "addresses": "http://localhost/articles/alpha", "explanation": "这是我自己写的文章，没有抄袭任何人的作品。",
    "signature_name": "发布者甲", "stmt_truth": "1", "stmt_mistake_perjury": "1", "stmt_jurisdiction_abroad": "1",
    "stmt_accept_service": "1",
}  # fmt: skip


def do(
    client: FlaskClient,
    pair: PAIR,
    act: str,
    key: str = "k" * 43,
    files: tuple[tuple[str, str, bytes], ...] = (),
    prefix: str = "",
    **typed: Any,
) -> TestResponse:
    """Send a form of the receipt; `files` are (field, name, bytes)."""
    data: MultiDict[str, Any] = MultiDict({"code": pair[1], "key": key})
    for name, value in typed.items():
        data.setlist(f"{act}_{name}", value if isinstance(value, list) else [value])
    for name, called, content in files:
        data.add(f"{act}_{name}", FileStorage(BytesIO(content), called))
    return client.post(f"{prefix}/receipts/{pair[0]}/{act}", data=data, content_type="multipart/form-data")


def page(client: FlaskClient, pair: PAIR, prefix: str = "") -> str:
    response = client.post(f"{prefix}/receipts/{pair[0]}", data={"code": pair[1]})
    assert response.status_code == 200
    db.session.rollback()
    return response.text


def notice(pair: PAIR) -> Notice:
    if not db.session.info.get("connection"):
        db.session.rollback()  # what was read before belongs to an older snapshot
    return db.session.scalars(select(Notice).where(Notice.reference == pair[0])).one()


def messages(pair: PAIR, kind: MessageKind) -> list[Message]:
    return [message for message in notice(pair).messages if message.kind is kind]


def mailed(name: str) -> list[Mail]:
    return list(db.session.scalars(select(Mail).where(Mail.name == name)))


def decide(site: Site, pair: PAIR, outcome: Outcome, now: datetime) -> Case:
    case = notice(pair).items[0].case
    factories.decide(site, case, outcome, now)
    return notice(pair).items[0].case


def countered(site: Site, pair: PAIR, now: datetime) -> CounterNotice:
    case = decide(site, pair, Outcome.WITHHELD, now)
    with transaction():
        counters.send(site, db.session.get_one(Case, case.id), COUNTER, {}, (), "zh-Hans", now, "counter")
    return db.session.scalars(select(CounterNotice)).one()


def shows_an_error(response: TestResponse, status: int, *words: str) -> str:
    assert response.status_code == status, response.text
    html = response.text
    assert 'class="error-summary"' in html
    assert html.count("<h1") == 1
    for word in words:
        assert word in html, word
    for target in re.findall(r'<li>\s*<a href="#([^"]+)"', html):
        assert f'id="{target}"' in html
    return html
