"""Markdown to safe HTML, and files to articles: emphasis, attacks, headings, marked passages, complaints."""

import re
from collections import Counter
from contextlib import suppress
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from werkzeug.test import Client

from config import ROOT
from tests.factories import BODY, markdown, publish
from tracker import content
from tracker.content import mark, plain, read_article, read_categories, read_page, render
from tracker.content.inspection import inspect_file
from tracker.domain.errors import BadContent
from tracker.render.site import WRITTEN, Site

CATEGORIES = read_categories(ROOT / "content" / "categories.yml", ("zh-Hans", "en"))
VOID = {"br", "hr", "img", "input", "link", "meta", "col", "embed", "source", "area", "base"}
ALLOWED = {
    "a", "abbr", "b", "blockquote", "br", "code", "del", "div", "em", "figcaption", "figure", "h2", "h3", "h4", "hr", "i",
    "li", "mark", "ol", "p", "pre", "s", "section", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead",
    "tr", "ul",
}  # fmt: skip


class Page(HTMLParser):
    """Reads HTML as a browser's parser would and notes what could do harm or is not closed."""

    def __init__(self, html: str, allowed: set[str] | None = None) -> None:
        super().__init__(convert_charrefs=True)
        self.allowed = allowed
        self.harm: list[str] = []
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in VOID:
            self.open.append(tag)
        if self.allowed is not None and tag not in self.allowed:
            self.harm.append(f"<{tag}>")
        for name, value in attrs:
            self._attribute(tag, name, value or "")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name == "id":
            self.ids.append(value)
        if name == "href" and tag == "a":
            self.targets.append(value)
        bare = re.sub(r"[\t\r\n]", "", value.lstrip("".join(map(chr, range(33))))).lower()
        scheme = re.match(r"([a-z][a-z0-9+.-]*):", bare)  # as the URL standard reads it
        is_foreign = scheme is not None and scheme[1] not in {"http", "https", "mailto", "tel"}
        if name in {"href", "src", "action", "formaction", "data"} and is_foreign:
            self.harm.append(f"{name}={value}")
        if name.startswith("on") or name in {"style", "srcdoc", "http-equiv", "ping", "background", "formaction"}:
            self.harm.append(f"{name}={value}")

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.open or self.open.pop() != tag:
            self.harm.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.harm.append("a comment")

    def unknown_decl(self, data: str) -> None:
        self.harm.append("a declaration")

    def handle_pi(self, data: str) -> None:
        self.harm.append("an instruction")


def assert_harmless(html: str) -> Page:
    page = Page(html, ALLOWED)
    assert page.harm == []
    assert page.open == []
    return page


EMPHASIS = [
    ("**注意：**逾期不等于违法", "<strong>注意：</strong>逾期不等于违法"),
    ("他说**“不行”**。", "他说<strong>“不行”</strong>。"),
    ("前面**（括号）**后面", "前面<strong>（括号）</strong>后面"),
    ("**《民法典》**第545条", "<strong>《民法典》</strong>第545条"),
    ("第**1**条", "第<strong>1</strong>条"),
    ("**重点**——说明", "<strong>重点</strong>——说明"),
    ("——**说明**", "——<strong>说明</strong>"),
    ("**一**，**二**。", "<strong>一</strong>，<strong>二</strong>。"),
    ("*强调。*然后", "<em>强调。</em>然后"),
    ("***粗斜。***然后", "<em><strong>粗斜。</strong></em>然后"),
    ("~~“旧数字”~~新数字", "<s>“旧数字”</s>新数字"),
    ("中文 **空格** 中文", "中文 <strong>空格</strong> 中文"),
    ("**省略……**后面", "<strong>省略……</strong>后面"),
    ("**全角！**Ａ", "<strong>全角！</strong>Ａ"),
    ("**テスト。**テキスト", "<strong>テスト。</strong>テキスト"),
    ("**𠮷。**𠮷", "<strong>𠮷。</strong>𠮷"),
    ("**合计：**100元", "<strong>合计：</strong>100元"),
    ("**A.**中文", "<strong>A.</strong>中文"),
    ("行首\n**换行：**后面", "行首\n<strong>换行：</strong>后面"),
    ("** 不是 **", "** 不是 **"),
    ("** 不是**逾期", "** 不是**逾期"),
    ("也** 不是**逾期", "也** 不是**逾期"),
    ("**也不是 **逾期", "**也不是 **逾期"),
    ("<b>标签</b>是字", "<b>标签</b>是字"),
    ("水是H<sub>2</sub>O<!-- 编者注：未核实 -->", "水是H<sub>2</sub>O"),
    ("a * b * c", "a * b * c"),
    ("snake_case_name", "snake_case_name"),
    ("English **bold**, text", "English <strong>bold</strong>, text"),
    ('English **"no"**text', 'English **"no"**text'),
    (r"\*\*注意：\*\*逾期", "**注意：**逾期"),
    ("`**注意：**`逾期", "<code>**注意：**</code>逾期"),
]


