"""Mail servers that answer as they are told, and what a mail is about."""

# ruff: noqa: N802 - aiosmtpd asks for handle_RCPT and the like

import asyncio
import dataclasses
import subprocess
import threading
from collections.abc import Callable, Coroutine, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from flask import Flask
from sqlalchemy import select

from tracker import calendars
from tracker.db import db, transaction
from tracker.domain import clocks, decisions, reasons
from tracker.domain.categories import CategoryName
from tracker.domain.decisions import GroundType, Outcome
from tracker.domain.lifecycle import State
from tracker.domain.receipts import new_reference
from tracker.domain.roles import Role
from tracker.domain.text import mailbox
from tracker.mail import mailer
from tracker.models import Account, Article, Case, Clock, Decision, Item, Link, LinkPurpose, Mail, Notice, Revision
from tracker.render.site import Site

NAME = "张三丰"
WORDS = "这一段是通知人自己写的话，不应当出现在别人的邮箱里。"


def newest() -> Mail:
    """Return the mail that was queued last."""
    return db.session.scalars(select(Mail).order_by(Mail.id.desc()).limit(1)).one()


class Post:
    """A mail server on loopback. `replies` are by recipient; `on_data` runs when a message is whole."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.taken: list[Envelope] = []
        self.replies: dict[str, str] = {}
        self.sender_reply = ""
        self.on_data: Callable[[SMTP, Envelope], Coroutine[Any, Any, str]] | None = None
        self.loop = asyncio.new_event_loop()

    async def handle_MAIL(
        self, server: SMTP, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sender_reply:
            return self.sender_reply
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:
        self.taken.append(envelope)
        return await self.on_data(server, envelope) if self.on_data else "250 taken"

    def __enter__(self) -> "Post":
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,))
        self._thread.start()
        assert started.wait(10)
        return self

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self.loop)
        make = lambda: SMTP(self, hostname="post.example", loop=self.loop, **self.settings)  # noqa: E731
        self._server = self.loop.run_until_complete(self.loop.create_server(make, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        self.loop.call_soon(started.set)
        self.loop.run_forever()
        self._server.close()
        rest = asyncio.all_tasks(self.loop)
        for task in rest:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()

    @property
    def recipients(self) -> list[str]:
        return [envelope.rcpt_tos[0] for envelope in self.taken]


@pytest.fixture
def post() -> Iterator[Post]:
    with Post() as server:
        yield server


def connected(app: Flask, **settings: Any) -> Site:
    """Return a site whose mail goes where `settings` say."""
    config = dataclasses.replace(app.extensions["config"], **settings)
    app.extensions["config"] = config
    mailer.init_app(app)
    return Site(config)


@pytest.fixture
def posted(app: Flask, post: Post) -> Site:
    """The site, sending to `post` without encryption."""
    return connected(app, mail_server="127.0.0.1", mail_port=post.port, mail_use_tls=False)


class Certificate:
    """A certificate for a name or address, and its key; it vouches for itself."""

    def __init__(self, folder: Path, subject: str) -> None:
        self.file, self.key = folder / f"{subject}.pem", folder / f"{subject}.key"
        kind = "IP" if subject[0].isdigit() else "DNS"
        command = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ]
        names = ["-subj", f"/CN={subject}", "-addext", f"subjectAltName={kind}:{subject}"]
        subprocess.run([*command, *names, "-keyout", self.key, "-out", self.file], check=True, capture_output=True)

    @property
    def context(self) -> SSLContext:
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        return context


@pytest.fixture(scope="session")
def good_certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("certificate"), "127.0.0.1")


@pytest.fixture(scope="session")
def wrong_certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("certificate"), "elsewhere.example")


class SignIn:
    """Takes one password."""

    def __call__(self, server: SMTP, session: Any, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == b"right", handled=False)


class Scene:
    """Articles, notices, cases and decisions, as few lines as they need."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def article(self, slug: str, title: str = "催收的合法边界", email: str = "writer@press.example") -> Article:
        article = Article(
            slug=slug, language="zh-Hans", category="law", title=title, summary="摘要", tags=[], origin="own",
            source_name="", source_url="", publisher_name="作者", publisher_email=email, published_on=date(2026, 1, 2),
            updated_on=None, file_gone_at=None,
        )  # fmt: skip
        db.session.add(article)
        db.session.flush()
        revision = Revision(
            article_id=article.id, source=b"", sha256="0" * 64, text_sha256="0" * 64, first_seen_at=self.now
        )
        db.session.add(revision)
        db.session.flush()
        article.revision_id = revision.id
        return article

    def notice(self, *articles: Article, email: str = "Sender@Example.org", language: str = "zh-Hans") -> Notice:
        reference = new_reference(2026)
        notice = Notice(
            reference=reference, key_epoch="", draft=reference, category=CategoryName.COPYRIGHT, language=language,
            mailbox=mailbox(email), answers={"email": email, "notifier_name": NAME, "explanation": WORDS}, statements={},
            privacy_version="1", sha256="0" * 64, received_at=self.now,
        )  # fmt: skip
        db.session.add(notice)
        db.session.flush()
        for article in articles:
            self._item(notice, article)
        return notice

    def _item(self, notice: Notice, article: Article) -> None:
        case = Case(
            article_id=article.id, category=notice.category, state=State.RECEIVED, outcome=None, assignee_id=None,
            version=1, opened_at=self.now, changed_at=self.now, changed_by="", decided_at=None,
        )  # fmt: skip
        db.session.add(case)
        db.session.flush()
        for kind in clocks.EVERY_CASE:
            due = clocks.due(kind, self.now, calendars.load(ZoneInfo("Asia/Shanghai"))).at
            db.session.add(Clock(case_id=case.id, kind=kind, starts_at=self.now, due_at=due, stopped_at=None))
        assert article.revision_id is not None
        db.session.add(
            Item(
                notice_id=notice.id, case_id=case.id, article_id=article.id, revision_id=article.revision_id,
                mailbox=notice.mailbox, address=f"http://localhost/articles/{article.slug}?{WORDS}", passage=WORDS,
                passage_found=False, answered_at=None,
            )
        )  # fmt: skip
        db.session.flush()

    def decision(self, case: Case, outcome: Outcome = Outcome.WITHHELD) -> Decision:
        draft = decisions.Draft(
            outcome,
            GroundType.LAW,
            "《信息网络传播权保护条例》第十五条",
            "第一行理由。\n第二行 <b>理由</b> & 其他。",
            "原作先发表。" * 5,
        )
        account = Account(
            email=f"m{case.id}@example.org", name="李四", role=Role.MODERATOR, password_hash="", created_at=self.now,
            disabled_at=None,
        )  # fmt: skip
        db.session.add(account)
        db.session.flush()
        decision = Decision(
            case_id=case.id, case_version=case.version, outcome=outcome, ground_type=draft.ground_type,
            ground_ref=draft.ground_ref, ground_explanation=draft.ground_explanation, facts=draft.facts,
            statement=reasons.statement(case.id, draft, self.now).as_dict(), decided_by_id=account.id,
            decided_at=self.now,
        )  # fmt: skip
        db.session.add(decision)
        db.session.flush()
        return decision

    def link(self, site: Site, purpose: LinkPurpose = LinkPurpose.INVITE) -> Link:
        link = Link(
            purpose=purpose, key_epoch=site.keys.epoch, email="new@example.org", role=Role.MODERATOR, account_id=None,
            created_at=self.now, expires_at=self.now + timedelta(days=7), used_at=None,
        )  # fmt: skip
        db.session.add(link)
        db.session.flush()
        return link


@pytest.fixture
def scene(app: Flask, now: datetime) -> Scene:
    return Scene(now)


@pytest.fixture
def notice(scene: Scene, site: Site) -> Notice:
    """A notice about one article, committed."""
    with transaction():
        notice = scene.notice(scene.article("debt"))
        notice.key_epoch = site.keys.epoch
    return notice
