"""The acts on what the parties answer each other: proof judged or written down, replies, mails brought by hand, disputes."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from wtforms import HiddenField, MultipleFileField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import AnyOf, ValidationError

from tracker.domain.attachments import MAX_FILES, Attachment
from tracker.domain.calendars import instant
from tracker.domain.errors import N_, DomainError, Incomplete
from tracker.domain.serving import BY_HAND, WAYS
from tracker.forms.base import day
from tracker.forms.case_acts import ActForm
from tracker.forms.notice import read_files

_CHOOSE = N_("请选择一项。")
_TO_NOTIFIER = N_("写给通知人看，会发到通知人的邮箱。")
_NOON = time(12)
_DAY = N_("写成2026-11-23。")


class DayForm(ActForm):
    """An act that happened on a day."""

    day = StringField(N_("日期"), description=_DAY)

    def at(self, zone: ZoneInfo) -> datetime:
        """Return noon of the day in the site's zone; raise Incomplete for no date."""
        try:
            return instant(day(self.day.data), _NOON, zone)
        except DomainError as error:
            raise Incomplete({"day": error}) from None


class ConfirmProofForm(ActForm):
    title = N_("确认已经起诉或投诉")
    button = N_("确认证明，措施继续")
    proof = HiddenField()


class RefuseProofForm(ActForm):
    title = N_("证明不成立，期限继续")
    button = N_("期限继续")
    tone = "danger"
    proof = HiddenField()
    text = TextAreaField(N_("为什么不是证明"), description=_TO_NOTIFIER, render_kw={"rows": 3})


class RegisterProofForm(DayForm):
    title = N_("登记用其他方式收到的证明")
    button = N_("登记，恢复停下")
    enctype = "multipart/form-data"
    text = TextAreaField(N_("内容"), description=N_("法院或机关、案号、怎样收到。"), render_kw={"rows": 3})
    files = MultipleFileField(N_("文件"), description=N_("受理通知书等。没有文件的，登记后仍不能确认。"))

    def attachments(self) -> list[Attachment]:
        """Return the files; raise Incomplete when one of them cannot be taken."""
        taken, refused = read_files(file for file in self.files.data or () if not isinstance(file, str))
        if len(taken) > MAX_FILES:
            raise Incomplete({"files": DomainError(N_("一次最多%(most)s个文件。"), most=MAX_FILES)})
        if refused:
            raise Incomplete({"files": refused[0]})
        return taken


class ServedForm(DayForm):
    title = N_("登记：已用其他方式送达")
    button = N_("登记送达，期限从那天起算")
    mail = HiddenField()
    way = RadioField(
        N_("怎样送达"),
        [AnyOf(BY_HAND, _CHOOSE)],
        choices=[SelectChoice(way, WAYS[way]) for way in BY_HAND],
        validate_choice=False,
    )
    text = StringField(N_("备注"), description=N_("例如快递单号、通话的时间。记入内部备注。"))


class PublicNoticeForm(ActForm):
    title = N_("公告通知的内容")
    button = N_("公告")
    text = TextAreaField(
        N_("公告的文字"),
        description=N_("任何人都能看到。请删去个人的姓名、邮箱、电话、地址和证件号码。"),
        render_kw={"rows": 8},
    )


class TellForm(ActForm):
    title = N_("把发布者的答复转告投诉人")
    button = N_("转告投诉人")


class FalseForm(ActForm):
    title = N_("姓名或地址明显虚假")
    button = N_("视为没有答复")
    tone = "danger"
    reply = HiddenField()
    reason = StringField(N_("为什么"), description=N_("记入内部备注。"))


class DisputeForm(ActForm):
    title = N_("登记庭外争议解决")
    button = N_("登记，案件等待结果")
    party = RadioField(N_("由谁提出"), validate_choice=False)
    body = StringField(N_("机构"), description=N_("经欧盟成员国认证的争议解决机构的名称。"))
    reference = StringField(N_("机构的案号"))

    def offer(self, parties: list[tuple[str, str]]) -> None:
        """Set who can have gone there, as value and words."""
        self.party.choices = [SelectChoice(value, label) for value, label in parties]

    def validate_party(self, field: RadioField) -> None:
        """Ask for one of those that are offered; which they are, the service knows."""
        if not field.data:
            raise ValidationError(_CHOOSE)


class ReopenForm(ActForm):
    title = N_("重新开案")
    button = N_("重新开案")
    tone = "danger"
    reason = TextAreaField(
        N_("为什么"), description=N_("新的命令、裁判，或者当时的数据有误。记入内部备注。"), render_kw={"rows": 3}
    )
