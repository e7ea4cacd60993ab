"""What can be done at the desk: one table behind buttons, keys, the palette, the help, docs/keys.md and what each needs.

A page marks what does it: `data-action="undo"` on the button itself. A key presses what stands on the page and nothing
else, so there is no second way to do a thing, and without a script nothing is lost.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tracker.domain.claims import ANSWERS
from tracker.domain.claims import LABELS as ANSWER_LABELS
from tracker.domain.decisions import FIRST, GROUND_LABELS, OUTCOME_LABELS, GroundType, Outcome
from tracker.domain.errors import N_
from tracker.domain.roles import Permission, Role, allows


class Place(StrEnum):
    """A kind of page of the desk."""

    ANYWHERE = "anywhere"
    QUEUE = "queue"
    CASE = "case"
    PREVIEW = "preview"
    BATCH = "batch"


PLACES: dict[Place, str] = {
    Place.ANYWHERE: N_("所有页面"),
    Place.QUEUE: N_("案件列表"),
    Place.CASE: N_("案件"),
    Place.PREVIEW: N_("预览"),
    Place.BATCH: N_("批次"),
}


class Target(StrEnum):
    """What stands on the page for an action."""

    LINK = "link"
    BUTTON = "button"
    FIELD = "field"  # is chosen, opened, or gets the focus
    ROW = "row"  # one of several alike: the focus goes from one to the next


@dataclass(frozen=True)
class Action:
    """Something that can be done. `key` is one character or two one after the other, or empty: the palette alone has it.

    `chord` is held with Ctrl or ⌘, works in fields too, and is nobody's to change. Without a target on the page nothing happens.
    """

    name: str
    label: str
    key: str
    target: Target
    permission: Permission
    places: frozenset[Place]
    chord: str = ""


_OWN, _READ, _DECIDE = Permission.OWN_ACCOUNT, Permission.READ_DESK, Permission.DECIDE
_LINK, _BUTTON, _FIELD, _ROW = Target.LINK, Target.BUTTON, Target.FIELD, Target.ROW
_ANYWHERE, _QUEUE, _CASE = frozenset({Place.ANYWHERE}), frozenset({Place.QUEUE}), frozenset({Place.CASE})
_PREVIEW, _BATCH = frozenset({Place.PREVIEW}), frozenset({Place.BATCH})
_ANSWERED, _DECIDED, _GROUND = N_("答复："), N_("决定："), N_("依据：")


def _anywhere() -> Iterable[Action]:
    yield Action("palette", N_("打开命令面板"), "", _BUTTON, _OWN, _ANYWHERE, "k")
    yield Action("send", N_("提交正在填写的表单"), "", _BUTTON, _OWN, _ANYWHERE, "Enter")
    yield Action("help", N_("看看有哪些快捷键"), "?", _LINK, _OWN, _ANYWHERE)
    yield Action("go-queue", N_("到案件列表"), "gc", _LINK, _READ, _ANYWHERE)
    yield Action("go-figures", N_("到统计"), "gf", _LINK, _READ, _ANYWHERE)
    yield Action("go-mail", N_("到邮件"), "gm", _LINK, _READ, _ANYWHERE)
    yield Action("go-audit", N_("到记录"), "ga", _LINK, Permission.READ_AUDIT, _ANYWHERE)
    yield Action("go-people", N_("到人员"), "gp", _LINK, Permission.READ_PEOPLE, _ANYWHERE)
    yield Action("go-admin", N_("到管理"), "gs", _LINK, Permission.READ_SETTINGS, _ANYWHERE)
    yield Action("go-account", N_("到我的账号"), "gi", _LINK, _OWN, _ANYWHERE)
    yield Action("sign-out", N_("退出"), "", _BUTTON, _OWN, _ANYWHERE)


def _in_the_queue() -> Iterable[Action]:
    yield Action("row-next", N_("下一行"), "j", _ROW, _READ, _QUEUE | _CASE)
    yield Action("row-previous", N_("上一行"), "k", _ROW, _READ, _QUEUE | _CASE)
    yield Action("open", N_("打开这一件（和Enter一样）"), "o", _LINK, _READ, _QUEUE)
    yield Action("pick", N_("勾选这一件，或取消"), "x", _FIELD, _DECIDE, _QUEUE)
    yield Action("pick-all", N_("全选，或全不选"), "X", _FIELD, _DECIDE, _QUEUE)
    yield Action("bulk", N_("给勾选的案件作同一个决定"), "b", _BUTTON, _DECIDE, _QUEUE)
    yield Action("hand-over-many", N_("把勾选的案件交给同事"), "", _FIELD, _DECIDE, _QUEUE)
    yield Action("next", N_("下一件"), "n", _BUTTON, _DECIDE, _QUEUE | _CASE)
    yield Action("search", N_("搜索"), "/", _FIELD, _READ, _QUEUE)
    yield Action("filter", N_("筛选、排序"), "f", _FIELD, _READ, _QUEUE)
    yield Action("older", N_("下一页"), "]", _LINK, _READ, _QUEUE)
    yield Action("intake", N_("录入来信来电"), "", _LINK, Permission.RUN_INTAKE, _QUEUE)
    yield Action("initiative", N_("主动审查"), "", _LINK, _DECIDE, _QUEUE)


def _on_a_case() -> Iterable[Action]:
    yield Action("take-up", N_("这件由我来审核"), "t", _BUTTON, _DECIDE, _CASE)
    yield Action("release", N_("放回队列"), "", _BUTTON, _DECIDE, _CASE)
    yield Action("hand-over", N_("交给同事"), "h", _FIELD, _DECIDE, _CASE)
    yield Action("article", N_("读文章"), "[", _FIELD, _READ, _CASE)
    yield Action("panel", N_("读通知"), "]", _FIELD, _READ, _CASE)
    yield Action("reveal", N_("显示一处遮盖的内容"), ".", _BUTTON, _DECIDE, _CASE | _PREVIEW)
    yield Action("remedied", N_("已经改正：答复并结束"), "z", _BUTTON, _DECIDE, _CASE)
    yield Action("deciding", N_("去作决定"), "d", _FIELD, _DECIDE, _CASE)
    for answer, key in zip(ANSWERS, "ypwaq", strict=True):
        yield Action(f"answer-{answer}", f"{_ANSWERED}{ANSWER_LABELS[answer]}", key, _FIELD, _DECIDE, _CASE | _BATCH)
    yield Action("reasons", N_("写这一项的理由"), "r", _FIELD, _DECIDE, _CASE)
    for outcome, key in zip((*FIRST, Outcome.INTERIM), "12345670", strict=True):
        yield Action(f"outcome-{outcome}", f"{_DECIDED}{OUTCOME_LABELS[outcome]}", key, _FIELD, _DECIDE, _CASE | _BATCH)
    for ground, key in ((GroundType.LAW, "l"), (GroundType.TERMS, "m")):
        yield Action(f"ground_type-{ground}", f"{_GROUND}{GROUND_LABELS[ground]}", key, _FIELD, _DECIDE, _CASE | _BATCH)
    yield Action("refusal", N_("选不采取措施的理由"), "e", _FIELD, _DECIDE, _CASE | _BATCH)
    yield Action("rationale", N_("写内部理由"), "i", _FIELD, _DECIDE, _CASE | _BATCH)
    yield Action("preview", N_("预览后果"), "v", _BUTTON, _DECIDE, _CASE | _BATCH)
    yield Action("save-draft", N_("存草稿"), "s", _BUTTON, _DECIDE, _CASE)
    yield Action("note", N_("写内部备注"), "c", _FIELD, _DECIDE, _CASE)
    yield Action("ask-info", N_("请通知人补充"), "", _FIELD, _DECIDE, _CASE)
    yield Action("ask-opinion", N_("请一位同事给意见"), "", _FIELD, _DECIDE, _CASE)
    yield Action("letter", N_("写信"), "", _FIELD, _DECIDE, _CASE)
    yield Action("reject", N_("终止一份通知，不予受理"), "", _FIELD, _DECIDE, _CASE)
    yield Action("forward", N_("转送发布者"), "", _BUTTON, _DECIDE, _CASE)
    yield Action("pause", N_("暂停期限"), "", _FIELD, _DECIDE, _CASE)
    yield Action("resume", N_("继续计算期限"), "", _FIELD, _DECIDE, _CASE)
    yield Action("extend", N_("延长答复期限"), "", _FIELD, _DECIDE, _CASE)
    yield Action("restore", N_("现在恢复，不等期限"), "", _FIELD, _DECIDE, _CASE)
    yield Action("ruling", N_("登记裁判结果"), "", _FIELD, _DECIDE, _CASE)
    yield Action("rule-appeal", N_("处理申诉"), "", _FIELD, Permission.RULE_APPEALS, _CASE)
    yield Action("see-proposal", N_("看提出的决定有什么后果"), "", _BUTTON, _DECIDE, _CASE)
    yield Action("withdraw-proposal", N_("收回提出的决定"), "", _BUTTON, _DECIDE, _CASE)


def _after_that() -> Iterable[Action]:
    yield Action("confirm-next", N_("作出决定，打开下一件"), "y", _BUTTON, _DECIDE, _PREVIEW)
    yield Action("confirm", N_("确认，留在这里"), "c", _BUTTON, _DECIDE, _PREVIEW)
    yield Action("edit", N_("返回修改"), "e", _BUTTON, _DECIDE, _PREVIEW)
    yield Action("approve", N_("批准提出的决定"), "", _BUTTON, Permission.APPROVE, _PREVIEW)
    yield Action("send-back", N_("退回提出的决定"), "", _FIELD, Permission.APPROVE, _CASE | _PREVIEW)
    yield Action("undo", N_("撤销刚才的决定"), "u", _BUTTON, _DECIDE, _QUEUE | _CASE | _BATCH)


ACTIONS: dict[str, Action] = {
    action.name: action for part in (_anywhere(), _in_the_queue(), _on_a_case(), _after_that()) for action in part
}
"""Every action by its name, in the order in which the help lists them."""


def share_a_place(one: Action, other: Action) -> bool:
    """Say whether one page can have both."""
    return Place.ANYWHERE in one.places | other.places or bool(one.places & other.places)


def at(place: Place, role: Role) -> list[Action]:
    """Return what somebody in this role may do on such a page: its own actions first, then those of every page."""
    here = [action for action in ACTIONS.values() if place in action.places]
    everywhere = [action for action in ACTIONS.values() if Place.ANYWHERE in action.places and action not in here]
    return [action for action in here + everywhere if allows(role, action.permission)]
