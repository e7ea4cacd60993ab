"""The message on the wire, and the connection it goes by."""

import smtplib
import ssl
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import ROOT, Config
from tests.mail.conftest import Certificate, Post, SignIn, connected
from tracker import mail
from tracker.domain.text import clean_line
from tracker.mail.transport import (
    AddressError,
    Message,
    SetupError,
    _greeting,
    _refuse_open_password,
    ascii_address,
    send,
)
from tracker.models import Mail, MailState
from tracker.render.site import Site

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
HEADERS = [
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language", "MIME-Version", "Content-Type",
]  # fmt: skip
THREAD = ["In-Reply-To", "References"]


def row(**values: object) -> Mail:
    """Return a mail that is in no database."""
    given = {
        "id": 7, "cause": "x", "name": "decision", "language": "zh-Hans", "recipient": "a@example.org",
        "mailbox": "a@example.org", "is_limited": False, "subject": "处理结果", "text": "您好", "html": "<p>您好</p>",
        "message_id": "<1@localhost>", "thread": "", "secret_purpose": "", "secret_subject": "", "secret_epoch": "",
        "state": MailState.QUEUED, "created_at": AT, "due_at": AT, "attempts": 1, "sent_at": None, "error": "",
    }  # fmt: skip
    return Mail(**(given | values))


