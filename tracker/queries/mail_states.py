"""How far a mail got, in words: for those who run the site, and for the notifier who waits for it."""

from collections.abc import Mapping

from tracker.domain.errors import N_
from tracker.models import MailState
from tracker.render.site import Site

_FOR_STAFF: dict[MailState, str] = {
    MailState.QUEUED: N_("等待发送"),
    MailState.HELD: N_("暂缓：这个邮箱今天已达上限"),
    MailState.SENT: N_("已发出"),
    MailState.BOUNCED: N_("被退回"),
    MailState.GIVEN_UP: N_("多次失败，已放弃"),
    MailState.CANCELLED: N_("起因已撤销或收件人已删除，不再发送"),
    MailState.GATHERED: N_("与同一份通知的其他结果合为一封发出"),
}
_FOR_NOTIFIER: dict[MailState, str] = {
    MailState.QUEUED: N_("等待发送"),
    MailState.HELD: N_("稍后发送：一天内发到未经确认的邮箱的邮件有上限"),
    MailState.SENT: N_("对方邮件服务器已接收"),
    MailState.BOUNCED: N_("被退回，请检查邮箱地址"),
    MailState.GIVEN_UP: N_("多次尝试仍未送达"),
    MailState.CANCELLED: N_("没有发出"),
    MailState.GATHERED: N_("与其他结果合为一封发出"),
}

_STAY_FILES = {
    MailState.QUEUED: N_("等待存成文件，不会发出"),
    MailState.HELD: N_("暂缓存成文件：这个邮箱今天已达上限"),
    MailState.SENT: N_("没有发出，只存成文件"),
    MailState.GATHERED: N_("与同一份通知的其他结果合为一封"),
}
_KEPT_AS_FILE = N_("没有发出：本站没有设置邮件服务器，邮件只存成文件")


def for_staff(site: Site) -> Mapping[MailState, str]:
    """Return what the desk says of a mail in each state: without a mail server it is handed to nobody."""
    return _FOR_STAFF if site.sends_mail else _FOR_STAFF | _STAY_FILES


def for_notifier(site: Site) -> Mapping[MailState, str]:
    """Return what a receipt says of a mail in each state, by the same rule."""
    kept = dict.fromkeys((MailState.QUEUED, MailState.HELD, MailState.SENT), _KEPT_AS_FILE)
    return _FOR_NOTIFIER if site.sends_mail else _FOR_NOTIFIER | kept
