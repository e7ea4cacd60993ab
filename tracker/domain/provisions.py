"""The laws a decision may cite, by category, each with its article, and whether what is cited is a law or our rules."""

import re

_CIVIL = "《中华人民共和国民法典》第"
_NOTICE = f"{_CIVIL}一千一百九十五条"
_HONOUR = f"{_CIVIL}一千零二十四条"
_MEDIA = f"{_CIVIL}一千零二十八条"
_PORTRAIT = f"{_CIVIL}一千零一十九条"
_PRIVACY = f"{_CIVIL}一千零三十二条"
_IP = f"{_CIVIL}一百二十三条"
_ECOLOGY_6 = "《网络信息内容生态治理规定》第六条"
_SERVICES_15 = "《互联网信息服务管理办法》第十五条"
_SECURITY_49 = "《中华人民共和国网络安全法》第四十九条"  # 47 before 2026-01-01

COPYRIGHT = (
    "《信息网络传播权保护条例》第十四条、第十五条",
    "《中华人民共和国著作权法》第五十三条",
    _NOTICE,
    "17 U.S.C. § 512(c)(1)(C)",
)
TRADEMARK = ("《中华人民共和国商标法》第五十七条", _NOTICE)
TRADE_SECRET = (_IP, _NOTICE)
REPUTATION = (_HONOUR, _MEDIA, _NOTICE)
PORTRAIT = (_PORTRAIT, f"{_CIVIL}一千零一十四条", _NOTICE)
PERSONAL_DATA = (
    "《中华人民共和国个人信息保护法》第四十七条",
    "《中华人民共和国个人信息保护法》第四十六条",
    _PRIVACY,
    f"{_CIVIL}一千零三十四条",
)
ENTERPRISE = (_HONOUR, _NOTICE, "《网站平台受理处置涉企网络侵权信息举报工作规范》第五条")
INACCURATE = (_MEDIA,)
SOURCE_CORRECTED = (
    "《最高人民法院关于审理利用信息网络侵害人身权益民事纠纷案件适用法律若干问题的规定》第九条",
    _MEDIA,
)
CYBERBULLYING = (_HONOUR, _PRIVACY, _NOTICE)
FRAUD = (_ECOLOGY_6, _SERVICES_15, _SECURITY_49)
MISLEADING_CONSUMER = ("《中华人民共和国消费者权益保护法》第二十条",)
OTHER_ILLEGAL = (_ECOLOGY_6, _SERVICES_15, _SECURITY_49)
TERMS = ("《网络信息内容生态治理规定》第十五条",)
NCII = (_PRIVACY, _PORTRAIT, "TAKE IT DOWN Act (Pub. L. 119-12)")
MINOR = (
    "《未成年人网络保护条例》第三十四条",
    "《未成年人网络保护条例》第三十八条",
    "《中华人民共和国未成年人保护法》第七十七条",
)
CSAM = ("《中华人民共和国未成年人保护法》第五十二条", _SERVICES_15, _SECURITY_49)
COURT_OR_AUTHORITY = (_SECURITY_49, "Regulation (EU) 2022/2065, art. 9")

CLAUSE = re.compile(r"(?<![\d.\-])\d{1,3}(?:\.\d{1,3})+(?![\d.\-])")
"""The number of a clause of our rules, as decisions cite it."""

_N = r"[〇零一二三四五六七八九十百千\d]+"
_VERSION = r"（\d{4}-\d\d-\d\d版）"
_OUR_NAME = rf"(?:《[^》]*》{_VERSION}|《?本站规则》?|(?i:\bsite rules\b|\brules of this site\b))"
_OUR_RULES = re.compile(rf"{_OUR_NAME}(?:{_VERSION}|[\s、，,和及与]|第?{CLAUSE.pattern}条?|第{_N}[条款项])*")
_TITLE = re.compile(r"《|\bU\.?S\.?C\b|\bAct\b|\bRegulation\b|\bDirective\b")
_ARTICLE = re.compile(rf"第{_N}条|\b(?i:art(?:icle)?s?)\b\.?\s*\d|§\s*\d")
_BARE_CLAUSE = re.compile(rf"{CLAUSE.pattern}(?!\()")  # 6.1(f) is a paragraph of something else
_OTHER_SOURCE = re.compile(r"[A-Za-z]|(?:《|[法典例约]|规定|办法|协定|标准)[^，,；;、]*$")


def is_ours(ref: str) -> bool:
    """Say whether what is cited names our rules, or a clause by its number and no other source before it.

    Before is anywhere for a source in Latin letters (TRIPS 9.1), the same member of a list for a Chinese one.
    """
    if _OUR_RULES.search(ref):
        return True
    clause = _BARE_CLAUSE.search(ref)
    return clause is not None and not _OTHER_SOURCE.search(ref[: clause.start()])


def is_law(ref: str) -> bool:
    """Say whether what is cited names a law, by its title or the number of an article, beside our rules and their clauses."""
    rest = _OUR_RULES.sub("", ref)
    return bool(_TITLE.search(rest) or _ARTICLE.search(rest))