def parsed(site: Site, mail: Mail) -> EmailMessage:
    content = Message(site, mail).as_bytes()
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")
    found = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
    assert not found.defects
    return found


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site without a database."""
    data = str(tmp_path_factory.mktemp("data"))
    environment = {"TRACKER_DATA": data, "TRACKER_CONTENT": str(ROOT / "content"), "SECRET_KEY": "x" * 40}
    return Site(Config.from_environment(environment))


ANYTHING = st.text(st.characters(codec=None), max_size=400) | st.sampled_from(
    [
        "x\r\nBcc: evil@example.org",
        "x\nX: y",
        "x\r\n\r\n<script>",
        "=?utf-8?q?=0D=0ABcc:_a@b.c?=",
        'a", <evil@b.c>',
        "观" * 300,
    ]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=ANYTHING, subject=ANYTHING, recipient=ANYTHING, message_id=ANYTHING, thread=ANYTHING, language=ANYTHING)
def test_nothing_injects_a_header(
    plain: Site, name: str, subject: str, recipient: str, message_id: str, thread: str, language: str
) -> None:
    plain.names["zh-Hans"] = name
    mail = row(subject=subject, thread=thread, language=language, message_id=message_id, recipient=recipient)
    try:
        content = Message(plain, mail).as_bytes()
    except (AddressError, UnicodeEncodeError):
        mail.recipient = "a@example.org"
        mail.message_id = mail.thread = mail.language = "x"
        content = Message(plain, mail).as_bytes()
    head = content.split(b"\r\n\r\n")[0]
    names = [line.split(b":")[0].decode() for line in head.split(b"\r\n") if not line.startswith(b" ")]
    assert names == (HEADERS[:8] + (THREAD if mail.thread else []) + HEADERS[8:])


def decoded(site: Site, mail: Mail, header: str) -> str:
    """Return a header as a mail program shows it; the parser of Python 3.11 puts blanks between encoded words."""
    return str(make_header(decode_header(message_from_bytes(Message(site, mail).as_bytes())[header])))


@settings(deadline=None)
@given(name=ANYTHING, subject=ANYTHING)
def test_names_and_subjects_arrive_as_they_were(plain: Site, name: str, subject: str) -> None:
    plain.names["zh-Hans"] = name
    mail = row(subject=subject)
    (sender,) = parsed(plain, mail)["From"].addresses
    assert sender.addr_spec == "notices@example.org"
    assert decoded(plain, mail, "Subject") == clean_line(subject)


@pytest.mark.parametrize(
    "name", ["普惠金融观察", "Reports, Inc.", 'Say "hi"', "观察，" * 40, "a (b) <c@d.e>", "=?utf-8?q?a?=", "x" * 200]
)
def test_the_sender_s_name_is_whole(plain: Site, name: str) -> None:
    plain.names["zh-Hans"] = name
    shown, address = parseaddr(message_from_bytes(Message(plain, row()).as_bytes())["From"])
    assert (str(make_header(decode_header(shown))), address) == (name, "notices@example.org")


def test_the_exact_headers(plain: Site) -> None:
    plain.names["zh-Hans"] = "普惠金融观察"
    long_id = f"<{'a' * 32}@{'long-host-name.' * 8}example.org>"
    found = parsed(plain, row(message_id=long_id, thread=long_id))
    assert found.keys() == HEADERS[:8] + THREAD + HEADERS[8:]
    assert str(found["From"]) == "普惠金融观察 <notices@example.org>"
    assert found["To"] == "a@example.org"
    assert found["Reply-To"] == "contact@example.org"
    assert found["Subject"] == "处理结果"
    assert found["Date"] == "Mon, 23 Nov 2026 17:30:00 +0800"
    assert found["Message-ID"] == found["In-Reply-To"] == found["References"] == long_id
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["Content-Language"] == "zh-Hans"
    assert found.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in found.iter_parts()] == ["text/plain", "text/html"]
    assert parsed(plain, row(name="acknowledgement"))["Auto-Submitted"] == "auto-replied"


def test_a_long_paragraph_arrives_whole(plain: Site) -> None:
    text = "债" * 1000
    found = parsed(plain, row(text=text))
    part = found.get_body(("plain",))
    assert part is not None
    assert part.get_content().strip() == text


def test_the_secret_is_put_in_at_delivery(plain: Site) -> None:
    epoch = plain.keys.epoch
    body = f"see {mail.SECRET}"
    found = parsed(plain, row(text=body, html=body, secret_purpose="link", secret_subject="1", secret_epoch=epoch))
    secret = plain.keys.secret("link", "1", epoch)
    assert [part.get_content().strip() for part in found.iter_parts()] == [f"see {secret}"] * 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a@example.org", "a@example.org"),
        ("a@localhost", "a@localhost"),
        ("O'Brien+x@Example.ORG", "O'Brien+x@Example.ORG"),
        ("a@例子.cn", "a@xn--fsqu00a.cn"),
        ("a@straße.de", "a@xn--strae-oqa.de"),
    ],
)
def test_addresses_as_smtp_takes_them(given: str, expected: str) -> None:
    assert ascii_address(given) == expected


@pytest.mark.parametrize(
    "given",
    [
        "",
        "a",
        "a@b.cn evil@e.com",
        "a@b.cn\n",
        "a@b.cn\r\nBcc: c@d.e",
        "用户@例子.cn",
        "<a@b.cn>",
        "a@b.cn,c@d.e",
        "a@@b",
    ],
)
def test_addresses_no_server_would_take(given: str) -> None:
    with pytest.raises(AddressError):
        ascii_address(given)


def test_without_a_server_mail_is_a_file(site: Site) -> None:
    send(site, row())
    send(site, row())  # the same mail again: after a crash it must not be there twice
    (file,) = (site.config.data / "mail").iterdir()
    assert file.name == "20261123T093000Z-7.eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert message_from_bytes(file.read_bytes(), policy=policy.default)["To"] == "a@example.org"


def test_a_folder_that_takes_no_file_is_our_fault(site: Site) -> None:
    (site.config.data / "mail").write_text("in the way")
    with pytest.raises(SetupError, match="file"):
        send(site, row())


def test_the_envelope_names_the_bounce_address(app: Flask, post: Post) -> None:
    site = connected(
        app, mail_server="127.0.0.1", mail_port=post.port, mail_use_tls=False, mail_bounce="bounces@example.org"
    )
    send(site, row())
    (envelope,) = post.taken
    assert envelope.mail_from == "bounces@example.org"
    assert envelope.rcpt_tos == ["a@example.org"]


def test_our_own_addresses_go_out_as_smtp_takes_them(app: Flask, post: Post) -> None:
    site = connected(
        app, mail_server="127.0.0.1", mail_port=post.port, mail_use_tls=False, mail_sender="notices@例子.cn",
        mail_bounce="bounces@例子.cn", contact_email="office@例子.cn",
    )  # fmt: skip
    send(site, row())
    (envelope,) = post.taken
    assert envelope.mail_from == "bounces@xn--fsqu00a.cn"
    sent = message_from_bytes(envelope.content)
    assert parseaddr(sent["From"])[1] == "notices@xn--fsqu00a.cn"
    assert sent["Reply-To"] == "office@xn--fsqu00a.cn"


@pytest.fixture
def encrypted(good_certificate: Certificate) -> Iterator[Post]:
    with Post(tls_context=good_certificate.context, require_starttls=True) as server:
        yield server


def starttls(app: Flask, post: Post, cafile: Path | str = "") -> Site:
    return connected(app, mail_server="127.0.0.1", mail_port=post.port, mail_use_tls=True, mail_cafile=str(cafile))


def test_a_certificate_we_trust(app: Flask, encrypted: Post, good_certificate: Certificate) -> None:
    send(starttls(app, encrypted, good_certificate.file), row())
    assert encrypted.recipients == ["a@example.org"]


def test_a_certificate_nobody_vouches_for(app: Flask, encrypted: Post) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        send(starttls(app, encrypted), row())
    assert encrypted.taken == []


def test_a_certificate_for_another_host(app: Flask, wrong_certificate: Certificate) -> None:
    with Post(tls_context=wrong_certificate.context, require_starttls=True) as server:
        with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
            send(starttls(app, server, wrong_certificate.file), row())
        assert server.taken == []


def test_a_server_without_encryption_gets_nothing(app: Flask, post: Post) -> None:
    with pytest.raises(SetupError, match="STARTTLS"):
        send(starttls(app, post), row())
    assert post.taken == []


def test_a_missing_cafile_is_our_fault(app: Flask, encrypted: Post) -> None:
    with pytest.raises(SetupError, match="MAIL_CAFILE"):
        send(starttls(app, encrypted, "/nowhere.pem"), row())


def sign_in(app: Flask, post: Post, password: str, cafile: Path) -> Site:
    return connected(
        app, mail_server="127.0.0.1", mail_port=post.port, mail_use_tls=True, mail_cafile=str(cafile),
        mail_username="tracker", mail_password=password,
    )  # fmt: skip


def test_signing_in(app: Flask, good_certificate: Certificate) -> None:
    demands = {"authenticator": SignIn(), "auth_required": True, "tls_context": good_certificate.context}
    with Post(**demands) as server:
        send(sign_in(app, server, "right", good_certificate.file), row())
        assert server.recipients == ["a@example.org"]
        with pytest.raises(SetupError, match="535"):
            send(sign_in(app, server, "wrong", good_certificate.file), row())


def test_no_password_in_the_open() -> None:
    class Socket:
        def __init__(self, address: str) -> None:
            self.address = address

        def getpeername(self) -> tuple[str, int]:
            return self.address, 25

    host = smtplib.SMTP()
    host.sock = Socket("127.0.0.1")  # type: ignore[assignment]
    _refuse_open_password(host)
    host.sock = Socket("192.0.2.1")  # type: ignore[assignment]
    with pytest.raises(SetupError, match="encryption"):
        _refuse_open_password(host)


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://www.example.org", "www.example.org"),
        ("http://127.0.0.1:8000", "[127.0.0.1]"),
        ("http://[::1]:8000", "[IPv6:::1]"),
    ],
)
def test_the_greeting(base_url: str, expected: str) -> None:
    assert _greeting(base_url) == expected
