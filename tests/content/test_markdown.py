"""Markdown to safe HTML: emphasis, attacks, headings, the bare text, marked passages."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from werkzeug.test import Client

from tests.factories import publish
from tests.markup import ALLOWED, Page, assert_harmless
from tracker.content import mark, plain, render
from tracker.render.site import Site

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
