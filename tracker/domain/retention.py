"""What is kept, what for, on what ground and until when: the form, the receipt, the privacy notice and the purge read this."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import cast

from tracker.domain.calendars import Months, Words
from tracker.domain.clocks import RULES, ClockKind
from tracker.domain.elements import ELEMENTS, Group
from tracker.domain.errors import N_
from tracker.domain.publisher_elements import COUNTER_ELEMENTS, REPLY_ELEMENTS

DRAFT_KEPT = timedelta(days=7)
IDENTITY_KEPT = timedelta(days=30)
"""A proof of identity goes once it was checked, and so long after it came at the latest."""

YEARS_KEPT = cast(Months, RULES[ClockKind.PURGE].length).n // 12
STANDING_KEPT = timedelta(days=365)
"""After a warning or a suspension has ended: as long as it may count (`standing.WINDOW`)."""


class Until(StrEnum):
    """When something goes."""

    SENT = "sent"  # a draft: with the notice it becomes, or when its time is over
    CHECKED = "checked"  # proof of identity: once checked, or when its time is over
    CLAIMS = "claims"  # when claims are time-barred, counted from the end of the last case
    LAPSED = "lapsed"  # a standing: when it can count no more
    WINDOW = "window"  # a count: with the window it counts in
    ALWAYS = "always"  # never: nobody is named by it


class Basis(StrEnum):
    """On what ground personal data are processed."""

    DUTY = "duty"
    CONSENT = "consent"
    CLAIMS = "claims"
    SECURITY = "security"


BASES: dict[Basis, str] = {
    Basis.DUTY: N_("履行法定义务：《个人信息保护法》第十三条第一款第三项；GDPR第6条第1款（c）项"),
    Basis.CONSENT: N_("单独同意：《个人信息保护法》第二十九条；GDPR第6条第1款（c）项或（f）项"),
    Basis.CLAIMS: N_("应对争议：《个人信息保护法》第十三条第一款第三项、第七项；GDPR第6条第1款（f）项"),
    Basis.SECURITY: N_("保障安全：《个人信息保护法》第十三条第一款第三项；GDPR第6条第1款（f）项"),
}

_ENDS: dict[Until, Words] = {
    Until.SENT: Words(N_("提交后即不再作为草稿保存；没有提交的，保存%(days)s天"), {"days": str(DRAFT_KEPT.days)}),
    Until.CHECKED: Words(N_("核对后即删除，最迟%(days)s天"), {"days": str(IDENTITY_KEPT.days)}),
    Until.CLAIMS: Words(N_("全部结案后%(years)s年（诉讼时效）"), {"years": str(YEARS_KEPT)}),
    Until.LAPSED: Words(N_("失效后%(days)s天"), {"days": str(STANDING_KEPT.days)}),
    Until.WINDOW: Words(N_("计数的时段结束为止，最长1天"), {}),
    Until.ALWAYS: Words(N_("长期；其中没有能认出个人的内容"), {}),
}


@dataclass(frozen=True)
class Holding:
    """One kind of data; `fields` are the elements whose answers or files belong to it."""

    name: str
    label: str
    purpose: str
    basis: Basis
    until: Until
    fields: tuple[str, ...] = ()

    @property
    def end(self) -> Words:
        """Return when it goes, in words."""
        return _ENDS[self.until]


_U, _B = Until, Basis

HOLDINGS: tuple[Holding, ...] = (
    Holding(
        "facts", N_("您的身份、国家或地区和几项选择"),
        N_("用来决定适用哪部法律、还要问什么、先办哪一份；也用于统计。"), _B.DUTY, _U.ALWAYS,
        ("notifier_type", "notifier_role", "country", "data_right", "enterprise_kind", "remedy", "minor_involved",
         "danger_to_life", "counter_in_us", "wants_removal"),
    ),
    Holding(
        "content", N_("文章地址、引用的原文和您的说明"), N_("用来找到内容，审理通知，说明理由。"), _B.DUTY, _U.CLAIMS,
        ("addresses", "passage", "passage_context", "explanation", "inaccurate_parts", "meaning", "work_title", "work_description",
         "work_urls", "work_reg_no", "work_published_on", "source_url", "source_corrected_at", "legal_basis", "prior_receipts",
         "redress_info", "territory"),
    ),
    Holding(
        "evidence", N_("证据文件和证据的网址"), N_("用来查明事实。"), _B.DUTY, _U.CLAIMS, ("files", "evidence_urls"),
    ),
    Holding(
        "names", N_("姓名、单位和您所代表的人"), N_("用来确认是谁提出的，有没有权利提出。"), _B.DUTY, _U.CLAIMS,
        ("notifier_name", "notifier_org", "org_id_no", "principal_name", "authority_name", "counter_name", "full_name"),
    ),
    Holding(
        "contact", N_("邮箱、电话和地址"), N_("用来把回执、问题和结果告诉您。"), _B.DUTY, _U.CLAIMS,
        ("email", "phone", "postal_address", "report_back_to", "counter_address", "counter_phone"),
    ),
    Holding(
        "consents", N_("您是否同意告诉对方您是谁"), N_("用来决定可以把您的什么告诉对方。"), _B.DUTY, _U.CLAIMS,
        ("share_name", "share_email", "share_consent"),
    ),
    Holding(
        "statements", N_("声明和签名"), N_("用来证明您作过这些声明。"), _B.CLAIMS, _U.CLAIMS,
        (*(name for name in ELEMENTS | COUNTER_ELEMENTS if name.startswith("stmt_")), "signature_name"),
    ),
    Holding(
        "identity", N_("身份证明和授权证明"), N_("只用来核对身份和授权，核对后删除，不会告诉对方。"), _B.CONSENT, _U.CHECKED,
        ("identity_files", "authority_files"),
    ),
    Holding("messages", N_("往来消息和补充的材料"), N_("用来审理通知，记录双方说过什么。"), _B.DUTY, _U.CLAIMS),
    Holding("mails", N_("我们发出的邮件，以及是否送达"), N_("用来证明我们告知过什么。"), _B.DUTY, _U.CLAIMS),
    Holding("redress", N_("答复、反通知和申诉"), N_("用来听取另一方的意见，复核决定。"), _B.DUTY, _U.CLAIMS),
    Holding("decisions", N_("决定中认定的事实和理由"), N_("用来向双方说明理由，接受复核。"), _B.DUTY, _U.CLAIMS),
    Holding("drafts", N_("没有提交的草稿"), N_("用来保留您填写的内容，关掉页面也不会丢失。"), _B.DUTY, _U.SENT),
    Holding("standing", N_("可信、警告和暂停受理的记录"), N_("用来防止滥用，依《数字服务法》第22条、第23条。"), _B.DUTY, _U.LAPSED),
    Holding("counts", N_("同一地址在一段时间里提交了几次"), N_("用来限制滥用；只存不能还原的校验值。"), _B.SECURITY, _U.WINDOW),
    Holding(
        "skeleton", N_("编号、类别、日期、处理结果和校验值"), N_("用来证明处理经过，计算公开的统计。"), _B.DUTY, _U.ALWAYS,
    ),
)  # fmt: skip

BY_FIELD: dict[str, Holding] = {field: holding for holding in HOLDINGS for field in holding.fields}
"""Under which holding an answer or a file comes, by the name of its element."""

KEPT_ANSWERS: frozenset[str] = frozenset(field for field, holding in BY_FIELD.items() if holding.until is Until.ALWAYS)
"""The answers that an erasure leaves: choices from a list, by which nobody is known."""

IDENTITY: tuple[str, ...] = tuple(field for field, holding in BY_FIELD.items() if holding.until is Until.CHECKED)
"""What proves who somebody is (个人信息保护法 6, 29)."""

_OF_COUNTER = {
    "counter_address": N_("法律要求反通知写明，用来确定由哪里的法院管辖。"),
    "counter_phone": N_("法律要求反通知写明，让别人能找到提交的人。"),
    "counter_in_us": N_("用来确定由哪里的法院管辖。"),
}
"""What a counter-notice asks for other reasons than a notice asks the like: it is passed on, and leads to a court."""


def purpose(field: str) -> str:
    """Return why a form asks for something personal; nothing where the question itself says it."""
    element = ELEMENTS.get(field) or COUNTER_ELEMENTS.get(field) or REPLY_ELEMENTS.get(field)
    return _OF_COUNTER.get(field) or BY_FIELD[field].purpose if element and element.group is Group.WHO else ""
