"""The forms of the case page that are about claims, second opinions and letters."""

from collections.abc import Sequence

from wtforms import HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf

from tracker.domain.canned import Purpose
from tracker.domain.errors import N_
from tracker.domain.opinions import LABELS, LONGEST_REMARK, View
from tracker.domain.text import number
from tracker.forms.base import PublicForm
from tracker.forms.case_acts import AboutItem, ActForm
from tracker.forms.filling import offers
from tracker.models import Account

_CHOOSE = N_("请选择一项。")


class ClaimForm(AboutItem):
    """Another claim of a notice, or other words for one that there is: `claim` is its number, or nothing."""

    title = N_("拆出一项主张")
    button = N_("保存这一项")
    claim = HiddenField()
    text = TextAreaField(N_("主张什么"), description=N_("用您自己的话，一项只说一件事。"), render_kw={"rows": 2})
    passage = TextAreaField(N_("文中哪一段"), description=N_("从文章照抄。可以不填。"), render_kw={"rows": 2})
    ground = StringField(N_("依据"), description=N_("法律名称和条款，或本站规则的条号。可以不填。"))

    def words(self) -> dict[str, str]:
        """Return what was written, by name."""
        return {name: self[name].data or "" for name in ("text", "passage", "ground")}


class MergeForm(ActForm):
    title = N_("合并两项主张")
    button = N_("合并")
    claim = SelectField(N_("把哪一项"), validate_choice=False)
    into = SelectField(N_("并入哪一项"), description=N_("答复后一项，就答复了两项。"), validate_choice=False)

    def offer(self, numbers: Sequence[tuple[int, int]]) -> None:
        """Let these claims be chosen: pairs of id and number on the sheet."""
        choices = [SelectChoice(str(claim), f"第{place}项") for claim, place in numbers]
        self.claim.choices = self.into.choices = choices


class OpinionForm(ActForm):
    title = N_("请一位同事给意见")
    button = N_("发出问题")
    colleague = SelectField(N_("问谁"), validate_choice=False)
    question = TextAreaField(
        N_("问题"),
        description=N_("只问一个可以用“是”或“否”回答的问题。不要写通知人的联系方式。"),
        render_kw={"rows": 2},
    )

    def offer(self, colleagues: Sequence[Account]) -> None:
        """Let these people be asked."""
        self.colleague.choices = [SelectChoice(str(each.id), each.name) for each in colleagues]

    def asked(self) -> int:
        """Return the account that is asked; a senseless one is nobody's."""
        return number(self.colleague.data)


class LetterForm(AboutItem):
    title = N_("写信")
    button = N_("发出")
    text = TextAreaField(
        N_("写什么"),
        description=N_("以邮件发出，也出现在对方的页面上。不是决定，不改变期限。"),
        render_kw={"rows": 4, "canned": offers(Purpose.LETTER)},
    )


class _Answer:
    """What a colleague thinks, and a line if they like. It is chosen and then sent: the Enter key alone answers nothing."""

    view = RadioField(
        N_("您的意见"),
        [AnyOf(list(View), _CHOOSE)],
        choices=[SelectChoice(view, label) for view, label in LABELS.items()],
        validate_choice=False,
    )
    remark = StringField(
        N_("一句话"), description=N_("可以不写。"), render_kw={"maxlength": LONGEST_REMARK, "optional": True}
    )


class AnswerForm(_Answer, PublicForm):
    """An answer by the link in the mail."""

    code = HiddenField()


class AnswerOnCaseForm(_Answer, ActForm):
    """An answer on the page of the case."""

    title = N_("第二意见")
    button = N_("回答")
