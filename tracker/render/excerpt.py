"""A reader's page shown within another page, to staff."""

import re
from collections.abc import Iterator

import nh3
from markupsafe import Markup

from tracker.render.answer import PICTURES, Answer
from tracker.render.illustrations import FOR_STAFF

_TAGS = {
    "a", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "figcaption", "figure", "h2", "h3", "h4",
    "hr", "img", "ins", "li", "ol", "p", "pre", "section", "span", "strong", "sub", "sup", "table", "tbody", "td", "th",
    "thead", "time", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": set(),
    "img": {"src", "alt", "width", "height"},
}  # no address: nothing leads away from the page around it
_CLASSES = {
    "a": {"covered", "note-ref"},
    "ins": {"corrected"},
    "section": {"footnotes", "notes", "reply"},
    "div": {"remark", "scroll"},
    "sup": {"fn-mark"},
    "span": {"no-picture"},
    "p": {"remark-ground", "meta"},
}

_FOR_STAFF = re.compile(rf'<img src="{FOR_STAFF}/([0-9a-f]{{32}})\.[^>]*>')


def main_part(answer: Answer) -> Markup:
    """Return what stands in the main part of a reader's page, without what belongs to a page of its own."""
    found = re.search(r"<main[^>]*>(.*)</main>", answer.body.decode(), re.DOTALL)
    html = re.sub(r"(</?)h1\b", r"\1h2", found[1]) if found else ""
    safe = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, allowed_classes=_CLASSES)
    safe = safe.replace(f'<img src="{PICTURES}', f'<img src="{FOR_STAFF}/')
    return Markup(safe)  # noqa: S704 - sanitised just here


def apart(html: Markup) -> Iterator[tuple[Markup, str]]:
    """Yield a text for staff in parts, in order: what stands around its pictures, and each picture with what to call it."""
    end = 0
    for found in _FOR_STAFF.finditer(html):
        yield html[end : found.start()], ""
        yield html[found.start() : found.end()], f"picture-{found[1]}"
        end = found.end()
    yield html[end:], ""
