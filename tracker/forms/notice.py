"""The notice form, built from the table of elements: what is asked, what was typed, what is wrong with it."""

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import IO, Protocol

from tracker.domain.attachments import ACCEPT, MAX_BYTES, Attachment, accept
from tracker.domain.categories import Category
from tracker.domain.elements import GROUP_LABELS, Element, Group, Kind
from tracker.domain.errors import N_, DomainError
from tracker.domain.notices import clean_answer
from tracker.forms.base import Shown, Wrong

Say = Callable[[str], str]

_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
_CONTROLS = {
    Kind.LINE: "text",
    Kind.TEXT: "textarea",
    Kind.EMAIL: "email",
    Kind.PHONE: "tel",
    Kind.CHOICE: "choice",
    Kind.ADDRESSES: "textarea",
    Kind.FILES: "files",
    Kind.STATEMENT: "boolean",
}
_COLON = N_("：")
_STATEMENT_BEGINS = 20
_ROWS = {"addresses": 3, "explanation": 8, "passage": 4, "work_urls": 3}


class Typed(Protocol):
    """The text fields of a form that was sent."""

    def get(self, name: str, default: str) -> str: ...
    def __contains__(self, name: object) -> bool: ...


class Upload(Protocol):
    """A file that was sent with a form."""

    filename: str | None
    stream: IO[bytes]


@dataclass(frozen=True)
class Section:
    """A part of the form with its heading."""

    name: str
    label: str
    questions: list[Shown]


@dataclass(frozen=True)
class NoticeForm:
    """A form as it stands; `key` opens its draft, `problems` are said already in the reader's language."""

    category: Category
    key: str
    answers: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)

    def sections(self, say: Say) -> list[Section]:
        """Return what is asked, part by part."""
        parts = {group: [e for e in self.category.elements if e.group is group] for group in Group}
        return [
            Section(group, say(GROUP_LABELS[group]), [self._question(element, say) for element in elements])
            for group, elements in parts.items()
            if elements
        ]

    def wrong(self, say: Say) -> list[Wrong]:
        """Return what is wrong, in the order of the form, each with the question it is about."""
        return [
            Wrong(element.name, f"{_short(element, say)}{say(_COLON)}{self.problems[element.name]}")
            for element in self.category.elements
            if element.name in self.problems
        ]

    def _question(self, element: Element, say: Say) -> Shown:
        is_text = element.kind is Kind.TEXT
        return Shown(
            name=element.name,
            kind=_CONTROLS[element.kind],
            label=say(element.label),
            help=say(element.help) if element.help else "",
            value=self.answers.get(element.name, ""),
            error=self.problems.get(element.name, ""),
            required=element.required_when is not None or element.name in self.category.required,
            options=[(value, say(label), "") for value, label in element.options],
            maxlength=element.most if is_text else None,  # counted beside the field; nothing is cut off
            autocomplete=element.autocomplete,
            rows=_ROWS.get(element.name, 5),
            accept=ACCEPT if element.kind is Kind.FILES else "",
        )


def _short(element: Element, say: Say) -> str:
    label = say(element.label)
    return f"{label[:_STATEMENT_BEGINS]}…" if element.kind is Kind.STATEMENT else label


def new_key() -> str:
    """Return the key of a new draft: 256 random bits."""
    return secrets.token_urlsafe(32)


def is_key(typed: str) -> bool:
    """Say whether a text can be the key of a draft."""
    return _KEY.fullmatch(typed) is not None


def read(category: Category, typed: Typed) -> NoticeForm:
    """Return the form that was sent, its text cleaned; one that came without a key gets a new one."""
    asked = [e for e in category.elements if e.kind is not Kind.FILES and e.name in typed]
    answers = {element.name: clean_answer(element, typed.get(element.name, "")) for element in asked}
    key = typed.get("key", "")
    return NoticeForm(category, key if is_key(key) else new_key(), answers)


def read_files(uploads: Iterable[Upload]) -> tuple[list[Attachment], list[DomainError]]:
    """Return the files that may enter, and what is wrong with the others."""
    taken: list[Attachment] = []
    refused: list[DomainError] = []
    for upload in uploads:
        content = upload.stream.read(MAX_BYTES + 1)
        if not upload.filename and not content:
            continue  # what a browser sends when nothing was chosen
        try:
            taken.append(accept(upload.filename or "", content))
        except DomainError as error:
            refused.append(error)
    return taken, refused
