"""Which thread a mail belongs to, and what it adds there."""

import dataclasses
from datetime import datetime

import pytest
from sqlalchemy import select

from tests.staff import make_case
from tracker.db import db, transaction
from tracker.domain.errors import Busy, TooMany
from tracker.domain.lifecycle import State
from tracker.domain.threads import MessageKind, Party
from tracker.mail import signed
from tracker.mail.headers import Head
from tracker.mail.inbound import File, Letter
from tracker.models import Case, Mail, MailState, Message
from tracker.queries import receipt_events, trail
from tracker.render.site import Site
from tracker.services import inbound, serving

HEAD = Head("anna@example.com", (), "", "<1@example.com>", (), "", False)
WRITER = "writer@press.example"


@pytest.fixture
def case(site: Site, now: datetime, stopped_clock: None) -> Case:
    site.config = dataclasses.replace(site.config, mail_reply="reply@example.org")
    case = make_case(site, now)
    with transaction():
        db.session.get_one(Case, case.id).article.publisher_email = WRITER
    return case


def acknowledgement() -> Mail:
    return db.session.scalars(select(Mail).where(Mail.name == "acknowledgement")).one()


def publisher_mail(case: Case, now: datetime) -> Mail:
    """Return a mail to the publisher of a case, such as a decision makes; stored."""
    mail = Mail(
        cause="x", name="forwarded", case_id=case.id, notice_id=None, language="zh-Hans", recipient=WRITER, mailbox=WRITER,
        is_limited=False, subject="", text="", html="", message_id="<p@localhost>", thread="", secret_purpose="publisher",
        secret_subject=str(case.id), secret_epoch="", state=MailState.SENT, created_at=now, due_at=now, attempts=1,
        sent_at=now, error="",
    )  # fmt: skip
    with transaction():
        db.session.add(mail)
    return mail


def add(site: Site, now: datetime, head: Head, letter: Letter, *recipients: str) -> None:
    found = inbound.find(site, head, recipients)
    assert found is not None
    message = inbound.prepare(site, found, head, letter)
    key = inbound.key(found, head, b"")
    with transaction():
        inbound.add(site, found, head, message, now, key)


def test_a_notifier_adds_by_the_signed_address_from_anywhere_once(site: Site, now: datetime, case: Case) -> None:
    address = signed.reply_to(site, acknowledgement())
    head = HEAD._replace(sender="lawyer@example.net")
    for _ in range(2):
        add(site, now, head, Letter("补充如下。", (File("a.txt", b"a"),)), address)
    (message,) = db.session.scalars(select(Message))
    assert (message.kind, message.party, message.notice) == (
        MessageKind.SUPPLEMENT, Party.NOTIFIER, case.items[0].notice,
    )  # fmt: skip
    assert message.text == "补充如下。\n\n这封邮件来自另一个地址：lawyer@example.net"
    assert [file.name for file in message.attachments] == ["a.txt"]
    assert trail.fault() is None


def test_a_publisher_replies_by_the_signed_address(site: Site, now: datetime, case: Case) -> None:
    address = signed.reply_to(site, publisher_mail(case, now))
    head = HEAD._replace(sender=WRITER, recipients=(f"<{address}>",))
    add(site, now, head, Letter("不同意。", ()))
    (message,) = db.session.scalars(select(Message))
    assert (message.kind, message.case_id, message.text) == (MessageKind.REPLY, case.id, "不同意。")
    assert case.state is State.RECEIVED


def test_without_a_signed_address_the_sender_must_be_the_party(site: Site, now: datetime, case: Case) -> None:
    reference, theirs, ours = case.items[0].notice.reference, publisher_mail(case, now).message_id, acknowledgement()
    notifier, publisher = (Party.NOTIFIER, case.items[0].notice_id), (Party.PUBLISHER, case.id)
    by_subject = HEAD._replace(subject=f"回复：[{reference.lower().replace('r-', 'R-')}]")
    by_answer, to_publisher = HEAD._replace(answers=(ours.message_id,)), HEAD._replace(answers=("<x@y>", theirs))
    for head, sender, thread in (
        (by_subject, "Anna+x@Example.com", notifier),
        (by_answer, "anna@example.com", notifier),
        (to_publisher, WRITER, publisher),
        (by_subject, WRITER, None),
        (by_answer, "evil@example.net", None),
        (to_publisher, "anna@example.com", None),
        (by_subject, "", None),
        (HEAD, "anna@example.com", None),
    ):
        found = inbound.find(site, head._replace(sender=sender), ())
        assert (found.thread if found else None) == thread


def test_mail_to_the_maintainers_opens_no_thread(site: Site, case: Case) -> None:
    mail = db.session.scalars(select(Mail).where(Mail.name == "maintainers")).one()
    assert signed.reply_to(site, mail) == site.contact_email
    assert inbound.find(site, HEAD._replace(answers=(mail.message_id,)), ()) is None


