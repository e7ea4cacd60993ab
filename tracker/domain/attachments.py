"""Which evidence files may enter. Content decides, never the name; nothing is decoded or unpacked."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from tracker.domain.errors import N_, DomainError
from tracker.domain.text import bare, clean_line

MAX_FILES = 10
MAX_BYTES = 10 * 1024 * 1024
ACCEPT = ".pdf,.png,.jpg,.jpeg,.webp,.txt,.eml"

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
_MAIL_HEAD = re.compile(rb"(?:[!-9;-~]+:[ \t\r\n].*\r?\n(?:[ \t].*\r?\n)*)+")  # RFC 5322, 2.2
_MAIL_FIELDS = (b"from:", b"date:")  # RFC 5322, 3.6: the two that every message has


@dataclass(frozen=True)
class Attachment:
    """A file as it will be stored; `sha256` is hexadecimal."""

    name: str
    media_type: str
    content: bytes
    sha256: str
    purpose: str = "files"  # the element it answers

    @property
    def size(self) -> int:
        """Return the length in bytes."""
        return len(self.content)


def _is_text(content: bytes) -> bool:
    if b"\0" in content:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _is_mail(content: bytes) -> bool:
    head = _MAIL_HEAD.match(content.lstrip()[:65536])
    return head is not None and all(b"\n" + field in b"\n" + head[0].lower() for field in _MAIL_FIELDS)


def sniff(content: bytes) -> str | None:
    """Return the media type that the bytes themselves show, or None when it is not one we take."""
    for signature, media_type in _SIGNATURES:
        if content.startswith(signature):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if not _is_text(content):
        return None
    return "message/rfc822" if _is_mail(content) else "text/plain"


def _shown_name(name: str) -> str:
    """Return the last part of a path, cleaned, short enough to store, with its ending kept."""
    whole = clean_line(PurePosixPath(name.replace("\\", "/")).name)
    stem, dot, ending = whole.rpartition(".")
    short = f"{stem[:180]}{dot}{ending[:19]}".strip()
    return short if bare(short).strip(".") else "file"


def accept(name: str, content: bytes, purpose: str = "files") -> Attachment:
    """Return the file as it will be stored; raise DomainError when it is empty, too large or of another type."""
    shown = _shown_name(name)
    if not content:
        raise DomainError(N_("文件“%(name)s”是空的，请重新选择。"), name=shown)
    if len(content) > MAX_BYTES:
        raise DomainError(N_("文件“%(name)s”超过10 MB，请压缩或拆分后再上传。"), name=shown)
    media_type = sniff(content)
    if media_type is None:
        raise DomainError(N_("文件“%(name)s”不是可接收的类型。请上传PDF、PNG、JPEG、WebP、TXT或EML文件。"), name=shown)
    return Attachment(shown, media_type, content, hashlib.sha256(content).hexdigest(), purpose)
