"""Messages as strangers send them: what is read of their head and body, and that nothing makes the reader fail."""

import time
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mail.test_transport import parsed, plain, row
from tracker.domain.receipts import Keyring
from tracker.domain.threads import Party
from tracker.mail import signed
from tracker.mail.headers import head
from tracker.mail.inbound import failure, from_html, letter
from tracker.render.site import Site

__all__ = ["plain"]

HEAD = b"From: Anna <anna@example.com>\nTo: reply@example.org\nMessage-ID: <1@example.com>\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def text_of(content: bytes) -> str:
    return letter(content).text


# the signed address


@pytest.mark.parametrize(
    ("purpose", "thread"),
    [("notice-mail", (Party.NOTIFIER, 5)), ("publisher", (Party.PUBLISHER, 8)), ("link", None), ("", None)],
)
def test_only_mail_to_a_party_is_answered_to_its_thread(
    plain: Site, purpose: str, thread: tuple[Party, int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    epoch = plain.keys.epoch if purpose else ""
    mail = row(notice_id=5, case_id=8, secret_purpose=purpose, secret_subject="x", secret_epoch=epoch)
    assert parsed(plain, mail)["Reply-To"] == "contact@example.org"
    object.__setattr__(plain.config, "mail_reply", "a.reply@example.org")
    try:
        address = parsed(plain, mail)["Reply-To"]
    finally:
        object.__setattr__(plain.config, "mail_reply", "")
    assert signed.named(plain.keys, [address]) == thread
    assert signed.named(plain.keys, [address.upper()]) == thread
    assert (thread is None) == (address == "contact@example.org")
    assert len(address.partition("@")[0]) <= 64


def test_a_signature_counts_for_its_thread_alone_and_under_any_key_on_the_ring(plain: Site) -> None:
    object.__setattr__(plain.config, "mail_reply", "reply@example.org")
    try:
        address = signed.reply_to(plain, row(notice_id=5, secret_purpose="notice-mail"))
    finally:
        object.__setattr__(plain.config, "mail_reply", "")
    assert signed.named(Keyring(["new", plain.config.secret_key]), ["x", address]) == (Party.NOTIFIER, 5)
    assert signed.named(Keyring(["new"]), [address]) is None
    for changed in (address.replace("n5", "n6"), address.replace("n5", "c5"), address[:-14] + "0" + address[-13:]):
        assert signed.named(plain.keys, [changed]) is None


# the head


def test_what_a_head_says() -> None:
    found = head(
        HEAD
        + b"Subject: =?gb2312?B?u9i4tKO6?= R-2026-7K3Q-9F2D\nIn-Reply-To: <c@x>\nReferences: <a@x> <b@x>\n <c@x>\n\n"
    )
    assert found is not None
    assert (found.sender, found.subject, found.message_id) == (
        "anna@example.com", "回复： R-2026-7K3Q-9F2D", "<1@example.com>",
    )  # fmt: skip
    assert found.answers == ("<c@x>", "<b@x>", "<a@x>")
    assert (found.automatic, found.is_report) == ("", False)


@pytest.mark.parametrize(
    ("line", "sender"),
    [
        ('"anna@example.com" <evil@example.net>', "evil@example.net"),
        ("=?utf-8?q?anna=40example=2Ecom=2C?= <evil@example.net>", "evil@example.net"),
        ("anna@example.com (安娜)", "anna@example.com"),
        ("anna@example.com, evil@example.net", ""),
        ("evil@example.net, <anna@example.com>", ""),
        ("<evil@example.net> <anna@example.com>", ""),
        ("evil@example.net\nFrom: anna@example.com", ""),
        ("Anna", ""),
        ('"' * 5000, ""),
        ("(" * 5000 + "anna@example.com", ""),
    ],
)
def test_a_sender_is_one_address_or_nobody(line: str, sender: str) -> None:
    found = head(f"From: {line}\nDate: x\n\nx".encode())
    assert found is not None
    assert found.sender == sender


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; x=y",
        "Precedence: Bulk",
        "Precedence: list",
        "Precedence: junk",
        "X-Autoreply: yes",
        "Return-Path: <>",
        "Return-Path: <MAILER-DAEMON>",
    ],
)
def test_what_nobody_wrote_by_hand(line: str) -> None:
    for content, is_automatic in ((HEAD + line.encode() + b"\n\nx", True), (HEAD + b"Auto-Submitted: no\n\nx", False)):
        found = head(content)
        assert found is not None
        assert bool(found.automatic) is is_automatic