def test_nothing_is_added_to_what_is_erased(site: Site, now: datetime, case: Case) -> None:
    address = signed.reply_to(site, acknowledgement())
    with transaction():
        case.items[0].notice.erased_at = now
    assert inbound.find(site, HEAD, (address,)) is None


def test_our_own_mail_is_known_and_a_publisher_of_our_domain_may_answer(site: Site, now: datetime, case: Case) -> None:
    found = inbound.find(site, HEAD, (signed.reply_to(site, publisher_mail(case, now)),))
    assert found is not None
    for sender in ("notices@example.org", "reply+n1.x@example.org", "robot@localhost"):
        assert inbound.is_ours(site, HEAD._replace(sender=sender), found)
    assert inbound.is_ours(site, HEAD._replace(message_id=acknowledgement().message_id), found)
    assert not inbound.is_ours(site, HEAD._replace(sender="editor@localhost"), found._replace(box="editor@localhost"))
    assert not inbound.is_ours(site, HEAD, found)


def prepared(site: Site, letter: Letter) -> inbound.Message:
    found = inbound.find(site, HEAD, (signed.reply_to(site, acknowledgement()),))
    assert found is not None
    return inbound.prepare(site, found, HEAD, letter)


def test_what_is_too_long_goes_on_in_a_file(site: Site, case: Case) -> None:
    text = "催" * 20_000 + "收" * 5
    message = prepared(site, Letter(text, ()))
    assert message.text == text[:20_000] + "\n\n邮件正文超过20000字，其余部分作为附件保存。"
    assert [(file.name, file.content.decode()) for file in message.files] == [("mail-2.txt", "收收收收收")]


def test_refused_files_are_named_with_the_reason(site: Site, case: Case) -> None:
    files = [File(f"{n}.txt", b"%d" % n) for n in range(11)]
    message = prepared(site, Letter("", (File("空.pdf", b""), File("x.exe", b"MZ\0\0"), *files)))
    assert [file.name for file in message.files] == [f"{n}.txt" for n in range(10)]
    lines = message.text.split("\n\n")
    assert lines[0] == "附件没有保存：文件“空.pdf”是空的，请重新选择。"
    assert lines[1].startswith("附件没有保存：文件“x.exe”不是可接收的类型。")
    assert lines[2] == "附件没有保存：一封邮件最多保存10个文件，“10.txt”请另发一封。"
    many = prepared(site, Letter("", tuple(File(f"{n}", b"") for n in range(1000))))
    assert many.text.endswith("另有980个附件没有保存。")


def test_a_quoted_code_of_ours_is_not_stored(site: Site, case: Case) -> None:
    code = site.keys.secret("notice-mail", case.items[0].notice.reference, site.keys.epoch)
    wrapped = code[:30].replace("-", "-\n> ") + code[30:]
    text = prepared(site, Letter(f"好的\n> http://localhost/receipts/R?code={code}\n> {wrapped} 完", ())).text
    assert code[-10:] not in text
    assert text == "好的\n> http://localhost/receipts/R?code=（此处的查询码没有保存）\n> （此处的查询码没有保存） 完"


def test_a_loop_ends_and_a_forger_shuts_nobody_out(site: Site, now: datetime, case: Case) -> None:
    forged = HEAD._replace(subject=case.items[0].notice.reference)
    for number in range(inbound.PER_DAY[0]):
        add(site, now, forged._replace(message_id=f"<{number}@x>"), Letter("x", ()))
    with pytest.raises(TooMany):
        add(site, now, forged, Letter("x", ()))
    add(site, now, HEAD, Letter("y", ()), signed.reply_to(site, acknowledgement()))
    assert len(db.session.scalars(select(Message)).all()) == inbound.PER_DAY[0] + 1


def test_a_mail_that_came_back_shows_as_not_delivered(site: Site, now: datetime, case: Case) -> None:
    mail, notice = acknowledgement(), case.items[0].notice
    with transaction():
        mail.state, mail.attempts = MailState.QUEUED, 1
    with pytest.raises(Busy), transaction():
        serving.bounced(site, [mail.message_id], "5.1.1", now)  # it came before the attempt was accounted for
    with transaction():
        db.session.get_one(Mail, mail.id).state = MailState.SENT
    for _ in range(2):
        with transaction():
            assert serving.bounced(site, ["<x@y>", mail.message_id], "5.1.1 no such user", now)
    assert (mail.state, mail.error) == (MailState.BOUNCED, "5.1.1 no such user")
    assert [sent.has_failed for sent in receipt_events.mails(site, notice)] == [True]
    assert trail.fault() is None
    with transaction():
        assert not serving.bounced(site, ["<x@y>"], "", now)
