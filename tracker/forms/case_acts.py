"""The small forms on the page of a case, each one act: what it is called, what is asked for it, its button."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from wtforms import Field, HiddenField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import AnyOf, ValidationError

from tracker.domain.authorities import LABELS as AUTHORITIES
from tracker.domain.authorities import WRITTEN, Authority
from tracker.domain.calendars import end_of
from tracker.domain.canned import Purpose
from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.lifecycle import ENDING_LABELS, Ending
from tracker.domain.redress import GROUNDS
from tracker.domain.standing import LABELS, Level
from tracker.domain.text import clean, misfit
from tracker.forms.base import Form, Keyed, Versioned, day, new_key
from tracker.forms.decision import DecisionForm
from tracker.forms.filling import guard, offers
from tracker.models import Case

F = TypeVar("F", bound="ActForm")

_CHOOSE = N_("请选择一项。")
_TO_NOTIFIER = N_("写给通知人看，会发到通知人的邮箱，也出现在回执页。")
_REJECTED_AS = (Ending.DUPLICATE, Ending.ABUSIVE, Ending.NOT_OURS)
LAPSE = "lapse"


def written(fewest: int = 2, most: int = 5000) -> Callable[[Form, Field], None]:
    """Return what refuses a text that says nothing or too much."""

    def check(_: Form, field: Field) -> None:
        if wrong := misfit(clean(field.data or ""), (fewest, most)):
            raise ValidationError(str(wrong))

    return check


class ActForm(Versioned, Keyed, Form):
    """An act on a case: the version that was seen, and a key that makes the same form sent twice one act."""

    title = ""
    button = ""
    tone = "secondary"
    enctype = "application/x-www-form-urlencoded"

    def validate(self, extra_validators: object = None) -> bool:
        """Check the fields, and that no text has places left to fill in."""
        return bool(super().validate(extra_validators)) & guard(self)

    def shown_fields(self) -> list[Field]:
        """Return what is asked, without what the page fills in by itself."""
        return [field for field in self if field.type not in {"HiddenField", "CSRFTokenField"}]

    def carried(self) -> list[tuple[str, str]]:
        """Return what the page fills in by itself, by name."""
        return [(field.name, str(field.data or "")) for field in self if field.type == "HiddenField"]


class UndoForm(ActForm):
    title = N_("撤销决定")
    button = N_("撤销决定")


class AboutItem(ActForm):
    item = HiddenField()


class AskForm(AboutItem):
    title = N_("请通知人补充")
    button = N_("发出")
    text = TextAreaField(
        N_("还缺什么"), [written()], description=_TO_NOTIFIER, render_kw={"rows": 6, "canned": offers(Purpose.ASK)}
    )


class RejectForm(AboutItem):
    title = N_("不予受理，终止这份通知")
    button = N_("终止这份通知")
    tone = "danger"
    ending = RadioField(
        N_("为什么"),
        [AnyOf(_REJECTED_AS, _CHOOSE)],
        choices=[SelectChoice(value, ENDING_LABELS[value]) for value in _REJECTED_AS],
        validate_choice=False,
    )
    text = TextAreaField(
        N_("理由"), [written()], description=_TO_NOTIFIER, render_kw={"rows": 4, "canned": offers(Purpose.REJECT)}
    )


class ForwardForm(ActForm):
    title = N_("转送发布者，请其答复")
    button = N_("转送发布者")


class NoteForm(ActForm):
    title = N_("内部备注")
    button = N_("加上备注")
    text = TextAreaField(
        N_("备注"),
        [written()],
        description=N_("只有工作人员看得到。"),
        render_kw={"rows": 3, "canned": offers(Purpose.NOTE)},
    )


class AuthorityForm(ActForm):
    title = N_("登记：已向主管机关报告")
    button = N_("登记")
    authority = RadioField(
        N_("向谁报告"),
        [AnyOf(tuple(Authority), _CHOOSE)],
        choices=[SelectChoice(value, label) for value, label in AUTHORITIES.items()],
        validate_choice=False,
    )
    text = TextAreaField(
        N_("报告了什么"),
        [written(*WRITTEN)],
        description=N_("报告的方式、受理的编号、经办人。只有工作人员看得到。"),
        render_kw={"rows": 3},
    )


class PauseForm(ActForm):
    title = N_("暂停期限")
    button = N_("暂停")
    clock = HiddenField()
    reason = StringField(N_("为什么暂停"), description=N_("记入内部备注。"))


class ResumeForm(ActForm):
    title = N_("继续计算期限")
    button = N_("继续计算")
    clock = HiddenField()


class KeepForm(ActForm):
    title = N_("法律保全")
    button = N_("保存")
    until = StringField(
        N_("保全到哪一天"), description=N_("写成2028-12-31。到那一天为止不删除任何个人信息；留空即解除保全。")
    )
    reason = StringField(N_("理由"), description=N_("例如法院的案号。记入内部备注。"))

    def ends_at(self, zone: ZoneInfo) -> datetime | None:
        """Return the end of the day in the site's zone, or None when the hold is to end; raise Incomplete for no date."""
        if not clean(self.until.data or ""):
            return None
        try:
            return end_of(day(self.until.data), zone)
        except DomainError as error:
            raise Incomplete({"until": error}) from None


