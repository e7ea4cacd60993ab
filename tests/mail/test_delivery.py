"""Delivery against mail servers that refuse, stall, drop and lie; on both databases."""

import asyncio
import dataclasses
import logging
import socket
import threading
from collections import Counter
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope
from flask import Flask
from sqlalchemy import select

from tests.mail.conftest import Certificate, Post, SignIn, connected
from tracker import mail
from tracker.cli import delivery
from tracker.cli.delivery import deliver
from tracker.db import db, transaction
from tracker.domain.errors import Conflict
from tracker.mail.replies import Fate
from tracker.models import Account, AuditEntry, Mail, Mailbox, MailState, Notice
from tracker.render.site import Site
from tracker.services import mails as outgoing
from tracker.services.mails import HORIZON, LEASE, PAUSE, RETRIES, send_again

pytestmark = pytest.mark.usefixtures("one_round")

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def one_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a round last as long as a slow machine needs; `now` stands still here."""
    monkeypatch.setattr(delivery, "ROUND", 600.0)


def queue(site: Site, now: datetime, *recipients: str, limited: bool = False, kind: str = "") -> None:
    """Queue a mail for each recipient."""
    with transaction():
        for number, recipient in enumerate(recipients):
            mail.compose(
                site, "password_reset", cause=f"test:{kind}:{now.isoformat()}:{number}", recipient=recipient,
                language="zh-Hans", now=now, limited=limited, secret=mail.Secret("link", str(number), site.keys.epoch),
                number=number, expires_at=now,
            )  # fmt: skip


def mails() -> list[Mail]:
    """Return every mail as the database has it, detached."""
    db.session.rollback()
    found = list(db.session.scalars(select(Mail).order_by(Mail.id).execution_options(populate_existing=True)))
    db.session.expunge_all()
    db.session.rollback()
    return found


def only() -> Mail:
    (found,) = mails()
    return found


def audited() -> list[tuple[str, dict[str, Any]]]:
    return [(entry.kind, entry.facts) for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq))]


def message_ids(post: Post) -> list[str]:
    return [message_from_bytes(envelope.content, policy=policy.default)["Message-ID"] for envelope in post.taken]


def test_sent(posted: Site, post: Post, notice: Notice, now: datetime) -> None:
    with transaction():
        mail.acknowledgement(posted, notice, now)
    assert deliver(posted, now) == 1
    sent = only()
    assert (sent.state, sent.sent_at, sent.attempts, sent.error) == (MailState.SENT, now, 1, "")
    assert message_ids(post) == [sent.message_id]
    assert post.recipients == ["Sender@Example.org"]
    assert deliver(posted, now) == 0


def test_the_mailed_code_opens_what_it_names(posted: Site, post: Post, notice: Notice, now: datetime) -> None:
    with transaction():
        mail.acknowledgement(posted, notice, now)
    deliver(posted, now)
    body = message_from_bytes(post.taken[0].content, policy=policy.default).get_body(("plain",))
    assert body is not None
    code = body.get_content().partition("?code=")[2].split()[0]
    assert posted.keys.opens(code, "notice-mail", notice.reference, notice.key_epoch)
    assert not posted.keys.opens(code, "notice", notice.reference, notice.key_epoch)


def test_a_stop_is_heeded_after_the_mail_in_hand(posted: Site, post: Post, now: datetime) -> None:
    queue(posted, now, "a@example.org", "b@example.org")
    assert deliver(posted, now, is_over=lambda: bool(post.taken)) == 1
    assert deliver(posted, now) == 1


def test_not_due_yet(posted: Site, now: datetime) -> None:
    queue(posted, now + MINUTE, "a@example.org")
    assert deliver(posted, now) == 0
    assert deliver(posted, now + MINUTE) == 1


def test_files_where_there_is_no_server(site: Site, now: datetime) -> None:
    queue(site, now, "a@example.org", "b@example.org")
    assert deliver(site, now) == 2
    assert len(list((site.config.data / "mail").glob("*.eml"))) == 2


def test_a_temporary_refusal_is_tried_again_under_the_same_id(posted: Site, post: Post, now: datetime) -> None:
    queue(posted, now, "a@example.org")
    post.replies["a@example.org"] = "451 4.3.0 try later"
    moment = now
    for attempt, wait in enumerate([*RETRIES, RETRIES[-1]], 1):
        assert deliver(posted, moment) == 0
        row = only()
        assert (row.state, row.attempts, row.due_at) == (MailState.QUEUED, attempt, moment + wait)
        assert row.error == "451 4.3.0 try later"
        assert deliver(posted, row.due_at - timedelta(seconds=1)) == 0
        moment = row.due_at
    post.replies.clear()
    assert deliver(posted, moment) == 1
    assert message_ids(post) == [only().message_id]
    assert audited() == []


@pytest.mark.slow
def test_after_five_days_it_is_given_up_and_can_start_again(posted: Site, post: Post, now: datetime) -> None:
    queue(posted, now, "a@example.org")
    post.replies["a@example.org"] = "451 try later"
    moment, attempts = now, 0
    while only().state is MailState.QUEUED:
        moment = only().due_at
        deliver(posted, moment)
        attempts += 1
    assert HORIZON <= moment - now < HORIZON + timedelta(hours=1)
    assert attempts > 100
    assert only().state is MailState.GIVEN_UP
    assert audited() == [("mail.given_up", {"mail": 1, "case": None})]
    assert deliver(posted, moment + DAY) == 0
    with transaction():
        send_again(Account(id=1), 1, moment + DAY)
    deliver(posted, moment + DAY)
    assert only().state is MailState.QUEUED, "it gets its short waits again, however old it is"
    post.replies.clear()
    assert deliver(posted, only().due_at) == 1


def test_an_address_that_does_not_exist_is_final_and_told(
    posted: Site, post: Post, notice: Notice, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    with transaction():
        mail.acknowledgement(posted, notice, now)
    post.replies["Sender@Example.org"] = "550 5.1.1 no such user Sender@Example.org"
    with caplog.at_level(logging.WARNING):
        assert deliver(posted, now) == 0
    row = only()
    assert (row.state, row.sent_at) == (MailState.BOUNCED, None)
    assert row.error == "550 5.1.1 no such user Sender@Example.org"
    assert audited() == [("mail.bounced", {"mail": row.id, "case": None})]
    assert "xample" not in caplog.text, "no address in the log"
    assert deliver(posted, now + DAY) == 0


def test_the_audit_entry_of_a_bounce_names_the_case(
    posted: Site, post: Post, notice: Notice, now: datetime, site: Site
) -> None:
    case = notice.items[0].case
    site.maintainers = ("m@example.org",)
    with transaction():
        mail.maintainers(site, notice, [case], now)
        case_id = case.id
    post.replies["m@example.org"] = "550 no"
    deliver(posted, now)
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.case_id, entry.facts["case"], entry.actor) == (case_id, case_id, "system")


@pytest.mark.parametrize("reply", ["554 5.7.1 refused as spam", "552 too big"])
def test_a_message_refused_after_data_is_final(posted: Site, post: Post, now: datetime, reply: str) -> None:
    async def refuse(server: SMTP, envelope: Envelope) -> str:
        return reply

    post.on_data = refuse
    queue(posted, now, "a@example.org")
    deliver(posted, now)
    assert only().state is MailState.BOUNCED


def test_an_address_no_server_would_take_bounces(posted: Site, now: datetime) -> None:
    queue(posted, now, "用户@例子.cn", "a@b.cn evil@e.com", "good@example.org")
    assert deliver(posted, now) == 1
    assert [row.state for row in mails()] == [MailState.BOUNCED, MailState.BOUNCED, MailState.SENT]


def assert_all_wait(site: Site, now: datetime) -> None:
    """Nothing went out, nothing was used up, and everything is due again after the pause."""
    assert deliver(site, now, timeout=0.5) == 0
    for row in mails():
        assert (row.state, row.attempts, row.due_at) == (MailState.QUEUED, 0, now + PAUSE)
    assert mails()[0].error
    assert deliver(site, now + timedelta(seconds=59)) == 0
    assert audited() == []


def test_a_refused_sender_makes_all_wait(posted: Site, post: Post, now: datetime) -> None:
    queue(posted, now, "a@example.org", "b@example.org")
    post.sender_reply = "550 5.7.1 who are you"
    for later in (timedelta(), HORIZON + DAY):  # however long it lasts
        assert_all_wait(posted, now + later)
    post.sender_reply = ""
    assert deliver(posted, now + HORIZON + DAY + PAUSE) == 2


def test_a_demand_to_sign_in_makes_all_wait(posted: Site, post: Post, now: datetime) -> None:
    queue(posted, now, "a@example.org", "b@example.org")
    post.replies["a@example.org"] = "530 5.7.0 authentication required"
    assert_all_wait(posted, now)


def test_a_certificate_we_do_not_trust_makes_all_wait(app: Flask, now: datetime, good_certificate: Certificate) -> None:
    with Post(tls_context=good_certificate.context, require_starttls=True) as post:
        site = connected(app, mail_server="127.0.0.1", mail_port=post.port)
        queue(site, now, "a@example.org", "b@example.org")
        assert_all_wait(site, now)
        assert "CERTIFICATE_VERIFY_FAILED" in mails()[0].error
        site = connected(app, mail_cafile=str(good_certificate.file))
        assert deliver(site, now + PAUSE) == 2


def test_a_wrong_password_makes_all_wait(app: Flask, now: datetime, good_certificate: Certificate) -> None:
    demands: dict[str, Any] = {"authenticator": SignIn(), "auth_required": True}
    with Post(tls_context=good_certificate.context, **demands) as post:
        site = connected(
            app, mail_server="127.0.0.1", mail_port=post.port, mail_cafile=str(good_certificate.file),
            mail_username="tracker", mail_password="wrong",
        )  # fmt: skip
        queue(site, now, "a@example.org", "b@example.org")
        assert_all_wait(site, now)
        assert deliver(connected(app, mail_password="right"), now + PAUSE) == 2


def test_a_full_disk_makes_all_wait(site: Site, now: datetime) -> None:
    queue(site, now, "a@example.org", "b@example.org")
    (site.config.data / "mail").write_text("in the way")
    assert_all_wait(site, now)


def test_nobody_listens(app: Flask, now: datetime) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site = connected(app, mail_server="127.0.0.1", mail_port=port, mail_use_tls=False)
    queue(site, now, "a@example.org")
    assert deliver(site, now) == 0
    assert (only().attempts, only().due_at) == (1, now + MINUTE)
    assert "refused" in only().error.lower()


def test_a_server_that_never_speaks(app: Flask, now: datetime) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        site = connected(app, mail_server="127.0.0.1", mail_port=silent.getsockname()[1], mail_use_tls=False)
        queue(site, now, "a@example.org")
        assert deliver(site, now, timeout=0.1) == 0
    assert (only().attempts, only().due_at) == (1, now + MINUTE)
    assert "timed out" in only().error


async def _stall(server: SMTP, envelope: Envelope) -> str:
    await asyncio.Event().wait()
    return "250 never"


async def _drop(server: SMTP, envelope: Envelope) -> str:
    server.transport.abort()
    return "250 unheard"


@pytest.mark.parametrize("fault", [_stall, _drop])
def test_silence_or_a_cut_after_data_is_tried_again(posted: Site, post: Post, now: datetime, fault: Any) -> None:
    post.on_data = fault
    queue(posted, now, "a@example.org")
    assert deliver(posted, now, timeout=0.2) == 0
    assert (only().state, only().attempts, only().due_at) == (MailState.QUEUED, 1, now + MINUTE)
    post.on_data = None
    assert deliver(posted, now + MINUTE) == 1
    assert len(set(message_ids(post))) == 1, "whoever got it twice can tell"


def test_a_bad_farewell_does_not_undo_a_delivery(posted: Site, post: Post, now: datetime) -> None:
    async def farewell(server: SMTP, session: Any, envelope: Envelope) -> str:
        server.transport.abort()
        return ""

    post.handle_QUIT = farewell  # type: ignore[attr-defined]
    queue(posted, now, "a@example.org")
    assert deliver(posted, now) == 1


def test_a_key_we_no_longer_have_stops_one_mail_only(posted: Site, now: datetime) -> None:
    queue(posted, now, "a@example.org", "b@example.org")
    with transaction():
        db.session.get_one(Mail, 1).secret_epoch = "gone"
    assert deliver(posted, now) == 1
    assert mails()[0].error == "KeyError: 'gone'"


def test_poison_does_not_delay_a_good_mail(posted: Site, post: Post, now: datetime) -> None:
    poison = [f"p{number}@example.org" for number in range(60)]
    post.replies |= {
        address: ["451 later", "550 never", "421 closing"][number % 3] for number, address in enumerate(poison)
    }
    queue(posted, now, *poison, "good@example.org")
    assert deliver(posted, now) == 1
    assert post.recipients == ["good@example.org"]

    first: list[str] = []
    accept = post.handle_RCPT

    async def noting(server: SMTP, session: Any, envelope: Envelope, address: str, options: list[str]) -> str:
        first.append(address)
        return await accept(server, session, envelope, address, options)

    post.handle_RCPT = noting  # type: ignore[method-assign]
    queue(posted, now + MINUTE, "fresh@example.org")
    assert deliver(posted, now + MINUTE) == 1
    assert first[0] == "fresh@example.org", "a first attempt goes before all repeated ones"


def test_an_unconfirmed_address_gets_three_a_day_and_the_rest_later(posted: Site, post: Post, now: datetime) -> None:
    for number, recipient in enumerate(["v@example.org", "V+a@example.org", "v@EXAMPLE.org", "v+b@example.org"]):
        queue(posted, now + number * MINUTE, recipient, limited=True)
        deliver(posted, now + number * MINUTE)
    last = mails()[3]
    assert [row.state for row in mails()] == [MailState.SENT] * 3 + [MailState.HELD]
    assert (last.due_at, last.attempts) == (now + DAY, 0)
    assert deliver(posted, now + DAY - timedelta(seconds=1)) == 0
    assert deliver(posted, now + DAY) == 1
    assert len(post.taken) == 4


def test_a_hundred_mails_to_one_victim(posted: Site, post: Post, now: datetime) -> None:
    queue(posted, now, *[f"victim+{number}@example.org" for number in range(100)], "other@example.org", limited=True)
    assert deliver(posted, now) == 4
    assert Counter(address.partition("+")[0] for address in post.recipients)["victim"] == 3
    assert deliver(posted, now + DAY) == 3


def test_what_may_be_on_its_way_counts(posted: Site, post: Post, now: datetime) -> None:
    queue(posted, now, "v@example.org", limited=True)
    with transaction():
        claimed = outgoing.claim(now)  # another worker is at it
    queue(posted, now, "v+1@example.org", "v+2@example.org", "v+3@example.org", limited=True, kind="more")
    assert deliver(posted, now) == 2
    assert claimed is not None
    assert mails()[3].state is MailState.HELD


def test_a_confirmed_address_and_our_own_are_not_limited(posted: Site, now: datetime) -> None:
    with transaction():
        db.session.add(Mailbox(mailbox="known@example.org", confirmed_at=now))
    queue(posted, now, *[f"known+{number}@example.org" for number in range(5)], limited=True)
    queue(posted, now, *[f"staff+{number}@example.org" for number in range(5)], kind="staff")
    assert deliver(posted, now) == 10


def test_confirming_lets_held_mail_go_at_its_time(posted: Site, now: datetime) -> None:
    queue(posted, now, *[f"v+{number}@example.org" for number in range(6)], limited=True)
    assert deliver(posted, now) == 3
    with transaction():
        db.session.add(Mailbox(mailbox="v@example.org", confirmed_at=now))
    assert deliver(posted, now + DAY) == 3


class Killed(BaseException):
    """A worker that is no more."""


def test_a_crash_between_250_and_the_commit_makes_one_duplicate_at_most(
    posted: Site, post: Post, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise Killed

    queue(posted, now, "a@example.org")
    monkeypatch.setattr(outgoing, "settle", die)
    with pytest.raises(Killed):
        deliver(posted, now)
    monkeypatch.undo()
    assert deliver(posted, now + LEASE - timedelta(seconds=1)) == 0, "the lease holds"
    assert deliver(posted, now + LEASE) == 1
    assert deliver(posted, now + DAY) == 0
    assert message_ids(post) == [only().message_id] * 2


def test_a_worker_that_comes_back_late_undoes_nothing(posted: Site, post: Post, now: datetime) -> None:
    queue(posted, now, "a@example.org")
    with transaction():
        late = outgoing.claim(now)
    assert late is not None
    assert deliver(posted, now + LEASE) == 1
    with transaction():
        outgoing.settle(late, Fate.RETRY, "timed out", now + LEASE)
    assert (only().state, only().error) == (MailState.SENT, "")


def test_two_workers_send_each_mail_once(app: Flask, posted: Site, post: Post, now: datetime) -> None:
    queue(posted, now, *[f"r{number}@example.org" for number in range(100)])
    counts: list[int] = []

    def work() -> None:
        with app.app_context():
            counts.append(deliver(posted, now))
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(counts) == 100
    assert sorted(post.recipients) == sorted(f"r{number}@example.org" for number in range(100))
    assert {row.state for row in mails()} == {MailState.SENT}


def test_two_workers_keep_the_limit(app: Flask, posted: Site, post: Post, now: datetime) -> None:
    queue(posted, now, *[f"v+{number}@example.org" for number in range(20)], limited=True)

    def work() -> None:
        with app.app_context():
            deliver(posted, now)
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(post.taken) == 3


def test_no_transaction_is_open_while_the_server_is_spoken_to(posted: Site, post: Post, now: datetime) -> None:
    seen: list[bool] = []

    async def look(server: SMTP, envelope: Envelope) -> str:
        seen.append(session.in_transaction())
        return "250 taken"

    session = db.session()
    post.on_data = look
    queue(posted, now, "a@example.org")
    assert deliver(posted, now) == 1
    assert seen == [False]


def test_no_secret_stands_in_the_database(posted: Site, post: Post, notice: Notice, now: datetime) -> None:
    async def echo(server: SMTP, envelope: Envelope) -> str:
        return "250 taken"

    post.on_data = echo
    with transaction():
        mail.acknowledgement(posted, notice, now)
    deliver(posted, now)
    secret = posted.keys.secret("notice-mail", notice.reference, notice.key_epoch)
    content = message_from_bytes(post.taken[0].content, policy=policy.default).get_body(("plain",))
    assert content is not None
    assert secret in content.get_content()
    for table in db.metadata.sorted_tables:
        for line in db.session.execute(select(table)):
            assert secret not in str(tuple(line))


@pytest.mark.parametrize("state", [MailState.QUEUED, MailState.HELD, MailState.SENT])
def test_only_what_failed_can_start_again(posted: Site, now: datetime, state: MailState) -> None:
    queue(posted, now, "a@example.org")
    row = only()
    row.state = state
    with pytest.raises(Conflict):
        send_again(Account(id=1), row.id, now)


def test_a_round_ends_so_that_the_clock_stays_true(
    posted: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(posted, now, "a@example.org", "b@example.org")
    monkeypatch.setattr(delivery, "ROUND", 0.0)
    assert deliver(posted, now) == 0
    monkeypatch.setattr(delivery, "ROUND", 600.0)
    assert deliver(posted, now) == 2


def test_links_come_from_the_base_url_alone(app: Flask, post: Post, now: datetime) -> None:
    site = connected(app, base_url="https://www.example.org", mail_server="127.0.0.1", mail_port=post.port,
                     mail_use_tls=False)  # fmt: skip
    with app.test_request_context(headers={"Host": "evil.example"}):
        queue(site, now, "a@example.org")
        deliver(site, now)
    content = post.taken[0].content
    assert b"evil" not in content
    assert only().message_id.endswith("@www.example.org>")
    assert dataclasses.asdict(site.config)["base_url"] in only().text
