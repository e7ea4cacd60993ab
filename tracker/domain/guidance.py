"""What the public page of each category says, in plain words: what is needed, why, what happens and by when."""

from dataclasses import dataclass

from tracker.domain.errors import N_


@dataclass(frozen=True)
class Guidance:
    """The three parts of the page; each line of `needs` and `what_happens` is one point of a list."""

    needs: tuple[str, ...]
    why: str
    what_happens: tuple[str, ...]


_WHERE = N_("文章的地址；只涉及一段的，粘贴那一段原文。")
_STORY = N_("事情经过和理由，至少20个字。")
_YOU = N_("您的姓名或单位名称和邮箱。")
_EVIDENCE = N_("能说明情况的证据：文件、截图，或公开网页的网址。")
_IDENTITY = N_("单位写统一社会信用代码；个人的身份证明可以等我们问到再交，请遮盖用不到的号码。")
_AGENT = N_("代别人提交的，附授权委托书，或能证明监护、亲属关系的文件。")
_NAMELESS = N_("可以不写姓名；留下邮箱，我们才能把结果告诉您。不留邮箱，也可以凭回执查看结果。")

_RECEIPT = N_("提交后立即得到回执。缺了什么，我们会告诉您怎样补充，不会因为缺一项就不管。")
_TARGET = N_("多久开始审核、多久作出决定，见下面“什么时候”。写着“本站目标”的，是我们给自己定的期限，不是法定期限。")
_URGENT = N_("这类举报最先处理，期限见下面“什么时候”。写着“本站目标”的，是我们给自己定的，不是法定期限。")
_RESULT = N_("决定附有理由，也写明不服时可以怎么办：请本站复核、向主管部门投诉，或者起诉。")
_FORWARDED = N_(
    "需要发布者说明时，我们会把您的理由转给他，最多告诉他您的姓名或单位名称（填写时会写明），不告诉电话和地址，没有您的同意也不告诉邮箱。"
)
_NOT_NAMED = N_("我们不会告诉发布者您是谁。")
_COUNTERED = N_(
    "内容停止展示后，发布者可以提交反通知；我们会转给您，您在合理期限内没有投诉或起诉的，内容会恢复（本站定为15天）。"
)

_CIVIL_WHY = N_("法律要求通知包括初步证据和权利人的真实身份，并由通知人对错误通知负责；内容齐全，通知才有法律效力。")
_CIVIL = (_RECEIPT, _TARGET, _FORWARDED, _COUNTERED, _RESULT)
_OPEN_WHY = N_("我们要能找到内容，并看出它违反了什么。其余的都由您决定写不写。")
_OPEN = (_RECEIPT, _TARGET, _NOT_NAMED, _RESULT)

