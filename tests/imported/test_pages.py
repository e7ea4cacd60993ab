"""Saved pages of many kinds, each damaged in its own way, to articles: what is found, mended, left out and left over."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import pytest

from config import ROOT
from tests.imported.reading import CATEGORIES, GIVEN, PAGES, TODAY, body, left, saved
from tracker import content
from tracker.content.front_matter import parsed
from tracker.content.inspection import inspect_file
from tracker.content.saved.article import import_page
from tracker.domain.errors import BadContent


@dataclass
class Wanted:
    """What must be found on a page; a word that `has` names stands in the body, one that `lacks` names nowhere."""

    title: str
    category: str = ""
    heat: int | None = None
    responses: int | None = None
    sections: tuple[int, int] = (0, 0)
    published: date | None = None
    has: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)
    mended: set[str] = field(default_factory=set)
    left: list[tuple[str, int]] = field(default_factory=list)
    saved: dict[str, object] = field(default_factory=dict)


WANTED: dict[str, Wanted] = {
    "wordpress.html": Wanted(
        "共同借款人要不要还全部的钱", "借款人权益", 1024, 6, (2, 2), date(2025, 3, 18),
        has=["债权人找其中一个", "几个人之间**约定**了份额的", "[追偿的办法](https://old.example.org/2025/02/zhuichang/)"],
        lacks=["广告位", "分享到", "楼上说得对", "热门文章", "tracker", "entry-content{", "（zhài"],
        mended={"readings"},
        saved={"contact": ["侵权删除请联系：editor@example.org"]},
    ),
    "wechat.html": Wanted(
        "收到法院短信先别慌", published=date(2025, 6, 1), sections=(2, 0),
        has=["## 看清案号", "## 记住期限", "也有一串链接"],
        lacks=["给机器看", "领取资料", "二维码", "阅读原文", "window.reading"],
        mended={"broken-lines", "headings", "furniture"},
        left=[("media", 17), ("stops", 18)],
    ),
    "discuz.html": Wanted(
        "担保人去世了债务怎么办", "借款人权益", sections=(2, 0),
        has=["## 继承人承担到什么程度", "超过的部分不必还。"],
        lacks=["乱码 p", "防采集", "顶一下"],
        mended={"headings"},
        saved={"contact": ["联系我们：admin@example.org"]},
    ),
    "dedecms.html": Wanted(
        "电话录音能不能作证据", "纠纷处理", 233, sections=(3, 0), published=date(2019, 5, 6),
        has=["## 一、录音要完整", "## 三、原件要留着"],
        lacks=["证人怎样出庭", "没有了", "\u3000", "\u00a0", "**"],
        mended={"headings"},
        left=[("gap-at-stop", 16)],
        saved={"author": "小周", "source": "本站"},
    ),
    "gov.html": Wanted(
        "关于规范贷后管理的说明", "纠纷处理", sections=(3, 2),
        has=["## 第一章 总则", "### （一）联系的时间"],
        lacks=["TRS_Editor", "网站标识码", "某地信息公开"],
        mended={"headings", "blanks"},
        left=[("unpaired", 15), ("numbers", 16)],
    ),
    "word.html": Wanted(
        "还款计划书怎么写",
        has=["1. **写清收入：**每月到手多少", "3. **写清金额：**"],
        lacks=["mso-list", "新建网页"],
        mended={"lists", "lead-ins", "punctuation"},
    ),
    "fullwidth.txt": Wanted(
        "利率换算的小常识", sections=(2, 2),
        has=["### 1.1 日利率换成年利率", "乘以360", "月息1.5％", "1. **看清单复利：**利滚利的"],
        lacks=["３", "１", "\u3000"],
        mended={"full-width", "headings", "lists", "lead-ins", "blanks"},
    ),
    "lost.html": Wanted(
        "租房押金被扣怎么办", sections=(3, 0),
        has=["## 交接时做什么", "## 小结"], lacks=["**", "\n租房押金被扣怎么办"],
        mended={"headings"},
    ),
    "tables.html": Wanted(
        "三种还款方式的比较",
        has=["按十二期计算", "| 方式 | 每月本金 | 总利息 |\n| --- | --- | --- |", "| 等额本金 | 每月相同 | 最少 |", "到期一次还\\|利息最多"],
        left=[("joined-cells", 4)],
    ),
    "lists.html": Wanted(
        "办理异议要带的材料",
        has=[
            "1. 证明身份的\n   - 身份证原件\n   - 代办的，另带：\n     - 委托书\n     - 代办人的身份证\n2. 证明事实的：",
            "\n\n   银行流水、结清证明", "1. 取号。\n2. 填表。\n3. 交材料，拿回执。",
        ],
        mended={"list-numbers"},
    ),
    "readings.txt": Wanted(
        "债权人会议是怎么开的",
        has=["债权人会议由全体债权人组成。管理人负责召集，法院可以派人列席。", "都要先申报，再核查", "可以在分配以前补报", "（INSOL）", "（2006年）"],
        lacks=["quán", "ㄍ", "bǔ", "yuàn"],
        mended={"readings"},
    ),
    "mixed.html": Wanted(
        "网贷平台的资金存管",
        has=["不该经过平台自己的账户", "平台上写着", "著名的平台", "于是监管部门", "效果显著", "乾隆年间"],
        lacks=["臺", "錢", "写著"],
        mended={"script"},
    ),
    "hidden.html": Wanted(
        "验证码不要告诉别人",
        has=["验证码等于钥匙。银行不会向您要。", "再拨官方号码。", "请银行止付。"],
        lacks=["秒批", "加微信", "快速下款", "推广内容", "广告脚本", "框架", "读屏", "装饰", "打开脚本", "\u200b", "\ufeff"],
        mended={"invisible"},
        left=[("media", 10)],
    ),
    "duplicates.html": Wanted(
        "仲裁裁决能不能不认", sections=(2, 0),
        has=["裁决作出以后就生效", "## 一、撤销的情形\n\n没有仲裁协议"],
        mended={"paragraph-again"},
        left=[("paragraph-again", 10)],
    ),
    "split.txt": Wanted(
        "小额诉讼适合什么样的纠纷",
        has=["符合下面三个条件的，可以", "1. **金额不大：**不超过", "2. **事实清楚：**", "没有太大分歧。\n"],
        mended={"broken-lines", "lists", "lead-ins"},
    ),
    "broken.txt": Wanted(
        "催收电话打到单位以后",
        has=["说要找“”", "挂\\*\\*了", "\\[图片\\]"],
        left=[
            ("empty-brackets", 3), ("unreadable", 3), ("masked", 3), ("stops", 5), ("unpaired", 5), ("placeholder", 7),
            ("gap-at-stop", 9), ("unreadable", 9), ("unfinished", 11),
        ],
    ),
    "numbers.txt": Wanted(
        "支付令是怎么一回事", sections=(5, 2),
        mended={"headings", "lists"},
        left=[("numbers", 13), ("numbers", 17), ("numbers", 25), ("empty-section", 27), ("nothing-follows", 31)],
    ),
    "entities.txt": Wanted(
        "利息收据要不要开票？",
        has=["收了利息的一方——不管", "1000元<含>的"],
        lacks=["&nbsp;", "&mdash;", "&amp;"],
        mended={"entities", "blanks"},
        left=[("markup", 5), ("markup", 5)],
    ),
    "english.html": Wanted(
        "Reading a loan agreement", "Debt collection", 12, 3, (2, 2),
        has=["## 1. The rate", "the *annual* rate; a monthly one of **1.5 per cent**", "- a fixed sum\n- a share"],
        lacks=["Another post", "Related"],
        mended={"furniture"},
        saved={"author": "A. Writer"},
    ),
    "contents.html": Wanted(
        "逾期以后的十件小事", sections=(3, 0), has=["## 一、先接电话\n\n电话不接"], lacks=["目录"], mended={"headings"},
    ),
    "links.html": Wanted(
        "哪里能查征信",
        has=[
            "[官方网站](<https://www.example.org/a_(b)>)", "[网点](https://old.example.org/wangdian.html)",
            "不要点这里，也不要点这里。", "[help@example.org](mailto:help@example.org)", "`a*b_c`", "2\\*3\\*4", "\\[注\\]",
        ],
        lacks=["javascript", "#top"],
        left=[("media", 5)],
    ),
    "pre.html": Wanted(
        "民间借贷的利息上限", sections=(2, 0), has=["## 二、砍头息怎么办"], lacks=["```", "    "], mended={"headings"},
    ),
    "source.html": Wanted(
        "老人签的借条算不算数", published=date(2024, 11, 5), has=["由监护人代理；没有代理的"],
        lacks=["发布时间"], saved={"source": "晚晴周刊", "author": "李某"},
    ),
    "mojibake.txt": Wanted("债务重组不是借新还旧", has=["重组是把还款的时间和金额重新谈过"]),
}  # fmt: skip


def test_every_page_has_its_case_and_they_are_many() -> None:
    files = {file.name for file in PAGES.iterdir()} - {"twin.txt", "frames.html"}
    assert files == WANTED.keys()
    assert len(files) > 20


@pytest.mark.parametrize("name", WANTED)
def test_what_stands_on_a_page_is_found_mended_and_pointed_out(name: str) -> None:
    made, wanted = saved(name), WANTED[name]
    facts, text = made.facts, body(made)
    assert (facts.title, facts.category) == (wanted.title, wanted.category)
    assert (facts.heat, facts.responses, facts.published) == (wanted.heat, wanted.responses, wanted.published)
    assert (made.sections, made.subsections) == wanted.sections
    assert [words for words in wanted.has if words not in text] == []
    assert [words for words in wanted.lacks if words in text] == []
    assert set(made.repairs) == wanted.mended
    assert left(made) == wanted.left
    header = parsed(made.content)[0].mapping("saved")
    for key, value in wanted.saved.items():
        assert value == (header.words(key) if isinstance(value, list) else header.text(key, 100))


@pytest.mark.parametrize("name", WANTED)
def test_an_article_is_accepted_once_a_person_has_said_what_no_page_says(name: str) -> None:
    made = saved(name)
    given = re.sub(rb"\ncategory: ''\n", b"\ncategory: disputes\n", made.content)
    source = content.read_article(given, CATEGORIES, ("zh-Hans", "en"))
    assert (source.title, source.slug) == (made.facts.title, made.slug)
    assert (source.heat, source.responses) == (made.facts.heat or 0, made.facts.responses or 0)
    assert source.published_on == (made.facts.published or TODAY)
    assert source.summary


@pytest.mark.parametrize("name", WANTED)
def test_a_page_is_inspected_once_and_says_the_same_afterwards(name: str) -> None:
    """What `check content` finds in the file is what the import listed, less what only the saved page has."""
    made = saved(name)
    found = [(one.rule, one.line) for one in inspect_file(made.content)]
    told = [(one.rule, one.line) for one in made.left if one.line and one.rule not in {"title", "category"}]
    assert sorted(found) == sorted(told)


@pytest.mark.parametrize("name", WANTED)
def test_what_is_made_of_a_page_is_made_of_it_again(name: str) -> None:
    """An article rendered, saved and imported has the same headings and words: nothing is mended twice."""
    made = saved(name)
    page = f"<title>{made.facts.title}</title><h1>{made.facts.title}</h1>{content.render(body(made)).html}"
    again = import_page(page.encode(), name, GIVEN)
    assert content.render(body(again)).text.split() == content.render(body(made)).text.split()


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "utf-8": lambda text: text.encode(),
    "with a mark": lambda text: text.encode("utf-8-sig"),
    "gb18030": lambda text: text.encode("gb18030"),
    "gbk, as Windows ends lines": lambda text: text.replace("\n", "\r\n").encode("gbk"),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16 without a mark": lambda text: text.encode("utf-16-le"),
    "utf-16, the other end first": lambda text: text.encode("utf-16-be"),
    "utf-32": lambda text: text.encode("utf-32"),
    "as an old Mac ends lines": lambda text: text.replace("\n", "\r").encode(),
    "utf-8 read as windows-1252": lambda text: _misread(text).encode(),
    "utf-8 read as latin-1": lambda text: text.encode().decode("latin-1").encode(),
}


def _misread(text: str) -> str:
    """Read as a browser reads what it takes for Windows-1252: bytes without a character stay."""
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode())


@pytest.mark.parametrize("name", ["mojibake.txt", "numbers.txt", "fullwidth.txt"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_encoding_is_recognised_and_lines_keep_their_numbers(encoding: str, name: str) -> None:
    text = (PAGES / name).read_text(encoding="utf-8")
    made, plain = import_page(ENCODINGS[encoding](text), name, GIVEN), saved(name)
    assert body(made) == body(plain)
    assert left(made) == left(plain)


def test_big5_is_recognised_and_simplified() -> None:
    text = "借據遺失怎麼辦\n\n借據遺失以後，轉帳紀錄、對話紀錄都可以證明借款。請先把這些資料備份，再請對方補寫一張。\n"
    made = import_page(text.encode("big5"), "big5.txt", GIVEN)
    assert made.facts.title == "借据遗失怎么办"
    assert "转帐纪录、对话纪录都可以证明借款" in body(made)


def test_a_declared_encoding_is_believed_unless_the_bytes_are_utf_8() -> None:
    page = (PAGES / "dedecms.html").read_text(encoding="utf-8")
    assert body(import_page(page.encode("gb18030"), "old.html", GIVEN)) == body(saved("dedecms.html"))


def test_utf_8_read_as_gbk_comes_back_where_every_byte_is_there_and_is_pointed_out_where_not() -> None:
    good, bad = "债务催收问题", "普惠金融的催收规则"
    text = f"一篇文章的题目\n\n{good.encode().decode('gb18030')}\n\n{bad.encode().decode('gb18030', 'replace')}\n"
    made = import_page(text.encode(), "x.txt", GIVEN)
    assert good in body(made)
    assert bad not in body(made)
    assert {line for _, line in left(made)} == {5}


def test_a_broken_byte_costs_its_character_alone() -> None:
    text = "一篇文章的题目\n\n第一段话很长，长到一个坏字节不算什么，其余的字都读得出来。\n".encode()
    made = import_page(text.replace("坏".encode(), b"\xe5\x9d"), "x.txt", GIVEN)
    assert "长到一个�字节不算什么" in body(made)
    assert left(made) == [("unreadable", 3)]


def test_what_an_article_says_further_down_stays_in_it() -> None:
    """Dates, numbers to call and names of categories are facts of a page at its top, and its words elsewhere."""
    lines = ["投诉怎样写才有用", "投诉的方式有三种：", "1. 打电话：拨打12378。", "2. 写信：寄到公布的地址。", "投诉电话：12345",
             "一、样信", "请在收到后十五日内答复。", "纠纷处理", "2026年2月6日", "阅读 12", "作者：张某"]  # fmt: skip
    made = import_page("\n\n".join(lines).encode(), "x.txt", GIVEN)
    kept = body(made)
    assert [words for words in lines[1:] if words.split("：")[-1] not in kept] == []
    assert (made.facts.category, made.facts.heat, made.facts.published, made.facts.contact) == ("", None, None, [])


@pytest.mark.parametrize("greeting", ["您好！欢迎访问逾期频道。", "欢迎光临本站！", "来源：某报。"])
def test_a_greeting_and_a_line_of_facts_are_no_sentence_of_the_article(greeting: str) -> None:
    lines = [greeting, "怎样协商还款", "纠纷处理 3℃ 0", "2024-05-03", "正文一段话，说明经过。", "2025-01-01"]
    made = import_page("\n\n".join(lines).encode(), "x.txt", GIVEN)
    assert body(made) == "\n\n".join(lines[4:])
    found = made.facts
    assert (found.title, found.category, found.heat) == ("怎样协商还款", "纠纷处理", 3)
    assert (found.published, found.responses, found.source in {"", "某报"}) == (date(2024, 5, 3), 0, True)


def test_numbers_to_call_are_what_an_article_is_about() -> None:
    lines = [
        "怎样投诉催收",
        "可以向监管部门反映。",
        "各地的电话如下：",
        "联系电话：010-12345678",
        "联系人：李某 13800000000",
    ]
    made = import_page("\n\n".join([*lines, "本站侵权删帖联系方式：", "13900000000"]).encode(), "x.txt", GIVEN)
    assert body(made) == "\n\n".join(lines[1:])
    assert made.facts.contact == ["本站侵权删帖联系方式：", "13900000000"]


NOT_PAGES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "空的"),
    "blank": (b" \r\n\t\n", "空的"),
    "only a mark": (b"\xef\xbb\xbf", "空的"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF"),
    "docx": (b"PK\x03\x04\x14\x00\x06\x00", "DOCX"),
    "doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "DOC"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
    "program": (b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 20, "编码认不出来"),
    "noise": (bytes((n * 7919 + 13) % 256 for n in range(4000)), "编码认不出来"),
    "mhtml": (
        b"From: <Saved>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\tboundary=x\r\n\r\n",
        "MHTML",
    ),
    "frames": ((PAGES / "frames.html").read_bytes(), "没有找到正文"),
    "a page of navigation": (
        b"<html><body><nav><a href=/>\xe9\xa6\x96\xe9\xa1\xb5</a></nav></body></html>",
        "没有找到正文",
    ),
    "an article": ((ROOT / "content" / "cuishou-hefa-bianjie.md").read_bytes(), "已经是带front matter"),
    "too large": (b"<p>" + b"x" * (20 * 1024 * 1024), "20 MB"),
}


@pytest.mark.parametrize("name", NOT_PAGES)
def test_what_is_no_page_is_refused_with_the_cure(name: str) -> None:
    file, said = NOT_PAGES[name]
    with pytest.raises(BadContent, match=said):
        import_page(file, name, GIVEN)


def test_a_very_long_page_keeps_every_paragraph() -> None:
    paragraphs = [f"第{n}段说的是第{n}件事，写得不长，但每一段都不一样。" for n in range(1200)]
    made = import_page(("很长的一篇文章\n\n" + "\n\n".join(paragraphs)).encode(), "long.txt", GIVEN)
    assert body(made).split("\n\n") == paragraphs
    assert left(made) == []


def test_a_page_that_is_nested_without_end_is_read() -> None:
    page = "<div><span><b>" * 5_000 + "<p>里面只有一句话。</p>"
    assert body(import_page(page.encode(), "deep.html", GIVEN)) == "**里面只有一句话。**"