class ExtendForm(ActForm):
    title = N_("延长答复期限（GDPR第12条第3款）")
    button = N_("延长两个月")
    text = TextAreaField(N_("为什么需要更长时间"), description=_TO_NOTIFIER, render_kw={"rows": 4})


class RestoreForm(ActForm):
    title = N_("现在恢复，不等期限")
    button = N_("恢复展示")
    reason = RadioField(
        N_("为什么不用等"),
        [AnyOf(("withdrawn",), _CHOOSE)],
        validate_choice=False,
        choices=[SelectChoice("withdrawn", N_("通知人不再坚持"))],
    )


class RulingForm(ActForm):
    title = N_("登记裁判或处理结果")
    button = N_("登记")
    restores = RadioField(
        N_("结果"),
        [AnyOf(("yes", "no"), _CHOOSE)],
        validate_choice=False,
        choices=[SelectChoice("yes", N_("恢复展示")), SelectChoice("no", N_("措施继续"))],
    )


class AppealForm(DecisionForm, ActForm):
    """Dismissed with reasons; or upheld with reasons and the decision that takes the place of the one appealed."""

    follow = frozenset()

    title = N_("处理申诉")
    button = N_("作出申诉决定")
    appeal = HiddenField()
    verdict = RadioField(
        N_("申诉决定"),
        [AnyOf(("dismiss", "uphold"), _CHOOSE)],
        choices=[SelectChoice("dismiss", N_("维持原决定")), SelectChoice("uphold", N_("申诉成立，改作下面的决定"))],
        validate_choice=False,
    )
    grounds = TextAreaField(
        N_("申诉决定的理由"),
        [written(*GROUNDS)],
        description=N_("写给双方当事人看。"),
        render_kw={"rows": 6, "maxlength": GROUNDS[1], "canned": offers(Purpose.APPEAL)},
    )

    def validate(self, extra_validators: object = None) -> bool:
        """Check the decision too when the appeal is upheld; otherwise nothing is decided anew, so nothing of it is asked."""
        if self.is_upheld():
            return super().validate(extra_validators)
        self.outcome.validators = self.ground_type.validators = []
        return bool(Form.validate(self, extra_validators)) & guard(self)

    def shown_fields(self) -> list[Field]:
        """Return what is asked: first what becomes of the appeal; not why nothing is done, as an upheld one does something."""
        asked = [field for field in super().shown_fields() if field.name != "refusal"]
        return sorted(asked, key=lambda field: field.name not in {"verdict", "grounds"})

    def is_upheld(self) -> bool:
        """Say whether the decision is to be replaced."""
        return bool(self.verdict.data == "uphold")


class StandingForm(AboutItem):
    title = N_("可信、警告、暂停受理")
    button = N_("保存")
    level = RadioField(
        N_("状态"),
        [AnyOf((*Level, LAPSE), _CHOOSE)],
        choices=[
            *(SelectChoice(level, label) for level, label in LABELS.items()),
            SelectChoice(LAPSE, N_("终止现有状态")),
        ],
        validate_choice=False,
    )
    gravity = StringField(N_("严重程度"), description=N_("后果有多严重。可以不填。"))
    intent = StringField(N_("意图"), description=N_("能看出的意图。可以不填。"))
    reason = TextAreaField(N_("理由"), description=N_("警告和暂停会连同理由通知本人。"), render_kw={"rows": 3})

    def chosen(self) -> Level | None:
        """Return the level, or None when what there is shall end."""
        return None if self.level.data == LAPSE else Level(self.level.data)


def blank(kind: type[F], case: Case, **values: str) -> F:
    """Return an act's form as the page of the case offers it."""
    return kind(formdata=None, data={"version": str(case.version), "key": new_key(), **values})
