"""Each rule by itself: what it mends or sees, and what it must leave alone. No rule is without both."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tracker.content.blocks import Block, Kind, from_markdown
from tracker.content.faults import FAULTS
from tracker.content.inspection import inspect
from tracker.content.order import PAGE_FAULTS
from tracker.content.repairs import REPAIRS, rules_for
from tracker.content.saved.structure import STRUCTURE, build

MENDED: dict[str, list[tuple[str, str]]] = {
    "mojibake": [("å€ºåŠ¡å‚¬æ”¶", "债务催收"), ("cafÃ© au lait", "café au lait"), ("â€œyesâ€\x9d", "“yes”")],
    "mojibake-gbk": [("鍊哄姟鍌\ue101敹闂\ue1c0\ue57d", "债务催收问题")],
    "entities": [("甲&nbsp;乙", "甲\xa0乙"), ("1&lt;2&#x3002;", "1<2。"), ("&amp;amp;", "&")],
    "invisible": [("债\u200b务\ufeff人", "债务人"), ("soft\u00adhyphen", "softhyphen"), ("甲\u200d乙", "甲乙")],
    "shifted": [("催收?qǐng)F(tuán)隊(duì)", "催收團隊(duì)")],
    "readings": [
        ("債(zhài)務(wù)", "債務"), ("催收（cuī shōu）", "催收"), ("催收(cuīshōu)", "催收"), ("债[zhai4]", "债"), ("债【zhai】", "债"),
        ("债（ㄓㄞˋ）", "债"), ("女 ( nǚ )", "女"), ("西安(xī'ān)市", "西安市"), ("绿(lü)色", "绿色"), ("\ue000债\ue001(zhài)", "\ue000债\ue001"),
        ("长(cháng)短、长(zhǎng)大", "长短、长大"),
    ],
    "full-width": [("第１２条", "第12条"), ("ＡＢＣ", "ABC"), ("１．５％", "1.5％")],
    "script": [
        ("網絡借貸", "网络借贷"), ("面臨著", "面临着"), ("著名的學者的著作", "著名的学者的著作"), ("乾隆與乾淨", "乾隆与干净"), ("徵信與宮商角徵羽", "征信与宫商角徵羽"),
        ("於是", "于是"), ("皇后在後面", "皇后在后面"), ("顯著", "显著"),
    ],
    "punctuation": [("第一,第二", "第一，第二"), ("如下:", "如下："), ("收入: 每月", "收入：每月"), ("真的吗?不是!", "真的吗？不是！"), ("“好”;“坏”", "“好”；“坏”")],
    "blanks": [("甲  乙", "甲 乙"), ("甲\t乙", "甲 乙"), ("第二章\u3000附则", "第二章 附则"), ("1.1\u3000利息", "1.1 利息")],
    "numerals": [
        ("一、 利息", "一、利息"), ("十二、\u3000利息", "十二、利息"), ("（三） 利息", "（三）利息"), ("1、 利息", "1、利息"),
    ],
}  # fmt: skip

SPARED: dict[str, list[str]] = {
    "mojibake": ["naïve Müller “x”", "尾号××××”，保存", "Ünïcödé", "Âge"],
    "mojibake-gbk": ["联通公司的网络，覆盖全国各地。", "债务催收问题"],
    "entities": ["AT&T; R&D", "a & b", "&unheardof;"],
    "invisible": ["👨\u200d👩\u200d👧", "普通的字"],
    "shifted": ["好吗?a)F(x)", "收?qǐng)Q(tuán)"],
    "readings": [
        "人工智能（AI）",
        "银行(bank)",
        "国际货币基金组织(IMF)",
        "第(a)项",
        "赟（yūn）",
        "甲（yǐ）",
        "2026年（民）字",
        "债（zhài",
    ],
    "full-width": ["18％", "（一）", "，。"],
    "script": ["显著的著作", "这么多东西", "瞭望塔", "慰藉", "拼命地干", "后面", "English words"],
    "punctuation": ["联系人:13800000000", "3:1", "22:00", "a,b", "https://example.org/", "甲, Ltd."],
    "blanks": ["甲 乙", "《办法 总则》"],
    "numerals": ["一、利息", "利息、 罚息", "第一章 利息", "1. 利息", "1.1 利息", "一 利息"],
}

SEEN: dict[str, list[str]] = {
    "gap": ["随着经济全 化的深入，", "电话也有 催收、短信", "（经\u3000催收）以后，不再", "二、全 化的冲击与影响"],
    "gap-at-stop": ["通过 、短信等方式", "请拨打 。", "（ 催收）", "说“ ”的话"],
    "stops": ["当天，，还清", "甲、，乙", "，以后再说", "（，见附表）", "还清。，再说"],
    "empty-brackets": ["说“”的话", "依《》第三条", "签字（）", "还款()日"],
    "unreadable": ["债\ufffd人", "一条□信", "锟斤拷锟斤拷", "å\x80ºå\x8a¡"],
    "strange": ["鏅儬閲戣瀺鐨勫偓鏀惰鍒"],
    "reading": ["?qǐng)的", "债（quán）务", "F(tuán)隊"],
    "masked": ["挂**了电话", "电＊＊话", "还○○款"],
    "placeholder": ["[图片]", "见【附件】", "（此处已添加小程序）"],
    "markup": ["<p>一段", "甲</span>", "一&nbsp;二"],
    "unpaired": ["（某某律所", "某某律所）", "《民法典第三条", "a) 甲（乙"],
    "unfinished": ["先记下号码，", "第一件事做完了，第二件事是", "写完了。后面又来一句", "条件有甲、"],
}

PAGES: dict[str, tuple[str, str]] = {
    "question": (
        "催收要合法。催收不合法的，可以投诉催收的公司。\n\n其中催收问尤为突出。",
        "催收要合法。催收不合法的，可以投诉催收的公司，有问题就当场问。律师问，家属也问。\n\n机构问，催收员问。访问、询问、疑问。",
    ),
    "title-again": ("一段话。\n\n逾期以后的十件小事", "一段话。\n\n逾期以后"),
    "paragraph-again": (
        "同样的一段话写了两遍，读的人会觉得奇怪，也会不放心。\n\n中间一段。\n\n同样的一段话写了两遍，读的人会觉得奇怪，也会不放心。",
        "短的一句。\n\n中间一段。\n\n短的一句。",
    ),
    "numbers": (
        "## 一、甲\n\n话。\n\n## 三、丙\n\n话。",
        "## 第一章 甲\n\n### 一、乙\n\n1. 子\n2. 丑\n\n话。\n\n1. 子\n1. 丑\n\n### 二、丙\n\n话。\n\n## 第二章 丁\n\n### 一、戊\n\n话。",
    ),
    "nothing-follows": (
        "## 一、甲\n\n要做三件事：\n\n## 二、乙\n\n话。",
        "## 一、甲\n\n要做三件事：\n\n1. 一件\n\n## 二、乙\n\n比例是3:1。",
    ),
    "empty-section": ("## 一、甲\n\n## 二、乙\n\n话。", "## 一、甲\n\n### 1.1 子\n\n话。\n\n## 二、乙\n\n话。"),
}

CLEAN = [
    "《互联网金融 个人网络消费信贷 贷后催收风控指引》于2025年2月28日发布并实施。",
    "每日22:00至次日8:00（另有约定的除外）不得催收；尾号××××的号码，也是一样。",
    "他问：“要还多少？”对方答不上来，只说“过几天再问”。",
    "一般是这样，但（见第3项）有例外：a）本人同意的；b）法律另有规定的。",
    "第一，记下号码；第二，保存短信……第三，投诉。",
    "依GDPR第6条第1款（f）项的处理，您可以提出反对。",
    "可以写信到 help@example.org 或者拨打 12378 反映，API 的文档在 README 里。",
    "年 月 日",
    "张三　李四　王五",
    "“真的？！”她说，“不会吧……”",
    "见 **重点** 一节，用 `x 与 y` 作例子。",
]

STRUCTURED: dict[str, tuple[list[str], list[str]]] = {
    "furniture": (["上一篇：没有了", "正文一段，说了一些话。"], ["正文一段，说了一些话。"]),
    "title-again": (["题目在这里说", "题目在这里说", "话。"], ["话。"]),
    "paragraph-again": (
        ["同样的一段话写了两遍，读的人会觉得奇怪，也会不放心。"] * 2,
        ["同样的一段话写了两遍，读的人会觉得奇怪，也会不放心。"],
    ),
    "broken-lines": (["话说了一半", "，又说了一半。"], ["话说了一半，又说了一半。"]),
    "headings": (["一、第一节", "话。", "1.1 小节", "话。"], ["## 一、第一节", "话。", "### 1.1 小节", "话。"]),
    "lists": (["话：", "1. 甲。", "2. 乙。"], ["话：", "1. 甲。", "2. 乙。"]),
    "list-numbers": (["1、甲。", "1、乙。"], ["1. 甲。", "2. 乙。"]),
    "lead-ins": (["1. 先看：看合同。", "2. 再算：算利息。"], ["1. **先看：**看合同。", "2. **再算：**算利息。"]),
}

KEPT: dict[str, list[str]] = {
    "furniture": ["分享：我是怎样还清的", "版权所有人可以要求删除", "Next steps", "Share of income", "Read more carefully"],
    "title-again": ["题目在别处说", "话。"],
    "paragraph-again": ["同样的一段话写了两遍，读的人会觉得奇怪，也会不放心。", "中间一段。", "同样的一段话写了两遍，读的人会觉得奇怪，也会不放心。"],
    "broken-lines": ["话说了一半。", "“又说”了一半。"],
    "headings": ["一、这一句有句号。", "2026年的事", "话。"],
    "lists": ["1.5％的利息。", "2026. 年"],
    "list-numbers": ["1. 甲。", "2. 乙。"],
    "lead-ins": ["1. 先看：看合同。", "2. 再算利息。"],
}  # fmt: skip


def rule(name: str):  # type: ignore[no-untyped-def]
    return next(rule for rule in (*REPAIRS, *FAULTS, *PAGE_FAULTS, *STRUCTURE) if rule.name == name)


def test_every_rule_has_its_promise_and_cases_of_either_kind() -> None:
    assert [rule.name for rule in REPAIRS] == list(MENDED) == list(SPARED)
    assert [rule.name for rule in FAULTS] == list(SEEN)
    assert [rule.name for rule in PAGE_FAULTS] == list(PAGES)
    assert [rule.name for rule in STRUCTURE] == list(STRUCTURED) == list(KEPT)
    assert all(rule.promise.endswith(".") for rule in (*REPAIRS, *FAULTS, *PAGE_FAULTS, *STRUCTURE))


@pytest.mark.parametrize(
    ("name", "text", "mended"), [(name, *case) for name, cases in MENDED.items() for case in cases]
)
def test_a_repair_keeps_its_promise_and_does_nothing_more_the_second_time(name: str, text: str, mended: str) -> None:
    found, count = rule(name).mend(text)
    assert (found, count > 0) == (mended, True)
    assert rule(name).mend(mended) == (mended, 0)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in SPARED.items() for text in texts])
def test_a_repair_leaves_alone_what_is_none_of_its_business(name: str, text: str) -> None:
    assert rule(name).mend(text) == (text, 0)


def test_of_many_readings_none_was_meant() -> None:
    many = ["债(zhài)权(quán)人(rén)会(huì)议(yì)由管(guǎn)理人召集，赟(yūn)列席。"]
    readings = next(rule for rule in rules_for(many, is_chinese=True) if rule.name == "readings")
    assert readings.mend(many[0]) == ("债权人会议由管理人召集，赟列席。", 7)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in SEEN.items() for text in texts])
def test_a_fault_is_seen_where_it_is(name: str, text: str) -> None:
    found = list(rule(name).find(Block(Kind.PARAGRAPH, text, 7)))
    assert found
    assert {place.line for place in found} == {7}
    assert all(place.said.strip() for place in found)


@pytest.mark.parametrize("text", CLEAN)
def test_sentences_as_people_write_them_are_not_complained_of(text: str) -> None:
    assert inspect(from_markdown(text), "另一个题目", is_chinese=True) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_fault_of_a_page_is_seen_and_only_that(name: str) -> None:
    wrong, right = PAGES[name]
    title = "逾期以后的十件小事"
    assert [found.rule for found in inspect(from_markdown(wrong), title, is_chinese=True)] == [name]
    assert inspect(from_markdown(right), title, is_chinese=True) == []


def test_a_place_in_a_paragraph_of_several_lines_has_its_own_line() -> None:
    found = inspect(from_markdown("第一行，\n第二行说全 化，\n第三行。", 10), "题", is_chinese=True)
    assert [(one.line, one.rule) for one in found] == [(11, "gap")]


def test_code_is_no_language() -> None:
    assert inspect(from_markdown("```\n全 化，，（\n```\n\n用`全 化，，（`作例子。"), "题", is_chinese=True) == []


@pytest.mark.parametrize("name", STRUCTURED)
def test_a_page_gets_its_build_back(name: str) -> None:
    lines, wanted = STRUCTURED[name]
    found, counts = build([Block(Kind.PARAGRAPH, line, at) for at, line in enumerate(lines)], "题目在这里说")
    assert [_written(block) for block in found] == wanted
    assert name in counts


@pytest.mark.parametrize("name", KEPT)
def test_a_page_keeps_the_build_it_has(name: str) -> None:
    blocks = [Block(Kind.PARAGRAPH, line, at) for at, line in enumerate(KEPT[name])]
    assert name not in build(blocks, "题目在这里说")[1]


def test_a_heading_is_no_furniture_unless_it_leads_to_other_pages() -> None:
    blocks = [Block(Kind.HEADING, words, at, 2) for at, words in enumerate(["举报", "相关文章"])]
    assert [block.text for block in build(blocks, "题目在这里说")[0]] == ["举报"]


def _written(block: Block) -> str:
    marks = {Kind.HEADING: f"{'#' * block.level} ", Kind.ITEM: f"{block.marker} "}
    return marks.get(block.kind, "") + block.text.replace("\ue000", "**").replace("\ue001", "**")


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet="债权人催收问，。：（）(zhài) 1一、.\u200b\u3000臺著&;ltå€º", max_size=60))
@example("&ampamp;lt;")
@example("债(zhài)(zhài)")
def test_all_repairs_together_come_to_an_end(text: str) -> None:
    for _ in range(4):
        before = text
        for one in REPAIRS:
            text = one.mend(text)[0]
        if text == before:
            return
    pytest.fail(f"{text!r} is never done")
