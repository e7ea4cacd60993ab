"""What a publisher may be asked: the elements of a counter-notice, and those of a reply to a British complaint."""

from tracker.domain.elements import AGREE_OR_NOT, ELEMENTS, YES_NO, Element, Group, Kind
from tracker.domain.errors import N_

_PASSED_ON = N_("反通知会连同这一项一起转给通知人。")

_COUNTER = (
    ELEMENTS["addresses"],
    Element(
        "explanation", Kind.TEXT, Group.WHY, N_("为什么不构成侵权"),
        N_("写明理由和依据，例如得到了许可、属于合理引用、内容属实、对方认错了文章。"), fewest=20, most=20_000,
    ),
    ELEMENTS["files"],
    ELEMENTS["evidence_urls"],
    Element("counter_name", Kind.LINE, Group.WHO, N_("您的姓名或单位名称"), _PASSED_ON, fewest=2, autocomplete="name"),
    Element(
        "counter_address", Kind.LINE, Group.WHO, N_("您的通信地址"), N_("适用美国法时，地址会随反通知转给通知人。"),
        fewest=5, most=500, autocomplete="street-address",
    ),
    Element(
        "counter_phone", Kind.PHONE, Group.WHO, N_("您的电话"), N_("适用美国法时，电话会随反通知转给通知人。"), fewest=5,
        most=40, autocomplete="tel",
    ),
    ELEMENTS["org_id_no"],
    ELEMENTS["identity_files"],
    Element(
        "counter_in_us", Kind.CHOICE, Group.WHO, N_("您的地址是否在美国"),
        N_("下面两项管辖声明只作一项：地址在美国的，由该地址所在司法区的联邦地区法院管辖；不在美国的，由能够找到本站运营者的任何司法区的联邦地区法院管辖。"),
        options=YES_NO,
    ),
    Element(
        "stmt_mistake_perjury", Kind.STATEMENT, Group.STATEMENTS,
        N_("我声明：我善意地认为，这些内容是因错误或误认而被移除的；如有虚假，愿承担伪证责任。"),
    ),
    Element(
        "stmt_jurisdiction", Kind.STATEMENT, Group.STATEMENTS,
        N_("我同意由我的地址所在司法区的美国联邦地区法院管辖。"), N_("地址在美国的作这一项（17 U.S.C. § 512(g)(3)(D)）。"),
        only_when=("counter_in_us", frozenset({"yes"})),
    ),
    Element(
        "stmt_jurisdiction_abroad", Kind.STATEMENT, Group.STATEMENTS,
        N_("我的地址不在美国。我同意由能够找到本站运营者的任何司法区的美国联邦地区法院管辖。"),
        N_("地址不在美国的作这一项（17 U.S.C. § 512(g)(3)(D)）。"),
        only_when=("counter_in_us", frozenset({"no"})),
    ),
    Element(
        "stmt_accept_service", Kind.STATEMENT, Group.STATEMENTS, N_("我同意接收通知人或其代理人送达的法律文书。"),
    ),
    ELEMENTS["stmt_truth"],
    ELEMENTS["signature_name"],
)  # fmt: skip

_REPLY = (
    Element(
        "wants_removal", Kind.CHOICE, Group.WHY, N_("是否同意删除这段内容"),
        N_("同意，我们就删除；不同意，请填写下面各项，内容可以保留。"), options=AGREE_OR_NOT,
    ),
    Element("full_name", Kind.LINE, Group.WHO, N_("您的全名"), fewest=2, autocomplete="name"),
    Element(
        "postal_address", Kind.LINE, Group.WHO, N_("您的通信地址"), fewest=5, most=500, autocomplete="street-address"
    ),
    Element(
        "share_consent", Kind.CHOICE, Group.WHO, N_("是否同意把姓名和地址告诉投诉人"),
        N_("您不同意，我们就不告诉，除非法院命令。"), options=AGREE_OR_NOT,
    ),
)  # fmt: skip

COUNTER_ELEMENTS: dict[str, Element] = {element.name: element for element in _COUNTER}
"""What a counter-notice is made of (17 USC 512(g)(3); 条例 16; 民法典 1196); the regimes say which of it they need."""

REPLY_ELEMENTS: dict[str, Element] = {element.name: element for element in _REPLY}
"""What a publisher answers to a complaint under the British Defamation Act (SI 2013/3028, Schedule)."""
