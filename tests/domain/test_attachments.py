"""Which files may enter."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.domain.attachments import MAX_BYTES, accept, sniff
from tracker.domain.errors import DomainError

PDF = b"%PDF-1.7\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF"
WEBP = b"RIFF\x24\0\0\0WEBPVP8 "
MAIL = "Received: from a\r\n\tby b\r\nDate: Mon, 23 Nov 2026 09:30:00 +0800\r\nFrom: a@example.org\r\n\r\n您好".encode()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PDF, "application/pdf"),
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (WEBP, "image/webp"),
        ("证据".encode(), "text/plain"),
        ("证据".encode("gb18030"), "text/plain"),
        (MAIL, "message/rfc822"),
        (b"X-Spam: no\nDKIM-Signature: v=1;\n a=rsa\nfrom: a@example.org\ndate: today\n\nbody", "message/rfc822"),
        (b"From: the beginning\n\nDate: never", "text/plain"),
        (b"date: 1\nnot a header\nfrom: x", "text/plain"),
        (b"<html><script>alert(1)</script>", "text/plain"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "text/plain"),
    ],
)
def test_content_decides(content: bytes, media_type: str) -> None:
    assert sniff(content) == media_type
    assert accept("evidence.exe", content).media_type == media_type


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\0\x03",
        b"PK\x03\x04\x14\0",
        b"\x7fELF\x02\x01\x01\0",
        b"GIF89a\x01\0\x01\0\0",
        b"GIF89a/*\0*/=1;alert(1)",
        b"\0" + PDF,
        b"junk\0" + PNG,
        b"RIFF\x24\0\0\0AVI LIST",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0",
        b"\x80\x81\xff\xfe\xff",
    ],
)
def test_other_types_are_refused_whatever_they_are_called(content: bytes) -> None:
    assert sniff(content) is None
    with pytest.raises(DomainError, match="不是可接收的类型"):
        accept("contract.pdf", content)


@pytest.mark.parametrize(
    "polyglot", [PDF + b"<script>alert(1)</script>", PNG + b"PK\x03\x04", JPEG + b"<?php", WEBP + PDF]
)
def test_a_polyglot_is_what_it_begins_with(polyglot: bytes) -> None:
    assert accept("x", polyglot).media_type == sniff(polyglot[:16])


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(DomainError, match="是空的"):
        accept("empty.txt", b"")


def test_ten_megabytes_are_taken_and_one_byte_more_is_not() -> None:
    assert accept("full.txt", b"x" * MAX_BYTES).size == 10 * 1024 * 1024
    with pytest.raises(DomainError, match="超过10 MB"):
        accept("over.txt", b"x" * (MAX_BYTES + 1))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("证据.pdf", "证据.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Anna\\合同.pdf", "合同.pdf"),
        ("a\r\nContent-Type: text/html\r\n.pdf", "html .pdf"),
        ("nul\0.pdf", "nul.pdf"),
        ("\u202efdp.exe", "\u202efdp.exe"),
        ("", "file"),
        ("..", "file"),
        ("/", "file"),
        ("\u200b\u200b", "file"),
        ("\ud800.txt", ".txt"),
        ("长" * 300 + ".pdf", "长" * 180 + ".pdf"),
    ],
)
def test_only_the_last_part_of_a_name_is_kept(name: str, shown: str) -> None:
    assert accept(name, b"x").name == shown


@given(st.text(st.characters(exclude_categories=())))
def test_any_name_can_be_stored(name: str) -> None:
    shown = accept(name, b"x").name
    shown.encode()
    assert 0 < len(shown) <= 200
    assert not set(shown) & set("\0\r\n/\\")


@given(st.binary(min_size=1, max_size=500))
def test_any_bytes_are_taken_whole_or_refused(content: bytes) -> None:
    try:
        taken = accept("x", content)
    except DomainError:
        return
    assert taken.content == content
    assert taken.sha256 == hashlib.sha256(content).hexdigest()
