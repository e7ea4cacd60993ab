"""What the invented people of the demo are called and what they write. Their domains are reserved (RFC 2606), their numbers nobody's."""

from typing import NamedTuple

from tracker.domain.canned import Purpose
from tracker.domain.categories import CategoryName
from tracker.domain.roles import Role

STAFF: tuple[tuple[str, str, Role], ...] = (
    ("admin@example.org", "林若", Role.ADMIN),
    ("reviewer@example.org", "沈青", Role.REVIEWER),
    ("mei@example.org", "梅舒", Role.MODERATOR),
    ("he@example.org", "何远", Role.MODERATOR),
    ("tang@example.org", "唐一宁", Role.MODERATOR),
    ("auditor@example.org", "陆简", Role.AUDITOR),
)
"""The people of the desk; the first invites the others."""


class Person(NamedTuple):
    """Somebody who sends notices."""

    name: str
    email: str
    language: str = "zh-Hans"
    country: str = "CN"


PEOPLE: tuple[Person, ...] = (
    Person("王若溪", "wang.ruoxi@example.com"),
    Person("陈启明", "chen.qiming@example.com"),
    Person("刘思远", "liu.siyuan@example.net"),
    Person("赵晓岚", "zhao.xiaolan@example.com"),
    Person("周以安", "zhou.yian@example.net"),
    Person("吴念真", "wu.nianzhen@example.com"),
    Person("青禾信息咨询（示例）有限公司", "legal@qinghe.example"),
    Person("远山融资担保（示例）有限公司", "compliance@yuanshan.example"),
    Person("松果消费金融（示例）有限公司", "law@songguo.example"),
    Person("北岸律师事务所（示例）", "notices@beian-law.example"),
    Person("孙知行", "sun.zhixing@example.com"),
    Person("郑小满", "zheng.xiaoman@example.net"),
    Person("Anna Weber", "anna.weber@example.com", "en", "DE"),
    Person("Daniel Okafor", "daniel.okafor@example.net", "en", "GB"),
    Person("Margaret Lindqvist", "m.lindqvist@example.com", "en", "IE"),
    Person("Pinecone Media (Example) Inc.", "dmca@pinecone.example", "en", "US"),
    Person("Harbour & Vale LLP (Example)", "takedown@harbour-vale.example", "en", "GB"),
)
ANONYMOUS = Person("", "")
BOUNCING = Person("冯远舟", "gone.bounce@example.com")
SLOW = Person("许静宜", "greylist.slow@example.net")
SPAMMER = Person("删帖快手", "delete.fast@example.com")
FIRM = Person("北岸律师事务所（示例）", "batch@beian-law.example")
PUBLISHER = "editors@example.org"

