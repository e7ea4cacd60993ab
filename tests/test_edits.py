"""Words taken out of a rendered body, wherever they stand, and everything else as it was."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import content
from tracker.domain.passages import Edit, Passage, compared

BAR = '<a class="covered" href="#note-1">BAR</a>'


def mask(*words: str) -> list[Edit]:
    return [Edit(Passage(one), "█", BAR) for one in words]


def correct(old: str, new: str) -> list[Edit]:
    return [Edit(Passage(old, replacement=new), new, f"<ins>{new}</ins>", is_repeated=False)]


@pytest.mark.parametrize(
    ("body", "words", "html"),
    [
        ("甲乙丙", "乙", f"<p>甲{BAR}丙</p>\n"),
        ("甲乙丙乙", "乙", f"<p>甲{BAR}丙{BAR}</p>\n"),
        ("甲**乙**丙", "甲乙丙", f"<p>{BAR}</p>\n"),  # across inline markup, and no empty emphasis stays
        ("甲**乙丙**丁", "乙", f"<p>甲<strong>{BAR}丙</strong>丁</p>\n"),
        ("甲***乙***丙", "乙", f"<p>甲<em><strong>{BAR}</strong></em>丙</p>\n"),
        ("甲`乙`丙", "乙", f"<p>甲<code>{BAR}</code>丙</p>\n"),
        ("- 甲乙\n- 丙丁", "乙丙", f"<ul>\n<li>甲{BAR}</li>\n<li>{BAR}丁</li>\n</ul>\n"),
        ("甲乙\n\n丙丁", "甲乙丙", f"<p>{BAR}</p>\n<p>{BAR}丁</p>\n"),
        ("    甲乙丙", "乙", f"<pre><code>甲{BAR}丙\n</code></pre>\n"),
        ("> 甲乙", "乙", f"<blockquote>\n<p>甲{BAR}</p>\n</blockquote>\n"),
        ("甲 &lt;乙&gt;", "<乙>", f"<p>甲 {BAR}</p>\n"),
        ("甲&amp;丙乙", "乙", f"<p>甲&amp;丙{BAR}</p>\n"),
        ("[甲乙](https://example.org/a)丙", "乙", f"<p>甲{BAR}丙</p>\n"),  # a link may say what its text no longer does
        ('甲[丙](https://example.org/x "乙")', "乙", "<p>甲丙</p>\n"),
        ("甲[丙](https://example.org/%E4%B9%99)", "乙", "<p>甲丙</p>\n"),
    ],
)
def test_words_are_covered_wherever_they_stand(body: str, words: str, html: str) -> None:
    assert content.render(body, mask(words)).html == html


def test_cells_are_covered_one_by_one() -> None:
    html = content.render("| 姓名 | 电话 |\n|---|---|\n| 张三 | 138 |\n", mask("张三138")).html
    assert html.count(BAR) == 2
    assert re.findall(r"<td>(.*?)</td>", html) == [BAR, BAR]


def test_a_heading_its_id_and_the_contents_lose_the_words() -> None:
    found = content.render("## 张三的话\n\n正文\n\n### 再说张三\n", mask("张三"))
    assert "张三" not in found.html + found.text + str(found.toc)
    assert [(h.title, h.id) for h in (found.toc[0], found.toc[0].children[0])] == [
        ("█的话", "section-的话"),
        ("再说█", "section-再说"),
    ]
    assert f'<h2 id="section-的话">{BAR}的话</h2>' in found.html


def test_a_correction_is_said_once_and_the_bare_text_has_the_new_words() -> None:
    found = content.render("甲**乙**丙\n\n丁戊", correct("乙丙丁", "新"))
    assert found.html == "<p>甲<strong><ins>新</ins></strong></p>\n<p>戊</p>\n"
    assert found.text == "甲新\n\n戊"


@pytest.mark.parametrize("words", ["没有", "p", "strong", "BAR", "a class"])
def test_tags_are_not_text(words: str) -> None:
    body = "甲**乙**丙"
    assert content.render(body, mask(words)) == content.render(body)


def test_two_edits_of_one_piece() -> None:
    html = content.render("甲乙丙丁戊", [*mask("乙"), *correct("丁", "新")]).html
    assert html == f"<p>甲{BAR}丙<ins>新</ins>戊</p>\n"


PIECES = st.lists(
    st.sampled_from(["催收", "人员", "**", "*", "`", "\n", "\n\n", "- ", "## ", "| ", " |", "[", "](https://example.org/催收)",
                     "<b>", "&lt;", " ", "\u200b", "1. ", "> "]),
    max_size=40,
).map("".join)  # fmt: skip


@given(PIECES)
def test_covered_words_are_in_no_part_of_what_is_made(body: str) -> None:
    found = content.render(body, mask("催收人员"))
    assert "催收人员" not in compared(re.sub("<[^>]*>", "", found.html))
    assert "催收人员" not in compared(found.html)
    assert "催收人员" not in compared(found.text) + compared(str(found.toc))


@given(PIECES)
def test_where_nothing_is_found_nothing_changes(body: str) -> None:
    assert content.render(body, mask("不在这里")) == content.render(body)
