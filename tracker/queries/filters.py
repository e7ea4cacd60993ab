"""What the queue can be narrowed and sorted by: read from an address, written back into one, the same every time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from tracker.domain.categories import CategoryName
from tracker.domain.lifecycle import Channel, Source, State
from tracker.domain.notices import is_date
from tracker.domain.receipts import reference
from tracker.domain.text import clean_line, number, word

_LONGEST = 200


class Sort(StrEnum):
    """In which order; the first is the queue's own."""

    RANK = "rank"
    DUE = "due"
    NEWEST = "newest"
    OLDEST = "oldest"
    NOTICES = "notices"


@dataclass(frozen=True)
class Filters:
    """A view of the queue. Whatever an address says that is not on the list of what can be asked counts as not said.

    `notice` is the reference of a notice, `notifier` that of any notice from the same mailbox: no address stands in a view.
    """

    state: State | None = None
    category: CategoryName | None = None
    assignee: int | None = None
    mine: bool = False
    unassigned: bool = False
    language: str = ""
    urgent: bool = False
    passage: bool = False
    trusted: bool = False
    overdue: bool = False
    channel: Channel | None = None
    source: Source | None = None
    opened_from: date | None = None
    opened_to: date | None = None
    article: str = ""
    publisher: str = ""
    notice: str = ""
    notifier: str = ""
    sort: Sort = Sort.RANK

    @classmethod
    def read(cls, given: Mapping[str, str], languages: Mapping[str, str]) -> Self:
        """Return what an address asks for."""
        language = given.get("language", "")
        return cls(
            state=word(State, given.get("state")),
            category=word(CategoryName, given.get("category")),
            assignee=number(given.get("assignee")) or None,
            **{name: given.get(name) == "1" for name in _FLAGS},
            language=language if language in languages else "",
            channel=word(Channel, given.get("channel")),
            source=word(Source, given.get("source")),
            opened_from=day(given.get("from", "")),
            opened_to=day(given.get("to", "")),
            article=clean_line(given.get("article", ""))[:_LONGEST],
            publisher=clean_line(given.get("publisher", ""))[:_LONGEST],
            notice=_reference(given.get("notice", "")),
            notifier=_reference(given.get("notifier", "")),
            sort=word(Sort, given.get("sort")) or Sort.RANK,
        )

    @classmethod
    def parse(cls, query: str, languages: Mapping[str, str]) -> Self:
        """Return what a stored query asks for."""
        return cls.read(dict(parse_qsl(query)), languages)

    def said(self) -> dict[str, str]:
        """Return what is asked for, by the name it has in an address; nothing that is not asked."""
        return dict(self._said())

    def _said(self) -> Iterator[tuple[str, str]]:
        for field in fields(self):
            value: Any = getattr(self, field.name)
            if value not in (None, "", False, Sort.RANK):
                yield _NAMES.get(field.name, field.name), "1" if value is True else str(value)

    @property
    def query(self) -> str:
        """Return the query of an address that asks for this; the same for the same view."""
        return urlencode(self.said())

    def without(self, name: str) -> Self:
        """Return the same view, not narrowed by `name` as an address has it."""
        kept = {key: value for key, value in self.said().items() if key != name}
        return self.read(kept, {self.language: ""})

    @property
    def is_narrow(self) -> bool:
        """Say whether anything but a state and a sort is asked for."""
        return bool(set(self.said()) - {"state", "sort"})


_FLAGS = ("mine", "unassigned", "urgent", "passage", "trusted", "overdue")
_NAMES = {"opened_from": "from", "opened_to": "to"}


def _reference(typed: str) -> str:
    """Return a reference however it was typed; what is none stays as it is, so that nothing is found and not everything."""
    return reference(typed) or clean_line(typed)[:_LONGEST]


def day(text: str) -> date | None:
    """Return the day that an address names; one far beyond any case is none, for not every instant around it exists."""
    return date.fromisoformat(text) if is_date(text) and "2000" <= text < "3000" else None