@pytest.mark.parametrize("content", [b"", b"\n\n\n", b"\0" * 1000, b"hello there", b"X: y\n\nz", PNG])
def test_what_is_no_message(content: bytes) -> None:
    assert head(content) is None


# the body


def message(text: str = "", html: str = "", files: tuple[tuple[str, bytes, str], ...] = ()) -> bytes:
    made = EmailMessage()
    made["From"] = "anna@example.com"
    if text:
        made.set_content(text)
    if html and text:
        made.add_alternative(html, subtype="html")
    elif html:
        made.set_content(html, subtype="html")
    for name, content, kind in files:
        made.add_attachment(content, maintype=kind.split("/")[0], subtype=kind.split("/")[1], filename=name)
    return made.as_bytes()


def test_of_alternatives_the_plain_one_with_quotation_and_signature() -> None:
    text = "补充如下。\n\n> 您好：\n> 请补充\n-- \n安娜"
    assert text_of(message(text, "<p>other</p>")) == text


def test_html_becomes_text_with_the_addresses_of_its_links() -> None:
    html = (
        "<html><head><title>t</title><style>p{}</style></head><body><!-- x --><p>第一行&nbsp;&amp;\n后<br>第二行</p>"
        '<div>见 <a href="https://example.org/a?b=1&amp;c">这里</a>，<a href="https://x.y">https://x.y</a> 1 &lt; 2</div>'
        "<script>alert('</p>')</script></body></html>"
    )
    assert text_of(message(html=html)) == (
        "第一行\xa0& 后\n第二行\n见 这里 <https://example.org/a?b=1&c>，https://x.y <https://x.y> 1 < 2"
    )


@pytest.mark.parametrize(
    "piece",
    [
        "<div>",
        "<a href='x'>",
        "<!",
        "<",
        "<!--",
        "</",
        "&",
        "<script>",
        "<script></script",
        "<a href",
        "\n",
        "İ<b",
        "<\u017fcript>x</\u017fcript>",
        "<\u017ftyle>",
    ],
)
def test_html_takes_no_longer_than_it_is_long(piece: str) -> None:
    started = time.monotonic()
    from_html(piece * (2_000_000 // len(piece)))
    assert time.monotonic() - started < 10


def test_letters_that_only_fold_to_those_of_a_tag_make_none() -> None:
    """`re` takes a long s for an s; browsers do not, and neither does what looks up the end of the tag."""
    assert text_of(message(html="<p>甲</p><\u017fcript>乙</\u017fcript><script>丙</script>")).split("\n")[0] == "甲"
    assert "乙" in text_of(message(html="<\u017fcript>乙</\u017fcript>"))
    assert "丙" not in text_of(message(html="<\u017fcript>乙</\u017fcript><script>丙</script>"))


def test_files_keep_their_names_and_bytes() -> None:
    found = letter(
        message("见附件", files=(("证据.png", PNG, "image/png"), ("../x.txt", b"x", "text/plain"), ("a", b"", "x/y")))
    )
    assert [(file.name, file.content) for file in found.files] == [("证据.png", PNG), ("../x.txt", b"x"), ("a", b"")]
    assert found.text == "见附件"


@pytest.mark.parametrize("name", ["=?utf-8?B?6K+B5o2uLnBuZw==?=", "证据.png"])
def test_names_of_files_as_programs_write_them(name: str) -> None:
    content = HEAD + f'Content-Type: image/png\nContent-Disposition: attachment; filename="{name}"\n\nx'.encode()
    assert [file.name for file in letter(content).files] == ["证据.png"]


def test_a_message_in_a_message_is_a_file() -> None:
    outer, inner = EmailMessage(), EmailMessage()
    inner["From"], inner["Date"], inner["Subject"] = "a@example.org", "x", "原信"
    inner.set_content("From here\n")
    outer["From"] = "anna@example.com"
    outer.set_content("转发")
    outer.add_attachment(inner)
    found = letter(outer.as_bytes())
    assert (found.text, [file.name for file in found.files]) == ("转发", ["attachment.eml"])
    assert b"\nFrom here" in found.files[0].content


@pytest.mark.parametrize(
    ("charset", "content"),
    [
        ("utf-8", "催收。".encode()),
        ("gb2312", "催收喆。".encode("gb18030")),
        ("big5", "催收。".encode("big5")),
        ("us-ascii", "催收。".encode()),
        ("iso-8859-1", "催收。".encode()),
        ("no-such-charset", "催收。".encode("gb18030")),
        ("rot13", "催收。".encode()),
        ("punycode", "催收。".encode()),
        ("utf-8", "催收。".encode("gb18030")),
    ],
)
def test_text_is_read_in_the_charset_it_is_in(charset: str, content: bytes) -> None:
    assert text_of(HEAD + f"Content-Type: text/plain; charset={charset}\n\n".encode() + content)[:2] == "催收"


def nested(depth: int) -> bytes:
    starts = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth))
    return HEAD + starts + "Content-Type: text/plain; charset=utf-8\n\n里面".encode()


