"""What can be alleged: each category with what it asks, the regimes it may come under, and its names elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from tracker.domain import provisions as law
from tracker.domain.elements import ELEMENTS, Element, Kind
from tracker.domain.errors import N_
from tracker.domain.guidance import GUIDANCE
from tracker.domain.regimes import RegimeName


class CategoryName(StrEnum):
    """The closed list of categories; the values stand in addresses and in the database."""

    COPYRIGHT = "copyright"
    TRADEMARK = "trademark"
    TRADE_SECRET = "trade_secret"  # noqa: S105 - a category, not a password
    REPUTATION = "reputation"
    PORTRAIT = "portrait"
    PERSONAL_DATA = "personal_data"
    ENTERPRISE = "enterprise"
    INACCURATE = "inaccurate"
    SOURCE_CORRECTED = "source_corrected"
    CYBERBULLYING = "cyberbullying"
    FRAUD = "fraud"
    MISLEADING_CONSUMER = "misleading_consumer"
    OTHER_ILLEGAL = "other_illegal"
    TERMS = "terms"
    NCII = "ncii"
    MINOR = "minor"
    CSAM = "csam"
    COURT_OR_AUTHORITY = "court_or_authority"


class ChooserGroup(StrEnum):
    """The part of the chooser in which a category stands."""

    RIGHTS = "rights"
    CONTENT = "content"
    URGENT = "urgent"
    AUTHORITY = "authority"


CHOOSER_LABELS: dict[ChooserGroup, str] = {
    ChooserGroup.RIGHTS: N_("侵害了我（或我代表的人、单位）的权利"),
    ChooserGroup.CONTENT: N_("内容有错误，或者违法、违规"),
    ChooserGroup.URGENT: N_("紧急：生命危险、未成年人、私密影像"),
    ChooserGroup.AUTHORITY: N_("法院、主管机关的文书"),
}


@dataclass(frozen=True)
class Category:
    """A kind of allegation. `required` and `optional` name elements; `provisions` are laws with the article.

    `proofs` name the purposes of files beyond evidence, `sworn_in_us` what must be given under US law alone. `regimes` are candidates: which of them apply depends on the
    answers. The names for the DSA database, Lumen and XARF are empty where there is none.
    """

    name: CategoryName
    group: ChooserGroup
    label: str
    summary: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    provisions: tuple[str, ...]
    regimes: tuple[RegimeName, ...]
    dsa_category: str
    dsa_keyword: str
    lumen_type: str
    xarf: str
    proofs: tuple[str, ...] = ()
    sworn_in_us: tuple[str, ...] = ()
    is_urgent: bool = False
    is_anonymous_allowed: bool = False
    is_discreet: bool = False  # that there was a notice is itself nobody's business

    @property
    def slug(self) -> str:
        """Return the name as it stands in an address."""
        return self.name.replace("_", "-")

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """Return what is asked, in the order of the table of elements."""
        return self._asked(*self.required, *self.optional)

    @property
    def questions(self) -> tuple[Element, ...]:
        """Return what the form shows: the elements and the files that prove who somebody is."""
        asked = self._asked(*self.required, *self.optional, *self.proofs)
        return tuple(element for element in asked if element.kind is not Kind.HIDDEN)

    @property
    def facts(self) -> tuple[Element, ...]:
        """Return the questions to ask first because others hang on the answers; none where the way must be short."""
        if self.is_anonymous_allowed:
            return ()
        conditions = [condition for e in self.questions for condition in (e.only_when, e.required_when) if condition]
        first = {*(name for name, _ in conditions), *_ALARM}
        return tuple(element for element in self.elements if element.name in first)

    @property
    def needs(self) -> tuple[str, ...]:
        """Return what somebody should have at hand, for the page of the category."""
        return GUIDANCE[self.name].needs

    @property
    def why(self) -> str:
        """Return why we ask for it."""
        return GUIDANCE[self.name].why

    @property
    def what_happens(self) -> tuple[str, ...]:
        """Return what happens afterwards, and by when."""
        return GUIDANCE[self.name].what_happens

    def requires(self, element: Element, answers: Mapping[str, str]) -> bool:
        """Say whether `element` must be answered, given the other answers; who somebody is, not where a life or a minor is at risk."""
        if element.name in _MAY_BE_NAMELESS and _is_alarming(answers):
            return False
        if element.name in self.sworn_in_us and answers.get("country") == "US":
            return True
        return element.name in self.required or element.is_required_by(answers)

    def is_urgent_with(self, answers: Mapping[str, str]) -> bool:
        """Say whether a notice goes to the front: by its category, or because a minor or a life is concerned."""
        return self.is_urgent or _is_alarming(answers)

    def _asked(self, *names: str) -> tuple[Element, ...]:
        return tuple(self._offered(element) for name, element in ELEMENTS.items() if name in names)

    def _offered(self, element: Element) -> Element:
        """Return a question with the answers that fit this category."""
        fitting = tuple(o for o in element.options if self.name in _FITTING.get((element.name, o[0]), {self.name}))
        return element if fitting == element.options else replace(element, options=fitting)


def _is_alarming(answers: Mapping[str, str]) -> bool:
    return any(answers.get(name) == "yes" for name in _ALARM)


_FITTING = {("notifier_role", "authority"): {CategoryName.COURT_OR_AUTHORITY}}
"""The answers that are offered in some categories alone: a court has no right that an article infringes."""

_EVERYONE = ("addresses", "explanation", "notifier_role", "notifier_name", "email", "stmt_truth")
_OFFERED = (
    "passage", "passage_context", "remedy", "files", "evidence_urls", "notifier_type", "notifier_org", "principal_name", "phone",
    "postal_address", "country", "legal_basis", "stmt_bona_fide_complete", "danger_to_life",
)  # fmt: skip
_MAY_BE_NAMELESS = ("notifier_role", "notifier_name", "email")
_NAMELESS = ("addresses", "explanation", "stmt_truth")
_OFFERED_NAMELESS = (*_OFFERED, *_MAY_BE_NAMELESS)
_ALARM = ("minor_involved", "danger_to_life")
_BRITISH = ("meaning", "prior_receipts", "stmt_no_poster_info", "share_name", "share_email")
_WORK = ("work_description", "work_urls", "work_reg_no")
_PROOFS = ("identity_files", "authority_files")
_SWORN = ("stmt_good_faith", "stmt_authority_perjury", "signature_name")

_C, _G, _R = CategoryName, ChooserGroup, RegimeName
_DSA = "STATEMENT_CATEGORY_"
_DSA_IP = f"{_DSA}INTELLECTUAL_PROPERTY_INFRINGEMENTS"
_DSA_DATA = f"{_DSA}DATA_PROTECTION_AND_PRIVACY_VIOLATIONS"
_DSA_SPEECH = f"{_DSA}ILLEGAL_OR_HARMFUL_SPEECH"
_DSA_TERMS = f"{_DSA}OTHER_VIOLATION_TC"
_DSA_MINORS = f"{_DSA}PROTECTION_OF_MINORS"
_DSA_CYBER = f"{_DSA}CYBER_VIOLENCE"
_KEY = "KEYWORD_"

_ALL = (
    # 17 USC 512(c)(3)(A). 条例 14 also wants an address and first proof: both can be given, neither is demanded,
    # because the form asks for what every notice needs; whether a notice is complete depends on the regime
    Category(
        _C.COPYRIGHT, _G.RIGHTS, N_("著作权"), N_("文章未经许可使用了您的文字、图片或其他作品。"),
        (*_EVERYONE, "work_title"), (*_OFFERED, *_WORK, "work_published_on", *_SWORN, "stmt_accurate"), law.COPYRIGHT,
        (_R.US_DMCA, _R.CN_COPYRIGHT, _R.EU_DSA), _DSA_IP, f"{_KEY}COPYRIGHT_INFRINGEMENT", "DMCA",
        "copyright/copyright", proofs=_PROOFS, sworn_in_us=(*_SWORN, "stmt_accurate"),
    ),
    Category(
        _C.TRADEMARK, _G.RIGHTS, N_("商标"), N_("文章擅自使用您的注册商标，容易让人误以为与您有关。"),
        _EVERYONE, (*_OFFERED, *_WORK, "org_id_no"), law.TRADEMARK, (_R.EU_DSA, _R.CN_CIVIL),
        _DSA_IP, f"{_KEY}TRADEMARK_INFRINGEMENT", "Trademark", "content/brand_infringement", proofs=_PROOFS,
    ),
    Category(
        _C.TRADE_SECRET, _G.RIGHTS, N_("商业秘密"), N_("文章公开了您采取了保密措施的技术或经营信息。"),
        _EVERYONE, (*_OFFERED, "work_description", "org_id_no"), law.TRADE_SECRET, (_R.EU_DSA, _R.CN_CIVIL),
        _DSA_IP, f"{_KEY}TRADE_SECRET_INFRINGEMENT", "Other", "", proofs=_PROOFS, is_discreet=True,
    ),
    # 民法典 1024-1028, 1195; Defamation Act 2013 s. 5 for those in the United Kingdom
    Category(
        _C.REPUTATION, _G.RIGHTS, N_("名誉、荣誉"), N_("文章内容失实，或侮辱、诽谤，损害了个人或单位的名誉。"),
        (*_EVERYONE, "inaccurate_parts"), (*_OFFERED, *_BRITISH, "minor_involved", "org_id_no"), law.REPUTATION,
        (_R.UK_DEFAMATION, _R.CN_CIVIL, _R.EU_DSA), _DSA_SPEECH, f"{_KEY}DEFAMATION", "Defamation", "", proofs=_PROOFS,
    ),
    Category(
        _C.PORTRAIT, _G.RIGHTS, N_("肖像、姓名"), N_("文章未经同意使用了您的照片、肖像或姓名。"),
        _EVERYONE, (*_OFFERED, "minor_involved", "data_right", "org_id_no"), law.PORTRAIT,
        (_R.CN_CIVIL, _R.CN_MINOR, _R.GDPR), _DSA_DATA, f"{_KEY}MISSING_PROCESSING_GROUND", "PrivateInformation", "",
        proofs=_PROOFS, is_discreet=True,
    ),
    # 个人信息保护法 44-47, 50; 民法典 1032-1038
    Category(
        _C.PERSONAL_DATA, _G.RIGHTS, N_("隐私、个人信息"),
        N_("文章公开了个人信息或私密生活，或您希望更正、删除关于您的信息。"), (*_EVERYONE, "data_right"),
        (*_OFFERED, "minor_involved"), law.PERSONAL_DATA, (_R.CN_PI, _R.CN_MINOR, _R.GDPR, _R.EU_DSA), _DSA_DATA,
        f"{_KEY}RIGHT_TO_BE_FORGOTTEN", "DataProtection", "content/exposed_data", proofs=_PROOFS, is_discreet=True,
    ),
    Category(
        _C.ENTERPRISE, _G.RIGHTS, N_("涉企侵权"), N_("文章仿冒、造谣、贬损企业或企业家，或者泄露商业秘密，干扰正常经营。"),
        _EVERYONE, (*_OFFERED, "inaccurate_parts", "enterprise_kind", "org_id_no"), law.ENTERPRISE,
        (_R.CN_ENTERPRISE, _R.CN_CIVIL), _DSA_SPEECH, f"{_KEY}DEFAMATION", "Defamation", "", proofs=_PROOFS,
    ),
    Category(
        _C.INACCURATE, _G.CONTENT, N_("内容失实"), N_("文章的事实有误，与您有关，请求更正。"),
        (*_EVERYONE, "inaccurate_parts"), (*_OFFERED, "org_id_no"), law.INACCURATE, (_R.CN_CIVIL,), _DSA_TERMS,
        f"{_KEY}MISINFORMATION_DISINFORMATION", "Other", "", proofs=_PROOFS,
    ),
    Category(
        _C.SOURCE_CORRECTED, _G.CONTENT, N_("官方来源已更正"), N_("文章引用的官方文书或公告后来更正了，文章没有跟着更新。"),
        (*_EVERYONE, "source_url", "source_corrected_at"), (*_OFFERED, "org_id_no"), law.SOURCE_CORRECTED, (_R.CN_CIVIL,),
        _DSA_TERMS, f"{_KEY}MISINFORMATION_DISINFORMATION", "Other", "", proofs=_PROOFS,
    ),
    Category(
        _C.CYBERBULLYING, _G.CONTENT, N_("网络暴力"), N_("文章或其中的信息煽动、集中攻击某个人，侮辱、威胁或公开其行踪。"),
        _EVERYONE, (*_OFFERED, "minor_involved"), law.CYBERBULLYING, (_R.CN_CIVIL, _R.CN_MINOR), _DSA_CYBER,
        f"{_KEY}CYBER_BULLYING_INTIMIDATION", "Other", "", proofs=_PROOFS, is_discreet=True,
    ),
    Category(
        _C.FRAUD, _G.CONTENT, N_("诈骗、违法金融"), N_("诈骗、违法放贷、非法集资、违法催收，或者为它们做的广告。"),
        _NAMELESS, _OFFERED_NAMELESS, law.FRAUD, (_R.EU_DSA, _R.GENERAL),
        f"{_DSA}SCAMS_AND_FRAUD", "", "Other", "content/fraud", is_anonymous_allowed=True,
    ),
    Category(
        _C.MISLEADING_CONSUMER, _G.CONTENT, N_("误导消费者"), N_("文章对利率、费用、风险或者消费者权利的说法使人误解。"),
        _NAMELESS, _OFFERED_NAMELESS, law.MISLEADING_CONSUMER, (_R.GENERAL,), f"{_DSA}CONSUMER_INFORMATION",
        f"{_KEY}MISLEADING_INFO_CONSUMER_RIGHTS", "Other", "", is_anonymous_allowed=True,
    ),
    # DSA art. 16(2); 网络信息内容生态治理规定 16
    Category(
        _C.OTHER_ILLEGAL, _G.CONTENT, N_("其他违法内容"), N_("以上都不符合，但您认为内容违法。"),
        _NAMELESS, (*_OFFERED_NAMELESS, "minor_involved"), law.OTHER_ILLEGAL, (_R.EU_DSA, _R.GENERAL),
        f"{_DSA}NOT_SPECIFIED_NOTICE", "", "Other", "", is_anonymous_allowed=True,
    ),
    Category(
        _C.TERMS, _G.CONTENT, N_("违反本站规则"), N_("内容不一定违法，但违反了本站公布的规则。"),
        _NAMELESS, _OFFERED_NAMELESS, law.TERMS, (_R.GENERAL,), _DSA_TERMS, "", "", "", is_anonymous_allowed=True,
    ),
    # the Acts list what may be asked: nothing more is demanded
    Category(
        _C.NCII, _G.URGENT, N_("私密影像"), N_("未经同意公开的裸露或性影像，包括伪造、合成的。"),
        ("addresses",), ("passage", "passage_context", "explanation", *_MAY_BE_NAMELESS, "phone", "files", "country", *_ALARM,
        "stmt_no_consent", "stmt_truth", "signature_name"), law.NCII, (_R.NCII,), _DSA_CYBER,
        f"{_KEY}NON_CONSENSUAL_IMAGE_SHARING", "PrivateInformation", "", is_urgent=True, is_anonymous_allowed=True, is_discreet=True,
    ),
    Category(
        _C.MINOR, _G.URGENT, N_("未成年人"), N_("文章侵害未成年人，或者公开了未成年人的身份、照片或隐私。"),
        _NAMELESS, ("passage", "passage_context", "remedy", *_MAY_BE_NAMELESS, "principal_name", "phone", "files", "country",
        "danger_to_life"), law.MINOR, (_R.CN_MINOR,), _DSA_MINORS, "", "PrivateInformation", "", proofs=_PROOFS,
        is_urgent=True, is_anonymous_allowed=True, is_discreet=True,
    ),
    # never asks for files: nobody should copy such material
    Category(
        _C.CSAM, _G.URGENT, N_("儿童性剥削"), N_("涉及儿童的性影像或性剥削内容。只需给出地址，请不要下载、截图或转发。"),
        ("addresses", "stmt_truth"), ("passage", "passage_context", "explanation", *_MAY_BE_NAMELESS, "phone", "country", "danger_to_life",
        "stmt_bona_fide_complete"), law.CSAM, (_R.CN_MINOR, _R.EU_DSA), _DSA_MINORS,
        f"{_KEY}CHILD_SEXUAL_ABUSE_MATERIAL", "", "content/csam", is_urgent=True, is_anonymous_allowed=True, is_discreet=True,
    ),
    Category(
        _C.COURT_OR_AUTHORITY, _G.AUTHORITY, N_("法院或主管机关的文书"),
        N_("判决、裁定、行政决定要求停止展示或更正；法院、机关和当事人都可以提交。"), _EVERYONE,
        (*_OFFERED, "authority_name", "report_back_to", "redress_info", "territory"), law.COURT_OR_AUTHORITY,
        (_R.ORDER,), "", "", "CourtOrder", "", proofs=_PROOFS, is_urgent=True, is_discreet=True,
    ),
)  # fmt: skip

CATEGORIES: dict[CategoryName, Category] = {category.name: category for category in _ALL}

BY_SLUG: dict[str, Category] = {category.slug: category for category in CATEGORIES.values()}
