"""What a moderator finds before deciding, each finding one small form."""

from wtforms import RadioField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import AnyOf

from tracker.domain.elements import YES_NO
from tracker.domain.errors import N_
from tracker.domain.regimes import REGIMES, FirstAction, RegimeName
from tracker.forms.case_acts import AboutItem, ActForm
from tracker.queries.advice import ACTIONS

_CHOOSE = N_("请选择一项。")
_ANSWERS = ("yes", "no")
_OURS = N_("只有工作人员看得到，记入内部备注。")


class AssessForm(ActForm):
    title = N_("记下初步判断")
    button = N_("记下")
    action = RadioField(
        N_("先做什么"),
        [AnyOf(list(FirstAction), _CHOOSE)],
        choices=[SelectChoice(action, ACTIONS[action]) for action in FirstAction],
        validate_choice=False,
    )
    illegal = RadioField(
        N_("不经详细的法律审查就能看出违法（欧盟《数字服务法》第16条第3款）"),
        [AnyOf(_ANSWERS, _CHOOSE)],
        choices=[SelectChoice(*choice) for choice in YES_NO],
        validate_choice=False,
    )
    reason = TextAreaField(N_("为什么"), description=_OURS, render_kw={"rows": 3})


class RegimesForm(ActForm):
    title = N_("增加或者去掉适用的法律")
    button = N_("保存")
    regime = SelectField(
        N_("法律"),
        [AnyOf(list(RegimeName), _CHOOSE)],
        choices=[SelectChoice("", N_("（请选择）")), *(SelectChoice(name, REGIMES[name].label) for name in RegimeName)],
        validate_choice=False,
    )
    applies = RadioField(
        N_("改成"),
        [AnyOf(_ANSWERS, _CHOOSE)],
        choices=[SelectChoice("yes", N_("适用：期限从收到通知时算起")), SelectChoice("no", N_("不适用：它的期限停止"))],
        validate_choice=False,
    )
    reason = TextAreaField(N_("为什么"), description=_OURS, render_kw={"rows": 3})


class RepeatForm(AboutItem):
    title = N_("核对是否为重复的英国投诉")
    button = N_("记下")
    repeat = RadioField(
        N_("和以前两次移除的内容相比，说法是否实质相同"),
        [AnyOf(_ANSWERS, _CHOOSE)],
        description=N_("相同：48小时内移除并告知通知人，不再联系发布者。不同：照常转送发布者。"),
        choices=[SelectChoice(*choice) for choice in YES_NO],
        validate_choice=False,
    )
