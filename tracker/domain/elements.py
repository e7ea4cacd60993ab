"""The elements a notice may be asked for, each once; the form, the checks and the mails all read this table."""

from dataclasses import dataclass
from enum import StrEnum

from tracker.domain.errors import N_

MAX_ADDRESSES = 200


class Kind(StrEnum):
    """How an element is asked for and checked."""

    LINE = "line"
    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    CHOICE = "choice"
    ADDRESSES = "addresses"
    FILES = "files"
    STATEMENT = "statement"


class Group(StrEnum):
    """The part of the form in which an element stands."""

    WHAT = "what"
    WHY = "why"
    EVIDENCE = "evidence"
    WHO = "who"
    STATEMENTS = "statements"


GROUP_LABELS: dict[Group, str] = {
    Group.WHAT: N_("涉及的内容"),
    Group.WHY: N_("为什么"),
    Group.EVIDENCE: N_("证据"),
    Group.WHO: N_("您是谁"),
    Group.STATEMENTS: N_("声明"),
}


@dataclass(frozen=True)
class Element:
    """One question. `fewest` and `most` count characters (addresses: lines)."""

    name: str
    kind: Kind
    group: Group
    label: str
    help: str = ""
    fewest: int = 1
    most: int = 200
    options: tuple[tuple[str, str], ...] = ()
    autocomplete: str = ""
    required_when: tuple[str, frozenset[str]] | None = None

    def is_required_by(self, answers: dict[str, str]) -> bool:
        """Say whether the other answers make an optional element required."""
        if self.required_when is None:
            return False
        name, values = self.required_when
        return answers.get(name, "") in values


_ALL = (
    Element(
        "addresses", Kind.ADDRESSES, Group.WHAT, N_("文章地址"),
        N_("每行一个，可以粘贴多个，最多200个。只接受本站文章的地址。"), most=MAX_ADDRESSES,
    ),
    Element(
        "passage", Kind.TEXT, Group.WHAT, N_("涉及的原文"),
        N_("如果只涉及其中一段，请把那一段原文粘贴在这里，审核时会在文中标出。"), most=2000,
    ),
    Element(
        "work_title", Kind.LINE, Group.WHY, N_("您的作品"),
        N_("作品名称，首次发表的时间和地方。例如：《……》，2024年5月发表于……"), most=500, fewest=2,
    ),
    Element(
        "work_urls", Kind.TEXT, Group.WHY, N_("原作的网址"), N_("如果作品公开发表过，请给出网址，每行一个。"), most=4000,
    ),
    Element(
        "inaccurate_parts", Kind.TEXT, Group.WHY, N_("哪些内容不属实"),
        N_("指出哪些事实有误，或哪些评价没有事实依据，并写明实际情况。"), fewest=10, most=5000,
    ),
    Element(
        "data_right", Kind.CHOICE, Group.WHY, N_("您希望行使哪项权利"),
        N_("《个人信息保护法》第四十四条至第四十七条。"),
        options=(
            ("delete", N_("删除个人信息")),
            ("correct", N_("更正或补充个人信息")),
            ("object", N_("限制或拒绝处理")),
            ("access", N_("查阅或复制")),
        ),
    ),
    Element(
        "explanation", Kind.TEXT, Group.WHY, N_("说明"),
        N_("请写明事情经过和理由：哪里有问题，侵害了谁的什么权利，依据是什么。至少20个字。"), fewest=20, most=20_000,
    ),
    Element(
        "remedy", Kind.CHOICE, Group.WHY, N_("您希望我们怎么做"),
        options=(
            ("remove", N_("停止展示整篇文章")),
            ("remove_passage", N_("遮盖其中一段")),
            ("correct", N_("更正")),
            ("reply", N_("刊登回应")),
        ),
    ),
    Element(
        "files", Kind.FILES, Group.EVIDENCE, N_("证据文件"),
        N_("PDF、PNG、JPEG、WebP、TXT或EML，最多10个，每个不超过10 MB。请遮盖与本事无关的个人信息。"), most=10,
    ),
    Element(
        "notifier_role", Kind.CHOICE, Group.WHO, N_("您的身份"),
        options=(
            ("owner", N_("权利人本人（含单位）")),
            ("authorised_agent", N_("权利人委托的代理人")),
            ("person_concerned", N_("内容涉及的当事人")),
            ("guardian", N_("当事人的监护人")),
            ("public", N_("其他人")),
        ),
    ),
    Element("notifier_name", Kind.LINE, Group.WHO, N_("姓名或单位名称"), fewest=2, autocomplete="name"),
    Element(
        "principal_name", Kind.LINE, Group.WHO, N_("您代表谁"), N_("委托人或被监护人的姓名、单位名称。代理人和监护人请填写。"),
        fewest=2, required_when=("notifier_role", frozenset({"authorised_agent", "guardian"})),
    ),
    Element(
        "email", Kind.EMAIL, Group.WHO, N_("电子邮箱"), N_("回执和处理结果会发到这个邮箱。我们不会把它告诉文章作者。"),
        fewest=3, most=254, autocomplete="email",
    ),
    Element("phone", Kind.PHONE, Group.WHO, N_("电话"), fewest=5, most=40, autocomplete="tel"),
    Element(
        "postal_address", Kind.LINE, Group.WHO, N_("通信地址"), fewest=5, most=500, autocomplete="street-address"
    ),
    Element(
        "stmt_good_faith", Kind.STATEMENT, Group.STATEMENTS,
        N_("我善意地认为，这样使用该作品没有得到权利人、其代理人或法律的许可（我已考虑合理使用的情形）。"),
    ),
    Element(
        "stmt_authority_perjury", Kind.STATEMENT, Group.STATEMENTS,
        N_("我声明：我是权利人，或已获权利人授权代其行事；如有虚假，愿承担包括伪证责任在内的法律责任。"),
    ),
    Element(
        "stmt_truth", Kind.STATEMENT, Group.STATEMENTS,
        N_("我确信以上内容和证据真实、准确、完整，并对其真实性负责；因错误通知造成损害的，依法承担责任。"),
    ),
    Element(
        "signature_name", Kind.LINE, Group.STATEMENTS, N_("签名"), N_("输入您的全名，作为电子签名。"), fewest=2,
        autocomplete="name",
    ),
)  # fmt: skip

ELEMENTS: dict[str, Element] = {element.name: element for element in _ALL}
