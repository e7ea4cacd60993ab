"""The regimes as data: what each requires, does first, discloses and offers, and which clocks it starts."""

from dataclasses import dataclass
from enum import StrEnum

from tracker.domain import requirements as r
from tracker.domain.errors import N_
from tracker.domain.requirements import Requirement


class RegimeName(StrEnum):
    """The closed list of regimes."""

    US_DMCA = "us_dmca"
    NCII = "ncii"
    EU_DSA = "eu_dsa"
    CN_COPYRIGHT = "cn_copyright"
    CN_CIVIL = "cn_civil"
    CN_ENTERPRISE = "cn_enterprise"
    CN_PI = "cn_pi"
    CN_MINOR = "cn_minor"
    GDPR = "gdpr"
    UK_DEFAMATION = "uk_defamation"
    GENERAL = "general"
    ORDER = "order"


class FirstAction(StrEnum):
    """What a moderator does first with a valid notice, the least protective first."""

    ASSESS = "assess"
    ASK_PUBLISHER = "ask_publisher"
    WITHHOLD = "withhold"
    WITHHOLD_AT_ONCE = "withhold_at_once"


class Identity(StrEnum):
    """When the publisher learns who sent the notice; never e-mail or phone, but for a consent."""

    NEVER = "never"
    NAME = "name"
    NAME_FOR_WORKS = "name_for_works"  # DSA art. 17(3)(b): only if strictly necessary, which is typically IP
    BY_CONSENT = "by_consent"  # SI 2013/3028, reg. 2(e): name and e-mail, each by its own consent
    AUTHORITY = "authority"  # the name of the court or authority


class Side(StrEnum):
    """Who is told about redress."""

    NOTIFIER = "notifier"
    PUBLISHER = "publisher"


@dataclass(frozen=True)
class Disclosure:
    """What of a notice goes to the publisher: these answers, and who sent it."""

    answers: tuple[str, ...]
    identity: Identity


@dataclass(frozen=True)
class Regime:
    """A body of law as data. `clocks` are kinds of clock that start with a notice; `redress` is never empty."""

    name: RegimeName
    label: str
    source: str
    requires: tuple[Requirement, ...]
    first_action: FirstAction
    disclose: Disclosure
    redress: tuple[str, ...]
    clocks: tuple[str, ...]
    counter: tuple[Requirement, ...] = ()
    reply: tuple[Requirement, ...] = ()
    needs_identity: bool = False  # without a name the notice has no statutory effect, and is a general report


REVIEW = N_("请本站复核：在回执页提出，由另一位审核员处理。")
REVIEW_OF_PUBLISHER = N_("请本站复核：在案件页面的“申诉”里提出，由另一位审核员处理。")
SAID_ONCE: dict[str, str] = {
    "请本站复核：在回执页，或用通知处理结果的邮件里的链接提出，由另一位审核员处理。": REVIEW,
    "请本站复核：用本站邮件里的链接打开案件页面提出，由另一位审核员处理。": REVIEW_OF_PUBLISHER,
}
"""How older statements of reasons send to a review, and how it is said now: mail is not sent everywhere, and who reads that on
the page is there already."""
COUNTER = N_("提交反通知：说明内容为什么不构成侵权，我们会把它转给通知人。")
COURT = N_("向有管辖权的法院提起诉讼。")
US_COURT = N_("在美国，可以向联邦法院提起诉讼；对方故意作虚假陈述的，可以请求赔偿损失和费用（17 U.S.C. § 512(f)）。")
REVIEWS = frozenset({REVIEW, REVIEW_OF_PUBLISHER})
SETTLE = N_("把争议提交给经欧盟成员国认证的庭外争议解决机构。")

_NCAC = N_("向国家版权局或者地方著作权主管部门投诉（www.ncac.gov.cn）。")
_CN_AUTHORITY = N_("依法向有管辖权的主管部门投诉、举报。")
_12377 = N_("向违法和不良信息举报中心举报（12377，www.12377.cn）。")
_PI_AUTHORITY = N_("向履行个人信息保护职责的部门投诉、举报。")
_EU_AUTHORITY = N_("向您居住、工作或权利受侵害的成员国的数据保护机构投诉。")
_ORDER = N_("对命令本身不服的，按文书写明的途径向作出命令的法院或机关提出。")

_PLACE = ("addresses", "passage")
_SAID = (
    *_PLACE, "work_title", "work_description", "work_urls", "work_reg_no", "inaccurate_parts", "meaning", "source_url",
    "source_corrected_at", "enterprise_kind", "explanation", "legal_basis", "remedy", "evidence_urls",
)  # fmt: skip
_SWORN = (*_SAID, "stmt_good_faith", "stmt_accurate", "stmt_authority_perjury", "stmt_truth")
_ORDERED = (*_PLACE, "explanation", "legal_basis", "redress_info", "territory")

