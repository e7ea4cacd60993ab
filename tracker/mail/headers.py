"""The head of a message that came in, read without trust: nothing in it, however malformed, raises an error."""

import codecs
import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.parser import BytesHeaderParser
from typing import NamedTuple

from tracker.domain.text import clean_line

_HEAD = 1024 * 1024
"""No head that a mail server made is longer; what follows is taken for the body."""
_LONGEST = 20_000  # of one header
_LONGEST_SENDER = 1000

_IDS = re.compile(r"<[!-;=?-~]{1,500}>")
_BARE = re.compile(r"\s*([^<>\s,;:\"()]+@[^<>\s,;:\"()]+)\s*(?:\([^()]*\)\s*)?")
_ANGLED = re.compile(r"(?:\"(?:[^\"\\]|\\.)*\"|[^<>\",;:])*<\s*([^<>\s,;:\"()]+@[^<>\s,;:\"()]+)\s*>\s*")
_EVERY_MESSAGE = {"from", "to", "date", "subject", "message-id", "received"}
_RECIPIENTS = ("delivered-to", "x-original-to", "to", "cc")
_AUTOMATIC = ("x-autoreply", "x-autorespond", "x-autoresponder")

_LATIN = {"", "ascii", "iso8859-1", "cp1252"}
"""What is written on mail that is in another charset."""
_NO_CHARSETS = {"punycode", "idna", "unicode-escape", "unicode_escape", "raw-unicode-escape", "raw_unicode_escape"}


class Head(NamedTuple):
    """What the head of a message says."""

    sender: str  # empty when it names nobody, or several
    recipients: tuple[str, ...]  # headers as they stand
    subject: str
    message_id: str
    answers: tuple[str, ...]  # the Message-IDs it answers to, the nearest first
    automatic: str  # why nobody wrote it by hand, or empty
    is_report: bool


def head(content: bytes) -> Head | None:
    """Return the head of a message, or None when this is no message at all."""
    found: dict[str, list[str]] = {}
    start = content[:_HEAD].lstrip(b"\r\n")
    for name, value in BytesHeaderParser().parsebytes(re.split(rb"\r?\n\r?\n", start, maxsplit=1)[0]).raw_items():
        found.setdefault(name.lower(), []).append(" ".join(value[:_LONGEST].split()))
    if not found.keys() & _EVERY_MESSAGE:
        return None
    one = {name: values[0] for name, values in found.items()}
    senders = found.get("from", [])
    ids = [_IDS.findall(one.get(name, "")) for name in ("message-id", "in-reply-to", "references")]
    return Head(
        sender=_address(senders[0]) if len(senders) == 1 else "",
        recipients=tuple(value for name in _RECIPIENTS for value in found.get(name, ())),
        subject=words(one.get("subject", "")),
        message_id=ids[0][0] if ids[0] else clean_line(one.get("message-id", "")),
        answers=tuple(dict.fromkeys([*ids[1], *reversed(ids[2])])),
        automatic=_automatic(one),
        is_report=one.get("content-type", "").lower().startswith("multipart/report"),
    )


def _address(value: str) -> str:
    """Return the one address of a From, as it stands undecoded: an encoded word cannot pass for one."""
    value = value[:_LONGEST_SENDER]
    found = _BARE.fullmatch(value) or _ANGLED.fullmatch(value)
    return found[1] if found and found[1].isascii() else ""


def _automatic(one: dict[str, str]) -> str:
    """Return why nobody wrote this by hand (RFC 3834, 2; RFC 5321, 4.5.5), or nothing."""
    submitted = one.get("auto-submitted", "no").partition(";")[0].strip().lower()
    if submitted != "no":
        return "it says that a program sent it (Auto-Submitted)"
    if one.get("precedence", "").lower() in {"bulk", "junk", "list", "auto_reply"}:
        return "it went to many (Precedence)"
    if any(name in one for name in _AUTOMATIC):
        return "it is an automatic reply"
    senders = [_address(one.get("from", "")), one.get("return-path", "x").strip("<> ")]
    if senders[1] == "" or any(sender.partition("@")[0].lower() == "mailer-daemon" for sender in senders):
        return "a mail server sent it"
    return ""


def words(value: str) -> str:
    """Return a header as people read it: encoded words and bare bytes decoded, on one line."""
    try:
        pieces = decode_header(value[:_LONGEST])
    except (HeaderParseError, ValueError, LookupError):
        pieces = [(value, None)]
    return clean_line("".join(_piece(text, charset) for text, charset in pieces))


def _piece(text: bytes | str, charset: str | None) -> str:
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogateescape")
    return decoded(text, charset or "")


def decoded(content: bytes, charset: str) -> str:
    """Return bytes as text: in the charset they name, or else in the one that they fit."""
    name = _codec(charset)
    tried = ["utf-8", name or "gb18030", "gb18030"] if name in _LATIN else [name, "utf-8", "gb18030"]
    for one in tried:
        try:
            return content.decode(one)
        except (UnicodeError, LookupError):
            continue
    return content.decode("utf-8", "replace")


def _codec(charset: str) -> str:
    """Return the codec of a charset, or nothing for one that nobody knows or that is none of text."""
    try:
        name = codecs.lookup("gb18030" if charset.lower() in {"gb2312", "gbk", "x-gbk"} else charset).name
    except (LookupError, ValueError):
        return ""
    return "" if name in _NO_CHARSETS else name