@pytest.mark.parametrize(("source", "html"), EMPHASIS)
def test_emphasis_works_next_to_chinese_punctuation_and_stays_what_it_is_elsewhere(source: str, html: str) -> None:
    assert render(source).html.strip() == f"<p>{html}</p>"


def test_raw_html_brings_no_id_of_the_page_around() -> None:
    html = render('<h2 id="main">一</h2>\n\n<p id="main">零</p>\n\n## 二').html
    assert re.findall(r' id="([^"]*)"', html) == ["section-一", "section-二"]


TARGETS = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "java&#10;script:alert(1)",
    "&#106;avascript:alert(1)", "&#x6A;avascript&colon;alert(1)", "%6Aavascript:alert(1)", "\x01javascript:alert(1)",
    "vbscript:msgbox(1)", "data:text/html,<script>alert(1)</script>", "data:image/svg+xml;base64,PHN2Zz4=",
    "file:///etc/passwd", "blob:https://x/y", "feed:javascript:alert(1)", "view-source:javascript:alert(1)",
    "jar:javascript:alert(1)!", "livescript:x", "ssh://host", "intent://x#Intent;end", "about:blank", "wtai://wp/mc;1",
    "ｊavascript:alert(1)", "javascript&#0000058alert(1)", "javascript\\:alert(1)",
]  # fmt: skip
RAW = [
    "<script>alert(1)</script>", "<SCRIPT SRC=//evil.example/x.js></SCRIPT>", "<scr<script>ipt>alert(1)</script>",
    "<img src=x onerror=alert(1)>", "<img/src=x/onerror=alert(1)>", '<img src="x" onerror="alert(1)"',
    "<svg onload=alert(1)>", "<svg><script>alert(1)</script></svg>", "<svg><animate onbegin=alert(1)>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>", "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'>", "<object data=javascript:alert(1)>", "<embed src=javascript:alert(1)>",
    "<form action=javascript:alert(1)><button>x</button></form>", "<button formaction=javascript:alert(1)>x</button>",
    "<input autofocus onfocus=alert(1)>", "<details open ontoggle=alert(1)>", "<video><source onerror=alert(1)></video>",
    "<body onload=alert(1)>", "<base href=//evil.example/>", "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css>", "<style>*{background:url(//evil.example)}</style>",
    "<p style='position:fixed;inset:0'>x</p>", "<a href='#' onclick=alert(1)>x</a>", "<div id=main class=wrap>x</div>",
    "<template><script>alert(1)</script></template>", "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea><script>alert(1)</script></textarea>", "<title><img src=x onerror=alert(1)></title>",
    "<!--><img src=x onerror=alert(1)>-->", "<![CDATA[<script>alert(1)</script>]]>", "<?xml version='1.0'?><x/>",
    "<!DOCTYPE html><html onload=alert(1)>", "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>", "</article></main><script>alert(1)</script>",
    "<marquee onstart=alert(1)>", "<isindex type=image src=1 onerror=alert(1)>", "<a href=\"javascript:alert(1)\">x</a>",
    "<x onpointerenter=alert(1)>x</x>", "<img src=//evil.example/pixel.png>", "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202e<script>alert(1)</script>", "<ſcript>alert(1)</ſcript>", "<\0script>alert(1)</script>",
]  # fmt: skip
MARKDOWN = [
    "![x](javascript:alert(1))", "![x](https://evil.example/pixel.png)", "![x](data:image/png;base64,AAAA)",
    '[x](https://a.example "t\\" onmouseover=alert(1) x=\\"")', "[x](https://a.example '\"><script>alert(1)</script>')",
    "[x](<https://a.example/\"onmouseover=alert(1)>)", "[x](https://a.example/%22onmouseover=alert(1))",
    "<https://a.example/\"onmouseover=alert(1)>", "<javascript:alert(1)>", "<data:text/html,x>",
    "[x]\n\n[x]: javascript:alert(1)", "[x]\n\n[x]: https://a.example '\"onclick=alert(1)'",
    "[<script>alert(1)</script>](https://a.example)", "`<script>alert(1)</script>`",
    "```html\" onclick=alert(1)\n<script>alert(1)</script>\n```", "    <script>alert(1)</script>",
    "## <img src=x onerror=alert(1)>", "## x {onclick=alert(1)}", "- <script>alert(1)</script>", "> <svg onload=alert(1)>",
    "| <script>alert(1)</script> |\n|---|\n| <img src=x onerror=alert(1)> |", "[x](//evil.example)",
    "[a](javascript:alert(1)) **b** [c][d]\n\n[d]: vbscript:x",
]  # fmt: skip
PAYLOADS = [*RAW, *MARKDOWN, *(f"[x]({target})" for target in TARGETS), *(f"[x](<{target}>)" for target in TARGETS)]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_attack_gets_through(payload: str) -> None:
    html = render(f"前 {payload} 后").html
    assert_harmless(html)
    assert_harmless(render(payload).html)
    assert "<script" not in html.lower()
    assert "evil.example" not in "".join(re.findall(r"""src\s*=\s*['"]?([^'">]*)""", re.sub(r"&lt;.*?&gt;", "", html)))


