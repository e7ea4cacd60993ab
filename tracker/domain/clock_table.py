"""The running time limits of a case, as data: what is due, how binding it is and by which provision, how long, what stops it."""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from tracker.domain.calendars import NOON, BusinessDays, CalendarDays, Hours, Length, Months, SkippingHours
from tracker.domain.errors import N_
from tracker.domain.lifecycle import Event


class ClockKind(StrEnum):
    """Which limit is running."""

    ACK = "ack"
    TRIAGE = "triage"
    DECIDE = "decide"
    INFO_WAIT = "info_wait"
    REPLY_WAIT = "reply_wait"
    INTERIM = "interim"
    APPROVAL = "approval"
    UK_FIRST = "uk_first"
    UK_POSTER = "uk_poster"
    UK_AFTER = "uk_after"
    NCII_48 = "ncii_48"
    DMCA_ACT = "dmca_act"
    DMCA_FWD = "dmca_fwd"
    US_RESTORE = "us_restore"
    CN_ACT = "cn_act"
    CN_REASONABLE = "cn_reasonable"
    CN_PI = "cn_pi"
    GDPR_REPLY = "gdpr_reply"
    GDPR_EXTENDED = "gdpr_extended"
    APPEAL_WINDOW = "appeal_window"
    APPEAL_DECIDE = "appeal_decide"
    ODS = "ods"
    ORDER_EFFECT = "order_effect"
    PROOF_CHECK = "proof_check"
    HOLD_REVIEW = "hold_review"
    DELIVER = "deliver"
    PURGE = "purge"


class Nature(StrEnum):
    """How binding a limit is."""

    LEGAL = "legal"  # the law gives the number
    QUALITATIVE = "qualitative"  # the law says promptly, the number is ours
    TARGET = "target"  # ours alone

    @property
    def label(self) -> str:
        """Return the words shown beside a limit."""
        return _NATURES[self]


_NATURES = {
    Nature.LEGAL: N_("法定期限"),
    Nature.QUALITATIVE: N_("法律要求及时，本站目标"),
    Nature.TARGET: N_("本站目标"),
}


@dataclass(frozen=True)
class Rule:
    """One limit: what is due, how binding, by which provision, how long, in which of `Calendars`, what stops it.

    `urgent` replaces the length in the urgent lanes, `trusted` for a trusted flagger; `expires` is the event the worker fires
    when it passes (without one it escalates only); `warn` says how long before that staff are reminded, of what the law does not
    set never in the first half; `is_kept` that no reason of ours lets it wait: who is told, who looks over a decision, what is erased.
    """

    label: str
    nature: Nature
    source: str
    length: Length
    calendar: str
    stops: frozenset[Event] = frozenset()
    expires: Event | None = None
    warn: tuple[timedelta, ...] = ()
    urgent: Length | None = None
    trusted: Length | None = None
    is_kept: bool = False

    @property
    def may_pause(self) -> bool:
        """Say whether staff may let it stand still: what the law counts, only the law stops."""
        return self.nature is not Nature.LEGAL and not self.is_kept


_K, _E = ClockKind, Event
_LEGAL, _PROMPT, _OURS = Nature.LEGAL, Nature.QUALITATIVE, Nature.TARGET
_DECIDED = frozenset({_E.DECIDE, _E.GIVE_EFFECT})
_REMOVED = _DECIDED | {_E.WITHHOLD_INTERIM}
_TRIAGED = frozenset({_E.ACCEPT, _E.ASK_INFO, _E.REJECT})
_ANSWERED = _REMOVED | {_E.ASK_PUBLISHER, _E.REJECT}
_RESTORED = frozenset({_E.RESTORE, _E.RESTORE_NOW, _E.PROOF})
_A_DAY, _A_WEEK = timedelta(days=1), timedelta(days=7)


def _before(*hours: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(hours=n) for n in hours)


