"""What the holder of a receipt may send: an addition, a correction, a withdrawal, proof of proceedings, an appeal."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from tracker.domain.attachments import ACCEPT, MAX_FILES, Attachment
from tracker.domain.elements import AGREED, ELEMENTS, Element, Group, Kind
from tracker.domain.errors import N_, DomainError
from tracker.domain.notices import clean_answer, in_our_words, problem
from tracker.domain.redress import GROUNDS
from tracker.domain.requirements import Requirement
from tracker.domain.text import bare
from tracker.forms.base import Shown, Wrong
from tracker.forms.notice import Upload, is_key, new_key, read_files
from tracker.queries.receipts import Line, Receipt


class Act(StrEnum):
    """What can be done from a receipt; the values stand in addresses."""

    SUPPLEMENT = "supplement"
    CONTACT = "contact"
    WITHDRAW = "withdraw"
    RECEIVED = "received"
    PROCEEDINGS = "proceedings"
    APPEAL = "appeal"


class Say(Protocol):
    """Says a message in the language of the reader."""

    def __call__(self, message: str, **values: object) -> str: ...


class Typed(Protocol):
    """The text fields of a form that was sent."""

    def get(self, name: str, default: str) -> str: ...
    def getlist(self, name: str) -> list[str]: ...


ALL, SOME = "all", "some"

CONTACT = ("email", "phone", "postal_address")
_FILES = tuple(ELEMENTS[name] for name in ("files", "identity_files", "authority_files"))
_ROWS = {Kind.TEXT: 6}
_CONTROLS = {
    Kind.LINE: "text",
    Kind.TEXT: "textarea",
    Kind.EMAIL: "email",
    Kind.PHONE: "tel",
    Kind.CHOICE: "choice",
    Kind.FILES: "files",
    Kind.STATEMENT: "boolean",
}
_LONGEST = ELEMENTS["explanation"].most
_ADDED = Element(
    "text", Kind.TEXT, Group.WHY, N_("补充的说明，或对问题的回答"), N_("可以只写文字，也可以只选文件。"), most=_LONGEST
)
_PROCEEDINGS = Element(
    "text", Kind.TEXT, Group.WHY, N_("起诉或投诉的情况"),
    N_("写明是哪篇文章、哪个法院或机关、案号和日期，并上传受理通知书等文件。"), most=_LONGEST,
)  # fmt: skip
_GROUNDS = Element(
    "text", Kind.TEXT, Group.WHY, N_("申诉的理由"), N_("写明决定哪里不对、依据是什么。20至5000个字。"),
    fewest=GROUNDS[0], most=GROUNDS[1],
)  # fmt: skip
_SURE = Element("sure", Kind.STATEMENT, Group.WHAT, N_("我确定撤回这份通知"))
_READ = Element("read", Kind.STATEMENT, Group.WHAT, N_("我已经收到并读到上面的反通知"))
_WHAT = Element(
    "what", Kind.CHOICE, Group.WHAT, N_("撤回什么"),
    options=((ALL, N_("整份通知")), (SOME, N_("只撤回下面选中的文章"))),
)  # fmt: skip

IMPOSSIBLE: dict[Act, str] = {
    Act.SUPPLEMENT: N_("这份通知已经结束，不能再补充。有新的情况，请另外提交一份通知。"),
    Act.CONTACT: N_("您的个人信息已经删除，没有可以更正的联系方式。"),
    Act.WITHDRAW: N_("没有可以撤回的内容：这份通知已经撤回或结束。"),
    Act.RECEIVED: N_("没有等您确认的反通知。"),
    Act.PROCEEDINGS: N_("现在没有等待证明的反通知。其他材料请用“补充材料，回答问题”提交。"),
    Act.APPEAL: N_(
        "现在没有可以申诉的决定：还没有决定，期限已过，或者您已经申诉过。您仍可以向法院起诉，或向主管部门投诉。"
    ),
}
"""Why an act is not offered, and what to do instead."""

_NOTHING = N_("请写说明，或者选择文件。")
_CHOOSE = N_("请选择文章。")


@dataclass(frozen=True)
class ActForm:
    """A form of the receipt as it stands; `problems` are said already in the reader's language."""

    act: Act
    elements: tuple[Element, ...]
    required: frozenset[str] = frozenset()
    articles: Sequence[Line] = ()
    key: str = field(default_factory=new_key)
    answers: Mapping[str, str] = field(default_factory=dict)
    chosen: frozenset[int] = frozenset()
    files: tuple[Attachment, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)

    def name(self, part: str) -> str:
        """Return the name of a field: no two of a page are the same."""
        return f"{self.act}_{part}"

    def fields(self, say: Say) -> list[Shown]:
        """Return what is asked, as the page shows it."""
        return [self._field(element, say) for element in self.elements]

    def wrong(self, say: Say) -> list[Wrong]:
        """Return what is wrong, in the order of the form, each with the question it is about."""
        labels = {element.name: say(element.label) for element in self.elements} | {"articles": say(N_("文章"))}
        named = [(name, label) for name, label in labels.items() if name in self.problems]
        return [Wrong(self.name(name), f"{label}{say(N_('：'))}{self.problems[name]}") for name, label in named]

    def with_problems(self, found: Mapping[str, DomainError], say: Say) -> "ActForm":
        """Return the form with what a rule found wrong; grounds are the text."""
        said = {"text" if name == "grounds" else name: say(e.message, **e.values) for name, e in found.items()}
        return replace(self, problems={**self.problems, **said})

    def added(self) -> dict[str, str]:
        """Return the answers to questions of the notice that are given now."""
        return {e.name: self.answers[e.name] for e in self.elements if e.name in ELEMENTS and self.answers.get(e.name)}

    def text(self, say: Say) -> str:
        """Return what is said in words, answers with their questions included."""
        lines = [self.answers.get("text", "")]
        for name, answer in self.added().items():
            ours, label = in_our_words(ELEMENTS[name], answer), say(ELEMENTS[name].label)
            is_statement = ELEMENTS[name].kind is Kind.STATEMENT
            lines.append(label if is_statement else f"{label}{say(N_('：'))}{say(ours) if ours else answer}")
        return "\n".join(lines).strip()

    def _field(self, element: Element, say: Say) -> Shown:
        return Shown(
            name=self.name(element.name),
            label=say(element.label),
            kind=_CONTROLS[element.kind],
            value=self.answers.get(element.name, ""),
            error=self.problems.get(element.name, ""),
            required=element.name in self.required,
            help=say(element.help) if element.help else "",
            options=[(value, say(label), "") for value, label in element.options],
            maxlength=element.most if element.kind is Kind.TEXT else None,
            autocomplete=element.autocomplete,
            rows=_ROWS.get(element.kind, 0),
            accept=ACCEPT if element.kind is Kind.FILES else "",
        )