_F, _I, _N = FirstAction, Identity, RegimeName

REGIMES: dict[RegimeName, Regime] = {
    regime.name: regime
    for regime in (
        Regime(
            _N.US_DMCA, N_("美国《数字千年版权法》通知"), "17 U.S.C. § 512(c)(3)", r.US_DMCA, _F.WITHHOLD,
            Disclosure(_SWORN, _I.NAME), (US_COURT,), ("triage", "decide", "dmca_act"), counter=r.COUNTER_US,
            needs_identity=True,
        ),
        # the Acts bind hosts of others' content only: here we hold ourselves to their 48 hours
        Regime(
            _N.NCII, N_("私密影像快速通道"), "TAKE IT DOWN Act (Pub. L. 119-12)", r.NCII, _F.WITHHOLD_AT_ONCE,
            Disclosure(_PLACE, _I.NEVER), (COURT, _12377), ("triage", "ncii_48"),
        ),
        Regime(
            _N.EU_DSA, N_("欧盟《数字服务法》通知"), "Regulation (EU) 2022/2065, art. 16", r.EU_DSA, _F.ASSESS,
            Disclosure(_SAID, _I.NAME_FOR_WORKS), (COURT,), ("triage", "decide"),
        ),
        Regime(
            _N.CN_COPYRIGHT, N_("著作权侵权通知书"), N_("《信息网络传播权保护条例》第十四条"), r.CN_COPYRIGHT,
            _F.WITHHOLD, Disclosure(_SAID, _I.NAME), (COURT, _NCAC), ("triage", "decide", "cn_act"),
            counter=r.COUNTER_CN_COPYRIGHT, needs_identity=True,
        ),
        Regime(
            _N.CN_CIVIL, N_("民事权益侵权通知"), N_("《民法典》第一千一百九十五条"), r.CN_CIVIL, _F.ASSESS,
            Disclosure(_SAID, _I.NAME), (COURT, _CN_AUTHORITY, _12377), ("triage", "decide", "cn_act"),
            counter=r.COUNTER_CN_CIVIL, needs_identity=True,
        ),
        Regime(
            _N.CN_ENTERPRISE, N_("涉企侵权信息举报"), N_("《网站平台受理处置涉企网络侵权信息举报工作规范》第五条"),
            r.CN_ENTERPRISE, _F.ASSESS, Disclosure(_SAID, _I.NAME), (COURT, _CN_AUTHORITY, _12377),
            ("triage", "decide"), needs_identity=True,
        ),
        Regime(
            _N.CN_PI, N_("个人信息权利请求"), N_("《个人信息保护法》第四十四条至第五十条"), r.CN_PI, _F.ASSESS,
            Disclosure((*_PLACE, "data_right"), _I.NEVER), (COURT, _PI_AUTHORITY), ("triage", "cn_pi"),
            needs_identity=True,
        ),
        Regime(
            _N.CN_MINOR, N_("未成年人保护通道"), N_("《未成年人保护法》第七十八条"), r.CN_MINOR, _F.WITHHOLD_AT_ONCE,
            Disclosure(_PLACE, _I.NEVER), (COURT, _CN_AUTHORITY, _12377), ("triage", "decide", "cn_act"),
        ),
        Regime(
            _N.GDPR, N_("欧盟《通用数据保护条例》请求"), "Regulation (EU) 2016/679, art. 12", r.GDPR, _F.ASSESS,
            Disclosure((*_PLACE, "data_right"), _I.NEVER), (_EU_AUTHORITY, COURT), ("triage", "gdpr_reply"),
        ),
        Regime(
            _N.UK_DEFAMATION, N_("英国诽谤投诉"), "Defamation Act 2013, s. 5", r.UK_DEFAMATION, _F.ASK_PUBLISHER,
            Disclosure(_SAID, _I.BY_CONSENT), (COURT,), ("triage", "uk_first"), reply=r.REPLY_UK,
        ),
        Regime(
            _N.GENERAL, N_("一般举报"), N_("《网络信息内容生态治理规定》第十六条"), r.GENERAL, _F.ASSESS,
            Disclosure(_SAID, _I.NEVER), (COURT, _12377), ("triage", "decide"),
        ),
        Regime(
            _N.ORDER, N_("法院或主管机关的命令"), N_("命令所依据的法律"), r.ORDER, _F.WITHHOLD,
            Disclosure(_ORDERED, _I.AUTHORITY), (_ORDER, COURT), ("triage", "order_effect"),
        ),
    )
}  # fmt: skip
