"""The notice form, built from the table of elements: what is asked, what was typed, what is wrong with it."""

import re
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import IO, NamedTuple, Protocol

from tracker.domain import retention
from tracker.domain.attachments import ACCEPT, MAX_BYTES, Attachment, accept
from tracker.domain.categories import Category
from tracker.domain.elements import GROUP_LABELS, Element, Format, Group, Kind
from tracker.domain.errors import N_, DomainError
from tracker.domain.notices import clean_answer, problem
from tracker.domain.text import headed, shortened, together
from tracker.forms.base import Shown, Wrong
from tracker.render.countries import code_of

Say = Callable[[str], str]

_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
CONTROLS = {
    Kind.LINE: "text",
    Kind.TEXT: "textarea",
    Kind.EMAIL: "email",
    Kind.PHONE: "tel",
    Kind.CHOICE: "choice",
    Kind.ADDRESSES: "textarea",
    Kind.FILES: "files",
    Kind.STATEMENT: "boolean",
}
COLON = N_("：")
_FACTS = N_("基本情况")
STATEMENT_BEGINS = 20
_ROWS = {"addresses": 3, "explanation": 8, "passage": 4, "work_urls": 3, "evidence_urls": 3, "prior_receipts": 3}


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


class Hanging(NamedTuple):
    """A question that is asked only with certain answers to another one."""

    other: str
    answers: str  # separated by blanks
    is_asked: bool


@dataclass(frozen=True)
class NoticeForm:
    """A form as it stands; `key` opens its draft, `problems` are said already in the reader's language."""

    category: Category
    key: str
    answers: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_settled(self) -> bool:
        """Say whether the facts on which other questions hang have been asked and answered."""
        facts = self.category.facts
        return bool(facts) and not any(
            e.name in self.problems
            or problem(e, self.answers.get(e.name, ""), required=self.category.requires(e, self.answers))
            for e in facts
        )

    def sections(self, say: Say, required: Collection[str] | None = None) -> list[Section]:
        """Return everything that can be asked, part by part; `required` names what must be there, if not the usual."""
        parts = self._sections(self.category.questions, say)
        if required is None:
            return parts
        return [replace(p, questions=[q._replace(required=q.name in required) for q in p.questions]) for p in parts]

    def first(self, say: Say) -> list[Section]:
        """Return the page that comes first: the facts on which the other questions hang."""
        return [Section("facts", say(_FACTS), [self._question(element, say) for element in self.category.facts])]

    def rest(self, say: Say) -> list[Section]:
        """Return what else is asked with these facts; while they are not settled, the facts and all that may be asked."""
        facts = {element.name for element in self.category.facts}
        others = [element for element in self.category.questions if element.name not in facts]
        if self.is_settled:
            return self._sections([e for e in others if e.is_asked_by(self.answers)], say)
        return (self.first(say) if facts else []) + self._sections(others, say)

    def hanging(self) -> dict[str, Hanging]:
        """Return the questions whose place on the page depends on what is typed there."""
        return {
            e.name: Hanging(e.only_when[0], " ".join(sorted(e.only_when[1])), e.is_asked_by(self.answers))
            for e in self.category.questions
            if e.only_when and not self.is_settled
        }

    def carried(self, sections: Iterable[Section]) -> list[tuple[str, str]]:
        """Return what was answered elsewhere and travels along with a page, so that nothing typed is lost."""
        shown = {question.name for section in sections for question in section.questions}
        names = [element.name for element in self.category.elements if element.name not in shown]
        return [(name, self.answers[name]) for name in names if self.answers.get(name)]

    def wrong(self, say: Say) -> list[Wrong]:
        """Return what is wrong, in the order of the form, each with the question it is about."""
        facts = {element.name for element in self.category.facts}
        return [
            Wrong(element.name, headed(_short(element, say), self.problems[element.name], say(COLON)))
            for element in sorted(self.category.questions, key=lambda e: e.name not in facts)
            if element.name in self.problems
        ]

    def _sections(self, asked: Iterable[Element], say: Say) -> list[Section]:
        parts: dict[Group, list[Element]] = {group: [] for group in Group}
        for element in asked:
            parts[element.group].append(element)
        return [
            Section(group, say(GROUP_LABELS[group]), [self._question(element, say) for element in elements])
            for group, elements in parts.items()
            if elements
        ]

    def _question(self, element: Element, say: Say) -> Shown:
        always = element.required_when is not None and element.required_when == element.only_when
        required = always or self.category.requires(element, self.answers)
        rows = _ROWS.get(element.name, 5)
        return shown(element, say, self.answers, self.problems, required=required, rows=rows)


def shown(
    element: Element, say: Say, answers: Mapping[str, str], problems: Mapping[str, str], *, required: bool, rows: int
) -> Shown:
    """Return a question as the page shows it, with what was answered and what is wrong with that."""
    return Shown(
        name=element.name,
        kind=CONTROLS[element.kind],
        label=say(element.label),
        help=together(say(text) for text in (element.help, retention.purpose(element.name)) if text),
        value=answers.get(element.name, ""),
        error=problems.get(element.name, ""),
        required=required,
        options=[(value, say(label), "") for value, label in element.options],
        maxlength=element.most if element.kind is Kind.TEXT else None,  # counted beside the field; nothing is cut off
        autocomplete=element.autocomplete,
        rows=rows,
        accept=ACCEPT if element.kind is Kind.FILES else "",
    )


def _short(element: Element, say: Say) -> str:
    label = say(element.label)
    return shortened(label, STATEMENT_BEGINS) if element.kind is Kind.STATEMENT else label


def new_key() -> str:
    """Return the key of a new draft: 256 random bits."""
    return secrets.token_urlsafe(32)


def is_key(typed: str) -> bool:
    """Say whether a text can be the key of a draft."""
    return _KEY.fullmatch(typed) is not None


def read(category: Category, typed: Typed) -> NoticeForm:
    """Return the form that was sent, its text cleaned; one that came without a key gets a new one."""
    asked = [e for e in category.elements if e.kind is not Kind.FILES and e.name in typed]
    answers = {element.name: _read(element, typed.get(element.name, "")) for element in asked}
    key = typed.get("key", "")
    return NoticeForm(category, key if is_key(key) else new_key(), answers)


def _read(element: Element, typed: str) -> str:
    answer = clean_answer(element, typed)
    return code_of(answer) if element.format is Format.COUNTRY else answer


def read_files(uploads: Iterable[Upload], purpose: str = "files") -> tuple[list[Attachment], list[DomainError]]:
    """Return the files that may enter, each for the question it answers, and what is wrong with the others."""
    taken: list[Attachment] = []
    refused: list[DomainError] = []
    for upload in uploads:
        content = upload.stream.read(MAX_BYTES + 1)
        if not upload.filename and not content:
            continue  # what a browser sends when nothing was chosen
        try:
            taken.append(accept(upload.filename or "", content, purpose))
        except DomainError as error:
            refused.append(error)
    return taken, refused
