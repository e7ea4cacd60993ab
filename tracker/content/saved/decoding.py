"""The bytes of a saved page to its text, whatever encoding they are in; line n of the text is line n of the file."""

import codecs
import re
from collections.abc import Iterator

from tracker.content.characters import strangeness
from tracker.domain.errors import N_, BadContent

MOST = 20 * 1024 * 1024
"""Bytes of a saved page; scripts and pictures within it count too."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_FILES = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "ZIP / DOCX"),
    (b"\xd0\xcf\x11\xe0", "DOC / XLS"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"\x1f\x8b", "GZIP"),
    (b"bplist", "webarchive"),
)
_MHTML = re.compile(
    rb"\A(?:[A-Za-z-]+:[^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*)*?Content-Type:\s*multipart/related", re.IGNORECASE
)
_DECLARED = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_DECLARED_WITHIN = 4096
_SAME = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "iso-8859-1": "cp1252", "latin1": "cp1252"}
_GUESSES = ("gb18030", "big5hkscs", "cp1252")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_FEWEST_BROKEN = 20
"""Of so many characters, one may be broken in a text that is still taken for one; it is pointed out by line."""


def decode(content: bytes) -> str:
    """Return the text of a saved page, its lines ended by line feeds; raise BadContent saying what to do instead."""
    if len(content) > MOST:
        raise BadContent(N_("文件超过20 MB。请只保存网页本身，不带图片和视频。"))
    for start, kind in _OTHER_FILES:
        if content.startswith(start):
            raise BadContent(N_("这是%(kind)s文件，不是网页或者文字。请打开它，另存为HTML或者纯文本。"), kind=kind)
    if _MHTML.match(content[:_DECLARED_WITHIN]):
        raise BadContent(N_("这是单个文件的网页存档（MHTML）。请在浏览器里打开它，另存为“网页，仅HTML”。"))
    text = _text(content)
    if not text.strip():
        raise BadContent(N_("文件是空的。"))
    return re.sub("\r\n?", "\n", text)


def _text(content: bytes) -> str:
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return content.decode(encoding, "replace").removeprefix("\ufeff")
    for text in _readings(content):
        if not _is_binary(text):
            return text
    raise BadContent(N_("文件里不是文字，或者编码认不出来。请用浏览器打开原网页，另存为UTF-8的HTML或者纯文本。"))


def _readings(content: bytes) -> Iterator[str]:
    """Yield the text by each encoding that fits, the likeliest first; at last with signs for what fits none."""
    if b"\0" in content:
        yield from sorted(_decoded(content, ["utf-16-le", "utf-16-be"]), key=strangeness)
        return
    yield from _decoded(content, ["utf-8"])
    found = _DECLARED.search(content[:_DECLARED_WITHIN])
    declared = found[1].decode().lower() if found else ""
    if declared:
        yield from _decoded(content, [_SAME.get(declared, declared)])
    yield from sorted(_decoded(content, _GUESSES), key=strangeness)
    broken = [content.decode(encoding, "replace") for encoding in ("utf-8", "gb18030", "big5hkscs")]
    yield from sorted(broken, key=lambda text: text.count("\ufffd"))[:1]


def _decoded(content: bytes, encodings: list[str] | tuple[str, ...]) -> Iterator[str]:
    for encoding in encodings:
        try:
            yield content.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue


def _is_binary(text: str) -> bool:
    unreadable = len(_CONTROL.findall(text)) + text.count("\ufffd")
    return unreadable * _FEWEST_BROKEN > len(text)
