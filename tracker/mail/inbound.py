"""The body of a message that came in: its words, its files, and what a mail server reports; pure, and never an error."""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message
from html import unescape
from typing import NamedTuple, cast

from tracker.domain.text import clean, clean_line
from tracker.mail.headers import decoded, words

_DEEPEST = 30
_REPORT = 256 * 1024
"""Mail servers return the head of what they could not deliver, or little more; the parser is slow on nested parts."""
_POLICY = policy.compat32.clone(mangle_from_=False)

_HIDDEN = re.compile(r"<!--|<(script|style|title)\b", re.IGNORECASE | re.ASCII)
_ENDS = {"": re.compile("-->")} | {
    name: re.compile(rf"</{name}\s*>", re.IGNORECASE | re.ASCII) for name in ("script", "style", "title")
}
_LINK = re.compile(r"<a\b[^<>]*?\bhref\s*=\s*(\"[^\"<>]*\"|'[^'<>]*'|[^\s<>]+)[^<>]*>", re.IGNORECASE | re.ASCII)
_LINE_END = re.compile(r"(?:br|hr|/(?:p|div|li|tr|h[1-6]|blockquote|pre|table))\b", re.IGNORECASE | re.ASCII)
_TAG = re.compile(r"</?[a-zA-Z!?][^<>]*>")
_TWICE = re.compile(r"(?<!\S)(\S{1,2000}) <\1>")


class File(NamedTuple):
    """A file as it came: a name that may be anything, and bytes."""

    name: str
    content: bytes


class Letter(NamedTuple):
    """What a message says. Without `is_whole` it could not be read, and stands as a file."""

    text: str
    files: tuple[File, ...]
    is_whole: bool = True


class Failure(NamedTuple):
    """A mail that a mail server could not deliver, and what it says about that."""

    message_ids: tuple[str, ...]
    said: str


class _Body(NamedTuple):
    plain: list[str]
    html: list[str]
    files: list[File]
    inline: list[File]

    def add(self, other: "_Body") -> None:
        self.plain.extend(other.plain)
        self.html.extend(other.html)
        self.files.extend(other.files)
        self.inline.extend(other.inline)


def letter(content: bytes) -> Letter:
    """Return the words and files of a message; quotations and signatures stay as they are.

    Whatever the parser cannot read is kept whole, as one file.
    """
    try:
        body = _body(message_from_bytes(content.lstrip(b"\r\n"), policy=_POLICY), 0)
    except Exception:  # the parser was not written for what strangers send; nothing may be lost by that
        return Letter("", (File("message.eml", content),), is_whole=False)
    text = "\n\n".join(body.plain + [from_html(html) for html in body.html])
    return Letter(clean(text), tuple(body.files + body.inline))


def _body(part: Message, depth: int) -> _Body:
    """Return the words of a part and of those in it: of alternatives the plain one, and the files of all."""
    if depth > _DEEPEST:
        raise RecursionError
    if part.is_multipart() and part.get_content_maintype() == "multipart":
        found = [_body(child, depth + 1) for child in cast(list[Message], part.get_payload())]
        if part.get_content_subtype() == "alternative":
            found = list(_chosen(found))
        whole = _Body([], [], [], [])
        for one in found:
            whole.add(one)
        return whole
    return _leaf(part)


def _chosen(found: list[_Body]) -> Iterator[_Body]:
    has_plain = any(text.strip() for one in found for text in one.plain)
    for one in found:
        yield one._replace(html=[]) if has_plain else one._replace(plain=[])


def _leaf(part: Message) -> _Body:
    kind, disposition, name = part.get_content_type(), part.get_content_disposition(), _name(part)
    if kind.startswith("multipart/"):  # but its parts are not to be found
        kind = "text/plain"
    body = _Body([], [], [], [])
    content = _content(part)
    if kind in {"text/plain", "text/html"} and disposition != "attachment" and not name:
        text = decoded(content, part.get_content_charset("") or "")
        (body.plain if kind == "text/plain" else body.html).append(text)
    elif content or name:
        is_inline = disposition != "attachment" and part["Content-ID"] is not None
        (body.inline if is_inline else body.files).append(File(name or _unnamed(kind), content))
    return body


