"""Words for what stands in the tables as codes: states of items, sources, actors and kinds of the trail."""

from tracker.domain.effects import PROOF_LABELS as PROOF_LABELS  # templates find all words here
from tracker.domain.elements import ELEMENTS, Kind
from tracker.domain.errors import N_
from tracker.domain.lifecycle import ItemState, Source
from tracker.domain.passages import Anchor
from tracker.domain.regimes import Completeness
from tracker.domain.threads import Party

ITEM_STATES: dict[ItemState, str] = {
    ItemState.OPEN: N_("等待处理"),
    ItemState.NEEDS_INFO: N_("等待通知人补充"),
    ItemState.ANSWERED: N_("已答复"),
    ItemState.CLOSED: N_("已终止"),
}

LANGUAGES: dict[str, str] = {"zh-Hans": N_("中文"), "en": N_("英文")}
"""The languages in which articles are written."""

SOURCES: dict[Source, str] = {
    Source.NOTICE: N_("收到的通知"),
    Source.ORDER: N_("法院或主管机关的命令"),
    Source.OWN_INITIATIVE: N_("本站主动审查"),
}

COMPLETENESS: dict[Completeness, str] = {
    Completeness.VALID: N_("完整"),
    Completeness.CURABLE: N_("有欠缺，可以补正"),
    Completeness.VOID: N_("欠缺必备内容，不构成这部法律上的通知"),
}

ANCHORS: dict[Anchor, str] = {
    Anchor.FOUND: N_("在原处"),
    Anchor.MOVED: N_("文件改过，措施落在改动后的位置，请核对"),
    Anchor.LOST: N_("现在的文件里没有；再出现时立即照办"),
}

PARTIES: dict[Party, str] = {Party.NOTIFIER: N_("通知人"), Party.PUBLISHER: N_("发布者"), Party.STAFF: N_("本站")}

PURPOSES = {name: element.label for name, element in ELEMENTS.items() if element.kind is Kind.FILES}

ACTORS = {"notifier": N_("通知人"), "publisher": N_("发布者"), "system": N_("系统")}