GUIDANCE: dict[str, Guidance] = {
    "copyright": Guidance(
        (
            N_("您的作品是什么：名称，首次发表的时间和地方；公开发表过的，给出网址。"), _WHERE,
            N_("权利和侵权的初步证据，例如原稿、登记证书、对比截图。"),
            N_("姓名或单位名称、邮箱，最好也写电话和通信地址：中国的《信息网络传播权保护条例》要求写明。"),
            N_("几项声明和您的签名。"), _AGENT,
        ),
        N_("法律要求通知写明权利人、作品、侵权内容和证据，并由通知人对真实性负责；通知齐全，我们才能尽快采取措施。"),
        (
            _RECEIPT, _TARGET,
            N_("通知齐全、内容确属侵权的，我们停止展示文章，同时把通知转给发布者。"), _FORWARDED,
            N_("发布者可以提交反通知。适用美国法的，除非您起诉并把证明交给我们，文章在收到反通知后第10至第14个工作日之间恢复；适用中国法的，您在合理期限内（本站定为15天）没有投诉或起诉的，文章恢复。"),
            _RESULT,
        ),
    ),
    "trademark": Guidance(
        (N_("您的商标和注册号，用在哪些商品或服务上。"), _WHERE, _STORY, _EVIDENCE, _YOU, _IDENTITY, _AGENT),
        _CIVIL_WHY, _CIVIL,
    ),
    "trade_secret": Guidance(
        (
            N_("是哪一类信息、采取了什么保密措施。不要写出秘密本身。"), _WHERE, _STORY, _EVIDENCE, _YOU, _IDENTITY, _AGENT,
        ),
        _CIVIL_WHY, _CIVIL,
    ),
    "reputation": Guidance(
        (
            N_("哪些事实不属实，或哪些评价没有事实依据；实际情况是什么。"), _WHERE, _STORY, _EVIDENCE, _YOU, _IDENTITY,
            N_("您在英国的，还要说明这些话是什么意思、您能否直接起诉发布者，以及是否同意把姓名和邮箱告诉他。"), _AGENT,
        ),
        _CIVIL_WHY,
        (
            *_CIVIL,
            N_("您在英国、适用英国《诽谤法》的，我们在48小时内（周末和公共假日不计）联系发布者并告诉您；发布者到第5天结束还没有完整答复的，我们在其后48小时内删除。"),
        ),
    ),
    "portrait": Guidance(
        (N_("哪一张照片、哪一处姓名；您是否同意过使用。"), _WHERE, _STORY, _EVIDENCE, _YOU, _IDENTITY, _AGENT),
        _CIVIL_WHY, _CIVIL,
    ),
    "personal_data": Guidance(
        (
            N_("您想要的是删除、更正、查阅，还是别的。"), _WHERE, N_("您与这些信息的关系：本人、监护人、近亲属或代理人。"),
            _STORY, _YOU, _AGENT,
        ),
        N_("法律赋予您这些权利。我们要知道是哪些信息，也要能确认提出请求的人有权提出；只在有合理怀疑时才会请您证明身份。"),
        (
            _RECEIPT,
            N_("本站的目标是15个工作日内作出决定。您在欧盟的，我们在1个月内答复；情况复杂的可以再延长2个月，会在第1个月内说明理由。"),
            _NOT_NAMED, N_("拒绝的，写明理由；您可以向法院起诉，也可以向主管部门投诉。"),
        ),
    ),
    "enterprise": Guidance(
        (
            N_("属于哪一种情况：仿冒、误导、谣言、侮辱贬损、泄密，或其他恶意干扰。"), _WHERE, _STORY,
            N_("营业执照或组织机构代码证，企业家本人举报的附身份证明。"),
            N_("举报人的姓名和联系方式；代理人还要附代理人的身份证明和授权委托书。"), _EVIDENCE, N_("保证内容真实的声明。"),
        ),
        N_("国家网信办的工作规范列出这六项材料：事由、主体资格、举报人、网址、初步证据、真实性保证；齐全才受理。"),
        (_RECEIPT, _TARGET, _FORWARDED, N_("事实清楚、证据充分的，我们删除内容或者采取同等效果的措施。"), _RESULT),
    ),
    "inaccurate": Guidance(
        (N_("哪一处事实有误，正确的是什么。"), _WHERE, N_("能证明内容失实的证据。"), _STORY, _YOU),
        N_("法律规定：有证据证明媒体报道失实、侵害名誉的，可以请求及时更正或删除。所以请一并给出证据。"),
        (_RECEIPT, _TARGET, _FORWARDED, N_("查实的，我们更正、加注或者删除，并在文章上注明日期。"), _RESULT),
    ),
    "source_corrected": Guidance(
        (N_("官方更正的网址和日期。"), _WHERE, N_("文章的哪一处与更正后的说法不同。"), _STORY, _YOU),
        N_("官方来源更正之后，文章没有跟着更新的，发布者可能要承担责任。给出官方网址，我们能立即核对。"),
        (_RECEIPT, _TARGET, _FORWARDED, N_("核对无误的，我们更正文章，并注明更正的日期和来源。"), _RESULT),
    ),
    "cyberbullying": Guidance(
        (
            N_("谁受到攻击，内容怎样侮辱、威胁或公开了他的信息。"), _WHERE, _STORY, _EVIDENCE, _YOU,
            N_("涉及未成年人，或者有人面临危险的，请选“是”。"),
        ),
        N_("知道谁受到伤害、情况有多急，我们才能先处理最急的。"), _CIVIL,
    ),
    "fraud": Guidance(
        (_WHERE, N_("谁在骗、怎么骗，或者哪一条违反了什么规定，至少20个字。"), _EVIDENCE, _NAMELESS),
        _OPEN_WHY, (*_OPEN, N_("已经受骗或者正在被威胁的，请立即拨打110。")),
    ),
    "misleading_consumer": Guidance(
        (_WHERE, N_("哪一句使人误解，实际情况是什么，至少20个字。"), _EVIDENCE, _NAMELESS), _OPEN_WHY, _OPEN
    ),
    "other_illegal": Guidance((_WHERE, _STORY, _EVIDENCE, _NAMELESS), _OPEN_WHY, _OPEN),
    "terms": Guidance((_WHERE, N_("违反了本站哪一条规则，至少20个字。"), _NAMELESS), _OPEN_WHY, _OPEN),
    "ncii": Guidance(
        (
            N_("影像在哪里：文章的地址。不需要上传影像。"), N_("一项声明：影像未经画面中的人同意而公开。"),
            N_("签名，和一个能联系到您的邮箱或电话。"), N_("不写姓名也可以提交，我们照样最先处理。"),
        ),
        N_("只要求这些，是因为有关法律只要求这些；我们不会问您更多。"),
        (_URGENT, N_("请求齐全的，最迟在48小时内移除，并查找和移除相同的影像。"), _NOT_NAMED, _RESULT),
    ),
    "minor": Guidance(
        (_WHERE, N_("是什么情况，至少20个字。"), N_("孩子本人、监护人和任何人都可以提交。"), _NAMELESS),
        N_("写得越清楚，我们越快找到内容。不需要证明什么。"),
        (_URGENT, N_("看起来确有其事的，我们先停止展示，再核实。"), _NOT_NAMED,
         N_("不采取措施的，我们书面说明理由。"), _RESULT),
    ),
    "csam": Guidance(
        (N_("文章的地址。请不要下载、截图或转发。"), N_("一项内容真实的声明。"), _NAMELESS),
        N_("有地址就够了。法律不要求举报这类内容的人说出自己是谁。"),
        (_URGENT, N_("我们立即停止展示，保存证据，并向公安机关报告。"), _NOT_NAMED, _RESULT),
    ),
    "court_or_authority": Guidance(
        (
            N_("法院或机关的名称、文号，法律依据和理由。"), _WHERE, N_("文书的副本。"),
            N_("机关提交的，写明执行情况报给谁、在哪些地方有效、对命令不服怎么办。"), _YOU,
        ),
        N_("我们要核实文书是真的，并只在它要求的范围内执行。"),
        (
            N_("这类文书最先处理，目标是24小时内执行，或者按文书要求的时间。"), N_("执行之后告诉提交的法院或机关。"),
            N_("我们把命令、理由、范围和救济途径告诉发布者，法律禁止告知的除外。"), _RESULT,
        ),
    ),
}  # fmt: skip