def _content(part: Message) -> bytes:
    if part.is_multipart():  # a message in the message
        return b"".join(child.as_bytes(policy=_POLICY) for child in cast(list[Message], part.get_payload()))
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _name(part: Message) -> str:
    """Return the name of a file, which some programs write in bare bytes."""
    try:
        for name, value in list(part.raw_items()):
            if name.lower() in {"content-disposition", "content-type"} and not value.isascii():
                part.replace_header(name, decoded(value.encode("utf-8", "surrogateescape"), ""))
        return words(part.get_filename() or "")
    except (ValueError, LookupError, TypeError, AttributeError):
        return "file"


def _unnamed(kind: str) -> str:
    ending = {"message/rfc822": "eml", "text/plain": "txt", "text/html": "txt", "image/jpeg": "jpg"}
    return f"attachment.{ending.get(kind, kind.rpartition('/')[2])}"


def from_html(html: str) -> str:
    """Return what HTML says, with the address of each link; in time that grows with its length only.

    Nothing of it is ever shown as HTML, so nothing need be safe here; parsers of HTML take minutes for a nested megabyte.
    """
    html = _without_hidden(html)
    if "<pre" not in html.lower():
        html = re.sub(r"[ \t\r\n\f]+", " ", html)
    links: list[str] = []

    def said(tag: re.Match[str]) -> str:
        if link := _LINK.fullmatch(tag[0]):
            links.append(link[1].strip("\"'"))
        elif tag[0].lower().startswith("</a") and links:
            target = links.pop()
            return f" &lt;{target}&gt;" if target.lower().startswith(("http:", "https:", "mailto:")) else ""
        return "\n" if _LINE_END.match(tag[0], 1) else ""

    text = unescape(_TAG.sub(said, html))
    lines = "\n".join(line.strip() for line in text.split("\n"))
    return _TWICE.sub(r"\1", re.sub(r"\n{3,}", "\n\n", lines)).strip()


def _without_hidden(html: str) -> str:
    """Leave out comments, scripts and styles; what is not closed stays."""
    kept, at = [], 0
    open_ended: set[str] = set()
    for start in _HIDDEN.finditer(html):
        kind = (start[1] or "").lower()
        if start.start() < at or kind in open_ended:
            continue
        stop = _ENDS[kind].search(html, start.end())
        if stop is None:
            open_ended.add(kind)
            continue
        kept.append(html[at : start.start()])
        at = stop.end()
    return "".join([*kept, html[at:]])


def failure(content: bytes) -> Failure | None:
    """Return what a delivery status notification (RFC 3464) says was given up, or None: delays and successes are none."""
    try:
        report = message_from_bytes(content[:_REPORT].lstrip(b"\r\n"), policy=_POLICY)
        parts = cast(list[Message], report.get_payload()) if report.is_multipart() else []
        status = "\n".join(_said(part) for part in parts if part.get_content_type().endswith("delivery-status"))
        returned = "\n".join(_said(part) for part in parts if not part.get_content_type().endswith("delivery-status"))
    except Exception:  # as in `letter`: no report that can be read
        return None
    if not re.search(r"^action:\s*failed\b", status, re.IGNORECASE | re.MULTILINE):
        return None
    ids = re.findall(r"^message-id:\s*(<[^<>\s]{1,500}>)", returned, re.IGNORECASE | re.MULTILINE)
    why = re.findall(r"^(?:status|diagnostic-code):[ \t]*(.+(?:\n[ \t].+)*)", status, re.IGNORECASE | re.MULTILINE)
    return Failure(tuple(dict.fromkeys(ids)), clean_line(" ".join(why))[:500])


def _said(part: Message) -> str:
    """Return the text of a part of a report: the head of a message that is returned, anything else whole."""
    if part.is_multipart():
        heads = cast(list[Message], part.get_payload())
        return "\n\n".join("\n".join(f"{name}: {value}" for name, value in one.raw_items()) for one in heads)
    return _content(part).decode("utf-8", "replace")