RULES: dict[ClockKind, Rule] = {
    _K.ACK: Rule(
        N_("确认收到通知"), _PROMPT, N_("欧盟《数字服务法》第16条第4款"), Hours(24), "site", is_kept=True,
    ),
    _K.TRIAGE: Rule(
        N_("开始审核"), _OURS, N_("本站规则"), Hours(24), "site", _TRIAGED, urgent=Hours(4),
    ),
    _K.DECIDE: Rule(
        N_("作出决定"), _PROMPT, N_("欧盟《数字服务法》第16条第6款"), CalendarDays(7), "site",
        _DECIDED, warn=(_A_DAY,), urgent=Hours(24), trusted=Hours(24),
    ),
    _K.INFO_WAIT: Rule(
        N_("通知人补充材料"), _OURS, N_("本站规则"), CalendarDays(7), "site",
        frozenset({_E.SUPPLEMENT, _E.INFO_WAIVED}) | _DECIDED, _E.INFO_LAPSED,
    ),
    _K.REPLY_WAIT: Rule(
        N_("发布者答复"), _OURS, N_("本站规则"), CalendarDays(5), "site", frozenset({_E.REPLY}) | _DECIDED,
        _E.NO_REPLY,
    ),
    _K.INTERIM: Rule(
        N_("对暂时停止展示的内容作出决定"), _OURS, N_("本站规则"), CalendarDays(7), "site",
        _DECIDED, warn=(_A_DAY,),
    ),
    _K.APPROVAL: Rule(
        N_("第二个人批准"), _OURS, N_("本站规则"), Hours(24), "site",
        _DECIDED | {_E.REVERSE}, _E.WITHHOLD_INTERIM, _before(3), Hours(4), is_kept=True,
    ),
    _K.UK_FIRST: Rule(
        N_("转告发布者或停止展示，并确认收到"), _LEGAL, N_("英国《2013年诽谤（网站运营者）条例》第4条及附表"),
        SkippingHours(48), "england", _ANSWERED, warn=_before(12),
    ),
    _K.UK_POSTER: Rule(
        N_("发布者答复"), _LEGAL, N_("英国《2013年诽谤（网站运营者）条例》附表"), CalendarDays(5), "england",
        frozenset({_E.REPLY}) | _DECIDED, _E.NO_REPLY,
    ),
    _K.UK_AFTER: Rule(
        N_("停止展示，或把发布者的答复告知通知人"), _LEGAL, N_("英国《2013年诽谤（网站运营者）条例》附表"),
        SkippingHours(48), "england", _DECIDED, warn=_before(12),
    ),
    _K.NCII_48: Rule(
        N_("停止展示私密影像"), _LEGAL, N_("美国《TAKE IT DOWN法》；英国《2023年在线安全法》第10条第(3A)款"), Hours(48), "site",
        _REMOVED, warn=_before(36, 24, 12),
    ),
    _K.DMCA_ACT: Rule(
        N_("停止展示被指侵权的内容"), _PROMPT, N_("《美国法典》第17编第512条(c)(1)(C)"), BusinessDays(1), "us", _REMOVED,
    ),
    _K.DMCA_FWD: Rule(
        N_("把反通知转给通知人"), _PROMPT, N_("《美国法典》第17编第512条(g)(2)(B)"), CalendarDays(0), "us",
    ),
    _K.US_RESTORE: Rule(
        N_("恢复展示，除非收到起诉证明"), _LEGAL, N_("《美国法典》第17编第512条(g)(2)(C)"), BusinessDays(12, NOON), "us",
        _RESTORED, _E.RESTORE, (_A_DAY,),
    ),
    _K.CN_ACT: Rule(
        N_("采取必要措施并转送通知"), _PROMPT, N_("《民法典》第1195条；《信息网络传播权保护条例》第15条"), Hours(24), "china",
        _REMOVED,
    ),
    _K.CN_REASONABLE: Rule(
        N_("终止措施，除非收到投诉或者起诉的证明"), _PROMPT, N_("《民法典》第1196条第2款"), CalendarDays(15), "china",
        _RESTORED, _E.RESTORE, (_A_DAY,),
    ),
    _K.CN_PI: Rule(
        N_("答复个人信息请求"), _OURS, N_("《个人信息保护法》第50条"), BusinessDays(15), "china",
        _DECIDED, warn=(_A_DAY,),
    ),
    _K.GDPR_REPLY: Rule(
        N_("答复个人数据请求，或说明为何延期"), _LEGAL, N_("欧盟《通用数据保护条例》第12条第3款、第4款"), Months(1), "eu",
        _DECIDED | {_E.EXTEND}, warn=(_A_WEEK,),
    ),
    _K.GDPR_EXTENDED: Rule(  # from receipt as well: one month and two
        N_("答复个人数据请求（已延期）"), _LEGAL, N_("欧盟《通用数据保护条例》第12条第3款"), Months(3), "eu",
        _DECIDED, warn=(_A_WEEK,),
    ),
    _K.APPEAL_WINDOW: Rule(
        N_("提出申诉"), _LEGAL, N_("欧盟《数字服务法》第20条第1款"), Months(6), "eu", expires=_E.LAPSE,
    ),
    _K.APPEAL_DECIDE: Rule(
        N_("对申诉作出决定"), _PROMPT, N_("欧盟《数字服务法》第20条第4款"), CalendarDays(14), "site",
        frozenset({_E.RULE}), warn=(_A_DAY,),
    ),
    _K.ODS: Rule(  # the body's clock: we only record it
        N_("庭外争议解决机构作出决定"), _LEGAL, N_("欧盟《数字服务法》第21条第4款"), CalendarDays(90), "eu",
        frozenset({_E.RULING}), warn=(_A_WEEK,),
    ),
    _K.ORDER_EFFECT: Rule(
        N_("执行命令"), _PROMPT, N_("欧盟《数字服务法》第9条、第10条"), Hours(24), "site",
        _DECIDED, warn=_before(12),  # one that came over the web is decided as a notice
    ),
    _K.PROOF_CHECK: Rule(  # while it runs, what would bring the article back is held
        N_("核对起诉或投诉的证明"), _OURS, N_("本站规则"), Hours(24), "site", frozenset({_E.PROOF}),
    ),
    _K.HOLD_REVIEW: Rule(  # comes again for as long as the hold lasts
        N_("复查是否仍要等待法院或主管机关"), _OURS, N_("本站规则"), CalendarDays(90), "site", frozenset({_E.RULING}),
    ),
    _K.DELIVER: Rule(
        N_("邮件没有送达，改用其他方式"), _OURS, N_("本站规则"), CalendarDays(2), "site",
    ),
    _K.PURGE: Rule(
        N_("删除个人信息"), _OURS, N_("《民法典》第188条（三年诉讼时效）"), Months(36), "site", frozenset({_E.REOPEN}), is_kept=True,
    ),
}  # fmt: skip
"""Every limit of the law and of the house. Closing a case stops all that run on it, and starts the purge."""