def test_the_judge_of_attacks_sees_them() -> None:
    """The control: the same payloads through Markdown that lets HTML pass do harm."""
    loose = MarkdownIt("commonmark", {"html": True})
    loose.validateLink = lambda _: True  # type: ignore[method-assign]
    harmful = [payload for payload in PAYLOADS if Page(loose.render(payload), ALLOWED).harm]
    assert len(PAYLOADS) >= 60
    assert len(harmful) >= 60


@settings(deadline=None)
@given(st.text())
@example("[" * 500 + "](" * 500)
@example("**" * 500)
@example("> " * 300 + "x")
@example("\r\n\x0b\x0c\x1c\x85\u2028")
def test_any_text_renders_to_something_harmless(text: str) -> None:
    rendered = render(text)
    assert_harmless(rendered.html)
    assert plain(rendered.html) == rendered.text


@settings(deadline=None)
@given(st.text(alphabet="*_~`#>-+1. \n\t[]()<>!\\|&;:\"'“”，。：（中文ab\0\u200b\u3000"))
def test_any_heap_of_marks_renders_to_something_harmless(text: str) -> None:
    assert_harmless(render(text).html)


def test_headings_have_ids_of_their_own_and_the_contents_lead_to_them() -> None:
    titles = [
        "一、逾期",
        "一、逾期",
        "main",
        "Main",
        "article",
        "",
        "!!!",
        "？",
        "a b",
        "a-b",
        "section",
        "-",
        "逾期 2",
    ]
    rendered = render("\n\n".join(f"{'#' * (2 + n % 3)} {title}" for n, title in enumerate(titles * 20)))
    page = assert_harmless(rendered.html)
    assert len(page.ids) == len(titles) * 20
    assert len(set(page.ids)) == len(page.ids)
    listed = [line.id for top in rendered.toc for line in (top, *top.children)]
    assert set(listed) <= set(page.ids)
    assert not {"main", "article", "contact-heading", "overview", "q"} & set(page.ids)


def test_an_id_stays_when_headings_around_it_change() -> None:
    before, after = render("## 一\n\n## 二").toc, render("## 零\n\n## 二\n\n## 三").toc
    assert before[1] == after[1]


def test_the_contents_hold_two_levels() -> None:
    toc = render("## 一\n\n### 1.1 **粗**\n\n#### 深\n\n### 1.2\n\n## 二").toc
    assert [(top.title, [line.title for line in top.children]) for top in toc] == [
        ("一", ["1.1 粗", "1.2"]),
        ("二", []),
    ]
    assert [line.title for line in render("### 先来的\n\n## 一").toc] == ["先来的", "一"]


