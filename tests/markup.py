"""HTML as a browser's parser reads it, for tests: what could do harm, and what is not closed."""

import re
from collections import Counter
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta", "col", "embed", "source", "area", "base"}
ALLOWED = {
    "a", "abbr", "b", "blockquote", "br", "code", "del", "div", "em", "figcaption", "figure", "h2", "h3", "h4", "hr", "i",
    "li", "mark", "ol", "p", "pre", "s", "section", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead",
    "tr", "ul",
}  # fmt: skip


class Page(HTMLParser):
    """Reads HTML as a browser's parser would and notes what could do harm or is not closed."""

    def __init__(self, html: str, allowed: set[str] | None = None) -> None:
        super().__init__(convert_charrefs=True)
        self.allowed = allowed
        self.harm: list[str] = []
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in VOID:
            self.open.append(tag)
        if self.allowed is not None and tag not in self.allowed:
            self.harm.append(f"<{tag}>")
        for name, value in attrs:
            self._attribute(tag, name, value or "")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name == "id":
            self.ids.append(value)
        if name == "href" and tag == "a":
            self.targets.append(value)
        bare = re.sub(r"[\t\r\n]", "", value.lstrip("".join(map(chr, range(33))))).lower()
        scheme = re.match(r"([a-z][a-z0-9+.-]*):", bare)  # as the URL standard reads it
        is_foreign = scheme is not None and scheme[1] not in {"http", "https", "mailto", "tel"}
        if name in {"href", "src", "action", "formaction", "data"} and is_foreign:
            self.harm.append(f"{name}={value}")
        if name.startswith("on") or name in {"style", "srcdoc", "http-equiv", "ping", "background", "formaction"}:
            self.harm.append(f"{name}={value}")

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.open or self.open.pop() != tag:
            self.harm.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.harm.append("a comment")

    def unknown_decl(self, data: str) -> None:
        self.harm.append("a declaration")

    def handle_pi(self, data: str) -> None:
        self.harm.append("an instruction")


def assert_harmless(html: str) -> Page:
    page = Page(html, ALLOWED)
    assert page.harm == []
    assert page.open == []
    return page
