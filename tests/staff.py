"""People who sign in, notices for them to decide on, and the browser in which they work."""

import re
import secrets
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.factories import publish
from tracker import clock
from tracker.db import db, transaction
from tracker.domain import attachments
from tracker.domain.categories import CATEGORIES, CategoryName
from tracker.domain.notices import Submission
from tracker.domain.roles import Role
from tracker.mail.replies import Fate
from tracker.models import Account, Article, Case, Mail, Mailbox, MailState, Notice
from tracker.render.site import Site
from tracker.services import notices, serving, sessions

T = TypeVar("T")

PASSWORD = "four unrelated words here"
PASSAGE = "催收人员多次拨打亲友电话"
BODY = f"""## 一、经过

这里说明经过：**{PASSAGE[:6]}**{PASSAGE[6:]}，<script>alert(1)</script>属于违规。

## Facts

结尾一段。
"""
DECISION = {
    "outcome": "withheld",
    "ground_type": "law",
    "ground_ref": "《中华人民共和国民法典》第一千零二十四条",
    "ground_explanation": "该条保护名誉，文中的说法没有依据。",
    "facts": "经核对通话记录，没有文章所说的拨打亲友电话的情形。",
    "rationale": "按本案的材料判断，与类似的案件各看各的。",
    "claim-0": "founded",
}


@cache
def _hashed(password: str) -> str:
    return sessions.hashed(password)


def make_member(
    email: str = "mei@example.org", role: Role = Role.MODERATOR, name: str = "梅", password: str = PASSWORD, **said: Any
) -> Account:
    """Make an account that can sign in."""
    account = Account(
        email=email,
        name=name,
        role=role,
        password_hash=_hashed(password),
        created_at=clock.now(),
        **said,
    )
    with transaction():
        db.session.add(account)
    return account


def make_notice(site: Site, article: Article, now: datetime, email: str = "anna@example.com", **said: Any) -> Notice:
    """Submit a notice about an article; answers are given by name, `files` as (name, content)."""
    category = CATEGORIES[said.pop("category", CategoryName.REPUTATION)]
    files = tuple(attachments.accept(*file) for file in said.pop("files", ()))
    answers = {
        "addresses": f"{site.base_url}/articles/{article.slug}",
        "passage": PASSAGE,
        "explanation": "这一段与事实不符，损害了我们的名誉，请予处理，谢谢。",
        "inaccurate_parts": "我们从来没有拨打过亲友的电话。",
        "notifier_role": "owner",
        "notifier_name": "安娜",
        "email": email,
        "phone": "138 0000 0000",
        "stmt_truth": "1",
        **said,
    }
    statements = {"stmt_truth": "我确信以上内容真实。"}
    submission = Submission(category, "zh-Hans", answers, statements, files, "2026-11-20", secrets.token_hex(32))
    with transaction():
        return notices.submit(site, submission, now)


def make_case(site: Site, now: datetime, slug: str = "yi-pian", **said: Any) -> Case:
    """Publish an article, submit a notice about it, and return the case that it opened."""
    article = publish(site, slug, now, said.pop("body", BODY))
    return make_notice(site, article, now, **said).items[0].case


def confirm(mailbox: str, now: datetime) -> None:
    """Let the owner of a mailbox have shown that it is theirs."""
    with transaction():
        db.session.add(Mailbox(mailbox=mailbox, confirmed_at=now))


def mails_leave(site: Site, at: datetime) -> None:
    """Let the mail servers take every mail that is due, as the worker does."""
    due = select(Mail.id).where(Mail.state == MailState.QUEUED, Mail.due_at <= at).order_by(Mail.id)
    for number in db.session.scalars(due).all():
        with transaction():
            serving.settle(site, db.session.get_one(Mail, number), Fate.SENT, "", at)


def signed_in(app: Flask, account: Account) -> FlaskClient:
    """Return a browser in which the account is signed in, without going through the form."""
    site: Site = app.extensions["site"]
    with transaction():
        member = db.session.get_one(Account, account.id)
        token = sessions.start(site, member, "127.0.0.1", clock.now())
    browser = app.test_client()
    browser.set_cookie("session", token)
    return browser


def token_of(html: str) -> str:
    """Return the token against forged requests that a page's forms carry."""
    found = re.search(r'name="csrf_token"\s+value="([^"]+)"', html)
    assert found, "no token on the page"
    return found[1]


def post(browser: FlaskClient, path: str, **fields: Any) -> TestResponse:
    """Send a form as its page would, with the token of the session."""
    token = token_of(browser.get("/account/").text)
    return browser.post(path, data={"csrf_token": token} | fields)


def at_once(app: Flask, works: Iterable[Callable[[], T]]) -> list[T | Exception]:
    """Run each piece of work in a thread of its own, all at the same moment; return what each gave or raised."""
    pieces = list(works)
    barrier = threading.Barrier(len(pieces))

    def run(work: Callable[[], T]) -> T | Exception:
        with app.app_context():
            barrier.wait()
            try:
                return work()
            except Exception as error:
                return error
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(pieces)) as pool:
        return list(pool.map(run, pieces))