def offered(receipt: Receipt, lacking: Iterable[Requirement]) -> dict[Act, ActForm]:
    """Return a blank form for each act that is possible now; what the notice lacks is asked with an addition."""
    found: dict[Act, ActForm] = {}
    if receipt.active:
        found[Act.SUPPLEMENT] = ActForm(Act.SUPPLEMENT, (_ADDED, *_asked(receipt, lacking), *_FILES))
    if receipt.copies:
        found[Act.RECEIVED] = ActForm(Act.RECEIVED, (_READ,), frozenset({"read"}))
    if receipt.countered:
        found[Act.PROCEEDINGS] = ActForm(Act.PROCEEDINGS, (_PROCEEDINGS, _FILES[0]))
    if receipt.appealable:
        required = frozenset({"text"})
        found[Act.APPEAL] = ActForm(Act.APPEAL, (_GROUNDS, _FILES[0]), required, receipt.appealable)
    if receipt.notice.erased_at is None:
        asked = tuple(e for e in receipt.category.elements if e.name in CONTACT)
        required = frozenset(e.name for e in asked if receipt.category.requires(e, receipt.notice.answers))
        given = {e.name: receipt.notice.answers.get(e.name, "") for e in asked}
        found[Act.CONTACT] = ActForm(Act.CONTACT, asked, required, answers=given)
    if receipt.active:
        element = _WHAT if len(receipt.active) > 1 else _SURE
        found[Act.WITHDRAW] = ActForm(Act.WITHDRAW, (element,), frozenset({element.name}), receipt.active)
    return found


