"""A reader's page shown within another page, to staff."""

import re

import nh3
from markupsafe import Markup

from tracker.render.answer import Answer

_TAGS = {"a", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h2", "h3", "h4", "hr", "ins"}
_TAGS |= {
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "span",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "time",
    "tr",
    "ul",
}
_ATTRIBUTES: dict[str, set[str]] = {"a": set()}  # no address: nothing on it leads away from the page around it
_CLASSES = {
    "a": {"covered", "note-ref"},
    "ins": {"corrected"},
    "section": {"notes", "reply"},
    "div": {"remark"},
    "p": {"remark-ground", "meta"},
}


def main_part(answer: Answer) -> Markup:
    """Return what stands in the main part of a reader's page, without what belongs to a page of its own."""
    found = re.search(r"<main[^>]*>(.*)</main>", answer.body.decode(), re.DOTALL)
    html = re.sub(r"(</?)h1\b", r"\1h2", found[1]) if found else ""
    safe = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, allowed_classes=_CLASSES)
    return Markup(safe)  # noqa: S704 - sanitised just here
