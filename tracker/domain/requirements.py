"""What each regime requires of a notice, a counter-notice and a reply: the element, its words, its cure, its provision.

`files`, `identity_files` and `authority_files` stand for evidence of that purpose; the rest are names of elements.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.domain.elements import FOR_OTHERS, Condition, holds
from tracker.domain.errors import N_


@dataclass(frozen=True)
class Requirement:
    """One thing a regime requires: any of the named elements. Missing and essential: void; missing else: curable.

    With `categories`, it is required of notices of those alone.
    """

    any_of: tuple[str, ...]
    label: str
    cure: str
    source: str
    is_essential: bool = False
    when: Condition | None = None
    categories: tuple[str, ...] = ()

    def concerns(self, answers: Mapping[str, str], category: str = "") -> bool:
        """Say whether it is required of a notice of this category with these answers."""
        return holds(self.when, answers, otherwise=True) and (not self.categories or category in self.categories)


_DMCA = "17 U.S.C. § 512(c)(3)(A)"
_COUNTER_US = "17 U.S.C. § 512(g)(3)"
_DSA = "Regulation (EU) 2022/2065, art. 16(2)"
_DSA_ORDER = "Regulation (EU) 2022/2065, art. 9(2)"
_UK = "Defamation Act 2013, s. 5(6)"
_UK_REGS = "SI 2013/3028, reg. 2"
_UK_REPLY = "SI 2013/3028, Schedule"
_TAKE_IT_DOWN = "TAKE IT DOWN Act (Pub. L. 119-12)"
_GDPR = "Regulation (EU) 2016/679, arts. 16, 17, 21"
_NET_14 = N_("《信息网络传播权保护条例》第十四条")
_NET_16 = N_("《信息网络传播权保护条例》第十六条")
_CIVIL_1195 = N_("《民法典》第一千一百九十五条")
_CIVIL_1028 = N_("《民法典》第一千零二十八条")
_SOURCES_9 = N_("《最高人民法院关于审理利用信息网络侵害人身权益民事纠纷案件适用法律若干问题的规定》第九条")
_CIVIL_1196 = N_("《民法典》第一千一百九十六条")
_ENTERPRISE = N_("《网站平台受理处置涉企网络侵权信息举报工作规范》第五条")
_PI = N_("《个人信息保护法》第四十四条至第四十七条")
_PI_ASKS = N_("《个人信息保护法》第五十条")
_MINORS = N_("《未成年人网络保护条例》第三十四条")
OUR_RULES = N_("本站规则")

_PROOF = ("files", "evidence_urls")
_BY_AGENT: Condition = ("notifier_role", frozenset({"authorised_agent"}))

_ADD_PROOF = N_("上传证据文件，或给出证据的网址。")
_WRITE_NAME = N_("写上真实姓名或单位全称。")
_WRITE_CONTACT = N_("写上邮箱或电话。")
_TICK_TRUTH = N_("勾选保证内容真实的声明。")


def _where(source: str) -> Requirement:
    return Requirement(
        ("addresses",), N_("内容在哪里"), N_("给出本站文章的地址，每行一个。"), source, is_essential=True
    )


def _explained(source: str, *, is_essential: bool = False) -> Requirement:
    cure = N_("写明哪里有问题、为什么，至少20个字。")
    return Requirement(("explanation",), N_("情况和理由"), cure, source, is_essential=is_essential)


def _truth(source: str, *names: str) -> Requirement:
    return Requirement((*names, "stmt_truth"), N_("保证内容真实的声明"), _TICK_TRUTH, source)


def _authorised(source: str) -> Requirement:
    cure = N_("上传授权委托书；监护人、近亲属上传能证明关系的文件。")
    return Requirement(("authority_files",), N_("授权证明"), cure, source, when=FOR_OTHERS)


US_DMCA = (
    Requirement(("signature_name",), N_("签名"), N_("输入您的全名，作为电子签名。"), f"{_DMCA}(i)"),
    Requirement(
        ("work_title", "work_description", "work_urls"), N_("是哪件作品"),
        N_("写出作品名称，或描述它，或给出它的网址。"), f"{_DMCA}(ii)", is_essential=True,
    ),
    _where(f"{_DMCA}(iii)"),
    Requirement(
        ("email", "phone", "postal_address"), N_("怎样联系您"), N_("写上邮箱、电话或通信地址。"), f"{_DMCA}(iv)",
        is_essential=True,
    ),
    Requirement(
        ("stmt_good_faith",), N_("使用未经许可的善意声明"), N_("考虑过合理使用之后，勾选这项声明。"), f"{_DMCA}(v)",
    ),
    _truth(f"{_DMCA}(vi)", "stmt_accurate"),
    Requirement(
        ("stmt_authority_perjury",), N_("有权提出通知的声明"), N_("勾选这项声明；它有伪证责任。"), f"{_DMCA}(vi)",
    ),
)  # fmt: skip

NCII = (
    Requirement(("signature_name",), N_("签名"), N_("输入您的全名，作为电子签名。"), _TAKE_IT_DOWN),
    _where(_TAKE_IT_DOWN),
    Requirement(("stmt_no_consent",), N_("未经同意而公开的声明"), N_("勾选未经同意而公开的声明。"), _TAKE_IT_DOWN),
    Requirement(("email", "phone"), N_("怎样联系您"), _WRITE_CONTACT, _TAKE_IT_DOWN),
)

EU_DSA = (
    _explained(f"{_DSA}(a)", is_essential=True),
    _where(f"{_DSA}(b)"),
    _truth(f"{_DSA}(d)", "stmt_bona_fide_complete"),
)

CN_COPYRIGHT = (
    Requirement(("notifier_name", "principal_name"), N_("权利人的姓名或名称"), _WRITE_NAME, _NET_14, is_essential=True),
    Requirement(("phone", "email"), N_("权利人的联系方式"), _WRITE_CONTACT, _NET_14),
    Requirement(("postal_address",), N_("权利人的地址"), N_("写上通信地址。"), _NET_14),
    Requirement(("work_title",), N_("作品的名称"), N_("写出作品名称。"), _NET_14),
    _where(_NET_14),
    Requirement(_PROOF, N_("构成侵权的初步证明材料"), _ADD_PROOF, _NET_14),
    _truth(_NET_14),
    Requirement(("authority_files",), N_("授权证明"), N_("上传授权委托书。"), _NET_14, when=_BY_AGENT),
)

CN_CIVIL = (
    _where(_CIVIL_1195),
    Requirement(
        ("explanation", *_PROOF), N_("构成侵权的初步证据"), N_("写明理由，并尽可能附上证据。"), _CIVIL_1195,
        is_essential=True,
    ),
    Requirement(("notifier_name", "notifier_org"), N_("权利人的姓名或名称"), _WRITE_NAME, _CIVIL_1195),
    Requirement(
        ("identity_files", "org_id_no"), N_("权利人的真实身份"),
        N_("单位填写统一社会信用代码或上传营业执照；个人上传身份证明，遮盖用不到的号码。"), _CIVIL_1195,
    ),
    Requirement(
        ("inaccurate_parts",), N_("哪些内容失实"), N_("逐一指出，并写明实际情况。"), _CIVIL_1028, categories=("inaccurate",),
    ),
    Requirement(_PROOF, N_("内容失实的证据"), _ADD_PROOF, _CIVIL_1028, categories=("inaccurate",)),
    Requirement(
        ("source_url",), N_("官方更正的网址"), N_("给出发布更正的官方网页。"), _SOURCES_9, categories=("source_corrected",),
    ),
    Requirement(
        ("source_corrected_at",), N_("官方更正的日期"), N_("写上官方更正的那一天。"), _SOURCES_9,
        categories=("source_corrected",),
    ),
)  # fmt: skip

CN_ENTERPRISE = (
    _explained(_ENTERPRISE),
    Requirement(
        ("org_id_no", "identity_files"), N_("主体资格证明"),
        N_("填写统一社会信用代码，或上传营业执照、企业家的身份证明。"), _ENTERPRISE,
    ),
    Requirement(("identity_files",), N_("代理人的身份证明"), N_("上传代理人的身份证明。"), _ENTERPRISE, when=_BY_AGENT),
    Requirement(("authority_files",), N_("授权委托书"), N_("上传授权委托书。"), _ENTERPRISE, when=_BY_AGENT),
    Requirement(("notifier_name",), N_("举报人的姓名"), _WRITE_NAME, _ENTERPRISE),
    Requirement(("phone", "email"), N_("举报人的联系方式"), _WRITE_CONTACT, _ENTERPRISE),
    _where(_ENTERPRISE),
    Requirement(_PROOF, N_("初步证据"), _ADD_PROOF, _ENTERPRISE),
    _truth(_ENTERPRISE),
)  # fmt: skip

CN_PI = (
    Requirement(("data_right",), N_("行使哪项权利"), N_("选择删除、更正、查阅等其中一项。"), _PI),
    Requirement(("notifier_name",), N_("您是谁"), _WRITE_NAME, _PI_ASKS),
    Requirement(("notifier_role",), N_("您与信息主体的关系"), N_("选择是本人、监护人、近亲属还是代理人。"), _PI_ASKS),
    _where(_PI),
    _authorised(_PI_ASKS),
)

CN_MINOR = (
    _where(_MINORS),
    Requirement(("explanation", "passage"), N_("哪些内容、什么情况"), N_("写明情况，或粘贴涉及的原文。"), _MINORS),
)

GDPR = (
    Requirement(("data_right",), N_("行使哪项权利"), N_("选择删除、更正、查阅等其中一项。"), _GDPR),
    _where(_GDPR),
    Requirement(("email", "phone", "postal_address"), N_("怎样联系您"), _WRITE_CONTACT, "Regulation (EU) 2016/679, art. 12(3)"),
)  # fmt: skip

UK_DEFAMATION = (
    Requirement(("notifier_name",), N_("投诉人的姓名"), _WRITE_NAME, f"{_UK}(a)"),
    Requirement(("email",), N_("投诉人的邮箱"), N_("写上邮箱。"), f"{_UK_REGS}(a)"),
    Requirement(("passage",), N_("是哪段话"), N_("粘贴您投诉的那段原文。"), f"{_UK}(b)"),
    Requirement(("meaning",), N_("这些话是什么意思、为什么损害名誉"), N_("写明普通读者会怎样理解这些话。"), f"{_UK_REGS}(b)"),
    _where(f"{_UK}(c)"),
    Requirement(
        ("inaccurate_parts",), N_("哪些事实不实、哪些评价没有依据"), N_("逐一指出，并写明实际情况。"), f"{_UK_REGS}(c)",
    ),
    Requirement(
        ("stmt_no_poster_info",), N_("无法直接起诉发布者的声明"), N_("确实不知道发布者是谁的，勾选这项声明。"), f"{_UK_REGS}(d)",
    ),
    Requirement(("share_name",), N_("是否同意告知姓名"), N_("选择同意或不同意。"), f"{_UK_REGS}(e)"),
    Requirement(("share_email",), N_("是否同意告知邮箱"), N_("选择同意或不同意。"), f"{_UK_REGS}(e)"),
)  # fmt: skip

GENERAL = (_where(OUR_RULES), _explained(OUR_RULES))

ORDER = (
    Requirement(
        ("authority_name",),
        N_("作出命令的法院或机关"),
        N_("写上法院或机关的全称和文号。"),
        _DSA_ORDER,
        is_essential=True,
    ),
    _where(_DSA_ORDER),
    Requirement(("legal_basis",), N_("法律依据"), N_("写上命令依据的法律和条款。"), _DSA_ORDER),
    _explained(_DSA_ORDER),
    Requirement(("files",), N_("文书副本"), N_("上传判决、裁定或命令的副本。"), OUR_RULES),
)

COUNTER_US = (
    Requirement(("signature_name",), N_("签名"), N_("输入您的全名，作为电子签名。"), f"{_COUNTER_US}(A)"),
    _where(f"{_COUNTER_US}(B)"),
    Requirement(
        ("stmt_mistake_perjury",), N_("错误移除的声明"), N_("勾选这项声明；它有伪证责任。"), f"{_COUNTER_US}(C)",
    ),
    Requirement(("counter_name",), N_("您的姓名或名称"), _WRITE_NAME, f"{_COUNTER_US}(D)"),
    Requirement(("counter_address",), N_("您的地址"), N_("写上通信地址。"), f"{_COUNTER_US}(D)"),
    Requirement(("counter_phone",), N_("您的电话"), N_("写上电话号码。"), f"{_COUNTER_US}(D)"),
    Requirement(
        ("stmt_jurisdiction", "stmt_jurisdiction_abroad"), N_("同意美国法院管辖的声明"), N_("勾选适合您地址的那一项声明。"),
        f"{_COUNTER_US}(D)",
    ),
    Requirement(("stmt_accept_service",), N_("同意接收法律文书的声明"), N_("勾选这项声明。"), f"{_COUNTER_US}(D)"),
)  # fmt: skip

_NOT_INFRINGING = ("explanation", *_PROOF)

COUNTER_CN_COPYRIGHT = (
    Requirement(("counter_name",), N_("您的姓名或名称"), _WRITE_NAME, _NET_16),
    Requirement(("counter_phone", "counter_address"), N_("您的联系方式"), N_("写上电话或通信地址。"), _NET_16),
    Requirement(("counter_address",), N_("您的地址"), N_("写上通信地址。"), _NET_16),
    _where(_NET_16),
    Requirement(_NOT_INFRINGING, N_("不构成侵权的初步证明材料"), N_("写明理由，并尽可能附上证据。"), _NET_16),
    _truth(_NET_16),
)

COUNTER_CN_CIVIL = (
    Requirement(("counter_name",), N_("您的姓名或名称"), _WRITE_NAME, _CIVIL_1196),
    Requirement(
        ("identity_files", "org_id_no"), N_("您的真实身份"), N_("填写统一社会信用代码，或上传身份证明。"), _CIVIL_1196
    ),
    _where(_CIVIL_1196),
    Requirement(_NOT_INFRINGING, N_("不构成侵权的初步证据"), N_("写明理由，并尽可能附上证据。"), _CIVIL_1196),
)

_REFUSES: Condition = ("wants_removal", frozenset({"no"}))

REPLY_UK = (
    Requirement(("wants_removal",), N_("是否同意删除"), N_("选择同意或不同意。"), _UK_REPLY),
    Requirement(("full_name",), N_("您的全名"), _WRITE_NAME, _UK_REPLY, when=_REFUSES),
    Requirement(("postal_address",), N_("您的地址"), N_("写上通信地址。"), _UK_REPLY, when=_REFUSES),
    Requirement(("share_consent",), N_("是否同意告知投诉人"), N_("选择同意或不同意。"), _UK_REPLY, when=_REFUSES),
)
