"""Files to articles, fixed pages and categories: whatever is wrong is said with its line and the cure."""

import re
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from config import ROOT
from tests.factories import BODY, markdown
from tests.markup import assert_harmless
from tracker import content
from tracker.content import read_article, read_categories, read_page, render
from tracker.content.inspection import inspect_file
from tracker.domain.errors import BadContent
from tracker.render.site import WRITTEN

CATEGORIES = read_categories(ROOT / "content" / "categories.yml", ("zh-Hans", "en"))


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


@pytest.mark.parametrize(("key", "line"), [("title", 2), ("summary", 6)])
@pytest.mark.parametrize("words", ['<span translate="no">于某</span>的事', "<b>要紧</b>", "换行<br/>"])
def test_titles_and_summaries_are_plain_words(tmp_path: Path, key: str, line: int, words: str) -> None:
    file = re.sub(rf"^{key}: .*$", f"{key}: {words}", HEADER, flags=re.MULTILINE).encode()
    with pytest.raises(BadContent, match=f"第{line}行，{key}：这里不能用HTML"):
        read_article(file, CATEGORIES, WRITTEN, tmp_path)
    assert words in (getattr(read(file), key),), "what was published before stays as it is"
    plain = HEADER.replace("title: 标题", "title: 24%<APR<36%").encode()
    assert read_article(plain, CATEGORIES, WRITTEN, tmp_path).title == "24%<APR<36%"


def test_all_that_is_wrong_with_a_file_is_told_at_once_by_its_lines(tmp_path: Path) -> None:
    file = """---
title: [a]
slug: 利息
language: zh-Hans
category: nothing
summary:
tags: x
published: soon
origin: reposted
publisher: me
title: b
heat: many
---
![](nowhere.png)

有脚注[^1]，也有[^2]。

[^3]: 没有用到。
"""
    with pytest.raises(BadContent) as refused:
        read_article(file.encode(), CATEGORIES, WRITTEN, tmp_path)
    told = [
        "第3行，slug", "第5行，category", "第6行，summary", "第7行，tags", "第8行，published", "第9行，origin", "第10行，publisher",
        "第11行，title", "第12行，heat", "第14行的图片nowhere.png：没有", "第14行的图片nowhere.png：缺少", "第16行的脚注[^1]",
        "第16行的脚注[^2]", "第18行的脚注[^3]",
    ]  # fmt: skip
    assert [str(each)[: len(start)] for each, start in zip(refused.value.each, told, strict=True)] == told
    assert str(refused.value).count("\n") == len(refused.value.each) - 1


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