def test_every_level_of_heading_is_one_that_the_page_has_room_for() -> None:
    html = render("\n\n".join(f"{'#' * level} 第{level}级" for level in range(1, 7))).html
    assert re.findall(r"<(h\d)", html) == ["h2", "h2", "h3", "h4", "h4", "h4"]


def test_the_bare_text_has_a_line_for_each_block() -> None:
    text = render("一**粗**\n\n## 二\n\n- 三\n- 四\n\n> 五\n\n---\n\n六 &lt; 七").text
    assert [line for line in text.splitlines() if line] == ["一粗", "二", "三", "四", "五", "六 < 七"]
    assert render("甲|乙\n-|-\n丙|丁").text.split() == ["甲", "乙", "丙", "丁"]


@pytest.mark.parametrize(
    ("body", "passage", "html"),
    [
        ("逾期不等于违法", "不等于", "<p>逾期<mark>不等于</mark>违法</p>"),
        ("逾期**不等于**违法", "期不等于违", "<p>逾<mark>期</mark><strong><mark>不等于</mark></strong><mark>违</mark>法</p>"),
        ("甲乙甲乙", "甲", "<p><mark>甲</mark>乙甲乙</p>"),
        ("逾期\n不等于", "逾期不等于", "<p><mark>逾期\n不等于</mark></p>"),
        ("逾期不等于", "逾期 不\n等于", "<p><mark>逾期不等于</mark></p>"),
        ("第一段\n\n第二段", "段第", "<p>第一<mark>段</mark></p>\n<p><mark>第</mark>二段</p>"),
        ("A &amp; B < C", "& B < C", "<p>A <mark>&amp; B &lt; C</mark></p>"),
        ("&lt;b&gt;", "<b>", "<p><mark>&lt;b&gt;</mark></p>"),
        ("&amp;lt;", "lt;", "<p>&amp;<mark>lt;</mark></p>"),
        ("他说\"好\"", "\"好\"", "<p>他说<mark>&quot;好&quot;</mark></p>"),
        ("逾期", "没有这句", "<p>逾期</p>"),
        ("逾期", " \n ", "<p>逾期</p>"),
    ],
)  # fmt: skip
def test_a_passage_is_marked_where_it_stands(body: str, passage: str, html: str) -> None:
    assert mark(render(body).html.strip(), passage) == html


def test_a_passage_is_never_marked_inside_a_tag() -> None:
    html = render('[链接](https://a.example/逾期 "x>逾期") 逾期').html
    assert plain(html) == "链接 逾期"
    assert_harmless(mark(html, "逾期"))
    assert mark(html, "逾期").endswith("<mark>逾期</mark></p>\n")
    assert mark(html, "href") == html


@settings(deadline=None)
@given(st.text(alphabet="ab&<>\"'; \n*`中文。#-", max_size=60), st.data())
def test_every_quotation_is_marked_and_the_words_stay_the_same(body: str, data: st.DataObject) -> None:
    html, words = render(body).html, render(body).text
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(words))] * 2)))
    marked = mark(html, words[start:end])
    assert plain(marked) == words
    page = assert_harmless(marked)
    assert page.tags["mark"] >= bool(words[start:end].strip())


def read(file: bytes) -> content.Source:
    return read_article(file, CATEGORIES, WRITTEN)


def test_a_good_file_is_an_article() -> None:
    source = read(
        markdown(
            "lixi",
            source={"name": "某刊", "url": "https://a.example/x"},
            origin="reposted",
            updated="2026-11-20",
            tags=["逾期", "利息"],
        )
    )
    assert (source.slug, source.title, source.tags) == ("lixi", "关于lixi的文章", ["逾期", "利息"])
    assert (source.published_on, source.updated_on) == (date(2026, 11, 2), date(2026, 11, 20))
    assert (source.source_name, source.source_url) == ("某刊", "https://a.example/x")
    assert source.body == BODY.format(slug="lixi").strip("\n")


