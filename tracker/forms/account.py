"""Signing in, passwords and invitations."""

from wtforms import EmailField, HiddenField, PasswordField, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired

from tracker.domain.errors import N_
from tracker.domain.roles import DUTIES, LABELS
from tracker.forms.base import Form, PublicForm

_EMAIL = InputRequired(N_("请填写邮箱。"))
_PASSWORD = InputRequired(N_("请填写密码。"))
_NEW = N_("至少12个字符，不要求符号和大小写。可以用几个不相干的词连成一句，也可以用密码管理器生成。")


class SignInForm(PublicForm):
    email = EmailField(N_("邮箱"), [_EMAIL], render_kw={"autocomplete": "username"})
    password = PasswordField(N_("密码"), [_PASSWORD], render_kw={"autocomplete": "current-password"})
    next = HiddenField()


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
