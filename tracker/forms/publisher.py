"""What a publisher may fill in: a reply, a counter-notice by the elements of each regime that applies, an appeal."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from tracker.domain.attachments import MAX_FILES, Attachment
from tracker.domain.elements import ELEMENTS, Element, Group, Kind
from tracker.domain.errors import N_, DomainError
from tracker.domain.notices import clean_answer, in_our_words, problem
from tracker.domain.publisher_elements import COUNTER_ELEMENTS, REPLY_ELEMENTS
from tracker.domain.redress import GROUNDS
from tracker.domain.regimes import REGIMES, RegimeName, counter_disclosed, counter_missing, reply_missing
from tracker.domain.requirements import Requirement
from tracker.domain.text import together
from tracker.forms.elements import ElementForm, Say
from tracker.forms.notice import Typed, Upload, is_key, new_key, read_files

TEXT = "text"
GROUNDS_TEXT = "grounds"
REPLY_FILES = "files"
APPEAL_FILES = "appeal_files"
COUNTER_FILES = ("files", "identity_files")
"""The purposes for which a counter-notice may have files; the fields are named for them."""

_ALWAYS = frozenset({Group.WHY, Group.EVIDENCE})
_PLACE = "addresses"  # known from the case: nobody has to type where their own article is
_REPLY_TEXT = Element(
    TEXT, Kind.TEXT, Group.WHY, N_("您的答复"), N_("写给审核员：事实怎样、依据什么、您希望怎样处理。"), most=20_000
)
_GROUNDS = Element(
    GROUNDS_TEXT, Kind.TEXT, Group.WHY, N_("申诉的理由"), N_("写明决定哪里不对：事实、依据或者措施。20至5000个字。"),
    fewest=GROUNDS[0], most=GROUNDS[1],
)  # fmt: skip
_APPEAL_FILES = replace(ELEMENTS["files"], name=APPEAL_FILES)

_TOO_MANY = N_("最多%(most)s个文件，现在是%(number)s个。请合并后重新选择。")


@dataclass(frozen=True, kw_only=True)
class PublisherForm(ElementForm):
    """The form of one act of a publisher; what is not `optional` is asked for, or becomes required with another answer."""

    optional: frozenset[str]

    def is_marked_required(self, element: Element) -> bool:
        """Say whether a question is shown without the word that it may be left empty."""
        return element.name not in self.optional

    def judged(self, say: Say, faults: Mapping[str, DomainError], refused: Mapping[str, list[DomainError]]) -> Self:
        """Return the form with all that is wrong with its answers and its files."""
        files = {name: together(say(e.message, **e.values) for e in errors) for name, errors in refused.items()}
        form = replace(self, problems={}).refused(faults, say)
        return replace(form, problems={**form.problems, **files})

    def given(self) -> dict[str, str]:
        """Return the answers that count: what the other answers make pointless does not."""
        asked = [e for e in self.elements if e.kind is not Kind.FILES and e.is_asked_by(self.answers)]
        return {e.name: self.answers[e.name] for e in asked if self.answers.get(e.name)}

    def faults(self) -> dict[str, DomainError]:
        """Return what is wrong with single answers, by question."""
        found = {}
        for element in self.elements:
            if element.kind is not Kind.FILES and element.is_asked_by(self.answers):
                answer = self.answers.get(element.name, "")
                found[element.name] = problem(element, answer, required=element.name in self.required)
        return {name: error for name, error in found.items() if error is not None}

    def statements(self, say: Say) -> dict[str, str]:
        """Return the statements agreed to, each in the words that were shown."""
        given = self.given()
        return {e.name: say(e.label) for e in self.elements if e.kind is Kind.STATEMENT and e.name in given}

    def rows(self, say: Say) -> list[tuple[str, str]]:
        """Return what was answered as (question, answer), options and statements in full words."""
        given = self.given()
        told = [(element, given[element.name]) for element in self.elements if element.name in given]
        return [(say(e.heading), say(ours) if (ours := in_our_words(e, typed)) else typed) for e, typed in told]


def reply_form(*, is_uk: bool, typed: Typed | None = None) -> PublisherForm:
    """Return the form of a reply; in a British complaint with the questions of its regulations."""
    files = ELEMENTS[REPLY_FILES]
    if is_uk:
        return _filled((*REPLY_ELEMENTS.values(), _REPLY_TEXT, files), {"wants_removal"}, {TEXT, files.name}, typed)
    return _filled((_REPLY_TEXT, files), {TEXT}, {files.name}, typed)


def appeal_form(typed: Typed | None = None) -> PublisherForm:
    """Return the form of an appeal."""
    return _filled((_GROUNDS, _APPEAL_FILES), {GROUNDS_TEXT}, {APPEAL_FILES}, typed)


def counter_form(regimes: Iterable[RegimeName], typed: Typed | None = None) -> PublisherForm:
    """Return the form of a counter-notice: what any of the regimes asks for, with room for reasons and evidence."""
    needs = [need for name in regimes for need in REGIMES[name].counter]
    named = {name for need in needs for name in need.any_of}
    asked = [e for e in COUNTER_ELEMENTS.values() if (e.name in named or e.group in _ALWAYS) and e.name != _PLACE]
    conditions = {element.only_when[0] for element in asked if element.only_when}
    elements = tuple(e for e in COUNTER_ELEMENTS.values() if e in asked or e.name in conditions)
    required = {need.any_of[0] for need in needs if len(need.any_of) == 1} | conditions
    required |= {e.name for e in elements if e.group is Group.WHY and e.name in named}
    required &= {e.name for e in elements if e.only_when is None}
    optional = {e.name for e in elements if e.kind is not Kind.STATEMENT} - required
    return _filled(elements, required, optional, typed)


def passed_on(regimes: Sequence[RegimeName], form: PublisherForm) -> list[str]:
    """Return the labels of what of a counter-notice its notifier is shown."""
    everything = {element.name: "yes" for element in form.elements}
    shown = counter_disclosed(regimes, everything)
    return [e.label for e in form.elements if e.name in shown and e.kind is not Kind.STATEMENT]


def reply_problems(regimes: Iterable[RegimeName], form: PublisherForm) -> dict[str, DomainError]:
    """Return what is wrong with a reply, by question."""
    lacks = reply_missing(regimes, form.given()) if "wants_removal" in form.required else ()
    return _placed(lacks, form) | form.faults()


def counter_problems(
    regimes: Sequence[RegimeName], form: PublisherForm, address: str, files: frozenset[str]
) -> dict[str, DomainError]:
    """Return what is wrong with a counter-notice about `address`; `files` are the purposes for which there are files."""
    answers = form.given() | {_PLACE: address}
    return _placed(counter_missing(regimes, answers, files), form) | form.faults()


def read_all(
    uploads: Mapping[str, Iterable[Upload]], purposes: Mapping[str, str]
) -> tuple[list[Attachment], dict[str, list[DomainError]]]:
    """Return the files of each field under the purpose it has, and what is wrong with others by field."""
    taken: list[Attachment] = []
    refused: dict[str, list[DomainError]] = {}
    for name, purpose in purposes.items():
        read, wrong = read_files(uploads[name])
        taken += [replace(file, purpose=purpose) for file in read]
        if wrong:
            refused[name] = wrong
    if len(taken) > MAX_FILES:
        refused.setdefault(next(iter(purposes)), []).append(DomainError(_TOO_MANY, most=MAX_FILES, number=len(taken)))
    return taken, refused


def _placed(lacks: Iterable[Requirement], form: PublisherForm) -> dict[str, DomainError]:
    """Return each missing thing beside the question that can supply it, or that decides which question can."""
    found: dict[str, DomainError] = {}
    known = {element.name: element for element in form.elements}
    for need in lacks:
        able = [known[name] for name in need.any_of if name in known]
        asked = [element.name for element in able if element.is_asked_by(form.answers)]
        deciding = [element.only_when[0] for element in able if element.only_when]
        found.setdefault(next(iter([*asked, *deciding]), ""), DomainError(need.cure))
    return found


def _filled(
    elements: tuple[Element, ...], required: Iterable[str], optional: Iterable[str], typed: Typed | None
) -> PublisherForm:
    """Return a form with what was typed, cleaned; one that came without a key gets a new one."""
    key = typed.get("key", "") if typed else ""
    asked = [e for e in elements if typed and e.kind is not Kind.FILES and e.name in typed]
    answers = {e.name: clean_answer(e, typed.get(e.name, "")) for e in asked} if typed else {}
    return PublisherForm(
        elements=elements,
        required=frozenset(required),
        optional=frozenset(optional),
        key=key if is_key(key) else new_key(),
        answers=answers,
    )
