"""The forms on personal data of a case: erase at somebody's request, record who was told."""

from wtforms import EmailField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import AnyOf

from tracker.domain.errors import N_
from tracker.forms.case_acts import AboutItem, ActForm
from tracker.render.site import LANGUAGES


class EraseForm(AboutItem):
    title = N_("应本人请求删除")
    button = N_("删除，不能恢复")
    tone = "danger"
    reason = TextAreaField(
        N_("谁请求的，为什么可以删"), description=N_("记入内部备注，不要写姓名和联系方式。"), render_kw={"rows": 3}
    )


class TellForm(ActForm):
    title = N_("告知接收过内容的人")
    button = N_("记录并告知")
    name = StringField(N_("告知谁"), description=N_("搜索引擎、转载的网站或合作方的名称。"))
    email = EmailField(
        N_("邮箱"), description=N_("填了就发邮件，邮件里只有文章的地址。用对方的网页告知的，留空，只作记录。")
    )
    language = RadioField(
        N_("邮件用什么语言"),
        [AnyOf(tuple(LANGUAGES))],
        choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()],
        default="zh-Hans",
        validate_choice=False,
    )