@pytest.mark.parametrize("change", [
    lambda file: b"\xef\xbb\xbf" + file,
    lambda file: file.replace(b"\n", b"\r\n"),
    lambda file: b"\xef\xbb\xbf" + file.replace(b"\n", b"\r\n"),
    lambda file: file.replace(b"---\n", b"-----  \n"),
])  # fmt: skip
def test_a_file_reads_the_same_from_whatever_editor_it_comes(change) -> None:  # type: ignore[no-untyped-def]
    plain_file, changed = read(markdown("lixi")), read(change(markdown("lixi")))
    assert (changed.title, changed.body) == (plain_file.title, plain_file.body)
    assert changed.text_sha256 == plain_file.text_sha256
    assert changed.sha256 != plain_file.sha256


HEADER = """---
title: 标题
slug: lixi
language: zh-Hans
category: debt-collection
summary: 摘要
tags: [逾期]
published: 2026-11-02
origin: own
publisher:
  name: 编辑部
  email: editors@example.org
---
正文
"""
COMPLAINTS = [
    ("title: 标题", "title: ", 2, "缺少"),
    ("title: 标题", f"title: {'长' * 301}", 2, "太长"),
    ("title: 标题", "title: [一, 二]", 2, "一行文字"),
    ("title: 标题", "title: 一: 二", 2, "YAML"),
    ("title: 标题", "title: \"没有结束", 13, "YAML"),
    ("title: 标题", "title: a\x01b", 2, "YAML"),
    ("title: 标题\n", "", 1, "缺少"),
    ("slug: lixi", "slug: lixi\ntitle: 另一个", 4, "title：前面已经写过"),
    ("  name: 编辑部", "  name: 编辑部\n  name: 别人", 12, "publisher.name：前面已经写过"),
    ("slug: lixi", "slug: 利息", 3, "小写"),
    ("slug: lixi", "slug: Lixi", 3, "小写"),
    ("slug: lixi", "slug: -lixi-", 3, "小写"),
    ("slug: lixi", f"slug: {'a' * 201}", 3, "太长"),
    ("language: zh-Hans", "language: fr", 4, "只能是 en | zh-Hans"),
    ("category: debt-collection", "category: nothing", 5, "只能是"),
    ("summary: 摘要", "summary:\n  deep: x", 6, "一行文字"),
    ("tags: [逾期]", "tags: 逾期", 7, "列表"),
    ("tags: [逾期]", "tags: [[逾期]]", 7, "一行文字"),
    ("tags: [逾期]", f"tags: [{'长' * 61}]", 7, "太长"),
    ("tags: [逾期]", "tags: *nothing", 7, "YAML"),
    ("published: 2026-11-02", "published: 2026-02-30", 8, "日期"),
    ("published: 2026-11-02", "published: 昨天", 8, "日期"),
    ("published: 2026-11-02", "published: 2026-11-02 10:00", 8, "日期"),
    ("published: 2026-11-02", "published: 0026-11-02", 8, "日期"),
    ("published: 2026-11-02", "published: 9999-12-31", 8, "日期"),
    ("origin: own", "updated: 2026-13-01\norigin: own", 9, "日期"),
    ("origin: own", "origin: stolen", 9, "只能是"),
    ("origin: own", "origin: reposted", 9, "source"),
    ("origin: own", "origin: own\nsource: {name: x, url: 'javascript:x'}", 10, "https"),
    ("origin: own", "origin: own\nsource: x", 10, "一组"),
    ("publisher:\n  name: 编辑部\n", "publisher:\n", 10, "缺少"),
    ("  email: editors@example.org", "  email: editors", 12, "publisher.email：邮箱地址要像"),
    ("  email: editors@example.org", "  email: 编辑部@example.org", 12, "publisher.email：邮箱地址要像"),
    ("  email: editors@example.org", f"  email: {'a' * 250}@example.org", 12, "太长"),
    ("---\ntitle", "title", 1, "---"),
    ("---\n正文", "正文", 1, "---"),
    ("---\ntitle: 标题", "---\n- title: 标题", 3, "YAML"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "cure"), COMPLAINTS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_complaint_names_the_line_and_the_cure(old: str, new: str, line: int, cure: str, newline: str) -> None:
    assert read(HEADER.encode()).title == "标题"
    file = HEADER.replace(old, new, 1)
    assert file != HEADER
    with pytest.raises(BadContent) as refused:
        read(file.replace("\n", newline).encode())
    assert str(refused.value).startswith((f"第{line}行", f"第{line}行的"))
    assert cure in str(refused.value)


def test_the_line_is_right_when_blank_lines_come_first() -> None:
    with pytest.raises(BadContent, match="第4行，slug"):
        read(HEADER.replace("---\ntitle", "---\n\ntitle").replace("slug: lixi", "slug: 利息").encode())


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (b"", "第1行"),
        (b"\n\n", "第1行"),
        (b"---\n---\n", "第1行"),
        (b"---\n", "第1行"),
        (b"\0" * 100, "第1行"),
        (HEADER.replace("正文", " \n\t").encode(), "正文是空的"),
        (markdown("lixi", "长" * 700_000), "超过1 MB"),
        (HEADER.encode("gb18030"), "第2行不是UTF-8"),
        (HEADER.encode() + b"\n\xff", "第16行不是UTF-8"),
        (HEADER.encode("utf-16"), "第1行不是UTF-8"),
        (HEADER.replace("标题", "[" * 5000).encode(), "嵌套"),
        (HEADER.replace("标题", "{a: " * 5000).encode(), "嵌套"),
    ],
)
def test_a_file_that_is_no_article_is_refused(file: bytes, message: str) -> None:
    with pytest.raises(BadContent, match=message):
        read(file)