@pytest.mark.parametrize("depth", [31, 500, 3000])
def test_what_is_nested_too_deep_is_kept_as_a_file(depth: int) -> None:
    assert text_of(nested(10)) == "里面"
    found = letter(nested(depth))
    assert (found.text, found.is_whole, len(found.files)) == ("", False, 1)
    assert found.files[0].content == nested(depth)


@pytest.mark.parametrize(
    "content",
    [
        HEAD + b"Content-Type: multipart/mixed\n\nwords",
        HEAD + b"Content-Type: multipart/mixed; boundary=x\n\nwords",
        HEAD + b"Content-Transfer-Encoding: base64\n\n!!!!words",
        HEAD + b"Content-Transfer-Encoding: x-unknown\n\nwords",
        HEAD + b"Content-Type: /;;=;charset*=x'y'%ff\n\nwords",
        HEAD + b"Content-Type: text/plain; charset=\xff\n\nwords \xff\xfe",
        HEAD + b"X: " + b"y" * 2_000_000 + b"\n\nwords",
        HEAD + b"Subject: " + b"=?x?q?" * 100_000 + b"\n\nwords",
        HEAD + b"Content-Disposition: attachment; filename*0*=x''%; filename*2=y\n\nwords",
    ],
)
def test_malformed_messages_lose_nothing(content: bytes) -> None:
    assert head(content) is not None
    found = letter(content)
    assert "words" in found.text + "".join(file.content.decode("latin-1") for file in found.files) or b"!!!!" in content


PIECES = [
    b"Content-Type: multipart/mixed; boundary=b\n", b"Content-Type: message/rfc822\n", b"--b\n", b"--b--\n", b"\n",
    b"Content-Transfer-Encoding: base64\n", b"Content-Type: message/delivery-status\n", b"\xe5\x82\xac", b"=?gb2312?B?u9?=",
    b"Content-Disposition: attachment; filename=\"=?utf-8?q?=ff?=\"\n", b"From: a@b.c\n", b" folded\n", b"words",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=30), max_size=30).map(b"".join))
def test_nothing_makes_the_reader_fail(content: bytes) -> None:
    found = head(HEAD + content)
    assert found is not None
    assert "\0" not in letter(HEAD + content).text
    failure(HEAD + content)


# what mail servers report

REPORT = """From: MAILER-DAEMON@example.com
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

Undelivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; example.com

Final-Recipient: rfc822; anna@example.com
Action: %s
Status: 5.1.1
Diagnostic-Code: smtp; 550 no such
 user
--b
Content-Type: %s

Message-ID: <1@localhost>
Subject: x

--b--
"""


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers", "message/global-headers"])
def test_a_report_names_what_was_lost(kind: str) -> None:
    content = (REPORT % ("failed", kind)).encode()
    found = head(content)
    assert found is not None
    assert found.is_report
    assert failure(content) == (("<1@localhost>",), "5.1.1 smtp; 550 no such user")


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
def test_a_report_of_something_else_is_none(action: str) -> None:
    assert failure((REPORT % (action, "message/rfc822")).encode()) is None
