"""The elements a notice may be asked for, each once; the form, the checks and the mails all read this table."""

from tracker.domain.countries import CODES, EU
from tracker.domain.element import AGREED as AGREED
from tracker.domain.element import GROUP_LABELS as GROUP_LABELS
from tracker.domain.element import Condition as Condition
from tracker.domain.element import Element as Element
from tracker.domain.element import Format as Format
from tracker.domain.element import Group as Group
from tracker.domain.element import Kind as Kind
from tracker.domain.element import holds as holds
from tracker.domain.errors import N_

MAX_ADDRESSES = 200

YES_NO = (("yes", N_("是")), ("no", N_("否")))
AGREE_OR_NOT = (("yes", N_("同意")), ("no", N_("不同意")))

_IN_US: Condition = ("country", frozenset({"US"}))
_IN_GB: Condition = ("country", frozenset({"GB"}))
_ABROAD: Condition = ("country", CODES - {"CN"})
_IN_EU: Condition = ("country", EU)
FOR_OTHERS: Condition = ("notifier_role", frozenset({"authorised_agent", "guardian", "relative_of_deceased"}))
_AUTHORITY: Condition = ("notifier_type", frozenset({"authority"}))

_ALL = (
    Element(
        "addresses", Kind.ADDRESSES, Group.WHAT, N_("文章地址"),
        N_("每行一个，可以粘贴多个，最多200个。只接受本站文章的地址。"), most=MAX_ADDRESSES,
    ),
    Element(
        "passage", Kind.TEXT, Group.WHAT, N_("涉及的原文"),
        N_("如果只涉及其中几段，请把原文粘贴在这里，审核时会在文中标出。几段之间空一行；有几篇文章的，可以在一段的上一行写上它的地址。"),
        most=20_000, format=Format.PASSAGES,
    ),
    Element(
        "passage_context", Kind.HIDDEN, Group.WHAT, N_("所选文字的前后文"), format=Format.QUOTES,
    ),
    Element(
        "work_title", Kind.LINE, Group.WHY, N_("您的作品"),
        N_("作品名称，首次发表的时间和地方。例如：《……》，2024年5月发表于……"), most=500, fewest=2,
    ),
    Element(
        "work_description", Kind.TEXT, Group.WHY, N_("受保护的内容"),
        N_("作品没有名称时，描述一下它；商标请写明是什么标志、用在哪些商品或服务上。商业秘密只需说明是哪一类信息，不要写出秘密本身。"),
        most=4000,
    ),
    Element(
        "work_urls", Kind.TEXT, Group.WHY, N_("原作的网址"), N_("如果作品公开发表过，请给出网址，每行一个。"), most=4000,
        format=Format.LINKS,
    ),
    Element("work_published_on", Kind.LINE, Group.WHY, N_("作品首次发表的日期"), N_("例如：2024-05-01"), format=Format.DATE),
    Element("work_reg_no", Kind.LINE, Group.WHY, N_("登记号或注册号"), N_("作品登记号、商标注册号。没有就不填。")),
    Element(
        "inaccurate_parts", Kind.TEXT, Group.WHY, N_("哪些内容不属实"),
        N_("指出哪些事实有误，或哪些评价没有事实依据，并写明实际情况。"), fewest=10, most=5000,
    ),
    Element(
        "meaning", Kind.TEXT, Group.WHY, N_("这些话是什么意思"),
        N_("普通读者会怎样理解这些话，为什么损害您的名誉。"), most=5000, only_when=_IN_GB,
    ),
    Element(
        "source_url", Kind.LINE, Group.WHY, N_("官方更正的网址"), N_("官方来源发布更正的那个网页，以 https:// 开头。"),
        most=2000, format=Format.LINK,
    ),
    Element("source_corrected_at", Kind.LINE, Group.WHY, N_("官方更正的日期"), N_("例如：2026-03-15"), format=Format.DATE),
    Element(
        "enterprise_kind", Kind.CHOICE, Group.WHY, N_("属于哪一种情况"),
        options=(
            ("impersonation", N_("仿冒：冒用企业或企业家的名义、标志")),
            ("misleading", N_("误导：用不实信息误导公众")),
            ("rumour", N_("谣言：编造、传播虚假信息")),
            ("insult", N_("侮辱贬损：侮辱、诽谤、恶意贬低")),
            ("leak", N_("泄密：泄露商业秘密或个人隐私")),
            ("other", N_("其他恶意干扰经营的信息")),
        ),
    ),
    Element(
        "data_right", Kind.CHOICE, Group.WHY, N_("您希望行使哪项权利"), N_("《个人信息保护法》第四十四条至第四十七条。"),
        options=(
            ("delete", N_("删除个人信息")),
            ("correct", N_("更正或补充个人信息")),
            ("object", N_("限制或拒绝处理")),
            ("access", N_("查阅或复制")),
            ("withdraw", N_("撤回同意")),
        ),
    ),
    Element(
        "explanation", Kind.TEXT, Group.WHY, N_("说明"),
        N_("请写明事情经过和理由：哪里有问题，侵害了谁的什么权利，依据是什么。至少20个字。"), fewest=20, most=20_000,
    ),
    Element("legal_basis", Kind.LINE, Group.WHY, N_("法律依据"), N_("知道是哪部法律、哪一条就写上。"), most=500),
    Element(
        "remedy", Kind.CHOICE, Group.WHY, N_("您希望我们怎么做"),
        options=(
            ("remove", N_("停止展示整篇文章")),
            ("remove_passage", N_("遮盖其中一段")),
            ("correct", N_("更正")),
            ("reply", N_("刊登回应")),
            ("restrict_region", N_("只在某些国家或地区停止展示")),
            ("deindex", N_("不让搜索引擎收录")),
        ),
    ),
    Element(
        "prior_receipts", Kind.TEXT, Group.WHY, N_("以前的受理编号"),
        N_("同样的内容以前因您的投诉删除过，请写上当时的受理编号，每行一个。"), most=2000, only_when=_IN_GB,
    ),
    Element(
        "minor_involved", Kind.CHOICE, Group.WHY, N_("是否涉及未成年人"), N_("涉及未满18周岁的人，我们会最先处理，您可以不写自己是谁。"),
        options=YES_NO,
    ),
    Element(
        "danger_to_life", Kind.CHOICE, Group.WHY, N_("是否有人面临生命危险"),
        N_("情况紧急请先拨打110或120。选“是”，我们会最先处理，您可以不写自己是谁。"), options=YES_NO,
    ),
    Element(
        "redress_info", Kind.TEXT, Group.WHY, N_("对命令不服怎么办"), N_("文书中写明的复议、诉讼途径和期限。"), most=2000,
        only_when=_AUTHORITY,
    ),
    Element(
        "territory", Kind.LINE, Group.WHY, N_("适用的国家或地区"), N_("命令在哪些国家或地区有效。"), only_when=_AUTHORITY,
    ),
    Element(
        "files", Kind.FILES, Group.EVIDENCE, N_("证据文件"),
        N_("PDF、PNG、JPEG、WebP、TXT或EML，最多10个，每个不超过10 MB。请遮盖与本事无关的个人信息。"), most=10,
    ),
    Element(
        "evidence_urls", Kind.TEXT, Group.EVIDENCE, N_("证据的网址"), N_("公开的网页、判决、公告等，每行一个。"), most=4000,
        format=Format.LINKS,
    ),
    Element(
        "notifier_type", Kind.CHOICE, Group.WHO, N_("您以什么名义提交"),
        options=(("person", N_("个人")), ("organisation", N_("单位")), ("authority", N_("法院或主管机关"))),
    ),
    Element(
        "notifier_role", Kind.CHOICE, Group.WHO, N_("您的身份"),
        options=(
            ("owner", N_("权利人本人（含单位）")),
            ("authorised_agent", N_("权利人委托的代理人")),
            ("person_concerned", N_("内容涉及的当事人")),
            ("guardian", N_("当事人的监护人")),
            ("relative_of_deceased", N_("已故当事人的近亲属")),
            ("authority", N_("法院或主管机关")),
            ("public", N_("其他人")),
        ),
    ),
    Element("notifier_name", Kind.LINE, Group.WHO, N_("姓名或单位名称"), fewest=2, autocomplete="name"),
    Element(
        "notifier_org", Kind.LINE, Group.WHO, N_("您所在的单位"), N_("代表单位提交的，写单位全称。"), fewest=2,
        autocomplete="organization",
    ),
    Element(
        "org_id_no", Kind.LINE, Group.WHO, N_("统一社会信用代码"), N_("营业执照上的18位代码，不会告诉对方。"), most=40,
        format=Format.ORG_ID,
    ),
    Element(
        "principal_name", Kind.LINE, Group.WHO, N_("您代表谁"),
        N_("委托人、被监护人或已故亲属的姓名，或单位名称。代理人、监护人和近亲属请填写。"),
        fewest=2, required_when=FOR_OTHERS, only_when=FOR_OTHERS,
    ),
    Element(
        "authority_name", Kind.LINE, Group.WHO, N_("作出文书的法院或机关"), N_("写全称和文号。"), fewest=2, most=500,
        required_when=_AUTHORITY,
    ),
    Element(
        "report_back_to", Kind.LINE, Group.WHO, N_("执行情况报给谁"), N_("经办人和联系方式。"), most=500,
        only_when=_AUTHORITY,
    ),
    Element(
        "email", Kind.EMAIL, Group.WHO, N_("电子邮箱"), fewest=3, most=254, autocomplete="email",
    ),
    Element("phone", Kind.PHONE, Group.WHO, N_("电话"), fewest=5, most=40, autocomplete="tel"),
    Element(
        "postal_address", Kind.LINE, Group.WHO, N_("通信地址"), fewest=5, most=500, autocomplete="street-address"
    ),
    Element(
        "country", Kind.LINE, Group.WHO, N_("国家或地区"), N_("您住在哪里，单位在哪里。"),
        most=60, autocomplete="country", format=Format.COUNTRY,
    ),
    Element(
        "identity_files", Kind.FILES, Group.WHO, N_("身份证明"),
        N_("营业执照、身份证明等。请加盖“仅用于向本站举报”的水印，遮盖用不到的号码。"), most=10,
    ),
    Element(
        "authority_files", Kind.FILES, Group.WHO, N_("授权证明"), N_("授权委托书，或能证明监护、亲属关系的文件。"), most=10,
        only_when=FOR_OTHERS,
    ),
    Element(
        "share_name", Kind.CHOICE, Group.WHO, N_("是否同意把您的姓名告诉发布者"), options=AGREE_OR_NOT, only_when=_IN_GB,
    ),
    Element(
        "share_email", Kind.CHOICE, Group.WHO, N_("是否同意把您的邮箱告诉发布者"), options=AGREE_OR_NOT,
        only_when=_IN_GB,
    ),
    Element(
        "stmt_good_faith", Kind.STATEMENT, Group.STATEMENTS,
        N_("我善意地认为，这样使用该作品没有得到权利人、其代理人或法律的许可（我已考虑合理使用的情形）。"), only_when=_ABROAD,
    ),
    Element(
        "stmt_accurate", Kind.STATEMENT, Group.STATEMENTS, N_("我声明：这份通知中的信息是准确的。"), only_when=_IN_US,
    ),
    Element(
        "stmt_authority_perjury", Kind.STATEMENT, Group.STATEMENTS,
        N_("我声明：我是权利人，或已获权利人授权代其行事；如有虚假，愿承担包括伪证责任在内的法律责任。"),
        N_("故意谎称内容侵权的，要赔偿对方的损失和费用（17 U.S.C. § 512(f)）。"), only_when=_ABROAD,
    ),
    Element(
        "stmt_bona_fide_complete", Kind.STATEMENT, Group.STATEMENTS,
        N_("我善意地相信，这份通知中的信息和主张准确、完整。"), only_when=_IN_EU,
    ),
    Element(
        "stmt_no_consent", Kind.STATEMENT, Group.STATEMENTS,
        N_("我善意地认为，这些影像未经画面中的人同意而公开；我就是画面中的人，或者受其委托。"),
    ),
    Element(
        "stmt_no_poster_info", Kind.STATEMENT, Group.STATEMENTS, N_("我没有足够的信息，无法直接起诉发布这段内容的人。"),
        only_when=_IN_GB,
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