BOMBS = [
    "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "\n".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 10)}]" for n in range(9)) + "\ntitle: *j",
    "a: &a {x: y}\n" + "\n".join(f"{chr(98 + n)}: &{chr(98 + n)} {{<<: [{', '.join([f'*{chr(97 + n)}'] * 10)}]}}" for n in range(9)) + "\ntitle: 标题\n<<: *j",
    "title: 标题\ntags: &t [*t]",
    "title: &t {title: *t}",
    "title: !!python/object/apply:os.system ['true']",
    "title: !!binary '////'",
    f"title: 0x{'f' * 100_000}",
    f"title: {'9' * 100_000}",
    "title: 标题\n? [a, b]\n: c",
    "title: 标题\n? {a: b}\n: c",
]  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_yaml_that_means_harm_is_refused_or_read_as_text(bomb: str) -> None:
    try:
        source = read(HEADER.replace("title: 标题", bomb).encode())
    except BadContent:
        return
    assert source.title in {"标题", "////"}
    assert source.tags == ["逾期"]


def test_what_is_written_is_what_is_meant() -> None:
    assert read(HEADER.replace("标题", "no").encode()).title == "no"
    assert read(HEADER.replace("标题", "2026-11-02").encode()).title == "2026-11-02"
    assert read(HEADER.replace("[逾期]", "[1e3, 0x10, ~]").encode()).tags == ["1e3", "0x10", "~"]


def test_text_enters_clean() -> None:
    header = HEADER.replace("标题", '"\\ud800标\\0题\\r\\n e\\u0301 "')
    assert read(header.encode()).title == "标题 é"


@settings(deadline=None)
@given(st.binary(max_size=300))
@example(b"---\n\xef\xbb\xbf\n---\n")
def test_any_bytes_are_an_article_or_bad_content(file: bytes) -> None:
    for whole in (file, b"---\n" + file + b"\n---\n", b"---\n" + file + HEADER.encode()[4:]):
        with suppress(BadContent):
            read(whole)


def test_a_copy_has_the_same_words_whatever_stands_around_them() -> None:
    copy = markdown("another", BODY.format(slug="lixi").replace("，", "，\n").replace("\n\n", "\n\n\n"), title="别的")
    assert read(copy).text_sha256 == read(markdown("lixi")).text_sha256
    assert read(markdown("lixi", "别的话。")).text_sha256 != read(markdown("lixi")).text_sha256


def test_a_frozen_revision_is_read_whatever_todays_rules_say() -> None:
    old = HEADER.replace("debt-collection", "a-category-of-then").replace("own", "unheard of").encode()
    with pytest.raises(BadContent):
        read(old)
    assert content.body_of(old) == "正文"
    assert content.text_of(old) == "正文"