_HOUSE = N_("本站规则")

ELSEWHERE: dict[ClockKind, Rule] = {
    _K.ACK: replace(RULES[_K.ACK], nature=_OURS, source=_HOUSE),
    _K.DECIDE: replace(RULES[_K.DECIDE], source=N_("《网络信息内容生态治理规定》第16条")),  # promptly there as well
    _K.APPEAL_WINDOW: replace(
        RULES[_K.APPEAL_WINDOW], nature=_OURS, source=_HOUSE, calendar="site", is_kept=True,
    ),
    _K.APPEAL_DECIDE: replace(RULES[_K.APPEAL_DECIDE], nature=_OURS, source=_HOUSE),
    _K.ORDER_EFFECT: replace(RULES[_K.ORDER_EFFECT], source=N_("命令所依据的法律")),
}  # fmt: skip
"""What the limits of the DSA are on a site that is not aimed at the EU, which being readable there does not bring under it
(art. 3(d), (e); recital 8): as long, but the house's own, or another law's, and in the site's time."""


def rule_of(kind: ClockKind, *, targets_eu: bool = False) -> Rule:
    """Return the rule of a limit on a site that is aimed at the EU, or on one that is not."""
    return RULES[kind] if targets_eu else ELSEWHERE.get(kind, RULES[kind])


OURS = frozenset(kind for kind, rule in RULES.items() if rule.expires is None) - {_K.ACK, _K.PURGE, _K.ODS}
"""The limits that we have to keep: of all others, something follows by itself."""

EVERY_CASE = (ClockKind.TRIAGE, ClockKind.DECIDE)
"""The limits that run from receipt whatever the regime."""
