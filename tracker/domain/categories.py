"""What can be alleged: each category with the elements it asks for and the provisions a decision may cite."""

from dataclasses import dataclass
from enum import StrEnum

from tracker.domain.elements import ELEMENTS, Element
from tracker.domain.errors import N_


class CategoryName(StrEnum):
    """The closed list of categories; the values stand in addresses and in the database."""

    COPYRIGHT = "copyright"
    REPUTATION = "reputation"
    PERSONAL_DATA = "personal_data"
    OTHER_ILLEGAL = "other_illegal"


@dataclass(frozen=True)
class Category:
    """A kind of allegation. `required` and `optional` name elements; `provisions` are laws with the article."""

    name: CategoryName
    label: str
    summary: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    provisions: tuple[str, ...]

    @property
    def slug(self) -> str:
        """Return the name as it stands in an address."""
        return self.name.replace("_", "-")

    @property
    def elements(self) -> tuple[Element, ...]:
        """Return what is asked, in the order of the table of elements."""
        asked = {*self.required, *self.optional}
        return tuple(element for name, element in ELEMENTS.items() if name in asked)

    def requires(self, element: Element, answers: dict[str, str]) -> bool:
        """Say whether `element` must be answered, given the other answers."""
        return element.name in self.required or element.is_required_by(answers)


_EVERYONE = ("addresses", "explanation", "notifier_role", "notifier_name", "email", "stmt_truth")
_OFFERED = ("passage", "remedy", "files", "principal_name", "phone", "postal_address")

CATEGORIES: dict[CategoryName, Category] = {
    category.name: category
    for category in (
        Category(
            CategoryName.COPYRIGHT,
            N_("著作权"),
            N_("文章未经许可使用了您的文字、图片或其他作品。"),
            # 17 USC 512(c)(3)(A). 条例 14 also wants an address and first proof: both can be given, neither is demanded,
            # because the form asks for what every notice needs; whether a notice is complete depends on the regime
            required=(*_EVERYONE, "work_title", "stmt_good_faith", "stmt_authority_perjury", "signature_name"),
            optional=(*_OFFERED, "work_urls"),
            provisions=(
                "《信息网络传播权保护条例》第十四条、第十五条",
                "《中华人民共和国著作权法》第五十三条",
                "《中华人民共和国民法典》第一千一百九十五条",
                "17 U.S.C. § 512(c)(1)(C)",
            ),
        ),
        Category(
            CategoryName.REPUTATION,
            N_("名誉、荣誉"),
            N_("文章内容失实，或侮辱、诽谤，损害了个人或单位的名誉。"),
            # 民法典 1024-1028, 1195
            required=(*_EVERYONE, "inaccurate_parts"),
            optional=_OFFERED,
            provisions=(
                "《中华人民共和国民法典》第一千零二十四条",
                "《中华人民共和国民法典》第一千零二十八条",
                "《中华人民共和国民法典》第一千一百九十五条",
            ),
        ),
        Category(
            CategoryName.PERSONAL_DATA,
            N_("隐私、个人信息"),
            N_("文章公开了个人信息或私密生活，或您希望更正、删除关于您的信息。"),
            # 个人信息保护法 44-47, 50; 民法典 1032-1038
            required=(*_EVERYONE, "data_right"),
            optional=_OFFERED,
            provisions=(
                "《中华人民共和国个人信息保护法》第四十七条",
                "《中华人民共和国个人信息保护法》第四十六条",
                "《中华人民共和国民法典》第一千零三十二条",
                "《中华人民共和国民法典》第一千零三十四条",
            ),
        ),
        Category(
            CategoryName.OTHER_ILLEGAL,
            N_("其他违法或违规内容"),
            N_("诈骗、违法放贷或催收广告、误导性金融信息，以及其他您认为违法的内容。"),
            # DSA art. 16(2); 网络信息内容生态治理规定 16
            required=_EVERYONE,
            optional=_OFFERED,
            provisions=(
                "《网络信息内容生态治理规定》第六条",
                "《互联网信息服务管理办法》第十五条",
                "《中华人民共和国网络安全法》第四十九条",  # 47 before 2026-01-01
            ),
        ),
    )
}

BY_SLUG: dict[str, Category] = {category.slug: category for category in CATEGORIES.values()}
