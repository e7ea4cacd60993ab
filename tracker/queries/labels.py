"""Words for what stands in the tables as codes: states of mail, actors and kinds of the trail."""

from tracker.domain.errors import N_
from tracker.models import MailState

MAIL_STATES: dict[MailState, str] = {
    MailState.QUEUED: N_("等待发送"),
    MailState.HELD: N_("暂缓：这个邮箱今天已达上限"),
    MailState.SENT: N_("已发出"),
    MailState.BOUNCED: N_("被退回"),
    MailState.GIVEN_UP: N_("多次失败，已放弃"),
}

ACTORS = {"notifier": N_("通知人"), "system": N_("系统")}

KINDS = {
    "article.published": N_("发布文章"),
    "article.revised": N_("修订文章"),
    "article.file_gone": N_("文章文件删除"),
    "notice.submitted": N_("收到通知"),
    "case.opened": N_("立案"),
    "case.claimed": N_("开始审核"),
    "case.decided": N_("作出决定"),
    "case.restored": N_("恢复展示"),
    "address.confirmed": N_("邮箱确认"),
    "mail.given_up": N_("邮件多次失败，已放弃"),
    "mail.bounced": N_("邮件被退回"),
    "mail.requeued": N_("邮件重新发送"),
    "account.invited": N_("邀请"),
    "account.joined": N_("加入"),
    "account.role_changed": N_("改变角色"),
    "account.password_set": N_("设定密码"),
    "account.signed_in": N_("登录"),
    "account.signed_out": N_("退出"),
    "account.disabled": N_("停用账号"),
    "account.enabled": N_("恢复账号"),
}