EXPLANATIONS: dict[CategoryName, tuple[str, ...]] = {
    CategoryName.COPYRIGHT: (
        "文章第二节逐段使用了我2024年发表的调查稿，没有得到许可，也没有署名。原稿、发表页面和逐段对照见附件。",
        "文中的流程图是我公司培训手册里的插图，手册封底写明不得转载。请停止使用，或者按附件的价格取得授权。",
    ),
    CategoryName.TRADEMARK: (
        "文章标题和小标题反复使用我公司的注册商标介绍另一家机构的产品，读者来电询问，已经造成混淆。",
    ),
    CategoryName.REPUTATION: (
        "文章说我公司拨打借款人亲友的电话。我们的外呼记录可以证明没有这样的事，请更正或者删除这一段。",
        "文中“以低息为名收取高额服务费”的说法没有根据。合同样本和收费公示附后，请核实。",
        "文章把另一家同名企业的处罚写成了我们的，处罚决定书上的统一社会信用代码与我们不同。",
    ),
    CategoryName.PORTRAIT: ("文章配图里的人是我，照片取自我的社交账号，没有经过我的同意，还配上了“老赖”字样。",),
    CategoryName.PERSONAL_DATA: (
        "文章附的截图没有遮盖我的姓名、手机号和借款金额。请尽快删除截图，并告诉我还有哪些地方保存着。",
        "我在2019年的一则报道里被写明姓名和住址，事情早已了结，请删除能识别我的内容。",
    ),
    CategoryName.ENTERPRISE: ("文章捏造我公司“跑路”的消息，导致两家合作银行暂停放款，请按涉企侵权处理。",),
    CategoryName.INACCURATE: ("文章写的电话是旧号码，读者打过去没有人接。现在的号码见我们的官方网站。",),
    CategoryName.CYBERBULLYING: ("文章公开了我的工作单位，评论里有人号召“去堵他”，我和家人已经收到威胁短信。",),
    CategoryName.FRAUD: ("文中的“官方客服”电话是骗子留的，我打过去被要求先交解冻费。报警回执附后。",),
    CategoryName.MISLEADING_CONSUMER: ("文章说“年化低至3%”，没有写服务费和担保费，照着申请的实际年化超过20%。",),
    CategoryName.OTHER_ILLEGAL: ("文中教人伪造银行流水，并且给出了做假材料的联系方式。",),
    CategoryName.TERMS: ("文章末尾是收费“征信修复”的广告，违反你们规则第2.9条。",),
    CategoryName.NCII: ("",),
    CategoryName.MINOR: ("文章写明了我女儿的学校、年级和照片，用来催她父亲还款。请马上处理，孩子不敢上学。",),
    CategoryName.CSAM: ("",),
    CategoryName.COURT_OR_AUTHORITY: ("现送达人民法院裁定：立即停止展示该文章中关于申请人的段落。裁定书见附件。",),
    CategoryName.SOURCE_CORRECTED: ("文章引用的处罚公告已于上月更正，更正后的公告里没有我公司。链接附后。",),
}
ENGLISH = (
    "The second section copies our 2024 report paragraph by paragraph. We gave no permission; a comparison is attached.",
    "The article says that I ran a collection agency without a licence. I never worked in that trade, as the register shows.",
    "A screenshot in the article shows my full name, telephone number and the amount I owed. Please remove it.",
    "The passage accuses our firm of hidden fees. The published price list, attached, says the opposite.",
)
LONG = "以下按时间顺序说明全部经过，每一段后面括号里是证据的编号。" + "".join(
    f"（{n}）当天我们致电编辑部说明情况，对方答应核实；此后第{n}周仍未收到答复，期间又有读者据此向我们询问，造成了进一步的误解和损失。"
    for n in range(1, 160)
)
"""An explanation as long as a law firm writes it."""

FACTS = (
    "核对了通知人提交的材料和文章发布时的版本，文章第二节的说法没有出处，编辑部也未能找到来源。",
    "对照附件，两处文字除个别字外相同，通知人的版本发表在先，文章没有取得许可。",
    "文章引用的是公开的处罚决定书，经在主管机关网站核对，文号、当事人和内容一致。",
    "截图确实显示了可以识别个人的信息，与文章要说明的问题没有必要的联系。",
    "通知人没有说明哪一句失实；就其指出的段落，文章写明了来源和日期，来源至今有效。",
)
EXPLAINED = (
    "该条保护名誉。文中是事实陈述，不是评论，没有尽到合理核实的义务。",
    "该条要求收到合格通知后采取必要措施。通知的材料齐全，内容相同，没有法定的例外。",
    "该条允许为公共利益实施新闻报道。文章基于公开文书，用语克制，没有捏造和歪曲。",
    "该条要求公开个人信息要有合法依据。本案没有同意，也没有其他依据。",
)
RATIONALE = "与类似案件一并看过；本案的材料自成一体，按本案的事实判断。"
APPEALS = (
    "决定没有回应我们提交的第三份证据。外呼记录由运营商盖章，足以证明没有拨打过亲友的电话，请重新审查。",
    "文章所引的公告已经撤销，决定仍把它当作有效的来源。更正公告见附件，请改判。",
)
REPLIES = (
    "这一段来自主管机关的处罚决定书，文号写在文末，请维持。愿意把措辞改得更克制一些。",
    "核实后发现确实写错了机构，同意更正。",
)
PROOF = "法院已经受理我们对发布者的起诉，案号（2026）沪0115民初0000号。受理通知书见附件。"