def _asked(receipt: Receipt, lacking: Iterable[Requirement]) -> list[Element]:
    """Return the questions whose answers a notice lacks; files and contact data have a place of their own."""
    elsewhere = {*CONTACT, *(element.name for element in _FILES)}
    names = dict.fromkeys(name for need in lacking for name in need.any_of)
    known = {element.name for element in receipt.category.elements}
    ours = [name for name in names if name in known - elsewhere and not receipt.notice.answers.get(name)]
    return [ELEMENTS[name] for name in ours if ELEMENTS[name].kind in _CONTROLS]


def read(blank: ActForm, typed: Typed, uploads: Callable[[str], Iterable[Upload]], say: Say) -> ActForm:
    """Return a form as it was sent, its text cleaned, with what is wrong about it."""
    key = typed.get("key", "")
    blank = replace(blank, key=key if is_key(key) else blank.key)
    if not blank.elements:
        return blank  # not possible now: there is nothing to ask
    is_text = [e for e in blank.elements if e.kind is not Kind.FILES]
    answers = {e.name: clean_answer(e, typed.get(blank.name(e.name), "")) for e in is_text}
    chosen = {line.item for line in blank.articles if str(line.item) in typed.getlist(blank.name("articles"))}
    files: list[Attachment] = []
    problems: dict[str, str] = {}
    for element in (e for e in blank.elements if e.kind is Kind.FILES):
        taken, refused = read_files(uploads(blank.name(element.name)))
        files += [replace(file, purpose=element.name) for file in taken]
        if refused:
            problems[element.name] = " ".join(say(error.message, **error.values) for error in refused)
    if blank.act is Act.APPEAL and len(blank.articles) == 1:
        chosen = {blank.articles[0].item}
    form = replace(blank, answers=answers, chosen=frozenset(chosen), files=tuple(files), problems=problems)
    return form.with_problems(_problems(form), say)


def _problems(form: ActForm) -> dict[str, DomainError]:
    found = {
        e.name: wrong
        for e in form.elements
        if e.kind is not Kind.FILES and e.name not in CONTACT  # contact data are checked with the rest of the notice
        if (wrong := _wrong(form, e)) is not None
    }
    if len(form.files) > MAX_FILES:
        found["files"] = DomainError(N_("一次最多%(most)s个文件，其余的请下次再补充。"), most=MAX_FILES)
    wants_something = form.act in {Act.SUPPLEMENT, Act.PROCEEDINGS}
    if wants_something and not form.files and not form.problems and not any(map(bare, form.answers.values())):
        found["text"] = DomainError(_NOTHING)
    picks = form.act is Act.APPEAL or form.answers.get("what") == SOME
    if picks and (not form.chosen or (form.act is Act.APPEAL and len(form.chosen) > 1)):
        found["articles"] = DomainError(_CHOOSE)
    return found


def _wrong(form: ActForm, element: Element) -> DomainError | None:
    answer = form.answers[element.name]
    if element.kind is Kind.STATEMENT and not form.required & {element.name}:
        return None
    if element is _SURE and answer not in AGREED:
        return DomainError(N_("要撤回，请先勾选这一项。"))
    if element is _READ and answer not in AGREED:
        return DomainError(N_("请先勾选这一项。"))
    return problem(element, answer, required=element.name in form.required)
