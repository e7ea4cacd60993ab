"""Which evidence files may enter. Content decides, never the name; nothing is decoded or unpacked."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from tracker.domain.errors import DomainError, N_
from tracker.domain.text import clean_line

MAX_FILES = 10
MAX_BYTES = 10 * 1024 * 1024
ACCEPT = ".pdf,.png,.jpg,.jpeg,.webp,.txt,.eml"

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
_MAIL_HEADERS = (b"received:", b"return-path:", b"delivered-to:", b"from:", b"date:", b"message-id:", b"mime-version:")


@dataclass(frozen=True)
class Attachment:
    """A file as it will be stored; `sha256` is hexadecimal."""

    name: str
    media_type: str
    content: bytes
    sha256: str

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


def sniff(content: bytes) -> str | None:
    """Return the media type that the bytes themselves show, or None when it is not one we take."""
    for signature, media_type in _SIGNATURES:
        if content.startswith(signature):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if not _is_text(content):
        return None
    head = content.lstrip()[:4096].lower()
    if head.startswith(_MAIL_HEADERS) and b"\nfrom:" in b"\n" + head:
        return "message/rfc822"
    return "text/plain"


def accept(name: str, content: bytes) -> Attachment:
    """Return the file as it will be stored; raise DomainError when it is empty, too large or of another type."""
    shown = clean_line(PurePosixPath(name.replace("\\", "/")).name)[:200] or "file"
    if not content:
        raise DomainError(N_("文件“%(name)s”是空的，请重新选择。"), name=shown)
    if len(content) > MAX_BYTES:
        raise DomainError(N_("文件“%(name)s”超过10 MB，请压缩或拆分后再上传。"), name=shown)
    media_type = sniff(content)
    if media_type is None:
        raise DomainError(
            N_("文件“%(name)s”不是可接收的类型。请上传PDF、PNG、JPEG、WebP、TXT或EML文件。"), name=shown
        )
    return Attachment(shown, media_type, content, hashlib.sha256(content).hexdigest())


def check_number(files: Iterable[object]) -> None:
    """Raise DomainError when there are more files than one notice may carry."""
    if sum(1 for _ in files) > MAX_FILES:
        raise DomainError(N_("最多上传%(max)s个文件，请删去一些或合并后再上传。"), max=MAX_FILES)
