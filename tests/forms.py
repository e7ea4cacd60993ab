"""Reading a page of a form, and what it left in the database."""

import re
from html.parser import HTMLParser

from sqlalchemy import func, select

from tracker.db import db
from tracker.models import Draft
from tracker.services import drafts


class Page(HTMLParser):
    """What a test needs to know of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.refers: list[str] = []
        self.values: dict[str, list[str]] = {}
        self._area = self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids += [given["id"]] if "id" in given else []
        self.refers += [given[name] for name in ("for", "aria-labelledby") if name in given]
        self.refers += given.get("aria-describedby", "").split()
        self.refers += [given["href"][1:]] if re.match("#.", given.get("href", "")) else []
        self._area = given.get("name", "") if tag == "textarea" else ""
        self._select = given.get("name", "") if tag == "select" else self._select
        if tag == "option" and "selected" in given:
            self.values.setdefault(self._select, []).append(given.get("value", ""))
        if tag == "textarea":
            self.values[self._area] = [""]
        if tag == "input" and (given.get("type") not in {"radio", "checkbox"} or "checked" in given):
            self.values.setdefault(given.get("name", ""), []).append(given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.values[self._area][0] = self.values[self._area][0].removeprefix("\n")
            self._area = ""

    def value(self, name: str) -> str:
        return next(iter(self.values.get(name, [])), "")


def sound(html: str) -> Page:
    """Return the page read, once its ids are unique and everything that refers to one finds it."""
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    assert set(page.refers) <= set(page.ids)
    assert re.search(r"<title>.+</title>", html)
    assert html.count("<h1") == 1
    return page


def wrong(html: str) -> set[str]:
    """Return the fields that the error summary leads to; each says so itself too."""
    fields = set(re.findall(r'<li><a href="#([a-z_]+)">', html))
    assert all(f'id="{field}-error"' in html for field in fields)
    return fields


def count(model: type) -> int:
    """Return how many rows there are."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def draft_at(place: str) -> Draft:
    """Return the draft at an address."""
    db.session.rollback()
    return db.session.get_one(Draft, drafts.identify(place.rpartition("/")[2]))