def test_every_file_that_ships_is_good(tmp_path: Path) -> None:
    for file in sorted((ROOT / "content").glob("*.md")):
        assert_harmless(render(read(file.read_bytes()).body).html)
    for file in sorted((ROOT / "content" / "pages").glob("*.md")):
        page = read_page(file, WRITTEN)
        assert (page.name, page.language) in {(file.stem, "zh-Hans"), (file.stem.removesuffix(".en"), "en")}
        assert_harmless(render(page.body).html)


def test_a_page_without_clauses_has_none_and_bad_ones_name_their_line(tmp_path: Path) -> None:
    file = tmp_path / "rules.md"
    text = "---\ntitle: 规则\nlanguage: zh-Hans\nversion: 2026-11-20\nupdated: 2026-11-20\n"
    file.write_text(f"{text}---\n正文", encoding="utf-8")
    assert read_page(file, WRITTEN).clauses == ()
    assert read_page(file, WRITTEN).version == "2026-11-20"
    file.write_text(f"{text}clauses:\n  - {{id: '2.1', title: 一}}\n  - {{id: '2.2'}}\n---\n正文", encoding="utf-8")
    with pytest.raises(BadContent, match=r"第8行，clauses\.title：缺少"):
        read_page(file, WRITTEN)


@pytest.mark.parametrize(("name", "language"), [("privacy.md", "fr"), ("privacy.md", "zh-Hant"), ("a b.md", "en")])
def test_a_page_that_nobody_could_open_is_refused(tmp_path: Path, name: str, language: str) -> None:
    file = tmp_path / name
    text = f"---\ntitle: 隐私\nlanguage: {language}\nversion: 2026-11-20\nupdated: 2026-11-20\n---\n正文"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadContent):
        read_page(file, WRITTEN)


def test_a_category_that_can_be_no_address_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "categories.yml"
    file.write_text("good:\n  en: {name: a, summary: b}\n../bad:\n  en: {name: a, summary: b}\n", encoding="utf-8")
    with pytest.raises(BadContent, match=r"第3行，\.\./bad："):
        read_categories(file, ["en"])


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("a:\n  en: {name: other, summary: b}\n", "第3行，a：前面已经写过"),
        ("b:\n  en: {name: one, summary: b}\n", "第3行，b：前面已有同名的类别"),
        ("b:\n  en: {name: other, name: third, summary: b}\n", "第4行，en.name：前面已经写过"),
    ],
)
def test_two_categories_of_one_name_are_named_with_their_file(tmp_path: Path, second: str, said: str) -> None:
    file = tmp_path / "categories.yml"
    first = "a:\n  en: {name: one, summary: b}\n"
    file.write_text(f"{first}b:\n  en: {{name: other, summary: b}}\n", encoding="utf-8")
    assert list(read_categories(file, ["en"])) == ["a", "b"]
    file.write_text(first + second, encoding="utf-8")
    with pytest.raises(BadContent, match=re.escape(f"{file}: {said}")):
        read_categories(file, ["en"])


def test_a_long_run_of_blanks_is_looked_over_at_once() -> None:
    assert inspect_file(f"{HEADER}中{' ' * 200_000}文".encode())  # the square of them takes minutes


def test_no_field_of_an_article_brings_markup_onto_a_page(site: Site, client: Client, now) -> None:  # type: ignore[no-untyped-def]
    publish(site, "before", now)
    paths = [
        "/",
        "/articles/attack",
        "/categories/debt-collection",
        "/search?q=attack",
        "/articles/before",
    ]
    attack = "</title></script><script>alert(1)</script><img src=x onerror=alert(1)>\"'><a href='javascript:alert(1)'>"
    publish(
        site, "attack", now, title=attack, summary=f"{attack} attack", tags=[attack[:60]], origin="reposted",
        source={"name": attack, "url": "https://a.example/\"><script>alert(1)</script>"},
        publisher={"name": attack, "email": "a@example.org"},
    )  # fmt: skip
    for path in paths:
        html = client.get(path).get_data(as_text=True)
        page = Page(html.partition("<html")[2])
        assert page.harm == ["</html> closes nothing"], path
        assert page.tags["script"] == 1 + path.startswith("/articles/"), "one file, and data where an article is"
        assert page.tags["img"] == 0
        assert "alert(1)" in html
    feed = ElementTree.fromstring(client.get("/feed.atom").data)
    assert attack in [title.text for title in feed.iter("{http://www.w3.org/2005/Atom}title")]
