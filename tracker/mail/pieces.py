"""The pieces that a mail is written in: its template says each once, its text and its HTML are made of the same."""

from collections.abc import Sequence
from typing import Any

from tracker.domain.text import clean_line
from tracker.mail.parts import zone_name
from tracker.render.site import Site

Rows = Sequence[tuple[object, object]]


class Pieces:
    """Takes down what a template says: called `m` there, each way to say something gives back nothing to stand in a page.

    `mail/_layout.txt` and `mail/_layout.html` show each kind.
    """

    def __init__(self) -> None:
        self.about = ""
        self.said: list[tuple[str, str, object]] = []  # the kind, a label or its words, what stands under it

    def subject(self, words: str) -> str:
        """Say what the mail is about."""
        self.about = words
        return ""

    def p(self, words: str) -> str:
        """Add a paragraph."""
        return self._add("p", words)

    def h(self, words: str) -> str:
        """Add a heading."""
        return self._add("h", words)

    def facts(self, rows: Rows) -> str:
        """Add lines of a label and its value."""
        return self._add("facts", "", rows)

    def items(self, lines: Sequence[str]) -> str:
        """Add a list."""
        return self._add("items", "", lines)

    def links(self, rows: Rows) -> str:
        """Add a list of addresses, each under its name; one without a name is its own."""
        return self._add("links", "", rows)

    def button(self, label: str, address: str) -> str:
        """Add the one thing to do next."""
        return self._add("button", label, address)

    def quote(self, label: str, words: str) -> str:
        """Add what a person wrote, in their own lines."""
        return self._add("quote", label, words)

    def _add(self, kind: str, label: str, value: object = "") -> str:
        self.said.append((kind, label, value))
        return ""


def rendered(site: Site, name: str, language: str, context: dict[str, Any]) -> tuple[str, str, str]:
    """Return the subject, the text and the HTML of the mail `name`, whose template is given `context`."""
    pieces = Pieces()
    site.template(f"mail/{name}.txt", language, m=pieces, zone=zone_name(site.zone, language), **context)
    subject = clean_line(pieces.about)
    text = site.template("mail/_layout.txt", language, said=pieces.said)
    html = site.template("mail/_layout.html", language, said=pieces.said, subject=subject)
    return subject, text, html