COUNTER = (
    "这几段是对公开文书的适当引用，指明了出处，篇幅不到原文的十分之一，不构成侵权。已经取得作者的书面同意，见附件。"
)
NOTES = (
    "已致电通知人，对方说证据周五前补上。",
    "同一家公司上季度的案件见编号，材料是同一套。",
    "注意：通知人与发布者正在诉讼。",
)
QUESTIONS = ("第二节算不算事实陈述？我倾向于算。", "这份授权书只写了“处理投诉”，够不够？")
ASKED = "请补充以下内容，我们才能继续：\n- 您与所涉事项的关系；\n- 能够证明权利或者事实的材料。"
CORRECTIONS: dict[str, tuple[str, str]] = {
    "zh-Hans": ("具体做法以现行规定和合同的约定为准，各家机构可能不同。", "改正了一句不准确的说法。"),
    "en": (
        "What applies in a given case follows from the contract and from the rules in force.",
        "One sentence was inaccurate and has been replaced.",
    ),
}
"""In the language of an article: what fits in the place of any of its sentences, and what is said of the change."""

SPARED = ("reading-your-chinese-credit-report",)
"""Nobody writes about these: there are two articles in English, and one is to be there for who reads English."""

CANNED: tuple[tuple[str, Purpose, dict[str, str]], ...] = (
    (
        "缺少权属证明",
        Purpose.ASK,
        {
            "zh-Hans": "您好：\n关于《{{文章}}》的通知（{{编号}}）已经收到。请在{{期限}}前补充{{缺什么}}，可以直接回复邮件。\n{{审核员}}",
            "zh-Hant": "您好：\n關於《{{文章}}》的通知（{{编号}}）已經收到。請在{{期限}}前補充{{缺什麼}}，可以直接回覆郵件。\n{{审核员}}",
            "en": "Dear notifier,\nwe have your notice {{编号}} about “{{文章}}”. By {{期限}}, please add {{what is missing}}; simply reply to the mail.\n{{审核员}}",
        },
    ),
    (
        "请指明是哪一段",
        Purpose.ASK,
        {
            "zh-Hans": "您好：\n请从《{{文章}}》中照抄您认为有问题的句子，并说明每一句错在哪里、依据是什么。",
            "en": "Please copy from “{{文章}}” the sentences you object to, and say of each what is wrong and how you know.",
        },
    ),
    (
        "不属于本站",
        Purpose.REJECT,
        {"zh-Hans": "您指出的内容不在本站，而在{{网站}}。请向该网站提交通知；本站不能代为处理。"},
    ),
    (
        "公开文书，不采取措施",
        Purpose.DECISION,
        {
            "zh-Hans": "文章所述与{{文书名称和文号}}一致，该文书现行有效。依据{{条款}}，为公共利益而作的如实报道不承担责任。",
            "en": "What the article says agrees with {{title and number of the document}}, which is in force. Under {{条款}}, true reporting in the public interest carries no liability.",
        },
    ),
    (
        "遮盖个人信息",
        Purpose.DECISION,
        {"zh-Hans": "截图中的姓名、电话与报道没有必要联系。依据{{条款}}，遮盖这些信息，其余内容保留。"},
    ),
    ("已电话核实", Purpose.NOTE, {"zh-Hans": "{{日期}}致电{{谁}}核实：{{结果}}。"}),
    (
        "维持原决定",
        Purpose.APPEAL,
        {
            "zh-Hans": "我们由没有参与原决定的人重新审查了案件{{案件}}。申诉提出的{{新的材料}}不改变原来的认定，理由如下：{{理由}}。"
        },
    ),
)
"""Texts kept ready, in the languages that parties write in."""

TOPICS = (
    "借呗展期", "信用卡分期", "助学贷款宽限", "网贷合同条款", "担保费", "提前还款", "代偿通知", "征信异议", "催收电话记录", "债务重组",
    "个人破产试点", "小额诉讼", "支付令", "仲裁条款", "联系人授权", "还款计划", "逾期利息", "服务费公示", "第三方催收", "投诉渠道",
)  # fmt: skip
PLACES = ("上海", "深圳", "成都", "武汉", "西安", "南京", "杭州", "青岛", "长沙", "沈阳")
"""Twenty topics in ten places make the two hundred short articles that a notice of a law firm can name."""