KINDS = {
    "article.published": N_("发布文章"),
    "article.revised": N_("修订文章"),
    "article.file_gone": N_("文章文件删除"),
    "article.moved": N_("文章换了地址"),
    "notice.submitted": N_("收到通知"),
    "case.opened": N_("立案"),
    "case.joined": N_("又有通知并入"),
    "case.raised": N_("改为紧急：有通知涉及未成年人或生命危险"),
    "case.assessed": N_("记下初步判断"),
    "case.regimes_set": N_("改变适用的法律"),
    "case.repeat_found": N_("确认是否为重复的英国投诉"),
    "case.claimed": N_("开始审核"),
    "case.taken_over": N_("从同事那里接手"),
    "case.handed_over": N_("交给同事"),
    "case.released": N_("放回队列"),
    "case.routed": N_("按规则分派"),
    "case.merged": N_("并入另一案件"),
    "case.unmerged": N_("撤销合并"),
    "case.split": N_("分出通知"),
    "case.gathered": N_("从另一案件移来通知"),
    "case.recategorised": N_("改变类别"),
    "weights.saved": N_("改变紧急程度的权重"),
    "routes.saved": N_("改变分派规则"),
    "case.info_asked": N_("请通知人补充"),
    "case.supplemented": N_("通知人补充了材料"),
    "case.info_lapsed": N_("通知人没有按时补充"),
    "case.info_waived": N_("通知人没有回答，按已有的材料继续"),
    "case.rejected": N_("不予受理"),
    "case.withdrawn": N_("通知人撤回"),
    "case.publisher_asked": N_("转送发布者"),
    "case.publisher_replied": N_("发布者答复"),
    "case.reply_lapsed": N_("发布者没有按时答复"),
    "case.extended": N_("延长答复期限"),
    "case.interim": N_("审核期间暂停展示"),
    "case.decided": N_("作出决定"),
    "case.restored": N_("恢复展示"),
    "case.undone": N_("撤销决定"),
    "case.ordered": N_("收到命令，立案"),
    "case.own_initiative": N_("主动审查，立案"),
    "measure.lost": N_("措施所指的原文不在原处"),
    "measure.found": N_("措施所指的原文又在原处"),
    "effect.failed": N_("效果核对没有通过"),
    "case.countered": N_("收到反通知"),
    "case.proof_confirmed": N_("确认已起诉或投诉"),
    "case.ruled": N_("登记裁判或处理结果"),
    "case.counter_ended": N_("反通知处理完毕，措施此前已经结束"),
    "case.appealed": N_("提出申诉"),
    "case.appeal_ruled": N_("申诉处理完毕"),
    "case.lapsed": N_("申诉期满，结案"),
    "case.reopened": N_("重新开案"),
    "case.written": N_("写信给一方"),
    "proposal.made": N_("提出决定，等待第二个人"),
    "proposal.approved": N_("批准同事提出的决定"),
    "proposal.returned": N_("退回同事提出的决定"),
    "proposal.withdrawn": N_("收回提出的决定"),
    "proposal.lapsed": N_("没有人批准，先采取暂时措施"),
    "claim.added": N_("拆出一项主张"),
    "claim.changed": N_("修改一项主张"),
    "claim.merged": N_("合并两项主张"),
    "claim.answered": N_("答复主张"),
    "draft.taken_over": N_("接手同事的草稿"),
    "opinion.asked": N_("请同事给意见"),
    "opinion.given": N_("同事给出意见"),
    "clock.expired": N_("期限已过"),
    "case.kept": N_("法律保全设定或解除"),
    "clock.paused": N_("期限暂停"),
    "clock.resumed": N_("期限继续"),
    "case.reply_false": N_("登记发布者的答复明显虚假"),
    "case.reply_passed_on": N_("把发布者的答复转告投诉人"),
    "case.dispute_opened": N_("提交庭外争议解决"),
    "case.public_notice": N_("公告通知的内容"),
    "counter.reached": N_("反通知送达通知人"),
    "counter.proof_came": N_("收到起诉或投诉的证明，恢复停下"),
    "counter.proof_refused": N_("证明不成立，期限继续"),
    "mail.reached": N_("用邮件以外的方式送达"),
    "standing.set": N_("改变信誉状态"),
    "notice.contact_corrected": N_("通知人更正联系方式"),
    "notice.erased": N_("删除通知里的个人信息"),
    "notice.erasure_requested": N_("应请求删除个人信息"),
    "case.recipient_told": N_("告知接收过内容的人"),
    "case.authority_told": N_("向主管机关报告"),
    "identity.erased": N_("删除身份证明"),
    "address.confirmed": N_("邮箱确认"),
    "mail.given_up": N_("邮件多次失败，已放弃"),
    "mail.bounced": N_("邮件被退回"),
    "mail.requeued": N_("邮件重新发送"),
    "settings.changed": N_("改变设置"),
    "switch.set": N_("开启或关闭总开关"),
    "clause.changed": N_("规则条款改动"),
    "clause.ended": N_("规则条款废止"),
    "clause.reviewed": N_("规则改动后复查案件"),
    "canned.changed": N_("改动常用语"),
    "canned.retired": N_("停用常用语"),
    "audit.check_asked": N_("要求核对记录"),
    "audit.checked": N_("核对记录"),
    "sample.drawn": N_("抽中复读"),
    "sample.read": N_("复读案件"),
    "account.invited": N_("邀请"),
    "account.uninvited": N_("收回邀请"),
    "account.joined": N_("加入"),
    "account.role_changed": N_("改变角色"),
    "account.password_set": N_("设定密码"),
    "account.signed_in": N_("登录"),
    "account.signed_out": N_("退出"),
    "account.disabled": N_("停用账号"),
    "account.enabled": N_("恢复账号"),
    "account.renamed": N_("改名"),
    "account.keys_set": N_("改快捷键"),
    "account.password_given": N_("密码正确，等待第二步验证"),
    "account.factor_added": N_("添加两步验证"),
    "account.factor_removed": N_("移除两步验证"),
    "account.factors_reset": N_("清除两步验证"),
    "account.codes_made": N_("生成恢复码"),
    "account.code_used": N_("使用恢复码"),
    "account.sessions_ended": N_("结束登录"),
    "recusal.set": N_("登记回避"),
    "recusal.lifted": N_("解除回避"),
    "identity.disclosed": N_("查看身份证明"),
    "handle.resolved": N_("查询审核员代号"),
}
