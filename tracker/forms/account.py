"""Signing in, passwords, invitations; what an account keeps out of, and who is behind a handle."""

import re

from wtforms import EmailField, HiddenField, PasswordField, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired

from tracker.domain.errors import N_
from tracker.domain.recusals import HINTS
from tracker.domain.recusals import LABELS as ABOUT
from tracker.domain.roles import DUTIES, LABELS
from tracker.forms.base import Form, PublicForm

_EMAIL = InputRequired(N_("请填写邮箱。"))
_PASSWORD = InputRequired(N_("请填写密码。"))
_NEW = N_("至少12个字符，不要求符号和大小写。可以用几个不相干的词连成一句，也可以用密码管理器生成。")


class SignInForm(PublicForm):
    email = EmailField(N_("邮箱"), [_EMAIL], render_kw={"autocomplete": "username"})
    password = PasswordField(N_("密码"), [_PASSWORD], render_kw={"autocomplete": "current-password"})
    next = HiddenField()


class CodeForm(PublicForm):
    code = StringField(
        N_("验证码或恢复码"),
        [InputRequired(N_("请填写验证码。"))],
        description=N_("验证器应用里的6位数字；应用不在手边时，可以填一个恢复码。"),
        render_kw={"autocomplete": "one-time-code", "maxlength": 50},
    )


class ConfirmForm(Form):
    password = PasswordField(N_("密码"), render_kw={"autocomplete": "current-password"})  # one of the two is enough
    code = StringField(N_("验证码或恢复码"), render_kw={"autocomplete": "one-time-code", "maxlength": 50})


class DigitsField(StringField):  # type: ignore[misc] # WTForms has no types
    """A number to be typed as it is shown: a phone offers its digits."""


class AppForm(Form):
    code = DigitsField(
        N_("应用显示的6位数字"),
        [InputRequired(N_("请填写验证码。"))],
        render_kw={"autocomplete": "one-time-code", "maxlength": 50},
    )


class NameForm(Form):
    name = StringField(
        N_("姓名"), description=N_("同事在案件里看到的名字。"), render_kw={"autocomplete": "name", "maxlength": 50}
    )


class RoleForm(Form):
    role = RadioField(
        N_("角色"),
        [InputRequired(N_("请选择一项。"))],
        choices=[SelectChoice(role.value, label) for role, label in LABELS.items()],
        render_kw={"hints": DUTIES},
    )


class RecusalForm(Form):
    about = RadioField(
        N_("回避什么"),
        [InputRequired(N_("请选择一项。"))],
        choices=[SelectChoice(about.value, label) for about, label in ABOUT.items()],
        default="publisher",
        render_kw={"hints": HINTS},
    )
    value = StringField(N_("名称、域名或地址"), [InputRequired(N_("请填写要回避的发布者、域名或文章。"))])


class HandleForm(Form):
    case = StringField(N_("案件编号"), [InputRequired(N_("请填写案件编号。"))], render_kw={"maxlength": 12})
    handle = StringField(
        N_("代号"),
        [InputRequired(N_("请填写代号。"))],
        description=N_("邮件和回执里“审核员”后面的一个字母和三个数字，例如K417。同一个人在每个案件里的代号都不同。"),
        render_kw={"maxlength": 20},
    )

    def case_number(self) -> int:
        """Return the number of the case, or 0 when it is none."""
        text = str(self.case.data or "").strip().removeprefix("#")
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0


class ForgottenForm(PublicForm):
    email = EmailField(N_("邮箱"), [_EMAIL], description=N_("您登录用的邮箱。"), render_kw={"autocomplete": "username"})


class NewPasswordForm(PublicForm):
    password = PasswordField(N_("新密码"), [_PASSWORD], description=_NEW, render_kw={"autocomplete": "new-password"})


class JoinForm(PublicForm):
    name = StringField(
        N_("姓名"), description=N_("同事在案件里看到的名字。"), render_kw={"autocomplete": "name", "maxlength": 50}
    )
    password = PasswordField(N_("密码"), [_PASSWORD], description=_NEW, render_kw={"autocomplete": "new-password"})


class FirstAdminForm(PublicForm):
    email = EmailField(
        N_("邮箱"), [_EMAIL], description=N_("用来登录，也用来重设密码。"), render_kw={"autocomplete": "username"}
    )
    name = StringField(
        N_("姓名"), description=N_("同事在案件里看到的名字。"), render_kw={"autocomplete": "name", "maxlength": 50}
    )
    password = PasswordField(N_("密码"), [_PASSWORD], description=_NEW, render_kw={"autocomplete": "new-password"})


class ChangePasswordForm(Form):
    current = PasswordField(N_("现在的密码"), [_PASSWORD], render_kw={"autocomplete": "current-password"})
    password = PasswordField(N_("新密码"), [_PASSWORD], description=_NEW, render_kw={"autocomplete": "new-password"})


class InviteForm(Form):
    email = EmailField(
        N_("邮箱"), [_EMAIL], description=N_("已有账号的邮箱也可以：会收到重设密码的链接，并改为所选角色。")
    )
    role = RadioField(
        N_("角色"),
        choices=[SelectChoice(role.value, label) for role, label in LABELS.items()],
        default="moderator",
        render_kw={"hints": DUTIES},
    )
