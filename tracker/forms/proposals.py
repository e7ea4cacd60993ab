"""What is written when a proposed decision is sent back."""

from wtforms import TextAreaField

from tracker.domain.approval import REASON
from tracker.domain.errors import N_
from tracker.forms.case_acts import ActForm


class ReturnForm(ActForm):
    title = N_("退回")
    button = N_("退回给提出的人")
    reason = TextAreaField(
        N_("为什么退回"),
        description=N_("只有工作人员看得到。对方写的全部内容会回到草稿里。"),
        render_kw={"rows": 3, "maxlength": REASON[1]},
    )
