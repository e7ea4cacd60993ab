"""What the holder of a receipt may send: an addition, a correction, a withdrawal, proof of proceedings, an appeal."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol, Self

from tracker.domain.attachments import MAX_FILES, Attachment
from tracker.domain.elements import AGREED, ELEMENTS, Element, Group, Kind
from tracker.domain.errors import N_, DomainError
from tracker.domain.notices import clean_answer, in_our_words, problem
from tracker.domain.redress import GROUNDS
from tracker.domain.requirements import Requirement
from tracker.domain.text import bare, together
from tracker.forms.elements import ElementForm, Say
from tracker.forms.notice import COLON, CONTROLS, Upload, is_key, read_files
from tracker.queries.receipts import Line, Receipt


class Act(StrEnum):
    """What can be done from a receipt; the values stand in addresses."""

    SUPPLEMENT = "supplement"
    CONTACT = "contact"
    WITHDRAW = "withdraw"
    RECEIVED = "received"
    PROCEEDINGS = "proceedings"
    APPEAL = "appeal"


class Typed(Protocol):
    """The text fields of a form that was sent."""

    def get(self, name: str, default: str) -> str: ...
    def getlist(self, name: str) -> list[str]: ...


ALL, SOME = "all", "some"

CONTACT = ("email", "phone", "postal_address")
_FILES = tuple(ELEMENTS[name] for name in ("files", "identity_files", "authority_files"))
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


@dataclass(frozen=True, kw_only=True)
class ReceiptForm(ElementForm):
    """The form of one act of a receipt."""

    act: Act
    articles: Sequence[Line] = ()
    chosen: frozenset[int] = frozenset()
    files: tuple[Attachment, ...] = ()

    def name(self, part: str) -> str:
        """Return the name of a field: no two of a page are the same."""
        return f"{self.act}_{part}"

    def height(self, element: Element) -> int:
        """Return how many lines a control shows."""
        return 6 if element.kind is Kind.TEXT else 0

    def labels(self, say: Say) -> dict[str, str]:
        """Return what each part of the form is called; what articles it is about comes last."""
        return super().labels(say) | {"articles": say(N_("文章"))}

    def refused(self, found: Mapping[str, DomainError], say: Say) -> Self:
        """Return the form with what a rule found wrong; grounds are the text."""
        return super().refused({"text" if name == "grounds" else name: e for name, e in found.items()}, say)

    def added(self) -> dict[str, str]:
        """Return the answers to questions of the notice that are given now."""
        return {e.name: self.answers[e.name] for e in self.elements if e.name in ELEMENTS and self.answers.get(e.name)}

    def text(self, say: Say) -> str:
        """Return what is said in words, answers with their questions included."""
        lines = [self.answers.get("text", "")]
        for name, answer in self.added().items():
            ours, label = in_our_words(ELEMENTS[name], answer), say(ELEMENTS[name].label)
            is_statement = ELEMENTS[name].kind is Kind.STATEMENT
            lines.append(label if is_statement else f"{label}{say(COLON)}{say(ours) if ours else answer}")
        return "\n".join(lines).strip()


def offered(receipt: Receipt, lacking: Iterable[Requirement]) -> dict[Act, ReceiptForm]:
    """Return a blank form for each act that is possible now; what the notice lacks is asked with an addition."""
    found: dict[Act, ReceiptForm] = {}
    if receipt.active:
        found[Act.SUPPLEMENT] = ReceiptForm(act=Act.SUPPLEMENT, elements=(_ADDED, *_asked(receipt, lacking), *_FILES))
    if receipt.unread:
        found[Act.RECEIVED] = ReceiptForm(act=Act.RECEIVED, elements=(_READ,), required=frozenset({"read"}))
    if receipt.countered:
        found[Act.PROCEEDINGS] = ReceiptForm(act=Act.PROCEEDINGS, elements=(_PROCEEDINGS, _FILES[0]))
    if receipt.appealable:
        required = frozenset({"text"})
        found[Act.APPEAL] = ReceiptForm(
            act=Act.APPEAL, elements=(_GROUNDS, _FILES[0]), required=required, articles=receipt.appealable
        )
    if receipt.notice.erased_at is None:
        asked = tuple(e for e in receipt.category.elements if e.name in CONTACT)
        required = frozenset(e.name for e in asked if receipt.category.requires(e, receipt.notice.answers))
        given = {e.name: receipt.notice.answers.get(e.name, "") for e in asked}
        found[Act.CONTACT] = ReceiptForm(act=Act.CONTACT, elements=asked, required=required, answers=given)
    if receipt.active:
        element = _WHAT if len(receipt.active) > 1 else _SURE
        found[Act.WITHDRAW] = ReceiptForm(
            act=Act.WITHDRAW, elements=(element,), required=frozenset({element.name}), articles=receipt.active
        )
    return found


def _asked(receipt: Receipt, lacking: Iterable[Requirement]) -> list[Element]:
    """Return the questions whose answers a notice lacks; files and contact data have a place of their own."""
    elsewhere = {*CONTACT, *(element.name for element in _FILES)}
    names = dict.fromkeys(name for need in lacking for name in need.any_of)
    known = {e.name: e for e in receipt.category.elements if e.name not in elsewhere and e.kind in CONTROLS}
    return [known[name] for name in names if name in known and not receipt.notice.answers.get(name)]


def read(blank: ReceiptForm, typed: Typed, uploads: Callable[[str], Iterable[Upload]], say: Say) -> ReceiptForm:
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
            problems[element.name] = together(say(error.message, **error.values) for error in refused)
    if blank.act is Act.APPEAL and len(blank.articles) == 1:
        chosen = {blank.articles[0].item}
    form = replace(blank, answers=answers, chosen=frozenset(chosen), files=tuple(files), problems=problems)
    return form.refused(_problems(form), say)


def _problems(form: ReceiptForm) -> dict[str, DomainError]:
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


def _wrong(form: ReceiptForm, element: Element) -> DomainError | None:
    answer = form.answers[element.name]
    if element.kind is Kind.STATEMENT and not form.required & {element.name}:
        return None
    if element is _SURE and answer not in AGREED:
        return DomainError(N_("要撤回，请先勾选这一项。"))
    if element is _READ and answer not in AGREED:
        return DomainError(N_("请先勾选这一项。"))
    return problem(element, answer, required=element.name in form.required)
