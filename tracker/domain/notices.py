"""What makes a notice acceptable: the checks that read the table of elements."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from tracker.domain.attachments import Attachment
from tracker.domain.categories import Category
from tracker.domain.elements import Element, Kind
from tracker.domain.errors import DomainError, Incomplete, N_
from tracker.domain.text import clean, clean_line

MANY_LINES = frozenset({Kind.TEXT, Kind.ADDRESSES})


def clean_answer(element: Element, value: str) -> str:
    """Return an answer as it is stored."""
    return clean(value) if element.kind in MANY_LINES else clean_line(value)


def problem(element: Element, answer: str, *, required: bool) -> DomainError | None:
    """Return what is wrong with a cleaned answer, or None."""
    if not answer:
        return _missing(element) if required else None
    if element.kind is Kind.CHOICE and answer not in {value for value, _ in element.options}:
        return DomainError(N_("请从所列选项中选择一项。"))
    if element.kind in {Kind.CHOICE, Kind.STATEMENT}:
        return None
    length = len(answer.splitlines()) if element.kind is Kind.ADDRESSES else len(answer)
    if length > element.most:
        message = N_("最多%(most)s行，现在是%(length)s行。") if element.kind is Kind.ADDRESSES else N_(
            "最多%(most)s个字，现在是%(length)s个字，请缩短。"
        )
        return DomainError(message, most=element.most, length=length)
    if length < element.fewest:
        return DomainError(
            N_("至少%(fewest)s个字，现在是%(length)s个字，请补充。"), fewest=element.fewest, length=length
        )
    return None


def _missing(element: Element) -> DomainError:
    if element.kind is Kind.STATEMENT:
        return DomainError(N_("请阅读并勾选这项声明，否则我们不能受理。"))
    if element.kind is Kind.CHOICE:
        return DomainError(N_("请选择一项。"))
    return DomainError(N_("请填写这一栏。"))


def check(category: Category, answers: Mapping[str, str]) -> dict[str, str]:
    """Return the cleaned answers of the elements that `category` asks; raise Incomplete naming each bad one."""
    cleaned = {e.name: clean_answer(e, answers.get(e.name, "")) for e in category.elements if e.kind is not Kind.FILES}
    problems = {}
    for element in category.elements:
        if element.kind is Kind.FILES:
            continue
        found = problem(element, cleaned[element.name], required=category.requires(element, cleaned))
        if found:
            problems[element.name] = found
    if problems:
        raise Incomplete(problems)
    return {name: answer for name, answer in cleaned.items() if answer}


@dataclass(frozen=True)
class Submission:
    """A notice as its sender confirmed it: everything that will be stored, nothing derived yet."""

    category: Category
    language: str
    answers: Mapping[str, str]
    statements: Mapping[str, str]  # name -> the words agreed to, in the language shown
    files: tuple[Attachment, ...]
    privacy_version: str
    draft: str  # the key of the draft it came from; the same key makes the same notice

    def sha256(self) -> str:
        """Return the hexadecimal SHA-256 of the canonical notice, files by their own hash."""
        body = [
            self.category.name, self.language, dict(self.answers), dict(self.statements),
            [file.sha256 for file in self.files], self.privacy_version,
        ]  # fmt: skip
        canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()
